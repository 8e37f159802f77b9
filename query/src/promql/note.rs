//! Annotations: what the author of a query should know about its result, with the place in the query.
//!
//! Invariant: notes of one text are one note (the latest place wins, as in Prometheus); an answer carries at most
//! [`ANNOTATIONS_MAX`] of a kind and a line that counts the rest. The texts are Prometheus's, since clients show them.

use super::native::quantile::NanEffect;
use super::native::sparse::Settled;
use crate::limits::ANNOTATIONS_MAX;
use language::promql::ast::Span;
use model::number::quoted;
use std::cell::RefCell;
use std::collections::HashMap;

/// How grave a note is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Severity {
    Warning,
    Info,
}

#[derive(Clone, Debug)]
struct Note {
    severity: Severity,
    text: String,
    span: Span,
    forced: Option<Forced>,
}

/// Where a classic histogram was made monotonic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Forced {
    pub(crate) first_time: i64,
    pub(crate) last_time: i64,
    pub(crate) lowest_bound: f64,
    pub(crate) highest_bound: f64,
    pub(crate) largest_difference: f64,
    pub(crate) samples: u64,
}

impl Forced {
    fn merge(self, other: Self) -> Self {
        Self {
            first_time: self.first_time.min(other.first_time),
            last_time: self.last_time.max(other.last_time),
            lowest_bound: self.lowest_bound.min(other.lowest_bound),
            highest_bound: self.highest_bound.max(other.highest_bound),
            largest_difference: self.largest_difference.max(other.largest_difference),
            samples: self.samples.saturating_add(other.samples),
        }
    }
}

/// The notes of one query.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    inner: RefCell<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    notes: Vec<Note>,
    by_text: HashMap<String, usize>,
}

/// The most different notes that are remembered; later ones are not even counted.
const NOTES_MAX: usize = 1_000;

impl Notes {
    fn add(&self, severity: Severity, text: String, span: Span, forced: Option<Forced>) {
        let mut inner = self.inner.borrow_mut();
        match inner.by_text.get(&text).copied() {
            Some(at) => {
                if let Some(note) = inner.notes.get_mut(at) {
                    note.span = span;
                    note.forced = match (note.forced, forced) {
                        (Some(before), Some(now)) => Some(before.merge(now)),
                        (before, now) => now.or(before),
                    };
                }
            }
            None if inner.notes.len() < NOTES_MAX => {
                let at = inner.notes.len();
                inner.by_text.insert(text.clone(), at);
                inner.notes.push(Note { severity, text, span, forced });
            }
            None => {}
        }
    }

    fn warn(&self, span: Span, text: impl AsRef<str>) {
        self.add(Severity::Warning, format!("PromQL warning: {}", text.as_ref()), span, None);
    }

    fn inform(&self, span: Span, text: impl AsRef<str>) {
        self.add(Severity::Info, format!("PromQL info: {}", text.as_ref()), span, None);
    }

    /// A quantile outside 0 to 1.
    pub(crate) fn invalid_quantile(&self, span: Span, quantile: f64) {
        let got = model::number::format_general(quantile);
        self.warn(span, format!("quantile value should be between 0 and 1, got {got}"));
    }

    /// A ratio outside -1 to 1.
    pub(crate) fn invalid_ratio(&self, span: Span, ratio: f64, capped: f64) {
        let (got, capped) = (model::number::format_general(ratio), model::number::format_general(capped));
        self.warn(span, format!("ratio value should be between -1 and 1, got {got}, capping to {capped}"));
    }

    /// A bucket whose bound is not a number. The metric's name is empty where an operator has dropped it.
    pub(crate) fn bad_bucket_label(&self, span: Span, metric: &str, value: &str) {
        let of = of_metric(metric);
        self.warn(span, format!("bucket label \"le\" is missing or has a malformed value of {}{of}", quoted(value)));
    }

    /// Classic and native histograms of the same name, which is empty where an operator has dropped it.
    pub(crate) fn classic_and_native(&self, span: Span, metric: &str) {
        self.warn(span, format!("vector contains a mix of classic and native histograms{}", of_metric(metric)));
    }

    /// Floats and histograms in one window.
    pub(crate) fn floats_and_histograms(&self, span: Span, metric: &str) {
        self.warn(span, format!("encountered a mix of histograms and floats for metric name {}", quoted(metric)));
    }

    /// Floats and histograms in one group.
    pub(crate) fn floats_and_histograms_aggregated(&self, span: Span) {
        self.warn(span, "encountered a mix of histograms and floats for aggregation");
    }

    /// Sorting where it has no effect.
    pub(crate) fn sort_in_range_query(&self, span: Span) {
        self.warn(span, "sort is ineffective for range queries since results are always ordered by labels");
    }

    /// A rate of something that may be no counter.
    pub(crate) fn maybe_not_counter(&self, span: Span, metric: &str) {
        let metric = quoted(metric);
        self.inform(
            span,
            format!("metric might not be a counter, name does not end in _total/_sum/_count/_bucket: {metric}"),
        );
    }

    /// A histogram where only floats are aggregated.
    pub(crate) fn histogram_ignored_in_aggregation(&self, span: Span, aggregation: &str) {
        self.inform(span, format!("ignored histogram in {aggregation} aggregation"));
    }

    /// Histograms in a window of floats.
    pub(crate) fn histogram_ignored_in_range(&self, span: Span, metric: &str) {
        let metric = quoted(metric);
        self.inform(
            span,
            format!("ignored histograms in a range containing both floats and histograms for metric name {metric}"),
        );
    }

