//! `drop`: lines for which every condition holds are dropped.
//!
//! Invariant: there is at least one condition.

use super::reason;
use crate::pipeline::Entry;
use crate::pipeline::parse::read_expression;
use model::time::Nanos;
use regex::Regex;
use serde::de::{Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;
use settings::report::{Report, Spot};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

const DEFAULT_SEPARATOR: &str = ";";

/// As written.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RawDrop {
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Spanned<Sources>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expression: Option<Spanned<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Spanned<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    separator: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    older_than: Option<Spanned<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    longer_than: Option<Spanned<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    drop_counter_reason: Option<String>,
}

/// One name or a list of them.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(transparent)]
struct Sources(Vec<String>);

/// See the module.
#[derive(Debug)]
pub(crate) struct Drop {
    sources: Option<Vec<String>>,
    separator: String,
    text: Option<TextTest>,
    older_than: Option<Duration>,
    longer_than: Option<u64>,
    reason: Arc<str>,
}

/// What the text must be.
#[derive(Debug)]
enum TextTest {
    Regex(Regex),
    Is(String),
}

impl Drop {
    pub(crate) fn read(raw: RawDrop, spot: &Spot, report: &mut Report) -> Option<Self> {
        let has_condition =
            raw.source.is_some() || raw.expression.is_some() || raw.older_than.is_some() || raw.longer_than.is_some();
        if raw.value.is_some() && raw.source.is_none() {
            return spot.refuse(report, "source is required where value is given");
        }
        if raw.value.is_some() && raw.expression.is_some() {
            return spot.refuse(report, "value and expression exclude each other");
        }
        if !has_condition {
            return spot.refuse(report, "at least one of source, expression, older_than and longer_than is required");
        }
        let older_than = spot.read(report, "older_than", raw.older_than, |text| duration(&text)).ok()?;
        let longer_than = spot.read(report, "longer_than", raw.longer_than, |text| size(&text)).ok()?;
        let expression = read_expression(raw.expression, spot, report)?;
        let text = match (expression, raw.value) {
            (Some(expression), _) => Some(TextTest::Regex(expression)),
            (None, Some(value)) => Some(TextTest::Is(value.value)),
            (None, None) => None,
        };
        Some(Self {
            sources: raw.source.map(|sources| sources.value.0),
            separator: raw.separator.unwrap_or_else(|| DEFAULT_SEPARATOR.to_owned()),
            text,
            older_than,
            longer_than,
            reason: reason(raw.drop_counter_reason, "drop_stage"),
        })
    }

    /// Under which reason it counts.
    pub(crate) fn reason(&self) -> &Arc<str> {
        &self.reason
    }

    /// Whether the line is dropped.
    pub(crate) fn drops(&self, entry: &Entry<'_>, now: Nanos) -> bool {
        let is_longer = self.longer_than.is_none_or(|bytes| entry.line.len() as u64 > bytes);
        let is_older = self.older_than.is_none_or(|age| entry.timestamp < now.minus(age));
        is_longer && is_older && self.text_passes(entry)
    }

    fn text_passes(&self, entry: &Entry<'_>) -> bool {
        match (&self.sources, &self.text) {
            (None, None) => true,
            (Some(sources), None) => sources.iter().all(|source| entry.extracted.contains(source)),
            (None, Some(test)) => test.passes(&entry.line),
            (Some(sources), Some(test)) => {
                let mut values = Vec::new();
                for source in sources.iter().filter(|source| entry.extracted.contains(source)) {
                    // What is there but has no text, such as null, never matches.
                    let Some(text) = entry.extracted.text(source) else { return false };
                    values.push(text);
                }
                test.passes(&values.join(self.separator.as_str()))
            }
        }
    }
}

impl TextTest {
    fn passes(&self, text: &str) -> bool {
        match self {
            Self::Regex(regex) => regex.is_match(text),
            Self::Is(value) => text == value,
        }
    }
}

/// A duration as Go or Prometheus writes it.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let nanos = language::go_duration::parse(text).and_then(|nanos| u64::try_from(nanos).ok());
    nanos.map(Duration::from_nanos).map_or_else(|| model::duration::parse(text).map_err(|error| error.to_string()), Ok)
}

fn size(text: &str) -> Result<u64, String> {
    language::byte_size::parse(text).map_err(|error| format!("{error}, got {text}"))
}

impl<'de> Deserialize<'de> for Sources {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrMany)
    }
}

struct OneOrMany;

impl<'de> Visitor<'de> for OneOrMany {
    type Value = Sources;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name or a list of names")
    }

    fn visit_str<E>(self, name: &str) -> Result<Sources, E> {
        Ok(Sources(vec![name.to_owned()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Sources, A::Error> {
        let mut names = Vec::new();
        while let Some(name) = list.next_element()? {
            names.push(name);
        }
        Ok(Sources(names))
    }
}
