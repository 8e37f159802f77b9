//! A push as it was read: where its streams and lines stand in the body, nothing decided yet.
//!
//! Invariant: holds no more parts than a push may; texts are parts of the body, or of the one buffer for texts that the
//! body does not hold as they are.

use super::outcome::Rejection;
use crate::json::Text;
use crate::limits::PUSH_PARTS_MAX;
use model::time::Nanos;
use std::ops::Range;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Plan<'a> {
    pub(super) streams: Vec<PlannedStream<'a>>,
    pub(super) entries: Vec<PlannedEntry<'a>>,
    /// Texts that escapes stand for, and lines that were repaired.
    pub(super) texts: String,
    /// How many lines were no UTF-8.
    pub(super) repaired: usize,
}

/// A stream: its labels as the sender wrote them, and which entries are its.
#[derive(Clone, Debug)]
pub(super) struct PlannedStream<'a> {
    pub(super) labels: LabelText<'a>,
    pub(super) entries: Range<usize>,
}

/// How labels are written.
#[derive(Clone, Copy, Debug)]
pub(super) enum LabelText<'a> {
    /// `{a="b"}`
    Selector(&'a [u8]),
    /// `{"a":"b"}`; well-formed.
    Object(&'a str),
    /// `{a="b"}` in the quotes of a JSON string, whose escapes are unread.
    Escaped(&'a str),
}

/// A line.
#[derive(Clone, Copy, Debug)]
pub(super) struct PlannedEntry<'a> {
    pub(super) timestamp: Nanos,
    pub(super) line: Text<'a>,
    pub(super) metadata: MetadataText<'a>,
}

/// How structured metadata is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum MetadataText<'a> {
    /// There is none.
    None,
    /// Protobuf fields, of which those of number 3 are pairs.
    Fields(&'a [u8]),
    /// `{"a":"b"}`; well-formed.
    Object(&'a str),
    /// `[{"name":"a","value":"b"}]`; well-formed.
    Pairs(&'a str),
}

impl<'a> Plan<'a> {
    /// Adds a line to the stream that is being read.
    ///
    /// # Errors
    /// When the push holds more than one push may.
    pub(super) fn push_entry(&mut self, entry: PlannedEntry<'a>) -> Result<(), Rejection> {
        self.make_room()?;
        self.entries.push(entry);
        Ok(())
    }

    /// Ends a stream whose entries begin there.
    ///
    /// # Errors
    /// As [`Self::push_entry`].
    pub(super) fn push_stream(&mut self, labels: LabelText<'a>, first: usize) -> Result<(), Rejection> {
        self.make_room()?;
        self.streams.push(PlannedStream { labels, entries: first..self.entries.len() });
        Ok(())
    }

    /// The text that stands there.
    pub(super) fn text(&self, text: Text<'a>) -> &str {
        match text {
            Text::Body(text) => text,
            Text::Own { start, end } => self.texts.get(start..end).unwrap_or_default(),
        }
    }

    /// Checked before anything is made of the part, so that a hostile body costs no more than the bound.
    fn make_room(&self) -> Result<(), Rejection> {
        if self.streams.len() + self.entries.len() >= PUSH_PARTS_MAX {
            return Err(Rejection::TooMany(PUSH_PARTS_MAX));
        }
        Ok(())
    }
}
