//! `/api/v2/status` and `/api/v2/receivers`.
//!
//! Invariant: `config.original` is a whole alertmanager.yml, for Grafana reads it as one; no secret is in it.

use super::encode::time;
use super::failure::AmFailure;
use super::given;
use crate::json::Json;
use crate::params::Parameters;
use crate::state::{Backends, Front};
use alerter::dispatch::AlertFilter;
use axum::Extension;
use axum::extract::State;
use std::sync::Arc;

/// The release of Alertmanager whose API we speak; it stands where clients look for a version.
const SPOKEN_VERSION: &str = "0.33.1";

pub(super) async fn status(State(front): State<Front>, Extension(backends): Extension<Arc<Backends>>) -> Json {
    let build = front.build();
    let started = (front.daemon().status)().started;
    let mut json = Json::new();
    json.raw("{\"cluster\":{\"peers\":[],\"status\":\"disabled\"},\"config\":{\"original\":");
    json.text(&backends.dispatch.original_config()).raw("},\"uptime\":").text(&time(started));
    json.raw(",\"versionInfo\":{\"branch\":").text(&build.branch).raw(",\"buildDate\":").text(&build.build_date);
    json.raw(",\"buildUser\":").text(&format!("Belfry {}", build.version));
    json.raw(",\"goVersion\":").text(&build.compiler).raw(",\"revision\":").text(&build.revision);
    json.raw(",\"version\":").text(SPOKEN_VERSION).raw("}}\n");
    json
}

/// Each with the one label that every receiver has, its name.
pub(super) async fn receivers(
    Extension(backends): Extension<Arc<Backends>>,
    given: Parameters,
) -> Result<Json, AmFailure> {
    let filter = AlertFilter { receiver_matchers: given::receiver_matchers(&given)?, ..AlertFilter::default() };
    let receivers = backends.dispatch.receivers().into_iter().filter(|receiver| filter.takes_receiver(&receiver.name));
    let mut json = Json::new();
    json.array(receivers, |json, receiver| {
        json.raw("{\"labels\":{\"name\":").text(&receiver.name).raw("},\"name\":").text(&receiver.name).raw("}");
    });
    json.raw("\n");
    Ok(json)
}
