//! `belfry check`: what is wrong with config files, all of it, one line each.
#![expect(clippy::print_stdout, reason = "the answer of `belfry check`")]

use crate::cli::ServeFlags;
use crate::config;
use crate::exit::Exit;
use std::path::{Path, PathBuf};

/// Checks every file, and fails with the findings of all of them.
pub(crate) fn run(files: &[PathBuf]) -> Result<(), Exit> {
    let findings: Vec<_> = files.iter().filter_map(|file| check(file).err()).flatten().collect();
    if findings.is_empty() { Ok(()) } else { Err(Exit::Config(findings)) }
}

fn check(file: &Path) -> Result<(), Vec<model::finding::Finding>> {
    let flags = ServeFlags { config: Some(file.to_owned()), ..ServeFlags::default() };
    let config = config::load(&flags)?;
    config.notices.iter().for_each(|notice| println!("warning: {notice}"));
    println!("{}: ok", file.display());
    Ok(())
}
