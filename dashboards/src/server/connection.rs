//! One connection: the TLS handshake where there is one, then HTTP/1.1 until either side ends it, or until a request
//! switches to another protocol, which then has the rest of the connection.

use super::handover::Handover;
use super::request_line::RequestLines;
use super::stall::StallGuard;
use crate::limits::{HEADER_BYTES_MAX, HEADER_READ_MAX, TLS_HANDSHAKE_MAX, WRITE_STALL_BYTES_MIN, WRITE_STALL_MAX};
use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::pin::pin;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// What a connection is served with.
pub(super) struct Connection {
    pub(super) router: Router,
    pub(super) tls: Option<TlsAcceptor>,
}

impl Connection {
    /// Serves until the client leaves, a limit is passed, or `stop` is raised and the request in flight is answered.
    pub(super) async fn drive(self, stream: TcpStream, stop: CancellationToken) {
        // Answers are written whole; waiting to fill packets would only delay the last one.
        let _ = stream.set_nodelay(true);
        let Some(acceptor) = self.tls.clone() else {
            return self.speak_http(stream, stop).await;
        };
        match tokio::time::timeout(TLS_HANDSHAKE_MAX, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => self.speak_http(stream, stop).await,
            Ok(Err(error)) => tracing::debug!(%error, "TLS handshake failed"),
            Err(_) => tracing::debug!("TLS handshake took too long"),
        }
    }

    async fn speak_http(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, stop: CancellationToken) {
        let guarded = StallGuard::new(stream, WRITE_STALL_MAX, WRITE_STALL_BYTES_MIN);
        let io = TokioIo::new(RequestLines::new(guarded));
        let handover = Handover::default();
        let offered = handover.clone();
        let service = self.router.map_request(move |mut request: hyper::Request<Incoming>| -> Request<Incoming> {
            request.extensions_mut().insert(offered.clone());
            request
        });
        let mut connection = pin!(
            http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADER_READ_MAX)
                .max_buf_size(HEADER_BYTES_MAX)
                .serve_connection(io, TowerToHyperService::new(service))
                .with_upgrades()
        );
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "connection ended early");
        } else if let Some(go_on) = handover.take() {
            go_on(stop).await;
        }
    }
}
