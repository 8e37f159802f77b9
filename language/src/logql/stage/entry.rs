//! One line on its way through a pipeline: its text, the labels it came with, and what the stages put over them.
//!
//! Invariant: the labels of the stream and the line's structured metadata are borrowed and never change; stages write
//! into the overlay only, whose memory is reused from line to line. A name that the stream has already gets the suffix
//! `_extracted`, and so does an extracted name that the line came with; the first value extracted under a name stays. `__error__` and `__error_details__` are
//! labels for whoever reads, but are kept apart.

use crate::logql::limits::{LABELS_BYTES_MAX, LABELS_MAX};
use model::labels::{Labels, LabelsBuilder, push_raw_pair};
use model::time::Nanos;
use std::borrow::Cow;
use std::ops::Range;

/// The label that says which stage failed on the line.
pub const ERROR: &str = "__error__";
/// The label that says why.
pub const ERROR_DETAILS: &str = "__error_details__";

const DUPLICATE_SUFFIX: &str = "_extracted";

/// The overlay's memory, to be used for one line after another, with what a query says about all of them: the time that
/// templates call `now`, and which labels it wants.
#[derive(Debug, Default)]
pub struct Scratch {
    text: String,
    slots: Vec<Slot>,
    now: Option<Nanos>,
    wanted: Wanted,
}

/// Which labels a query wants of its parsers. What it does not want they need not put on an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Wanted {
    /// Whatever they find.
    #[default]
    All,
    /// Only labels of these names. They may stop at the last of them, and with none of them they do nothing, so that what
    /// is wrong with the rest of a line is not noticed, as in Loki.
    Only(Vec<String>),
}

impl Scratch {
    /// Sets the time that templates call `now`; without it, it is each entry's own.
    pub fn set_now(&mut self, now: Nanos) {
        self.now = Some(now);
    }

    /// Says which labels parsers are asked for.
    pub fn set_wanted(&mut self, wanted: Wanted) {
        self.wanted = wanted;
    }
}

/// One change to the labels.
#[derive(Clone, Debug)]
struct Slot {
    name: Range<usize>,
    /// `None` when the label has been taken away.
    value: Option<Range<usize>>,
    /// Where the label counts in an answer that tells categories apart.
    category: Category,
    /// Set by a parser: a later parser leaves it alone.
    extracted: bool,
}

/// Where a label came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// The stream's.
    Stream,
    /// The line's structured metadata.
    Metadata,
    /// Made by a stage.
    Parsed,
}

/// A line as it was stored.
#[derive(Clone, Copy, Debug)]
pub struct Stored<'a> {
    /// When it was written.
    pub at: Nanos,
    /// Its text.
    pub line: &'a str,
    /// The labels of its stream.
    pub stream: &'a Labels,
    /// Its structured metadata.
    pub metadata: &'a Labels,
}

/// A line with its labels.
#[derive(Debug)]
pub struct Entry<'a> {
    at: Nanos,
    line: Cow<'a, str>,
    stream: &'a Labels,
    metadata: &'a Labels,
    overlay: &'a mut Scratch,
    error: &'static str,
    error_details: String,
}

impl<'a> Entry<'a> {
    /// A line before the first stage.
    pub fn new(stored: Stored<'a>, scratch: &'a mut Scratch) -> Self {
        scratch.text.clear();
        scratch.slots.clear();
        let Stored { at, line, stream, metadata } = stored;
        let line = Cow::Borrowed(line);
        let mut entry = Self { at, line, stream, metadata, overlay: scratch, error: "", error_details: String::new() };
        for (name, value) in metadata.iter().filter(|(name, _)| stream.get(name).is_some()) {
            entry.put(&format!("{name}{DUPLICATE_SUFFIX}"), Some(value), Category::Metadata, false);
        }
        entry
    }

    /// When the line was written.
    pub fn at(&self) -> Nanos {
        self.at
    }

    /// What templates call `now`.
    pub(super) fn now(&self) -> Nanos {
        self.overlay.now.unwrap_or(self.at)
    }

    /// The line as it is now.
    pub fn line(&self) -> &str {
        &self.line
    }

    /// Replaces the line.
    pub fn set_line(&mut self, line: impl Into<Cow<'a, str>>) {
        self.line = line.into();
    }

