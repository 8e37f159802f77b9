//! Queries that would take all memory, all time or the stack: each is refused or stopped, and the engine goes on.
#![expect(clippy::expect_used, reason = "a test may end where it finds the unexpected")]

use model::cancel::Cancel;
use model::clock::ManualClock;
use model::labels::Labels;
use model::time::Millis;
use query::{Answer, Config, Engine, Error, ErrorKind, RangeRequest, Request, Value};
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::metrics::{AppendSample, AppendValue, Batch, Metrics, Options, SeriesKey};

/// Series of the test store, each with a sample every 15 s for an hour.
const SERIES: usize = 200;

struct Bench {
    engine: Engine,
    _folder: tempfile::TempDir,
}

fn bench(config: Config) -> Bench {
    let folder = tempfile::tempdir().expect("temporary folder");
    let mut options = Options::new(store::fs::DataDir::open(folder.path()).expect("data folder"));
    options.retention = Duration::ZERO;
    let clock = Arc::new(ManualClock::new(Millis(4_102_444_800_000)));
    let metrics = Arc::new(Metrics::open(options, clock, Arc::default()).expect("store"));
    for number in 0..SERIES {
        let labels = Labels::from_pairs([("__name__", "x".to_owned()), ("n", number.to_string())]);
        let samples: Vec<AppendSample<'_>> = (0..240_i32)
            .map(|at| AppendSample {
                series: SeriesKey::Raw(labels.as_raw()),
                timestamp: Millis(i64::from(at) * 15_000),
                value: AppendValue::Float(f64::from(at) * 1.5 + f64::from(u16::try_from(number).expect("few"))),
                start: None,
                exemplar: None,
                metadata: None,
            })
            .collect();
        let verdicts = metrics.append(&Batch { samples: &samples }).expect("append");
        assert!(verdicts.iter().all(|verdict| verdict.is_stored()));
    }
    Bench { engine: Engine::new(config, metrics), _folder: folder }
}

impl Bench {
    fn range(&self, text: &str, step: Duration, cancel: &Cancel) -> Result<Answer, Error> {
        let (start, end) = (Millis(0), Millis(3_600_000));
        self.engine.range(&RangeRequest { text, start, end, step, lookback: None, limit: 0, cancel })
    }

    fn instant(&self, text: &str) -> Result<Answer, Error> {
        let cancel = &Cancel::default();
        self.engine.instant(&Request { text, time: Millis(3_600_000), lookback: None, limit: 0, cancel })
    }
}

/// Runs on a stack as small as that of the threads which run queries.
fn on_small_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(2 << 20).spawn_scoped(scope, work).expect("thread");
        thread.join().expect("no overflow")
    })
}

#[test]
fn what_is_over_a_limit_is_refused_within_a_second() {
    let check = |config: Config, text: &str, expected: ErrorKind, part: &str| {
        let bench = bench(config);
        let began = Instant::now();
        let error = bench.range(text, Duration::from_secs(1), &Cancel::default()).expect_err(text);
        assert!(began.elapsed() < Duration::from_secs(5), "{text} took {:?}", began.elapsed());
        assert!(error.kind() == expected && error.to_string().contains(part), "{text}: {error}");
        assert_eq!(bench.engine.used_bytes(), 0, "{text} gave its memory back");
    };
    let small = || Config { memory_bytes: 4 << 20, ..Config::default() };
    let few = || Config { samples_max: 100_000, ..Config::default() };
    let samples = "would load too many samples into memory";
    check(Config::default(), "sum_over_time(x[1000d:1ms])", ErrorKind::Limit, samples);
    check(Config::default(), "sum_over_time(sum_over_time(x[1d:1s])[300d:1s])", ErrorKind::Limit, samples);
    check(few(), "x or x offset 1m", ErrorKind::Limit, samples);
    check(few(), "topk(1000000, x)", ErrorKind::Limit, samples);
    check(small(), "count_values(\"v\", x)", ErrorKind::Limit, "bytes more than");
    check(small(), "x", ErrorKind::Limit, "bytes more than");
    check(small(), "quantile(0.5, x)", ErrorKind::Limit, "bytes more than");
}

