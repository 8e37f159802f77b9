//! The blog as a whole: opens its database, takes a listener, serves until it is told to stop.
//!
//! Invariant: after the stop no request is accepted and those in flight have a deadline; then the database is closed.
//! The listener is given already bound, so that a taken port is an error of the start.

mod patient;

use crate::access::Access;
use crate::app::{App, Parts};
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, Database};
use crate::error::Error;
use crate::journal::{Journal, Level};
use crate::limits::{CLOSE_MAX, CONNECTIONS_MAX, HEADER_BYTES_MAX, HEADER_READ_MAX, HEADERS_MAX, WRITE_STALL_MAX};
use crate::line::LineSink;
use crate::meters::Meters;
use crate::routes;
use crate::store::{Posts, Sqlite};
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use patient::Patient;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long accepting rests after the system refused (out of file descriptors): trying at once would only burn CPU.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// The blog with its database open.
#[derive(Debug)]
pub struct Server {
    config: Config,
    parts: Parts,
}

impl Server {
    /// Opens the database, creates it when it is missing and brings it up to date. Log lines go to `lines`.
    ///
    /// # Errors
    /// The database cannot be opened; the text names its path.
    pub async fn new(config: Config, lines: Arc<dyn LineSink>) -> Result<Self, Error> {
        Self::with_clock(config, lines, Arc::new(SystemClock::new())).await
    }

    /// As [`Server::new`], with another clock than the system's.
    ///
    /// # Errors
    /// As those of [`Server::new`].
    pub async fn with_clock(config: Config, lines: Arc<dyn LineSink>, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        let meters = Arc::new(Meters::default());
        let journal = Journal::new(Arc::clone(&clock), lines, Arc::clone(&meters));
        let Database::Sqlite(path) = &config.database;
        let store: Arc<dyn Posts> = Arc::new(Sqlite::open(path).await?);
        journal.event(Level::Info, &format!("posts are kept in {}", path.display()), None);
        Ok(Self { config, parts: Parts { store, clock, journal, meters } })
    }

    /// Binds the address of the configuration.
    ///
    /// # Errors
    /// It is taken or not ours; the text names it.
    pub async fn bind(&self) -> Result<TcpListener, Error> {
        let address = self.config.listen;
        TcpListener::bind(address).await.map_err(|error| Error::listen(format!("listening on {address}: {error}")))
    }

    /// Serves until `stop` is raised, finishes what is in flight within [`Config::stop_grace`], and closes the
    /// database.
    pub async fn serve(self, listener: TcpListener, stop: CancellationToken) {
        let journal = self.parts.journal.clone();
        let address = listener.local_addr().unwrap_or(self.config.listen);
        let access = Access::new(&self.config.tokens, address);
        if matches!(access, Access::Nobody) {
            journal.event(Level::Warn, "nobody can write: there is no token and this is not the loopback", None);
        }
        let store = Arc::clone(&self.parts.store);
        let router = routes::router(Arc::new(App::new(self.parts, access, stop.clone())));
        journal.event(Level::Info, &format!("listening on http://{address}"), None);

        let connections = Connections { router, stop, cut: CancellationToken::new(), tasks: TaskTracker::new() };
        connections.accept(listener, &journal).await;
        journal.event(Level::Info, "stopping", None);
        connections.drain(self.config.stop_grace, &journal).await;
        if tokio::time::timeout(CLOSE_MAX, store.close()).await.is_err() {
            journal.event(Level::Error, "the database did not close in time", None);
        }
        journal.event(Level::Info, "stopped", None);
    }
}

/// The open connections, one task each.
struct Connections {
    router: Router,
    /// No new requests.
    stop: CancellationToken,
    /// No patience with those in flight either.
    cut: CancellationToken,
    tasks: TaskTracker,
}

impl Connections {
    /// Accepts until the stop.
    async fn accept(&self, listener: TcpListener, journal: &Journal) {
        let slots = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        loop {
            let accepted = tokio::select! {
                () = self.stop.cancelled() => return,
                accepted = accept(&listener, &slots) => accepted,
            };
            match accepted {
                Ok((stream, slot)) => {
                    let serving = speak(stream, self.router.clone(), self.stop.clone());
                    let cut = self.cut.clone();
                    self.tasks.spawn(async move {
                        cut.run_until_cancelled(serving).await;
                        drop(slot);
                    });
                }
                Err(error) => {
                    journal.event(Level::Error, "accepting a connection failed", Some(&error.to_string()));
                    tokio::time::sleep(ACCEPT_REST).await;
                }
            }
        }
    }

    /// Waits for the connections, for `grace` at most.
    async fn drain(&self, grace: Duration, journal: &Journal) {
        self.tasks.close();
        if tokio::time::timeout(grace, self.tasks.wait()).await.is_err() {
            let text = format!("cutting {} connections that are not done", self.tasks.len());
            journal.event(Level::Warn, &text, None);
            self.cut.cancel();
            self.tasks.wait().await;
        }
    }
}

/// The next connection, once there is room for it.
async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> std::io::Result<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let slot = Arc::clone(slots).acquire_owned().await.map_err(std::io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, slot))
}

/// Speaks HTTP/1.1 until the client leaves, a limit is passed, or `stop` is raised and the request in flight answered.
async fn speak(stream: TcpStream, router: Router, stop: CancellationToken) {
    // Answers are written whole; waiting to fill packets would only delay the last one.
    let _ = stream.set_nodelay(true);
    let io = TokioIo::new(Patient::new(stream, WRITE_STALL_MAX));
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_READ_MAX)
            .max_buf_size(HEADER_BYTES_MAX)
            .max_headers(HEADERS_MAX)
            .serve_connection(io, TowerToHyperService::new(router))
    );
    // How a connection ends is the client's affair; what was asked on it is in the log already.
    let _ = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
}

#[cfg(test)]
mod tests;
