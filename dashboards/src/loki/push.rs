//! `/loki/api/v1/push`, and `/api/prom/push` of old agents.
//!
//! Invariant: 204 means that every line is stored. 400 means that those told of in the answer never will be and the rest
//! is stored; 429 and 503 ask for the same body again, which is harmless: what is stored already is recognized.

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
use collector::push::loki_push::{Class, Headers, Media, Outcome, Rejection};
use model::instrument::Instrument;
use std::sync::Arc;

pub(super) async fn push(
    State(front): State<Front>,
    Extension(backends): Extension<Arc<Backends>>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let headers = Headers {
        content_type: text(&parts.headers, &header::CONTENT_TYPE),
        content_encoding: text(&parts.headers, &header::CONTENT_ENCODING),
    };
    let media = match Media::from_headers(headers) {
        Ok(media) => media,
        Err(unsupported) => return plain(StatusCode::BAD_REQUEST, &unsupported.to_string()),
    };
    match receive(&front, backends, &parts.headers, (media, body)).await {
        Ok(Ok(outcome)) => {
            count(&front, &outcome);
            answer(&outcome)
        }
        Ok(Err(rejection @ Rejection::NoStreams)) => plain(StatusCode::UNPROCESSABLE_ENTITY, &rejection.to_string()),
        Ok(Err(rejection)) => refusal(rejection).into_plain(),
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

async fn receive(
    front: &Front,
    backends: Arc<Backends>,
    headers: &HeaderMap,
    (media, body): (Media, Body),
) -> Result<Result<Outcome, Rejection>, Failure> {
    let held = body::read(front, headers, body).await?;
    let receiver = Arc::clone(front.log_receiver());
    let work = move |_: &model::cancel::Cancel| Ok(receiver.append(held.bytes(), media, &backends.logs));
    front.compute_on(front.push_pool(), QUERY_MAX, work).await
}

fn refusal(rejection: Rejection) -> Failure {
    match rejection {
        Rejection::Inflate(InflateError::TooLarge(_)) | Rejection::TooMany(_) => {
            Failure::new(ErrorKind::TooLarge, rejection.to_string())
        }
        Rejection::Store(error) => error.into(),
        Rejection::Inflate(_) | Rejection::Message(_) | Rejection::Json(..) | Rejection::NoStreams => {
            Failure::bad_data(rejection.to_string())
        }
    }
}

fn count(front: &Front, outcome: &Outcome) {
    let rejected = outcome.rejected_lines() as u64;
    let counts = [("stored", outcome.stored), ("repeated", outcome.repeated), ("rejected", rejected)];
    for (what, lines) in counts {
        front.instruments().add(Instrument::PushLines, &[what], lines);
    }
    for (what, lines) in [("cut", outcome.cut), ("repaired", outcome.repaired)] {
        if lines > 0 {
            front.instruments().add(Instrument::LinesChanged, &[what], lines as u64);
        }
    }
}

fn answer(outcome: &Outcome) -> Response {
    if outcome.rejected.is_empty() {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        return response;
    }
    // Only a store that is full may take the same lines later.
    if outcome.rejected.iter().any(|rejected| rejected.class == Class::TooManyStreams) {
        let mut response = plain(StatusCode::TOO_MANY_REQUESTS, &outcome.to_string());
        response.headers_mut().insert(header::RETRY_AFTER, retry_after());
        return response;
    }
    plain(StatusCode::BAD_REQUEST, &outcome.to_string())
}

#[cfg(test)]
mod tests;
