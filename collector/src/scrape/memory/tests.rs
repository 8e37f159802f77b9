//! What a scrape leaves in the store.

use super::*;
use crate::config::{Global, NameScheme};
use crate::exporter::Page;
use crate::relabel::{Action, Draft, Rule};
use crate::test_store::TestStore;
use model::clock::ManualClock;

/// A target whose pages are given by hand; scrape number n happens at n times 10 s.
struct Target {
    store: TestStore,
    memory: Memory,
    job: Arc<Job>,
    labels: Labels,
    scrapes: i64,
}

const START: i64 = 1_700_000_000_000;

impl Target {
    fn new() -> Self {
        Self::of(job())
    }

    fn of(job: Job) -> Self {
        let clock = Arc::new(ManualClock::new(Millis(START)));
        let labels = Labels::from_pairs([("job", "x"), ("instance", "i")]);
        Self { store: TestStore::new(clock), memory: Memory::default(), job: Arc::new(job), labels, scrapes: 0 }
    }

    fn fetched(&mut self, fetched: Result<Fetched, Failure>) -> Stored {
        let at = Millis(START + self.scrapes * 10_000);
        self.scrapes += 1;
        let started = tokio::time::Instant::now();
        let scrape = Scrape { job: &self.job, labels: &self.labels, at, timeout_seconds: 10.0, started };
        self.memory.store(&self.store.metrics, &scrape, fetched)
    }

    fn page(&mut self, body: &str) -> Stored {
        self.fetched(Ok(Fetched::rendered(Page { format: Format::Text, body: body.to_owned() })))
    }

    fn down(&mut self) -> Stored {
        self.fetched(Err(Failure::new(FailureClass::Refused, "refused")))
    }

    /// The values of a metric's series without the target's labels.
    fn values(&self, metric: &str) -> Vec<String> {
        let of_target = "instance=\"i\", job=\"x\"}";
        let text = self.store.values(metric);
        text.iter().map(|line| line.replace(&format!(", {of_target}"), "}").replace(of_target, "}")).collect()
    }
}

fn job() -> Job {
    Job::named("x", &Global::default())
}

#[test]
fn a_page_is_stored_with_its_report() {
    let mut target = Target::new();
    let stored = target.page("# TYPE m gauge\nm{a=\"1\"} 5\nm{a=\"2\"} 6\n");
    assert!(stored.failure.is_none() && stored.unavailable.is_none());
    assert_eq!(target.values("m"), ["{a=\"1\"} 5", "{a=\"2\"} 6"]);
    let report = ["up", "scrape_samples_scraped", "scrape_samples_post_metric_relabeling", "scrape_series_added"];
    assert_eq!(report.map(|name| target.values(name).join("")), ["{} 1", "{} 2", "{} 2", "{} 2"]);
    assert_eq!(target.store.samples("scrape_duration_seconds").len(), 1);
    assert_eq!(target.store.samples("scrape_timeout_seconds").len(), 0);
    assert_eq!(target.store.metrics.metadata(Some("m"), 0)[0].1.kind, model::metadata::MetricKind::Gauge);
}

#[test]
fn a_vanished_series_gets_one_stale_marker() {
    let mut target = Target::new();
    target.page("m{a=\"1\"} 1\nm{a=\"2\"} 1\n");
    for _ in 0..3 {
        target.page("m{a=\"1\"} 2\n");
    }
    target.page("m{a=\"1\"} 3\nm{a=\"2\"} 3\n");
    assert_eq!(target.values("m"), ["{a=\"1\"} 1 2 2 2 3", "{a=\"2\"} 1 stale 3"]);
    assert_eq!(target.values("scrape_series_added"), ["{} 2 0 0 0 1"]);
}

#[test]
fn a_failed_scrape_makes_everything_stale_once() {
    let mut target = Target::new();
    target.page("m 1\n");
    target.down();
    target.down();
    target.page("m 2\n");
    target.page("m 3\nm 3 broken\n");
    assert_eq!(target.values("m"), ["{} 1 stale 2 stale"]);
    assert_eq!(target.values("up"), ["{} 1 0 0 1 0"]);
}

#[test]
fn an_unreadable_page_is_dropped_whole() {
    let check = |body: &str, expected: &str| {
        let mut target = Target::new();
        let stored = target.page(body);
        let failure = stored.failure.expect("fails");
        assert_eq!(failure.class, FailureClass::Parse);
        assert!(failure.text.contains(expected), "{failure}");
        assert_eq!((target.values("good"), target.values("up")), (vec![], vec!["{} 0".to_owned()]));
    };
    check("good 1\n<html>\n", "line 2, column 1");
    check("good 1\nm{a=\"1\",a=\"2\"} 1\n", "label name \"a\" is not unique");
    check("good 1\nm{a=\"1\"} x\n", "line 2");
    check("good 1\nm{__name__=\"\"} 1\n", "");
}

