//! A text split into what repeats and what does not: its skeleton, with a mark in the place of every field, and the
//! fields, one column for each context in which they stand.
//!
//! Times, ids and numbers of one place of a log statement come to lie beside each other, where they compress better
//! and faster than between the words. The context is what stands before the field in the skeleton, so reading finds
//! the columns in the way in which writing did, and none is named.
//!
//! Invariant: joining gives back the text byte by byte. Joining is total: whatever was stored, it fills the text or is
//! an error.

use super::decode::malformed;
use crate::codec::{Cursor, Malformed, put_uvarint};
use memchr::memchr;
use std::collections::HashSet;

/// Stands for a field. A text that has it is not split.
pub(super) const MARK: u8 = 1;
/// Contexts beyond it share the last column.
const COLUMNS_MAX: usize = 256;
/// Places of the table of contexts: four for each.
const PLACES: usize = 4 * COLUMNS_MAX;
/// Fields by which a column is judged.
const SAMPLE: usize = 256;

/// How the fields of a column are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Each followed by a line break.
    Separated,
    /// All of this length.
    Fixed(usize),
    /// All of this length, of lower hexadecimal digits: two to a byte, the first the upper half.
    Hex(usize),
}

/// The columns of contexts, in the order in which they first occurred.
#[derive(Debug)]
struct Contexts {
    /// A context and its column plus 1; 0 is a free place.
    places: Box<[(u64, u32); PLACES]>,
    count: usize,
}

impl Default for Contexts {
    fn default() -> Self {
        Self { places: Box::new([(0, 0); PLACES]), count: 0 }
    }
}

impl Contexts {
    fn clear(&mut self) {
        self.places.fill((0, 0));
        self.count = 0;
    }

    /// The column of a context; one that is new gets the next.
    #[inline]
    fn column(&mut self, context: u64) -> usize {
        let start = (context.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 54) as usize;
        for step in 0..PLACES {
            #[expect(clippy::indexing_slicing, reason = "the remainder is below the number of places")]
            let place = &mut self.places[(start + step) % PLACES];
            if place.1 == 0 {
                if self.count + 1 >= COLUMNS_MAX {
                    break;
                }
                self.count += 1;
                *place = (context, self.count as u32);
                return self.count - 1;
            }
            if place.0 == context {
                return place.1 as usize - 1;
            }
        }
        COLUMNS_MAX - 1
    }
}

/// The last eight bytes of the skeleton, of those the ones since the last line break.
#[inline]
fn context(skeleton: &[u8]) -> u64 {
    let bytes = match skeleton.last_chunk::<8>() {
        Some(last) => u64::from_le_bytes(*last),
        None => skeleton.iter().fold(0, |bytes, byte| bytes >> 8 | u64::from(*byte) << 56),
    };
    // A bit is set for a byte that is a line break, or that follows one in a way that only makes the context shorter.
    let other = bytes ^ 0x0a0a_0a0a_0a0a_0a0a;
    let breaks = other.wrapping_sub(0x0101_0101_0101_0101) & !other & 0x8080_8080_8080_8080;
    match breaks.leading_zeros() {
        64 => bytes,
        zeros => bytes & !(u64::MAX >> zeros),
    }
}

#[inline]
fn is_field(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'.'
}

#[derive(Debug, Default)]
struct Column {
    bytes: Vec<u8>,
    lengths: Vec<u32>,
}

impl Column {
    fn form(&self) -> Form {
        let Some((&first, rest)) = self.lengths.split_first() else { return Form::Separated };
        if rest.iter().any(|length| *length != first) {
            return Form::Separated;
        }
        let is_hex = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        // Digits alone are shorter as text.
        let letters = self.bytes.iter().filter(|byte| byte.is_ascii_lowercase()).count();
        let hex = letters * 5 > self.bytes.len() && self.bytes.iter().all(is_hex) && self.is_mostly_new(first as usize);
        if hex { Form::Hex(first as usize) } else { Form::Fixed(first as usize) }
    }
}

