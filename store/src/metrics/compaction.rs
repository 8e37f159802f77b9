//! Blocks become fewer: those of a finished range are merged into one.
//!
//! Invariant: the plan is pure; a merge reads series by series, and the old blocks go only after the new one has its
//! name. A time that several blocks hold is kept once, as it was written first.

use super::block::{Block, BlockWriter, Meta, Region};
use super::blocks::Blocks;
use super::chunk::Chunk;
use super::columns::Columns;
use super::index::Index;
use super::limits::{BLOCK_RANGE_MS, MERGED_BYTES_MAX, MERGED_RANGES_MS};
use super::series::encode_columns;
use crate::{Error, ErrorKind};
use model::labels::Labels;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Blocks to merge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Merge {
    /// Their places in the list.
    pub(crate) blocks: Vec<usize>,
    /// The range of the block that they become.
    pub(crate) range: Range<i64>,
}

/// The next merge: the smallest range first, then the oldest. A range is finished when the head has been cut beyond it.
pub(crate) fn plan(blocks: &[Meta], cut_until: i64) -> Option<Merge> {
    std::iter::once(BLOCK_RANGE_MS).chain(MERGED_RANGES_MS).find_map(|range| plan_range(blocks, cut_until, range))
}

fn plan_range(blocks: &[Meta], cut_until: i64, range: i64) -> Option<Merge> {
    let mut windows: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    for (position, block) in blocks.iter().enumerate() {
        let window = block.start.div_euclid(range);
        let end = window.saturating_add(1).saturating_mul(range);
        if block.end <= end && end <= cut_until {
            windows.entry(window).or_default().push(position);
        }
    }
    let fits = |positions: &Vec<usize>| {
        let bytes: u64 = positions.iter().filter_map(|position| blocks.get(*position)).map(Meta::bytes).sum();
        positions.len() > 1 && bytes <= MERGED_BYTES_MAX
    };
    let (window, positions) = windows.into_iter().find(|(_, positions)| fits(positions))?;
    let start = window.saturating_mul(range);
    Some(Merge { blocks: positions, range: start..start.saturating_add(range) })
}

/// What a merge gave.
#[derive(Debug)]
pub(crate) struct Merged {
    pub(crate) block: Option<Block>,
    /// Those that were merged as a whole.
    pub(crate) whole: Vec<Arc<Block>>,
    /// Those that were merged with damage: series of theirs could not be read.
    pub(crate) damaged: Vec<Arc<Block>>,
}

/// Walks the series of one block.
struct Walk {
    block: Arc<Block>,
    index: Arc<Index>,
    next: u64,
    labels: Option<Labels>,
    damaged: bool,
}

impl Walk {
    fn advance(&mut self) {
        self.labels = (self.next < self.index.len() as u64).then(|| self.index.labels(self.next));
        self.next += 1;
    }

    /// The samples of the current series; none where they are damaged.
    fn region(&mut self) -> Result<Region, Error> {
        match self.block.region(&self.index, self.next - 1) {
            Err(error) if error.kind() == ErrorKind::Corrupt => {
                tracing::error!(%error, "left a damaged series out of a merge");
                self.damaged = true;
                Ok(Region::default())
            }
            other => other,
        }
    }
}

/// Writes the block that takes the place of others. One whose index is damaged is set aside and left out.
///
/// # Errors
/// A block cannot be read or written; the others are as they were.
pub(crate) fn merge(blocks: &Blocks, merged: &[Arc<Block>], range: Range<i64>) -> Result<Merged, Error> {
    let mut walks = Vec::with_capacity(merged.len());
    let mut in_order_of_writing: Vec<_> = merged.iter().collect();
    in_order_of_writing.sort_by_key(|block| block.number);
    for block in in_order_of_writing {
        let Some(index) = blocks.index(block, &mut Vec::new())? else { continue };
        let mut walk = Walk { block: Arc::clone(block), index, next: 0, labels: None, damaged: false };
        walk.advance();
        walks.push(walk);
    }
    let mut writer = BlockWriter::begin(Arc::clone(blocks.disk()), blocks.new_path(&range), range)?;
    while let Some(labels) = walks.iter().filter_map(|walk| walk.labels.as_ref()).min().cloned() {
        let (mut chunks, mut starts) = (Vec::new(), Vec::new());
        for walk in walks.iter_mut().filter(|walk| walk.labels.as_ref() == Some(&labels)) {
            let region = walk.region()?;
            chunks.extend(region.chunks);
            starts.extend(region.starts);
            walk.advance();
        }
        writer.add(&labels, &disjoint(chunks)?, &starts)?;
    }
    let block = writer.finish()?;
    let (damaged, whole): (Vec<_>, Vec<_>) = walks.into_iter().partition(|walk| walk.damaged);
    let blocks = |walks: Vec<Walk>| walks.into_iter().map(|walk| walk.block).collect();
    Ok(Merged { block, whole: blocks(whole), damaged: blocks(damaged) })
}

/// Chunks that ascend without overlap; those that do overlap are encoded anew. Of a time that several hold the first
/// in `chunks` wins.
pub(crate) fn disjoint(chunks: Vec<Chunk>) -> Result<Vec<Chunk>, Error> {
    let mut ascending = chunks.clone();
    ascending.sort_by_key(|chunk| chunk.min);
    if ascending.is_sorted_by(|earlier, later| earlier.max < later.min) {
        return Ok(ascending);
    }
    let mut columns = Columns::default();
    for chunk in &chunks {
        chunk
            .decode(i64::MIN..i64::MAX, &mut columns)
            .map_err(|malformed| Error::new(ErrorKind::Corrupt, "merging overlapping chunks").caused_by(malformed))?;
    }
    columns.restore_order();
    Ok(encode_columns(&columns))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn check(hours: &[(i64, i64)], cut_until: i64, expected: Option<(&[usize], Range<i64>)>) {
        let metas: Vec<_> =
            hours.iter().map(|(start, end)| Meta { start: start * HOUR, end: end * HOUR, ..Meta::default() }).collect();
        let expected = expected
            .map(|(blocks, range)| Merge { blocks: blocks.to_vec(), range: range.start * HOUR..range.end * HOUR });
        assert_eq!(plan(&metas, cut_until * HOUR), expected, "{hours:?}");
    }

    #[test]
    fn finished_ranges_are_merged_smallest_first() {
        check(&[], 0, None);
        check(&[(0, 2), (2, 4), (4, 6)], 6, None);
        check(&[(0, 2), (2, 4), (4, 6), (6, 8)], 8, Some((&[0, 1, 2, 3], 0..8)));
        check(&[(0, 2), (6, 8)], 8, Some((&[0, 1], 0..8)));
        check(&[(0, 2), (0, 2), (2, 4)], 4, Some((&[0, 1], 0..2)));
        check(&[(0, 8), (8, 16), (16, 24)], 24, Some((&[0, 1, 2], 0..24)));
        check(&[(0, 8), (8, 16), (16, 24)], 23, None);
        check(&[(0, 24), (2, 4)], 24, Some((&[0, 1], 0..24)));
        check(&[(0, 24), (24, 48)], 48, None);
        check(&[(-2, 0), (0, 2)], 8, None);
    }
}
