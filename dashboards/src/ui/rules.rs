//! `/api/belfry/v1/rules`: all rules of both languages for the page, with what their selectors match.
//!
//! Invariant: what the page shows of a rule's blindness is what the rule itself found at its last look.

use crate::error::Failure;
use crate::json::Json;
use crate::limits::QUERY_MAX;
use crate::prometheus::rules::condition;
use crate::state::{Backends, Front};
use alerter::blind::Missing;
use alerter::config::rules::{Kind, Language};
use alerter::rules::{AlertView, GroupView, RuleView};
use axum::Extension;
use axum::extract::State;
use model::cancel::Cancel;
use model::rfc3339;
use std::sync::Arc;
use std::time::Duration;

pub(super) async fn rules(
    State(front): State<Front>,
    Extension(backends): Extension<Arc<Backends>>,
) -> Result<Json, Failure> {
    let work = move |_: &Cancel| {
        let groups = [Language::PromQl, Language::LogQl].map(|language| backends.rules.groups(language));
        let mut json = Json::new();
        json.raw("{\"groups\":").array(groups.iter().flatten(), write_group).raw("}");
        Ok(json)
    };
    front.compute(QUERY_MAX, work).await
}

fn write_group(json: &mut Json, view: &GroupView) {
    json.raw("{\"name\":").text(&view.group.name).raw(",\"file\":").text(&view.group.file);
    json.raw(",\"interval_seconds\":").number(view.interval.as_secs_f64());
    json.raw(",\"language\":").text(view.group.language.as_str());
    json.raw(",\"rules\":").array(&view.rules, write_rule).raw("}");
}

fn write_rule(json: &mut Json, view: &RuleView) {
    let kind = if view.rule.is_alerting() { "alerting" } else { "recording" };
    json.raw("{\"name\":").text(&view.rule.name).raw(",\"kind\":").text(kind);
    json.raw(",\"query\":").text(&view.rule.query).raw(",\"state\":").text(condition(view.condition));
    json.raw(",\"health\":").text(view.health.as_str()).raw(",\"last_error\":").text(&view.last_error);
    let evaluated = view.evaluated_at.map(rfc3339::format_millis).unwrap_or_default();
    json.raw(",\"last_evaluation\":").text(&evaluated);
    json.raw(",\"evaluation_seconds\":").number(view.took.as_secs_f64());
    write_timing(json, &view.rule.kind);
    json.raw(",\"labels\":").labels(&view.rule.labels).raw(",\"annotations\":");
    match &view.rule.kind {
        Kind::Alerting { annotations, .. } => json.labels(annotations),
        Kind::Recording => json.raw("{}"),
    };
    json.raw(",\"blind\":").boolean(view.is_blind).raw(",\"selectors\":");
    json.array(view.rule.watching.selectors.iter().zip(&view.looked), |json, (watched, looked)| {
        json.raw("{\"selector\":").text(&watched.to_string()).raw(",\"series\":").digits(looked.series);
        json.raw(",\"missing\":");
        write_missing(json, looked.missing.as_ref());
        json.raw("}");
    });
    json.raw(",\"alerts\":").array(&view.alerts, write_alert).raw("}");
}

fn write_timing(json: &mut Json, kind: &Kind) {
    let (hold, keep_firing) = match kind {
        Kind::Alerting { timing, .. } => (timing.hold, timing.keep_firing),
        Kind::Recording => (Duration::ZERO, Duration::ZERO),
    };
    json.raw(",\"for_seconds\":").number(hold.as_secs_f64());
    json.raw(",\"keep_firing_for_seconds\":").number(keep_firing.as_secs_f64());
}

/// `null` where nothing is missing.
fn write_missing(json: &mut Json, missing: Option<&Missing>) {
    let Some(missing) = missing else {
        json.raw("null");
        return;
    };
    json.raw("{\"part\":").text(missing.part.as_str()).raw(",\"name\":").text(&missing.name);
    json.raw(",\"value\":").text(&missing.value).raw(",\"text\":").text(&missing.text).raw("}");
}

fn write_alert(json: &mut Json, view: &AlertView) {
    let alert = &view.alert;
    json.raw("{\"fingerprint\":").text(&view.fingerprint).raw(",\"labels\":").labels(&alert.labels);
    json.raw(",\"annotations\":").labels(&alert.annotations).raw(",\"state\":").text(alert.state.as_str());
    json.raw(",\"value\":");
    if alert.value.is_finite() {
        json.number(alert.value);
    } else {
        json.text(&model::number::format_decimal(alert.value));
    }
    json.raw(",\"active_at\":").text(&rfc3339::format_millis(alert.active_at)).raw("}");
}

#[cfg(test)]
mod tests;
