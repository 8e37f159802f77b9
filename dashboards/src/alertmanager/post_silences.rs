//! `POST /api/v2/silences`: creates a silence, or changes one.
//!
//! Invariant: it is on disk before the answer says that it exists.

use super::failure::{AmFailure, NOT_JSON, TOO_FEW, check_is_json};
use crate::body;
use crate::json::Json;
use crate::state::{Backends, Front};
use alerter::silence::{Refused, Wanted};
use axum::Extension;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use model::matcher::MatchOp;
use model::number::quoted;
use model::rfc3339;
use model::time::Millis;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A silence as it is posted.
#[derive(Debug, Deserialize)]
#[serde(rename = "silence")]
struct RawSilence {
    id: Option<String>,
    comment: Option<String>,
    #[serde(rename = "createdBy")]
    created_by: Option<String>,
    #[serde(rename = "startsAt")]
    starts_at: Option<String>,
    #[serde(rename = "endsAt")]
    ends_at: Option<String>,
    matchers: Option<Vec<RawMatcher>>,
    annotations: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename = "matcher")]
struct RawMatcher {
    name: Option<String>,
    value: Option<String>,
    #[serde(rename = "isRegex")]
    is_regex: Option<bool>,
    #[serde(rename = "isEqual")]
    is_equal: Option<bool>,
}

pub(super) async fn post(
    State(front): State<Front>,
    Extension(backends): Extension<Arc<Backends>>,
    request: Request,
) -> Result<Json, AmFailure> {
    let (parts, body) = request.into_parts();
    check_is_json(&parts.headers)?;
    let held = body::read(&front, &parts.headers, body).await?;
    let wanted = read(held.bytes(), front.now())?;
    let id = backends.dispatch.set_silence(wanted).await.map_err(|refused| match &refused {
        Refused::NotFound => AmFailure::Text(StatusCode::NOT_FOUND, refused.to_string()),
        Refused::Invalid(_) => AmFailure::bad(refused.to_string()),
        Refused::Unsaved(_) => AmFailure::Text(StatusCode::INTERNAL_SERVER_ERROR, refused.to_string()),
    })?;
    let mut json = Json::new();
    json.raw("{\"silenceID\":").text(&id).raw("}\n");
    Ok(json)
}

/// Checks in the order of Alertmanager's schema, then of its handler.
fn read(body: &[u8], now: Millis) -> Result<Wanted, AmFailure> {
    if body.is_empty() {
        return Err(AmFailure::required("silence"));
    }
    let not_json = |error: &dyn std::fmt::Display| {
        AmFailure::Schema(NOT_JSON, format!("parsing silence body from \"\" failed, because {error}"))
    };
    let raw: RawSilence = serde_json::from_slice(body).map_err(|error| not_json(&error))?;
    let time = |given: Option<String>| match given {
        None => Ok(None),
        Some(text) => match rfc3339::parse(&text) {
            Some(at) => Ok(Some(at.millis())),
            None => Err(not_json(&format!("{} is no time", quoted(&text)))),
        },
    };
    let (starts_at, ends_at) = (time(raw.starts_at)?, time(raw.ends_at)?);
    let comment = raw.comment.ok_or_else(|| AmFailure::required("comment"))?;
    let created_by = raw.created_by.ok_or_else(|| AmFailure::required("createdBy"))?;
    let ends_at = ends_at.ok_or_else(|| AmFailure::required("endsAt"))?;
    let matchers = read_matchers(raw.matchers)?;
    let starts_at = starts_at.ok_or_else(|| AmFailure::required("startsAt"))?;
    if starts_at >= ends_at {
        return Err(AmFailure::bad("Failed to create silence: start time must be before end time"));
    }
    if ends_at < now {
        return Err(AmFailure::bad("Failed to create silence: end time can't be in the past"));
    }
    let id = raw.id.unwrap_or_default();
    let annotations = raw.annotations.unwrap_or_default();
    Ok(Wanted { id, matchers, starts_at, ends_at, created_by, comment, annotations })
}

fn read_matchers(raw: Option<Vec<RawMatcher>>) -> Result<Vec<(String, MatchOp, String)>, AmFailure> {
    let raw = raw.ok_or_else(|| AmFailure::required("matchers"))?;
    if raw.is_empty() {
        return Err(AmFailure::Schema(TOO_FEW, "matchers in body should have at least 1 items".to_owned()));
    }
    let mut matchers = Vec::new();
    for (index, raw) in raw.into_iter().enumerate() {
        let required = |name: &str| AmFailure::required(&format!("matchers.{index}.{name}"));
        let is_regex = raw.is_regex.ok_or_else(|| required("isRegex"))?;
        let name = raw.name.ok_or_else(|| required("name"))?;
        let value = raw.value.ok_or_else(|| required("value"))?;
        let op = match (raw.is_equal.unwrap_or(true), is_regex) {
            (true, false) => MatchOp::Equal,
            (false, false) => MatchOp::NotEqual,
            (true, true) => MatchOp::Regex,
            (false, true) => MatchOp::NotRegex,
        };
        matchers.push((name, op, value));
    }
    Ok(matchers)
}
