//! What the tests of the routes share: the router in-process over a real store in a temporary folder.

use crate::config::Web;
use crate::state::{Backends, Build, DaemonCalls, DaemonStatus, Phase, State};
use crate::{Prepared, Server};
use alerter::config::alerting::Alerting;
use alerter::config::rules::{Dialect, Language, RuleFiles};
use alerter::forward::Forwarder;
use alerter::links::Links;
use alerter::rules::{Engines, RulesParts, Settings};
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use collector::Collector;
use http_body_util::BodyExt;
use model::clock::{Clock, ManualClock};
use model::instrument::Instruments;
use model::labels::Labels;
use model::metadata::Metadata;
use model::time::{Millis, Nanos};
use runtime::TaskSet;
use runtime::pool::Pool;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use store::fs::DataDir;
use store::logs::{AppendEntry, AppendStream, Duplicates};
use store::metrics::{AppendSample, AppendValue, Batch, Exemplar, Metrics, Options, SeriesKey};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// The time in the tests, in seconds.
pub(crate) const NOW: i64 = 1_700_000_000;

/// A server that serves.
pub(crate) struct Fixture {
    pub(crate) server: Server,
    pub(crate) backends: Arc<Backends>,
    pub(crate) quit: CancellationToken,
    pub(crate) instruments: Arc<Instruments>,
    pub(crate) clock: Arc<ManualClock>,
    _folder: tempfile::TempDir,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("text")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }
}

impl Fixture {
    /// A server without any config.
    pub(crate) fn new() -> Self {
        Self::with(&Web::default())
    }

    /// A server with that config.
    pub(crate) fn with(web: &Web) -> Self {
        Self::scraping(web, &collector::config::Config::default())
    }

    /// A server that scrapes, once someone runs its collector.
    pub(crate) fn scraping(web: &Web, scrapes: &collector::config::Config) -> Self {
        Self::with_all(web, scrapes, &[], &Alerting::default())
    }

    /// A server with rules, once someone runs them.
    pub(crate) fn ruling(files: &[RuleFiles]) -> Self {
        Self::with_all(&Web::default(), &collector::config::Config::default(), files, &Alerting::default())
    }

    /// A server that routes alerts; nobody is told.
    pub(crate) fn alerting(alerting: &Alerting) -> Self {
        Self::with_all(&Web::default(), &collector::config::Config::default(), &[], alerting)
    }

