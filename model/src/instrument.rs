//! Belfry's own metrics: one enum, so that a name exists once and no code spells it.
//!
//! Invariant: every member of [`Instrument`] is registered at start with its help and unit, and is documented in
//! `docs/metrics.md` (the tidy test compares). Label values come from small fixed sets or from the config, never from
//! what is measured.

mod table;

pub use table::Instrument;

use prometheus_client::encoding::{EncodeMetric, text};
use prometheus_client::metrics::TypedMetric;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::fmt::Debug;
use std::sync::atomic::AtomicU64;

/// What an instrument is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Only goes up; written with `_total` behind its name.
    Counter,
    /// Goes up and down.
    Gauge,
    /// A histogram of seconds, buckets from 100 µs to 30 s.
    Seconds,
}

/// The description of one instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    /// The family's name, without `_total` and without the unit `_seconds` of [`Shape::Seconds`].
    pub name: &'static str,
    /// A sentence for people, without a full stop.
    pub help: &'static str,
    /// What it is.
    pub shape: Shape,
    /// Names of its labels; values are given in this order.
    pub labels: &'static [&'static str],
}

type LabelPairs = Vec<(&'static str, String)>;
type FloatGauge = Gauge<f64, AtomicU64>;

const SECONDS_BUCKETS: [f64; 12] = [0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0];

fn seconds_histogram() -> Histogram {
    Histogram::new(SECONDS_BUCKETS)
}

#[derive(Debug)]
enum Handle {
    Counter(Series<Counter>),
    Gauge(Series<FloatGauge>),
    Seconds(Series<Histogram>),
}

/// The series of one instrument. One without labels stands alone: a family would write it as `name{}`, which some
/// parsers do not read.
#[derive(Debug)]
enum Series<M> {
    Alone(M),
    PerLabels(Family<LabelPairs, M, fn() -> M>),
}

impl<M: Clone> Series<M> {
    fn with(&self, spec: Spec, values: &[&str], record: impl FnOnce(&M)) {
        match self {
            Self::Alone(metric) => record(metric),
            Self::PerLabels(family) => record(&family.get_or_create(&pairs(spec, values))),
        }
    }

    fn remove(&self, spec: Spec, values: &[&str]) {
        if let Self::PerLabels(family) = self {
            family.remove(&pairs(spec, values));
        }
    }
}

/// The registry of all instruments. One per daemon (tests make their own); shared behind an `Arc`.
#[derive(Debug)]
pub struct Instruments {
    registry: Registry,
    handles: Vec<(Spec, Handle)>,
}

impl Instruments {
    /// Registers every instrument. Those without labels start at zero, so that they exist from the first scrape on.
    pub fn new() -> Self {
        let mut registry = Registry::default();
        let handles = Instrument::ALL.iter().map(|instrument| register(&mut registry, instrument.spec())).collect();
        Self { registry, handles }
    }

    /// Adds to a counter. Label values stand in the order of the spec; a missing one is empty.
    pub fn add(&self, instrument: Instrument, labels: &[&str], count: u64) {
        if let Some((spec, Handle::Counter(series))) = self.handle(instrument) {
            series.with(spec, labels, |counter| {
                counter.inc_by(count);
            });
        }
    }

    /// Sets a gauge.
    pub fn set(&self, instrument: Instrument, labels: &[&str], value: f64) {
        if let Some((spec, Handle::Gauge(series))) = self.handle(instrument) {
            series.with(spec, labels, |gauge| {
                gauge.set(value);
            });
        }
    }

    /// Records a time in seconds.
    pub fn observe(&self, instrument: Instrument, labels: &[&str], seconds: f64) {
        if let Some((spec, Handle::Seconds(series))) = self.handle(instrument) {
            series.with(spec, labels, |histogram| histogram.observe(seconds));
        }
    }

    /// Forgets one label set, so that what is gone (a target, a task) leaves the page.
    pub fn remove(&self, instrument: Instrument, labels: &[&str]) {
        match self.handle(instrument) {
            Some((spec, Handle::Counter(series))) => series.remove(spec, labels),
            Some((spec, Handle::Gauge(series))) => series.remove(spec, labels),
            Some((spec, Handle::Seconds(series))) => series.remove(spec, labels),
            None => {}
        }
    }

    /// The page `/metrics` in OpenMetrics 1.0 text, ending in `# EOF`.
    pub fn encode(&self) -> String {
        let mut page = String::new();
        // A String refuses no text, so encoding cannot fail.
        let _ = text::encode(&mut page, &self.registry);
        page
    }

    fn handle(&self, instrument: Instrument) -> Option<(Spec, &Handle)> {
        self.handles.get(instrument as usize).map(|(spec, handle)| (*spec, handle))
    }
}

impl Default for Instruments {
    fn default() -> Self {
        Self::new()
    }
}

fn register(registry: &mut Registry, spec: Spec) -> (Spec, Handle) {
    let handle = match spec.shape {
        Shape::Counter => Handle::Counter(series(registry, spec, Counter::default as fn() -> Counter)),
        Shape::Gauge => Handle::Gauge(series(registry, spec, FloatGauge::default as fn() -> FloatGauge)),
        Shape::Seconds => Handle::Seconds(series(registry, spec, seconds_histogram as fn() -> Histogram)),
    };
    (spec, handle)
}

fn series<M>(registry: &mut Registry, spec: Spec, new: fn() -> M) -> Series<M>
where
    M: EncodeMetric + TypedMetric + Clone + Debug + Send + Sync + 'static,
{
    if spec.labels.is_empty() {
        let metric = new();
        register_one(registry, spec, metric.clone());
        Series::Alone(metric)
    } else {
        let family = Family::new_with_constructor(new);
        register_one(registry, spec, family.clone());
        Series::PerLabels(family)
    }
}

fn register_one(registry: &mut Registry, spec: Spec, metric: impl EncodeMetric + Debug + Send + Sync + 'static) {
    match spec.shape {
        Shape::Seconds => registry.register_with_unit(spec.name, spec.help, Unit::Seconds, metric),
        Shape::Counter | Shape::Gauge => registry.register(spec.name, spec.help, metric),
    }
}

fn pairs(spec: Spec, values: &[&str]) -> LabelPairs {
    debug_assert_eq!(spec.labels.len(), values.len(), "labels of {}", spec.name);
    spec.labels.iter().zip(values.iter().chain(std::iter::repeat(&""))).map(|(n, v)| (*n, (*v).to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_holds_what_was_recorded() {
        let instruments = Instruments::new();
        instruments.add(Instrument::TaskRestarts, &["wal"], 2);
        instruments.set(Instrument::BuildInfo, &["0.1.0", "abc"], 1.0);
        instruments.observe(Instrument::QuerySeconds, &["range"], 0.02);
        let page = instruments.encode();
        assert!(page.contains("belfry_task_restarts_total{task=\"wal\"} 2\n"), "{page}");
        assert!(page.contains("belfry_build_info{version=\"0.1.0\",commit=\"abc\"} 1.0\n"), "{page}");
        assert!(page.contains("belfry_query_seconds_count{kind=\"range\"} 1\n"), "{page}");
        assert!(page.contains("\nbelfry_start_time_seconds 0.0\n"), "{page}");
        assert!(page.ends_with("# EOF\n"), "{page}");
    }

    #[test]
    fn names_are_unique_and_carry_the_prefix() {
        let mut names: Vec<_> = Instrument::ALL.iter().map(|instrument| instrument.spec().name).collect();
        assert!(names.iter().all(|name| name.starts_with("belfry_")));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Instrument::ALL.len());
    }
}
