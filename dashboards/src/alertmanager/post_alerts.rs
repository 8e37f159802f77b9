//! `POST /api/v2/alerts`: alerts of other Prometheis, of Grafana, or by hand.
//!
//! Invariant: of several alerts the right ones are held, whatever is wrong with the others; what is absent is filled in
//! as Alertmanager does.

use super::failure::{AmFailure, NOT_JSON, WRONG_TYPE, check_is_json};
use crate::body;
use crate::limits::QUERY_MAX;
use crate::state::{Backends, Front};
use alerter::dispatch::End;
use alerter::posted::PostedAlert;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use model::instrument::Instrument;
use model::labels::Labels;
use model::number::quoted;
use model::rfc3339;
use model::time::Millis;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// An alert as it is posted.
#[derive(Debug, Deserialize)]
#[serde(rename = "alert")]
struct RawAlert {
    labels: Option<BTreeMap<String, String>>,
    annotations: Option<BTreeMap<String, String>>,
    #[serde(rename = "startsAt")]
    starts_at: Option<String>,
    #[serde(rename = "endsAt")]
    ends_at: Option<String>,
    #[serde(rename = "generatorURL")]
    generator_url: Option<String>,
}

pub(super) async fn post(
    State(front): State<Front>,
    Extension(backends): Extension<Arc<Backends>>,
    request: Request,
) -> Result<Response, AmFailure> {
    let (parts, body) = request.into_parts();
    check_is_json(&parts.headers)?;
    let held = body::read(&front, &parts.headers, body).await?;
    let (now, instruments) = (front.now(), Arc::clone(front.instruments()));
    let dispatch = Arc::clone(&backends.dispatch);
    let work = move |_: &model::cancel::Cancel| {
        Ok(read(held.bytes(), now, dispatch.resolve_timeout()).and_then(|read| {
            instruments.add(Instrument::AlertsRefused, &["invalid"], read.wrong.len() as u64);
            let over_limit = dispatch.post_external(read.alerts);
            over_limit.map_err(|why| AmFailure::Text(StatusCode::SERVICE_UNAVAILABLE, why.to_string()))?;
            if read.wrong.is_empty() { Ok(()) } else { Err(AmFailure::bad(read.wrong.join("\n"))) }
        }))
    };
    front.compute_on(front.push_pool(), QUERY_MAX, work).await??;
    Ok(Response::new(Body::empty()))
}

/// What was posted: what is right of it, and what is wrong with the rest.
#[derive(Debug, Default, PartialEq)]
struct Read {
    alerts: Vec<(PostedAlert, End)>,
    wrong: Vec<String>,
}

fn read(body: &[u8], now: Millis, resolve_timeout: Duration) -> Result<Read, AmFailure> {
    if body.is_empty() {
        return Err(AmFailure::required("alerts"));
    }
    let not_json = |error: &dyn std::fmt::Display| {
        AmFailure::Schema(NOT_JSON, format!("parsing alerts body from \"\" failed, because {error}"))
    };
    let raw: Vec<RawAlert> = serde_json::from_slice(body).map_err(|error| not_json(&error))?;
    let mut read = Read::default();
    for (index, raw) in raw.into_iter().enumerate() {
        let labels = raw.labels.ok_or_else(|| AmFailure::required(&format!("{index}.labels")))?;
        let time = |given: Option<String>| match given.as_deref() {
            None | Some("") => Ok(None),
            // Go's zero time says that none was given.
            Some(text) => rfc3339::parse(text)
                .map(|at| Some(at.millis()).filter(|at| at.0 > ZERO_TIME))
                .ok_or_else(|| not_json(&format!("{} is no time", quoted(text)))),
        };
        let generator_url = raw.generator_url.unwrap_or_default();
        if !is_uri(&generator_url) {
            let what = format!("{index}.generatorURL in body must be of type uri: {}", quoted(&generator_url));
            return Err(AmFailure::Schema(WRONG_TYPE, what));
        }
        let (starts_at, ends_at) = (time(raw.starts_at)?, time(raw.ends_at)?);
        let alert = PostedAlert {
            annotations: Labels::from_pairs(raw.annotations.unwrap_or_default()),
            starts_at: starts_at.or(ends_at).unwrap_or(now),
            ends_at: ends_at.unwrap_or(now.plus(resolve_timeout)),
            generator_url,
            value: String::new(),
            labels: Labels::from_pairs(labels),
        };
        let end = if ends_at.is_some() { End::Given } else { End::Assumed };
        match wrong_with(&alert, end) {
            Some(what) => read.wrong.push(what),
            None => read.alerts.push((alert, end)),
        }
    }
    Ok(read)
}

/// As Go reads what a request asks for: a path, or a scheme and anything; nothing at all is right too.
fn is_uri(text: &str) -> bool {
    let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme);
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    text.is_empty() || ((text.starts_with('/') || is_scheme) && !text.contains(|c: char| c.is_ascii_control()))
}

/// `0001-01-01T00:00:00Z`.
const ZERO_TIME: i64 = -62_135_596_800_000;

/// In Alertmanager's words.
fn wrong_with(alert: &PostedAlert, end: End) -> Option<String> {
    if alert.ends_at < alert.starts_at && end == End::Given {
        return Some("start time must be before end time".to_owned());
    }
    if alert.labels.is_empty() {
        return Some("at least one label pair required".to_owned());
    }
    let nameless = |labels: &Labels| labels.iter().any(|(name, _)| name.is_empty());
    if nameless(&alert.labels) {
        return Some("invalid label set: invalid name \"\"".to_owned());
    }
    nameless(&alert.annotations).then(|| "invalid annotations: invalid name \"\"".to_owned())
}