    fn with_all(web: &Web, scrapes: &collector::config::Config, files: &[RuleFiles], alerting: &Alerting) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Arc::new(ManualClock::new(Millis(NOW * 1_000)));
        let instruments = Arc::new(Instruments::new());
        let quit = CancellationToken::new();
        let dir = DataDir::open(folder.path()).expect("the lock");
        let states = store::state::States::open(dir.clone()).expect("a folder");
        let options = Options::new(dir.clone());
        let shared_clock = Arc::clone(&clock) as Arc<dyn Clock>;
        let metrics = Metrics::open(options, Arc::clone(&shared_clock), Arc::clone(&instruments)).expect("opens");
        let metrics = Arc::new(metrics);
        let engine = Arc::new(query::Engine::new(query::Config::default(), Arc::clone(&metrics)));
        let logs = store::logs::Logs::open(
            store::logs::Options::new(dir.clone()),
            Arc::clone(&shared_clock),
            Arc::clone(&instruments),
        );
        let logs = Arc::new(logs.expect("opens"));
        let pool = Arc::clone(engine.pool());
        let log_engine = Arc::new(query::LogEngine::new(query::Config::default(), Arc::clone(&logs), pool));
        let state = State {
            clock: shared_clock,
            instruments: Arc::clone(&instruments),
            pool: Pool::new(2, 8),
            build: Build { version: "0.1.0".to_owned(), revision: "abc".to_owned(), ..Build::default() },
            daemon: daemon(&quit),
        };
        let server = Server::new(state, Prepared::read(web).expect("readable")).expect("random bytes");
        let parts = collector::Parts {
            metrics: Arc::clone(&metrics),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            instruments: Arc::clone(&instruments),
            own_instance: "localhost:9090".to_owned(),
            host_instance: "host".to_owned(),
        };
        let collector = Arc::new(Collector::new(collector::Prepared::new(scrapes).expect("usable"), parts));
        let tailed = collector::LogParts {
            logs: Arc::clone(&logs),
            clock: Arc::new(ManualClock::default()),
            instruments: Arc::new(Instruments::new()),
        };
        let tail = Arc::new(collector::LogCollector::new(scrapes, tailed));
        let parts = RulesParts {
            metrics: Arc::clone(&metrics),
            logs: Arc::clone(&logs),
            states: states.clone(),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            instruments: Arc::clone(&instruments),
            post: Arc::new(|_| ()),
        };
        let engines = Engines { metrics: Arc::clone(&engine), logs: Arc::clone(&log_engine) };
        let rules = Arc::new(
            alerter::Rules::new(alerter::rules::Prepared::new(files, settings(engines)), parts).expect("readable"),
        );
        let dispatched = alerter::dispatch::Parts {
            states,
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            instruments: Arc::clone(&instruments),
        };
        let forward = Arc::new(Forwarder::new(alerter::forward::Prepared::default(), Arc::clone(&instruments)));
        let alerting = alerter::dispatch::Prepared::with_notifiers(alerting, std::collections::BTreeMap::new());
        let dispatch = Arc::new(alerter::Dispatcher::new(alerting, dispatched).expect("opens"));
        let backends =
            Arc::new(Backends { engine, metrics, log_engine, logs, collector, tail, rules, dispatch, forward });
        server.set_phase(Phase::Serving(Arc::clone(&backends)));
        Self { server, backends, quit, instruments, clock, _folder: folder }
    }

    /// A server with the rules of a text, which were evaluated at [`NOW`] over what `fill` appended.
    pub(crate) async fn ruled(text: &str, language: Language, fill: impl FnOnce(&Self)) -> Self {
        let dialect = Dialect { language, features: query::Features::default() };
        let groups = alerter::config::rules::read_text("/etc/rules.yml", text, dialect).expect(text);
        let fixture = Self::ruling(&[RuleFiles { globs: Vec::new(), groups }]);
        fill(&fixture);
        fixture.backends.rules.evaluate_all(Millis(NOW * 1_000)).await;
        fixture
    }

    /// An answer in which every time that was measured is 0.
    pub(crate) async fn ask_untimed(&self, request: &str) -> String {
        let mut text = self.ask(request).await.text().to_owned();
        for key in ["\"evaluationTime\":", "\"evaluation_seconds\":"] {
            let mut parts = text.split(key);
            let mut untimed = parts.next().unwrap_or_default().to_owned();
            for part in parts {
                let rest = part.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
                untimed.push_str(&format!("{key}0{rest}"));
            }
            text = untimed;
        }
        text
    }

    /// Appends samples, times in seconds before [`NOW`], to the series written as `name{label="value"}`.
    pub(crate) fn append(&self, series: &str, samples: &[(i64, f64)]) {
        let labels = labels(series);
        let key = SeriesKey::Raw(labels.as_raw());
        let samples: Vec<_> = samples.iter().map(|(ago, value)| sample(key, (NOW - ago) * 1_000, *value)).collect();
        let verdicts = self.backends.metrics.append(&Batch { samples: &samples }).expect("appends");
        assert!(verdicts.iter().all(|verdict| verdict.is_stored()), "{verdicts:?}");
    }

    /// Appends lines, times in nanoseconds from [`NOW`] on, to the stream written as `{label="value"}`. Their metadata
    /// is written the same way.
    pub(crate) fn append_lines(&self, stream: &str, lines: &[(i64, &str, &str)]) {
        let stream = selected(stream);
        let metadata: Vec<Labels> = lines.iter().map(|(.., metadata)| selected(metadata)).collect();
        let at = |after: i64| Nanos(NOW * 1_000_000_000 + after);
        let entries: Vec<_> = std::iter::zip(lines, &metadata)
            .map(|((after, line, _), metadata)| AppendEntry { timestamp: at(*after), line, metadata })
            .collect();
        let streams = [AppendStream { labels: &stream, entries: &entries }];
        let batch = store::logs::Batch { streams: &streams, positions: &[], duplicates: Duplicates::Keep };
        let outcome = self.backends.logs.append(&batch).expect("appends");
        assert_eq!(outcome.stored, lines.len() as u64, "{outcome:?}");
    }

    /// Appends one sample with an exemplar, at [`NOW`].
    pub(crate) fn append_exemplar(&self, series: &str, trace: &str) {
        let labels = labels(series);
        let exemplar = Exemplar {
            labels: Labels::from_pairs([("trace_id", trace)]),
            value: 0.25,
            timestamp: Millis(NOW * 1_000 - 500),
        };
        let sample = sample(SeriesKey::Raw(labels.as_raw()), NOW * 1_000, 1.0);
        let samples = [AppendSample { exemplar: Some(&exemplar), ..sample }];
        let verdicts = self.backends.metrics.append(&Batch { samples: &samples }).expect("appends");
        assert!(verdicts.iter().all(|verdict| verdict.is_stored()), "{verdicts:?}");
    }

    /// Appends one sample with what its family says of itself, at [`NOW`].
    pub(crate) fn append_told(&self, series: &str, metadata: &Metadata) {
        let labels = labels(series);
        let sample = sample(SeriesKey::Raw(labels.as_raw()), NOW * 1_000, 1.0);
        let samples = [AppendSample { metadata: Some(metadata), ..sample }];
        let verdicts = self.backends.metrics.append(&Batch { samples: &samples }).expect("appends");
        assert!(verdicts.iter().all(|verdict| verdict.is_stored()), "{verdicts:?}");
    }

    /// Sends a request.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.server.router().oneshot(request).await.expect("infallible");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a body").to_bytes().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Sends `GET PATH`, or `POST PATH BODY` with the body as a form.
    pub(crate) async fn ask(&self, request: &str) -> Answer {
        let mut words = request.splitn(3, ' ');
        let (method, path, form) = (words.next(), words.next(), words.next());
        let path = path
            .expect("a path")
            .replace('"', "%22")
            .replace('{', "%7B")
            .replace('}', "%7D")
            .replace('|', "%7C")
            .replace('`', "%60");
        let mut builder = Request::builder().method(method.expect("a method")).uri(path);
        if form.is_some() {
            builder = builder.header("content-type", "application/x-www-form-urlencoded");
        }
        self.send(builder.body(Body::from(form.unwrap_or_default().to_owned())).expect("a request")).await
    }

    /// Asserts the whole text of an answer, which must be JSON.
    pub(crate) async fn check(&self, request: &str, status: u16, expected: &str) {
        let answer = self.ask(request).await;
        assert_eq!(answer.text(), expected, "{request}");
        assert_eq!(answer.status, status, "{request}");
        assert_eq!(answer.header("content-type"), "application/json", "{request}");
        serde_json::from_slice::<serde_json::Value>(&answer.body).expect("JSON");
    }

    /// Asserts the `data` of a successful answer.
    pub(crate) async fn check_data(&self, request: &str, data: &str) {
        self.check(request, 200, &format!("{{\"status\":\"success\",\"data\":{data}}}")).await;
    }

    /// Asserts an error that is told in plain text, as Loki tells it.
    pub(crate) async fn check_plain(&self, request: &str, status: u16, text: &str) {
        let answer = self.ask(request).await;
        assert_eq!(answer.text(), format!("{text}\n"), "{request}");
        assert_eq!(answer.status, status, "{request}");
        assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8", "{request}");
    }

    /// Asserts an error.
    pub(crate) async fn check_error(&self, request: &str, status: u16, kind: &str, text: &str) {
        let text = serde_json::to_string(text).expect("text");
        let expected = format!("{{\"status\":\"error\",\"errorType\":\"{kind}\",\"error\":{text}}}");
        self.check(request, status, &expected).await;
    }
}

