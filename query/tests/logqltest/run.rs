//! Executes the commands of a script against a store of their own.
//!
//! An instant eval of samples is run once more as the middle step of a range query, which must give the same.

use super::script::{Command, Eval, Expected, Kind, Line};
use model::budget::Pool;
use model::cancel::Cancel;
use model::clock::ManualClock;
use model::labels::Labels;
use model::time::{Millis, Nanos};
use query::logql::{LogRangeRequest, LogRequest, LogValue};
use query::{Config, Error, LogEngine};
use std::sync::Arc;
use std::time::Duration;
use store::logs::{AppendEntry, AppendStream, Batch, Direction, Duplicates, Logs, Options};

/// Values may differ by this much, relatively.
const TOLERANCE: f64 = 1e-9;

struct Environment {
    _folder: tempfile::TempDir,
    engine: LogEngine,
}

/// Runs a script and gives what failed.
pub(crate) fn run(commands: &[Command]) -> Vec<String> {
    let mut environment = Environment::new();
    let mut failures = Vec::new();
    for command in commands {
        match command {
            Command::Clear => environment = Environment::new(),
            Command::Load(lines) => environment.load(lines),
            Command::Eval(eval) => {
                failures.extend(
                    environment.check(eval).err().map(|why| format!("{}: {}\n    {why}", eval.line, eval.expr)),
                );
            }
        }
    }
    failures
}

impl Environment {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("temporary folder");
        let mut options = Options::new(store::fs::DataDir::open(folder.path()).expect("data folder"));
        options.retention = Duration::ZERO;
        let clock = Arc::new(ManualClock::new(Millis(4_102_444_800_000)));
        let logs = Arc::new(Logs::open(options, clock, Arc::default()).expect("store"));
        let engine = LogEngine::new(Config::default(), logs, Pool::new(64 << 20));
        Self { _folder: folder, engine }
    }

    fn load(&self, lines: &[Line]) {
        for line in lines {
            let texts: Vec<String> =
                (0..line.times.len()).map(|number| line.text.replace("{i}", &number.to_string())).collect();
            let entries: Vec<AppendEntry<'_>> = line
                .times
                .iter()
                .zip(&texts)
                .map(|(at, text)| AppendEntry { timestamp: Millis(*at).into(), line: text, metadata: &line.metadata })
                .collect();
            let streams = [AppendStream { labels: &line.stream, entries: &entries }];
            let batch = Batch { streams: &streams, positions: &[], duplicates: Duplicates::Keep };
            let outcome = self.engine.logs().append(&batch).expect("append");
            assert_eq!(outcome.stored, entries.len() as u64, "{outcome:?}");
        }
    }

    fn instant(&self, text: &str, at: i64) -> Result<LogValue, Error> {
        let cancel = &Cancel::default();
        self.engine.instant(&LogRequest { text, time: Millis(at).into(), cancel }).map(|answer| answer.value)
    }

    fn range(&self, text: &str, kind: &Kind) -> Result<LogValue, Error> {
        let cancel = &Cancel::default();
        let mut request = LogRangeRequest {
            text,
            start: Nanos::MIN,
            end: Nanos::MAX,
            step: Duration::from_secs(1),
            interval: Duration::ZERO,
            direction: Direction::Forward,
            limit: 100,
            cancel,
        };
        let duration = |millis: i64| Duration::from_millis(u64::try_from(millis).unwrap_or_default());
        match kind {
            Kind::Instant(_) => {}
            Kind::Range { start, end, step } => {
                (request.start, request.end) = (Millis(*start).into(), Millis(*end).into());
                request.step = duration(*step);
            }
            Kind::Lines { start, end, backward, limit, interval } => {
                (request.start, request.end) = (Millis(*start).into(), Millis(*end).into());
                request.limit = *limit;
                request.interval = duration(*interval);
                request.direction = if *backward { Direction::Backward } else { Direction::Forward };
            }
        }
        self.engine.range(&request).map(|answer| answer.value)
    }

    fn check(&self, eval: &Eval) -> Result<(), String> {
        let answer = match &eval.kind {
            Kind::Instant(at) => self.instant(&eval.expr, *at),
            kind => self.range(&eval.expr, kind),
        };
        let value = match (answer, &eval.fail) {
            (Err(error), Some(regex)) if regex.is_match(&error.to_string()) => return Ok(()),
            (Err(error), _) => return Err(format!("{:?}: {error}", error.kind())),
            (Ok(value), Some(regex)) => return Err(format!("expected an error like {regex}, got {value:?}")),
            (Ok(value), None) => value,
        };
        match (value, &eval.kind) {
            (LogValue::Lines(lines), _) => {
                let found: Vec<Expected> = lines
                    .into_iter()
                    .map(|line| Expected {
                        at: line.timestamp.to_millis().0,
                        stream: line.stream,
                        text: line.line,
                        metadata: line.metadata,
                        parsed: line.parsed,
                    })
                    .collect();
                if found == eval.lines { Ok(()) } else { Err(format!("expected {:#?}\ngot {found:#?}", eval.lines)) }
            }
            (LogValue::Scalar(point), _) => match eval.scalar {
                Some(expected) if same(expected, point.value) => Ok(()),
                other => Err(format!("expected {other:?}, got scalar {}", point.value)),
            },
            (LogValue::Vector(samples), Kind::Instant(at)) => {
                if let Some(wrong) = samples.iter().find(|sample| sample.point.timestamp.0 != *at) {
                    return Err(format!("expected the time {at}, got {wrong:?}"));
                }
                let found: Vec<_> =
                    samples.into_iter().map(|sample| (sample.labels, vec![Some(sample.point.value)])).collect();
                compare(&eval.series, &found, eval.ordered)?;
                self.as_middle_step(eval, *at)
            }
            (LogValue::Matrix(series), Kind::Range { start, end, step }) => {
                let times: Vec<i64> = (*start..=*end).step_by(usize::try_from(*step).unwrap_or(1)).collect();
                compare(&eval.series, &spread(&series, &times)?, true)
            }
            (other, _) => Err(format!("unexpected {other:?}")),
        }
    }

    fn as_middle_step(&self, eval: &Eval, at: i64) -> Result<(), String> {
        let kind = Kind::Range { start: at - 60_000, end: at + 60_000, step: 60_000 };
        let Ok(LogValue::Matrix(series)) = self.range(&eval.expr, &kind) else {
            // Entries of the other steps may be what cannot be evaluated.
            return Ok(());
        };
        let found: Vec<_> = spread(&series, &[at])?.into_iter().filter(|(_, values)| values != &[None]).collect();
        compare(&eval.series, &found, false).map_err(|why| format!("in a range: {why}"))
    }
}

