//! One scrape becomes one batch: the page's samples, stale markers for what vanished, and the report series.
//!
//! Invariant: everything of a scrape is appended in one call, and what the target is remembered by changes only when
//! that call succeeded. A scrape that the store could not take is lost and counted; the next one makes up the markers.

use super::cache::{Cache, Meaning};
use super::client::Fetched;
use super::exposition::{Format, choose_format, series};
use super::failure::{Failure, FailureClass};
use super::families::Families;
use super::reading::{Context, Counts, Line, Pending, Reading, read};
use super::report::{self, Report};
use super::sample_labels::stored_labels;
use crate::config::{Job, Protocol};
use model::labels::Labels;
use model::sample::stale_marker;
use model::time::Millis;
use std::sync::Arc;
use store::metrics::{AppendSample, AppendValue, Batch, Metrics, SeriesKey, SeriesRef, Verdict};

/// What a target's scrapes remember of each other.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    cache: Cache,
    families: Families,
    /// The settings that the texts were learned with.
    learned_with: Option<Arc<Job>>,
    /// Whether the report series were ever stored, so that they are due a stale marker when the target goes.
    reported: bool,
}

/// One scrape to be stored.
#[derive(Debug)]
pub(crate) struct Scrape<'a> {
    /// The job's settings.
    pub(crate) job: &'a Arc<Job>,
    /// The target's labels.
    pub(crate) labels: &'a Labels,
    /// The time that its samples carry.
    pub(crate) at: Millis,
    /// How long a scrape may take, in seconds; a report series.
    pub(crate) timeout_seconds: f64,
    /// Since when the scrape runs.
    pub(crate) started: tokio::time::Instant,
}

/// What became of a scrape.
#[derive(Debug)]
pub(crate) struct Stored {
    /// Why the scrape failed, if it did; `up` is 0 then.
    pub(crate) failure: Option<Failure>,
    /// Why nothing was stored, if so.
    pub(crate) unavailable: Option<store::Error>,
    /// How much the page held.
    pub(crate) counts: Counts,
    /// Samples that the store refused, by reason.
    pub(crate) refused: Refused,
    /// How long it took, in seconds.
    pub(crate) seconds: f64,
}

/// Samples that the store refused, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Refused {
    /// Another value is stored at the same time.
    pub(crate) duplicate: u64,
    /// Older than the out-of-order window.
    pub(crate) too_old: u64,
    /// Too far in the future.
    pub(crate) too_far_ahead: u64,
    /// Beyond a limit of the store.
    pub(crate) limit: u64,
}

impl Memory {
    /// Stores what was fetched, or that nothing could be.
    pub(crate) fn store(
        &mut self,
        metrics: &Metrics,
        scrape: &Scrape<'_>,
        fetched: Result<Fetched, Failure>,
    ) -> Stored {
        self.learn_with(scrape.job);
        match fetched.and_then(|fetched| open(fetched, scrape.job)) {
            Ok((page, format)) => self.store_page(metrics, scrape, &page, format),
            Err(failure) => self.store_failure(metrics, scrape, failure, Counts::default()),
        }
    }

    /// What a text means depends on the job's settings: after a reload that changed them it is learned anew.
    fn learn_with(&mut self, job: &Arc<Job>) {
        let before = self.learned_with.replace(Arc::clone(job));
        if before.is_some_and(|before| !Arc::ptr_eq(&before, job) && !means_the_same(&before, job)) {
            self.cache.forget_texts();
        }
    }

    /// The target is gone for good: every series of it gets its stale marker.
    ///
    /// # Errors
    /// When the store cannot take them now.
    pub(crate) fn store_end(
        &mut self,
        metrics: &Metrics,
        labels: &Labels,
        job: &Job,
        at: Millis,
    ) -> Result<(), store::Error> {
        let report = if self.reported { report::ends(labels, job) } else { Vec::new() };
        let mut samples = markers(&self.cache.all_tracked(), at);
        samples.extend(report.iter().map(|labels| raw_sample(labels, stale_marker(), at)));
        metrics.append(&Batch { samples: &samples })?;
        self.cache.all_marked();
        self.reported = false;
        Ok(())
    }

