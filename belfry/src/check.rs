//! `belfry check`: what is wrong with config and rule files, all of it, one line each.
#![expect(clippy::print_stdout, reason = "the answer of `belfry check`")]

use crate::cli::ServeFlags;
use crate::clock::SystemClock;
use crate::config;
use crate::crypto;
use crate::daemon::alerting;
use crate::exit::Exit;
use alerter::config::alerting::{Alerting, is_alertmanager_file};
use alerter::config::rules::{self, Dialect, Language};
use alerter::links::Links;
use model::finding::{Finding, Place};
use query::Features;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Checks every file, and fails with the findings of all of them.
pub(crate) fn run(files: &[PathBuf], language: Language) -> Result<(), Exit> {
    crypto::install();
    let findings: Vec<_> = files.iter().filter_map(|file| check(file, language).err()).flatten().collect();
    if findings.is_empty() { Ok(()) } else { Err(Exit::Config(findings)) }
}

fn check(file: &Path, language: Language) -> Result<(), Vec<Finding>> {
    let text = config::read(file).unwrap_or_default();
    let notices = if rules::is_rule_file(&text) {
        // Everything that the engines can do is allowed here; what is switched on is the daemon's affair.
        let dialect = Dialect { language, features: Features::ALL };
        rules::read_text(&file.display().to_string(), &text, dialect)?;
        Vec::new()
    } else if is_alertmanager_file(&text) {
        let alerting = config::alertmanager_file(file)?;
        check_telling(&alerting).map_err(|findings| in_file(file, without_section(findings)))?;
        alerting.notices
    } else {
        check_config(file)?
    };
    notices.iter().for_each(|notice| println!("warning: {notice}"));
    println!("{}: ok", file.display());
    Ok(())
}

/// Certificates, keys, token files and templates are read as a start would, and put to no use. Answers with notices.
fn check_config(file: &Path) -> Result<Vec<String>, Vec<Finding>> {
    let flags = ServeFlags { config: Some(file.to_owned()), ..ServeFlags::default() };
    let config = config::load(&flags)?;
    let mut findings = Vec::new();
    findings.extend(collector::Prepared::new(&config.collector).err().into_iter().flatten());
    let unusable = |what| Finding { place: Place::default(), key: "web".to_owned(), what };
    findings.extend(dashboards::Prepared::read(&config.web).err().map(unusable));
    findings.extend(check_telling(&config.alerting).err().into_iter().flatten());
    if findings.is_empty() { Ok(config.notices) } else { Err(in_file(file, findings)) }
}

/// Whether everybody could be told.
fn check_telling(alerting: &Alerting) -> Result<(), Vec<Finding>> {
    alerting::Prepared::new(alerting, Links::new(""), Arc::new(SystemClock)).map(drop)
}

/// Keys as an alertmanager.yml has them, where no section stands around them.
fn without_section(mut findings: Vec<Finding>) -> Vec<Finding> {
    for finding in &mut findings {
        finding.key = finding.key.trim_start_matches("alerting.").to_owned();
    }
    findings
}

/// Names the file in findings that know only their key.
fn in_file(file: &Path, mut findings: Vec<Finding>) -> Vec<Finding> {
    for place in findings.iter_mut().map(|finding| &mut finding.place).filter(|place| place.file.is_empty()) {
        place.file = file.display().to_string();
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_could_be_told_with_is_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let check = |name: &str, text: &str, expected: &[&str]| {
            let file = folder.path().join(name);
            std::fs::write(&file, text).expect("a file");
            let found = super::check(&file, Language::PromQl).err().unwrap_or_default();
            let shown = |finding: &Finding| finding.to_string().replace(&format!("{}/", folder.path().display()), "");
            assert_eq!(found.iter().map(shown).collect::<Vec<_>>(), expected, "{text}");
        };
        crypto::install();
        let missing = "route: {receiver: a}\nreceivers: [{name: a, slack_configs: [{api_url: 'http://h', channel: c, \
            text: '{{ template \"nope\" . }}'}]}, {name: b, heartbeat_configs: [{url: 'https://h', \
            http_config: {tls_config: {ca_file: no.pem}}}]}]";
        let nope = "slack_configs[0]: text: template \"nope\" not defined";
        let pem = "heartbeat_configs[0]: reading no.pem: No such file or directory (os error 2)";
        check("ok.yml", "receivers: [{name: a}]\nroute: {receiver: a}", &[]);
        check(
            "am.yml",
            missing,
            &[&format!("am.yml: receivers[name=a]: {nope}"), &format!("am.yml: receivers[name=b]: {pem}")],
        );
        check(
            "belfry.yml",
            "alerting: {config_file: am.yml}",
            &[
                &format!("belfry.yml: alerting.receivers[name=a]: {nope}"),
                &format!("belfry.yml: alerting.receivers[name=b]: {pem}"),
            ],
        );
    }
}
