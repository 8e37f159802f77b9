//! What the blog counts of itself, in Prometheus's text format under Micrometer's names.
//!
//! Invariant: every label value comes from a fixed set (methods, route templates, statuses and reasons of ours), so the
//! number of series is bounded by the program and not by its clients.

use crate::journal::Level;
use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Upper edges of the buckets in seconds: Micrometer's usual ones, with 0.2 and 2.0 for the objectives people set.
const EDGES: [f64; 12] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0];

/// Slots of the moving maximum, and how long each is the newest: a maximum is shown for two minutes, as by Micrometer.
const MAX_SLOTS: usize = 3;
const MAX_SLOT: Duration = Duration::from_secs(40);

/// What tells one series of requests from another. The order of the fields is that of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) uri: &'static str,
    pub(crate) method: &'static str,
    pub(crate) status: u16,
    /// The name of the reason of a refusal, else `none`.
    pub(crate) exception: &'static str,
}

impl Key {
    fn labels(&self) -> String {
        let Self { uri, method, status, exception } = self;
        let outcome = outcome(*status);
        format!(
            "error=\"{exception}\",exception=\"{exception}\",method=\"{method}\",outcome=\"{outcome}\",status=\"{status}\",uri=\"{uri}\""
        )
    }
}

fn outcome(status: u16) -> &'static str {
    match status {
        100..200 => "INFORMATIONAL",
        200..300 => "SUCCESS",
        300..400 => "REDIRECTION",
        400..500 => "CLIENT_ERROR",
        500..600 => "SERVER_ERROR",
        _ => "UNKNOWN",
    }
}

/// The largest duration of the last two minutes.
#[derive(Clone, Copy, Debug, Default)]
struct MovingMax {
    slots: [Duration; MAX_SLOTS],
    turn: u64,
}

impl MovingMax {
    /// Forgets what is too old at `now`, which is a time since any fixed start.
    fn turn_to(&mut self, now: Duration) {
        let turn = now.as_secs() / MAX_SLOT.as_secs();
        let passed = turn.saturating_sub(self.turn).min(MAX_SLOTS as u64);
        for _ in 0..passed {
            let [newest, middle, _] = self.slots;
            self.slots = [Duration::ZERO, newest, middle];
        }
        self.turn = self.turn.max(turn);
    }

    fn record(&mut self, took: Duration, now: Duration) {
        self.turn_to(now);
        let [newest, ..] = &mut self.slots;
        *newest = took.max(*newest);
    }

    fn at(mut self, now: Duration) -> Duration {
        self.turn_to(now);
        self.slots.into_iter().max().unwrap_or_default()
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Timer {
    /// Requests per bucket, not cumulated; what is over the last edge stands in `count` only.
    buckets: [u64; EDGES.len()],
    count: u64,
    sum: Duration,
    max: MovingMax,
}

impl Timer {
    fn record(&mut self, took: Duration, now: Duration) {
        let seconds = took.as_secs_f64();
        let bucket = self.buckets.iter_mut().zip(EDGES).find(|(_, edge)| seconds <= *edge);
        if let Some((count, _)) = bucket {
            *count += 1;
        }
        self.count += 1;
        self.sum += took;
        self.max.record(took, now);
    }
}

/// The counts. Shared by all requests.
#[derive(Debug, Default)]
pub(crate) struct Meters {
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    requests: BTreeMap<Key, Timer>,
    lines: BTreeMap<&'static str, u64>,
}

/// A number that is read when the page is asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reading {
    pub(crate) name: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) help: &'static str,
    /// `name="value"`, or empty.
    pub(crate) labels: &'static str,
    pub(crate) value: f64,
}

impl Reading {
    pub(crate) fn gauge(name: &'static str, help: &'static str, value: f64) -> Self {
        Self { name, kind: "gauge", help, labels: "", value }
    }
}

impl Meters {
    /// Counts a request that took `took` and ended at `now` on the clock's own scale.
    pub(crate) fn answered(&self, key: Key, took: Duration, now: Duration) {
        self.counts().requests.entry(key).or_default().record(took, now);
    }

    /// Counts a log line.
    pub(crate) fn logged(&self, level: Level) {
        *self.counts().lines.entry(level.name()).or_default() += 1;
    }

