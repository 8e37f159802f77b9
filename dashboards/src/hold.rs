//! Finished answers, while slow clients read them.
//!
//! Invariant: the answers that are held never exceed [`ANSWERS_BYTES_MAX`] together, but for small ones, of which
//! there are at most as many as connections. An answer's share is given back with its last byte.

use crate::body::PERMIT_BYTES;
use crate::error::{ErrorKind, Failure};
use crate::limits::{ANSWER_OWN_BYTES, ANSWERS_BYTES_MAX};
use crate::state::Front;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use model::instrument::Instrument;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The room that all answers share.
#[derive(Clone, Debug)]
pub(crate) struct AnswerRoom {
    permits: Arc<Semaphore>,
}

impl Default for AnswerRoom {
    fn default() -> Self {
        Self { permits: Arc::new(Semaphore::new(ANSWERS_BYTES_MAX / PERMIT_BYTES)) }
    }
}

impl AnswerRoom {
    /// A share for as many bytes, until it is dropped; `None` when there is not as much room.
    pub(crate) fn share(&self, length: usize) -> Option<OwnedSemaphorePermit> {
        let permits = u32::try_from(length.div_ceil(PERMIT_BYTES)).ok()?;
        Arc::clone(&self.permits).try_acquire_many_owned(permits).ok()
    }
}

/// The bytes of an answer with their share, which lives as long as the last piece of them.
struct Held {
    bytes: Bytes,
    _share: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

pub(crate) async fn hold(State(front): State<Front>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let length = response.body().size_hint().exact().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
    if length <= ANSWER_OWN_BYTES {
        return response;
    }
    let Some(share) = front.answer_room().share(length) else {
        front.count(Instrument::HttpRefused, &["answer"]);
        return Failure::new(ErrorKind::Unavailable, "too many answers wait to be read, try again").into_response();
    };
    let (parts, body) = response.into_parts();
    // Our bodies are whole in memory, so collecting one neither waits nor copies.
    let bytes = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    Response::from_parts(parts, Body::from(Bytes::from_owner(Held { bytes, _share: share })))
}