impl Column {
    /// Whether few of the first fields occur twice: those that do are shorter as text.
    fn is_mostly_new(&self, len: usize) -> bool {
        let fields = || self.bytes.chunks(len.max(1)).take(SAMPLE);
        let different = fields().collect::<HashSet<_>>().len();
        different * 10 >= fields().len() * 9
    }
}

/// Splits texts. Keep it: it keeps its memory.
#[derive(Debug, Default)]
pub(super) struct Splitter {
    contexts: Contexts,
    columns: Vec<Column>,
    pub(super) skeleton: Vec<u8>,
    /// What the columns are, and those that are text.
    pub(super) values: Vec<u8>,
    /// Those that are hexadecimal.
    pub(super) packed: Vec<u8>,
}

impl Splitter {
    /// Splits a text; `false` when it has the mark.
    pub(super) fn split(&mut self, text: &[u8]) -> bool {
        if memchr(MARK, text).is_some() {
            return false;
        }
        self.contexts.clear();
        self.skeleton.clear();
        for column in &mut self.columns {
            column.bytes.clear();
            column.lengths.clear();
        }
        let mut rest = text;
        while let Some(skipped) = rest.iter().position(|byte| is_field(*byte)) {
            let (before, from) = rest.split_at(skipped);
            self.skeleton.extend_from_slice(before);
            let len = from.iter().position(|byte| !is_field(*byte)).unwrap_or(from.len());
            let (field, behind) = from.split_at(len);
            if field.iter().any(u8::is_ascii_digit) {
                self.field(field);
            } else {
                self.skeleton.extend_from_slice(field);
            }
            rest = behind;
        }
        self.skeleton.extend_from_slice(rest);
        self.close();
        true
    }

    #[inline]
    fn field(&mut self, field: &[u8]) {
        let column = self.contexts.column(context(&self.skeleton));
        self.skeleton.push(MARK);
        if column >= self.columns.len() {
            self.columns.resize_with(column + 1, Column::default);
        }
        if let Some(column) = self.columns.get_mut(column) {
            column.bytes.extend_from_slice(field);
            column.lengths.push(field.len() as u32);
        }
    }

    /// Writes the columns: what they are first, for reading.
    fn close(&mut self) {
        self.values.clear();
        self.packed.clear();
        let used = self.columns.iter().rposition(|column| !column.lengths.is_empty()).map_or(0, |last| last + 1);
        let columns = self.columns.get(..used).unwrap_or(&[]);
        put_uvarint(&mut self.values, used as u64);
        let forms: Vec<_> = columns.iter().map(Column::form).collect();
        for (column, form) in columns.iter().zip(&forms) {
            match form {
                Form::Separated => {
                    put_uvarint(&mut self.values, 0);
                    put_uvarint(&mut self.values, (column.bytes.len() + column.lengths.len()) as u64);
                }
                Form::Fixed(len) => {
                    put_uvarint(&mut self.values, *len as u64 * 2 + 1);
                    put_uvarint(&mut self.values, column.lengths.len() as u64);
                }
                Form::Hex(len) => {
                    put_uvarint(&mut self.values, *len as u64 * 2);
                    put_uvarint(&mut self.values, column.lengths.len() as u64);
                }
            }
        }
        for (column, form) in columns.iter().zip(&forms) {
            match form {
                Form::Separated => {
                    let mut rest = column.bytes.as_slice();
                    for length in &column.lengths {
                        let (field, behind) = rest.split_at_checked(*length as usize).unwrap_or((rest, &[]));
                        self.values.extend_from_slice(field);
                        self.values.push(b'\n');
                        rest = behind;
                    }
                }
                Form::Fixed(_) => self.values.extend_from_slice(&column.bytes),
                Form::Hex(_) => self.packed.extend(column.bytes.chunks(2).map(packed)),
            }
        }
    }
}

/// Two digits in a byte; a missing second one is 0.
fn packed(digits: &[u8]) -> u8 {
    let value = |digit: u8| if digit.is_ascii_digit() { digit - b'0' } else { digit - b'a' + 10 };
    match *digits {
        [upper, lower, ..] => value(upper) << 4 | value(lower),
        [upper] => value(upper) << 4,
        [] => 0,
    }
}

