//! `/api/v1/labels` and `/api/v1/label/NAME/values`.

use super::encode::{refuse_large, success_with};
use super::selectors::selectors;
use crate::error::Failure;
use crate::json::Json;
use crate::limits::QUERY_MAX;
use crate::params::Parameters;
use crate::state::{Backends, Front};
use axum::Extension;
use axum::extract::{Path, State};
use model::time::MetricRange;
use std::sync::Arc;
use store::metrics::{LabelQuery, Listing, Metrics};

pub(super) async fn names(
    State(front): State<Front>,
    Extension(backends): Extension<Arc<Backends>>,
    given: Parameters,
) -> Result<Json, Failure> {
    let asked = Asked::read(given)?;
    list(&front, backends, asked, |metrics, query| metrics.label_names(query)).await
}

pub(super) async fn values(
    State(front): State<Front>,
    Extension(backends): Extension<Arc<Backends>>,
    Path(name): Path<String>,
    given: Parameters,
) -> Result<Json, Failure> {
    let name = unescape(&name).unwrap_or(name);
    if name.is_empty() {
        return Err(Failure::bad_data("invalid label name: \"\""));
    }
    let asked = Asked::read(given)?;
    list(&front, backends, asked, move |metrics, query| metrics.label_values(&name, query)).await
}

/// What both listings are asked.
struct Asked {
    given: Parameters,
    range: MetricRange,
    limit: usize,
}

impl Asked {
    fn read(given: Parameters) -> Result<Self, Failure> {
        let limit = given.limit()?;
        Ok(Self { range: given.range()?, given, limit })
    }
}

async fn list(
    front: &Front,
    backends: Arc<Backends>,
    asked: Asked,
    ask: impl FnOnce(&Metrics, &LabelQuery<'_>) -> Result<Listing, store::Error> + Send + 'static,
) -> Result<Json, Failure> {
    let work = move |cancel: &model::cancel::Cancel| {
        let matcher_sets = selectors(&asked.given)?;
        let query = LabelQuery { matcher_sets: &matcher_sets, range: asked.range, limit: asked.limit, cancel };
        let listing = ask(&backends.metrics, &query)?;
        refuse_large(listing.values.iter().map(|value| value.len() + 3).sum())?;
        Ok(success_with(&listing.warnings, |json| {
            json.texts(&listing.values);
        }))
    };
    front.compute(QUERY_MAX, work).await
}

/// Reads a name written as `U__...`, which is how a path carries names outside `[a-zA-Z_:]`: `__` is `_` and `_2e_`
/// the character U+002E. `None` for a name that is not written so.
fn unescape(name: &str) -> Option<String> {
    let mut rest = name.strip_prefix("U__")?;
    let mut plain = String::with_capacity(rest.len());
    while let Some((before, after)) = rest.split_once('_') {
        plain.push_str(before);
        let (code, tail) = after.split_once('_')?;
        if code.is_empty() {
            plain.push('_');
        } else {
            let is_code = code.len() <= 6 && code.bytes().all(|byte| byte.is_ascii_hexdigit());
            let code = is_code.then(|| u32::from_str_radix(code, 16).ok())??;
            plain.push(char::from_u32(code)?);
        }
        rest = tail;
    }
    plain.push_str(rest);
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::unescape;

    #[test]
    fn escaped_names_are_read() {
        let check = |name: &str, expected: Option<&str>| assert_eq!(unescape(name).as_deref(), expected, "{name}");
        check("job", None);
        check("U__http_2e_status", Some("http.status"));
        check("U__a__b", Some("a_b"));
        check("U__a_1F60A_", Some("a😊"));
        check("U__", Some(""));
        check("U__a_2e", None);
        check("U__a_", None);
        check("U__a_xx_", None);
        check("U__a_d800_", None);
        check("U__a_1234567_", None);
    }
}
