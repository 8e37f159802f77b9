//! Whole-daemon measurements: starts the release `belfry` (and, beside it, the peers found in `PEERS`) on loopback,
//! gives each the same load in turn, and prints what it cost as a JSON line per server and scenario.
//!
//! Run: `cargo bench -p belfry --bench daemon -- [write] [scrape] [query] [logs]`; `PEERS=DIR` holds `prometheus` and `victoria-metrics`.
//! Invariant: nothing is asserted by time. CPU is user + system of the server's process, background work included.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a measurement prints what it measured")]

mod load;
#[path = "../log_lines.rs"]
mod log_lines;
mod logs;
mod procs;
mod push_request;
mod scenario;
mod server;
mod write_request;

use std::process::ExitCode;

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let wants = |name: &str| wanted.is_empty() || wanted.iter().any(|word| word == name);
    let scenarios: [(&str, scenario::Scenario); 4] =
        [("write", scenario::write), ("scrape", scenario::scrape), ("query", scenario::query), ("logs", logs::logs)];
    let mut failed = false;
    for (name, run) in scenarios {
        if !wants(name) {
            continue;
        }
        for kind in server::available() {
            match run(kind) {
                Ok(figures) if figures.is_empty() => {}
                Ok(figures) => println!("{}", figures.to_json(name, kind.name())),
                Err(error) => {
                    failed = true;
                    eprintln!("{name} on {}: {error}", kind.name());
                }
            }
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
