//! The section `alerting`: alertmanager.yml inline or as a file, and what a prometheus.yml holds there.
//!
//! Invariant: in what [`read`] returns every receiver and time interval that a route names exists, the root has a
//! receiver and takes every alert, and names are unique. Everything that is wrong is told in one pass. It reads the files
//! that the section names and nothing else.

mod inhibit;
mod matchers;
mod route;
mod shown;
mod time_interval;

pub use inhibit::InhibitRule;
pub use route::Route;
pub use time_interval::{Interval, NamedInterval, Span};

use super::alertmanagers::{self, Alertmanager, RawAlertmanager};
use super::receiver::{Global, RawGlobal, RawReceiver, Receiver, read_global, read_receiver};
use inhibit::RawInhibitRule;
use model::finding::Finding;
use model::number::quoted;
use route::RawRoute;
use serde::{Deserialize, Serialize};
use serde_saphyr::{Location, Spanned};
use settings::Source;
use settings::report::{Key, Report};
use settings::unsupported::Unsupported;
use std::collections::BTreeSet;
use time_interval::RawNamedInterval;

/// `alerting:` of our own config as written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawAlerting {
    config_file: Option<Spanned<String>>,
    alertmanagers: Option<Vec<Spanned<RawAlertmanager>>>,
    alert_relabel_configs: Unsupported,
    global: Option<Spanned<RawGlobal>>,
    route: Option<Spanned<RawRoute>>,
    receivers: Option<Vec<Spanned<RawReceiver>>>,
    inhibit_rules: Option<Vec<Spanned<RawInhibitRule>>>,
    time_intervals: Option<Vec<Spanned<RawNamedInterval>>>,
    mute_time_intervals: Option<Vec<Spanned<RawNamedInterval>>>,
    templates: Option<Vec<Spanned<String>>>,
    tracing: Unsupported,
    event_recorder: Unsupported,
}

/// An alertmanager.yml as written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawFile {
    global: Option<Spanned<RawGlobal>>,
    route: Option<Spanned<RawRoute>>,
    receivers: Option<Vec<Spanned<RawReceiver>>>,
    inhibit_rules: Option<Vec<Spanned<RawInhibitRule>>>,
    time_intervals: Option<Vec<Spanned<RawNamedInterval>>>,
    mute_time_intervals: Option<Vec<Spanned<RawNamedInterval>>>,
    templates: Option<Vec<Spanned<String>>>,
    tracing: Unsupported,
    event_recorder: Unsupported,
}

/// The section, checked. It serialises as a complete alertmanager.yml, secrets as `<secret>`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Alerting {
    /// What holds for all receivers.
    pub global: Global,
    /// The root of the routes. `None`: alerts are held and shown, and nobody is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<Route>,
    /// Which alerts keep which others quiet.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub inhibit_rules: Vec<InhibitRule>,
    /// Who can be told; names are unique.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub receivers: Vec<Receiver>,
    /// Globs of template files, as written.
    pub templates: Vec<String>,
    /// Times by name, those of `mute_time_intervals` first; names are unique.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub time_intervals: Vec<NamedInterval>,
    /// The template files that the globs name: name and text.
    #[serde(skip)]
    pub template_files: Vec<(String, String)>,
    /// Others that alerts are handed to, of a prometheus.yml. Not shown: an alertmanager.yml has no such key.
    #[serde(skip)]
    pub alertmanagers: Vec<Alertmanager>,
    /// What the user should know though it is no error, one line each.
    #[serde(skip)]
    pub notices: Vec<String>,
}

/// The receiver that stands in `config.original` while no route is configured; nothing is sent to it.
const NOBODY: &str = "nobody";

