//! Floats after Facebook's Gorilla paper: times as differences of differences, values as XOR with the one before.
//!
//! Invariant: what is decoded is bit for bit what was pushed, NaN payloads included.

use super::{Chunk, Encoding};
use crate::codec::{BitReader, BitWriter, Malformed};
use crate::metrics::columns::Columns;
use model::time::Millis;

/// Widths of a difference of differences, by the number of ones before it; 0 ones is a difference of zero.
const TIME_BITS: [u32; 5] = [0, 8, 15, 21, 64];
const TIME_ONES_MAX: u32 = 4;
/// Bits for the count of leading zeros, which is capped accordingly.
const LEADING_BITS: u32 = 5;
const LEADING_MAX: u32 = (1 << LEADING_BITS) - 1;
/// Bits for the count of meaningful bits, less one.
const MEANINGFUL_BITS: u32 = 6;

/// A float chunk that grows.
#[derive(Clone, Debug)]
pub(crate) struct XorEncoder {
    bits: BitWriter,
    count: u16,
    first: i64,
    last: i64,
    delta: i64,
    value: u64,
    leading: u8,
    meaningful: u8,
}

impl XorEncoder {
    /// A chunk of one sample.
    pub(crate) fn new(timestamp: i64, value: f64) -> Self {
        let mut bits = BitWriter::default();
        bits.push(timestamp as u64, 64);
        bits.push(value.to_bits(), 64);
        Self {
            bits,
            count: 1,
            first: timestamp,
            last: timestamp,
            delta: 0,
            value: value.to_bits(),
            leading: 0,
            meaningful: 0,
        }
    }

    /// Appends a sample later than the last.
    #[inline]
    pub(crate) fn push(&mut self, timestamp: i64, value: f64) {
        let delta = timestamp.wrapping_sub(self.last);
        self.push_time(delta.wrapping_sub(self.delta));
        self.push_value(value.to_bits());
        self.delta = delta;
        self.last = timestamp;
        self.count += 1;
    }

    #[inline]
    fn push_time(&mut self, change: i64) {
        if change == 0 {
            self.bits.push(0, 1);
        } else if (-128..128).contains(&change) {
            self.bits.push(0b10 << 8 | (change as u64 & 0xff), 10);
        } else if (-(1 << 14)..1 << 14).contains(&change) {
            self.bits.push(0b110 << 15 | (change as u64 & 0x7fff), 18);
        } else if (-(1 << 20)..1 << 20).contains(&change) {
            self.bits.push(0b1110 << 21 | (change as u64 & 0x1f_ffff), 25);
        } else {
            self.bits.push(0b1111, 4);
            self.bits.push(change as u64, 64);
        }
    }

    #[inline]
    fn push_value(&mut self, value: u64) {
        let change = value ^ self.value;
        self.value = value;
        if change == 0 {
            self.bits.push(0, 1);
            return;
        }
        let leading = change.leading_zeros().min(LEADING_MAX);
        let trailing = change.trailing_zeros();
        let (old_leading, old_meaningful) = (u32::from(self.leading), u32::from(self.meaningful));
        let fits = old_meaningful > 0 && leading >= old_leading && trailing >= 64 - old_leading - old_meaningful;
        if fits {
            self.bits.push(0b10, 2);
            self.bits.push(change >> (64 - old_leading - old_meaningful), old_meaningful);
        } else {
            let meaningful = 64 - leading - trailing;
            let head = 0b11 << (LEADING_BITS + MEANINGFUL_BITS) | leading << MEANINGFUL_BITS | (meaningful - 1);
            self.bits.push(u64::from(head), 2 + LEADING_BITS + MEANINGFUL_BITS);
            self.bits.push(change >> trailing, meaningful);
            self.leading = leading as u8;
            self.meaningful = meaningful as u8;
        }
    }

    pub(crate) fn count(&self) -> u16 {
        self.count
    }

    pub(crate) fn first(&self) -> i64 {
        self.first
    }

    pub(crate) fn last(&self) -> (i64, f64) {
        (self.last, f64::from_bits(self.value))
    }

    /// The chunk as it is now.
    pub(crate) fn snapshot(&self) -> Chunk {
        let bytes = self.bits.snapshot().into();
        Chunk { encoding: Encoding::Xor, count: self.count, min: self.first, max: self.last, bytes }
    }

    /// Bytes of memory behind it.
    pub(crate) fn memory(&self) -> usize {
        self.bits.capacity()
    }
}

/// Reads the samples of a chunk that lie inside `within`.
pub(super) fn decode(chunk: &Chunk, within: std::ops::Range<i64>, into: &mut Columns) -> Result<(), Malformed> {
    let mut bits = BitReader::new(&chunk.bytes);
    let mut timestamp = bits.take(64)? as i64;
    let mut value = bits.take(64)?;
    let mut delta = 0_i64;
    let (mut trailing, mut meaningful) = (0_u32, 0_u32);
    into.reserve_floats(usize::from(chunk.count));
    if within.contains(&timestamp) {
        into.push_float(Millis(timestamp), f64::from_bits(value));
    }
    for _ in 1..chunk.count {
        let change = take_time(&mut bits)?;
        delta = delta.wrapping_add(change);
        let next = timestamp.wrapping_add(delta);
        if next <= timestamp {
            return Err(Malformed { what: "ascending time", at: chunk.bytes.len() });
        }
        timestamp = next;
        match bits.take_ones(2)? {
            0 => {}
            1 => value ^= bits.take(meaningful)? << trailing,
            _ => {
                let head = bits.take(LEADING_BITS + MEANINGFUL_BITS)? as u32;
                meaningful = (head & ((1 << MEANINGFUL_BITS) - 1)) + 1;
                let leading = head >> MEANINGFUL_BITS;
                if leading + meaningful > 64 {
                    return Err(Malformed { what: "bits of a float", at: chunk.bytes.len() });
                }
                trailing = 64 - leading - meaningful;
                value ^= bits.take(meaningful)? << trailing;
            }
        }
        if timestamp >= within.end {
            break;
        }
        if timestamp >= within.start {
            into.push_float(Millis(timestamp), f64::from_bits(value));
        }
    }
    Ok(())
}

#[inline]
fn take_time(bits: &mut BitReader<'_>) -> Result<i64, Malformed> {
    let ones = bits.take_ones(TIME_ONES_MAX)?;
    let width = TIME_BITS.get(ones as usize).copied().unwrap_or(64);
    if width == 0 {
        return Ok(0);
    }
    let unused = 64 - width;
    Ok((bits.take(width)? << unused) as i64 >> unused)
}
