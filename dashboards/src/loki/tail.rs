//! `/loki/api/v1/tail`: lines as they arrive, over a WebSocket.
//!
//! Invariant: everything that can be refused is refused before the connection switches, with a status and a text. A
//! tail runs inside its connection's task; it ends with the client, the daemon or the first thing that goes wrong, and
//! its place among [`crate::limits::TAILS_MAX`] is free again at once.
//!
//! Browsers let every page open a WebSocket to every address, and send the credentials that they know, so a page of
//! another site could read along. [`origin`] tells who is refused therefore.

mod frame;
mod live;
mod origin;
mod session;

pub(super) use frame::write_legacy_stream;

use super::encode::Shape;
use super::given::Given;
use crate::error::{LokiFailure, plain};
use crate::limits::TAIL_SAID_BYTES_MAX;
use crate::server::Handover;
use crate::state::{Backends, Front};
use axum::Extension;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use frame::Dialect;
use model::instrument::Instrument;
use session::Session;
use std::sync::Arc;
use tokio::sync::oneshot;

pub(super) async fn tail(
    state: State<Front>,
    backends: Extension<Arc<Backends>>,
    shape: Shape,
    handshake: Handshake,
    given: Given,
) -> Response {
    let shape =
        if given.parameters().first("encodingFlags") == "categorize-labels" { Shape::Categorized } else { shape };
    start(state, backends, handshake, given, Dialect::Present(shape)).await
}

/// The same under its old path, in its old form.
pub(super) async fn legacy_tail(
    state: State<Front>,
    backends: Extension<Arc<Backends>>,
    handshake: Handshake,
    given: Given,
) -> Response {
    start(state, backends, handshake, given, Dialect::Legacy).await
}

async fn start(
    State(front): State<Front>,
    Extension(backends): Extension<Arc<Backends>>,
    handshake: Handshake,
    given: Given,
    dialect: Dialect,
) -> Response {
    if handshake.is_foreign {
        front.count(Instrument::HttpRefused, &["origin"]);
        return plain(StatusCode::FORBIDDEN, origin::REFUSAL);
    }
    let session = match Session::prepare(&front, backends, given, dialect).await {
        Ok(session) => session,
        Err(failure) => return LokiFailure::from(failure).into_response(),
    };
    match handshake.upgrade {
        Ok(upgrade) => switch(upgrade, &handshake.handover, session),
        Err(refused) => plain(refused.status(), &refused.body_text()),
    }
}

/// Switches the connection and leaves the session to go on with it.
fn switch(upgrade: WebSocketUpgrade, handover: &Handover, session: Session) -> Response {
    let (give, taken) = oneshot::channel();
    handover.go_on(move |stop| async move {
        if let Ok(socket) = taken.await {
            session.run(socket, stop).await;
        }
    });
    let upgrade = upgrade.read_buffer_size(TAIL_SAID_BYTES_MAX);
    upgrade.max_message_size(TAIL_SAID_BYTES_MAX).max_frame_size(TAIL_SAID_BYTES_MAX).on_upgrade(|socket| async move {
        // Nobody takes it when the connection ended meanwhile.
        let _ = give.send(socket);
    })
}

/// What a request brings to become a WebSocket.
pub(super) struct Handshake {
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    handover: Handover,
    /// Whether a page of another site asks.
    is_foreign: bool,
}

impl FromRequestParts<Front> for Handshake {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, front: &Front) -> Result<Self, Self::Rejection> {
        let is_foreign = origin::is_foreign(&parts.headers, &front.settings().external_url);
        let handover = parts.extensions.get().cloned().unwrap_or_default();
        Ok(Self { upgrade: WebSocketUpgrade::from_request_parts(parts, front).await, handover, is_foreign })
    }
}
