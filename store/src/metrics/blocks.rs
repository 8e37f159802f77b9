//! The blocks of a store: which there are, their indexes in memory, and their coming and going.
//!
//! Invariant: the list is replaced as a whole, so whoever holds one sees all its blocks until it lets go; a file that
//! is removed stays readable for those. Indexes in memory stay within [`INDEX_CACHE_BYTES`] but for those in use.

use super::block::Block;
use super::filenames;
use super::index::Index;
use super::limits::INDEX_CACHE_BYTES;
use crate::fs::{Disk, finish_what_a_crash_left, remove_all, set_aside};
use crate::{Error, ErrorKind};
use std::collections::VecDeque;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};

/// The blocks of one moment, ascending by range.
pub(crate) type BlockList = Vec<Arc<Block>>;

#[derive(Debug)]
struct Replaced {
    list: Weak<BlockList>,
    /// Blocks that the next list does not have.
    gone: Vec<Arc<Block>>,
}

/// The blocks of a store.
#[derive(Debug)]
pub(crate) struct Blocks {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    list: RwLock<Arc<BlockList>>,
    /// Former lists that may still be held, oldest first.
    replaced: Mutex<VecDeque<Replaced>>,
    /// Numbers that make names unique.
    next: AtomicU64,
    tick: AtomicU64,
}

impl Blocks {
    /// Opens every block in a folder. Those that cannot be read are set aside.
    ///
    /// # Errors
    /// The folder cannot be read, or a block cannot be set aside.
    pub(crate) fn open(disk: Arc<dyn Disk>, folder: PathBuf) -> Result<Self, Error> {
        disk.create_folder(&folder)?;
        finish_what_a_crash_left(&*disk, &folder)?;
        let mut blocks = BlockList::new();
        let mut highest = 0;
        for name in disk.list(&folder)? {
            let Some(number) = filenames::block_number(&name) else { continue };
            highest = highest.max(number);
            let path = folder.join(&name);
            match Block::open(Arc::clone(&disk), path.clone()) {
                Ok(block) => blocks.push(Arc::new(block)),
                // Nothing is wrong with the block: with all others it would be set aside for a low limit of files.
                Err(error) if error.is_shortage() => return Err(error),
                Err(error) => set_aside(&*disk, &path, &error)?,
            }
        }
        sort(&mut blocks);
        let next = AtomicU64::new(highest + 1);
        let (list, replaced) = (RwLock::new(Arc::new(blocks)), Mutex::default());
        Ok(Self { disk, folder, list, replaced, next, tick: AtomicU64::new(0) })
    }

    /// The blocks there are now.
    pub(crate) fn list(&self) -> Arc<BlockList> {
        Arc::clone(&self.list.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The path of a new block.
    pub(crate) fn new_path(&self, range: &Range<i64>) -> PathBuf {
        filenames::block(&self.folder, range, self.next.fetch_add(1, Ordering::Relaxed))
    }

    pub(crate) fn disk(&self) -> &Arc<dyn Disk> {
        &self.disk
    }

    /// Takes blocks in and out at once. The files of those that go stay until [`Blocks::settle`] finds that nobody
    /// looks at them any more.
    pub(crate) fn replace(&self, gone: Vec<Arc<Block>>, come: Vec<Arc<Block>>) {
        self.swap(&gone, come);
        if let Some(last) = self.replaced.lock().unwrap_or_else(PoisonError::into_inner).back_mut() {
            last.gone.extend(gone);
        }
    }

    /// Removes blocks that were written and never came in. One that stays costs room, until a start takes it in.
    pub(crate) fn discard(&self, written: &[Arc<Block>]) {
        for block in written {
            if let Err(error) = remove_all(&*self.disk, block.path()) {
                tracing::warn!(%error, "cannot remove a block that was given up");
            }
        }
    }

    fn swap(&self, gone: &[Arc<Block>], come: Vec<Arc<Block>>) {
        let mut list = self.list.write().unwrap_or_else(PoisonError::into_inner);
        let stays = |block: &&Arc<Block>| !gone.iter().any(|gone| Arc::ptr_eq(gone, block));
        let mut blocks: BlockList = list.iter().filter(stays).cloned().chain(come).collect();
        sort(&mut blocks);
        let before = std::mem::replace(&mut *list, Arc::new(blocks));
        let replaced = Replaced { list: Arc::downgrade(&before), gone: Vec::new() };
        self.replaced.lock().unwrap_or_else(PoisonError::into_inner).push_back(replaced);
    }

    /// Removes the files of blocks that went out of every list; whether nobody holds any former list.
    ///
    /// # Errors
    /// A file cannot be removed; it is tried again.
    pub(crate) fn settle(&self) -> Result<bool, Error> {
        let mut replaced = self.replaced.lock().unwrap_or_else(PoisonError::into_inner);
        // Lists let go in any order, but a block that went later is in all former lists as well.
        while let Some(oldest) = replaced.front_mut().filter(|oldest| oldest.list.strong_count() == 0) {
            while let Some(block) = oldest.gone.last() {
                remove_all(&*self.disk, block.path())?;
                oldest.gone.pop();
            }
            replaced.pop_front();
        }
        Ok(replaced.is_empty())
    }

    /// The index of a block, or `None` where it is damaged: the block is set aside, which adds a warning.
    ///
    /// # Errors
    /// [`ErrorKind::Io`].
    pub(crate) fn index(&self, block: &Arc<Block>, warnings: &mut Vec<String>) -> Result<Option<Arc<Index>>, Error> {
        let tick = self.tick.fetch_add(1, Ordering::Relaxed);
        match block.index(tick) {
            Ok(index) => Ok(Some(index)),
            Err(error) if error.kind() == ErrorKind::Corrupt => {
                warnings.push(format!("block {} was set aside: {error}", block.path().display()));
                self.set_aside(block, &error)?;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Takes a damaged block out of the list and of the way.
    pub(crate) fn set_aside(&self, block: &Arc<Block>, why: &Error) -> Result<(), Error> {
        let listed = self.list().iter().any(|listed| Arc::ptr_eq(listed, block));
        if !listed {
            return Ok(());
        }
        self.swap(std::slice::from_ref(block), Vec::new());
        set_aside(&*self.disk, block.path(), why)
    }

    /// Gives indexes back that were not used lately, down to the bound.
    pub(crate) fn trim(&self) {
        let list = self.list();
        let mut loaded: Vec<_> = list.iter().filter_map(|block| Some((block.loaded()?, block))).collect();
        let mut total: usize = loaded.iter().map(|((bytes, _), _)| bytes).sum();
        loaded.sort_by_key(|((_, used), _)| *used);
        for (_, block) in loaded {
            if total <= INDEX_CACHE_BYTES {
                return;
            }
            total -= block.unload().min(total);
        }
    }
}

fn sort(blocks: &mut BlockList) {
    blocks.sort_by(|a, b| (a.meta.start, a.meta.end, a.path()).cmp(&(b.meta.start, b.meta.end, b.path())));
}
