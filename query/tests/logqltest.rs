//! Runs LogQL scripts (`load`, `clear`, `eval`) against a real store: all of `tests/cases/logql` must pass.
//!
//! The language of the scripts is that of the PromQL scripts where it can be:
//!
//! ```text
//! load
//!   {app="web"} 0s+10sx5 "GET /{i} 200" {level="info"}
//!
//! eval instant at 1m sum by (app) (count_over_time({app="web"}[1m]))
//!   {app="web"} 5
//!
//! eval range from 0s to 1m step 30s rate({app="web"}[30s])
//!   {app="web", level="info"} _ 0.1 0.1
//!
//! eval lines from 0s to 1m backward limit 1 {app="web"} | pattern "<_> <path> <_>"
//!   50s {app="web"} "GET /5 200" meta {level="info"} parsed {path="/5"}
//!
//! eval instant at 1m {app="web"}
//!   expect fail regex:not supported as an instant query
//! ```
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test ends where it finds the unexpected")]

#[path = "logqltest/run.rs"]
mod run;
#[path = "logqltest/script.rs"]
mod script;

use std::path::{Path, PathBuf};

#[test]
fn every_script_passes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cases/logql");
    let entries = std::fs::read_dir(&folder).expect("folder of scripts");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("folder entry").path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "test"));
    files.sort();
    assert!(!files.is_empty(), "no scripts in {}", folder.display());
    let mut failures = Vec::new();
    for file in files {
        let name = file.file_name().expect("file name").to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&file).expect("script");
        let commands = script::parse(&text).unwrap_or_else(|why| panic!("{name}: {why}"));
        failures.extend(run::run(&commands).into_iter().map(|failure| format!("{name}:{failure}")));
    }
    assert!(failures.is_empty(), "{} failed:\n{}", failures.len(), failures.join("\n"));
}
