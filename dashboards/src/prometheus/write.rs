//! `/api/v1/write`: the receiver of remote write, and `/api/v1/push`, which is where Grafana sends to.
//!
//! Invariant: 204 means that every sample is stored. 400 means that those named in the answer never will be and the
//! rest is stored; 429 and 503 ask for the same body again, which is harmless: what is stored already is recognized.

use crate::body;
use crate::error::{ErrorKind, Failure, plain, retry_after};
use crate::limits::QUERY_MAX;
use crate::state::{Backends, Front};
use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::Response;
use collector::push::decompress::InflateError;
use collector::push::remote_write::{Class, Outcome, Rejection, judge_headers};
use model::instrument::Instrument;
use std::sync::Arc;

pub(super) async fn write(
    State(front): State<Front>,
    Extension(backends): Extension<Arc<Backends>>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let judged =
        judge_headers(text(&parts.headers, &header::CONTENT_TYPE), text(&parts.headers, &header::CONTENT_ENCODING));
    if let Err(unsupported) = judged {
        return plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, &unsupported.to_string());
    }
    match receive(&front, backends, &parts.headers, body).await {
        Ok(outcome) => {
            count(&front, &outcome);
            answer(&outcome)
        }
        Err(failure) => for_senders(failure).into_plain(),
    }
}

/// Senders drop what is answered with 4xx: a body that was slow to come may be sent again.
fn for_senders(failure: Failure) -> Failure {
    match failure.kind {
        ErrorKind::SlowBody => Failure::new(ErrorKind::Unavailable, failure.text),
        _ => failure,
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

async fn receive(front: &Front, backends: Arc<Backends>, headers: &HeaderMap, body: Body) -> Result<Outcome, Failure> {
    let held = body::read(front, headers, body).await?;
    let receiver = Arc::clone(front.receiver());
    let work = move |_: &model::cancel::Cancel| receiver.append(held.bytes(), &backends.metrics).map_err(refusal);
    front.compute_on(front.push_pool(), QUERY_MAX, work).await
}

fn refusal(rejection: Rejection) -> Failure {
    match rejection {
        Rejection::Inflate(InflateError::TooLarge(_)) => Failure::new(ErrorKind::TooLarge, rejection.to_string()),
        Rejection::TooMany(..) => Failure::new(ErrorKind::TooLarge, rejection.to_string()),
        Rejection::Inflate(_) | Rejection::Malformed(_) => Failure::bad_data(rejection.to_string()),
        Rejection::Store(error) => error.into(),
    }
}

fn count(front: &Front, outcome: &Outcome) {
    let counts = [("stored", outcome.stored), ("repeated", outcome.repeated), ("rejected", outcome.rejected_samples())];
    for (what, samples) in counts {
        front.instruments().add(Instrument::PushSamples, &[what], samples as u64);
    }
}

fn answer(outcome: &Outcome) -> Response {
    if outcome.rejected.is_empty() {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        return response;
    }
    // Only a store that is full may take the same samples later.
    if outcome.rejected.iter().any(|rejected| rejected.class == Class::TooManySeries) {
        let mut response = plain(StatusCode::TOO_MANY_REQUESTS, &outcome.to_string());
        response.headers_mut().insert(header::RETRY_AFTER, retry_after());
        return response;
    }
    plain(StatusCode::BAD_REQUEST, &outcome.to_string())
}
