//! One line on its way through the stages.
//!
//! Invariant: an entry that no stage has changed owns nothing but reference counts.

use model::labels::{Labels, LabelsBuilder};
use model::time::Nanos;
use std::borrow::Cow;

/// The part of a source that an entry was made from, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Where its first line starts.
    pub start: u64,
    /// Where the line after its last one starts.
    pub end: u64,
}

/// A line with everything that stages read and write.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// When it was written; until a stage finds that out, when it was read.
    pub timestamp: Nanos,
    /// Its text, without the line break.
    pub line: Cow<'a, str>,
    /// The labels of its stream.
    pub labels: EntryLabels,
    /// Its structured metadata.
    pub metadata: EntryLabels,
    /// What stages have found and later stages use. Starts with the labels.
    pub extracted: Extracted,
    /// Where it comes from.
    pub span: Span,
}

impl<'a> Entry<'a> {
    /// A line as it was read.
    pub fn new(line: impl Into<Cow<'a, str>>, timestamp: Nanos, labels: &Labels, span: Span) -> Self {
        Self {
            timestamp,
            line: line.into(),
            labels: EntryLabels::from(labels),
            metadata: EntryLabels::default(),
            extracted: Extracted { initial: labels.clone(), values: Vec::new() },
            span,
        }
    }

    /// The entry, leaving an empty one behind.
    pub(super) fn take(&mut self) -> Self {
        let empty = Labels::empty();
        let nothing = Self::new("", self.timestamp, &empty, self.span);
        std::mem::replace(self, nothing)
    }

    /// What a stage reads: the value of its source, or the line. `None` when the source has none.
    pub(super) fn input(&self, source: Option<&str>) -> Option<Cow<'_, str>> {
        match source {
            Some(source) => self.extracted.text(source),
            None => Some(Cow::Borrowed(&self.line)),
        }
    }

    /// The same entry, borrowing nothing: to be held back.
    pub fn into_owned(self) -> Entry<'static> {
        Entry {
            timestamp: self.timestamp,
            line: Cow::Owned(self.line.into_owned()),
            labels: self.labels,
            metadata: self.metadata,
            extracted: self.extracted,
            span: self.span,
        }
    }
}

/// A label set that is shared until someone changes it.
#[derive(Clone, Debug)]
pub enum EntryLabels {
    /// As it came.
    Shared(Labels),
    /// Changed.
    Edited(LabelsBuilder),
}

impl EntryLabels {
    /// Sets a label; an empty value deletes it.
    pub fn set(&mut self, name: &str, value: &str) {
        if self.get(name).unwrap_or_default() != value {
            self.edit(|builder| _ = builder.set(name, value));
        }
    }

    /// Deletes a label.
    pub fn delete(&mut self, name: &str) {
        if self.get(name).is_some() {
            self.edit(|builder| _ = builder.delete(name));
        }
    }

    /// Keeps the labels whose name passes.
    pub fn retain(&mut self, mut keep: impl FnMut(&str) -> bool) {
        match self {
            Self::Shared(labels) => *labels = labels.filtered(keep),
            Self::Edited(builder) => _ = builder.retain(&mut keep),
        }
    }

    /// A label's value; `None` when it is absent.
    pub fn get(&self, name: &str) -> Option<&str> {
        match self {
            Self::Shared(labels) => labels.get(name),
            Self::Edited(builder) => builder.get(name),
        }
    }

    /// Names and values, ascending by name.
    pub fn pairs(&self) -> Vec<(&str, &str)> {
        match self {
            Self::Shared(labels) => labels.iter().collect(),
            Self::Edited(builder) => builder.iter().collect(),
        }
    }

    /// The finished set.
    pub fn finish(&self) -> Labels {
        match self {
            Self::Shared(labels) => labels.clone(),
            Self::Edited(builder) => builder.build(),
        }
    }

    /// Changes the set, which is its own from then on.
    fn edit(&mut self, change: impl FnOnce(&mut LabelsBuilder)) {
        match self {
            Self::Edited(builder) => change(builder),
            Self::Shared(labels) => {
                let mut builder = labels.to_builder();
                change(&mut builder);
                *self = Self::Edited(builder);
            }
        }
    }
}

impl Default for EntryLabels {
    fn default() -> Self {
        Self::Shared(Labels::empty())
    }
}

impl From<&Labels> for EntryLabels {
    fn from(labels: &Labels) -> Self {
        Self::Shared(labels.clone())
    }
}

/// What a stage has found under a name.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Text.
    Text(String),
    /// A number of a JSON document.
    Number(f64),
    /// A truth value of a JSON document.
    Bool(bool),
    /// Null of a JSON document: the name is there, a value is not.
    Null,
}

impl Value {
    /// The value as text, numbers in decimal; `None` for null.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        Some(match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Number(number) => Cow::Owned(model::number::format_decimal(*number)),
            Self::Bool(true) => Cow::Borrowed("true"),
            Self::Bool(false) => Cow::Borrowed("false"),
            Self::Null => return None,
        })
    }
}

/// Names and values that stages hand to each other. Beneath what they set lie the labels that the line came with.
#[derive(Clone, Debug, Default)]
pub struct Extracted {
    initial: Labels,
    values: Vec<(String, Value)>,
}

impl Extracted {
    /// The value as text; `None` when nothing was found under that name, or null.
    pub fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        match self.found(name) {
            Some(value) => value.text(),
            None => self.initial.get(name).map(Cow::Borrowed),
        }
    }

    /// Whether there is something under that name.
    pub fn contains(&self, name: &str) -> bool {
        self.found(name).is_some() || self.initial.get(name).is_some()
    }

    /// Sets a value, whatever was there.
    pub fn set(&mut self, name: &str, value: Value) {
        match self.values.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = value,
            None => self.values.push((name.to_owned(), value)),
        }
    }

    /// Takes a value away.
    pub(super) fn remove(&mut self, name: &str) {
        self.values.retain(|(known, _)| known != name);
        if self.initial.get(name).is_some() {
            self.initial = self.initial.filtered(|known| known != name);
        }
    }

    /// Puts the labels over what was found, as a nested pipeline begins.
    pub(super) fn adopt(&mut self, labels: &EntryLabels) {
        if let EntryLabels::Edited(labels) = labels {
            for (name, value) in labels.iter() {
                self.set(name, Value::Text(value.to_owned()));
            }
        }
    }

    /// Everything that is there as text, in no order.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        let initial = self.initial.iter().filter(|(name, _)| self.found(name).is_none());
        let initial = initial.map(|(name, value)| (name, Cow::Borrowed(value)));
        let found = self.values.iter().filter_map(|(name, value)| Some((name.as_str(), value.text()?)));
        initial.chain(found)
    }

    fn found(&self, name: &str) -> Option<&Value> {
        self.values.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}
