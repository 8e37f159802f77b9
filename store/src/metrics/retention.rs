//! Which blocks go: pure.
//!
//! Invariant: whole blocks only, the oldest first; a block stays as long as any time of its range is kept.

use super::block::Meta;
use model::time::Millis;

/// What is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    /// How long, in milliseconds; 0 is for ever.
    pub(crate) millis: i64,
    /// How many bytes; 0 is no bound.
    pub(crate) bytes: u64,
}

/// The places in `blocks` (ascending by range) of those that go.
pub(crate) fn plan(blocks: &[Meta], kept: Kept, now: Millis) -> Vec<usize> {
    let oldest = if kept.millis == 0 { i64::MIN } else { now.0.saturating_sub(kept.millis) };
    let mut bytes = 0_u64;
    let mut full = false;
    let mut gone: Vec<usize> = Vec::new();
    for (position, block) in blocks.iter().enumerate().rev() {
        bytes = bytes.saturating_add(block.bytes());
        full |= kept.bytes > 0 && bytes > kept.bytes;
        if full || block.end <= oldest {
            gone.push(position);
        }
    }
    gone.reverse();
    gone
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kept: Kept, now: i64, expected: &[usize]) {
        let blocks: Vec<_> =
            (0..4).map(|i| Meta { start: i * 10, end: i * 10 + 10, chunk_bytes: 100, ..Meta::default() }).collect();
        assert_eq!(plan(&blocks, kept, Millis(now)), expected, "{kept:?} at {now}");
    }

    #[test]
    fn whole_blocks_go_oldest_first() {
        check(Kept { millis: 0, bytes: 0 }, 1_000_000, &[]);
        check(Kept { millis: 20, bytes: 0 }, 29, &[]);
        check(Kept { millis: 20, bytes: 0 }, 30, &[0]);
        check(Kept { millis: 20, bytes: 0 }, 1000, &[0, 1, 2, 3]);
        check(Kept { millis: 0, bytes: 400 }, 0, &[]);
        check(Kept { millis: 0, bytes: 399 }, 0, &[0]);
        check(Kept { millis: 20, bytes: 150 }, 30, &[0, 1, 2]);
    }
}
