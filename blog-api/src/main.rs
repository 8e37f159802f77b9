//! `blog-api`: the blog as a process. Reads flags and environment, serves until SIGTERM or SIGINT.
//!
//! Invariant: standard output holds log lines only; what keeps the blog from starting goes to standard error, with exit
//! code 2 for a wrong configuration and 1 for the rest.
#![forbid(unsafe_code)]

use blog_api::{Config, Database, Error, Server, Stdout, Token};
use clap::Parser;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// A small blog over HTTP: posts, search, metrics and JSON log lines.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Where to listen
    #[arg(long, env = "BLOG_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Where the posts are kept
    #[arg(long, env = "BLOG_DATABASE", default_value = "sqlite://blog.db")]
    database: String,
    /// A file of tokens that allow to write, one per line; else BLOG_TOKENS, separated by commas
    #[arg(long, env = "BLOG_TOKENS_FILE")]
    tokens_file: Option<std::path::PathBuf>,
}

impl Arguments {
    fn config(self) -> Result<Config, Error> {
        let database: Database = self.database.parse()?;
        let tokens = match &self.tokens_file {
            Some(path) => Token::read(path)?,
            None => Token::list(&std::env::var("BLOG_TOKENS").unwrap_or_default())?,
        };
        Ok(Config { listen: self.listen, database, tokens, ..Config::default() })
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::from(if error.is_config() { 2 } else { 1 })
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Error> {
    let stop = CancellationToken::new();
    // Before anything is opened: a signal that comes during the start stops what was started, in order.
    let asked = asked_to_stop();
    let server = Server::new(arguments.config()?, Arc::new(Stdout)).await?;
    let listener = server.bind().await?;
    tokio::join!(server.serve(listener, stop.clone()), async {
        asked.await;
        stop.cancel();
    });
    Ok(())
}

/// Catches SIGTERM and SIGINT from now on; ends at the first of them.
fn asked_to_stop() -> impl Future<Output = ()> {
    let signals = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    async {
        let (Ok(mut term), Ok(mut interrupt)) = signals else {
            // What cannot be caught ends the process at once, which the database survives.
            return std::future::pending().await;
        };
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
    }
}

#[expect(clippy::print_stderr, reason = "there is no log yet when the blog does not start")]
fn complain(error: &Error) {
    eprintln!("blog-api: {error}");
}
