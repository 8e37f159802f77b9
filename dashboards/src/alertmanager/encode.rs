//! Alertmanager's JSON of alerts, groups and silences.
//!
//! Invariant: keys stand in its order; times have milliseconds, always three digits; empty lists are `[]`.

use crate::json::Json;
use alerter::dispatch::{AlertView, GroupView};
use alerter::silence::Silence;
use model::matcher::{MatchOp, Matcher};
use model::rfc3339;
use model::time::Millis;

/// `2026-11-28T10:00:00.000Z`.
pub(super) fn time(at: Millis) -> String {
    let millis = at.0.rem_euclid(1_000);
    let whole = rfc3339::format_millis(at - millis);
    format!("{}.{millis:03}Z", whole.trim_end_matches('Z'))
}

fn receivers(json: &mut Json, names: &[String]) {
    json.array(names, |json, name| {
        json.raw("{\"name\":").text(name).raw("}");
    });
}

fn alert(json: &mut Json, alert: &AlertView) {
    json.raw("{\"annotations\":").labels(&alert.annotations).raw(",\"endsAt\":").text(&time(alert.ends_at));
    json.raw(",\"fingerprint\":").text(&alert.fingerprint).raw(",\"receivers\":");
    receivers(json, &alert.receivers);
    json.raw(",\"startsAt\":").text(&time(alert.starts_at));
    json.raw(",\"status\":{\"inhibitedBy\":").texts(&alert.inhibited_by);
    json.raw(",\"mutedBy\":").texts(&alert.muted_by).raw(",\"silencedBy\":").texts(&alert.silenced_by);
    let state = if alert.is_suppressed() { "suppressed" } else { "active" };
    json.raw(",\"state\":").text(state).raw("},\"updatedAt\":").text(&time(alert.updated_at));
    if !alert.generator_url.is_empty() {
        json.raw(",\"generatorURL\":").text(&alert.generator_url);
    }
    json.raw(",\"labels\":").labels(&alert.labels).raw("}");
}

pub(super) fn alerts(alerts: &[AlertView]) -> Json {
    let mut json = Json::with_capacity(alerts.len() * 512);
    json.array(alerts, alert).raw("\n");
    json
}

pub(super) fn groups(groups: &[GroupView]) -> Json {
    let mut json = Json::new();
    json.array(groups, |json, group| {
        json.raw("{\"alerts\":").array(&group.alerts, alert).raw(",\"labels\":").labels(&group.labels);
        json.raw(",\"receiver\":{\"name\":").text(&group.receiver).raw("}}");
    });
    json.raw("\n");
    json
}

fn matcher(json: &mut Json, matcher: &Matcher) {
    let is_equal = matches!(matcher.op(), MatchOp::Equal | MatchOp::Regex);
    let is_regex = matches!(matcher.op(), MatchOp::Regex | MatchOp::NotRegex);
    json.raw("{\"isEqual\":").boolean(is_equal).raw(",\"isRegex\":").boolean(is_regex);
    json.raw(",\"name\":").text(matcher.name()).raw(",\"value\":").text(matcher.value()).raw("}");
}

pub(super) fn silence(json: &mut Json, silence: &Silence, now: Millis) {
    json.raw("{\"id\":").text(&silence.id);
    json.raw(",\"status\":{\"state\":").text(silence.phase(now).as_str());
    json.raw("},\"updatedAt\":").text(&time(silence.updated_at)).raw(",");
    if !silence.annotations.is_empty() {
        json.raw("\"annotations\":").object(&silence.annotations, |json, (name, value)| {
            json.text(name).raw(":").text(value);
        });
        json.raw(",");
    }
    json.raw("\"comment\":").text(&silence.comment).raw(",\"createdBy\":").text(&silence.created_by);
    json.raw(",\"endsAt\":").text(&time(silence.ends_at)).raw(",\"matchers\":");
    json.array(silence.matchers.iter(), matcher);
    json.raw(",\"startsAt\":").text(&time(silence.starts_at)).raw("}");
}
