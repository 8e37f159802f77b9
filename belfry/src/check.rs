//! `belfry check`: what is wrong with config and rule files, all of it, one line each.
#![expect(clippy::print_stdout, reason = "the answer of `belfry check`")]

use crate::cli::ServeFlags;
use crate::config;
use crate::crypto;
use crate::exit::Exit;
use alerter::config::rules::{self, Dialect, Language};
use model::finding::{Finding, Place};
use query::Features;
use std::path::{Path, PathBuf};

/// Checks every file, and fails with the findings of all of them.
pub(crate) fn run(files: &[PathBuf], language: Language) -> Result<(), Exit> {
    crypto::install();
    let findings: Vec<_> = files.iter().filter_map(|file| check(file, language).err()).flatten().collect();
    if findings.is_empty() { Ok(()) } else { Err(Exit::Config(findings)) }
}

fn check(file: &Path, language: Language) -> Result<(), Vec<Finding>> {
    if let Some(text) = config::read(file).ok().filter(|text| rules::is_rule_file(text)) {
        // Everything that the engines can do is allowed here; what is switched on is the daemon's affair.
        let dialect = Dialect { language, features: Features::ALL };
        rules::read_text(&file.display().to_string(), &text, dialect)?;
        println!("{}: ok", file.display());
        return Ok(());
    }
    let flags = ServeFlags { config: Some(file.to_owned()), ..ServeFlags::default() };
    let config = config::load(&flags)?;
    // Certificates, keys and token files are read as a start would, and put to no use.
    collector::Prepared::new(&config.collector).map_err(|findings| in_file(file, findings))?;
    dashboards::Prepared::read(&config.web)
        .map_err(|what| in_file(file, vec![Finding { place: Place::default(), key: String::new(), what }]))?;
    config.notices.iter().for_each(|notice| println!("warning: {notice}"));
    println!("{}: ok", file.display());
    Ok(())
}

/// Names the file in findings that know only their key.
fn in_file(file: &Path, mut findings: Vec<Finding>) -> Vec<Finding> {
    for place in findings.iter_mut().map(|finding| &mut finding.place).filter(|place| place.file.is_empty()) {
        place.file = file.display().to_string();
    }
    findings
}
