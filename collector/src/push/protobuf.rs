//! The protobuf wire format, read field by field without copying.
//!
//! Invariant: every error tells its offset from the start of the whole message, however deep the reader is nested.

use std::fmt;

/// Where and why bytes are not a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WireError {
    /// Bytes from the start of the message.
    pub offset: usize,
    /// What is wrong there.
    pub what: &'static str,
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "malformed protobuf at offset {}: {}", self.offset, self.what)
    }
}

impl std::error::Error for WireError {}

/// A field's value, by its wire type.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'a> {
    Varint(u64),
    Fixed64(u64),
    Bytes(Reader<'a>),
    Fixed32,
}

/// A field with its number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'a> {
    pub(super) number: u32,
    pub(super) value: Value<'a>,
    offset: usize,
}

impl<'a> Field<'a> {
    /// The value of a nested message, a string, or packed numbers.
    pub(super) fn bytes(&self) -> Result<Reader<'a>, WireError> {
        match self.value {
            Value::Bytes(reader) => Ok(reader),
            _ => Err(self.refuse("expected a length-delimited field")),
        }
    }

    /// The value of a string.
    pub(super) fn text(&self) -> Result<&'a str, WireError> {
        self.bytes()?.text()
    }

    /// The value of an integer field.
    pub(super) fn varint(&self) -> Result<u64, WireError> {
        match self.value {
            Value::Varint(value) => Ok(value),
            _ => Err(self.refuse("expected a varint field")),
        }
    }

    /// The value of an `int64` field.
    pub(super) fn int64(&self) -> Result<i64, WireError> {
        self.varint().map(u64::cast_signed)
    }

    /// The value of a `sint32` field.
    #[expect(clippy::cast_possible_truncation, reason = "protobuf cuts a 32-bit field to its low bits")]
    pub(super) fn sint32(&self) -> Result<i32, WireError> {
        self.varint().map(|value| zigzag(value) as i32)
    }

    /// The value of a `double` field.
    pub(super) fn double(&self) -> Result<f64, WireError> {
        match self.value {
            Value::Fixed64(bits) => Ok(f64::from_bits(bits)),
            _ => Err(self.refuse("expected a 64-bit field")),
        }
    }

    /// Appends the numbers of a repeated `double` field, packed or not.
    pub(super) fn doubles(&self, into: &mut Vec<f64>) -> Result<(), WireError> {
        let Value::Bytes(mut packed) = self.value else {
            into.push(self.double()?);
            return Ok(());
        };
        while !packed.is_at_end() {
            into.push(f64::from_bits(packed.fixed64()?));
        }
        Ok(())
    }

    /// Appends the numbers of a repeated `sint64` field, packed or not.
    pub(super) fn sint64s(&self, into: &mut Vec<i64>) -> Result<(), WireError> {
        let Value::Bytes(mut packed) = self.value else {
            into.push(zigzag(self.varint()?));
            return Ok(());
        };
        while !packed.is_at_end() {
            into.push(zigzag(packed.varint()?));
        }
        Ok(())
    }

    /// An error at the start of this field.
    pub(super) fn refuse(&self, what: &'static str) -> WireError {
        WireError { offset: self.offset, what }
    }
}

fn zigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -((value & 1).cast_signed())
}

