//! `/api/v1/rules`, `/api/v1/alerts` and `/api/v1/alertmanagers` while no PromQL rule is evaluated: empty lists in
//! Prometheus's shape, and its checks of the parameters.

use super::encode::success;
use crate::error::Failure;
use crate::json::Json;
use crate::params::Parameters;
use model::number::quoted;

pub(crate) async fn rules(given: Parameters) -> Result<Json, Failure> {
    let kind = given.first("type").to_ascii_lowercase();
    if !matches!(kind.as_str(), "" | "alert" | "record") {
        return Err(Failure::parameter("type", format!("not supported value {}", quoted(&kind))));
    }
    let limit = given.first("group_limit");
    if !limit.is_empty() && !limit.parse::<i32>().is_ok_and(|limit| limit > 0) {
        return Err(Failure::parameter("group_limit", "group_limit needs to be a number greater than 0"));
    }
    if given.has("group_next_token") {
        let what = if limit.is_empty() {
            "group_limit needs to be set together with it"
        } else {
            "no rule group is called so"
        };
        return Err(Failure::parameter("group_next_token", what));
    }
    Ok(success(|json| {
        json.raw("{\"groups\":[]}");
    }))
}

pub(crate) async fn alerts() -> Json {
    success(|json| {
        json.raw("{\"alerts\":[]}");
    })
}

pub(super) async fn alertmanagers() -> Json {
    success(|json| {
        json.raw("{\"activeAlertmanagers\":[],\"droppedAlertmanagers\":[]}");
    })
}

/// Notices of the server to its own users; there are none.
pub(super) async fn notifications() -> Json {
    success(|json| {
        json.raw("[]");
    })
}
