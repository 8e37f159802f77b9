//! From the head to parts: freeze, write, commit.
//!
//! Invariant: at any moment the WAL and the parts that count hold every entry once. The head is frozen together with
//! the beginning of a new segment; the parts of the frozen head are written under the number of a new sealing, which
//! does not count yet; the checkpoint that takes the place of all segments before says that it counts. A crash before
//! that leaves parts that the next start removes, and segments that it replays.

use super::Logs;
use super::head::{Generation, HeadChunk, Line};
use super::journal;
use super::limits::{HEAD_AGE_MAX_MS, HEAD_BYTES, HEAD_BYTES_MAX, SEGMENTS_MAX};
use super::part::{Effort, PartWriter};
use super::parts::{PartList, SealedPart, sort};
use super::span;
use crate::codec::put_uvarint;
use crate::fs::remove_all;
use crate::wal::CheckpointWriter;
use crate::{Error, ErrorKind};
use model::labels::Labels;
use model::time::{LogRange, Millis};
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};

/// Positions are written to a checkpoint in records of about this size.
const RECORD_BYTES: usize = 128 << 10;

/// What is between one sealing and the next.
#[derive(Debug)]
pub(crate) struct Sealing {
    /// The last sealing that counts.
    sealed: u64,
    /// The segment that began with the last checkpoint.
    since: u64,
    /// A head that was frozen and is not sealed yet.
    frozen: Option<Frozen>,
    /// What is in the WAL may not have reached the disk: seal as soon as possible.
    due: bool,
    /// There is no checkpoint yet; this is the first segment that it would not take the place of.
    lacks_checkpoint: Option<u64>,
}

#[derive(Debug)]
struct Frozen {
    generation: Arc<Generation>,
    /// The segment that began when it was frozen, and the positions at that moment.
    segment: u64,
    positions: Vec<(Vec<u8>, Vec<u8>)>,
    /// The parts, once all are written.
    written: Option<PartList>,
    /// Where a try has written parts that must not be there when the sealing counts.
    given_up: Vec<PathBuf>,
}

impl Sealing {
    pub(crate) fn new(sealed: u64, since: u64) -> Self {
        Self { sealed, since, frozen: None, due: false, lacks_checkpoint: None }
    }

    /// Seals at the next opportunity.
    pub(crate) fn hasten(&mut self) {
        self.due = true;
    }

    /// Before anything is sealed a checkpoint must say that nothing of it counts; it takes the place of no segment.
    pub(crate) fn lacks_checkpoint(&mut self, first_segment: u64) {
        self.lacks_checkpoint = Some(first_segment);
    }

    /// Whether it is time to seal.
    pub(crate) fn is_due(&self, head: &Generation, segment: u64, now: Millis) -> bool {
        let age = now.0.saturating_sub(head.since().0).saturating_abs();
        self.due
            || self.frozen.is_some()
            || head.bytes() >= HEAD_BYTES
            || head.entries() > 0 && age >= HEAD_AGE_MAX_MS
            || segment.saturating_sub(self.since) >= SEGMENTS_MAX
    }
}

/// Sees to it that the head has room for a batch.
///
/// # Errors
/// [`ErrorKind::Unavailable`] when it is full and cannot be sealed.
pub(super) fn make_room(logs: &Logs) -> Result<(), Error> {
    while logs.present.get().active.bytes() >= HEAD_BYTES_MAX {
        let mut sealing = logs.sealing.lock().unwrap_or_else(PoisonError::into_inner);
        // Another may have sealed meanwhile.
        if logs.present.get().active.bytes() >= HEAD_BYTES_MAX {
            run(logs, &mut sealing).map_err(|error| {
                Error::new(ErrorKind::Unavailable, "the head of the logs is full and cannot be sealed").caused_by(error)
            })?;
        }
    }
    Ok(())
}

/// Seals what is frozen already, or else what is in the head.
///
/// # Errors
/// What could not be done; the entries stay in the head, and it is tried again.
pub(super) fn run(logs: &Logs, sealing: &mut Sealing) -> Result<(), Error> {
    first_checkpoint(logs, sealing)?;
    let number = sealing.sealed + 1;
    if sealing.frozen.is_none() {
        sealing.frozen = Some(freeze(logs)?);
    }
    let Some(frozen) = &mut sealing.frozen else { return Ok(()) };
    remove_given_up(logs, frozen)?;
    let written = match frozen.written.take() {
        Some(written) => written,
        None => write(logs, frozen, number)?,
    };
    let written = frozen.written.insert(written);
    commit(logs, number, frozen.segment, &frozen.positions)?;
    let written = std::mem::take(written);
    tracing::debug!(sealing = number, parts = written.len(), "sealed the head of the logs");
    logs.present.replace(|view| {
        view.frozen = None;
        let mut parts = PartList::clone(&view.parts);
        parts.extend(written);
        sort(&mut parts);
        view.parts = Arc::new(parts);
    });
    (sealing.sealed, sealing.since, sealing.due) = (number, frozen.segment, false);
    sealing.frozen = None;
    Ok(())
}