/// Series with their values, step by step.
type Spread = Vec<(Labels, Vec<Option<f64>>)>;

/// The points of series at the given times.
fn spread(series: &[query::logql::LogSeries], times: &[i64]) -> Result<Spread, String> {
    if series.windows(2).any(|pair| pair[0].labels >= pair[1].labels) {
        return Err("series are not ordered by labels".to_owned());
    }
    let at = |series: &query::logql::LogSeries, time: &i64| {
        series.points.iter().find(|point| point.timestamp.0 == *time).map(|point| point.value)
    };
    Ok(series
        .iter()
        .map(|series| (series.labels.clone(), times.iter().map(|time| at(series, time)).collect()))
        .collect())
}

fn compare(
    expected: &[(Labels, Vec<Option<f64>>)],
    found: &[(Labels, Vec<Option<f64>>)],
    ordered: bool,
) -> Result<(), String> {
    let same_values = |left: &[Option<f64>], right: &[Option<f64>]| {
        left.len() == right.len()
            && left.iter().zip(right).all(|pair| match pair {
                (Some(left), Some(right)) => same(*left, *right),
                (left, right) => left.is_none() && right.is_none(),
            })
    };
    let all = expected.len() == found.len()
        && expected.iter().enumerate().all(|(at, (labels, values))| {
            let mut places = found.iter().enumerate();
            places.any(|(place, (found, got))| found == labels && same_values(values, got) && (!ordered || place == at))
        });
    if all { Ok(()) } else { Err(format!("expected {expected:?}\n         got {found:?}")) }
}

fn same(left: f64, right: f64) -> bool {
    left == right
        || (left.is_nan() && right.is_nan())
        || (left - right).abs() <= TOLERANCE * left.abs().max(right.abs())
}
