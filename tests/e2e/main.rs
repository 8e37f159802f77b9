//! Belfry from outside: a real daemon, real and fake exporters, real signals.
//!
//! Invariant: a scenario uses only what a user has (the binary, its port, its files), waits for conditions and never for
//! times, and leaves nothing behind. What a scenario needs and cannot find makes it skip by name, or fail under `CI=true`.
#![expect(clippy::indexing_slicing, clippy::print_stderr, reason = "a test may end where it finds the unexpected")]

mod alerts;
mod daemon;
mod exporter;
mod http;
mod log_writer;
mod loki;
mod node_exporter;
mod poll;
mod process;
mod program;
mod prometheus;
mod remote_write;
mod scenarios;
mod scene;
mod world;

use libtest_mimic::{Arguments, Failed, Trial};
use program::Program;
use scene::Scene;
use std::process::ExitCode;

/// One scenario: fails by its error.
type Scenario = fn(&Scene) -> anyhow::Result<()>;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Most scenarios wait for scrapes, not for the processor.
    arguments.test_threads = arguments.test_threads.or(Some(4));
    let mut trials = Vec::new();
    for (name, scenario) in scenarios::ALONE {
        trials.push(trial(name, *scenario));
    }
    for (name, scenario, programs) in scenarios::BESIDE {
        trials.push(beside(name, *scenario, programs));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trial(name: &'static str, scenario: Scenario) -> Trial {
    Trial::test(name, move || {
        let scene = Scene::new().map_err(|error| Failed::from(format!("{error:#}")))?;
        scenario(&scene).map_err(|error| Failed::from(format!("{error:#}\n{}", scene.told())))
    })
}

fn beside(name: &'static str, scenario: Scenario, programs: &[Program]) -> Trial {
    let Some(missing) = program::missing(programs) else { return trial(name, scenario) };
    if std::env::var("CI").is_ok_and(|ci| ci == "true") {
        return Trial::test(name, move || Err(Failed::from(missing)));
    }
    eprintln!("SKIP {name}: {missing}");
    Trial::test(name, || Ok(())).with_ignored_flag(true)
}
