//! The collector against real targets on loopback: what arrives in the store, and what bad targets cannot do.

use super::*;
use crate::config::{Sections, Source, parse_yaml};
use crate::test_store::TestStore;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use futures_util::stream::{self, StreamExt};
use model::time::{Millis, Nanos};
use std::collections::HashMap;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::Instant;

/// Goes on from a fixed time as the process does.
#[derive(Debug)]
struct RunningClock(Instant);

impl Clock for RunningClock {
    fn now_nanos(&self) -> Nanos {
        Nanos(1_700_000_000_000_000_000 + i64::try_from(self.0.elapsed().as_nanos()).expect("fits"))
    }
}

/// What the pages of the test server are, and the headers it was last asked with.
#[derive(Clone, Default)]
struct Pages(Arc<Mutex<HashMap<String, String>>>, Arc<Mutex<HeaderMap>>);

impl Pages {
    fn set(&self, path: &str, page: &str) {
        self.0.lock().expect("lock").insert(path.to_owned(), page.to_owned());
    }

    fn headers(&self) -> HeaderMap {
        self.1.lock().expect("lock").clone()
    }
}

async fn page(State(pages): State<Pages>, Path(path): Path<String>, request: Request) -> Response {
    *pages.1.lock().expect("lock") = request.headers().clone();
    match pages.0.lock().expect("lock").get(&path) {
        Some(page) => ([("content-type", "text/plain; version=0.0.4")], page.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

struct Server {
    address: SocketAddr,
    pages: Pages,
    stop: CancellationToken,
    // Ends with the test; its server is one task of a set, as everything is.
    tasks: TaskSet,
}

impl Server {
    async fn start() -> Self {
        let pages = Pages::default();
        let router = Router::new()
            .route("/html", get(|| async { ([("content-type", "text/html")], "<html>") }))
            .route("/html-as-text", get(|| async { ([("content-type", "text/plain")], "<html>\n") }))
            .route("/utf8", get(|| async { ([("content-type", "text/plain")], b"m{a=\"\xff\"} 1\n".to_vec()) }))
            .route("/huge", get(huge))
            .route("/bomb", get(bomb))
            .route("/drip", get(drip))
            .route("/brotli", get(|| async { ([("content-encoding", "br"), ("content-type", "text/plain")], "x") }))
            .route("/moved", get(|| async { Redirect::temporary("/pages/good") }))
            .route("/pages/{page}", get(page))
            .with_state(pages.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let stop = CancellationToken::new();
        let tasks = TaskSet::new(Arc::new(Instruments::new()), stop.clone());
        tasks.spawn_once("server", |stop| async move {
            tokio::select! {
                served = async { axum::serve(listener, router).await } => served.map_err(BoxError::from),
                () = stop.cancelled() => Ok(()),
            }
        });
        Self { address, pages, stop, tasks }
    }

    async fn die(&self) {
        self.stop.cancel();
        self.tasks.stop_and_wait(Duration::from_secs(5)).await.expect("stopped");
    }
}

/// 100 MB, sent as long as somebody reads.
async fn huge() -> Response {
    let chunks = stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from_static(&[b'#'; 65_536]))).take(1_600);
    ([("content-type", "text/plain")], Body::from_stream(chunks)).into_response()
}

/// 100 MB of blank lines, compressed.
static BOMB: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    for _ in 0..1_600 {
        gzip.write_all(&[b'\n'; 65_536]).expect("compresses");
    }
    gzip.finish().expect("compresses")
});

async fn bomb() -> Response {
    ([("content-type", "text/plain"), ("content-encoding", "gzip")], BOMB.as_slice()).into_response()
}

/// A byte now and then, for ever.
async fn drip() -> Response {
    let bytes = stream::repeat(()).then(|()| async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Ok::<_, std::io::Error>(Bytes::from_static(b"#"))
    });
    ([("content-type", "text/plain")], Body::from_stream(bytes)).into_response()
}

struct Fixture {
    store: TestStore,
    collector: Arc<Collector>,
    tasks: TaskSet,
}

fn prepared(yaml: &str) -> Prepared {
    let sections: Sections = parse_yaml(yaml, "test.yml").expect("parses");
    let config = sections.validate(&Source::default()).expect("valid");
    Prepared::new(&config).expect("prepared")
}

