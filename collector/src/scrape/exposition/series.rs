//! Turns the raw text of a series into labels.
//!
//! Invariant: any text that a parser yields as a series is read by the same grammar as there. What can still be wrong
//! is what a grammar does not see: a label told twice, too many labels, an empty metric name.

use super::braces::{Part, next_part};
use super::cursor::{Cursor, NameKind};
use super::escape::unescape;
use super::format::Format;
use super::value;
use crate::limits::{EXEMPLAR_LABEL_CHARS_MAX, EXPOSITION_LABELS_MAX};
use model::labels::{BUCKET_LABEL, Labels, METRIC_NAME, QUANTILE_LABEL};
use model::metadata::MetricKind;
use model::number::quoted;
use model::time::Millis;
use std::borrow::Cow;
use std::fmt;

/// Room that is made at first for the labels of a series; more of them grow it.
const USUAL_LABELS: usize = 12;

/// Why a series text makes no label set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SeriesError {
    /// The text is not of the grammar; only for texts that no parser yielded.
    Syntax(String),
    /// Two labels have this name, or the metric name is told twice.
    Duplicate(String),
    /// The metric name is empty.
    NoMetricName,
    /// A quoted label name is empty.
    NoLabelName,
    /// There are more labels than this.
    TooManyLabels(usize),
    /// The labels of an exemplar have this many characters together.
    ExemplarTooLong(usize),
}

impl fmt::Display for SeriesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(why) => f.write_str(why),
            Self::Duplicate(name) => write!(f, "label name {} is not unique", quoted(name)),
            Self::NoMetricName => f.write_str("metric name is empty"),
            Self::NoLabelName => f.write_str("label name is empty"),
            Self::TooManyLabels(max) => write!(f, "series has more than {max} labels"),
            Self::ExemplarTooLong(chars) => {
                write!(f, "exemplar labels have {chars} characters, at most {EXEMPLAR_LABEL_CHARS_MAX} allowed")
            }
        }
    }
}

impl std::error::Error for SeriesError {}

/// An exemplar as it stands on its line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RawExemplar<'a> {
    /// The text of its braces; [`RawExemplar::labels`] reads it.
    pub raw_labels: &'a str,
    /// Its value.
    pub value: f64,
    /// When it was seen, where the line says so.
    pub timestamp: Option<Millis>,
}

impl RawExemplar<'_> {
    /// Its labels; the empty set is fine.
    ///
    /// # Errors
    /// When a label is told twice or they are longer than OpenMetrics allows. Prometheus then drops the exemplar and
    /// keeps the sample.
    pub fn labels(&self) -> Result<Labels, SeriesError> {
        let mut pairs = Vec::new();
        let mut cursor = Cursor::new(self.raw_labels);
        cursor.take(b'{');
        read_braces(&mut cursor, self.raw_labels, Format::OpenMetrics, |part| {
            if let Part::Label { name, value } = part {
                pairs.push((unescape(name), unescape(value)));
            }
        })?;
        let chars = pairs.iter().map(|(name, value)| name.chars().count() + value.chars().count()).sum();
        if chars > EXEMPLAR_LABEL_CHARS_MAX {
            return Err(SeriesError::ExemplarTooLong(chars));
        }
        build(pairs)
    }
}

/// The labels of a series text, the metric name among them. Labels with an empty value are left out. The bucket bounds
/// of a histogram and the quantiles of a summary get their one spelling (`1` becomes `1.0`), as in Prometheus 3.
///
/// # Errors
/// When a label is told twice, the metric name or that of a label is empty, or there are too many labels.
pub fn labels(series: &str, kind: MetricKind) -> Result<Labels, SeriesError> {
    let mut cursor = Cursor::new(series);
    let mut pairs = Vec::with_capacity(USUAL_LABELS);
    if let Some(name) = cursor.take_name(NameKind::Metric) {
        pairs.push((Cow::Borrowed(METRIC_NAME), Cow::Borrowed(name)));
    }
    cursor.skip_blanks();
    if cursor.take(b'{') {
        // The text format's grammar of braces takes all that OpenMetrics' takes.
        read_braces(&mut cursor, series, Format::Text, |part| pairs.push(pair(part, kind)))?;
    }
    if !cursor.is_at_end() {
        return Err(SeriesError::Syntax(cursor.fault("the end of the series").message(series.as_bytes())));
    }
    let named = pairs.iter().any(|(name, value)| name == METRIC_NAME && !value.is_empty());
    if named { build(pairs) } else { Err(SeriesError::NoMetricName) }
}

/// The names of the labels that a series text tells to be empty, which [`labels`] leaves out.
pub(crate) fn empty_labels(series: &str) -> Vec<Cow<'_, str>> {
    let mut empty = Vec::new();
    let mut cursor = Cursor::new(series);
    cursor.take_name(NameKind::Metric);
    cursor.skip_blanks();
    if cursor.take(b'{') {
        // A text of another grammar was refused when its labels were read.
        let _ = read_braces(&mut cursor, series, Format::Text, |part| match part {
            Part::Label { name, value: "" } => empty.push(unescape(name)),
            Part::Label { .. } | Part::MetricName(_) => {}
        });
    }
    empty
}

fn pair<'a>(part: Part<'a>, kind: MetricKind) -> (Cow<'a, str>, Cow<'a, str>) {
    match part {
        Part::MetricName(name) => (Cow::Borrowed(METRIC_NAME), unescape(name)),
        Part::Label { name, value } => {
            let (name, value) = (unescape(name), unescape(value));
            let canonical = if is_number_label(kind, &name) { value::canonical(&value) } else { None };
            (name, canonical.map_or(value, Cow::Owned))
        }
    }
}

fn is_number_label(kind: MetricKind, name: &str) -> bool {
    (kind == MetricKind::Histogram && name == BUCKET_LABEL) || (kind == MetricKind::Summary && name == QUANTILE_LABEL)
}

/// Hands every part to `take`, up to the closing brace.
fn read_braces<'a>(
    cursor: &mut Cursor<'a>,
    text: &str,
    format: Format,
    mut take: impl FnMut(Part<'a>),
) -> Result<(), SeriesError> {
    let mut count = 0;
    loop {
        match next_part(cursor, format) {
            Ok(Some(part)) => take(part),
            Ok(None) => return Ok(()),
            Err(fault) => return Err(SeriesError::Syntax(fault.message(text.as_bytes()))),
        }
        count += 1;
        if count > EXPOSITION_LABELS_MAX {
            return Err(SeriesError::TooManyLabels(EXPOSITION_LABELS_MAX));
        }
    }
}

fn build(mut pairs: Vec<(Cow<'_, str>, Cow<'_, str>)>) -> Result<Labels, SeriesError> {
    pairs.sort_unstable_by(|(left, _), (right, _)| left.cmp(right));
    if pairs.first().is_some_and(|(name, _)| name.is_empty()) {
        return Err(SeriesError::NoLabelName);
    }
    let twice = pairs.windows(2).find_map(|pair| match pair {
        [(left, _), (right, _)] if left == right => Some(left),
        _ => None,
    });
    match twice {
        Some(name) => Err(SeriesError::Duplicate(name.clone().into_owned())),
        None => Ok(Labels::from_ascending(pairs.iter().map(|(name, value)| (name.as_ref(), value.as_ref())))),
    }
}