    /// A count that a panic left behind is as good as any.
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The page. Readings of one name stand together.
    pub(crate) fn page(&self, readings: &[Reading], now: Duration) -> String {
        let (requests, lines) = {
            let counts = self.counts();
            (counts.requests.clone(), counts.lines.clone())
        };
        let mut page = Page::default();
        page.requests(&requests, now);
        page.family("log_events_total", "counter", "Log lines written, by level");
        for (level, count) in lines {
            page.sample("log_events_total", &format!("level=\"{level}\""), count);
        }
        let mut family = "";
        for reading in readings {
            if reading.name != family {
                page.family(reading.name, reading.kind, reading.help);
                family = reading.name;
            }
            page.sample(reading.name, reading.labels, reading.value);
        }
        page.text
    }
}

#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &str, value: impl Display) {
        let _ = if labels.is_empty() {
            writeln!(self.text, "{name} {value}")
        } else {
            writeln!(self.text, "{name}{{{labels}}} {value}")
        };
    }

    fn requests(&mut self, requests: &BTreeMap<Key, Timer>, now: Duration) {
        const NAME: &str = "http_server_requests_seconds";
        self.family(NAME, "histogram", "Time from the head of a request to its answer");
        for (key, timer) in requests {
            let labels = key.labels();
            let mut cumulated = 0;
            for (count, edge) in timer.buckets.iter().zip(EDGES) {
                cumulated += count;
                self.sample(&format!("{NAME}_bucket"), &format!("{labels},le=\"{edge:?}\""), cumulated);
            }
            self.sample(&format!("{NAME}_bucket"), &format!("{labels},le=\"+Inf\""), timer.count);
            self.sample(&format!("{NAME}_count"), &labels, timer.count);
            self.sample(&format!("{NAME}_sum"), &labels, timer.sum.as_secs_f64());
        }
        let max = format!("{NAME}_max");
        self.family(&max, "gauge", "The longest request of the last two minutes");
        for (key, timer) in requests {
            self.sample(&max, &key.labels(), timer.max.at(now).as_secs_f64());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = Key { uri: "/api/posts/{id}", method: "GET", status: 404, exception: "PostNotFound" };
    const LABELS: &str = r#"error="PostNotFound",exception="PostNotFound",method="GET",outcome="CLIENT_ERROR",status="404",uri="/api/posts/{id}""#;

    #[test]
    fn requests_fall_into_cumulated_buckets() {
        let meters = Meters::default();
        for millis in [0, 1, 2_000, 2_001, 60_000] {
            meters.answered(KEY, Duration::from_millis(millis), Duration::ZERO);
        }
        let page = meters.page(&[], Duration::ZERO);
        let check = |name: &str, le: &str, expected: &str| {
            let le = if le.is_empty() { String::new() } else { format!(",le=\"{le}\"") };
            let line = format!("http_server_requests_seconds_{name}{{{LABELS}{le}}} {expected}");
            assert!(page.lines().any(|found| found == line), "{line}\n{page}");
        };
        check("bucket", "0.001", "2");
        check("bucket", "0.2", "2");
        check("bucket", "1.0", "2");
        check("bucket", "2.0", "3");
        check("bucket", "5.0", "4");
        check("bucket", "10.0", "4");
        check("bucket", "+Inf", "5");
        check("count", "", "5");
        check("sum", "", "64.002");
        check("max", "", "60");
    }

    #[test]
    fn maximum_is_forgotten_after_two_minutes() {
        let seconds = Duration::from_secs;
        let mut max = MovingMax::default();
        max.record(seconds(9), seconds(10));
        max.record(seconds(5), seconds(70));
        let check = |now: u64, expected: u64| assert_eq!(max.at(seconds(now)), seconds(expected), "at {now}");
        check(70, 9);
        check(119, 9);
        check(120, 5);
        check(159, 5);
        check(160, 0);
        check(1_000_000, 0);
    }

    #[test]
    fn families_have_a_head_each() {
        let meters = Meters::default();
        meters.logged(Level::Warn);
        let gauge = |labels: &'static str, value: f64| Reading { labels, ..Reading::gauge("open", "Open ones", value) };
        let page = meters.page(&[gauge("state=\"idle\"", 1.0), gauge("state=\"used\"", 0.5)], Duration::ZERO);
        let expected = "# HELP log_events_total Log lines written, by level\n# TYPE log_events_total counter\n\
            log_events_total{level=\"warn\"} 1\n# HELP open Open ones\n# TYPE open gauge\nopen{state=\"idle\"} 1\n\
            open{state=\"used\"} 0.5\n";
        assert!(page.ends_with(expected), "{page}");
    }
}