/// A server that listens.
pub(crate) struct Running {
    pub(crate) fixture: Fixture,
    address: SocketAddr,
    tasks: TaskSet,
}

impl Running {
    pub(crate) async fn start(fixture: Fixture) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let tasks = TaskSet::new(Arc::clone(&fixture.instruments), CancellationToken::new());
        let server = fixture.server.clone();
        tasks.spawn_once("server", move |stop| async move { server.serve(listener, stop).await });
        Self { fixture, address, tasks }
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("connects")
    }

    /// Stops it; how long that took.
    pub(crate) async fn stop(self) -> Duration {
        let asked = Instant::now();
        self.tasks.stop_and_wait(Duration::from_secs(10)).await.expect("ends");
        asked.elapsed()
    }
}

/// Rules are evaluated every minute.
fn settings(engines: Engines) -> Settings {
    Settings {
        evaluation_interval: Duration::from_secs(60),
        query_offset: Duration::ZERO,
        external_labels: Labels::empty(),
        links: Links::new("http://belfry:9090"),
        engines,
    }
}

fn daemon(quit: &CancellationToken) -> DaemonCalls {
    DaemonCalls {
        reload: Box::new(|| Box::pin(async { Err("belfry.yml:1:1: web.listen: needs a restart".to_owned()) })),
        quit: quit.clone(),
        status: Box::new(|| DaemonStatus {
            config_yaml: "global: {}\n".to_owned(),
            flags: vec![("config".to_owned(), "belfry.yml".to_owned())],
            started: Millis((NOW - 3_600) * 1_000),
            directory: "/srv".to_owned(),
            hostname: "host".to_owned(),
            reload_succeeded: true,
            reloaded: Millis((NOW - 60) * 1_000),
            retention: "90d".to_owned(),
            blog: None,
        }),
    }
}

fn sample(series: SeriesKey<'_>, timestamp: i64, value: f64) -> AppendSample<'_> {
    let value = AppendValue::Float(value);
    AppendSample { series, timestamp: Millis(timestamp), value, start: None, exemplar: None, metadata: None }
}

fn selected(stream: &str) -> Labels {
    let matchers = language::logql::parse_selector(stream).expect("a selector");
    Labels::from_pairs(matchers.iter().map(|matcher| (matcher.name(), matcher.value())))
}

fn labels(series: &str) -> Labels {
    let matchers = language::promql::parse_selector(series).expect("a selector");
    Labels::from_pairs(matchers.iter().map(|matcher| (matcher.name(), matcher.value())))
}
