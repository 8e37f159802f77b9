//! The stages of a pipeline, each over one entry.
//!
//! Invariant: a stage is compiled once and applied without knowing the other stages, the store or the time.

pub mod decolorize;
pub mod drop;
pub mod entry;
mod format;
pub mod json;
pub mod keep;
pub mod label_format;
pub mod line_format;
pub mod logfmt;
pub mod pattern;
pub mod regexp;
pub mod unpack;
pub mod unwrap;

use super::ast::StageNode;
use super::label_filter::LabelFilter;
use super::line_filter::LineFilter;
use entry::Entry;
use std::borrow::Cow;

/// A stage, ready to be applied to one entry after another.
#[derive(Clone, Debug)]
pub enum Stage {
    /// `|= "a"`
    LineFilter(LineFilter),
    /// `| a="b"`
    LabelFilter(LabelFilter),
    /// `| json`
    Json(json::Json),
    /// `| logfmt`
    Logfmt(logfmt::Logfmt),
    /// `| regexp "..."`
    Regexp(regexp::Regexp),
    /// `| pattern "..."`
    Pattern(pattern::Pattern),
    /// `| unpack`
    Unpack,
    /// `| line_format "{{.a}}"`
    LineFormat(line_format::LineFormat),
    /// `| label_format a=b, c="{{.d}}"`
    LabelFormat(label_format::LabelFormat),
    /// `| decolorize`
    Decolorize,
    /// `| drop a`
    Drop(drop::Drop),
    /// `| keep a`
    Keep(keep::Keep),
}

impl Stage {
    /// Compiles a stage.
    ///
    /// # Errors
    /// Why it does not compile, in Loki's words; for what the parser has returned only a template's mistake.
    pub fn new(node: &StageNode) -> Result<Self, String> {
        Ok(match node {
            StageNode::LineFilter(filter) => Self::LineFilter(LineFilter::new(filter)?),
            StageNode::LabelFilter(filter) => Self::LabelFilter(LabelFilter::new(filter)?),
            StageNode::Json(extractions) => Self::Json(json::Json::new(extractions)?),
            StageNode::Logfmt(logfmt) => Self::Logfmt(logfmt::Logfmt::new(logfmt)?),
            StageNode::Regexp(regex) => Self::Regexp(regexp::Regexp::new(regex)?),
            StageNode::Pattern(pattern) => Self::Pattern(pattern::Pattern::new(pattern)?),
            StageNode::Unpack => Self::Unpack,
            StageNode::LineFormat(template) => Self::LineFormat(line_format::LineFormat::new(template)?),
            StageNode::LabelFormat(formats) => Self::LabelFormat(label_format::LabelFormat::new(formats)?),
            StageNode::Decolorize => Self::Decolorize,
            StageNode::Drop(choices) => Self::Drop(drop::Drop::new(choices)),
            StageNode::Keep(choices) => Self::Keep(keep::Keep::new(choices)),
        })
    }

    /// Applies the stage: whether the entry stays.
    pub fn apply(&self, entry: &mut Entry<'_>) -> bool {
        match self {
            Self::LineFilter(filter) => return filter.keeps(entry.line()),
            Self::LabelFilter(filter) => return filter.keeps(entry),
            Self::Json(json) => json.apply(entry),
            Self::Logfmt(logfmt) => logfmt.apply(entry),
            Self::Regexp(regexp) => regexp.apply(entry),
            Self::Pattern(pattern) => pattern.apply(entry),
            Self::Unpack => unpack::apply(entry),
            Self::LineFormat(format) => format.apply(entry),
            Self::LabelFormat(format) => format.apply(entry),
            Self::Decolorize => decolorize::apply(entry),
            Self::Drop(drop) => drop.apply(entry),
            Self::Keep(keep) => keep.apply(entry),
        }
        true
    }
}

/// A key of a line as a label's name: what names cannot hold becomes `_`; empty when nothing is left of it.
fn label_name(key: &str) -> Cow<'_, str> {
    let key = key.trim();
    let digit_first = key.starts_with(|character: char| character.is_ascii_digit());
    if !digit_first && key.bytes().all(belongs_to_name) {
        return Cow::Borrowed(key);
    }
    let mut name = String::with_capacity(key.len() + 1);
    if digit_first {
        name.push('_');
    }
    push_name(&mut name, key);
    Cow::Owned(name)
}

fn push_name(into: &mut String, key: &str) {
    if key.bytes().all(belongs_to_name) {
        return into.push_str(key);
    }
    into.extend(key.chars().map(|character| {
        let belongs = u8::try_from(character).is_ok_and(belongs_to_name);
        if belongs { character } else { '_' }
    }));
}

fn belongs_to_name(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric()
}

/// A value as a label's: what was no character becomes a space.
fn label_value(value: &str) -> Cow<'_, str> {
    if value.contains('\u{fffd}') { Cow::Owned(value.replace('\u{fffd}', " ")) } else { Cow::Borrowed(value) }
}

#[cfg(test)]
mod tests;
