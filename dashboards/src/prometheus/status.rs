//! `/api/v1/status/*`: what runs, how it is configured, and how much the store holds.
//!
//! Invariant: `data.features` of `buildinfo` is absent, or Grafana takes us for a Mimir and offers to write rules.

use super::encode::success;
use crate::error::Failure;
use crate::json::Json;
use crate::params::Parameters;
use crate::state::{Backends, Front};
use axum::Extension;
use axum::extract::State;
use model::rfc3339;
use model::time::Millis;
use std::sync::Arc;

/// The release of Prometheus whose HTTP API and PromQL we speak. Clients choose features by it, so it stands where
/// they look for a version; Belfry's own is told beside it.
const SPOKEN_VERSION: &str = "3.5.0";

/// Entries of each list of `status/tsdb` when no `limit` is given.
const TOP_DEFAULT: usize = 10;

pub(super) async fn build_info(State(front): State<Front>) -> Json {
    let build = front.build();
    success(|json| {
        json.raw("{\"version\":").text(SPOKEN_VERSION).raw(",\"revision\":").text(&build.revision);
        json.raw(",\"branch\":").text(&build.branch).raw(",\"buildUser\":\"\",\"buildDate\":").text(&build.build_date);
        json.raw(",\"goVersion\":").text(&build.compiler);
        json.raw(",\"application\":").text(&format!("Belfry {}", build.version)).raw("}");
    })
}

pub(super) async fn config(State(front): State<Front>) -> Json {
    let status = (front.daemon().status)();
    success(|json| {
        json.raw("{\"yaml\":").text(&status.config_yaml).raw("}");
    })
}

pub(super) async fn flags(State(front): State<Front>) -> Json {
    let status = (front.daemon().status)();
    success(|json| {
        json.object(&status.flags, |json, (name, value)| {
            json.text(name).raw(":").text(value);
        });
    })
}

/// The fields named after Go's runtime hold what is nearest to them in ours.
pub(super) async fn runtime_info(State(front): State<Front>) -> Json {
    let status = (front.daemon().status)();
    let runtime = tokio::runtime::Handle::current().metrics();
    success(|json| {
        json.raw("{\"startTime\":").text(&rfc3339::format_millis(status.started));
        json.raw(",\"CWD\":").text(&status.directory).raw(",\"hostname\":").text(&status.hostname);
        json.raw(",\"serverTime\":").text(&rfc3339::format_millis(front.now()));
        json.raw(",\"reloadConfigSuccess\":").boolean(status.reload_succeeded);
        json.raw(",\"lastConfigTime\":").text(&rfc3339::format_millis(status.reloaded));
        json.raw(",\"corruptionCount\":0,\"goroutineCount\":").digits(runtime.num_alive_tasks() as u64);
        json.raw(",\"GOMAXPROCS\":").digits(runtime.num_workers() as u64);
        json.raw(",\"GOMEMLIMIT\":").integer(i64::MAX).raw(",\"GOGC\":\"\",\"GODEBUG\":\"\"");
        json.raw(",\"storageRetention\":").text(&status.retention).raw("}");
    })
}

pub(super) async fn tsdb(Extension(backends): Extension<Arc<Backends>>, given: Parameters) -> Result<Json, Failure> {
    let limit = match given.first("limit") {
        "" => TOP_DEFAULT,
        text => {
            let limit = text.parse().ok().filter(|limit| *limit > 0);
            limit.ok_or_else(|| Failure::bad_data("limit must be a positive number"))?
        }
    };
    let statistics = backends.metrics.statistics();
    Ok(success(|json| {
        json.raw("{\"headStats\":{\"numSeries\":").digits(statistics.series);
        json.raw(",\"numLabelPairs\":").digits(statistics.label_pairs);
        json.raw(",\"chunkCount\":").digits(statistics.chunks);
        // A head without samples has its ends the wrong way round, as in Prometheus.
        json.raw(",\"minTime\":").integer(statistics.min_time.unwrap_or(Millis::MAX).0);
        json.raw(",\"maxTime\":").integer(statistics.max_time.unwrap_or(Millis::MIN).0);
        let lists = [
            ("},\"seriesCountByMetricName\":", &statistics.series_by_metric),
            (",\"labelValueCountByLabelName\":", &statistics.values_by_label),
            (",\"memoryInBytesByLabelName\":", &statistics.bytes_by_label),
            (",\"seriesCountByLabelValuePair\":", &statistics.series_by_pair),
        ];
        for (key, list) in lists {
            json.raw(key).array(list.iter().take(limit), |json, (name, value)| {
                json.raw("{\"name\":").text(name).raw(",\"value\":").digits(*value).raw("}");
            });
        }
        json.raw("}");
    }))
}

pub(super) async fn wal_replay(State(front): State<Front>) -> Json {
    let progress = front.replay();
    success(|json| {
        json.raw("{\"min\":").digits(progress.min()).raw(",\"max\":").digits(progress.max());
        json.raw(",\"current\":").digits(progress.current()).raw("}");
    })
}
