//! Stages that make one line of several.
//!
//! Invariant: what is held back is bounded in streams and bytes, and its oldest byte of the source is known.

mod cri;
mod multiline;

pub(crate) use cri::{Cri, CriMemory, RawCri};
pub(crate) use multiline::{Multiline, MultilineMemory, RawMultiline};

use super::Entry;

/// An entry made of an earlier one and what came after it: the text is that of both.
fn spanning(earlier: &Entry<'_>, entry: &mut Entry<'_>) {
    entry.span.start = entry.span.start.min(earlier.span.start);
}
