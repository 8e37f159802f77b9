//! Bit streams, highest bit first.
//!
//! Invariant: the writer keeps at most 63 bits outside of its bytes, so a copy of an unfinished stream is cheap.

use super::Malformed;

/// A growing bit stream.
#[derive(Clone, Debug, Default)]
pub(crate) struct BitWriter {
    bytes: Vec<u8>,
    /// Bits not yet in `bytes`, at the top.
    pending: u64,
    /// How many.
    pending_bits: u32,
}

impl BitWriter {
    /// Appends the lowest `bits` bits of `value`; 0 to 64.
    #[inline]
    pub(crate) fn push(&mut self, value: u64, bits: u32) {
        if bits == 0 {
            return;
        }
        let value = value << (64 - bits);
        self.pending |= value >> self.pending_bits;
        let filled = self.pending_bits + bits;
        if filled < 64 {
            self.pending_bits = filled;
            return;
        }
        self.bytes.extend_from_slice(&self.pending.to_be_bytes());
        self.pending_bits = filled - 64;
        // Of `value`, the top `64 - old pending_bits` bits went out; what is left moves to the top.
        let sent = bits - self.pending_bits;
        self.pending = if sent < 64 { value << sent } else { 0 };
    }

    /// The stream so far, its last byte filled up with zeros.
    pub(crate) fn snapshot(&self) -> Vec<u8> {
        let tail = self.pending_bits.div_ceil(8) as usize;
        let mut bytes = Vec::with_capacity(self.bytes.len() + tail);
        bytes.extend_from_slice(&self.bytes);
        bytes.extend(self.pending.to_be_bytes().iter().take(tail));
        bytes
    }

    /// Bytes of memory that the stream holds.
    pub(crate) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }
}

/// A bit stream being read.
#[derive(Clone, Debug)]
pub(crate) struct BitReader<'a> {
    bytes: &'a [u8],
    /// The next bit.
    at: usize,
}

impl<'a> BitReader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next 64 bits without moving, zeros behind the end.
    #[inline]
    fn peek(&self) -> u64 {
        let byte = self.at >> 3;
        let shift = (self.at & 7) as u32;
        match self.bytes.get(byte..).and_then(<[u8]>::first_chunk::<9>) {
            Some([head @ .., last]) => {
                let window = u64::from_be_bytes(*head);
                if shift == 0 { window } else { (window << shift) | u64::from(*last >> (8 - shift)) }
            }
            None => self.peek_at_end(byte, shift),
        }
    }

    #[cold]
    fn peek_at_end(&self, byte: usize, shift: u32) -> u64 {
        let mut window = [0_u8; 16];
        for (into, from) in window.iter_mut().zip(self.bytes.get(byte..).unwrap_or(&[])) {
            *into = *from;
        }
        (u128::from_be_bytes(window) << shift >> 64) as u64
    }

    /// Takes `bits` bits, 0 to 64.
    #[inline]
    pub(crate) fn take(&mut self, bits: u32) -> Result<u64, Malformed> {
        if bits == 0 {
            return Ok(0);
        }
        let value = self.peek() >> (64 - bits);
        self.skip(bits)?;
        Ok(value)
    }

    /// Counts ones up to the first zero or `max` of them, and takes both.
    #[inline]
    pub(crate) fn take_ones(&mut self, max: u32) -> Result<u32, Malformed> {
        let ones = self.peek().leading_ones().min(max);
        self.skip(if ones == max { ones } else { ones + 1 })?;
        Ok(ones)
    }

    #[inline]
    fn skip(&mut self, bits: u32) -> Result<(), Malformed> {
        let next = self.at + bits as usize;
        if next > self.bytes.len() * 8 {
            return Err(Malformed { what: "more bits", at: self.bytes.len() });
        }
        self.at = next;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_round_trip_at_every_width_and_alignment() {
        let mut writer = BitWriter::default();
        let mut expected = Vec::new();
        for round in 0..64_u64 {
            for bits in 0..=64_u32 {
                let value = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(round * 65 + u64::from(bits) + 1);
                let value = if bits == 0 { 0 } else { value >> (64 - bits) };
                writer.push(value, bits);
                expected.push((value, bits));
            }
            writer.push(1, (round % 7) as u32 + 1);
            expected.push((1, (round % 7) as u32 + 1));
        }
        let bytes = writer.snapshot();
        let mut reader = BitReader::new(&bytes);
        for (value, bits) in expected {
            assert_eq!(reader.take(bits), Ok(value), "{bits} bits");
        }
        assert!(reader.take(8).is_err());
    }

    #[test]
    fn unary_prefixes_are_counted() {
        let mut writer = BitWriter::default();
        for ones in [0_u32, 1, 2, 3, 4] {
            writer.push(u64::MAX, ones);
            if ones < 4 {
                writer.push(0, 1);
            }
        }
        let bytes = writer.snapshot();
        let mut reader = BitReader::new(&bytes);
        for ones in [0, 1, 2, 3, 4] {
            assert_eq!(reader.take_ones(4), Ok(ones));
        }
    }
}
