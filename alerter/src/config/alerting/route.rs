//! `route`: the tree that decides who is told of which alert.
//!
//! Invariant: the root has a receiver and no matchers; whatever a route names exists.

use super::{matchers, shown};
use crate::matchers::{Matchers, is_label_name};
use model::number::quoted;
use serde::{Deserialize, Serialize};
use serde_saphyr::{Location, Spanned};
use settings::report::{Key, Report};
use settings::unsupported::Unsupported;
use std::collections::BTreeSet;
use std::time::Duration;

/// Groups by every label.
const EVERY_LABEL: &str = "...";

/// Deepest nesting of routes that is read; deeper ones are a finding.
const DEPTH_MAX: usize = 64;

/// A route as written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawRoute {
    receiver: Option<Spanned<String>>,
    group_by: Option<Vec<Spanned<String>>>,
    #[serde(rename = "match")]
    equal: matchers::RawMap,
    match_re: matchers::RawMap,
    matchers: matchers::RawList,
    mute_time_intervals: Option<Vec<Spanned<String>>>,
    active_time_intervals: Option<Vec<Spanned<String>>>,
    #[serde(rename = "continue")]
    goes_on: Option<bool>,
    routes: Option<Vec<Spanned<RawRoute>>>,
    group_wait: Option<Spanned<String>>,
    group_interval: Option<Spanned<String>>,
    repeat_interval: Option<Spanned<String>>,
    labels: Unsupported,
}

/// A route. What is `None` comes from the route above, at the root from Alertmanager's defaults (30s, 5m, 4h).
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Route {
    /// Who is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receiver: Option<String>,
    /// By which labels alerts are put together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_by: Option<Vec<String>>,
    /// Which alerts take this route.
    #[serde(skip_serializing_if = "Matchers::is_empty", serialize_with = "shown::matchers")]
    pub matchers: Matchers,
    /// Times at which nobody is told; not inherited.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mute_time_intervals: Vec<String>,
    /// The only times at which anybody is told, if any are named; not inherited.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub active_time_intervals: Vec<String>,
    /// Whether an alert that takes this route looks at the routes after it too.
    #[serde(rename = "continue")]
    pub goes_on: bool,
    /// The routes below; the first that an alert matches takes it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<Route>,
    /// How long a new group waits for more alerts.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "shown::duration_if_any")]
    pub group_wait: Option<Duration>,
    /// How long a group waits before it tells of changes.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "shown::duration_if_any")]
    pub group_interval: Option<Duration>,
    /// How long until an unchanged group is told of again.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "shown::duration_if_any")]
    pub repeat_interval: Option<Duration>,
}

impl Route {
    /// A root that sends everything to one receiver.
    pub fn to_receiver(name: &str) -> Self {
        Self { receiver: Some(name.to_owned()), ..Self::default() }
    }

    /// Whether alerts are put together by all of their labels.
    pub fn groups_by_all(&self) -> bool {
        self.group_by.as_ref().is_some_and(|labels| labels.iter().any(|label| label == EVERY_LABEL))
    }
}

/// What routes may name.
#[derive(Debug, Default)]
pub(super) struct Known<'a> {
    pub(super) receivers: BTreeSet<&'a str>,
    pub(super) intervals: BTreeSet<&'a str>,
}

pub(super) fn read_root(raw: Spanned<RawRoute>, key: &Key, known: &Known<'_>, report: &mut Report) -> Route {
    let place = raw.referenced;
    let route = read(raw, key, known, report, 0);
    if route.receiver.as_deref().unwrap_or_default().is_empty() {
        report.add(key, place, "root route must specify a default receiver");
    }
    for (name, wrong, what) in [
        ("matchers", !route.matchers.is_empty(), "matchers"),
        ("mute_time_intervals", !route.mute_time_intervals.is_empty(), "mute time intervals"),
        ("active_time_intervals", !route.active_time_intervals.is_empty(), "active time intervals"),
    ] {
        if wrong {
            report.add(&key.field(name), place, format!("root route must not have any {what}"));
        }
    }
    route
}

