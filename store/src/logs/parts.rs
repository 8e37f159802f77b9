//! The parts of a store: which there are, what of them is in memory, and their coming and going.
//!
//! Invariant: a part counts when the checkpoint of its sealing was written and no other part took its place; what a
//! crash left beside those is removed at the start. The files of a part that went stay as long as anybody looks at it.

use super::filenames;
use super::limits::{PART_OWNER_BYTES_MAX, TABLE_CACHE_BYTES};
use super::part::Part;
use super::span::Span;
use crate::codec::{Cursor, Malformed, put_uvarint};
use crate::fs::{Disk, finish_what_a_crash_left, remove_all, set_aside};
use crate::{Error, ErrorKind};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The parts of one moment, ascending by partition and, in one, in the order in which their entries came.
pub(crate) type PartList = Vec<Arc<SealedPart>>;

/// A part with its place among the others.
#[derive(Debug)]
pub(crate) struct SealedPart {
    pub(crate) part: Arc<Part>,
    pub(crate) span: Span,
    /// Which sealing brought its newest entries: of parts of one span the smaller came first.
    pub(crate) sealing: u64,
    /// Given once.
    pub(crate) number: u64,
    /// Something in it could not be read: it is not merged.
    pub(crate) damaged: AtomicBool,
    /// Nothing in it can be read: it is to be set aside.
    pub(crate) unreadable: AtomicBool,
}

impl SealedPart {
    /// With a part that was opened or written.
    pub(crate) fn new(part: Part, place: PartPlace) -> Self {
        let (damaged, unreadable) = (AtomicBool::new(false), AtomicBool::new(false));
        let part = Arc::new(part);
        Self { part, span: place.span, sealing: place.sealing, number: place.number, damaged, unreadable }
    }

    /// Of chunks of one stream, the smaller came first.
    pub(crate) fn order(&self, chunk: u32) -> u64 {
        // A part has at most 2^22 chunks.
        self.sealing << 24 | u64::from(chunk)
    }

    /// Notes that some of it cannot be read; what to tell the user.
    pub(crate) fn note_damage(&self, error: &Error) -> String {
        self.damaged.store(true, Ordering::Relaxed);
        let path = self.part.path().display();
        tracing::error!(%path, %error, "left out what cannot be read of a log part");
        format!("some log lines of {} are left out: {error}", self.span.name())
    }

    /// Notes that nothing of it can be read; what to tell the user.
    pub(crate) fn note_unreadable(&self, error: &Error) -> String {
        self.unreadable.store(true, Ordering::Relaxed);
        self.note_damage(error)
    }
}

/// Where a part is among the others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PartPlace {
    pub(crate) span: Span,
    pub(crate) sealing: u64,
    pub(crate) number: u64,
}

/// What parts need beside their list, which is in the view.
#[derive(Debug)]
pub(crate) struct Parts {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    next: AtomicU64,
    tick: AtomicU64,
    /// Parts that went out of the list.
    gone: Mutex<Vec<Arc<SealedPart>>>,
}

/// What was found in the folder.
#[derive(Debug, Default)]
struct Found {
    parts: PartList,
    replaced: HashSet<u64>,
    highest: u64,
}

impl Parts {
    /// Opens every part in a folder that counts: all but those of the one sealing after `sealed`. Where that is not
    /// known, or parts of later sealings show that it is out of date, all count. Parts that cannot be read are set aside.
    ///
    /// # Errors
    /// The folder cannot be read, or something in it cannot be removed or set aside.
    pub(crate) fn open(disk: Arc<dyn Disk>, folder: PathBuf, sealed: Option<u64>) -> Result<(Self, PartList), Error> {
        disk.create_folder(&folder)?;
        finish_what_a_crash_left(&*disk, &folder)?;
        let mut found = Found::default();
        for name in disk.list(&folder)? {
            if let Some(span) = Span::from_name(&name) {
                open_partition(&disk, &folder.join(&name), span, &mut found)?;
            }
        }
        let Found { parts, replaced, highest } = found;
        // One sealing at a time is under way, so a crash cannot have left later ones: the WAL is not the one that these
        // parts belong to. Lines may be there twice then, but none is removed.
        let unfinished = sealed.map(|sealed| sealed + 1);
        let unfinished = unfinished.filter(|unfinished| parts.iter().all(|part| part.sealing <= *unfinished));
        let counts = |part: &Arc<SealedPart>| Some(part.sealing) != unfinished && !replaced.contains(&part.number);
        let (mut list, left): (PartList, PartList) = parts.into_iter().partition(counts);
        for part in left {
            tracing::info!(path = %part.part.path().display(), "removing a part that a crash left unfinished or replaced");
            remove_all(&*disk, part.part.path())?;
        }
        sort(&mut list);
        let (next, tick) = (AtomicU64::new(highest + 1), AtomicU64::new(1));
        Ok((Self { disk, folder, next, tick, gone: Mutex::default() }, list))
    }

    pub(crate) fn disk(&self) -> &Arc<dyn Disk> {
        &self.disk
    }

