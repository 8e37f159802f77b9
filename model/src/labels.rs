//! Label sets: sorted name/value pairs in one shared allocation.
//!
//! Invariant: names are strictly ascending (byte order) and no value is empty, so equal sets are equal bytes.
//! An empty value means the label is absent, as in Prometheus. Nothing here checks names against a charset.

mod builder;
mod encoding;

pub use builder::LabelsBuilder;
pub use encoding::LabelBytesError;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// The label that holds a series' metric name.
pub const METRIC_NAME: &str = "__name__";
/// The label that holds the upper bound of a classic histogram's bucket.
pub const BUCKET_LABEL: &str = "le";
/// The label that holds the quantile of a summary's series.
pub const QUANTILE_LABEL: &str = "quantile";

/// An immutable, sorted label set. Cloning is a reference count; the empty set is a valid value.
///
/// The whole set is one string, `len name len value ...`, whose lengths are themselves ASCII (see [`encoding`]):
/// equality, hashing and the raw form that the store and its log use are the same bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Labels {
    encoded: Arc<str>,
}

impl Labels {
    /// The set without labels.
    pub fn empty() -> Self {
        Self { encoded: Arc::from("") }
    }

    /// Builds a set from pairs in any order. Pairs with an empty value are left out; of equal names the last wins.
    pub fn from_pairs<N: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        let mut builder = LabelsBuilder::new();
        for (name, value) in pairs {
            builder.set(name, value);
        }
        builder.build()
    }

    /// Builds a set from pairs whose names ascend strictly, without sorting. Pairs with an empty value are left out.
    pub fn from_ascending<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        // Most sets are smaller; the finished one has no spare room anyway.
        let mut encoded = String::with_capacity(256);
        for (name, value) in pairs {
            push_raw_pair(&mut encoded, name, value);
        }
        debug_assert!(encoding::validate(encoded.as_bytes()).is_ok(), "label names must ascend strictly");
        Self::from_encoded(encoded)
    }

    /// Reads the raw form that [`Labels::as_raw`] gives.
    ///
    /// # Errors
    /// When the bytes are not UTF-8, a length points past the end, a name is not greater than the one before it,
    /// or a value is empty.
    pub fn from_raw(raw: &[u8]) -> Result<Self, LabelBytesError> {
        encoding::validate(raw).map(|text| Self { encoded: Arc::from(text) })
    }

    fn from_encoded(encoded: String) -> Self {
        Self { encoded: Arc::from(encoded) }
    }

    /// The raw form: the same set always gives the same bytes, on every machine and in every release.
    pub fn as_raw(&self) -> &[u8] {
        self.encoded.as_bytes()
    }

    /// The value of the label, or `None` where it is absent (which PromQL treats as the empty value).
    pub fn get(&self, name: &str) -> Option<&str> {
        for (candidate, value) in self.iter() {
            match candidate.cmp(name) {
                Ordering::Less => {}
                Ordering::Equal => return Some(value),
                Ordering::Greater => return None,
            }
        }
        None
    }

    /// The metric name, or the empty string where there is none.
    pub fn metric_name(&self) -> &str {
        self.get(METRIC_NAME).unwrap_or("")
    }

    /// Name and value pairs in ascending order of the names.
    pub fn iter(&self) -> Iter<'_> {
        Iter { rest: &self.encoded }
    }

    /// How many labels the set holds.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether the set holds no label.
    pub fn is_empty(&self) -> bool {
        self.encoded.is_empty()
    }

    /// A builder that starts with these labels.
    pub fn to_builder(&self) -> LabelsBuilder {
        LabelsBuilder::from(self)
    }

    /// The set without its metric name.
    pub fn without_metric_name(&self) -> Self {
        self.filtered(|name| name != METRIC_NAME)
    }

    /// The labels whose name passes `keep`; shares the allocation when all of them do.
    pub fn filtered(&self, mut keep: impl FnMut(&str) -> bool) -> Self {
        let mut encoded = String::with_capacity(self.encoded.len());
        for (name, value) in self.iter() {
            if keep(name) {
                encoding::push_pair(&mut encoded, name, value);
            }
        }
        if encoded.len() == self.encoded.len() { self.clone() } else { Self::from_encoded(encoded) }
    }

    /// A 64-bit hash of the set, the same in every process and release (XXH3 over the raw form).
    pub fn fingerprint(&self) -> u64 {
        xxhash_rust::xxh3::xxh3_64(self.as_raw())
    }
}

impl Hash for Labels {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_raw().hash(state);
    }
}

impl Ord for Labels {
    /// Label by label: names first, then values, a prefix before the longer set (as Prometheus orders sets).
    fn cmp(&self, other: &Self) -> Ordering {
        self.iter().cmp(other.iter())
    }
}

impl PartialOrd for Labels {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Default for Labels {
    fn default() -> Self {
        Self::empty()
    }
}

/// Written as PromQL would: `{a="1", b="2"}`, with values quoted and names quoted where PromQL needs it.
impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (position, (name, value)) in self.iter().enumerate() {
            if position > 0 {
                f.write_str(", ")?;
            }
            if is_legacy_label_name(name) {
                f.write_str(name)?;
            } else {
                crate::number::write_quoted(f, name)?;
            }
            f.write_str("=")?;
            crate::number::write_quoted(f, value)?;
        }
        f.write_str("}")
    }
}

impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<'a> IntoIterator for &'a Labels {
    type Item = (&'a str, &'a str);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

/// Iterator over the pairs of a [`Labels`].
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, rest) = encoding::take_text(self.rest)?;
        let (value, rest) = encoding::take_text(rest)?;
        self.rest = rest;
        Some((name, value))
    }
}

/// Appends one pair in the raw form of [`Labels::as_raw`], for callers who reuse one buffer for many sets.
/// The caller appends names in strictly ascending order; a pair with an empty value is left out.
pub fn push_raw_pair(into: &mut String, name: &str, value: &str) {
    if !value.is_empty() {
        encoding::push_pair(into, name, value);
    }
}

/// Whether the name matches `[a-zA-Z_][a-zA-Z0-9_]*`, the charset of label names before UTF-8 names.
pub fn is_legacy_label_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether the name matches `[a-zA-Z_:][a-zA-Z0-9_:]*`, the charset of metric names before UTF-8 names.
pub fn is_legacy_metric_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_' || first == b':')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b':')
}

#[cfg(test)]
mod tests;
