//! From the head to blocks.
//!
//! Invariant: a sample leaves the head only after a block that holds it can be found by everyone who might have looked
//! for it in the head.

use super::block::{Block, BlockWriter};
use super::blocks::Blocks;
use super::chunk::Chunk;
use super::head::Head;
use super::limits::{BLOCK_RANGE_MS, HEAD_KEPT_MS, HEAD_SPAN_MAX_MS, MERGED_RANGES_MS};
use super::series::Series;
use crate::Error;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Where to cut, if a cut is due: `begin` is where the last block ended, or else the first sample.
pub(crate) fn plan(begin: i64, newest: i64) -> Option<i64> {
    let base = begin.div_euclid(BLOCK_RANGE_MS).saturating_mul(BLOCK_RANGE_MS);
    let due = newest.saturating_sub(base) >= HEAD_SPAN_MAX_MS;
    due.then(|| newest.saturating_sub(HEAD_KEPT_MS).div_euclid(BLOCK_RANGE_MS) * BLOCK_RANGE_MS)
}

/// The range of the block that a chunk goes to: a day for what is a day old, so that a long backfill makes few blocks.
fn range_of(chunk: &Chunk, end: i64) -> (i64, i64) {
    let [.., day] = MERGED_RANGES_MS;
    let long = if chunk.min < end.saturating_sub(day) { day } else { BLOCK_RANGE_MS };
    let start = chunk.min.div_euclid(long).saturating_mul(long);
    (start, start.saturating_add(long))
}

/// Chunks of one series in one block's range.
type Cut = (usize, Vec<Chunk>);

/// Writes every chunk that ends before `end` into blocks, one per range; ranges
/// are of two hours, and of a day where they are older. The chunks stay in the head until
/// [`finish`].
///
/// # Errors
/// A block cannot be written; the head is as it was.
pub(crate) fn write(head: &Head, blocks: &Blocks, end: i64) -> Result<Vec<Arc<Block>>, Error> {
    let mut series = head.all();
    series.sort_by(|a, b| a.labels.cmp(&b.labels));
    let mut ranges: BTreeMap<(i64, i64), Vec<Cut>> = BTreeMap::new();
    for (position, series) in series.iter().enumerate() {
        for chunk in series.window().begin_cut(end) {
            let cuts = ranges.entry(range_of(chunk, end)).or_default();
            match cuts.last_mut() {
                Some((last, chunks)) if *last == position => chunks.push(chunk.clone()),
                _ => cuts.push((position, vec![chunk.clone()])),
            }
        }
    }
    let mut written = Vec::new();
    for ((start, end), cuts) in ranges {
        match write_block(blocks, start..end, &series, cuts) {
            Ok(block) => written.extend(block),
            Err(error) => {
                series.iter().for_each(|series| series.window().abandon_cut());
                blocks.discard(&written);
                return Err(error);
            }
        }
    }
    Ok(written)
}

fn write_block(
    blocks: &Blocks,
    range: Range<i64>,
    series: &[Arc<Series>],
    cuts: Vec<Cut>,
) -> Result<Option<Arc<Block>>, Error> {
    let mut writer = BlockWriter::begin(Arc::clone(blocks.disk()), blocks.new_path(&range), range.clone())?;
    for (position, chunks) in cuts {
        let Some(series) = series.get(position) else { continue };
        let starts: Vec<_> =
            series.window().starts().into_iter().flat_map(|starts| starts.within(range.clone())).collect();
        writer.add(&series.labels, &super::compaction::disjoint(chunks)?, &starts)?;
    }
    Ok(writer.finish()?.map(Arc::new))
}

/// Drops from the head what was written, and series that hold nothing any more; how many those were.
pub(crate) fn finish(head: &Head) -> usize {
    head.all().iter().for_each(|series| series.window().finish_cut());
    head.forget_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    #[test]
    fn a_cut_leaves_an_hour_at_least() {
        let check = |begin: i64, newest: i64, expected: Option<i64>| {
            assert_eq!(plan(begin, newest), expected, "{begin} to {newest}");
        };
        check(0, 3 * HOUR - 1, None);
        check(0, 3 * HOUR, Some(2 * HOUR));
        check(HOUR, 3 * HOUR, Some(2 * HOUR));
        check(0, 30 * HOUR, Some(28 * HOUR));
        check(2 * HOUR, 4 * HOUR, None);
        check(2 * HOUR, 5 * HOUR, Some(4 * HOUR));
        check(-HOUR, HOUR, Some(0));
        check(i64::MIN, i64::MIN, None);
    }
}
