//! `/api/v1/targets`, `/api/v1/targets/metadata` and `/api/v1/scrape_pools`: what is scraped and how that goes.

use super::encode::success;
use crate::error::{ErrorKind, Failure};
use crate::json::Json;
use crate::limits::QUERY_MAX;
use crate::params::Parameters;
use crate::state::{Backends, Front};
use axum::Extension;
use axum::extract::State;
use collector::scrape::{Health, PoolView, Target};
use language::promql;
use model::cancel::Cancel;
use model::labels::METRIC_NAME;
use model::matcher::Matcher;
use model::metadata::Metadata;
use model::time::MetricRange;
use model::{duration, rfc3339};
use std::collections::BTreeSet;
use std::sync::Arc;
use store::metrics::{LabelQuery, Metrics};

/// How Go writes a time that never was.
const NEVER: &str = "0001-01-01T00:00:00Z";

/// What a family's series may be called besides its own name.
const SERIES_SUFFIXES: [&str; 7] = ["", "_total", "_bucket", "_sum", "_count", "_info", "_created"];

pub(super) async fn targets(
    State(front): State<Front>,
    Extension(backends): Extension<Arc<Backends>>,
    given: Parameters,
) -> Json {
    let state = given.first("state").to_ascii_lowercase();
    let shows = |wanted: &str| matches!(state.as_str(), "" | "any") || state == wanted;
    let mut pools = backends.collector.targets();
    if given.has("scrapePool") {
        pools.retain(|pool| pool.name == given.first("scrapePool"));
    }
    let host = global_host(&front);
    let (active, dropped) = (shows("active"), shows("dropped"));
    success(|json| {
        let shown = pools.iter().filter(|_| active);
        let shown = shown.flat_map(|pool| pool.active.iter().map(|(target, health)| (&pool.name, target, health)));
        json.raw("{\"activeTargets\":").array(shown, |json, (pool, target, health)| {
            write_active(json, pool, target, health, &host);
        });
        let shown = pools.iter().filter(|_| dropped);
        let shown = shown.flat_map(|pool| pool.dropped.iter().map(|discovered| (&pool.name, discovered)));
        json.raw(",\"droppedTargets\":").array(shown, |json, (pool, discovered)| {
            json.raw("{\"discoveredLabels\":").labels(discovered).raw(",\"scrapePool\":").text(pool).raw("}");
        });
        write_dropped_counts(json, dropped, &pools);
    })
}

fn write_active(json: &mut Json, pool: &str, target: &Target, health: &Health, global_host: &str) {
    let last_scrape = health.last_scrape.map_or_else(|| NEVER.to_owned(), rfc3339::format_millis);
    json.raw("{\"discoveredLabels\":").labels(&target.discovered).raw(",\"labels\":").labels(&target.labels);
    json.raw(",\"scrapePool\":").text(pool).raw(",\"scrapeUrl\":").text(target.url.as_str());
    json.raw(",\"globalUrl\":").text(&global_url(target, global_host));
    json.raw(",\"lastError\":").text(&health.last_error).raw(",\"lastScrape\":").text(&last_scrape);
    json.raw(",\"lastScrapeDuration\":").number(health.last_duration.as_secs_f64());
    json.raw(",\"health\":").text(health_name(health));
    json.raw(",\"scrapeInterval\":").text(&duration::format(target.interval));
    json.raw(",\"scrapeTimeout\":").text(&duration::format(target.timeout)).raw("}");
}

/// Go writes a map that was never made as null.
fn write_dropped_counts(json: &mut Json, shown: bool, pools: &[PoolView]) {
    json.raw(",\"droppedTargetCounts\":");
    if shown {
        json.object(pools, |json, pool| {
            json.text(&pool.name).raw(":").digits(pool.dropped_count as u64);
        });
    } else {
        json.raw("null");
    }
    json.raw("}");
}

/// `up`, `down`, or `unknown` before the first scrape.
fn health_name(health: &Health) -> &'static str {
    match (health.last_scrape, health.last_error.is_empty()) {
        (None, _) => "unknown",
        (Some(_), true) => "up",
        (Some(_), false) => "down",
    }
}