impl Fixture {
    fn start(yaml: &str) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(RunningClock(Instant::now()));
        let store = TestStore::new(Arc::clone(&clock));
        let parts = Parts {
            metrics: Arc::clone(&store.metrics),
            clock,
            instruments: Arc::clone(&store.instruments),
            own_instance: "localhost:9090".to_owned(),
            host_instance: "this-host".to_owned(),
        };
        let collector = Arc::new(Collector::new(prepared(yaml), parts));
        let tasks = TaskSet::new(Arc::clone(&store.instruments), CancellationToken::new());
        let running = Arc::clone(&collector);
        tasks.spawn("collector", Class::Critical, move |stop| {
            let running = Arc::clone(&running);
            async move { running.run(stop).await }
        });
        Self { store, collector, tasks }
    }

    async fn stop(&self) {
        self.tasks.stop_and_wait(Duration::from_secs(5)).await.expect("stopped");
    }

    fn errors(&self) -> BTreeMap<String, String> {
        let pools = self.collector.targets();
        let error = |pool: &PoolView| pool.active.first().map(|(_, health)| health.last_error.clone());
        pools.iter().map(|pool| (pool.name.clone(), error(pool).unwrap_or_default())).collect()
    }

    fn last(&self, metric: &str) -> Option<f64> {
        self.store.samples(metric).values().next_back()?.last().map(|(_, value)| *value)
    }
}