/// A position in a message, or in a message nested in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Where `bytes` starts in the whole message.
    base: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(message: &'a [u8]) -> Self {
        Self { bytes: message, at: 0, base: 0 }
    }

    /// Bytes that are left.
    pub(super) fn left(&self) -> usize {
        self.bytes.len().saturating_sub(self.at)
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// The next field, or `None` at the end. Fields of numbers nobody knows are yielded too; skip them.
    pub(super) fn next_field(&mut self) -> Result<Option<Field<'a>>, WireError> {
        if self.is_at_end() {
            return Ok(None);
        }
        let offset = self.base + self.at;
        let key = self.varint()?;
        let number = u32::try_from(key >> 3).ok().filter(|number| *number > 0);
        let number = number.ok_or(WireError { offset, what: "field number is out of range" })?;
        let value = match key & 7 {
            0 => Value::Varint(self.varint()?),
            1 => Value::Fixed64(self.fixed64()?),
            2 => Value::Bytes(self.delimited()?),
            5 => {
                self.take(4)?;
                Value::Fixed32
            }
            _ => return Err(WireError { offset, what: "wire type is unknown" }),
        };
        Ok(Some(Field { number, value, offset }))
    }

    /// Moves over the length-delimited fields with this one-byte key that come next; answers their bytes together.
    pub(super) fn take_run(&mut self, key: u8) -> Result<&'a [u8], WireError> {
        let start = self.at;
        while self.bytes.get(self.at) == Some(&key) {
            self.at += 1;
            self.delimited()?;
        }
        Ok(self.bytes.get(start..self.at).unwrap_or_default())
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// What is left, as text.
    pub(super) fn text(&self) -> Result<&'a str, WireError> {
        std::str::from_utf8(self.rest())
            .map_err(|error| WireError { offset: self.base + self.at + error.valid_up_to(), what: "text is not UTF-8" })
    }

    /// Nearly every varint is one byte: keys, and the lengths of labels.
    #[inline]
    fn varint(&mut self) -> Result<u64, WireError> {
        match self.bytes.get(self.at) {
            Some(byte) if *byte < 0x80 => {
                self.at += 1;
                Ok(u64::from(*byte))
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Result<u64, WireError> {
        let start = self.at;
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let Some(byte) = self.bytes.get(self.at) else { return Err(self.error(start, "varint is cut off")) };
            self.at += 1;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                // The tenth byte holds one bit.
                let overflows = shift == 63 && *byte > 1;
                return if overflows { Err(self.error(start, "varint is too long")) } else { Ok(value) };
            }
        }
        Err(self.error(start, "varint is too long"))
    }

    fn fixed64(&mut self) -> Result<u64, WireError> {
        let bytes = self.take(8)?;
        Ok(bytes.try_into().map_or(0, u64::from_le_bytes))
    }

    fn delimited(&mut self) -> Result<Self, WireError> {
        let length = self.varint()?;
        let base = self.base + self.at;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        self.take(length).map(|bytes| Self { bytes, at: 0, base })
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], WireError> {
        let end = self.at.checked_add(length);
        match end.and_then(|end| self.bytes.get(self.at..end)) {
            Some(taken) => {
                self.at += length;
                Ok(taken)
            }
            None => Err(self.error(self.at, "field is cut off")),
        }
    }

    fn error(&self, at: usize, what: &'static str) -> WireError {
        WireError { offset: self.base + at, what }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(bytes: &[u8]) -> Result<Field<'_>, WireError> {
        Reader::new(bytes).next_field().map(|field| field.expect("a field"))
    }

    #[test]
    fn fields_are_read_by_their_wire_type() {
        assert_eq!(first(&[0x08, 0x96, 0x01]).and_then(|f| f.varint()), Ok(150));
        assert_eq!(first(&[0x08, 0x03]).and_then(|f| f.sint32()), Ok(-2));
        assert_eq!(first(&[0x12, 0x02, b'h', b'i']).and_then(|f| f.text()), Ok("hi"));
        assert_eq!(first(&[0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]).and_then(|f| f.double()), Ok(1.0));
        assert_eq!(first(&[0x0d, 0, 0, 0, 0]).map(|f| f.number), Ok(1));
        let minus_one = [0x10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        assert_eq!(first(&minus_one).and_then(|f| f.int64()), Ok(-1));
        let mut packed = Vec::new();
        first(&[0x4a, 0x03, 0x02, 0x01, 0x00]).and_then(|f| f.sint64s(&mut packed)).expect("packed numbers");
        assert_eq!(packed, [1, -1, 0]);
    }

    #[test]
    fn errors_tell_their_offset_in_the_whole_message() {
        let check = |bytes: &[u8], offset, what| assert_eq!(first(bytes).map(|_| ()), Err(WireError { offset, what }));
        check(&[0x80], 0, "varint is cut off");
        check(&[0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02], 1, "varint is too long");
        check(&[0x12, 0x05, b'h'], 2, "field is cut off");
        check(&[0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], 11, "field is cut off");
        check(&[0x0b], 0, "wire type is unknown");
        check(&[0x00], 0, "field number is out of range");
        let mut nested = first(&[0x0a, 0x02, 0x08, 0x80]).and_then(|f| f.bytes()).expect("a message");
        assert_eq!(nested.next_field().map(|_| ()), Err(WireError { offset: 3, what: "varint is cut off" }));
        assert_eq!(
            first(&[0x12, 0x02, b'h', 0xff]).and_then(|f| f.text()),
            Err(WireError { offset: 3, what: "text is not UTF-8" })
        );
        let wrong = first(&[0x08, 0x01]).and_then(|f| f.double());
        assert_eq!(wrong, Err(WireError { offset: 0, what: "expected a 64-bit field" }));
    }
}