#[test]
fn labels_that_multiply_are_refused() {
    let check = |text: String, function: &str| {
        let error = bench(Config::default()).instant(&text).expect_err("too long");
        let expected = format!("label \"n\" made by {function}() is longer than 65536 bytes");
        assert_eq!((error.kind(), error.to_string()), (ErrorKind::Limit, expected));
    };
    check(format!("{}x{}", "label_join(".repeat(40), ", \"n\", \"n\", \"n\", \"n\", \"n\")".repeat(40)), "label_join");
    let replace = format!(", \"n\", \"{}\", \"n\", \"(.*)\")", "$1 ".repeat(200));
    check(format!("{}x{}", "label_replace(".repeat(10), replace.repeat(10)), "label_replace");
}

#[test]
fn an_aggregation_holds_its_groups_and_not_its_input() {
    let bench = bench(Config { samples_max: 30_000, ..Config::default() });
    let answer = bench.range("sum(rate(x[5m]))", Duration::from_secs(1), &Cancel::default()).expect("fits");
    assert!(matches!(&answer.value, Value::Matrix(series) if series.len() == 1));
    assert!(answer.stats.samples_peak < 15_000, "{:?}", answer.stats);
}

#[test]
fn a_canceled_query_ends_soon() {
    let bench = bench(Config::default());
    let cancel = Cancel::default();
    let raise = cancel.clone();
    let waiter = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(50));
        raise.cancel();
        Instant::now()
    });
    let error = bench.range("sum(stddev_over_time(x[1h:1s]))", Duration::from_secs(1), &cancel).expect_err("canceled");
    let late = waiter.join().expect("waiter").elapsed();
    assert_eq!((error.kind(), late < Duration::from_secs(1)), (ErrorKind::Canceled, true), "{late:?}");
}

#[test]
fn deep_expressions_do_not_overflow_the_stack() {
    let bench = bench(Config::default());
    let check = |text: String| {
        let shown: String = text.chars().take(30).collect();
        let error = on_small_stack(|| bench.instant(&text).err().map(|error| error.to_string()));
        let reasons = ["levels", "parse error", "query text has"];
        let refused = |error: &str| reasons.iter().any(|reason| error.contains(reason));
        assert!(error.as_deref().is_none_or(refused), "{shown}: {error:?}");
    };
    for depth in [100, 240, 5_000] {
        check(vec!["1"; depth].join("+"));
        check(vec!["x"; depth].join(" or "));
        check(vec!["x"; depth].join("+"));
        check(format!("{}x{}", "abs(".repeat(depth), ")".repeat(depth)));
        check(format!("{}x{}", "label_replace(".repeat(depth), ",\"a\",\"b\",\"c\",\"d\")".repeat(depth)));
        check(format!("{}x{}", "sum by (n) (".repeat(depth), ")".repeat(depth)));
        check(format!("{}x{}", "max_over_time(".repeat(depth), "[1m:1m])".repeat(depth)));
        check(format!("{}x{}", "topk(1, ".repeat(depth), ")".repeat(depth)));
        check(format!("{}x{}", "-".repeat(depth), ""));
    }
}

#[test]
fn requests_that_make_no_sense_are_refused() {
    let bench = bench(Config::default());
    let cancel = Cancel::default();
    let check = |text: &str, step: Duration, part: &str| {
        let error = bench.range(text, step, &cancel).expect_err(text);
        assert!(error.kind() == ErrorKind::Invalid && error.to_string().contains(part), "{text}: {error}");
    };
    check("x", Duration::ZERO, "zero or negative query resolution step");
    check("x", Duration::from_millis(1), "exceeded maximum resolution of 11,000 points");
    check("x[5m]", Duration::from_secs(60), "invalid expression type \"range vector\" for range query");
    check("\"a\"", Duration::from_secs(60), "invalid expression type \"string\" for range query");
    check("x{", Duration::from_secs(60), "parse error");
    check(&format!("x{{a=\"{}\"}}", "b".repeat(70_000)), Duration::from_secs(60), "bytes");
}

#[test]
fn an_answer_is_cut_to_its_limit() {
    let bench = bench(Config::default());
    let cancel = &Cancel::default();
    let request = Request { text: "x", time: Millis(3_600_000), lookback: None, limit: 7, cancel };
    let answer = bench.engine.instant(&request).expect("answers");
    assert!(matches!(&answer.value, Value::Vector(samples) if samples.len() == 7));
    assert_eq!(answer.warnings, ["results truncated due to limit"]);
}
