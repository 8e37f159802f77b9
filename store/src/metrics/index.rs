//! The index of a block: symbols, series with their labels, postings. See `docs/format/index.md`.
//!
//! Invariant: symbols ascend, so their numbers compare as their texts do; series ascend by labels; the number of a
//! series is its place. Built once, or read as a whole and checked; never changed.

use super::postings::{LabelIndex, union};
use crate::codec::{Cursor, Malformed, put_bytes, put_uvarint, put_varint};
use model::labels::{Labels, LabelsBuilder};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

const MAGIC: [u8; 8] = *b"BelfrIDX";
/// The format that this code writes and reads.
pub(crate) const FORMAT_VERSION: u32 = 1;

/// Where the samples of a series are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Where its region begins in the file of chunks.
    pub(crate) offset: u64,
    pub(crate) bytes: u32,
    /// Its first and its last time.
    pub(crate) min: i64,
    pub(crate) max: i64,
}

/// An index in memory.
#[derive(Debug, Default)]
pub(crate) struct Index {
    text: String,
    /// Where each symbol ends in `text`.
    symbol_ends: Vec<u32>,
    /// Name and value symbols of all series, one after the other.
    pairs: Vec<(u32, u32)>,
    /// Where each series ends in `pairs`.
    pair_ends: Vec<u32>,
    places: Vec<Place>,
    lists: Vec<List>,
    listed: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
struct List {
    name: u32,
    value: u32,
    /// Where it ends in `listed`.
    end: u32,
}

/// Collects series for an index.
#[derive(Debug, Default)]
pub(crate) struct IndexBuilder {
    series: Vec<(Labels, Place)>,
}

impl IndexBuilder {
    /// Adds a series; labels must ascend.
    pub(crate) fn add(&mut self, labels: Labels, place: Place) {
        self.series.push((labels, place));
    }

    pub(crate) fn len(&self) -> usize {
        self.series.len()
    }

    /// The index file, as one.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let texts: BTreeSet<&str> =
            self.series.iter().flat_map(|(labels, _)| labels).flat_map(|(n, v)| [n, v]).collect();
        let symbols: BTreeMap<&str, u64> = texts.into_iter().zip(0..).collect();
        let symbol = |text: &str| symbols.get(text).copied().unwrap_or(0);
        let mut body = Vec::new();
        put_uvarint(&mut body, symbols.len() as u64);
        symbols.keys().for_each(|text| put_bytes(&mut body, text.as_bytes()));
        put_uvarint(&mut body, self.series.len() as u64);
        let mut lists: BTreeMap<(u64, u64), Vec<u64>> = BTreeMap::new();
        for (number, (labels, place)) in (0..).zip(&self.series) {
            put_uvarint(&mut body, labels.len() as u64);
            for (name, value) in labels {
                let pair = (symbol(name), symbol(value));
                put_uvarint(&mut body, pair.0);
                put_uvarint(&mut body, pair.1);
                lists.entry(pair).or_default().push(number);
            }
            put_uvarint(&mut body, u64::from(place.bytes));
            put_varint(&mut body, place.min);
            put_varint(&mut body, place.max);
        }
        put_uvarint(&mut body, lists.len() as u64);
        for ((name, value), list) in &lists {
            put_uvarint(&mut body, *name);
            put_uvarint(&mut body, *value);
            put_uvarint(&mut body, list.len() as u64);
            let mut previous = 0;
            for number in list {
                put_uvarint(&mut body, number - previous);
                previous = *number;
            }
        }
        seal(&body)
    }
}

/// Magic (8), version (4), CRC32C of the body (4), body.
pub(super) fn seal(body: &[u8]) -> Vec<u8> {
    let mut file = Vec::with_capacity(body.len() + 16);
    file.extend_from_slice(&MAGIC);
    file.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
    file.extend_from_slice(&crc32c::crc32c(body).to_le_bytes());
    file.extend_from_slice(body);
    file
}

impl Index {
    /// Reads an index file. `first_offset` is where the first region of chunks begins.
    ///
    /// # Errors
    /// What was expected, and where: the bytes are not an index of this version or damaged.
    pub(crate) fn decode(file: &[u8], first_offset: u64) -> Result<Self, Malformed> {
        let mut cursor = Cursor::new(file);
        if cursor.take(8)? != MAGIC {
            return Err(Malformed { what: "magic of an index", at: 0 });
        }
        if cursor.u32()? != FORMAT_VERSION {
            return Err(Malformed { what: "index format version 1", at: 8 });
        }
        let checksum = cursor.u32()?;
        if crc32c::crc32c(file.get(16..).unwrap_or(&[])) != checksum {
            return Err(Malformed { what: "right index checksum", at: 12 });
        }
        let mut index = Self::default();
        index.take_symbols(&mut cursor)?;
        index.take_series(&mut cursor, first_offset)?;
        index.take_lists(&mut cursor)?;
        if cursor.is_empty() { Ok(index) } else { Err(cursor.malformed("end of the index")) }
    }

