//! Chunks: samples of one series as few bytes. See `docs/format/chunk.md`.
//!
//! Invariant: the times in a chunk ascend strictly; `min`, `max` and `count` say what the bytes hold; sealed bytes
//! never change. Bytes from a disk may be anything: decoding them fails or gives samples, it never panics.

mod histogram;
mod xor;

pub(crate) use histogram::{HistogramEncoder, put_histogram, same_histogram, take_histogram};
pub(crate) use xor::XorEncoder;

use super::columns::Columns;
use crate::codec::Malformed;
use std::sync::Arc;

/// How the bytes of a chunk are to be read. The numbers are on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Encoding {
    /// Floats, [`XorEncoder`].
    Xor = 1,
    /// Native histograms, [`HistogramEncoder`].
    Histogram = 2,
}

impl Encoding {
    pub(crate) fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Xor),
            2 => Some(Self::Histogram),
            _ => None,
        }
    }
}

/// A finished chunk.
#[derive(Clone, Debug)]
pub(crate) struct Chunk {
    pub(crate) encoding: Encoding,
    /// How many samples, at least one.
    pub(crate) count: u16,
    /// The first time.
    pub(crate) min: i64,
    /// The last time.
    pub(crate) max: i64,
    pub(crate) bytes: Arc<[u8]>,
}

impl Chunk {
    /// Appends the samples inside `start..end` to the columns.
    pub(crate) fn decode(&self, within: std::ops::Range<i64>, into: &mut Columns) -> Result<(), Malformed> {
        match self.encoding {
            Encoding::Xor => xor::decode(self, within, into),
            Encoding::Histogram => histogram::decode(self, within, into),
        }
    }

    /// Whether any time of `start..end` can be inside.
    pub(crate) fn overlaps(&self, within: &std::ops::Range<i64>) -> bool {
        self.min < within.end && within.start <= self.max
    }

    /// Bytes of memory.
    pub(crate) fn memory(&self) -> usize {
        size_of::<Self>() + self.bytes.len() + 16
    }
}

#[cfg(test)]
mod tests;
