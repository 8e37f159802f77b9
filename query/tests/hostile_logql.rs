//! LogQL queries that would take all memory, all time or the stack: each is refused or stopped, and the engine goes on.
#![expect(clippy::expect_used, reason = "a test may end where it finds the unexpected")]

use model::budget::Pool;
use model::cancel::Cancel;
use model::clock::ManualClock;
use model::labels::Labels;
use model::time::{Millis, Nanos};
use query::logql::{LogAnswer, LogRangeRequest, LogRequest, LogValue};
use query::{Config, Error, ErrorKind, LogEngine};
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::logs::{AppendEntry, AppendStream, Batch, Direction, Duplicates, Logs, Options};

/// Lines of the test store, one each 100 ms.
const LINES: i64 = 20_000;
/// Longer than any of these queries may take, on a busy machine and unoptimized.
const PATIENCE: Duration = Duration::from_secs(60);

struct Bench {
    engine: LogEngine,
    pool: Arc<Pool>,
    _folder: tempfile::TempDir,
}

fn bench(memory_bytes: u64) -> Bench {
    let folder = tempfile::tempdir().expect("temporary folder");
    let mut options = Options::new(store::fs::DataDir::open(folder.path()).expect("data folder"));
    options.retention = Duration::ZERO;
    let clock = Arc::new(ManualClock::new(Millis(4_102_444_800_000)));
    let logs = Arc::new(Logs::open(options, clock, Arc::default()).expect("store"));
    let (labels, none) = (Labels::from_pairs([("app", "x")]), Labels::empty());
    let lines: Vec<String> =
        (0..LINES).map(|at| format!(r#"{{"id":"{at}","v":{},"text":"{}"}}"#, at % 977, "aa".repeat(40))).collect();
    let entries: Vec<AppendEntry<'_>> = (0..)
        .zip(&lines)
        .map(|(at, line)| AppendEntry { timestamp: Millis(at * 100).into(), line, metadata: &none })
        .collect();
    let streams = [AppendStream { labels: &labels, entries: &entries }];
    let batch = Batch { streams: &streams, positions: &[], duplicates: Duplicates::Keep };
    assert_eq!(logs.append(&batch).expect("append").stored, entries.len() as u64);
    let pool = Pool::new(memory_bytes);
    Bench { engine: LogEngine::new(Config::default(), logs, Arc::clone(&pool)), pool, _folder: folder }
}

impl Bench {
    fn range(&self, text: &str, step: Duration, cancel: &Cancel) -> Result<LogAnswer, Error> {
        let (start, end) = (Nanos(0), Millis(LINES * 100).into());
        let (interval, direction, limit) = (Duration::ZERO, Direction::Forward, 5_000);
        let began = Instant::now();
        let answer = self.engine.range(&LogRangeRequest { text, start, end, step, interval, direction, limit, cancel });
        assert!(began.elapsed() < PATIENCE, "{text:.200} took {:?}", began.elapsed());
        assert_eq!(self.pool.used_bytes(), 0, "everything is given back");
        answer
    }

    fn instant(&self, text: &str) -> Result<LogAnswer, Error> {
        let cancel = &Cancel::default();
        self.engine.instant(&LogRequest { text, time: Millis(LINES * 100).into(), cancel })
    }

    /// The error of a query at every second.
    fn refusal(&self, text: &str) -> Error {
        self.range(text, Duration::from_secs(1), &Cancel::default()).expect_err("refused")
    }
}

#[test]
fn endless_sums_are_refused_or_done() {
    let bench = bench(64 << 20);
    let long = format!("1{}", "+1".repeat(40_000));
    assert_eq!(bench.refusal(&long).kind(), ErrorKind::Invalid);
    for count in [1_000, 30_000] {
        if let Err(error) = bench.instant(&format!("1{}", "+1".repeat(count))) {
            assert_eq!(error.kind(), ErrorKind::Invalid);
        }
    }
    for count in [50, 500] {
        let counts = vec![r#"sum(count_over_time({app="x"}[1s]))"#; count].join("+");
        match bench.instant(&counts) {
            Ok(answer) => assert!(matches!(answer.value, LogValue::Vector(samples) if samples.len() == 1)),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Invalid),
        }
    }
}

#[test]
fn a_series_per_line_is_refused() {
    let bench = bench(256 << 20);
    let text = r#"count_over_time({app="x"} | json [1s])"#;
    let error = bench.refusal(text);
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert!(error.to_string().starts_with("maximum number of series (500) reached for a single query"), "{error}");
    // What is aggregated away may be many.
    let top = r#"topk(1, sum by (id) (count_over_time({app="x"} | json [1h])))"#;
    let answer = bench.instant(top).expect("answered");
    assert!(matches!(answer.value, LogValue::Vector(samples) if samples.len() == 1));
}

#[test]
fn memory_is_refused_before_it_is_taken() {
    let bench = bench(2 << 20);
    for text in [
        r#"count_over_time({app="x"} | json [1s])"#,
        r#"topk(1, sum by (id) (count_over_time({app="x"} | json [1s])))"#,
        r#"{app="x"}"#,
        r#"{app="x"} | label_format a=text, b=text, c=text | json"#,
    ] {
        let error = bench.refusal(text);
        assert_eq!(error.kind(), ErrorKind::Limit, "{text}: {error}");
    }
    assert!(bench.instant(r#"sum(count_over_time({app="x"}[1m]))"#).is_ok());
}

#[test]
fn quantiles_of_overlapping_windows_take_no_longer_than_their_lines() {
    let bench = bench(256 << 20);
    let text = r#"quantile_over_time(0.99, {app="x"} | json | unwrap v [1d]) by (app)"#;
    let answer = bench.range(text, Duration::from_secs(1), &Cancel::default()).expect("answered");
    let LogValue::Matrix(series) = answer.value else { panic!("{text} has samples") };
    assert_eq!((series.len(), series[0].points.len()), (1, 2_001));
}

#[test]
fn too_many_steps_are_refused() {
    let bench = bench(64 << 20);
    let text = r#"rate({app="x"}[1m])"#;
    let years = LogRangeRequest {
        text,
        start: Nanos(0),
        end: Nanos(i64::MAX),
        step: Duration::from_millis(1),
        interval: Duration::ZERO,
        direction: Direction::Forward,
        limit: 100,
        cancel: &Cancel::default(),
    };
    let error = bench.engine.range(&years).expect_err("refused");
    assert!(error.to_string().starts_with("exceeded maximum resolution of 11,000 points"), "{error}");
    let error = bench.engine.range(&LogRangeRequest { step: Duration::from_nanos(1), ..years }).expect_err("refused");
    assert!(error.to_string().starts_with("zero or negative query resolution"), "{error}");
    let far = LogRangeRequest { start: Nanos::MIN, step: Duration::from_secs(10_000_000), ..years };
    assert!(bench.engine.range(&far).is_ok());
    assert!(bench.engine.range(&LogRangeRequest { text: r#"rate({app="x"}[200y])"#, ..far }).is_ok());
}

#[test]
fn a_catastrophic_regex_is_none() {
    let bench = bench(64 << 20);
    for text in [
        r#"sum(count_over_time({app="x"} |~ "(a*)*(a|aa)+$" [1h]))"#,
        r#"sum by (y) (count_over_time({app="x"} | regexp "(?P<y>(a|aa)*(a*)*)z" [1h]))"#,
        r#"sum(count_over_time({app="x"} | json | text=~"(a+)+b" [1h]))"#,
        r#"label_replace(sum by (app) (rate({app="x"}[1m])), "y", "$1", "app", "((x*)*)*")"#,
    ] {
        bench.range(text, Duration::from_secs(100), &Cancel::default()).expect("answered");
    }
    let huge = r#"{app="x"} |~ "((a{1000}){1000}){1000}""#;
    assert_eq!(bench.refusal(huge).kind(), ErrorKind::Invalid);
}

#[test]
fn labels_do_not_grow_without_bound() {
    let bench = bench(64 << 20);
    let mut text = r#"sum by (app) (rate({app="x"}[1m]))"#.to_owned();
    for _ in 0..40 {
        text = format!(r#"label_replace({text}, "app", "$1$1", "app", "(.*)")"#);
    }
    let error = bench.refusal(&text);
    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
}

#[test]
fn a_cancelled_query_ends() {
    let bench = bench(64 << 20);
    for text in [r#"sum(rate({app="x"} | json [1m]))"#, r#"{app="x"} | json"#] {
        let cancel = Cancel::default();
        cancel.cancel();
        let error = bench.range(text, Duration::from_secs(1), &cancel).expect_err("stopped");
        assert_eq!(error.kind(), ErrorKind::Canceled);
        let late = Cancel::default();
        late.time_out();
        let error = bench.range(text, Duration::from_secs(1), &late).expect_err("stopped");
        assert_eq!(error.kind(), ErrorKind::Timeout);
    }
}

#[test]
fn deep_trees_fit_on_a_small_stack() {
    let bench = bench(64 << 20);
    let mut text = r#"rate({app="x"}[1s])"#.to_owned();
    for _ in 0..200 {
        text = format!("sum({text})");
    }
    std::thread::scope(|scope| {
        let work = || match bench.range(&text, Duration::from_secs(1), &Cancel::default()) {
            Ok(answer) => assert!(matches!(answer.value, LogValue::Matrix(series) if series.len() == 1)),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Invalid, "{error}"),
        };
        let thread = std::thread::Builder::new().stack_size(2 << 20).spawn_scoped(scope, work).expect("thread");
        thread.join().expect("no overflow");
    });
}
