//! Belfry's own metrics: one enum, so that a name exists once and no code spells it.
//!
//! Invariant: every member of [`Instrument`] is registered at start with its help and unit, and is documented in
//! `docs/metrics.md` (the tidy test compares). Label values come from small fixed sets or from the config, never from
//! what is measured.

mod table;

pub use table::Instrument;

use prometheus_client::encoding::text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
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
    Counter(Family<LabelPairs, Counter>),
    Gauge(Family<LabelPairs, FloatGauge>),
    Seconds(Family<LabelPairs, Histogram, fn() -> Histogram>),
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
        if let Some((spec, Handle::Counter(family))) = self.handle(instrument) {
            family.get_or_create(&pairs(spec, labels)).inc_by(count);
        }
    }

    /// Sets a gauge.
    pub fn set(&self, instrument: Instrument, labels: &[&str], value: f64) {
        if let Some((spec, Handle::Gauge(family))) = self.handle(instrument) {
            family.get_or_create(&pairs(spec, labels)).set(value);
        }
    }

    /// Records a time in seconds.
    pub fn observe(&self, instrument: Instrument, labels: &[&str], seconds: f64) {
        if let Some((spec, Handle::Seconds(family))) = self.handle(instrument) {
            family.get_or_create(&pairs(spec, labels)).observe(seconds);
        }
    }

    /// Forgets one label set, so that what is gone (a target, a task) leaves the page.
    pub fn remove(&self, instrument: Instrument, labels: &[&str]) {
        match self.handle(instrument) {
            Some((spec, Handle::Counter(family))) => drop(family.remove(&pairs(spec, labels))),
            Some((spec, Handle::Gauge(family))) => drop(family.remove(&pairs(spec, labels))),
            Some((spec, Handle::Seconds(family))) => drop(family.remove(&pairs(spec, labels))),
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
    let unlabelled = spec.labels.is_empty();
    let handle = match spec.shape {
        Shape::Counter => {
            let family = Family::<LabelPairs, Counter>::default();
            registry.register(spec.name, spec.help, family.clone());
            if unlabelled {
                drop(family.get_or_create(&Vec::new()));
            }
            Handle::Counter(family)
        }
        Shape::Gauge => {
            let family = Family::<LabelPairs, FloatGauge>::default();
            registry.register(spec.name, spec.help, family.clone());
            if unlabelled {
                drop(family.get_or_create(&Vec::new()));
            }
            Handle::Gauge(family)
        }
        Shape::Seconds => {
            let family = Family::new_with_constructor(seconds_histogram as fn() -> Histogram);
            registry.register_with_unit(spec.name, spec.help, Unit::Seconds, family.clone());
            if unlabelled {
                drop(family.get_or_create(&Vec::new()));
            }
            Handle::Seconds(family)
        }
    };
    (spec, handle)
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
