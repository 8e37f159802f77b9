//! Questions about streams rather than lines.
//!
//! Invariant: nothing here reads a line; chunks are judged by what their headers say.

use model::cancel::Cancel;
use model::labels::Labels;
use model::matcher::Matcher;
use model::time::LogRange;
use std::time::Duration;

/// Asks for streams.
#[derive(Clone, Copy, Debug)]
pub struct StreamQuery<'a> {
    /// Streams that pass every matcher of any of these sets count. Empty: all streams.
    pub matcher_sets: &'a [Vec<Matcher>],
    /// Only streams that may have entries inside it count.
    pub range: LogRange,
    /// The most values to return; 0 is no limit. Beyond it the rest is left out with a warning.
    pub limit: usize,
    /// Asked between parts and every few thousand streams.
    pub cancel: &'a Cancel,
}

/// What a selector would go over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogStats {
    /// Streams.
    pub streams: u64,
    /// Chunks, an unsealed stream's head counting as one.
    pub chunks: u64,
    /// Bytes of lines, uncompressed.
    pub bytes: u64,
    /// Lines.
    pub entries: u64,
}

/// Asks for bytes over time.
#[derive(Clone, Copy, Debug)]
pub struct VolumeQuery<'a> {
    /// Streams that pass every matcher count.
    pub matchers: &'a [Matcher],
    /// Which time.
    pub range: LogRange,
    /// The length of the spans, the first beginning at the start of the range; `None` for one span over the range.
    pub step: Option<Duration>,
    /// Asked every few thousand chunks.
    pub cancel: &'a Cancel,
}

/// Bytes of one stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamVolume {
    /// Which stream.
    pub labels: Labels,
    /// Bytes of lines per span; a chunk that reaches over spans is shared out by time.
    pub bytes: Vec<u64>,
}