    /// Lends the line to a stage that writes labels meanwhile; [`Self::set_line`] brings it back.
    pub(super) fn take_line(&mut self) -> Cow<'a, str> {
        std::mem::take(&mut self.line)
    }

    /// A label's value; `None` when there is no such label.
    pub fn get(&self, name: &str) -> Option<&str> {
        match name {
            ERROR => (!self.error.is_empty()).then_some(self.error),
            ERROR_DETAILS => (!self.error_details.is_empty()).then_some(self.error_details.as_str()),
            _ => match self.slot(name) {
                Some(slot) => slot.value.clone().map(|value| self.text(value)),
                None => self.stream.get(name).or_else(|| self.metadata.get(name)),
            },
        }
    }

    /// Sets a label, whatever it was.
    pub fn set(&mut self, name: &str, value: &str) {
        self.put(name, Some(value), Category::Parsed, false);
    }

    /// Takes a label away, whatever it was.
    pub fn remove(&mut self, name: &str) {
        match name {
            ERROR => self.error = "",
            ERROR_DETAILS => self.error_details.clear(),
            _ => self.put(name, None, Category::Parsed, false),
        }
    }

    /// Sets a label that a parser found in the line. Nothing happens when one of that name has been found before.
    pub fn extract(&mut self, name: &str, value: &str) {
        if self.came_with(name) {
            let name = format!("{name}{DUPLICATE_SUFFIX}");
            self.extract_new(&name, value);
        } else {
            self.extract_new(name, value);
        }
    }

    /// Sets a label that a parser was asked for by name, whatever has been found before.
    pub(super) fn assign(&mut self, name: &str, value: &str) {
        if self.came_with(name) {
            self.set(&format!("{name}{DUPLICATE_SUFFIX}"), value);
        } else {
            self.set(name, value);
        }
    }

    /// Whether a label that a parser finds under a name is wanted.
    pub(super) fn wants(&self, name: &str) -> bool {
        match &self.overlay.wanted {
            Wanted::All => true,
            Wanted::Only(names) => names.iter().any(|wanted| {
                wanted == name
                    || (wanted.strip_suffix(DUPLICATE_SUFFIX).is_some_and(|wanted| wanted == name)
                        && self.came_with(name))
            }),
        }
    }

    /// Whether any wanted label may be nested under these names.
    pub(super) fn wants_within(&self, prefix: &str) -> bool {
        match &self.overlay.wanted {
            Wanted::All => true,
            Wanted::Only(names) => names.iter().any(|wanted| wanted.starts_with(prefix)),
        }
    }

    /// Whether a parser has nothing to look for, or nothing any more.
    pub(super) fn is_satisfied(&self) -> bool {
        match &self.overlay.wanted {
            Wanted::All => false,
            Wanted::Only(names) => names.iter().all(|name| self.slot(name).is_some_and(|slot| slot.extracted)),
        }
    }

    fn extract_new(&mut self, name: &str, value: &str) {
        if !self.has_room(name, value) {
            return;
        }
        match self.position(name) {
            Some(at) if self.overlay.slots.get(at).is_some_and(|slot| slot.extracted) => {}
            Some(at) => self.change(at, Some(value), Category::Parsed, true),
            None => self.add(name, Some(value), Category::Parsed, true),
        }
    }

    /// Whether the line came with the label.
    pub(super) fn came_with(&self, name: &str) -> bool {
        self.stream.get(name).is_some() || self.metadata.get(name).is_some()
    }

    /// Notes that a stage failed on the line. The line stays, for a label filter to decide.
    pub fn fail(&mut self, error: &'static str, details: impl Into<String>) {
        self.error = error;
        self.error_details = details.into();
    }

    /// Whether a stage has failed and nothing has dealt with it.
    pub fn has_failed(&self) -> bool {
        !self.error.is_empty()
    }

    /// All labels.
    pub fn labels(&self) -> Labels {
        if self.overlay.slots.is_empty() && self.error.is_empty() && self.metadata.is_empty() {
            return self.stream.clone();
        }
        let mut builder = self.metadata.to_builder();
        for (name, value) in self.stream {
            builder.set(name, value);
        }
        self.write_overlay(&mut builder, |_| true);
        self.write_errors(&mut builder);
        builder.build()
    }

    /// Appends the raw form of the labels that `keep` names (see [`Labels::as_raw`]), for callers who tell label sets
    /// apart without building them.
    pub fn write_raw_labels(&self, into: &mut String, keep: impl Fn(&str) -> bool) {
        if self.overlay.slots.is_empty() && self.error.is_empty() && self.metadata.is_empty() {
            self.stream
                .iter()
                .filter(|(name, _)| keep(name))
                .for_each(|(name, value)| push_raw_pair(into, name, value));
            return;
        }
        let unchanged = |(name, _): &(&str, &str)| self.position(name).is_none();
        let mut pairs: Vec<(&str, &str)> = self.stream.iter().filter(unchanged).collect();
        pairs.extend(self.metadata.iter().filter(unchanged).filter(|(name, _)| self.stream.get(name).is_none()));
        pairs.extend(
            self.overlay
                .slots
                .iter()
                .filter_map(|slot| Some((self.text(slot.name.clone()), self.text(slot.value.clone()?)))),
        );
        pairs.extend([(ERROR, self.error), (ERROR_DETAILS, self.error_details.as_str())]);
        pairs.retain(|(name, _)| keep(name));
        pairs.sort_unstable_by_key(|(name, _)| *name);
        pairs.iter().for_each(|(name, value)| push_raw_pair(into, name, value));
    }

    /// The labels of one category, for an answer that tells them apart.
    pub fn labels_of(&self, category: Category) -> Labels {
        if self.overlay.slots.is_empty() {
            match category {
                Category::Stream => return self.stream.clone(),
                // None of the stream's names is among them, or it would stand in the overlay under another.
                Category::Metadata => return self.metadata.clone(),
                Category::Parsed => {}
            }
        }
        let mut builder = match category {
            Category::Stream => self.stream.to_builder(),
            Category::Metadata => self.metadata.filtered(|name| self.stream.get(name).is_none()).to_builder(),
            Category::Parsed => LabelsBuilder::new(),
        };
        for slot in &self.overlay.slots {
            builder.delete(self.text(slot.name.clone()));
        }
        self.write_overlay(&mut builder, |slot| slot.category == category);
        if category == Category::Parsed {
            self.write_errors(&mut builder);
        }
        builder.build()
    }

    /// The names of all labels, in no order, none twice.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> =
            self.overlay.slots.iter().map(|slot| self.text(slot.name.clone()).to_owned()).collect();
        let came_with = self.metadata.iter().chain(self.stream.iter()).map(|(name, _)| name);
        names.extend(came_with.map(str::to_owned));
        names.sort_unstable();
        names.dedup();
        names.retain(|name| self.get(name).is_some());
        names
    }

    fn write_overlay(&self, builder: &mut LabelsBuilder, belongs: impl Fn(&Slot) -> bool) {
        for slot in self.overlay.slots.iter().filter(|slot| belongs(slot)) {
            let name = self.text(slot.name.clone());
            match &slot.value {
                Some(value) => _ = builder.set(name, self.text(value.clone())),
                None => _ = builder.delete(name),
            }
        }
    }

    fn write_errors(&self, builder: &mut LabelsBuilder) {
        for (name, value) in [(ERROR, self.error), (ERROR_DETAILS, self.error_details.as_str())] {
            if !value.is_empty() {
                builder.set(name, value);
            }
        }
    }

    fn slot(&self, name: &str) -> Option<&Slot> {
        self.position(name).and_then(|at| self.overlay.slots.get(at))
    }

    /// Where a label's change stands. Most names differ in length, which is quicker to see than their text.
    fn position(&self, name: &str) -> Option<usize> {
        let text = self.overlay.text.as_bytes();
        self.overlay
            .slots
            .iter()
            .position(|slot| slot.name.len() == name.len() && text.get(slot.name.clone()) == Some(name.as_bytes()))
    }

    fn put(&mut self, name: &str, value: Option<&str>, category: Category, extracted: bool) {
        if !self.has_room(name, value.unwrap_or_default()) {
            return;
        }
        match self.position(name) {
            Some(at) => self.change(at, value, category, extracted),
            None => self.add(name, value, category, extracted),
        }
    }

    /// Whether the label's text fits; notes when it does not.
    fn has_room(&mut self, name: &str, value: &str) -> bool {
        let fits = self.overlay.text.len() + name.len() + value.len() <= LABELS_BYTES_MAX;
        if !fits {
            self.fail("TooManyLabels", format!("more than {LABELS_BYTES_MAX} bytes of labels"));
        }
        fits
    }

    fn change(&mut self, at: usize, value: Option<&str>, category: Category, extracted: bool) {
        let value = value.map(|value| self.remember(value));
        if let Some(slot) = self.overlay.slots.get_mut(at) {
            slot.value = value;
            slot.category = category;
            slot.extracted |= extracted;
        }
    }

    fn add(&mut self, name: &str, value: Option<&str>, category: Category, extracted: bool) {
        if self.overlay.slots.len() >= LABELS_MAX {
            self.fail("TooManyLabels", format!("more than {LABELS_MAX} labels"));
            return;
        }
        let name = self.remember(name);
        let value = value.map(|value| self.remember(value));
        self.overlay.slots.push(Slot { name, value, category, extracted });
    }

    fn remember(&mut self, text: &str) -> Range<usize> {
        let start = self.overlay.text.len();
        self.overlay.text.push_str(text);
        start..self.overlay.text.len()
    }

    fn text(&self, range: Range<usize>) -> &str {
        self.overlay.text.get(range).unwrap_or_default()
    }
}
