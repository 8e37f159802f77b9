//! `belfry check`: what is wrong with config files, all of it, one line each.
#![expect(clippy::print_stdout, reason = "the answer of `belfry check`")]

use crate::cli::ServeFlags;
use crate::config;
use crate::crypto;
use crate::exit::Exit;
use model::finding::{Finding, Place};
use std::path::{Path, PathBuf};

/// Checks every file, and fails with the findings of all of them.
pub(crate) fn run(files: &[PathBuf]) -> Result<(), Exit> {
    crypto::install();
    let findings: Vec<_> = files.iter().filter_map(|file| check(file).err()).flatten().collect();
    if findings.is_empty() { Ok(()) } else { Err(Exit::Config(findings)) }
}

fn check(file: &Path) -> Result<(), Vec<Finding>> {
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
