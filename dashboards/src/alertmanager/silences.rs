//! `GET /api/v2/silences`, `GET` and `DELETE /api/v2/silence/{id}`.
//!
//! Invariant: active ones stand first, the next to expire before others; then pending ones, the next to start first;
//! then expired ones, the latest first.

use super::failure::{AmFailure, WRONG_TYPE};
use super::{encode, given};
use crate::json::Json;
use crate::params::Parameters;
use crate::state::{Backends, Front};
use alerter::silence::{Phase, Refused, Silence};
use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use model::matcher::Matcher;
use model::number::quoted;
use model::time::Millis;
use std::sync::Arc;

pub(super) async fn list(
    State(front): State<Front>,
    Extension(backends): Extension<Arc<Backends>>,
    given: Parameters,
) -> Result<Json, AmFailure> {
    let now = front.now();
    super::alerts::on_pool(&front, &backends, move |dispatch| {
        let matchers = given::matchers(&given)?;
        let mut silences = dispatch.silences();
        silences.retain(|silence| given::switch(&given, silence.phase(now).as_str()) && has_all(silence, &matchers));
        silences.sort_by_key(|silence| rank(silence, now));
        let mut json = Json::new();
        json.array(&silences, |json, silence| encode::silence(json, silence, now)).raw("\n");
        Ok(json)
    })
    .await
}

/// Whether the silence has these very matchers among its own.
fn has_all(silence: &Silence, matchers: &[Matcher]) -> bool {
    matchers.iter().all(|wanted| silence.matchers.iter().any(|matcher| matcher == wanted))
}

fn rank(silence: &Silence, now: Millis) -> (Phase, i64) {
    let phase = silence.phase(now);
    let within = match phase {
        Phase::Active => silence.ends_at.0,
        Phase::Pending => silence.starts_at.0,
        Phase::Expired => silence.ends_at.0.saturating_neg(),
    };
    (phase, within)
}

pub(super) async fn one(
    State(front): State<Front>,
    Extension(backends): Extension<Arc<Backends>>,
    Path(id): Path<String>,
) -> Result<Json, AmFailure> {
    check_id(&id)?;
    let silence = backends.dispatch.silence(&id).ok_or(AmFailure::NotFound)?;
    let mut json = Json::new();
    encode::silence(&mut json, &silence, front.now());
    json.raw("\n");
    Ok(json)
}

pub(super) async fn expire(
    Extension(backends): Extension<Arc<Backends>>,
    Path(id): Path<String>,
) -> Result<Response, AmFailure> {
    check_id(&id)?;
    match backends.dispatch.expire_silence(&id).await {
        Ok(()) => Ok(Response::new(Body::empty())),
        Err(Refused::NotFound) => Err(AmFailure::NotFound),
        Err(refused) => Err(AmFailure::Text(StatusCode::INTERNAL_SERVER_ERROR, refused.to_string())),
    }
}

fn check_id(id: &str) -> Result<(), AmFailure> {
    let groups: Vec<_> = id.split('-').map(str::len).collect();
    let is_uuid = groups == [8, 4, 4, 4, 12] && id.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
    if is_uuid {
        return Ok(());
    }
    Err(AmFailure::Schema(WRONG_TYPE, format!("silenceID in path must be of type uuid: {}", quoted(id))))
}