    fn take_symbols(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Malformed> {
        let count = cursor.count()?;
        self.symbol_ends.reserve_exact(count);
        for _ in 0..count {
            self.text.push_str(cursor.text()?);
            let end = u32::try_from(self.text.len()).map_err(|_| cursor.malformed("less text"))?;
            self.symbol_ends.push(end);
        }
        Ok(())
    }

    fn take_series(&mut self, cursor: &mut Cursor<'_>, first_offset: u64) -> Result<(), Malformed> {
        let count = cursor.count()?;
        self.pair_ends.reserve_exact(count);
        self.places.reserve_exact(count);
        let mut offset = first_offset;
        for _ in 0..count {
            for _ in 0..cursor.count()? {
                let pair = (self.take_symbol(cursor)?, self.take_symbol(cursor)?);
                self.pairs.push(pair);
            }
            self.pair_ends.push(self.pairs.len() as u32);
            let at = *cursor;
            let bytes = u32::try_from(cursor.uvarint()?).map_err(|_| at.malformed("shorter region"))?;
            self.places.push(Place { offset, bytes, min: cursor.varint()?, max: cursor.varint()? });
            offset = offset.saturating_add(u64::from(bytes));
        }
        self.pairs.shrink_to_fit();
        Ok(())
    }

    fn take_symbol(&self, cursor: &mut Cursor<'_>) -> Result<u32, Malformed> {
        let at = *cursor;
        let symbol = u32::try_from(cursor.uvarint()?).ok();
        symbol.filter(|symbol| (*symbol as usize) < self.symbol_ends.len()).ok_or_else(|| at.malformed("known symbol"))
    }

    fn take_lists(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Malformed> {
        let count = cursor.count()?;
        self.lists.reserve_exact(count);
        for _ in 0..count {
            let (name, value) = (self.take_symbol(cursor)?, self.take_symbol(cursor)?);
            let mut number = 0_u64;
            for _ in 0..cursor.count()? {
                let at = *cursor;
                number = number.saturating_add(cursor.uvarint()?);
                if number >= self.places.len() as u64 {
                    return Err(at.malformed("number of a series"));
                }
                self.listed.push(number as u32);
            }
            self.lists.push(List { name, value, end: self.listed.len() as u32 });
        }
        if !self.lists.is_sorted_by_key(|list| (list.name, list.value)) {
            return Err(cursor.malformed("ascending lists"));
        }
        self.listed.shrink_to_fit();
        Ok(())
    }

    fn symbol_text(&self, symbol: u32) -> &str {
        let symbol = symbol as usize;
        let start = symbol.checked_sub(1).and_then(|before| self.symbol_ends.get(before)).copied().unwrap_or(0);
        let end = self.symbol_ends.get(symbol).copied().unwrap_or(start);
        self.text.get(start as usize..end as usize).unwrap_or("")
    }

    fn find_symbol(&self, text: &str) -> Option<u32> {
        let (mut low, mut high) = (0, self.symbol_ends.len() as u32);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.symbol_text(middle).cmp(text) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// How many series.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    pub(crate) fn place(&self, number: u64) -> Option<Place> {
        self.places.get(usize::try_from(number).ok()?).copied()
    }

    /// Name and value of each label of a series, ascending by name.
    pub(crate) fn pairs(&self, number: u64) -> impl Iterator<Item = (&str, &str)> {
        let end = |number: usize| self.pair_ends.get(number).map_or(0, |end| *end as usize);
        let number = number as usize;
        let start = number.checked_sub(1).map_or(0, end);
        let pairs = self.pairs.get(start..end(number)).unwrap_or(&[]);
        pairs.iter().map(|(name, value)| (self.symbol_text(*name), self.symbol_text(*value)))
    }

    /// The labels of a series.
    pub(crate) fn labels(&self, number: u64) -> Labels {
        let mut builder = LabelsBuilder::new();
        for (name, value) in self.pairs(number) {
            builder.set(name, value);
        }
        builder.build()
    }

    /// The value of one label of a series; empty where it is absent.
    pub(crate) fn value(&self, number: u64, name: &str) -> &str {
        self.pairs(number).find(|(candidate, _)| *candidate == name).map_or("", |(_, value)| value)
    }

    /// Label names, ascending.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        let mut previous = None;
        let first = move |list: &&List| previous.replace(list.name) != Some(list.name);
        self.lists.iter().filter(first).map(|list| self.symbol_text(list.name))
    }

    /// The values of a label, ascending.
    pub(crate) fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.lists_of(name).filter_map(|list| self.lists.get(list)).map(|list| self.symbol_text(list.value))
    }