    /// The place of a new part.
    pub(crate) fn new_place(&self, span: Span, sealing: u64) -> PartPlace {
        PartPlace { span, sealing, number: self.next.fetch_add(1, Ordering::Relaxed) }
    }

    /// The path of a part; its partition is made if it is not there.
    ///
    /// # Errors
    /// [`ErrorKind::Io`].
    pub(crate) fn make_path(&self, place: PartPlace) -> Result<PathBuf, Error> {
        let partition = filenames::partition(&self.folder, place.span);
        self.disk.create_folder(&partition)?;
        self.disk.sync_folder(&self.folder)?;
        Ok(filenames::part(&partition, place.sealing, place.number))
    }

    /// A number for what is used now, so that what was not used lately is given back first.
    pub(crate) fn tick(&self) -> u64 {
        self.tick.fetch_add(1, Ordering::Relaxed)
    }

    fn gone(&self) -> MutexGuard<'_, PartList> {
        self.gone.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes over parts that went out of the list.
    pub(crate) fn bury(&self, parts: impl IntoIterator<Item = Arc<SealedPart>>) {
        self.gone().extend(parts);
    }

    /// Removes the files of gone parts that nobody looks at any more, and partitions without parts. Nobody writes a part
    /// meanwhile.
    ///
    /// # Errors
    /// A file cannot be removed; it is tried again.
    pub(crate) fn settle(&self) -> Result<(), Error> {
        let mut gone = self.gone();
        let mut failed = None;
        let mut touched = HashSet::new();
        gone.retain(|part| {
            if Arc::strong_count(part) > 1 || failed.is_some() {
                return true;
            }
            failed = remove_all(&*self.disk, part.part.path()).err();
            touched.insert(part.span.name());
            failed.is_some()
        });
        drop(gone);
        if let Some(error) = failed {
            return Err(error);
        }
        for partition in touched.into_iter().map(|name| self.folder.join(name)) {
            if self.disk.list(&partition)?.is_empty() {
                remove_all(&*self.disk, &partition)?;
            }
        }
        Ok(())
    }

    /// Sets a part aside that went out of the list.
    ///
    /// # Errors
    /// [`ErrorKind::Io`].
    pub(crate) fn set_aside(&self, part: &SealedPart) -> Result<(), Error> {
        set_aside(&*self.disk, part.part.path(), &"its table cannot be read")
    }

    /// Gives tables and indexes back that were not used lately, down to the bound.
    pub(crate) fn trim(list: &PartList) {
        let mut loaded: Vec<_> = list.iter().map(|part| (part.part.loaded(), part)).collect();
        loaded.retain(|((bytes, _), _)| *bytes > 0);
        let mut total: usize = loaded.iter().map(|((bytes, _), _)| bytes).sum();
        loaded.sort_by_key(|((_, used), _)| *used);
        for (_, part) in loaded {
            if total <= TABLE_CACHE_BYTES {
                return;
            }
            total -= part.part.unload().min(total);
        }
    }
}

/// Brings parts into the order of the list.
pub(crate) fn sort(list: &mut PartList) {
    list.sort_by_key(|part| (part.span, part.sealing, part.number));
}

fn open_partition(disk: &Arc<dyn Disk>, path: &Path, span: Span, found: &mut Found) -> Result<(), Error> {
    finish_what_a_crash_left(&**disk, path)?;
    let names = disk.list(path)?;
    if names.is_empty() {
        return remove_all(&**disk, path);
    }
    for name in names {
        let Some((sealing, number)) = filenames::part_numbers(&name) else { continue };
        found.highest = found.highest.max(number);
        let path = path.join(&name);
        let opened = Part::open(Arc::clone(disk), path.clone()).and_then(|part| {
            let replaced = read_owner(&part.meta().owner).map_err(|malformed| {
                Error::new(ErrorKind::Corrupt, format!("reading the meta of {}", path.display())).caused_by(malformed)
            })?;
            Ok((part, replaced))
        });
        match opened {
            Ok((part, replaced)) => {
                found.replaced.extend(replaced);
                found.parts.push(Arc::new(SealedPart::new(part, PartPlace { span, sealing, number })));
            }
            // Nothing is wrong with the part: with all others it would be set aside for a low limit of files.
            Err(error) if error.is_shortage() => return Err(error),
            Err(error) => set_aside(&**disk, &path, &error)?,
        }
    }
    Ok(())
}

/// What a part's meta keeps for the store: the numbers of the parts whose place it takes.
pub(crate) fn owner(replaced: &[Arc<SealedPart>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    replaced.iter().for_each(|part| put_uvarint(&mut bytes, part.number));
    debug_assert!(bytes.len() <= PART_OWNER_BYTES_MAX);
    bytes
}

fn read_owner(bytes: &[u8]) -> Result<Vec<u64>, Malformed> {
    let mut cursor = Cursor::new(bytes);
    let mut numbers = Vec::new();
    while !cursor.is_empty() {
        numbers.push(cursor.uvarint()?);
    }
    Ok(numbers)
}