/// A column being read.
#[derive(Clone, Copy, Debug)]
struct Fields<'a> {
    form: Form,
    rest: &'a [u8],
    /// Whether the next digit is the lower half of the first byte.
    lower: bool,
}

/// Joins texts. Keep it: it keeps its memory.
#[derive(Debug, Default)]
pub(super) struct Joiner {
    contexts: Contexts,
}

impl Joiner {
    /// Joins what was split to a text that fills `into`.
    pub(super) fn join(&mut self, split: &Split<'_>, into: &mut [u8]) -> Result<(), Malformed> {
        self.contexts.clear();
        let mut columns = take_columns(split)?;
        let (mut from, mut to) = (0, 0);
        while let Some(rest) = split.skeleton.get(from..)
            && let Some(found) = memchr(MARK, rest)
        {
            to = copy(rest, found, into, to).ok_or(OVERFLOW)?;
            let before = split.skeleton.get(..from + found).unwrap_or(&[]);
            let column = columns.get_mut(self.contexts.column(context(before)));
            to = column.and_then(|column| column.take(into, to)).ok_or(malformed("field of a column"))?;
            from += found + 1;
        }
        let rest = split.skeleton.get(from..).unwrap_or(&[]);
        let to = copy(rest, rest.len(), into, to).ok_or(OVERFLOW)?;
        if to == into.len() { Ok(()) } else { Err(OVERFLOW) }
    }
}

const OVERFLOW: Malformed = malformed("text of the told length");

/// Copies the first `len` bytes; where that ends. May write beyond, which is written later: most pieces are short, and
/// copying a fixed number of bytes takes a fraction of the time.
#[inline]
fn copy(from: &[u8], len: usize, into: &mut [u8], at: usize) -> Option<usize> {
    let room = into.get_mut(at..)?;
    if len <= 16
        && let (Some(to), Some(from)) = (room.first_chunk_mut::<16>(), from.first_chunk::<16>())
    {
        *to = *from;
    } else if len <= 64
        && let (Some(to), Some(from)) = (room.first_chunk_mut::<64>(), from.first_chunk::<64>())
    {
        *to = *from;
    } else {
        room.get_mut(..len)?.copy_from_slice(from.get(..len)?);
    }
    Some(at + len)
}

/// What [`Splitter`] made of a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Split<'a> {
    pub(super) skeleton: &'a [u8],
    pub(super) values: &'a [u8],
    pub(super) packed: &'a [u8],
}

fn take_columns<'a>(split: &Split<'a>) -> Result<Vec<Fields<'a>>, Malformed> {
    let mut cursor = Cursor::new(split.values);
    let mut forms = Vec::new();
    for _ in 0..cursor.count()?.min(COLUMNS_MAX) {
        let (code, count) = (cursor.uvarint()?, cursor.uvarint()?);
        let len = (code / 2) as usize;
        let form = match code {
            0 => Form::Separated,
            _ if code % 2 == 1 => Form::Fixed(len),
            _ => Form::Hex(len),
        };
        forms.push((form, usize::try_from(count).map_err(|_| malformed("fields of a column"))?));
    }
    let mut hex = Cursor::new(split.packed);
    let mut columns = Vec::with_capacity(forms.len());
    for (form, count) in forms {
        let rest = match form {
            Form::Separated => cursor.take(count)?,
            Form::Fixed(len) => cursor.take(count.saturating_mul(len))?,
            Form::Hex(len) => hex.take(count.saturating_mul(len).div_ceil(2))?,
        };
        columns.push(Fields { form, rest, lower: false });
    }
    Ok(columns)
}