    fn lists_of(&self, name: &str) -> Range<usize> {
        let Some(symbol) = self.find_symbol(name) else { return 0..0 };
        let start = self.lists.partition_point(|list| list.name < symbol);
        start..self.lists.partition_point(|list| list.name <= symbol)
    }

    fn list(&self, list: usize) -> Vec<u64> {
        let end = |list: usize| self.lists.get(list).map_or(0, |list| list.end as usize);
        let start = list.checked_sub(1).map_or(0, end);
        self.listed.get(start..end(list)).unwrap_or(&[]).iter().map(|number| u64::from(*number)).collect()
    }

    /// Bytes of memory.
    pub(crate) fn memory(&self) -> usize {
        self.text.capacity()
            + (self.symbol_ends.capacity() + self.pair_ends.capacity() + self.listed.capacity()) * 4
            + self.pairs.capacity() * 8
            + self.places.capacity() * size_of::<Place>()
            + self.lists.capacity() * size_of::<List>()
    }
}

impl LabelIndex for Index {
    fn all(&self) -> Cow<'_, [u64]> {
        Cow::Owned((0..self.len() as u64).collect())
    }

    fn with(&self, name: &str, value: &str) -> Cow<'_, [u64]> {
        let found = self.find_symbol(name).zip(self.find_symbol(value));
        let position =
            found.and_then(|pair| self.lists.binary_search_by_key(&pair, |list| (list.name, list.value)).ok());
        Cow::Owned(position.map_or_else(Vec::new, |position| self.list(position)))
    }

    fn with_any(&self, name: &str, passes: &mut dyn FnMut(&str) -> bool) -> Vec<u64> {
        let lists = self
            .lists_of(name)
            .filter(|list| self.lists.get(*list).is_some_and(|list| passes(self.symbol_text(list.value))));
        union(lists.map(|list| Cow::Owned(self.list(list))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built() -> Vec<u8> {
        let mut builder = IndexBuilder::default();
        for number in 0..50_i64 {
            let labels = Labels::from_pairs([
                ("__name__".to_owned(), format!("m{:02}", number / 10)),
                ("instance".to_owned(), format!("i{}", number % 10)),
            ]);
            builder.add(labels, Place { offset: 0, bytes: 10, min: number, max: number + 5 });
        }
        builder.encode()
    }

    #[test]
    fn series_and_lists_come_back() {
        let index = Index::decode(&built(), 16).expect("decodes");
        assert_eq!(index.len(), 50);
        assert_eq!(index.place(3), Some(Place { offset: 46, bytes: 10, min: 3, max: 8 }));
        assert_eq!(index.labels(12).to_string(), r#"{__name__="m01", instance="i2"}"#);
        assert_eq!(index.value(12, "instance"), "i2");
        assert_eq!(index.names().collect::<Vec<_>>(), ["__name__", "instance"]);
        assert_eq!(index.values("__name__").collect::<Vec<_>>(), ["m00", "m01", "m02", "m03", "m04"]);
        assert_eq!(*index.with("instance", "i3"), [3, 13, 23, 33, 43]);
        assert!(index.with("instance", "m01").is_empty() && index.with("nobody", "i3").is_empty());
        assert_eq!(index.with_any("__name__", &mut |name| name > "m03"), (40..50).collect::<Vec<_>>());
    }

    #[test]
    fn damaged_indexes_are_refused() {
        let good = built();
        for bit in 0..good.len() * 8 {
            let mut bytes = good.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(Index::decode(&bytes, 16).is_err(), "bit {bit}");
        }
        // With a checksum made right, what is left is sense or an error, and never a panic.
        let body = good[16..].to_vec();
        for byte in 0..body.len() {
            let mut body = body.clone();
            body[byte] = body[byte].wrapping_add(0x81);
            if let Ok(index) = Index::decode(&seal(&body), 16) {
                let found: usize = (0..index.len() as u64).map(|number| index.pairs(number).count()).sum();
                assert!(found <= good.len());
            }
        }
    }
}
