//! The targets of a real collector, as the API shows them.

use crate::config::Web;
use crate::testing::Fixture;
use collector::config::{Config, Sections, Source};
use model::metadata::{Metadata, MetricKind};
use runtime::TaskSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const SCRAPES: &str = r#"
exporters: {self: false, host: false}
scrape_configs:
  - job_name: web
    scrape_interval: 1h
    static_configs:
      - {targets: ["127.0.0.1:1"], labels: {room: "a<b"}}
      - {targets: ["dropped:80"]}
    relabel_configs:
      - {source_labels: [__address__], regex: "dropped.*", action: drop}
  - {job_name: empty}
"#;

fn scrapes() -> Config {
    let sections: Sections = serde_saphyr::from_str(SCRAPES).expect("parses");
    sections.validate(&Source::default()).expect("valid")
}

/// Runs the collector until `condition` holds of what it shows.
async fn while_collecting(fixture: &Fixture, check: impl Future<Output = ()>) {
    let tasks = TaskSet::new(Arc::clone(&fixture.instruments), CancellationToken::new());
    let collector = Arc::clone(&fixture.backends.collector);
    tasks.spawn_once("collector", move |stop| async move { collector.run(stop).await });
    let shown = async {
        while fixture.backends.collector.targets().iter().map(|pool| pool.active.len()).sum::<usize>() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), shown).await.expect("targets are found");
    check.await;
    tasks.stop_and_wait(Duration::from_secs(10)).await.expect("stops");
}

#[tokio::test]
async fn targets_are_listed() {
    let fixture =
        Fixture::scraping(&Web { external_url: "https://far:8443/x".to_owned(), ..Web::default() }, &scrapes());
    let active = concat!(
        r#"{"discoveredLabels":{"__address__":"127.0.0.1:1","__metrics_path__":"/metrics","__scheme__":"http","#,
        r#""__scrape_interval__":"1h","__scrape_timeout__":"10s","job":"web","room":"a<b"},"#,
        r#""labels":{"instance":"127.0.0.1:1","job":"web","room":"a<b"},"scrapePool":"web","#,
        r#""scrapeUrl":"http://127.0.0.1:1/metrics","globalUrl":"http://far:1/metrics","lastError":"","#,
        r#""lastScrape":"0001-01-01T00:00:00Z","lastScrapeDuration":0,"health":"unknown","#,
        r#""scrapeInterval":"1h","scrapeTimeout":"10s"}"#
    );
    let dropped = concat!(
        r#"{"discoveredLabels":{"__address__":"dropped:80","__metrics_path__":"/metrics","__scheme__":"http","#,
        r#""__scrape_interval__":"1h","__scrape_timeout__":"10s","job":"web"},"scrapePool":"web"}"#
    );
    while_collecting(&fixture, async {
        let check = async |query: &str, active: &str, dropped: &str, counts: &str| {
            let data = format!(
                r#"{{"activeTargets":[{active}],"droppedTargets":[{dropped}],"droppedTargetCounts":{counts}}}"#
            );
            fixture.check_data(&format!("GET /api/v1/targets{query}"), &data).await;
        };
        let counts = r#"{"empty":0,"web":1}"#;
        check("", active, dropped, counts).await;
        check("?state=any", active, dropped, counts).await;
        check("?state=active", active, "", "null").await;
        check("?state=dropped", "", dropped, counts).await;
        check("?scrapePool=web", active, dropped, r#"{"web":1}"#).await;
        check("?scrapePool=nothing", "", "", "{}").await;
        fixture.check_data("GET /api/v1/scrape_pools", r#"{"scrapePools":["empty","web"]}"#).await;
    })
    .await;
}

#[tokio::test]
async fn metadata_is_listed_by_target() {
    let fixture = Fixture::scraping(&Web::default(), &scrapes());
    let told = |family: &str| Metadata {
        family: family.to_owned(),
        kind: MetricKind::Counter,
        help: "Hits.".to_owned(),
        unit: String::new(),
    };
    fixture.append_told(r#"hits_total{job="web",instance="127.0.0.1:1"}"#, &told("hits"));
    fixture.append_told(r#"others_total{job="else",instance="x"}"#, &told("others"));
    while_collecting(&fixture, async {
        let target = r#""target":{"instance":"127.0.0.1:1","job":"web","room":"a<b"}"#;
        let told = r#""type":"counter","help":"Hits.","unit":"""#;
        let check = async |query: &str, data: &str| {
            fixture.check_data(&format!("GET /api/v1/targets/metadata{query}"), data).await;
        };
        check("", &format!(r#"[{{{target},"metric":"hits",{told}}}]"#)).await;
        check("?metric=hits&match_target={job=\"web\"}&limit=1", &format!("[{{{target},{told}}}]")).await;
        for nothing in ["?metric=nothing", "?match_target={job=\"x\"}", "?limit=0"] {
            let request = format!("GET /api/v1/targets/metadata{nothing}");
            fixture.check_error(&request, 404, "not_found", "specified metadata not found").await;
        }
    })
    .await;
}
