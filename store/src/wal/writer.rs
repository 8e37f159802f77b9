//! Group commit: many append at once, one of them writes for all.
//!
//! Invariant: records reach the file in the order in which they were enqueued. There is no thread: whoever waits first
//! writes what is queued so far, the others wait for it, and the next leader writes what came meanwhile. After an I/O
//! error nothing is taken until [`Wal::recover`] has put a new segment behind; [`Unwritten`] says what becomes of what
//! was queued.

use super::limits::{RECORD_BYTES_MAX, SEGMENT_BYTES};
use super::{filenames, record, segment};
use crate::fs::{Disk, DiskFile, OpenAs};
use crate::{Error, ErrorKind};
use std::collections::VecDeque;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// When records are flushed to the disk itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flush {
    /// When [`Wal::sync`] is called.
    OnSync,
    /// Before [`Wal::wait`] returns.
    BeforeAcknowledging,
}

/// What becomes of records that an I/O error kept from being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unwritten {
    /// [`Wal::recover`] writes them: nobody minds a record that is there twice because it was sent again.
    Kept,
    /// They are dropped, and whoever waits for one is told so: sent again they would be there twice.
    Dropped,
}

/// How a log is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WalOptions {
    pub(crate) flush: Flush,
    pub(crate) unwritten: Unwritten,
    /// A segment of this size is followed by a new one.
    pub(crate) segment_bytes: u64,
}

impl WalOptions {
    pub(crate) fn new(flush: Flush) -> Self {
        Self { flush, unwritten: Unwritten::Kept, segment_bytes: SEGMENT_BYTES }
    }
}

/// RecordGroup that are written behind one another, with nobody else's between them.
#[derive(Debug, Default)]
pub(crate) struct RecordGroup {
    bytes: Vec<u8>,
}

impl RecordGroup {
    /// Adds a record.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`] for a payload beyond the limit.
    pub(crate) fn push(&mut self, kind: u8, payload: &[u8]) -> Result<(), Error> {
        if payload.len() > RECORD_BYTES_MAX {
            let context = format!("wal record of {} bytes, expected at most {RECORD_BYTES_MAX}", payload.len());
            return Err(Error::new(ErrorKind::Limit, context));
        }
        record::put(&mut self.bytes, kind, payload);
        Ok(())
    }

    /// Without any record, with the memory it has.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
    }

    /// Bytes of memory.
    pub(crate) fn memory(&self) -> usize {
        self.bytes.capacity()
    }
}

/// Where the log has to be written up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position(u64);

#[derive(Debug)]
struct Segment {
    file: Arc<dyn DiskFile>,
    number: u64,
    bytes: u64,
}

#[derive(Debug)]
struct State {
    /// Whole records, not yet written.
    queue: Vec<u8>,
    /// An emptied queue to be used again.
    spare: Vec<u8>,
    /// Bytes of records ever enqueued.
    enqueued: u64,
    /// Of those, in the file.
    written: u64,
    /// Of those, on the disk itself.
    flushed: u64,
    /// Somebody writes at the moment,
    writing: bool,
    /// up to here.
    writing_until: u64,
    /// Which of the bytes ever enqueued were dropped, oldest first; see [`Unwritten::Dropped`].
    dropped: VecDeque<Range<u64>>,
    /// Why nothing can be written.
    failed: Option<String>,
    /// Nothing will be written any more.
    closed: bool,
    segment: Segment,
}

/// A write-ahead log being written.
#[derive(Debug)]
pub(crate) struct Wal {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    options: WalOptions,
    state: Mutex<State>,
    changed: Condvar,
}

/// Queues longer than this are not kept for reuse.
const SPARE_BYTES_MAX: usize = 1 << 20;
/// Ranges of dropped bytes that are remembered, one per failure that [`Wal::recover`] ended. Nobody sleeps through more.
const DROPPED_RANGES_MAX: usize = 1024;

