//! `/api/v1/rules`, `/api/v1/alerts` and `/api/v1/alertmanagers`, in the shapes and words of Prometheus 3.
//!
//! Invariant: only PromQL rules are shown here; those of LogQL stand under `/prometheus/api/v1`, where Grafana asks a
//! Loki for them.

use super::encode::success;
use super::selectors::selectors;
use crate::error::Failure;
use crate::json::Json;
use crate::limits::QUERY_MAX;
use crate::params::Parameters;
use crate::state::{Backends, Front};
use alerter::alert::State as AlertState;
use alerter::config::rules::{Kind, Language};
use alerter::rules::{AlertView, Condition, GroupView, RuleView};
use axum::Extension;
use axum::extract::State;
use model::cancel::Cancel;
use model::matcher::Matcher;
use model::number::{format_exponent, quoted};
use model::rfc3339;
use model::time::Millis;
use std::collections::BTreeSet;
use std::sync::Arc;

/// How Go writes a time that never was.
const NEVER: &str = "0001-01-01T00:00:00Z";

pub(super) async fn rules(
    State(front): State<Front>,
    Extension(backends): Extension<Arc<Backends>>,
    given: Parameters,
) -> Result<Json, Failure> {
    let work = move |_: &Cancel| {
        let matchers = selectors(&given)?;
        let wanted = Wanted::read(&given, &matchers)?;
        let groups = backends.rules.groups(Language::PromQl);
        let page = wanted.page(&groups)?;
        Ok(success(|json| {
            json.raw("{\"groups\":").array(&page.groups, |json, (group, rules)| {
                write_group(json, group, rules, wanted.exclude_alerts);
            });
            if let Some(next) = &page.next {
                json.raw(",\"groupNextToken\":").text(next);
            }
            json.raw("}");
        }))
    };
    front.compute(QUERY_MAX, work).await
}

/// What is asked for.
struct Wanted<'a> {
    alerting: bool,
    recording: bool,
    exclude_alerts: bool,
    names: BTreeSet<&'a str>,
    groups: BTreeSet<&'a str>,
    files: BTreeSet<&'a str>,
    matchers: &'a [Vec<Matcher>],
    limit: Option<usize>,
    token: &'a str,
}

/// The groups that are shown, each with its rules, and where the next page begins.
struct Page<'a> {
    groups: Vec<(&'a GroupView, Vec<&'a RuleView>)>,
    next: Option<String>,
}

impl<'a> Wanted<'a> {
    fn read(given: &'a Parameters, matchers: &'a [Vec<Matcher>]) -> Result<Self, Failure> {
        let kind = given.first("type").to_ascii_lowercase();
        if !matches!(kind.as_str(), "" | "alert" | "record") {
            return Err(Failure::parameter("type", format!("not supported value {}", quoted(&kind))));
        }
        let exclude_alerts = exclude_alerts(given.first("exclude_alerts"))?;
        let (limit, token) = (given.first("group_limit"), given.first("group_next_token"));
        if limit.is_empty() && !token.is_empty() {
            let what = "group_limit needs to be present in order to paginate over the groups";
            return Err(Failure::parameter("group_next_token", what));
        }
        let limit = if limit.is_empty() { None } else { Some(group_limit(limit)?) };
        Ok(Self {
            alerting: kind != "record",
            recording: kind != "alert",
            exclude_alerts,
            names: given.all("rule_name[]").collect(),
            groups: given.all("rule_group[]").collect(),
            files: given.all("file[]").collect(),
            matchers,
            limit,
            token,
        })
    }

    fn page<'g>(&self, groups: &'g [GroupView]) -> Result<Page<'g>, Failure> {
        let start = match self.token {
            "" => 0,
            wanted => groups.iter().position(|group| token(group) == wanted).ok_or_else(|| {
                let what = format!("invalid group_next_token '{wanted}'. were rule groups changed?");
                Failure::parameter("group_next_token", what)
            })?,
        };
        let mut page = Page { groups: Vec::new(), next: None };
        for group in groups.iter().skip(start) {
            let rules = self.rules(group);
            if rules.is_empty() {
                continue;
            }
            if self.limit.is_some_and(|limit| page.groups.len() == limit) {
                page.next = Some(token(group));
                break;
            }
            page.groups.push((group, rules));
        }
        Ok(page)
    }

    /// The rules of a group that pass; none where the group does not.
    fn rules<'g>(&self, group: &'g GroupView) -> Vec<&'g RuleView> {
        let passes = |set: &BTreeSet<&str>, name: &str| set.is_empty() || set.contains(name);
        if !passes(&self.groups, &group.group.name) || !passes(&self.files, &group.group.file) {
            return Vec::new();
        }
        let wanted = |view: &&RuleView| {
            let kind = if view.rule.is_alerting() { self.alerting } else { self.recording };
            let matches = |set: &Vec<Matcher>| set.iter().all(|matcher| matcher.matches_labels(&view.rule.labels));
            kind && passes(&self.names, &view.rule.name)
                && (self.matchers.is_empty() || self.matchers.iter().any(matches))
        };
        group.rules.iter().filter(wanted).collect()
    }
}

/// As Go's `ParseBool` reads it, in any case.
fn exclude_alerts(text: &str) -> Result<bool, Failure> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "t" | "true" => Ok(true),
        "" | "0" | "f" | "false" => Ok(false),
        other => {
            let what = format!(
                "error converting exclude_alerts: strconv.ParseBool: parsing {}: invalid syntax",
                quoted(other)
            );
            Err(Failure::parameter("exclude_alerts", what))
        }
    }
}

