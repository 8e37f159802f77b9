//! Label filters over one entry: `a="b" and c > 5`.
//!
//! Invariant: a filter never changes the line. A value that cannot be read as what it is compared with keeps the line
//! and is noted in `__error__`, as in Loki; only a filter on text can then drop it.

pub mod ip;

use super::ast::{self, CompareOp, Comparison, LabelFilterNode};
use super::stage::entry::Entry;
use crate::template::number;
use crate::{byte_size, go_duration};
use model::matcher::Matcher;
use model::number::quoted;

/// What `__error__` says when a label cannot be compared.
const FAILED: &str = "LabelFilterErr";

/// A label filter, ready to be asked.
#[derive(Clone, Debug)]
pub struct LabelFilter {
    test: Test,
}

#[derive(Clone, Debug)]
enum Test {
    Text(Matcher),
    Number(Comparison<f64>),
    Duration(Comparison<i64>),
    Bytes(Comparison<u64>),
    Ip { label: String, negated: bool, pattern: ip::Pattern },
    And(Box<Test>, Box<Test>),
    Or(Box<Test>, Box<Test>),
}

impl LabelFilter {
    /// Compiles a filter.
    ///
    /// # Errors
    /// Why an address pattern does not compile, in Loki's words.
    pub fn new(filter: &ast::LabelFilter) -> Result<Self, String> {
        Test::new(filter).map(|test| Self { test })
    }

    /// Whether the entry stays.
    pub fn keeps(&self, entry: &mut Entry<'_>) -> bool {
        self.test.holds(entry)
    }
}

impl Test {
    fn new(filter: &ast::LabelFilter) -> Result<Self, String> {
        let both = |left, right| Ok::<_, String>((Box::new(Self::new(left)?), Box::new(Self::new(right)?)));
        Ok(match &filter.node {
            LabelFilterNode::Text(matcher) => Self::Text(matcher.clone()),
            LabelFilterNode::Number(comparison) => Self::Number(comparison.clone()),
            LabelFilterNode::Duration(comparison) => Self::Duration(comparison.clone()),
            LabelFilterNode::Bytes(comparison) => Self::Bytes(comparison.clone()),
            LabelFilterNode::Ip { label, negated, pattern } => {
                Self::Ip { label: label.clone(), negated: *negated, pattern: ip::Pattern::parse(pattern)? }
            }
            LabelFilterNode::And(left, right) => both(left, right).map(|(left, right)| Self::And(left, right))?,
            LabelFilterNode::Or(left, right) => both(left, right).map(|(left, right)| Self::Or(left, right))?,
        })
    }

    fn holds(&self, entry: &mut Entry<'_>) -> bool {
        match self {
            Self::Text(matcher) => matcher.matches(entry.get(matcher.name()).unwrap_or_default()),
            Self::Number(comparison) => compare(comparison, entry, read_number),
            Self::Duration(comparison) => compare(comparison, entry, read_duration),
            Self::Bytes(comparison) => compare(comparison, entry, byte_size::parse),
            Self::Ip { .. } if entry.has_failed() => true,
            Self::Ip { label, negated, pattern } => {
                entry.get(label).is_some_and(|value| pattern.is_in(value) != *negated)
            }
            // Both sides are asked even when the first decides, since the second may note an error.
            Self::And(left, right) => left.holds(entry) & right.holds(entry),
            Self::Or(left, right) => left.holds(entry) || right.holds(entry),
        }
    }
}

fn compare<T: PartialOrd>(
    comparison: &Comparison<T>,
    entry: &mut Entry<'_>,
    read: impl Fn(&str) -> Result<T, String>,
) -> bool {
    let Some(text) = entry.get(&comparison.label) else { return false };
    match read(text) {
        Ok(value) => CompareOp::holds(comparison.op, &value, &comparison.value),
        Err(reason) => {
            // An earlier error says more.
            if !entry.has_failed() {
                entry.fail(FAILED, reason);
            }
            true
        }
    }
}

/// A label's value as a number.
pub(super) fn read_number(text: &str) -> Result<f64, String> {
    number::parse_float(text).ok_or_else(|| {
        let too_large = text.parse::<f64>().is_ok_and(f64::is_infinite);
        let reason = if too_large { "value out of range" } else { "invalid syntax" };
        format!("strconv.ParseFloat: parsing {}: {reason}", quoted(text))
    })
}

/// A label's value as a duration in nanoseconds.
pub(super) fn read_duration(text: &str) -> Result<i64, String> {
    go_duration::parse(text).ok_or_else(|| format!("time: invalid duration {}", quoted(text)))
}

#[cfg(test)]
mod tests;