impl Alerting {
    /// A complete alertmanager.yml, secrets as `<secret>`. Without a route it names a receiver without integrations,
    /// since readers (Grafana) expect both keys.
    pub fn to_yaml(&self) -> String {
        let mut whole = self.clone();
        if whole.route.is_none() {
            let receiver = whole.receivers.first().map(|receiver| receiver.name.clone());
            whole.route = Some(Route::to_receiver(receiver.as_deref().unwrap_or(NOBODY)));
        }
        let nobody = if whole.receivers.is_empty() { "receivers:\n- name: nobody\n" } else { "" };
        match serde_saphyr::to_string(&whole) {
            Ok(yaml) => format!("{yaml}{nobody}"),
            Err(error) => {
                format!("# cannot be shown: {error}\nroute:\n  receiver: nobody\nreceivers:\n- name: nobody\n")
            }
        }
    }
}

/// Checks the section, and reads the files that it names.
pub fn read(raw: Option<Spanned<RawAlerting>>, key: &Key, source: &Source, report: &mut Report) -> Alerting {
    let Some(Spanned { value: mut raw, referenced: place, .. }) = raw else { return Alerting::default() };
    let notices = notices(&raw, key, report.file());
    let alertmanagers = alertmanagers::read(raw.alertmanagers.take(), &key.field("alertmanagers"), source, report);
    let alerting = match raw.config_file {
        Some(file) => read_file(&file, &key.field("config_file"), source, report),
        None => read_sections(raw.inline(), Some(key), place, source, report),
    };
    Alerting { alertmanagers, notices: [notices, alerting.notices].concat(), ..alerting }
}

impl RawAlerting {
    fn inline(self) -> RawFile {
        RawFile {
            global: self.global,
            route: self.route,
            receivers: self.receivers,
            inhibit_rules: self.inhibit_rules,
            time_intervals: self.time_intervals,
            mute_time_intervals: self.mute_time_intervals,
            templates: self.templates,
            tracing: self.tracing,
            event_recorder: self.event_recorder,
        }
    }

    /// Names of the keys of an alertmanager.yml that stand inline.
    fn written(&self) -> Vec<&'static str> {
        let keys = [
            ("global", self.global.is_some()),
            ("route", self.route.is_some()),
            ("receivers", self.receivers.is_some()),
            ("inhibit_rules", self.inhibit_rules.is_some()),
            ("time_intervals", self.time_intervals.is_some()),
            ("mute_time_intervals", self.mute_time_intervals.is_some()),
            ("templates", self.templates.is_some()),
        ];
        keys.into_iter().filter(|(_, written)| *written).map(|(name, _)| name).collect()
    }
}

fn notices(raw: &RawAlerting, key: &Key, file: &str) -> Vec<String> {
    let not_yet = |name: &str| format!("{file}: {}: is accepted and takes no effect yet", key.field(name));
    let mut notices = Vec::new();
    if raw.alert_relabel_configs.is_written() {
        notices.push(not_yet("alert_relabel_configs"));
    }
    if raw.config_file.is_some() {
        let ignored = raw.written();
        if !ignored.is_empty() {
            notices.push(format!(
                "{file}: {key}: {} are ignored, for config_file names the file that holds them",
                ignored.join(", ")
            ));
        }
    }
    notices
}

fn read_file(file: &Spanned<String>, key: &Key, source: &Source, report: &mut Report) -> Alerting {
    let path = source.resolve(&file.value);
    let name = path.display().to_string();
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => {
            report.add(key, file.referenced, format!("reading {name}: {error}"));
            return Alerting::default();
        }
    };
    let folder = path.parent().map(std::path::Path::to_path_buf).unwrap_or_default();
    read_text(&text, &Source { file: name, folder }).unwrap_or_else(|findings| {
        findings.into_iter().for_each(|finding| report.push(finding));
        Alerting::default()
    })
}

