//! Filters of codes: Bloom filters of chunks of about the same number of keys, side by side, so that one row tells of
//! one bit for all of them.
//!
//! Invariant: a key that was put into a chunk's filter is found there. Asking reads a few rows, however many chunks
//! there are, and stops when no chunk is left.

use super::blocks::Blocks;
use super::keys::Key;
use super::pages::{PageWriter, Pages};
use crate::Error;
use crate::codec::{Cursor, Malformed, put_uvarint};
use std::collections::BTreeMap;

/// Chunks of one group; with them its rows have 32 bytes.
const GROUP_MAX: usize = 256;
/// Bits of the smallest filter.
const BITS_MIN: u64 = 64;
/// More than any filter has: the most keys of a chunk, each with the most bits, filled to a half.
const BITS_MAX: u64 = 1 << 20;

/// Filters of chunks that have the same number of bits.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Group {
    /// Bits of each filter.
    bits: u32,
    /// The chunks, ascending: the columns.
    blocks: Vec<u32>,
    /// Where its rows begin in the pages; row by row, each in whole bytes, the first chunk the lowest bit.
    offset: u64,
}

/// Filters being gathered, by their bits.
#[derive(Debug, Default)]
pub(super) struct FilterWriter {
    open: BTreeMap<u32, Vec<(u32, Vec<u64>)>>,
    done: Vec<Group>,
}

/// Bits for that many probes: filled to a half, rounded up to a fourth of an octave so that few sizes occur.
fn bits_for(probes: u64) -> u32 {
    let wanted = (probes * 3 / 2).max(BITS_MIN);
    let octave = 1_u64 << wanted.ilog2();
    let step = octave / 4;
    wanted.next_multiple_of(step.max(1)).min(BITS_MAX) as u32
}

/// The bits of a key in a filter.
fn places(key: Key, bits: u32) -> impl Iterator<Item = u32> {
    let (start, step) = (key.hash as u32, (key.hash >> 32) as u32 | 1);
    // The step is odd, so no two probes of a key have the same 32 bits.
    (0..key.probes).map(move |probe| {
        let spread = start.wrapping_add(step.wrapping_mul(probe));
        ((u64::from(spread) * u64::from(bits)) >> 32) as u32
    })
}

impl FilterWriter {
    /// Adds a chunk's keys, greater in number than those before. Without keys it has no filter.
    pub(super) fn add(&mut self, block: u32, keys: &[Key], pages: &mut PageWriter) -> Result<(), Error> {
        if keys.is_empty() {
            return Ok(());
        }
        let bits = bits_for(keys.iter().map(|key| u64::from(key.probes)).sum());
        let mut filter = vec![0_u64; (bits as usize).div_ceil(64)];
        for place in keys.iter().flat_map(|key| places(*key, bits)) {
            if let Some(word) = filter.get_mut(place as usize / 64) {
                *word |= 1 << (place % 64);
            }
        }
        let group = self.open.entry(bits).or_default();
        group.push((block, filter));
        if group.len() < GROUP_MAX {
            return Ok(());
        }
        let filters = std::mem::take(group);
        self.write(bits, &filters, pages)
    }

    fn write(&mut self, bits: u32, filters: &[(u32, Vec<u64>)], pages: &mut PageWriter) -> Result<(), Error> {
        let row = filters.len().div_ceil(8);
        let mut rows = vec![0_u8; row * bits as usize];
        for (column, (_, filter)) in filters.iter().enumerate() {
            for (word, first) in filter.iter().zip((0_usize..).step_by(64)) {
                let mut left = *word;
                while left != 0 {
                    let place = first + left.trailing_zeros() as usize;
                    left &= left - 1;
                    if let Some(byte) = rows.get_mut(place * row + column / 8) {
                        *byte |= 1 << (column % 8);
                    }
                }
            }
        }
        let offset = pages.append(&rows)?;
        let blocks = filters.iter().map(|(block, _)| *block).collect();
        self.done.push(Group { bits, blocks, offset });
        Ok(())
    }

    /// Writes what is left; the groups.
    pub(super) fn finish(mut self, pages: &mut PageWriter) -> Result<Vec<Group>, Error> {
        for (bits, filters) in std::mem::take(&mut self.open) {
            if !filters.is_empty() {
                self.write(bits, &filters, pages)?;
            }
        }
        Ok(self.done)
    }
}

impl Group {
    pub(super) fn put(&self, into: &mut Vec<u8>) {
        put_uvarint(into, u64::from(self.bits));
        put_uvarint(into, self.offset);
        put_blocks(into, self.blocks.iter().copied());
    }

    pub(super) fn take(from: &mut Cursor<'_>, blocks: u32) -> Result<Self, Malformed> {
        let at = *from;
        let bits = from.uvarint()?;
        let offset = from.uvarint()?;
        let group = Self { bits: bits as u32, blocks: take_blocks(from, blocks)?, offset };
        let fits = (1..=BITS_MAX).contains(&bits) && group.blocks.len() <= GROUP_MAX && !group.blocks.is_empty();
        if fits { Ok(group) } else { Err(at.malformed("group of filters")) }
    }

    /// Bytes of memory.
    pub(super) fn memory(&self) -> usize {
        self.blocks.len() * 4 + size_of::<Self>()
    }

    /// Adds the chunks whose filters have all keys.
    pub(super) fn find(&self, keys: &[Key], pages: &Pages, into: &mut Blocks) -> Result<(), Error> {
        let row = self.blocks.len().div_ceil(8);
        let mut left = vec![0xff_u8; row];
        for place in keys.iter().flat_map(|key| places(*key, self.bits)) {
            let found = pages.read(self.offset + u64::from(place) * row as u64, row)?;
            for (left, found) in left.iter_mut().zip(&found) {
                *left &= found;
            }
            if left.iter().all(|byte| *byte == 0) {
                return Ok(());
            }
        }
        for (block, column) in self.blocks.iter().zip(0_usize..) {
            if left.get(column / 8).is_some_and(|byte| byte >> (column % 8) & 1 == 1) {
                into.insert(*block);
            }
        }
        Ok(())
    }
}

/// Appends ascending numbers of chunks: their count, then each as the difference to the one before.
pub(super) fn put_blocks(into: &mut Vec<u8>, blocks: impl ExactSizeIterator<Item = u32>) {
    put_uvarint(into, blocks.len() as u64);
    let mut before = 0;
    for block in blocks {
        put_uvarint(into, u64::from(block - before));
        before = block;
    }
}

/// Reads what [`put_blocks`] wrote; each is less than `blocks`.
pub(super) fn take_blocks(from: &mut Cursor<'_>, blocks: u32) -> Result<Vec<u32>, Malformed> {
    let mut found = Vec::new();
    let mut before = 0_u64;
    for _ in 0..from.count()? {
        let at = *from;
        before = before.saturating_add(from.uvarint()?);
        let block = u32::try_from(before).ok().filter(|block| *block < blocks);
        found.push(block.ok_or_else(|| at.malformed("chunk of the part"))?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_few_and_enough() {
        let sizes: std::collections::BTreeSet<_> = (0..20_000).map(bits_for).collect();
        assert!(sizes.len() < 40, "{}", sizes.len());
        for probes in [1_u64, 43, 100, 5_000, 19_999] {
            let bits = u64::from(bits_for(probes));
            assert!(bits >= probes * 3 / 2 && bits <= (probes * 2).max(BITS_MIN), "{probes}: {bits}");
        }
        let most = crate::logs::limits::CHUNK_CODES_MAX as u64 * 9;
        assert!(u64::from(bits_for(most)) >= most * 3 / 2);
    }
}
