//! The series that a rule writes.
//!
//! Invariant: a series that was written by the evaluation before and is not by this one gets a stale marker; what the
//! store did not take counts as not written, so that nothing is marked that never was.

use model::labels::{Labels, METRIC_NAME};
use model::sample::{SampleValue, stale_marker};
use model::time::Millis;
use std::collections::BTreeSet;
use store::metrics::{AppendSample, AppendValue, Batch, Metrics, SeriesKey, Verdict};

/// The name of the series that show alerts.
pub(crate) const ALERTS: &str = "ALERTS";
/// The name of the series that show since when alerts are active.
pub(crate) const ALERTS_FOR_STATE: &str = "ALERTS_FOR_STATE";
/// The label of [`ALERTS`] that holds the state.
const ALERT_STATE: &str = "alertstate";

/// One sample to be written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Written {
    pub(crate) labels: Labels,
    pub(crate) value: SampleValue,
}

/// The two samples of an alert that is pending or firing.
pub(crate) fn of_alert(alert: &crate::alert::Alert) -> [Written; 2] {
    let named = |name: &str| alert.labels.to_builder().set(METRIC_NAME, name).clone();
    let shown = named(ALERTS).set(ALERT_STATE, alert.state.as_str()).build();
    // Whole seconds, as in Prometheus.
    let since = Millis(alert.active_at.0.div_euclid(1_000) * 1_000).as_seconds();
    [
        Written { labels: shown, value: SampleValue::Float(1.0) },
        Written { labels: named(ALERTS_FOR_STATE).build(), value: SampleValue::Float(since) },
    ]
}

/// The series that were written last.
#[derive(Clone, Debug, Default)]
pub(crate) struct Series {
    present: BTreeSet<Labels>,
}

impl Series {
    /// Series that are known to have been written.
    pub(crate) fn of(labels: impl IntoIterator<Item = Labels>) -> Self {
        Self { present: labels.into_iter().collect() }
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.present.is_empty()
    }

    /// Takes over the series of another one.
    pub(crate) fn absorb(&mut self, other: Self) {
        self.present.extend(other.present);
    }

    /// Writes samples, and stale markers for what is not among them.
    ///
    /// # Errors
    /// The store takes nothing now, which changes nothing here; or it refused some of the samples.
    pub(crate) fn write(&mut self, metrics: &Metrics, samples: &[Written], at: Millis) -> Result<(), String> {
        let now: BTreeSet<&Labels> = samples.iter().map(|sample| &sample.labels).collect();
        let gone: Vec<&Labels> = self.present.iter().filter(|labels| !now.contains(labels)).collect();
        if samples.is_empty() && gone.is_empty() {
            return Ok(());
        }
        let batch: Vec<AppendSample<'_>> = samples
            .iter()
            .map(|sample| appended(&sample.labels, value(&sample.value), at))
            .chain(gone.iter().map(|labels| appended(labels, AppendValue::Float(stale_marker()), at)))
            .collect();
        let verdicts = metrics.append(&Batch { samples: &batch }).map_err(|error| error.to_string())?;
        let judged = || samples.iter().zip(&verdicts);
        let present = judged().filter(|(_, verdict)| verdict.is_stored()).map(|(sample, _)| sample.labels.clone());
        let present = present.collect();
        let refused: Vec<_> = judged().filter(|(_, verdict)| !verdict.is_stored()).collect();
        let outcome = refusal(&refused);
        self.present = present;
        outcome
    }

    /// Marks all of them as gone.
    ///
    /// # Errors
    /// As [`Series::write`].
    pub(crate) fn end(&mut self, metrics: &Metrics, at: Millis) -> Result<(), String> {
        self.write(metrics, &[], at)
    }
}

fn refusal(refused: &[(&Written, &Verdict)]) -> Result<(), String> {
    let Some((first, verdict)) = refused.first() else { return Ok(()) };
    let more = match refused.len() - 1 {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Err(format!("storing {}{more}: {}", first.labels, verdict.as_str()))
}

fn value(value: &SampleValue) -> AppendValue<'_> {
    match value {
        SampleValue::Float(value) => AppendValue::Float(*value),
        SampleValue::Histogram(histogram) => AppendValue::Histogram(histogram),
    }
}

fn appended<'a>(labels: &'a Labels, value: AppendValue<'a>, timestamp: Millis) -> AppendSample<'a> {
    let series = SeriesKey::Raw(labels.as_raw());
    AppendSample { series, timestamp, value, start: None, exemplar: None, metadata: None }
}
