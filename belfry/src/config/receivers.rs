//! Who can be told: the receivers of `alerting:`, or of an alertmanager.yml, for `belfry notify`.
//!
//! Invariant: only what is needed to send is read, so that a message can be tried while the rest of a file is unfinished.

use super::{finding, parse, read};
use alerter::config::receiver::{Global, RawGlobal, RawReceiver, Receiver, read_global, read_receiver};
use collector::config::Source;
use model::finding::Finding;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_saphyr::Spanned;
use settings::report::{Key, Report};
use settings::source::read_texts;
use std::path::Path;

/// Who can be told, and with which texts.
#[derive(Debug, Default)]
pub(crate) struct Receivers {
    /// All of them.
    pub(crate) receivers: Vec<Receiver>,
    /// Names and texts of the template files.
    pub(crate) templates: Vec<(String, String)>,
    /// Where users see Belfry; empty where the file does not say.
    pub(crate) external_url: String,
}

/// A config of ours; everything else in it is not looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Ours {
    alerting: Option<Section>,
    web: Option<Web>,
}

/// Whether a file is a config of ours.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Probe {
    alerting: Option<IgnoredAny>,
}

/// An alertmanager.yml, or `alerting:`; everything else in it is not looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Section {
    config_file: Option<Spanned<String>>,
    global: Option<Spanned<RawGlobal>>,
    receivers: Option<Vec<Spanned<RawReceiver>>>,
    templates: Option<Vec<Spanned<String>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Web {
    external_url: Option<String>,
}

/// Reads the receivers of a config, or of an alertmanager.yml.
///
/// # Errors
/// Every finding; a file that cannot be read is one.
pub(crate) fn receivers(path: &Path) -> Result<Receivers, Vec<Finding>> {
    let (source, text) = source_of(path)?;
    let probe: Probe = parse::parse(&source.file, &text, &parse::process_environment)?.value;
    if probe.alerting.is_none() {
        return section(&source, &text);
    }
    let parsed = parse::parse::<Ours>(&source.file, &text, &parse::process_environment)?;
    let (section, web) = (parsed.value.alerting.unwrap_or_default(), parsed.value.web.unwrap_or_default());
    let external_url = web.external_url.unwrap_or_default();
    let receivers = match &section.config_file {
        Some(file) => {
            let (source, text) = source_of(&source.resolve(&file.value))?;
            self::section(&source, &text)
        }
        None => validate(section, Some("alerting"), &source)
            .map_err(|findings| parse::with_original_columns(&parsed.prepared, &source.file, findings)),
    };
    Ok(Receivers { external_url, ..receivers? })
}

fn source_of(path: &Path) -> Result<(Source, String), Vec<Finding>> {
    let file = path.display().to_string();
    let text = read(path).map_err(|what| vec![finding(&file, what)])?;
    let folder = std::path::absolute(path).ok().and_then(|path| Some(path.parent()?.to_owned())).unwrap_or_default();
    Ok((Source { file, folder }, text))
}

fn section(source: &Source, text: &str) -> Result<Receivers, Vec<Finding>> {
    let parsed = parse::parse::<Section>(&source.file, text, &parse::process_environment)?;
    validate(parsed.value, None, source)
        .map_err(|findings| parse::with_original_columns(&parsed.prepared, &source.file, findings))
}

fn validate(section: Section, root: Option<&str>, source: &Source) -> Result<Receivers, Vec<Finding>> {
    let mut report = Report::new(source.file.clone());
    let key = |name: &str| root.map_or_else(|| Key::root(name), |root| Key::root(root).field(name));
    let global: Global = read_global(section.global, &key("global"), source, &mut report);
    let mut receivers = Vec::new();
    for (index, raw) in section.receivers.into_iter().flatten().enumerate() {
        receivers.push(read_receiver(raw, &key("receivers").index(index), &global, source, &mut report));
    }
    let mut templates = Vec::new();
    for (index, glob) in section.templates.into_iter().flatten().enumerate() {
        templates.extend(read_texts(&glob, &key("templates").index(index), source, &mut report));
    }
    report.finish(Receivers { receivers, templates, external_url: String::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(files: &[(&str, &str)]) -> Result<(Vec<String>, String), Vec<String>> {
        let folder = tempfile::tempdir().expect("temp dir");
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).expect("written");
        }
        let read = receivers(&folder.path().join(files[0].0)).map_err(|findings| {
            let shown = |finding: &Finding| finding.to_string().replace(&format!("{}/", folder.path().display()), "");
            findings.iter().map(shown).collect::<Vec<_>>()
        })?;
        Ok((read.receivers.iter().map(|receiver| receiver.name.clone()).collect(), read.external_url))
    }

    #[test]
    fn receivers_stand_inline_or_in_a_file_or_alone() {
        let alone = "route: {receiver: a}\nreceivers: [{name: a}, {name: b}]";
        let both = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(names(&[("am.yml", alone)]), Ok((both.clone(), String::new())));
        let inline =
            "global: {scrape_interval: 1s}\nweb: {external_url: 'http://b'}\nalerting: {receivers: [{name: a}]}";
        assert_eq!(names(&[("belfry.yml", inline)]), Ok((vec!["a".to_owned()], "http://b".to_owned())));
        let pointing = "alerting: {config_file: am.yml}";
        assert_eq!(names(&[("belfry.yml", pointing), ("am.yml", alone)]), Ok((both, String::new())));
    }

    #[test]
    fn what_is_wrong_has_its_place() {
        let wrong = "alerting:\n  receivers:\n  - name: a\n    webhook_configs: [{}]";
        let found =
            "belfry.yml:4:23: alerting.receivers[0].webhook_configs[0]: one of url or url_file must be configured";
        assert_eq!(names(&[("belfry.yml", wrong)]), Err(vec![found.to_owned()]));
    }
}
