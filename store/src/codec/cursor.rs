//! Bytes read front to back, and their writers: little-endian integers, LEB128 varints, zigzag for signed ones.

use super::Malformed;

/// Appends an unsigned varint: 7 bits a byte, lowest first.
pub(crate) fn put_uvarint(into: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        into.push(value as u8 | 0x80);
        value >>= 7;
    }
    into.push(value as u8);
}

/// Appends a signed varint, zigzag: small magnitudes are short whatever their sign.
pub(crate) fn put_varint(into: &mut Vec<u8>, value: i64) {
    put_uvarint(into, ((value << 1) ^ (value >> 63)) as u64);
}

/// Appends a length as a varint and the bytes.
pub(crate) fn put_bytes(into: &mut Vec<u8>, bytes: &[u8]) {
    put_uvarint(into, bytes.len() as u64);
    into.extend_from_slice(bytes);
}

/// A position in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    rest: &'a [u8],
    len: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, len: bytes.len() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Bytes not read yet.
    pub(crate) fn remaining(&self) -> usize {
        self.rest.len()
    }

    pub(crate) fn malformed(&self, what: &'static str) -> Malformed {
        Malformed { what, at: self.len - self.rest.len() }
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(|| self.malformed("more bytes"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or_else(|| self.malformed("more bytes"))?;
        self.rest = rest;
        Ok(*taken)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Malformed> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Malformed> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, Malformed> {
        self.array().map(u64::from_le_bytes)
    }

    pub(crate) fn i64(&mut self) -> Result<i64, Malformed> {
        self.array().map(i64::from_le_bytes)
    }

    pub(crate) fn f64(&mut self) -> Result<f64, Malformed> {
        self.array().map(f64::from_le_bytes)
    }

    #[inline]
    pub(crate) fn uvarint(&mut self) -> Result<u64, Malformed> {
        if let Some((&first, rest)) = self.rest.split_first()
            && first < 0x80
        {
            self.rest = rest;
            return Ok(u64::from(first));
        }
        self.long_uvarint()
    }

    fn long_uvarint(&mut self) -> Result<u64, Malformed> {
        let mut value = 0_u64;
        for (position, &byte) in self.rest.iter().enumerate().take(10) {
            if position == 9 && byte > 1 {
                break;
            }
            value |= u64::from(byte & 0x7f) << (7 * position);
            if byte < 0x80 {
                self.rest = self.rest.get(position + 1..).unwrap_or(&[]);
                return Ok(value);
            }
        }
        Err(self.malformed("varint"))
    }

    #[inline]
    pub(crate) fn varint(&mut self) -> Result<i64, Malformed> {
        self.uvarint().map(|value| (value >> 1) as i64 ^ -((value & 1) as i64))
    }

    /// A varint that counts things of at least one byte each, so that it never passes what is left: whoever reserves
    /// memory for it stays bounded by the input.
    pub(crate) fn count(&mut self) -> Result<usize, Malformed> {
        let at = *self;
        let count = self.uvarint()?;
        usize::try_from(count).ok().filter(|count| *count <= self.rest.len()).ok_or_else(|| at.malformed("count"))
    }

    /// What [`put_bytes`] wrote.
    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let len = self.count()?;
        self.take(len)
    }

    /// [`Cursor::bytes`] that must be UTF-8.
    pub(crate) fn text(&mut self) -> Result<&'a str, Malformed> {
        let at = *self;
        std::str::from_utf8(self.bytes()?).map_err(|_| at.malformed("UTF-8 text"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varints_round_trip() {
        for value in [0, 1, -1, 63, 64, -64, -65, 8191, i64::MAX, i64::MIN] {
            let mut bytes = Vec::new();
            put_varint(&mut bytes, value);
            put_uvarint(&mut bytes, value as u64);
            let mut cursor = Cursor::new(&bytes);
            assert_eq!(cursor.varint(), Ok(value));
            assert_eq!(cursor.uvarint(), Ok(value as u64));
            assert!(cursor.is_empty());
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_with_its_place() {
        assert_eq!(Cursor::new(&[0x80; 12]).uvarint(), Err(Malformed { what: "varint", at: 0 }));
        assert_eq!(Cursor::new(&[0xff; 10]).uvarint(), Err(Malformed { what: "varint", at: 0 }));
        assert_eq!(Cursor::new(&[5, 1, 2]).count(), Err(Malformed { what: "count", at: 0 }));
        let mut cursor = Cursor::new(&[1, 0xff, 7]);
        assert_eq!(cursor.text(), Err(Malformed { what: "UTF-8 text", at: 0 }));
        assert_eq!(cursor.u32(), Err(Malformed { what: "more bytes", at: 2 }));
    }
}
