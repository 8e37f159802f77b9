//! The same samples and the same questions, put to Belfry and to a real Prometheus: every answer must be the same.
//!
//! Run: `PEERS=DIR cargo test -p belfry --test peers`, DIR holding a `prometheus` binary; without it the test says that
//! it skips. `PEERS_VERBOSE=1` prints both answers where they differ.
//! Invariant: values are compared as text first and as floats within a relative 1e-12 after, and the summary counts both.
#![expect(
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test binary without a harness reports for itself"
)]

mod compare;
mod demo;
mod questions;
#[path = "../bench/daemon/server.rs"]
#[expect(dead_code, reason = "the measurements use the whole of it")]
mod server;
#[path = "../bench/daemon/write_request.rs"]
mod write_request;

use compare::Likeness;
use server::{Kind, Server};
use std::process::ExitCode;

const CONFIG: &str = "global: {scrape_interval: 15s, evaluation_interval: 15s}\nscrape_configs: []\n";
/// Belfry must not scrape itself here: the peer does not either.
const WITHOUT_EXPORTERS: &str = "exporters: {self: false}\n";

fn main() -> ExitCode {
    if !server::available().contains(&Kind::Prometheus) {
        println!("SKIPPED peers: PEERS names no folder that holds a prometheus binary");
        return ExitCode::SUCCESS;
    }
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("peers: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<bool, std::io::Error> {
    let (belfry, peer) = (
        Server::start(Kind::Belfry, &format!("{CONFIG}{WITHOUT_EXPORTERS}"))?,
        Server::start(Kind::Prometheus, CONFIG)?,
    );
    let end_ms = demo::end_ms();
    for request in demo::requests(end_ms) {
        belfry.connect()?.write(&request)?;
        peer.connect()?.write(&request)?;
    }
    let questions = questions::all(end_ms);
    let mut counts = [0_usize; 3];
    for question in &questions {
        let (ours, theirs) = (belfry.get(&question.path)?, peer.get(&question.path)?);
        let likeness = compare::answers(&ours, &theirs);
        counts[likeness as usize] += 1;
        if likeness != Likeness::Same {
            println!("{likeness:?} {}", question.text);
            if std::env::var_os("PEERS_VERBOSE").is_some() {
                println!("  ours   {} {:.600}\n  theirs {} {:.600}", ours.0, ours.1, theirs.0, theirs.1);
            }
        }
    }
    let [same, close, different] = counts;
    println!("{} questions: {same} answered alike, {close} within 1e-12, {different} differently", questions.len());
    println!("{} passed, {different} failed", same + close);
    Ok(different == 0)
}