fn group_limit(text: &str) -> Result<usize, Failure> {
    let refused = |what: String| Failure::parameter("group_limit", what);
    let limit: i32 = text.parse().map_err(|error: std::num::ParseIntError| {
        let reason = match error.kind() {
            std::num::IntErrorKind::PosOverflow | std::num::IntErrorKind::NegOverflow => "value out of range",
            _ => "invalid syntax",
        };
        refused(format!("group_limit needs to be a valid number: strconv.ParseInt: parsing {}: {reason}", quoted(text)))
    })?;
    usize::try_from(limit)
        .ok()
        .filter(|limit| *limit > 0)
        .ok_or_else(|| refused("group_limit needs to be greater than 0".to_owned()))
}

/// Where a page begins: opaque to clients.
fn token(group: &GroupView) -> String {
    let named = model::labels::Labels::from_pairs([("file", &*group.group.file), ("group", &*group.group.name)]);
    format!("{:016x}", named.fingerprint())
}

fn write_group(json: &mut Json, view: &GroupView, rules: &[&RuleView], exclude_alerts: bool) {
    json.raw("{\"name\":").text(&view.group.name).raw(",\"file\":").text(&view.group.file);
    json.raw(",\"rules\":").array(rules, |json, rule| write_rule(json, rule, exclude_alerts));
    json.raw(",\"interval\":").number(view.interval.as_secs_f64());
    json.raw(",\"limit\":").digits(view.group.limit as u64);
    json.raw(",\"evaluationTime\":").number(view.took.as_secs_f64());
    json.raw(",\"lastEvaluation\":").text(&shown(view.evaluated_at)).raw("}");
}

fn write_rule(json: &mut Json, view: &RuleView, exclude_alerts: bool) {
    match &view.rule.kind {
        Kind::Alerting { timing, annotations } => {
            json.raw("{\"state\":").text(condition(view.condition)).raw(",\"name\":").text(&view.rule.name);
            json.raw(",\"query\":").text(&view.rule.query).raw(",\"duration\":").number(timing.hold.as_secs_f64());
            json.raw(",\"keepFiringFor\":").number(timing.keep_firing.as_secs_f64());
            json.raw(",\"labels\":").labels(&view.rule.labels).raw(",\"annotations\":").labels(annotations);
            json.raw(",\"alerts\":");
            if exclude_alerts {
                // Go writes a list that was never made as null.
                json.raw("null");
            } else {
                json.array(&view.alerts, write_alert);
            }
        }
        Kind::Recording => {
            json.raw("{\"name\":").text(&view.rule.name).raw(",\"query\":").text(&view.rule.query);
            json.raw(",\"labels\":").labels(&view.rule.labels);
        }
    }
    json.raw(",\"health\":").text(view.health.as_str());
    if !view.last_error.is_empty() {
        json.raw(",\"lastError\":").text(&view.last_error);
    }
    json.raw(",\"evaluationTime\":").number(view.took.as_secs_f64());
    json.raw(",\"lastEvaluation\":").text(&shown(view.evaluated_at));
    json.raw(",\"type\":").text(if view.rule.is_alerting() { "alerting" } else { "recording" }).raw("}");
}

fn write_alert(json: &mut Json, view: &AlertView) {
    let alert = &view.alert;
    json.raw("{\"labels\":").labels(&alert.labels).raw(",\"annotations\":").labels(&alert.annotations);
    json.raw(",\"state\":").text(alert.state.as_str());
    json.raw(",\"activeAt\":").text(&rfc3339::format_millis(alert.active_at));
    if let Some(since) = alert.keep_firing_since {
        json.raw(",\"keepFiringSince\":").text(&rfc3339::format_millis(since));
    }
    json.raw(",\"value\":").text(&format_exponent(alert.value)).raw("}");
}

/// A time, or the one that never was.
pub(crate) fn shown(at: Option<Millis>) -> String {
    at.map_or_else(|| NEVER.to_owned(), rfc3339::format_millis)
}

/// The state of a rule as a whole.
pub(crate) fn condition(condition: Condition) -> &'static str {
    match condition {
        Condition::Inactive => AlertState::Resolved.as_str(),
        Condition::Pending => AlertState::Pending.as_str(),
        Condition::Firing => AlertState::Firing.as_str(),
    }
}

pub(super) async fn alerts(Extension(backends): Extension<Arc<Backends>>) -> Json {
    let groups = backends.rules.groups(Language::PromQl);
    success(|json| {
        let alerts = groups.iter().flat_map(|group| &group.rules).flat_map(|rule| &rule.alerts);
        json.raw("{\"alerts\":").array(alerts, write_alert).raw("}");
    })
}

/// Those that alerts are handed to. None is dropped: they are not relabeled.
pub(super) async fn alertmanagers(Extension(backends): Extension<Arc<Backends>>) -> Json {
    success(|json| {
        json.raw("{\"activeAlertmanagers\":").array(backends.forward.urls(), |json, url| {
            json.raw("{\"url\":").text(&url).raw("}");
        });
        json.raw(",\"droppedAlertmanagers\":[]}");
    })
}

/// Notices of the server to its own users; there are none.
pub(super) async fn notifications() -> Json {
    success(|json| {
        json.raw("[]");
    })
}