/// How long a condition is waited for on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Waits for a condition.
async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < PATIENCE, "{what} did not happen in time");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Jobs that scrape a path of the server each, quickly.
fn jobs(address: SocketAddr, paths: &[(&str, &str)]) -> String {
    let job = |(name, path): &(&str, &str)| {
        format!("- {{job_name: {name}, metrics_path: {path}, static_configs: [{{targets: ['{address}']}}]}}\n")
    };
    let jobs: String = paths.iter().map(job).collect();
    format!("global: {{scrape_interval: 500ms}}\nexporters: {{self: false}}\nscrape_configs:\n{jobs}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_is_scraped_until_it_dies() {
    let server = Server::start().await;
    server.pages.set("good", "m{a=\"1\",job=\"mine\"} 1\nm{a=\"2\"} 1\n");
    let fixture = Fixture::start(&jobs(server.address, &[("good", "/pages/good")]));
    until("two scrapes", || fixture.store.samples("up").values().any(|samples| samples.len() >= 2)).await;
    let text = fixture.store.values("m").join("\n");
    let instance = server.address.to_string();
    assert!(
        text.contains(&format!("{{a=\"1\", exported_job=\"mine\", instance=\"{instance}\", job=\"good\"}} 1")),
        "{text}"
    );

    server.pages.set("good", "m{a=\"1\",job=\"mine\"} 2\n");
    let ends_stale =
        |series: &str| fixture.store.values("m").iter().any(|line| line.contains(series) && line.ends_with("stale"));
    until("a stale marker", || ends_stale("a=\"2\"")).await;
    assert!(!ends_stale("a=\"1\""));

    server.die().await;
    until("up 0", || fixture.last("up") == Some(0.0)).await;
    until("all stale", || ends_stale("a=\"1\"")).await;
    let view = fixture.collector.targets();
    let (target, health) = &view[0].active[0];
    assert_eq!(target.url.as_str(), format!("http://{instance}/pages/good"));
    let expected = format!("Get \"http://{instance}/pages/good\": dial tcp {instance}: connect: connection refused");
    assert_eq!(health.last_error, expected);
    fixture.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_targets_are_told_and_touch_no_other() {
    LazyLock::force(&BOMB);
    let server = Server::start().await;
    server.pages.set("good", "m 1\n");
    server.pages.set("twice", "m{a=\"1\",a=\"2\"} 1\n");
    let paths = [
        ("good", "/pages/good"),
        ("moved", "/moved"),
        ("html", "/html"),
        ("html-as-text", "/html-as-text"),
        ("utf8", "/utf8"),
        ("twice", "/pages/twice"),
        ("missing", "/pages/missing"),
        ("drip", "/drip"),
        ("brotli", "/brotli"),
    ];
    let address = server.address;
    // Long enough for the good ones on a busy machine.
    let mut yaml = jobs(address, &paths).replace("500ms", "1500ms");
    for (name, path) in [("huge", "/huge"), ("bomb", "/bomb")] {
        // Sending and inflating so much takes longer than the short interval of the others.
        yaml.push_str(&format!(
            "- {{job_name: {name}, metrics_path: {path}, scrape_interval: 4s, body_size_limit: 4MB, static_configs: [{{targets: ['{address}']}}]}}\n"
        ));
    }
    let unresolved = "- {job_name: dns, static_configs: [{targets: ['no-such-host.invalid:80']}]}\n";
    yaml.push_str(unresolved);
    let fixture = Fixture::start(&yaml);
    let drip = format!("Get \"http://{address}/drip\": context deadline exceeded");
    let too_large = "body size limit exceeded (body_size_limit: 4194304 bytes)";
    let expected = [
        ("html", "unsupported Content-Type \"text/html\""),
        ("html-as-text", "line 1, column 1: "),
        ("utf8", "line 1, column 6: expected UTF-8 text, got byte 0xff"),
        ("twice", "label name \"a\" is not unique"),
        ("missing", "server returned HTTP status 404 Not Found"),
        ("drip", &drip),
        ("brotli", "unsupported Content-Encoding, expected gzip, got \"br\""),
        ("huge", too_large),
        ("bomb", too_large),
        ("dns", "lookup no-such-host.invalid"),
    ];
    let first_other = || {
        let errors = fixture.errors();
        let got = |job: &str| errors.get(job).cloned().unwrap_or_default();
        let other = expected.iter().find(|(job, text)| !got(job).contains(text));
        other.map(|(job, text)| format!("{job}: got {:?}, expected {text:?}", got(job)))
    };
    let began = Instant::now();
    while let Some(other) = first_other() {
        assert!(began.elapsed() < PATIENCE, "{other}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let good = |samples: &[(Millis, f64)]| samples.iter().all(|(_, value)| *value == 1.0);
    for (labels, samples) in fixture.store.samples("up") {
        let is_good = labels.contains("job=\"good\"") || labels.contains("job=\"moved\"");
        assert_eq!(good(&samples), is_good, "{labels} {samples:?}");
    }
    assert_eq!(fixture.store.samples("m").len(), 2);
    let page = fixture.store.instruments.encode();
    assert!(page.contains("belfry_scrape_failures_total{scrape_job=\"drip\",class=\"timeout\"}"), "{page}");
    fixture.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_say_who_asks_and_what_is_wanted() {
    let server = Server::start().await;
    server.pages.set("good", "m 1\n");
    let yaml = jobs(server.address, &[])
        + &format!(
            "- job_name: good\n  metrics_path: /moved\n  basic_auth: {{username: u, password: p}}\n  \
         http_headers: {{X-Scope: {{values: [a]}}}}\n  static_configs: [{{targets: ['{}']}}]\n",
            server.address
        );
    let fixture = Fixture::start(&yaml);
    until("a scrape", || fixture.last("up") == Some(1.0)).await;
    let headers = server.pages.headers();
    let check = |name: &str, expected: &str| {
        assert_eq!(headers.get(name).and_then(|value| value.to_str().ok()), Some(expected), "{name}");
    };
    check("user-agent", concat!("Belfry/", env!("CARGO_PKG_VERSION")));
    check("accept-encoding", "gzip");
    check("x-prometheus-scrape-timeout-seconds", "0.5");
    check("authorization", "Basic dTpw");
    check("x-scope", "a");
    check("accept", {
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
         application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,\
         text/plain;version=0.0.4;q=0.2,*/*;q=0.1"
    });
    fixture.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reload_keeps_what_did_not_change() {
    let server = Server::start().await;
    for name in ["same", "changed", "gone"] {
        server.pages.set(name, &format!("{name} 1\n"));
    }
    let path = |name| format!("/pages/{name}");
    let paths = [("same", path("same")), ("changed", path("changed")), ("gone", path("gone"))];
    let all: Vec<(&str, &str)> = paths.iter().map(|(name, path)| (*name, path.as_str())).collect();
    let fixture = Fixture::start(&jobs(server.address, &all));
    let count = |metric: &str| fixture.store.samples(metric).values().map(Vec::len).sum::<usize>();
    until("first scrapes", || ["same", "changed", "gone"].iter().all(|metric| count(metric) >= 2)).await;
    let added = |job: &str| {
        let samples = fixture.store.samples("scrape_series_added");
        let of_job = samples.iter().find(|(labels, _)| labels.contains(&format!("job=\"{job}\"")));
        of_job.map_or(0.0, |(_, samples)| samples.iter().map(|(_, value)| value).sum::<f64>())
    };
    assert_eq!((added("same"), added("changed")), (1.0, 1.0));

    let changed =
        jobs(server.address, &all[..2]).replace("{job_name: changed,", "{job_name: changed, honor_labels: true,");
    fixture.collector.commit(prepared(&changed));
    until("the gone target's marker", || fixture.store.values("gone").iter().all(|line| line.ends_with("stale"))).await;
    let before = count("changed");
    until("more scrapes", || count("changed") > before + 2).await;
    // The changed job learned its series anew, the other one knew it; neither was ever marked stale.
    assert_eq!((added("same"), added("changed")), (1.0, 2.0));
    for metric in ["same", "changed"] {
        assert!(!fixture.store.values(metric).join("").contains("stale"), "{metric}");
    }
    assert_eq!(fixture.collector.targets().len(), 2);
    assert!(fixture.store.values("up").iter().any(|line| line.contains("job=\"gone\"") && line.ends_with("stale")));
    fixture.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reload_that_only_adds_targets_leaves_the_others_running() {
    let server = Server::start().await;
    server.pages.set("good", "m 1\n");
    let yaml = jobs(server.address, &[("good", "/pages/good")]);
    let fixture = Fixture::start(&yaml);
    until("a scrape", || fixture.last("up") == Some(1.0)).await;
    let more = yaml.replace("static_configs: [", "static_configs: [{targets: [localhost:1]}, ");
    fixture.collector.commit(prepared(&more));
    until("the new target", || fixture.collector.targets()[0].active.len() == 2).await;
    let view = fixture.collector.targets();
    let old = view[0].active.iter().find(|(target, _)| target.url.port() == Some(server.address.port()));
    let (_, health) = old.expect("the old target");
    assert!(health.last_scrape.is_some(), "its loop was not started anew");
    assert!(!fixture.store.values("m").join("").contains("stale"));
    fixture.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_file_is_followed() {
    let server = Server::start().await;
    server.pages.set("good", "m 1\n");
    let folder = tempfile::tempdir().expect("temp dir");
    let file = folder.path().join("targets.json");
    let write = |env: &str| {
        let targets = format!(r#"[{{"targets": ["{}"], "labels": {{"env": "{env}"}}}}]"#, server.address);
        std::fs::write(&file, targets).expect("written");
    };
    write("one");
    let yaml = jobs(server.address, &[])
        + &format!(
            "- job_name: files\n  metrics_path: /pages/good\n  file_sd_configs: [{{files: ['{}']}}]\n  \
         relabel_configs: [{{source_labels: [env], regex: drop, action: drop}}]\n",
            file.display()
        );
    let fixture = Fixture::start(&yaml);
    until("the first target", || fixture.store.values("m").join("").contains("env=\"one\"")).await;
    write("two");
    until("the second target", || fixture.store.values("m").join("").contains("env=\"two\"")).await;
    until("the first target's marker", || {
        fixture.store.values("m").iter().any(|line| line.contains("env=\"one\"") && line.ends_with("stale"))
    })
    .await;
    write("drop");
    until("a dropped target", || fixture.collector.targets().iter().any(|pool| pool.dropped_count == 1)).await;
    std::fs::write(&file, "broken").expect("written");
    until("an error", || fixture.collector.targets().iter().any(|pool| !pool.discovery_errors.is_empty())).await;
    assert_eq!(fixture.collector.targets()[0].dropped_count, 1);
    fixture.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_targets_than_allowed_fail_all_of_them() {
    let server = Server::start().await;
    server.pages.set("good", "m 1\n");
    let yaml = jobs(server.address, &[])
        + &format!(
            "- {{job_name: many, metrics_path: /pages/good, target_limit: 1, static_configs: [{{targets: ['{0}', 'localhost:{1}']}}]}}\n",
            server.address,
            server.address.port()
        );
    let fixture = Fixture::start(&yaml);
    until("both fail", || fixture.store.samples("up").len() == 2).await;
    assert_eq!(fixture.errors()["many"], "target_limit exceeded (number of targets: 2, limit: 1)");
    assert_eq!((fixture.last("up"), fixture.store.samples("m").len()), (Some(0.0), 0));
    fixture.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn built_in_targets_need_no_http() {
    let fixture = Fixture::start("{global: {scrape_interval: 300ms}, exporters: {self: true, host: true}}");
    until("both pages", || fixture.store.values("up").len() == 2).await;
    until("our own metrics", || fixture.store.samples("belfry_scrape_targets").len() == 2).await;
    let up = fixture.store.values("up").join("\n");
    assert!(up.contains("{instance=\"localhost:9090\", job=\"belfry\"} 1"), "{up}");
    assert!(up.contains("{instance=\"this-host\", job=\"node\"} "), "{up}");
    fixture.stop().await;
}

#[tokio::test]
async fn what_cannot_be_prepared_is_told_before_anything_changes() {
    let yaml = "scrape_configs: [{job_name: x, tls_config: {ca_file: /nowhere/ca.pem}}]";
    let sections: Sections = parse_yaml(yaml, "test.yml").expect("parses");
    let config = sections.validate(&Source::default()).expect("valid");
    let findings = Prepared::new(&config).expect_err("no such file");
    assert_eq!(findings[0].key, "scrape_configs[job_name=x]");
    assert!(findings[0].what.starts_with("reading /nowhere/ca.pem: No such file"), "{findings:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopping_marks_nothing() {
    let server = Server::start().await;
    server.pages.set("good", "m 1\n");
    let fixture = Fixture::start(&jobs(server.address, &[("good", "/pages/good")]));
    until("a scrape", || !fixture.store.samples("m").is_empty()).await;
    fixture.stop().await;
    assert!(!fixture.store.values("m").join("").contains("stale"));
    assert!(!fixture.store.values("up").join("").contains("stale"));
}
