//! Runs PromQL scripts (`load`, `clear`, `eval`) against a real store and prints per file how many evals pass.
//!
//! Our own scripts in `tests/cases/promql` must all pass. The folder in `PROMQLTEST_DIR`, where it is set, is run as
//! well: of the evals there that need neither native histograms nor a feature flag, 95 % must pass in the files of
//! [`GATED`]. The language of the scripts is Prometheus's, see its `promql/promqltest/README.md`.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test binary that prints its table and ends where it finds the unexpected"
)]

#[path = "promqltest/classify.rs"]
mod classify;
#[path = "promqltest/compare.rs"]
mod compare;
#[path = "promqltest/run.rs"]
mod run;
#[path = "promqltest/script.rs"]
mod script;
#[path = "promqltest/sequence.rs"]
mod sequence;

use classify::Need;
use run::Outcome;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Files of Prometheus's own scripts that must pass.
const GATED: [&str; 7] =
    ["aggregators", "functions", "literals", "range_queries", "selectors", "staleness", "trig_functions"];
/// How much of a gated file must pass, in percent.
const GATE_PERCENT: usize = 95;

/// How the evals of a file went.
#[derive(Debug, Default)]
struct Tally {
    plain: (usize, usize),
    native: (usize, usize),
    flag: (usize, usize),
}

impl Tally {
    fn of(outcomes: &[Outcome]) -> Self {
        let mut tally = Self::default();
        for outcome in outcomes {
            let (passed, all) = match outcome.need {
                Need::Nothing => &mut tally.plain,
                Need::NativeHistograms => &mut tally.native,
                Need::Flag => &mut tally.flag,
            };
            *all += 1;
            *passed += usize::from(outcome.failure.is_none());
        }
        tally
    }

    fn passes_gate(&self) -> bool {
        self.plain.0 * 100 >= self.plain.1 * GATE_PERCENT
    }
}

fn main() -> ExitCode {
    let verbose = std::env::var_os("PROMQLTEST_VERBOSE").is_some();
    println!("{:<28} {:>12} {:>18} {:>14}", "file", "plain", "native histograms", "feature flags");
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cases/promql");
    let mut failed = false;
    for file in scripts(&own) {
        let outcomes = run_file(&file);
        let tally = Tally::of(&outcomes);
        print_row(&file, &tally);
        failed |= report(&outcomes, |_| true);
    }
    let Some(folder) = std::env::var_os("PROMQLTEST_DIR") else {
        println!("SKIPPED: Prometheus's own scripts, since PROMQLTEST_DIR is not set");
        return if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    };
    for file in scripts(Path::new(&folder)) {
        let outcomes = run_file(&file);
        let tally = Tally::of(&outcomes);
        print_row(&file, &tally);
        report(&outcomes, |outcome| verbose || outcome.need == Need::Nothing);
        let gated = GATED.contains(&stem(&file).as_str());
        if gated && !tally.passes_gate() {
            println!("  below the gate of {GATE_PERCENT} %");
            failed = true;
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn scripts(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("reading {}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("folder entry").path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "test"));
    files.sort();
    assert!(!files.is_empty(), "no scripts in {}", folder.display());
    files
}

fn run_file(file: &Path) -> Vec<Outcome> {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("reading {}: {error}", file.display()));
    run::run(&stem(file), &script::parse(&text))
}

fn stem(file: &Path) -> String {
    file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

fn print_row(file: &Path, tally: &Tally) {
    let cell = |(passed, all): (usize, usize)| if all == 0 { "-".to_owned() } else { format!("{passed}/{all}") };
    println!("{:<28} {:>12} {:>18} {:>14}", stem(file), cell(tally.plain), cell(tally.native), cell(tally.flag));
}

/// Prints failures that are wanted and tells whether there were any.
fn report(outcomes: &[Outcome], wanted: impl Fn(&Outcome) -> bool) -> bool {
    let mut any = false;
    for outcome in outcomes.iter().filter(|outcome| wanted(outcome)) {
        if let Some(failure) = &outcome.failure {
            println!("  line {} ({:?}): {}\n      {failure}", outcome.line, outcome.need, outcome.expr);
            any = true;
        }
    }
    any
}