/// Reads the text of an alertmanager.yml, and the files that it names. `source` is the file itself.
///
/// # Errors
/// Everything that is wrong, in the order of the file.
pub fn read_text(text: &str, source: &Source) -> Result<Alerting, Vec<Finding>> {
    let raw = settings::source::parse::<RawFile>(text, &source.file).map_err(|finding| vec![finding])?;
    let mut report = Report::new(source.file.clone());
    // Alertmanager does not start without; inline it may be left out where nobody is to be told.
    if raw.route.is_none() && raw.receivers.as_ref().is_none_or(Vec::is_empty) {
        report.add(&Key::root("route"), Location::UNKNOWN, "no routes provided");
    }
    let alerting = read_sections(raw, None, Location::UNKNOWN, source, &mut report);
    report.finish(alerting)
}

/// Whether a YAML text is an alertmanager.yml rather than a config of ours: `route` or `receivers` is a top-level key.
pub fn is_alertmanager_file(text: &str) -> bool {
    let begins = |line: &str| {
        let key = line.trim_start_matches('{').trim_start_matches('"');
        ["route:", "route\":", "receivers:", "receivers\":"].iter().any(|start| key.starts_with(start))
    };
    text.trim_start_matches('\u{feff}').lines().any(begins)
}

/// The key of a section: below `alerting`, or at the top of a file of its own.
fn section(parent: Option<&Key>, name: &str) -> Key {
    parent.map_or_else(|| Key::root(name), |parent| parent.field(name))
}

fn read_sections(
    raw: RawFile,
    parent: Option<&Key>,
    place: Location,
    source: &Source,
    report: &mut Report,
) -> Alerting {
    let key = |name: &str| section(parent, name);
    let mut notices = Vec::new();
    for (name, written) in [("tracing", raw.tracing), ("event_recorder", raw.event_recorder)] {
        if written.is_written() {
            notices.push(format!("{}: {}: is accepted and takes no effect yet", report.file(), key(name)));
        }
    }
    let global = read_global(raw.global, &key("global"), source, report);
    let receivers = read_receivers(raw.receivers, &key("receivers"), &global, source, report);
    let muting = (key("mute_time_intervals"), raw.mute_time_intervals.unwrap_or_default());
    let timing = (key("time_intervals"), raw.time_intervals.unwrap_or_default());
    let time_intervals = time_interval::read_all([muting, timing], report);
    let inhibit_rules = raw.inhibit_rules.into_iter().flatten().enumerate();
    let inhibit_rules =
        inhibit_rules.map(|(index, raw)| inhibit::read(raw, &key("inhibit_rules").index(index), report)).collect();
    let known = route::Known {
        receivers: receivers.iter().map(|receiver| receiver.name.as_str()).collect(),
        intervals: time_intervals.iter().map(|interval| interval.name.as_str()).collect(),
    };
    let route = raw.route.map(|raw| route::read_root(raw, &key("route"), &known, report));
    if route.is_none() && !receivers.is_empty() {
        report.add(&key("route"), place, "no routes provided, though there are receivers");
    }
    let mut templates = Vec::new();
    let mut template_files = Vec::new();
    for (index, glob) in raw.templates.into_iter().flatten().enumerate() {
        let key = key("templates").index(index);
        template_files.extend(settings::source::read_texts(&glob, &key, source, report));
        templates.push(glob.value);
    }
    Alerting {
        global,
        route,
        inhibit_rules,
        receivers,
        templates,
        time_intervals,
        template_files,
        alertmanagers: Vec::new(),
        notices,
    }
}

fn read_receivers(
    raw: Option<Vec<Spanned<RawReceiver>>>,
    key: &Key,
    global: &Global,
    source: &Source,
    report: &mut Report,
) -> Vec<Receiver> {
    let mut seen = BTreeSet::new();
    let mut receivers = Vec::new();
    for (index, raw) in raw.into_iter().flatten().enumerate() {
        let key = key.index(index);
        let place = raw.referenced;
        let receiver = read_receiver(raw, &key, global, source, report);
        if !receiver.name.is_empty() && !seen.insert(receiver.name.clone()) {
            let what = format!("notification config name {} is not unique", quoted(&receiver.name));
            report.add(&key.field("name"), place, what);
        }
        receivers.push(receiver);
    }
    receivers
}

#[cfg(test)]
mod tests;
