//! How numbers become bytes: what every on-disk format of this crate is built from.
//!
//! Invariant: reading never panics and never allocates more than it was given; what does not fit is [`Malformed`].
//! Nothing here knows what the bytes mean.

mod bits;
mod compress;
mod cursor;

pub(crate) use bits::{BitReader, BitWriter};
pub(crate) use compress::{compress, decompress};
pub(crate) use cursor::{Cursor, put_bytes, put_uvarint, put_varint};

use std::fmt;

/// Why bytes cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    /// What was expected there.
    pub(crate) what: &'static str,
    /// Offset in what was read.
    pub(crate) at: usize,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} expected at byte {}", self.what, self.at)
    }
}

impl std::error::Error for Malformed {}