fn read(raw: Spanned<RawRoute>, key: &Key, known: &Known<'_>, report: &mut Report, depth: usize) -> Route {
    let Spanned { value: raw, referenced: place, .. } = raw;
    if depth >= DEPTH_MAX {
        report.add(key, place, format!("routes are nested deeper than {DEPTH_MAX}"));
        return Route::default();
    }
    raw.labels.refuse("labels", key, report);
    let maps = [(raw.equal, "match"), (raw.match_re, "match_re")];
    let matchers = Matchers::new(matchers::read(maps, (raw.matchers, "matchers"), key, report));
    let receiver = raw.receiver.filter(|receiver| !receiver.value.is_empty());
    if let Some(receiver) = receiver.as_ref().filter(|receiver| !known.receivers.contains(receiver.value.as_str())) {
        let what = format!("undefined receiver {} used in route", quoted(&receiver.value));
        report.add(&key.field("receiver"), receiver.referenced, what);
    }
    let below = raw.routes.into_iter().flatten().enumerate();
    let below = below.map(|(index, raw)| read(raw, &key.field("routes").index(index), known, report, depth + 1));
    let routes = below.collect();
    Route {
        receiver: receiver.map(|receiver| receiver.value),
        group_by: raw.group_by.map(|labels| read_group_by(labels, &key.field("group_by"), place, report)),
        matchers,
        mute_time_intervals: read_intervals(raw.mute_time_intervals, &key.field("mute_time_intervals"), known, report),
        active_time_intervals: read_intervals(
            raw.active_time_intervals,
            &key.field("active_time_intervals"),
            known,
            report,
        ),
        goes_on: raw.goes_on.unwrap_or_default(),
        routes,
        group_wait: read_duration(raw.group_wait, &key.field("group_wait"), Zero::Allowed, report),
        group_interval: read_duration(raw.group_interval, &key.field("group_interval"), Zero::Refused, report),
        repeat_interval: read_duration(raw.repeat_interval, &key.field("repeat_interval"), Zero::Refused, report),
    }
}

fn read_group_by(labels: Vec<Spanned<String>>, key: &Key, place: Location, report: &mut Report) -> Vec<String> {
    let mut seen = BTreeSet::new();
    for (index, label) in labels.iter().enumerate() {
        if !is_label_name(&label.value) {
            let what = format!("invalid label name {} in group_by list", quoted(&label.value));
            report.add(&key.index(index), label.referenced, what);
        }
        if label.value != EVERY_LABEL && !seen.insert(label.value.as_str()) {
            let what = format!("duplicated label {} in group_by", quoted(&label.value));
            report.add(&key.index(index), label.referenced, what);
        }
    }
    if !seen.is_empty() && labels.iter().any(|label| label.value == EVERY_LABEL) {
        report.add(key, place, "cannot have wildcard group_by (`...`) and other labels at the same time");
    }
    labels.into_iter().map(|label| label.value).collect()
}

fn read_intervals(
    names: Option<Vec<Spanned<String>>>,
    key: &Key,
    known: &Known<'_>,
    report: &mut Report,
) -> Vec<String> {
    let mut read = Vec::new();
    for (index, name) in names.into_iter().flatten().enumerate() {
        if !known.intervals.contains(name.value.as_str()) {
            let what = format!("undefined time interval {} used in route", quoted(&name.value));
            report.add(&key.index(index), name.referenced, what);
        }
        read.push(name.value);
    }
    read
}

/// Whether a duration may be zero.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Zero {
    Allowed,
    Refused,
}

fn read_duration(raw: Option<Spanned<String>>, key: &Key, zero: Zero, report: &mut Report) -> Option<Duration> {
    report.read(key, raw, |text| match model::duration::parse(&text) {
        Ok(duration) if duration.is_zero() && zero == Zero::Refused => Err(format!("cannot be zero, got {text}")),
        Ok(duration) => Ok(duration),
        Err(error) => Err(error.to_string()),
    })
}
