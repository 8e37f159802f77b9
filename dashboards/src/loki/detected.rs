//! `/loki/api/v1/detected_labels` and `/loki/api/v1/drilldown-limits`: what Grafana's Logs Drilldown asks before it
//! draws.
//!
//! Invariant: counts are exact; nothing is estimated from a sample.

use super::given::Given;
use super::selectors;
use super::status::SPOKEN_VERSION;
use crate::error::{Failure, LokiFailure};
use crate::json::Json;
use crate::limits::{QUERY_MAX, SERIES_LISTED_MAX};
use crate::state::{Backends, Front};
use axum::Extension;
use axum::extract::State;
use model::cancel::Cancel;
use model::labels::Labels;
use query::limits::{LOG_ENTRIES_MAX, LOG_SERIES_MAX};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use store::logs::StreamQuery;

/// Labels by which people find their way, whatever their values look like.
const ALWAYS_SHOWN: [&str; 5] = ["cluster", "namespace", "instance", "pod", "service_name"];

/// Unlike other listings this one stands without a frame, and nothing is an empty object.
pub(super) async fn labels(
    State(front): State<Front>,
    Extension(backends): Extension<Arc<Backends>>,
    given: Given,
) -> Result<Json, LokiFailure> {
    let range = given.range()?;
    given.query()?;
    let work = move |cancel: &Cancel| {
        let matcher_sets = selectors::query_set(&given)?;
        let query = StreamQuery { matcher_sets: &matcher_sets, range, limit: SERIES_LISTED_MAX, cancel };
        let streams = backends.logs.streams(&query)?;
        Ok::<_, Failure>(write_labels(&detect(&streams)))
    };
    Ok(front.compute(QUERY_MAX, work).await?)
}

/// Names and how many values each has, without those that only number things.
fn detect(streams: &[Labels]) -> Vec<(&str, usize)> {
    let mut values: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, value) in streams.iter().flatten() {
        values.entry(name).or_default().insert(value);
    }
    let is_shown = |(name, values): &(&str, BTreeSet<&str>)| {
        ALWAYS_SHOWN.contains(name) || !values.iter().all(|value| is_id(value))
    };
    values.into_iter().filter(is_shown).map(|(name, values)| (name, values.len())).collect()
}

/// Whether the value is a number or a UUID.
fn is_id(value: &str) -> bool {
    let dashes = [8, 13, 18, 23];
    let is_uuid = value.len() == 36
        && value.bytes().enumerate().all(
            |(at, byte)| {
                if dashes.contains(&at) { byte == b'-' } else { byte.is_ascii_hexdigit() }
            },
        );
    is_uuid || value.parse::<f64>().is_ok()
}

fn write_labels(labels: &[(&str, usize)]) -> Json {
    let mut json = Json::new();
    if labels.is_empty() {
        json.raw("{}");
        return json;
    }
    json.raw("{\"detectedLabels\":").array(labels, |json, (name, cardinality)| {
        json.raw("{\"label\":").text(name).raw(",\"cardinality\":").digits(*cardinality as u64).raw("}");
    });
    json.raw("}");
    json
}

/// What may be asked. Patterns are not looked for yet, and Drilldown hides their tab when it is told.
pub(super) async fn limits() -> Json {
    let mut json = Json::new();
    json.raw("{\"limits\":{\"discover_log_levels\":true,\"volume_enabled\":true,\"max_query_series\":");
    json.digits(LOG_SERIES_MAX as u64).raw(",\"max_entries_limit_per_query\":").digits(LOG_ENTRIES_MAX as u64);
    json.raw("},\"pattern_ingester_enabled\":false,\"version\":").text(SPOKEN_VERSION).raw("}");
    json
}

#[cfg(test)]
mod tests {
    use super::is_id;

    #[test]
    fn numbers_and_uuids_only_number_things() {
        let check = |value: &str, expected: bool| assert_eq!(is_id(value), expected, "{value}");
        check("17", true);
        check("1.5", true);
        check("0f8fad5b-d9cb-469f-a165-70867728950e", true);
        check("0f8fad5b-d9cb-469f-a165-70867728950g", false);
        check("0f8fad5bd9cb469fa16570867728950e0000", false);
        check("blog-7", false);
        check("", false);
    }
}