    /// An operator between values that it does not know.
    pub(crate) fn incompatible_types(&self, span: Span, left: &str, operator: &str, right: &str) {
        self.inform(
            span,
            format!(
                "incompatible sample types encountered for binary operator {}: {left} {operator} {right}",
                quoted(operator)
            ),
        );
    }

    /// A gauge histogram where a counter is wanted.
    pub(crate) fn histogram_not_counter(&self, span: Span, metric: &str) {
        self.warn(span, format!("this native histogram metric is not a counter: {}", quoted(metric)));
    }

    /// A counter histogram where a gauge is wanted.
    pub(crate) fn histogram_not_gauge(&self, span: Span, metric: &str) {
        self.warn(span, format!("this native histogram metric is not a gauge: {}", quoted(metric)));
    }

    /// Exponential and custom buckets of one metric.
    pub(crate) fn exponential_and_custom(&self, span: Span, metric: &str) {
        self.warn(
            span,
            format!(
                "vector contains a mix of histograms with exponential and custom buckets schemas for metric name {}",
                quoted(metric)
            ),
        );
    }

    /// Exponential and custom buckets on the two sides of an operator.
    pub(crate) fn incompatible_buckets(&self, span: Span, operator: &str) {
        self.warn(span, format!("incompatible bucket layout encountered for binary operator {operator}"));
    }

    /// What adding histograms had to settle.
    pub(crate) fn settled(&self, span: Span, settled: Settled, operation: &str) {
        if settled.conflicting_resets {
            self.warn(span, format!("conflicting counter resets during histogram {operation}"));
        }
        self.reconciled(span, settled, operation);
    }

    /// The same where resets are looked at separately.
    pub(crate) fn reconciled(&self, span: Span, settled: Settled, operation: &str) {
        if settled.reconciled_bounds {
            self.inform(span, format!("mismatched custom buckets were reconciled during {operation}"));
        }
    }

    /// Observations of NaN in a quantile.
    pub(crate) fn nan_observations(&self, span: Span, effect: NanEffect) {
        let effect = match effect {
            NanEffect::NoResult => "result is NaN",
            NanEffect::Skewed => "result is skewed higher",
        };
        self.inform(span, format!("input to histogram_quantile has NaN observations, {effect}"));
    }

    /// Observations of NaN in a fraction.
    pub(crate) fn nan_in_fraction(&self, span: Span) {
        self.inform(span, "input to histogram_fraction has NaN observations, which are excluded from all fractions");
    }

    /// Buckets that had to be made monotonic.
    pub(crate) fn forced_monotonicity(&self, span: Span, forced: Forced) {
        let text = "PromQL info: input to histogram_quantile needed to be fixed for monotonicity \
                    (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)";
        self.add(Severity::Info, text.to_owned(), span, Some(forced));
    }

    /// The warnings and infos as they are shown, with line and column in the query.
    pub(crate) fn render(&self, query: &str) -> (Vec<String>, Vec<String>) {
        let inner = self.inner.borrow();
        let of = |severity: Severity, name: &str| {
            let all = inner.notes.iter().filter(|note| note.severity == severity);
            let mut texts: Vec<String> = all.clone().take(ANNOTATIONS_MAX).map(|note| note.render(query)).collect();
            let left_out = all.count() - texts.len();
            if left_out > 0 {
                texts.push(format!("{left_out} more {name} annotations omitted"));
            }
            texts
        };
        (of(Severity::Warning, "warning"), of(Severity::Info, "info"))
    }
}

impl Note {
    fn render(&self, query: &str) -> String {
        let place = place(query, self.span.start);
        match &self.forced {
            None => format!("{} ({place})", self.text),
            Some(forced) => format!(
                "{}, from buckets {} to {}, with a max diff of {}, over {} samples from {} to {} ({place})",
                self.text,
                model::number::format_general(forced.lowest_bound),
                model::number::format_general(forced.highest_bound),
                two_digits(forced.largest_difference),
                forced.samples,
                super::functions::calendar::rfc3339(forced.first_time),
                super::functions::calendar::rfc3339(forced.last_time),
            ),
        }
    }
}

/// Line and column, both from 1, of a byte of the query.
fn place(query: &str, at: usize) -> String {
    let before = query.get(..at.min(query.len())).unwrap_or(query);
    let line = before.matches('\n').count() + 1;
    let column = before.len() - before.rfind('\n').map_or(0, |newline| newline + 1) + 1;
    format!("{line}:{column}")
}

/// The metric that a note speaks of, when its name is known.
fn of_metric(metric: &str) -> String {
    if metric.is_empty() { String::new() } else { format!(" for metric name {}", quoted(metric)) }
}

/// As Go's `%.2g`.
fn two_digits(value: f64) -> String {
    let rounded = format!("{value:.1e}").parse::<f64>().unwrap_or(value);
    model::number::format_general(rounded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_are_one_note_and_many_are_counted() {
        let notes = Notes::default();
        let span = |start| Span { start, end: start + 1 };
        notes.maybe_not_counter(span(5), "x");
        notes.maybe_not_counter(span(14), "x");
        for index in 0..12 {
            notes.bad_bucket_label(span(0), "x", &index.to_string());
        }
        let (warnings, infos) = notes.render("rate(x[5m]) +\nrate(x[1m])");
        assert_eq!(
            infos,
            [
                "PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: \"x\" (2:1)"
            ]
        );
        assert_eq!(warnings.len(), ANNOTATIONS_MAX + 1);
        assert_eq!(warnings.last().map(String::as_str), Some("2 more warning annotations omitted"));
    }
}