impl Wal {
    /// Begins a new segment of that number. Where the disk refuses, the log takes nothing until [`Wal::recover`].
    pub(crate) fn open(disk: Arc<dyn Disk>, folder: PathBuf, number: u64, options: WalOptions) -> Self {
        let begun = begin_segment(&*disk, &folder, number);
        let failed = begun.as_ref().err().map(Error::to_string);
        if let Some(why) = &failed {
            tracing::error!(%why, "the write-ahead log takes nothing until a new segment can be written");
        }
        let none = Segment { file: Arc::new(NoFile), number: number.saturating_sub(1), bytes: 0 };
        let segment = begun.unwrap_or(none);
        let state = State {
            queue: Vec::new(),
            spare: Vec::new(),
            enqueued: 0,
            written: 0,
            flushed: 0,
            writing: false,
            writing_until: 0,
            dropped: VecDeque::new(),
            failed,
            closed: false,
            segment,
        };
        Self { disk, folder, options, state: Mutex::new(state), changed: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a record behind all before it; [`Wal::wait`] for the position writes it.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`] for a payload beyond the limit, [`ErrorKind::Unavailable`] after an I/O error.
    pub(crate) fn enqueue(&self, kind: u8, payload: &[u8]) -> Result<Position, Error> {
        let mut records = RecordGroup::default();
        records.push(kind, payload)?;
        self.enqueue_all(&records)
    }

    /// Queues records; the position is that of the last. They reach the file in one write, of which a crash may leave
    /// the first ones.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] after an I/O error.
    pub(crate) fn enqueue_all(&self, records: &RecordGroup) -> Result<Position, Error> {
        let mut state = self.state();
        state.check()?;
        state.queue.extend_from_slice(&records.bytes);
        state.enqueued += records.bytes.len() as u64;
        Ok(Position(state.enqueued))
    }

    /// Returns once everything up to the position is in the file, and on the disk itself if the options say so.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] when it could not be written; what becomes of it then, [`Unwritten`] says.
    pub(crate) fn wait(&self, position: Position) -> Result<(), Error> {
        let mut state = self.state();
        loop {
            if state.dropped.iter().any(|range| range.start < position.0 && position.0 <= range.end) {
                return Err(Error::new(ErrorKind::Unavailable, "the wal could not be written and gave the record up"));
            }
            let reached = match self.options.flush {
                Flush::OnSync => state.written,
                Flush::BeforeAcknowledging => state.flushed,
            };
            if reached >= position.0 {
                return Ok(());
            }
            state.check()?;
            state = if state.writing { self.changed(state) } else { self.lead(state) };
        }
    }

    /// Writes what is queued, for everybody.
    fn lead<'a>(&'a self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        state.writing = true;
        state.writing_until = state.enqueued;
        let spare = std::mem::take(&mut state.spare);
        let bytes = std::mem::replace(&mut state.queue, spare);
        let end = state.enqueued;
        let full = state.segment.bytes >= self.options.segment_bytes;
        let (file, number) = (Arc::clone(&state.segment.file), state.segment.number);
        drop(state);
        let written = self.write(&bytes, file, full.then_some(number + 1));
        let mut state = self.state();
        state.writing = false;
        match written {
            Ok(next) => {
                if let Some(next) = next {
                    state.segment = next;
                    // The old segment was flushed before the new one began.
                    state.flushed = state.flushed.max(state.written);
                }
                state.segment.bytes += bytes.len() as u64;
                state.written = end;
                if self.options.flush == Flush::BeforeAcknowledging {
                    state.flushed = end;
                }
                state.keep_spare(bytes);
            }
            Err(error) => state.fail(bytes, &error, self.options.unwritten),
        }
        self.changed.notify_all();
        state
    }

    /// Appends to the file, or to a new segment when the old one is full.
    fn write(&self, bytes: &[u8], mut file: Arc<dyn DiskFile>, next: Option<u64>) -> Result<Option<Segment>, Error> {
        let mut begun = None;
        if let Some(number) = next {
            file.sync()?;
            let segment = begin_segment(&*self.disk, &self.folder, number)?;
            file = Arc::clone(&segment.file);
            begun = Some(segment);
        }
        file.append(bytes)?;
        if self.options.flush == Flush::BeforeAcknowledging {
            file.sync()?;
        }
        Ok(begun)
    }

    /// Writes what is queued and begins a new segment; its number. Every record enqueued before is in an older one.
    pub(crate) fn rotate(&self) -> Result<u64, Error> {
        let mut state = self.state();
        loop {
            state.check()?;
            if state.writing {
                state = self.changed(state);
            } else if state.queue.is_empty() {
                break;
            } else {
                state = self.lead(state);
            }
        }
        let number = state.segment.number + 1;
        let rotated = state.segment.file.sync().and_then(|()| begin_segment(&*self.disk, &self.folder, number));
        match rotated {
            Ok(segment) => {
                state.segment = segment;
                state.flushed = state.written;
                Ok(number)
            }
            Err(error) => {
                state.fail(Vec::new(), &error, self.options.unwritten);
                self.changed.notify_all();
                Err(error)
            }
        }
    }

    /// Flushes what is written to the disk itself.
    ///
    /// # Errors
    /// [`ErrorKind::Io`]; nothing is taken any more until [`Wal::recover`].
    pub(crate) fn sync(&self) -> Result<(), Error> {
        let (file, written) = {
            let state = self.state();
            if state.flushed >= state.written || state.failed.is_some() {
                return Ok(());
            }
            (Arc::clone(&state.segment.file), state.written)
        };
        let synced = file.sync();
        let mut state = self.state();
        match synced {
            Ok(()) => {
                state.flushed = state.flushed.max(written);
                Ok(())
            }
            Err(error) => {
                state.fail(Vec::new(), &error, self.options.unwritten);
                self.changed.notify_all();
                Err(error)
            }
        }
    }

    /// Whether records are taken at the moment.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] after an I/O error, as [`Wal::enqueue`].
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.state().check()
    }

    /// Why nothing can be written, if so.
    pub(crate) fn failure(&self) -> Option<String> {
        self.state().failed.clone()
    }

    /// After an I/O error: begins a new segment and writes there what could not be written.
    ///
    /// # Errors
    /// The disk still refuses; the log still takes nothing.
    pub(crate) fn recover(&self) -> Result<(), Error> {
        let mut state = self.state();
        while state.writing {
            state = self.changed(state);
        }
        if state.closed || state.failed.is_none() {
            return Ok(());
        }
        // Half a record may stand at the end of the old segment. Should it stay, replay cuts it off.
        if let Err(error) = state.segment.file.truncate(state.segment.bytes) {
            tracing::warn!(%error, "cannot cut a torn record off");
        }
        // Should this fail, the next try begins the same segment anew: nothing in it was acknowledged.
        let mut segment = begin_segment(&*self.disk, &self.folder, state.segment.number + 1)?;
        segment.file.append(&state.queue)?;
        segment.file.sync()?;
        segment.bytes += state.queue.len() as u64;
        state.segment = segment;
        state.queue.clear();
        state.written = state.enqueued;
        state.flushed = state.enqueued;
        state.failed = None;
        self.changed.notify_all();
        Ok(())
    }

    /// Writes what is queued, flushes it and takes nothing any more.
    pub(crate) fn close(&self) -> Result<(), Error> {
        let end = {
            let state = self.state();
            let all_dropped = state.dropped.back().is_some_and(|range| range.end == state.enqueued);
            Position(if all_dropped { 0 } else { state.enqueued })
        };
        let closed = self.wait(end).and_then(|()| self.sync());
        let mut state = self.state();
        state.closed = true;
        state.failed.get_or_insert_with(|| "it is closed".to_owned());
        closed
    }

    /// Whether [`Wal::close`] was called.
    pub(crate) fn is_closed(&self) -> bool {
        self.state().closed
    }

    /// The number of the segment that is written at the moment.
    pub(crate) fn segment(&self) -> u64 {
        self.state().segment.number
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn disk(&self) -> &Arc<dyn Disk> {
        &self.disk
    }
}

impl State {
    fn check(&self) -> Result<(), Error> {
        match &self.failed {
            None => Ok(()),
            Some(why) => Err(Error::new(ErrorKind::Unavailable, format!("wal takes nothing: {why}"))),
        }
    }

    /// Keeps what was not written in front of what came meanwhile, or drops both.
    fn fail(&mut self, mut bytes: Vec<u8>, error: &Error, unwritten: Unwritten) {
        match unwritten {
            Unwritten::Kept => {
                bytes.extend_from_slice(&self.queue);
                self.queue = bytes;
            }
            Unwritten::Dropped => self.drop_unwritten(),
        }
        self.failed.get_or_insert_with(|| error.to_string());
        tracing::error!(%error, "the write-ahead log takes nothing until a new segment can be written");
    }

    /// What somebody writes at the moment is still on its way.
    fn drop_unwritten(&mut self) {
        self.queue.clear();
        let from = if self.writing { self.writing_until } else { self.written };
        if from < self.enqueued {
            self.dropped.push_back(from..self.enqueued);
        }
        if self.dropped.len() > DROPPED_RANGES_MAX {
            self.dropped.pop_front();
        }
    }

    fn keep_spare(&mut self, mut bytes: Vec<u8>) {
        if bytes.capacity() <= SPARE_BYTES_MAX {
            bytes.clear();
            self.spare = bytes;
        }
    }
}

/// Stands for the segment before the first that could be begun.
#[derive(Debug)]
struct NoFile;

impl NoFile {
    fn error() -> Error {
        Error::new(ErrorKind::Unavailable, "no wal segment could be begun")
    }
}

impl DiskFile for NoFile {
    fn append(&self, _bytes: &[u8]) -> Result<(), Error> {
        Err(Self::error())
    }

    fn read_at(&self, _offset: u64, _into: &mut [u8]) -> Result<(), Error> {
        Err(Self::error())
    }

    fn bytes(&self) -> Result<u64, Error> {
        Ok(0)
    }

    fn truncate(&self, _len: u64) -> Result<(), Error> {
        Ok(())
    }

    fn sync(&self) -> Result<(), Error> {
        Ok(())
    }
}

fn begin_segment(disk: &dyn Disk, folder: &Path, number: u64) -> Result<Segment, Error> {
    let file = disk.open(&filenames::segment(folder, number), OpenAs::New)?;
    let head = segment::head();
    file.append(&head)?;
    file.sync()?;
    disk.sync_folder(folder)?;
    Ok(Segment { file, number, bytes: head.len() as u64 })
}
