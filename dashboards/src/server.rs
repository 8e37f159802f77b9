//! The one port: accepts connections, hands each to a task, and stops in order.
//!
//! Invariant: a listener is given already bound, so a taken port is the daemon's error and not ours. The number of
//! connections, the head of a request, its body and the patience with slow clients are bounded ([`crate::limits`]).

mod connection;
mod handover;
mod request_line;
mod stall;

pub(crate) use handover::Handover;

use crate::auth::{Credentials, Gatekeeper};
use crate::config::Web;
use crate::limits::{CONNECTIONS_MAX, STOP_CUT, STOP_GRACE};
use crate::state::{Front, Phase, Settings, State};
use crate::tls::{Certificate, Tls};
use axum::Router;
use model::instrument::Instrument;
use runtime::{BoxError, TaskSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// How long accepting rests after the system refused (out of file descriptors): trying at once would only burn CPU.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// The server. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Server {
    front: Front,
    tls: Arc<Tls>,
}

/// A `web:` section whose files were read, ready to be put in force by [`Server::commit`].
#[derive(Clone, Debug)]
pub struct Prepared {
    credentials: Credentials,
    certificate: Option<Certificate>,
    settings: Settings,
}

impl Prepared {
    /// Reads what the section names.
    ///
    /// # Errors
    /// A phrase that begins with the key and names the file.
    pub fn read(web: &Web) -> Result<Self, String> {
        Ok(Self {
            credentials: Credentials::read(&web.auth)?,
            certificate: web.tls.as_ref().map(Certificate::read).transpose()?,
            settings: Settings { external_url: web.external_url.clone(), enable_quit: web.enable_quit },
        })
    }
}

impl Server {
    /// A server in [`Phase::Replaying`].
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub fn new(state: State, prepared: Prepared) -> Result<Self, String> {
        let gatekeeper = Gatekeeper::new(prepared.credentials)?;
        let tls = Arc::new(Tls::default());
        tls.replace(prepared.certificate);
        Ok(Self { front: Front::new(state, gatekeeper, prepared.settings), tls })
    }

    /// Tells the routes where the daemon is.
    pub fn set_phase(&self, phase: Phase) {
        self.front.set_phase(phase);
    }

    /// Puts another config in force for what comes next. Cannot fail; the listener stays.
    pub fn commit(&self, prepared: Prepared) {
        self.front.gatekeeper().replace(prepared.credentials);
        self.front.set_settings(prepared.settings);
        self.tls.replace(prepared.certificate);
    }

    #[cfg(test)]
    pub(crate) fn front(&self) -> &Front {
        &self.front
    }

    /// All routes.
    pub fn router(&self) -> Router {
        crate::routes::router(self.front.clone())
    }

    /// Serves until `stop` is raised; then finishes what is in flight within [`STOP_GRACE`], cancels the queries
    /// that are left, and returns.
    ///
    /// # Errors
    /// None at present; the signature is that of a task.
    pub async fn serve(&self, listener: TcpListener, stop: CancellationToken) -> Result<(), BoxError> {
        let router = self.router();
        let connections = TaskSet::new(Arc::clone(self.front.instruments()), stop.clone());
        let slots = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                accepted = accept(&listener) => accepted,
            };
            let Some(stream) = accepted else { continue };
            let slot = tokio::select! {
                () = stop.cancelled() => break,
                slot = Arc::clone(&slots).acquire_owned() => slot?,
            };
            self.show_open(&slots);
            let connection = connection::Connection { router: router.clone(), tls: self.tls.acceptor() };
            let (server, slots) = (self.clone(), Arc::clone(&slots));
            connections.spawn_once("connection", move |stop| async move {
                connection.drive(stream, stop).await;
                drop(slot);
                server.show_open(&slots);
                Ok(())
            });
        }
        drop(listener);
        self.drain(&connections).await;
        Ok(())
    }

    fn show_open(&self, slots: &Semaphore) {
        let open = CONNECTIONS_MAX.saturating_sub(slots.available_permits());
        self.front.instruments().set(Instrument::HttpConnections, &[], u32::try_from(open).map_or(f64::MAX, f64::from));
    }

    async fn drain(&self, connections: &TaskSet) {
        let patience = async {
            tokio::time::sleep(STOP_GRACE).await;
            self.front.abandon().cancel();
            std::future::pending::<()>().await;
        };
        tokio::select! {
            drained = connections.stop_and_wait(STOP_GRACE + STOP_CUT) => {
                if let Err(stragglers) = drained {
                    tracing::warn!(connections = stragglers.tasks.len(), "connections cut at the stop");
                }
            }
            () = patience => {}
        }
    }
}

/// Waits for a connection; `None` when the system refused to give one.
async fn accept(listener: &TcpListener) -> Option<TcpStream> {
    match listener.accept().await {
        Ok((stream, _)) => Some(stream),
        Err(error) => {
            tracing::warn!(%error, "accepting a connection failed");
            tokio::time::sleep(ACCEPT_REST).await;
            None
        }
    }
}

#[cfg(test)]
mod tests;