#[test]
fn a_lenient_job_keeps_what_can_be_read() {
    let mut target = Target::of(Job { lenient: true, ..job() });
    let stored = target.page("good 1\n<html>\nm{a=\"1\",a=\"2\"} 1\nbetter 2\n");
    assert!(stored.failure.is_none(), "{stored:?}");
    assert_eq!(stored.counts.skipped, 2);
    assert_eq!((target.values("good"), target.values("better")), (vec!["{} 1".to_owned()], vec!["{} 2".to_owned()]));
    assert_eq!(target.values("scrape_samples_scraped"), ["{} 2"]);
}

#[test]
fn the_sample_limit_counts_what_relabeling_left() {
    let draft = Draft {
        action: Some(Action::Drop),
        source_labels: vec!["a".to_owned()],
        regex: Some("no".to_owned()),
        ..Draft::default()
    };
    let mut limited = job();
    limited.limits.sample_limit = 2;
    limited.metric_relabel_configs = vec![Rule::new(draft, NameScheme::Utf8).expect("a rule")];
    let mut target = Target::of(limited);
    assert!(target.page("m{a=\"1\"} 1\nm{a=\"2\"} 1\nm{a=\"no\"} 1\n").failure.is_none());
    let failure = target.page("m{a=\"1\"} 1\nm{a=\"2\"} 1\nm{a=\"3\"} 1\nm{a=\"4\"} 1\n").failure.expect("over");
    assert_eq!(failure.text, "sample limit exceeded (samples: 4, limit: 2)");
    assert_eq!(target.values("m"), ["{a=\"1\"} 1 stale", "{a=\"2\"} 1 stale"]);
    assert_eq!(target.values("scrape_samples_post_metric_relabeling"), ["{} 2 4"]);
    assert_eq!(target.values("scrape_samples_scraped"), ["{} 3 4"]);
}

#[test]
fn a_page_of_too_many_short_lines_is_given_up() {
    let check = |line: fn(u64) -> String, lines: u64, expected: &str| {
        let mut target = Target::of(Job { lenient: true, ..job() });
        let failure = target.page(&(0..lines).map(line).collect::<String>()).failure.expect("over");
        assert_eq!((failure.class, failure.text.as_str()), (FailureClass::SampleLimit, expected));
        assert_eq!(target.values("up"), ["{} 0"]);
    };
    check(|_| "m 1\n".to_owned(), 500_001, "page holds too many samples, at most 500000 allowed");
    let family = |number| format!("# TYPE m{number} gauge\n");
    check(family, 100_001, "page holds too many metric families, at most 100000 allowed");
}

#[test]
fn a_page_of_nothing_but_bad_lines_is_skipped_in_one_pass() {
    let mut target = Target::of(Job { lenient: true, ..job() });
    let stored = target.page(&"<\n".repeat(400_000));
    assert_eq!((stored.failure, stored.counts.skipped), (None, 400_000));
}

#[test]
fn own_times_are_honored_and_then_not_tracked() {
    let page = format!("m 1 {}\nn 1\n", START - 5_000);
    let check = |change: fn(&mut Job), expected: &str| {
        let mut job = job();
        change(&mut job);
        let mut target = Target::of(job);
        target.page(&page);
        target.page("n 2\n");
        assert_eq!(target.store.text("m")[0].replace("{instance=\"i\", job=\"x\"} ", ""), expected);
    };
    let (own, first, second) = (START - 5_000, START, START + 10_000);
    check(|_| {}, &format!("1@{own}"));
    check(|job| job.track_timestamps_staleness = true, &format!("1@{own} stale@{second}"));
    check(|job| job.honor_timestamps = false, &format!("1@{first} stale@{second}"));
}

#[test]
fn another_order_of_labels_is_the_same_series() {
    let mut target = Target::new();
    target.page("m{a=\"1\",b=\"2\"} 1\n");
    target.page("m{b=\"2\",a=\"1\"} 2\n");
    target.page("m{b=\"2\",a=\"1\"} 3\n");
    assert_eq!(target.values("m"), ["{a=\"1\", b=\"2\"} 1 2 3"]);
}

#[test]
fn the_same_series_twice_on_a_page_is_stored_once_and_counted() {
    let mut target = Target::new();
    let stored = target.page("m 1\nm 2\n");
    assert!(stored.failure.is_none());
    assert_eq!(stored.refused, Refused { duplicate: 1, ..Refused::default() });
    assert_eq!(target.values("m"), ["{} 1"]);
}