    fn store_page(&mut self, metrics: &Metrics, scrape: &Scrape<'_>, page: &[u8], format: Format) -> Stored {
        let context = Context { job: scrape.job, labels: scrape.labels, at: scrape.at };
        let (reading, failure) = read(page, format, context, &mut self.cache, &mut self.families);
        if let Some(failure) = failure {
            let counts = reading.counts;
            return self.store_failure(metrics, scrape, failure, counts);
        }
        let known = reading.pending.iter().filter_map(|pending| match pending.line {
            Line::Known(_, series) => Some(series),
            Line::New(_) => None,
        });
        let mut gone = self.cache.vanished(known);
        // A new text may mean a series that seems gone (its labels stand in another order, or the config was
        // reloaded). Only the verdicts tell, so the markers then follow in a batch of their own.
        let markers_follow = !gone.is_empty() && !reading.new.is_empty();
        let seconds = scrape.started.elapsed().as_secs_f64();
        let report = report::series(scrape, &Report { up: true, seconds, counts: reading.counts });
        let mut samples: Vec<AppendSample<'_>> = reading.pending.iter().map(|line| sample(line, &reading)).collect();
        samples.extend(report.iter().map(|(labels, value)| raw_sample(labels, *value, scrape.at)));
        if !markers_follow {
            samples.extend(markers(&gone, scrape.at));
        }
        let mut appended = metrics.append(&Batch { samples: &samples });
        if let Ok(verdicts) = &appended
            && markers_follow
        {
            gone = self.cache.vanished(verdicts.iter().filter_map(|verdict| verdict.series()));
            if let Err(error) = metrics.append(&Batch { samples: &markers(&gone, scrape.at) }) {
                appended = Err(error);
            }
        }
        let verdicts = match appended {
            Ok(verdicts) => verdicts,
            Err(error) => return Stored::not_stored(None, error, reading.counts, seconds),
        };
        self.reported = true;
        let mut refused = Refused::default();
        let unavailable = self.settle(metrics, &context, &reading, &verdicts, &mut refused).err();
        Stored { failure: None, unavailable, counts: reading.counts, refused, seconds }
    }

    /// Takes the verdicts in: learns new series, sends those again that the store has forgotten.
    ///
    /// # Errors
    /// When the store could not take those; all others are stored.
    fn settle(
        &mut self,
        metrics: &Metrics,
        context: &Context<'_>,
        reading: &Reading<'_>,
        verdicts: &[Verdict],
        refused: &mut Refused,
    ) -> Result<(), store::Error> {
        let mut lines = Vec::with_capacity(reading.pending.len());
        let mut forgotten = Vec::new();
        for (pending, verdict) in reading.pending.iter().zip(verdicts) {
            refused.count(*verdict);
            match (pending.line, verdict.series()) {
                (Line::Known(slot, _), Some(_)) => lines.push((slot, pending.tracked)),
                (Line::New(_), Some(series)) => {
                    lines.push((self.cache.learn(pending.text, Meaning::Series(series)), pending.tracked));
                }
                (Line::Known(..), None) if *verdict == Verdict::UnknownSeries => forgotten.push(pending),
                (Line::Known(slot, _), None) => lines.push((slot, pending.tracked)),
                (Line::New(_), None) => {}
            }
        }
        let sent = if forgotten.is_empty() {
            Ok(())
        } else {
            self.send_again(metrics, context, &forgotten, &mut lines, refused)
        };
        self.cache.page_stored(lines.into_iter());
        self.families.page_stored();
        sent
    }

