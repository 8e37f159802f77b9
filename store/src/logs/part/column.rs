//! Columns of numbers: blocks of 128, each with its minimum and a Rice code whose parameter fits the block.
//!
//! Invariant: reading gives exactly the asked number of values or [`Malformed`]; it never panics. A column of equal
//! values takes two bytes a block whatever the value's magnitude needs beyond it.

use crate::codec::{BitReader, BitWriter, Malformed};

const BLOCK: usize = 128;
/// Quotients from here on are followed by the whole value: one stray value costs little.
const ESCAPE: u32 = 20;
/// The parameter of a block whose values are all its minimum: none of them is written.
const EQUAL: u32 = 63;

/// Appends a column.
pub(super) fn put(into: &mut BitWriter, values: &[u64]) {
    for block in values.chunks(BLOCK) {
        let min = block.iter().copied().min().unwrap_or(0);
        let parameter = parameter(block, min);
        into.push(u64::from(parameter), 6);
        let width = 64 - min.leading_zeros();
        into.push(u64::from(width), 7);
        into.push(min, width);
        if parameter == EQUAL {
            continue;
        }
        for value in block {
            let above = value - min;
            let quotient = above >> parameter;
            if quotient < u64::from(ESCAPE) {
                into.push((1 << (quotient + 1)) - 2, quotient as u32 + 1);
                into.push(above & ((1 << parameter) - 1), parameter);
            } else {
                into.push((1 << ESCAPE) - 1, ESCAPE);
                into.push(above, 64);
            }
        }
    }
}

/// Reads `count` values behind what `into` holds; they are the column's in its order.
pub(super) fn take(from: &mut BitReader<'_>, count: usize, into: &mut Vec<u64>) -> Result<(), Malformed> {
    let mut left = count;
    while left > 0 {
        let block = left.min(BLOCK);
        left -= block;
        let parameter = from.take(6)? as u32;
        let width = from.take(7)? as u32;
        if width > 64 {
            return Err(Malformed { what: "width of at most 64 bits", at: 0 });
        }
        let min = from.take(width)?;
        if parameter == EQUAL {
            into.extend(std::iter::repeat_n(min, block));
            continue;
        }
        for _ in 0..block {
            let quotient = from.take_ones(ESCAPE)?;
            let above = if quotient == ESCAPE {
                from.take(64)?
            } else {
                (u64::from(quotient) << parameter) | from.take(parameter)?
            };
            into.push(min.wrapping_add(above));
        }
    }
    Ok(())
}

/// The parameter that makes the block short: the best of a few near the logarithms of the mean, which suits values that
/// are spread evenly, and of the median, which a few stray values leave alone.
fn parameter(block: &[u64], min: u64) -> u32 {
    let sum: u128 = block.iter().map(|value| u128::from(value - min)).sum();
    if sum == 0 {
        return EQUAL;
    }
    let mean = (sum / block.len() as u128) as u64;
    let mut sorted = [0; BLOCK];
    let sorted = sorted.get_mut(..block.len()).unwrap_or(&mut []);
    sorted.copy_from_slice(block);
    let middle = sorted.len() / 2;
    let median = *sorted.select_nth_unstable(middle).1 - min;
    let near = |value: u64| (64 - value.leading_zeros()).min(EQUAL - 1);
    let around = |near: u32| near.saturating_sub(2)..=near;
    let candidates = around(near(mean)).chain(around(near(median)));
    candidates.min_by_key(|parameter| bits(block, min, *parameter)).unwrap_or(EQUAL - 1)
}

fn bits(block: &[u64], min: u64, parameter: u32) -> u64 {
    let cost = |value: &u64| {
        let quotient = (value - min) >> parameter;
        if quotient < u64::from(ESCAPE) { quotient + 1 + u64::from(parameter) } else { u64::from(ESCAPE) + 64 }
    };
    block.iter().map(cost).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(values: &[u64]) -> Vec<u8> {
        let mut writer = BitWriter::default();
        put(&mut writer, values);
        writer.snapshot()
    }

    fn check(values: &[u64]) -> usize {
        let bytes = written(values);
        let mut found = Vec::new();
        take(&mut BitReader::new(&bytes), values.len(), &mut found).expect("reads");
        assert_eq!(found, values);
        bytes.len()
    }

    #[test]
    fn columns_round_trip_at_every_magnitude() {
        for width in 0..=64_u32 {
            let mask = if width == 0 { 0 } else { u64::MAX >> (64 - width) };
            let values: Vec<_> =
                (1..300_u64).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(17) & mask).collect();
            check(&values);
        }
        assert_eq!(check(&[]), 0);
        assert_eq!(check(&[7; 128]), 2);
        assert!(check(&[u64::MAX; 128]) < 12);
        let mut stray = vec![5; 128];
        stray[77] = u64::MAX;
        assert!(check(&stray) < 40, "a stray value must not widen the others");
    }

    proptest! {
        #[test]
        fn any_column_round_trips(values in prop::collection::vec(any::<u64>().prop_flat_map(|v| (0..64_u32).prop_map(move |s| v >> s)), 0..400)) {
            check(&values);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), count in 0..1000_usize) {
            let mut found = Vec::new();
            let read = take(&mut BitReader::new(&bytes), count, &mut found);
            prop_assert!(found.len() <= count && (read.is_err() || found.len() == count));
        }
    }
}
