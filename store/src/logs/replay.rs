//! From the WAL back into the head.
//!
//! Invariant: what the WAL holds was accepted once, so it is accepted again however old it is. A batch whose last
//! record is missing was never acknowledged and is left out.

use super::append::PositionUpdate;
use super::head::{Generation, HeadStream};
use super::journal::{self, Piece, Reader};
use super::positions::Positions;
use crate::codec::{Cursor, Malformed};
use crate::metrics::Progress;
use crate::wal::Replaying;
use model::labels::Labels;
use model::time::Millis;
use std::sync::Arc;

/// Metadata sets that are remembered for the next line.
const METADATA_KEPT: usize = 8;

/// A replay under way.
#[derive(Debug)]
pub(crate) struct Replay<'a> {
    head: &'a Generation,
    positions: &'a Positions,
    progress: &'a Progress,
    now: Millis,
    /// The records of a batch that has not ended.
    begun: Vec<Vec<u8>>,
    metadata: Vec<Labels>,
    found: Found,
}

/// What a replay found beside entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// The first segment there was; 0 for none.
    pub(crate) first_segment: u64,
    /// Up to which sealing parts count; `None` when no checkpoint could tell.
    pub(crate) sealed: Option<u64>,
}

impl<'a> Replay<'a> {
    pub(crate) fn new(head: &'a Generation, positions: &'a Positions, progress: &'a Progress, now: Millis) -> Self {
        let (begun, metadata) = (Vec::new(), Vec::new());
        Self { head, positions, progress, now, begun, metadata, found: Found::default() }
    }

    pub(crate) fn finish(self) -> Found {
        tracing::info!(streams = self.head.stream_count(), entries = self.head.entries(), "replayed the logs wal");
        self.found
    }

    fn batch(&mut self, payload: &[u8]) -> Result<(), Malformed> {
        let mut reader = Reader::new(payload);
        let mut stream: Option<Arc<HeadStream>> = None;
        while let Some(piece) = reader.next()? {
            match piece {
                Piece::Stream(raw) => {
                    let labels = Labels::from_raw(raw).map_err(|_| Malformed { what: "raw labels", at: 0 })?;
                    stream = Some(self.head.get(&labels).unwrap_or_else(|| self.head.make(&labels)));
                }
                Piece::Entry { at, line, metadata } => {
                    let metadata = self.metadata(metadata)?;
                    if let Some(stream) = &stream {
                        let bytes = stream.buffer().push(at, line, &metadata);
                        self.head.grow(1, bytes, self.now);
                    }
                }
                Piece::Position { key, value } => self.positions.update(&[PositionUpdate { key, value }]),
            }
        }
        Ok(())
    }

    /// Labels of lines repeat: they are made once.
    fn metadata(&mut self, raw: &[u8]) -> Result<Labels, Malformed> {
        if let Some(found) = self.metadata.iter().find(|kept| kept.as_raw() == raw) {
            return Ok(found.clone());
        }
        let labels = Labels::from_raw(raw).map_err(|_| Malformed { what: "raw metadata", at: 0 })?;
        if self.metadata.len() == METADATA_KEPT {
            self.metadata.remove(0);
        }
        self.metadata.push(labels.clone());
        Ok(labels)
    }

    fn positions(&mut self, payload: &[u8]) -> Result<(), Malformed> {
        let mut reader = Reader::of_positions(payload);
        while let Some(piece) = reader.next()? {
            if let Piece::Position { key, value } = piece {
                self.positions.update(&[PositionUpdate { key, value }]);
            }
        }
        Ok(())
    }
}

impl Replaying for Replay<'_> {
    fn begin(&mut self, first: u64, last: u64) {
        self.found.first_segment = first;
        self.progress.begin(first, last);
    }

    fn reach(&mut self, segment: u64) {
        // All records of a batch are in one segment.
        self.begun.clear();
        self.progress.reach(segment);
    }

    fn record(&mut self, kind: u8, payload: &[u8]) -> Result<(), Malformed> {
        match kind {
            journal::BATCH_PART => {
                self.begun.push(payload.to_vec());
                Ok(())
            }
            journal::BATCH => {
                for begun in std::mem::take(&mut self.begun) {
                    self.batch(&begun)?;
                }
                self.batch(payload)
            }
            journal::POSITIONS => self.positions(payload),
            journal::SEALED => {
                self.found.sealed = Some(Cursor::new(payload).uvarint()?);
                Ok(())
            }
            _ => Err(Malformed { what: "known kind of record", at: 0 }),
        }
    }
}
