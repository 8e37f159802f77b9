//! `/api/belfry/v1/notifications`: how the receivers do, and what was told lately, for the page.
//!
//! Invariant: newest first, bounded by the dispatcher; a time that is not known is the empty text.

use super::encode::time;
use crate::json::Json;
use crate::state::Backends;
use alerter::dispatch::{ReceiverView, Shown};
use axum::Extension;
use model::time::Millis;
use std::sync::Arc;

pub(super) async fn notifications(Extension(backends): Extension<Arc<Backends>>) -> Json {
    let mut json = Json::new();
    json.raw("{\"receivers\":").array(backends.dispatch.receivers(), receiver);
    json.raw(",\"notifications\":").array(backends.dispatch.notifications(), notification).raw("}");
    json
}

fn time_if_any(at: Option<Millis>) -> String {
    at.map(time).unwrap_or_default()
}

fn receiver(json: &mut Json, receiver: ReceiverView) {
    json.raw("{\"name\":").text(&receiver.name).raw(",\"integrations\":");
    json.array(&receiver.integrations, |json, (integration, tally)| {
        json.raw("{\"kind\":").text(&integration.kind).raw(",\"index\":").digits(integration.index as u64);
        json.raw(",\"sent\":").digits(tally.sent).raw(",\"failed\":").digits(tally.failed);
        json.raw(",\"last_success\":").text(&time_if_any(tally.last_success));
        json.raw(",\"last_failure\":").text(&time_if_any(tally.last_failure));
        json.raw(",\"last_error\":").text(&tally.last_error).raw("}");
    });
    json.raw("}");
}

fn notification(json: &mut Json, shown: Shown) {
    json.raw("{\"at\":").text(&time(shown.at)).raw(",\"receiver\":").text(&shown.integration.receiver);
    json.raw(",\"integration\":").text(&shown.integration.name());
    json.raw(",\"group_key\":").text(&shown.group_key).raw(",\"group_labels\":").labels(&shown.group_labels);
    json.raw(",\"status\":").text(if shown.firing { "firing" } else { "resolved" });
    json.raw(",\"alerts\":").texts(&shown.alerts).raw(",\"outcome\":").text(shown.outcome.as_str());
    json.raw(",\"attempts\":").digits(u64::from(shown.attempts)).raw(",\"error\":").text(&shown.error).raw("}");
}
