//! What the daemon tells of itself: on stdout when it listens, and to the routes that ask.
#![expect(clippy::print_stdout, reason = "the two lines that scripts and people wait for")]

use super::Base;
use super::reload::Reloader;
use crate::limits::{CONCURRENT_QUERIES_PER_CORE, QUERY_QUEUE};
use crate::version;
use alerter::links::Links;
use dashboards::config::Web;
use dashboards::{Build, DaemonCalls, State};
use runtime::pool::Pool;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::thread::available_parallelism;
use tokio_util::sync::CancellationToken;

/// Says where we listen and where the data is.
pub(super) fn told(web: &Web, address: SocketAddr, data_dir: &Path) {
    let scheme = if web.tls.is_some() { "https" } else { "http" };
    println!("listening on {scheme}://{address}");
    println!("data in {}", data_dir.display());
}

/// How links in messages begin: as `web.external_url` says, else where we listen, as a browser there or elsewhere
/// reaches it.
pub(super) fn links(web: &Web, address: SocketAddr) -> Links {
    if !web.external_url.is_empty() {
        return Links::new(&web.external_url);
    }
    let scheme = if web.tls.is_some() { "https" } else { "http" };
    let (ip, port) = (address.ip(), address.port());
    Links::new(&match () {
        () if ip.is_loopback() => format!("{scheme}://localhost:{port}"),
        () if ip.is_unspecified() => format!("{scheme}://{}:{port}", hostname()),
        () => format!("{scheme}://{address}"),
    })
}

/// The machine's name.
pub(super) fn hostname() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// What the server answers from before the store is open.
pub(super) fn state(base: &Base, reloader: &Arc<Reloader>, quit: &CancellationToken) -> State {
    let cores = available_parallelism().map_or(1, usize::from);
    let (reloading, telling) = (Arc::clone(reloader), Arc::clone(reloader));
    State {
        clock: Arc::clone(&base.clock),
        instruments: Arc::clone(&base.instruments),
        pool: Pool::new(cores * CONCURRENT_QUERIES_PER_CORE, QUERY_QUEUE),
        build: Build {
            version: version::VERSION.to_owned(),
            revision: version::COMMIT.to_owned(),
            compiler: concat!("rustc ", env!("CARGO_PKG_RUST_VERSION")).to_owned(),
            ..Build::default()
        },
        daemon: DaemonCalls {
            reload: Box::new(move || {
                let reloader = Arc::clone(&reloading);
                Box::pin(async move { reloader.reload().await })
            }),
            quit: quit.clone(),
            status: Box::new(move || telling.status()),
        },
    }
}