#[test]
fn a_reload_that_changes_the_rules_marks_only_what_is_gone() {
    let mut target = Target::new();
    target.page("m{a=\"1\"} 1\nm{a=\"2\"} 1\n");
    let draft = Draft {
        action: Some(Action::Drop),
        source_labels: vec!["a".to_owned()],
        regex: Some("2".to_owned()),
        ..Draft::default()
    };
    let rules = vec![Rule::new(draft, NameScheme::Utf8).expect("a rule")];
    target.job = Arc::new(Job { metric_relabel_configs: rules, ..job() });
    target.page("m{a=\"1\"} 2\nm{a=\"2\"} 2\n");
    target.page("m{a=\"1\"} 3\nm{a=\"2\"} 3\n");
    assert_eq!(target.values("m"), ["{a=\"1\"} 1 2 3", "{a=\"2\"} 1 stale"]);
}

#[test]
fn the_end_of_a_target_marks_its_series_and_its_report() {
    let mut target = Target::of(Job { extra_scrape_metrics: true, ..job() });
    target.page("m 1\n");
    let at = Millis(START + 30_000);
    let (metrics, job) = (Arc::clone(&target.store.metrics), Arc::clone(&target.job));
    for _ in 0..2 {
        target.memory.store_end(&metrics, &target.labels.clone(), &job, at).expect("stored");
    }
    for name in ["m", "up", "scrape_samples_scraped", "scrape_timeout_seconds"] {
        let text = target.store.text(name);
        assert!(text[0].ends_with(&format!(" stale@{}", at.0)), "{text:?}");
    }
    let never = Memory::default().store_end(&metrics, &Labels::from_pairs([("job", "never")]), &job, at);
    assert!(never.is_ok() && target.store.samples("up").len() == 1);
}

#[test]
fn a_scrape_that_cannot_be_stored_is_made_up_for() {
    let mut target = Target::new();
    target.page("m{a=\"1\"} 1\nm{a=\"2\"} 1\n");
    let store = std::mem::replace(&mut target.store, TestStore::new(Arc::new(ManualClock::new(Millis(START)))));
    target.store.metrics.close().expect("closed");
    let stored = target.page("m{a=\"1\"} 2\n");
    assert_eq!(stored.unavailable.map(|error| error.kind()), Some(store::ErrorKind::Unavailable));
    target.store = store;
    target.page("m{a=\"1\"} 3\n");
    assert_eq!(target.values("m"), ["{a=\"1\"} 1 3", "{a=\"2\"} 1 stale"]);
}

#[test]
fn series_that_the_store_forgot_are_sent_again_with_their_labels() {
    let mut target = Target::new();
    target.page("m{a=\"1\"} 1\n");
    // Another store knows none of the references.
    target.store = TestStore::new(Arc::new(ManualClock::new(Millis(START))));
    target.page("m{a=\"1\"} 2\n");
    target.page("m{a=\"1\"} 3\n");
    assert_eq!(target.values("m"), ["{a=\"1\"} 2 3"]);
}

#[test]
fn forgotten_series_that_cannot_be_sent_again_are_told_as_lost() {
    let mut target = Target::new();
    target.page("m 1\n");
    let context = Context { job: &target.job, labels: &target.labels, at: Millis(START + 10_000) };
    let memory = &mut target.memory;
    let (reading, _) = read(b"m 2\n", Format::Text, context, &mut memory.cache, &mut memory.families);
    target.store.metrics.close().expect("closed");
    let verdicts = [Verdict::UnknownSeries];
    let settled = memory.settle(&target.store.metrics, &context, &reading, &verdicts, &mut Refused::default());
    assert_eq!(settled.map_err(|error| error.kind()), Err(store::ErrorKind::Unavailable));
}

#[test]
fn a_page_of_another_kind_is_refused_unless_there_is_a_fallback() {
    let html = || Ok(Fetched::received(b"<html>".to_vec(), Some("text/html")));
    let mut target = Target::new();
    let failure = target.fetched(html()).failure.expect("refused");
    assert_eq!(failure.class, FailureClass::ContentType);
    assert!(failure.text.contains("text/html"), "{failure}");
    target.job = Arc::new(Job { fallback_scrape_protocol: Some(Protocol::Text0), ..job() });
    assert_eq!(target.fetched(html()).failure.expect("not a page").class, FailureClass::Parse);
    assert!(target.fetched(Ok(Fetched::received(b"m 1\n".to_vec(), None))).failure.is_none());
}