/// Writes the first checkpoint, if there is none.
///
/// # Errors
/// [`ErrorKind::Io`].
pub(super) fn first_checkpoint(logs: &Logs, sealing: &mut Sealing) -> Result<(), Error> {
    if let Some(segment) = sealing.lacks_checkpoint {
        commit(logs, sealing.sealed, segment, &logs.positions.list())?;
        sealing.lacks_checkpoint = None;
    }
    Ok(())
}

/// Puts an empty head in the place of the present one, and begins the segment that its entries go to.
fn freeze(logs: &Logs) -> Result<Frozen, Error> {
    let _alone = logs.appending.write().unwrap_or_else(PoisonError::into_inner);
    let segment = logs.wal.rotate()?;
    let positions = logs.positions.list();
    let generation = Arc::clone(&logs.present.get().active);
    logs.present.replace(|view| {
        view.frozen = Some(Arc::clone(&generation));
        view.active = Arc::default();
    });
    Ok(Frozen { generation, segment, positions, written: None, given_up: Vec::new() })
}

/// Removes what earlier tries have written.
fn remove_given_up(logs: &Logs, frozen: &mut Frozen) -> Result<(), Error> {
    while let Some(path) = frozen.given_up.last() {
        remove_all(&**logs.parts.disk(), path)?;
        frozen.given_up.pop();
    }
    Ok(())
}

/// Writes the parts of a frozen head, one per partition.
fn write(logs: &Logs, frozen: &mut Frozen, number: u64) -> Result<PartList, Error> {
    let mut streams = frozen.generation.all();
    streams.sort_by(|a, b| a.labels.as_raw().cmp(b.labels.as_raw()));
    let hours = span::length(logs.options.retention);
    let mut spans = BTreeSet::new();
    streams.iter().for_each(|stream| stream.buffer().collect_spans(hours, &mut spans));
    let mut written = PartList::new();
    let none = Labels::empty();
    for span in spans {
        let place = logs.parts.new_place(span, number);
        let path = logs.parts.make_path(place)?;
        // Whatever happens from here on, this path must be gone before the sealing counts without it.
        frozen.given_up.push(path.clone());
        let mut writer = PartWriter::begin(Arc::clone(logs.parts.disk()), path, Effort::Quick)?;
        for stream in &streams {
            let chunks = stream.buffer().chunks(span.range());
            if !chunks.is_empty() {
                writer.stream(&stream.labels)?;
                ascending(&chunks, span.range(), |line| {
                    writer.entry(line.at, line.text, line.metadata.unwrap_or(&none))
                })?;
            }
        }
        let part = writer.finish(&[])?;
        written.extend(part.map(|part| Arc::new(SealedPart::new(part, place))));
    }
    frozen.given_up.clear();
    Ok(written)
}

/// The lines of sorted chunks inside a range, in the order of time; of one time as they came.
fn ascending(
    chunks: &[Arc<HeadChunk>],
    range: LogRange,
    mut each: impl FnMut(Line<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let in_order = chunks.windows(2).all(|pair| match pair {
        [before, after] => before.bounds().map(|(_, max)| max) <= after.bounds().map(|(min, _)| min),
        _ => true,
    });
    if in_order {
        let lines = chunks.iter().flat_map(|chunk| chunk.lines());
        return lines.filter(|line| range.contains(line.at)).try_for_each(each);
    }
    let mut places: Vec<usize> = chunks.iter().map(|chunk| chunk.position(range.start.0)).collect();
    let first = |(number, chunk): (usize, &Arc<HeadChunk>)| {
        let at = places.get(number).and_then(|place| chunk.at(*place))?;
        Some(Reverse((at, number)))
    };
    let mut queue: BinaryHeap<_> = chunks.iter().enumerate().filter_map(first).collect();
    while let Some(Reverse((_, number))) = queue.pop() {
        let (Some(chunk), Some(place)) = (chunks.get(number), places.get_mut(number)) else { continue };
        let Some(line) = chunk.line(*place).filter(|line| range.contains(line.at)) else { continue };
        each(line)?;
        *place += 1;
        queue.extend(chunk.at(*place).map(|at| Reverse((at, number))));
    }
    Ok(())
}

/// Writes a checkpoint: up to which sealing parts count, and where sources stand. It takes the place of all segments
/// before the given one.
fn commit(logs: &Logs, sealing: u64, segment: u64, positions: &[(Vec<u8>, Vec<u8>)]) -> Result<(), Error> {
    let (disk, folder) = (Arc::clone(logs.wal.disk()), logs.wal.folder().to_owned());
    let mut writer = CheckpointWriter::begin(disk, folder, segment)?;
    let mut payload = Vec::new();
    put_uvarint(&mut payload, sealing);
    writer.record(journal::SEALED, &payload)?;
    payload.clear();
    for (key, value) in positions {
        journal::put_position(&mut payload, key, Some(value));
        if payload.len() >= RECORD_BYTES {
            writer.record(journal::POSITIONS, &payload)?;
            payload.clear();
        }
    }
    if !payload.is_empty() {
        writer.record(journal::POSITIONS, &payload)?;
    }
    writer.finish()
}