/// The name by which others reach this machine: the external URL's host, else the machine's name.
fn global_host(front: &Front) -> String {
    let settings = front.settings();
    let authority = settings.external_url.split("://").nth(1).unwrap_or_default().split('/').next().unwrap_or_default();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    if host.is_empty() { (front.daemon().status)().hostname } else { host.to_owned() }
}

/// The target's URL as others would write it: with a name for this machine that is not only its own.
fn global_url(target: &Target, global_host: &str) -> String {
    let mut url = target.url.clone();
    if matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")) && !global_host.is_empty() {
        // A host that makes no URL leaves the one that is there.
        let _ = url.set_host(Some(global_host));
    }
    url.into()
}

pub(super) async fn scrape_pools(Extension(backends): Extension<Arc<Backends>>) -> Json {
    let pools = backends.collector.targets();
    success(|json| {
        json.raw("{\"scrapePools\":").texts(pools.iter().map(|pool| &pool.name)).raw("}");
    })
}

pub(super) async fn metadata(
    State(front): State<Front>,
    Extension(backends): Extension<Arc<Backends>>,
    given: Parameters,
) -> Result<Json, Failure> {
    let limit = match given.first("limit") {
        "" => usize::MAX,
        text => {
            let limit: i64 = text.parse().map_err(|_| Failure::bad_data("limit must be a number"))?;
            usize::try_from(limit).unwrap_or(usize::MAX)
        }
    };
    let work = move |cancel: &Cancel| {
        let matchers = match given.first("match_target") {
            "" => Vec::new(),
            text => promql::parse_selector(text).map_err(|error| Failure::parameter("match_target", error))?,
        };
        let asked = Asked { given: &given, matchers: &matchers, limit, cancel };
        asked.answer(&backends)
    };
    front.compute(QUERY_MAX, work).await
}

/// What `/api/v1/targets/metadata` is asked.
struct Asked<'a> {
    given: &'a Parameters,
    matchers: &'a [Matcher],
    limit: usize,
    cancel: &'a Cancel,
}

impl Asked<'_> {
    fn answer(&self, backends: &Backends) -> Result<Json, Failure> {
        let metric = self.given.first("metric");
        let families = backends.metrics.metadata((!metric.is_empty()).then_some(metric), 0);
        let pools = backends.collector.targets();
        let matching = pools
            .iter()
            .flat_map(|pool| &pool.active)
            .filter(|(target, _)| self.matchers.iter().all(|matcher| matcher.matches_labels(&target.labels)));
        let mut found = Vec::new();
        for (target, _) in matching {
            let names = self.metric_names(&backends.metrics, target)?;
            let of_target = families.iter().filter(|(name, _)| is_told_by(&names, name));
            found.extend(of_target.map(|family| (target, family)).take(self.limit.saturating_sub(found.len())));
        }
        if found.is_empty() {
            return Err(Failure::new(ErrorKind::NotFound, "specified metadata not found"));
        }
        Ok(success(|json| {
            json.array(found, |json, (target, (name, family))| self.write_family(json, target, name, family));
        }))
    }

    /// Names of the series that the target gave.
    fn metric_names(&self, metrics: &Metrics, target: &Target) -> Result<BTreeSet<String>, Failure> {
        let labels = target.labels.iter().filter(|(name, _)| matches!(*name, "job" | "instance"));
        let matcher_sets = [labels.map(|(name, value)| Matcher::equal(name, value)).collect()];
        let range = MetricRange::ALL;
        let query = LabelQuery { matcher_sets: &matcher_sets, range, limit: 0, cancel: self.cancel };
        Ok(metrics.label_values(METRIC_NAME, &query)?.values.into_iter().collect())
    }

    fn write_family(&self, json: &mut Json, target: &Target, name: &str, family: &Metadata) {
        json.raw("{\"target\":").labels(&target.labels);
        // The name is left out when it was asked for, as in Prometheus.
        if !self.given.has("metric") {
            json.raw(",\"metric\":").text(name);
        }
        json.raw(",\"type\":").text(family.kind.as_str()).raw(",\"help\":").text(&family.help);
        json.raw(",\"unit\":").text(&family.unit).raw("}");
    }
}

fn is_told_by(names: &BTreeSet<String>, family: &str) -> bool {
    SERIES_SUFFIXES.iter().any(|suffix| names.contains(&format!("{family}{suffix}")))
}