impl Fields<'_> {
    /// Copies the next field; where it ends.
    #[inline]
    fn take(&mut self, into: &mut [u8], at: usize) -> Option<usize> {
        match self.form {
            Form::Separated => {
                let len = memchr(b'\n', self.rest)?;
                let end = copy(self.rest, len, into, at)?;
                self.rest = self.rest.get(len + 1..)?;
                Some(end)
            }
            Form::Fixed(len) => {
                let behind = self.rest.get(len..)?;
                let end = copy(self.rest, len, into, at)?;
                self.rest = behind;
                Some(end)
            }
            Form::Hex(len) => self.take_hex(into.get_mut(at..)?.get_mut(..len)?).map(|()| at + len),
        }
    }

    fn take_hex(&mut self, mut into: &mut [u8]) -> Option<()> {
        if self.lower
            && let Some((digit, rest)) = std::mem::take(&mut into).split_first_mut()
        {
            let (first, behind) = self.rest.split_first()?;
            *digit = DIGITS.get(*first as usize)?[1];
            (self.rest, self.lower, into) = (behind, false, rest);
        }
        let (pairs, last) = into.as_chunks_mut::<2>();
        let (whole, behind) = self.rest.split_at_checked(pairs.len())?;
        for (pair, byte) in pairs.iter_mut().zip(whole) {
            *pair = *DIGITS.get(*byte as usize)?;
        }
        self.rest = behind;
        if let [digit] = last {
            *digit = DIGITS.get(*self.rest.first()? as usize)?[0];
            self.lower = true;
        }
        Some(())
    }
}

/// The two digits of every byte.
const DIGITS: [[u8; 2]; 256] = digits();

const fn digits() -> [[u8; 2]; 256] {
    let known = b"0123456789abcdef";
    let mut digits = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(clippy::indexing_slicing, reason = "evaluated while compiling")]
        {
            digits[byte] = [known[byte >> 4], known[byte & 15]];
        }
        byte += 1;
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str) -> usize {
        let mut splitter = Splitter::default();
        // What was split before does not matter.
        assert!(splitter.split(b"x=1 y=2\nx=a3 z=9.5\n"));
        assert!(splitter.split(text.as_bytes()));
        let split = Split { skeleton: &splitter.skeleton, values: &splitter.values, packed: &splitter.packed };
        let mut joined = vec![b'?'; text.len()];
        Joiner::default().join(&split, &mut joined).expect("joins");
        assert_eq!(std::str::from_utf8(&joined), Ok(text));
        joined.push(0);
        assert!(Joiner::default().join(&split, &mut joined).is_err());
        assert!(text.is_empty() || Joiner::default().join(&split, &mut joined[..text.len() - 1]).is_err());
        splitter.skeleton.len() + splitter.values.len() + splitter.packed.len()
    }

    #[test]
    fn texts_come_back() {
        check("");
        check("7");
        check("no field\n");
        check("id=4f5 id=abc1 id=\n한글7é9\n\n1.2.3.4 x");
        let ids: String =
            (0..500_u64).map(|n| format!("id={:015x} n={n}\n", n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 4)).collect();
        assert!(check(&ids) < ids.len() * 9 / 10, "hexadecimal takes half of its bytes");
        let many: String =
            (0..2000_u32).map(|n| format!("{}={n} ", char::from_u32(0xac00 + n).unwrap_or('x'))).collect();
        check(&many);
        assert!(!Splitter::default().split(b"a\x01b"));
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text in "([a-z]{1,3}=[0-9a-f]{1,9}[ \\n:.-]){0,60}|[^\\x01]{0,80}|([0-9a-f]{7}\\n){0,20}") {
            check(&text);
        }

        #[test]
        fn any_bytes_are_joined_or_refused(
            skeleton in prop::collection::vec(prop_oneof![Just(MARK), any::<u8>()], 0..60),
            values in prop::collection::vec(prop_oneof![0..9_u8, any::<u8>()], 0..60),
            packed in prop::collection::vec(any::<u8>(), 0..30),
            len in 0..200_usize,
        ) {
            let split = Split { skeleton: &skeleton, values: &values, packed: &packed };
            let mut joined = vec![0; len];
            let result = Joiner::default().join(&split, &mut joined);
            prop_assert!(result.is_ok() || result == Err(OVERFLOW) || result.is_err_and(|error| error.at <= values.len()));
        }
    }
}
