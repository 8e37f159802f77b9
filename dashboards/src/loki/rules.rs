//! The rules of LogQL: `/prometheus/api/v1/rules` and `/alerts`, where Grafana asks a Loki for them, and
//! `/loki/api/v1/rules`, the groups as YAML.
//!
//! Invariant: keys stand in the order of Loki's ruler. The groups cannot be written over the API: they come from the
//! config.

use crate::json::Json;
use crate::params::Parameters;
use crate::prometheus::rules::{condition, shown};
use crate::state::Backends;
use alerter::config::rules::{Kind, Language};
use alerter::rules::{AlertView, GroupView, RuleView};
use axum::Extension;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::labels::Labels;
use model::number::{format_exponent, quoted};
use model::{duration, rfc3339};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

pub(super) async fn rules(Extension(backends): Extension<Arc<Backends>>, given: Parameters) -> Response {
    let kind = given.first("type").to_ascii_lowercase();
    if !matches!(kind.as_str(), "" | "alert" | "record") {
        return refused(&format!("not supported value {}", quoted(&kind)));
    }
    let groups = backends.rules.groups(Language::LogQl);
    let passes = |one: &str, list: &str, name: &str| {
        let mut asked = given.all(one).chain(given.all(list)).peekable();
        asked.peek().is_none() || asked.any(|wanted| wanted == name)
    };
    let wanted = |view: &&RuleView| {
        let of_kind = if view.rule.is_alerting() { kind != "record" } else { kind != "alert" };
        of_kind && passes("rule_name", "rule_name[]", &view.rule.name)
    };
    let shown = groups
        .iter()
        .filter(|view| passes("rule_group", "rule_group[]", &view.group.name))
        .filter(|view| passes("file", "file[]", &view.group.file))
        .map(|view| (view, view.rules.iter().filter(wanted).collect::<Vec<_>>()))
        .filter(|(_, rules)| !rules.is_empty());
    success(|json| {
        json.raw("{\"groups\":").array(shown, |json, (view, rules)| write_group(json, view, &rules)).raw("}");
    })
    .into_response()
}

pub(super) async fn alerts(Extension(backends): Extension<Arc<Backends>>) -> Json {
    let groups = backends.rules.groups(Language::LogQl);
    success(|json| {
        let alerts = groups.iter().flat_map(|group| &group.rules).flat_map(|rule| &rule.alerts);
        json.raw("{\"alerts\":").array(alerts, write_alert).raw("}");
    })
}

/// What stands around every answer of the ruler.
fn success(write_data: impl FnOnce(&mut Json)) -> Json {
    let mut json = Json::new();
    json.raw("{\"status\":\"success\",\"data\":");
    write_data(&mut json);
    json.raw(",\"errorType\":\"\",\"error\":\"\"}");
    json
}

fn refused(what: &str) -> Response {
    let mut json = Json::new();
    json.raw("{\"status\":\"error\",\"data\":null,\"errorType\":\"bad_data\",\"error\":").text(what).raw("}");
    (StatusCode::BAD_REQUEST, json).into_response()
}

fn write_group(json: &mut Json, view: &GroupView, rules: &[&RuleView]) {
    json.raw("{\"name\":").text(&view.group.name).raw(",\"file\":").text(&view.group.file);
    json.raw(",\"rules\":").array(rules, |json, rule| write_rule(json, rule));
    json.raw(",\"interval\":").number(view.interval.as_secs_f64());
    json.raw(",\"limit\":").digits(view.group.limit as u64);
    json.raw(",\"lastEvaluation\":").text(&shown(view.evaluated_at));
    json.raw(",\"evaluationTime\":").number(view.took.as_secs_f64()).raw("}");
}

fn write_rule(json: &mut Json, view: &RuleView) {
    match &view.rule.kind {
        Kind::Alerting { timing, annotations } => {
            json.raw("{\"state\":").text(condition(view.condition)).raw(",\"name\":").text(&view.rule.name);
            json.raw(",\"query\":").text(&view.rule.query).raw(",\"duration\":").number(timing.hold.as_secs_f64());
            json.raw(",\"labels\":").labels(&view.rule.labels).raw(",\"annotations\":").labels(annotations);
            json.raw(",\"alerts\":").array(&view.alerts, write_alert);
        }
        Kind::Recording => {
            json.raw("{\"name\":").text(&view.rule.name).raw(",\"query\":").text(&view.rule.query);
            json.raw(",\"labels\":").labels(&view.rule.labels);
        }
    }
    json.raw(",\"health\":").text(view.health.as_str()).raw(",\"lastError\":").text(&view.last_error);
    json.raw(",\"type\":").text(if view.rule.is_alerting() { "alerting" } else { "recording" });
    json.raw(",\"lastEvaluation\":").text(&shown(view.evaluated_at));
    json.raw(",\"evaluationTime\":").number(view.took.as_secs_f64()).raw("}");
}

fn write_alert(json: &mut Json, view: &AlertView) {
    let alert = &view.alert;
    json.raw("{\"labels\":").labels(&alert.labels).raw(",\"annotations\":").labels(&alert.annotations);
    json.raw(",\"state\":").text(alert.state.as_str());
    json.raw(",\"activeAt\":").text(&rfc3339::format_millis(alert.active_at));
    json.raw(",\"value\":").text(&format_exponent(alert.value)).raw("}");
}

/// The groups of each file, as Loki's ruler lists them by namespace. Rules show their expressions in canonical form.
pub(super) async fn groups(Extension(backends): Extension<Arc<Backends>>) -> Response {
    let mut files: BTreeMap<String, Vec<ShownGroup>> = BTreeMap::new();
    for view in backends.rules.groups(Language::LogQl) {
        files.entry(view.group.file.clone()).or_default().push(ShownGroup::of(&view));
    }
    let text = if files.is_empty() {
        "{}\n".to_owned()
    } else {
        serde_saphyr::to_string(&files).unwrap_or_else(|error| format!("# cannot be shown: {error}\n"))
    };
    let mut response = Response::new(Body::from(text));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/yaml"));
    response
}

#[derive(Serialize)]
struct ShownGroup {
    name: String,
    interval: String,
    #[serde(skip_serializing_if = "is_zero")]
    limit: usize,
    rules: Vec<ShownRule>,
}

#[derive(Serialize)]
struct ShownRule {
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alert: Option<String>,
    expr: String,
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    hold: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    keep_firing_for: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(limit: &usize) -> bool {
    *limit == 0
}

fn pairs(labels: &Labels) -> BTreeMap<String, String> {
    labels.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

impl ShownGroup {
    fn of(view: &GroupView) -> Self {
        let rules = view.rules.iter().map(ShownRule::of).collect();
        let (name, interval) = (view.group.name.clone(), duration::format(view.interval));
        Self { name, interval, limit: view.group.limit, rules }
    }
}

impl ShownRule {
    fn of(view: &RuleView) -> Self {
        let written = |duration: Duration| (!duration.is_zero()).then(|| duration::format(duration));
        let (name, expr, labels) = (view.rule.name.clone(), view.rule.query.clone(), pairs(&view.rule.labels));
        match &view.rule.kind {
            Kind::Alerting { timing, annotations } => Self {
                record: None,
                alert: Some(name),
                expr,
                hold: written(timing.hold),
                keep_firing_for: written(timing.keep_firing),
                labels,
                annotations: pairs(annotations),
            },
            Kind::Recording => Self {
                record: Some(name),
                alert: None,
                expr,
                hold: None,
                keep_firing_for: None,
                labels,
                annotations: BTreeMap::new(),
            },
        }
    }
}
