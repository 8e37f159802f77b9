//! Which blocks go: pure.
//!
//! Invariant: whole blocks only, the oldest first; a block stays as long as any time of its range is kept. A clock that
//! is far ahead of all blocks is not believed: what it would have us remove could not be brought back, while answers end
//! at the retention anyway. Once blocks are cut at its times it counts.

use super::block::Meta;
use super::limits::CLOCK_AHEAD_MAX_MS;
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
    let newest = blocks.iter().map(|block| block.max).max().unwrap_or(i64::MIN);
    let believed = now.0.min(newest.saturating_add(CLOCK_AHEAD_MAX_MS));
    let oldest = if kept.millis == 0 { i64::MIN } else { believed.saturating_sub(kept.millis) };
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
    fn a_clock_far_ahead_of_all_blocks_removes_nothing() {
        let day = CLOCK_AHEAD_MAX_MS;
        let block = |start: i64| Meta { start, end: start + day, max: start + day - 1, ..Meta::default() };
        let kept = Kept { millis: 3 * day, bytes: 0 };
        let mut blocks = vec![block(0), block(day), block(2 * day)];
        assert_eq!(plan(&blocks, kept, Millis(4 * day)), [0; 0]);
        assert_eq!(plan(&blocks, kept, Millis(9000 * day)), [0; 0]);
        blocks.push(block(3 * day));
        assert_eq!(plan(&blocks, kept, Millis(4 * day)), [0]);
        assert_eq!(plan(&blocks, kept, Millis(9000 * day)), [0]);
        blocks.push(block(9000 * day));
        assert_eq!(plan(&blocks, kept, Millis(9000 * day)), [0, 1, 2, 3]);
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