    /// The store dropped these series from memory since the last scrape (nothing was appended for long): they are
    /// sent with their labels and get new references.
    fn send_again(
        &mut self,
        metrics: &Metrics,
        context: &Context<'_>,
        forgotten: &[&Pending<'_>],
        lines: &mut Vec<(usize, bool)>,
        refused: &mut Refused,
    ) -> Result<(), store::Error> {
        let labels: Vec<(&Pending<'_>, Labels)> = forgotten
            .iter()
            .filter_map(|pending| {
                let exposed = series::labels(pending.text, pending.kind).ok()?;
                let stored = stored_labels(context.job, context.labels, pending.text, &exposed).ok()??;
                Some((*pending, stored))
            })
            .collect();
        let samples: Vec<AppendSample<'_>> =
            labels.iter().map(|(pending, labels)| raw_sample(labels, pending.value, pending.timestamp)).collect();
        // Were the store unavailable just now, these series would be unknown again at the next scrape.
        let verdicts = metrics.append(&Batch { samples: &samples })?;
        for ((pending, _), verdict) in labels.iter().zip(verdicts) {
            refused.count(verdict);
            if let Some(series) = verdict.series() {
                lines.push((self.cache.learn(pending.text, Meaning::Series(series)), pending.tracked));
            }
        }
        Ok(())
    }

    /// A scrape failed: all its series get stale markers, and `up` is 0.
    fn store_failure(&mut self, metrics: &Metrics, scrape: &Scrape<'_>, failure: Failure, counts: Counts) -> Stored {
        let counts = Counts { added: 0, ..counts };
        let seconds = scrape.started.elapsed().as_secs_f64();
        let report = report::series(scrape, &Report { up: false, seconds, counts });
        let mut samples = markers(&self.cache.all_tracked(), scrape.at);
        samples.extend(report.iter().map(|(labels, value)| raw_sample(labels, *value, scrape.at)));
        match metrics.append(&Batch { samples: &samples }) {
            Ok(_) => {
                self.cache.all_marked();
                self.reported = true;
                Stored { failure: Some(failure), unavailable: None, counts, refused: Refused::default(), seconds }
            }
            Err(error) => Stored::not_stored(Some(failure), error, counts, seconds),
        }
    }
}

/// Whether a text of a page means the same series under both settings.
fn means_the_same(one: &Job, other: &Job) -> bool {
    let settings = |job: &Job| {
        let limits = (job.limits.label_limit, job.limits.label_name_length_limit, job.limits.label_value_length_limit);
        (job.honor_labels, job.metric_name_validation_scheme, limits)
    };
    settings(one) == settings(other) && one.metric_relabel_configs == other.metric_relabel_configs
}

impl Stored {
    fn not_stored(failure: Option<Failure>, error: store::Error, counts: Counts, seconds: f64) -> Self {
        Self { failure, unavailable: Some(error), counts, refused: Refused::default(), seconds }
    }
}

impl Refused {
    fn count(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Stored(_) | Verdict::Repeated(_) | Verdict::UnknownSeries => {}
            Verdict::DuplicateTimestamp(_) => self.duplicate += 1,
            Verdict::TooOld(_) | Verdict::BeforeRetention => self.too_old += 1,
            Verdict::TooFarAhead => self.too_far_ahead += 1,
            Verdict::InvalidLabels | Verdict::TooManySeries | Verdict::InvalidHistogram => self.limit += 1,
        }
    }

    /// The reasons with their counts, under the names of our own metrics.
    pub(crate) fn by_reason(&self) -> [(&'static str, u64); 4] {
        [
            ("duplicate", self.duplicate),
            ("too_old", self.too_old),
            ("too_far_ahead", self.too_far_ahead),
            ("limit", self.limit),
        ]
    }
}

/// Inflates the page and finds out its format.
fn open(fetched: Fetched, job: &Job) -> Result<(Vec<u8>, Format), Failure> {
    let fallback = job.fallback_scrape_protocol.map(|protocol| match protocol {
        Protocol::OpenMetrics1 | Protocol::OpenMetrics0 => Format::OpenMetrics,
        Protocol::Text1 | Protocol::Text0 => Format::Text,
    });
    let format = choose_format(fetched.content_type.as_deref(), fallback)
        .map_err(|error| Failure::new(FailureClass::ContentType, error.to_string()))?;
    Ok((fetched.inflate(job.limits.body_bytes_max())?, format))
}

fn sample<'a>(pending: &Pending<'_>, reading: &'a Reading<'_>) -> AppendSample<'a> {
    let series = match pending.line {
        Line::Known(_, series) => SeriesKey::Ref(series),
        Line::New(number) => SeriesKey::Raw(reading.new.get(number).map_or(&[], Labels::as_raw)),
    };
    AppendSample {
        series,
        timestamp: pending.timestamp,
        value: AppendValue::Float(pending.value),
        start: None,
        exemplar: pending.exemplar.and_then(|number| reading.exemplars.get(number)),
        metadata: pending.metadata.and_then(|number| reading.metadata.get(number)),
    }
}

fn raw_sample(labels: &Labels, value: f64, at: Millis) -> AppendSample<'_> {
    plain_sample(SeriesKey::Raw(labels.as_raw()), value, at)
}

fn markers(series: &[SeriesRef], at: Millis) -> Vec<AppendSample<'static>> {
    series.iter().map(|series| plain_sample(SeriesKey::Ref(*series), stale_marker(), at)).collect()
}

fn plain_sample(series: SeriesKey<'_>, value: f64, at: Millis) -> AppendSample<'_> {
    let value = AppendValue::Float(value);
    AppendSample { series, timestamp: at, value, start: None, exemplar: None, metadata: None }
}

#[cfg(test)]
mod tests;
