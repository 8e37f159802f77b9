//! Reads request bodies: capped each and all together, and not for ever.
//!
//! Invariant: at no time do the bodies being held exceed [`BODIES_BYTES_MAX`]; an announced length beyond the limit is
//! refused unread.

use crate::error::{ErrorKind, Failure};
use crate::limits::{BODIES_BYTES_MAX, BODY_BYTES_MAX, BODY_READ_MAX};
use crate::state::Front;
use axum::body::Body;
use axum::http::{HeaderMap, header};
use http_body_util::BodyExt;
use model::instrument::Instrument;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What one permit of the semaphore stands for, in bytes.
pub(crate) const PERMIT_BYTES: usize = 1 << 10;

/// The room that all bodies share.
#[derive(Clone, Debug)]
pub(crate) struct Room {
    permits: Arc<Semaphore>,
}

impl Default for Room {
    fn default() -> Self {
        Self { permits: Arc::new(Semaphore::new(BODIES_BYTES_MAX / PERMIT_BYTES)) }
    }
}

/// A body in memory. Dropping it gives its room back.
#[derive(Debug)]
pub(crate) struct Held {
    bytes: Vec<u8>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Held {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn grow(&mut self, room: &Room, chunk: &[u8]) -> Result<(), Failure> {
        let length = self.bytes.len() + chunk.len();
        if length > BODY_BYTES_MAX {
            return Err(too_large());
        }
        let held = self.permit.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let missing = u32::try_from(length.div_ceil(PERMIT_BYTES).saturating_sub(held)).unwrap_or(u32::MAX);
        let more = Arc::clone(&room.permits).try_acquire_many_owned(missing).map_err(|_| no_room())?;
        match &mut self.permit {
            Some(permit) => permit.merge(more),
            None => self.permit = Some(more),
        }
        self.bytes.extend_from_slice(chunk);
        Ok(())
    }
}

/// Reads a body.
///
/// # Errors
/// It is too large, too slow, breaks off, or all bodies together have no room for it.
pub(crate) async fn read(front: &Front, headers: &HeaderMap, body: Body) -> Result<Held, Failure> {
    let read = async {
        if announced(headers).is_some_and(|length| length > BODY_BYTES_MAX as u64) {
            return Err(too_large());
        }
        let collected = tokio::time::timeout(BODY_READ_MAX, collect(front.room(), body)).await;
        collected.unwrap_or_else(|_| Err(Failure::new(ErrorKind::SlowBody, "the request body did not arrive in time")))
    };
    let read = read.await;
    if read.is_err() {
        front.count(Instrument::HttpRefused, &["body"]);
    }
    read
}

async fn collect(room: &Room, mut body: Body) -> Result<Held, Failure> {
    let mut held = Held { bytes: Vec::new(), permit: None };
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Failure::bad_data(format!("reading the request body: {error}")))?;
        if let Some(chunk) = frame.data_ref() {
            held.grow(room, chunk)?;
        }
    }
    Ok(held)
}

fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn too_large() -> Failure {
    Failure::new(ErrorKind::TooLarge, format!("the request body is larger than {BODY_BYTES_MAX} bytes"))
}

fn no_room() -> Failure {
    Failure::new(ErrorKind::Unavailable, "too many request bodies at once, try again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn room_is_shared_and_given_back() {
        let room = Room { permits: Arc::new(Semaphore::new(3)) };
        let first = collect(&room, Body::from(vec![0; 2 * PERMIT_BYTES])).await.expect("fits");
        assert_eq!(first.bytes().len(), 2 * PERMIT_BYTES);
        let second = collect(&room, Body::from(vec![0; PERMIT_BYTES + 1])).await;
        assert_eq!(second.expect_err("no room").kind, ErrorKind::Unavailable);
        drop(first);
        assert!(collect(&room, Body::from(vec![0; PERMIT_BYTES + 1])).await.is_ok());
    }

    #[tokio::test]
    async fn a_body_that_announces_nothing_is_cut_at_the_limit() {
        let chunks = (0..100).map(|_| Ok::<_, std::io::Error>(vec![0_u8; 1 << 20]));
        let body = Body::from_stream(futures_util::stream::iter(chunks));
        let refused = collect(&Room::default(), body).await.expect_err("too large");
        assert_eq!(refused.kind, ErrorKind::TooLarge);
    }
}
