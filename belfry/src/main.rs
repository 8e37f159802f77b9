//! The daemon's entry point: hands the command line to [`cli`] and turns the outcome into an exit code, here only.
//!
//! Invariant: 0 done, 1 runtime failure, 2 bad command line or config.
#![forbid(unsafe_code)]

mod alerts;
mod ask;
mod check;
mod cli;
mod clock;
mod config;
mod crypto;
mod daemon;
mod exit;
mod health;
mod limits;
mod logging;
mod notify;
mod silence;
mod status;
mod table;
mod version;

use exit::Exit;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let Err(exit) = cli::run(std::env::args_os()) else { return ExitCode::SUCCESS };
    exit.print();
    match exit {
        Exit::Asked(_) => ExitCode::SUCCESS,
        Exit::Runtime(_) => ExitCode::from(1),
        Exit::Usage(_) | Exit::Config(_) => ExitCode::from(2),
    }
}
