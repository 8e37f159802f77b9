//! Collects the parameters of a request and reads single ones.

use super::parse;
use crate::body;
use crate::error::Failure;
use crate::limits::{PARAMETERS_MAX, QUERY_MAX, QUERY_TEXT_BYTES_MAX};
use crate::state::Front;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, Method, header};
use model::time::{MetricRange, Millis};
use std::time::Duration;

/// The parameters of a request, the form's before the URL's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parameters {
    pairs: Vec<(String, String)>,
}

impl FromRequest<Front> for Parameters {
    type Rejection = Failure;

    async fn from_request(request: Request, front: &Front) -> Result<Self, Failure> {
        let (parts, body) = request.into_parts();
        let url = parts.uri.query().unwrap_or_default();
        let has_body = matches!(parts.method, Method::POST | Method::PUT | Method::PATCH);
        if has_body && is_form(&parts.headers) {
            let form = body::read(front, &parts.headers, body).await?;
            Self::parse(form.bytes(), url)
        } else {
            Self::parse(b"", url)
        }
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

impl Parameters {
    /// Reads a form body and the query of a URL.
    ///
    /// # Errors
    /// More than [`PARAMETERS_MAX`].
    pub(crate) fn parse(form: &[u8], url: &str) -> Result<Self, Failure> {
        let pairs = form_urlencoded::parse(form).chain(form_urlencoded::parse(url.as_bytes()));
        let pairs: Vec<(String, String)> =
            pairs.take(PARAMETERS_MAX + 1).map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        if pairs.len() > PARAMETERS_MAX {
            return Err(Failure::bad_data(format!("more than {PARAMETERS_MAX} parameters")));
        }
        Ok(Self { pairs })
    }

    /// The first value of the parameter, or the empty text.
    pub(crate) fn first(&self, name: &str) -> &str {
        self.pairs.iter().find(|(candidate, _)| candidate == name).map_or("", |(_, value)| value.as_str())
    }

    /// All values of the parameter.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs.iter().filter(move |(candidate, _)| candidate == name).map(|(_, value)| value.as_str())
    }

    /// Whether the parameter is given, and not empty.
    pub(crate) fn has(&self, name: &str) -> bool {
        !self.first(name).is_empty()
    }

    /// The text of the query.
    pub(crate) fn query(&self) -> Result<&str, Failure> {
        let text = self.first("query");
        if text.len() > QUERY_TEXT_BYTES_MAX {
            let what = format!("{} bytes long, at most {QUERY_TEXT_BYTES_MAX}", text.len());
            return Err(Failure::parameter("query", what));
        }
        Ok(text)
    }

    /// A time that must be given.
    pub(crate) fn time(&self, name: &str) -> Result<Millis, Failure> {
        parse::time(self.first(name)).map_err(|what| Failure::parameter(name, what))
    }

    /// A time that may be absent.
    pub(crate) fn time_or(&self, name: &str, absent: Millis) -> Result<Millis, Failure> {
        if !self.has(name) {
            return Ok(absent);
        }
        parse::time(self.first(name))
            .map_err(|what| Failure::parameter(name, format!("invalid time value for '{name}': {what}")))
    }

    /// `start` and `end`, both inclusive as given; all time where absent.
    pub(crate) fn range(&self) -> Result<MetricRange, Failure> {
        let start = self.time_or("start", super::MIN_TIME)?;
        let end = self.time_or("end", super::MAX_TIME)?;
        Ok(MetricRange::new(start, end + 1))
    }

    /// A duration that must be given; it may be negative.
    pub(crate) fn duration_millis(&self, name: &str) -> Result<i64, Failure> {
        parse::duration_millis(self.first(name)).map_err(|what| Failure::parameter(name, what))
    }

    /// `limit`; 0 is no limit.
    pub(crate) fn limit(&self) -> Result<usize, Failure> {
        parse::limit(self.first("limit")).map_err(|what| Failure::parameter("limit", what))
    }

    /// How long the query may take: `timeout`, but at most [`QUERY_MAX`].
    pub(crate) fn timeout(&self) -> Result<Duration, Failure> {
        if !self.has("timeout") {
            return Ok(QUERY_MAX);
        }
        let millis = u64::try_from(self.duration_millis("timeout")?).unwrap_or(0);
        Ok(Duration::from_millis(millis).min(QUERY_MAX))
    }

    /// `lookback_delta`; `None` is the configured one.
    pub(crate) fn lookback(&self) -> Result<Option<Duration>, Failure> {
        if !self.has("lookback_delta") {
            return Ok(None);
        }
        let millis = parse::duration_millis(self.first("lookback_delta"))
            .map_err(|what| Failure::bad_data(format!("error parsing lookback delta duration: {what}")))?;
        Ok(u64::try_from(millis).ok().filter(|millis| *millis > 0).map(Duration::from_millis))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_and_url_are_read_together() {
        let given = Parameters::parse(b"query=up&match%5B%5D=a&limit=3", "query=down&match[]=b&time=1.5&x=%2B+y");
        let given = given.expect("parses");
        assert_eq!(given.query(), Ok("up"));
        assert_eq!(given.all("match[]").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(given.time_or("time", Millis(0)), Ok(Millis(1_500)));
        assert_eq!(given.time_or("start", Millis(7)), Ok(Millis(7)));
        assert_eq!(given.first("x"), "+ y");
        assert_eq!(given.limit(), Ok(3));
        assert!(!given.has("nothing"));
    }

    #[test]
    fn an_empty_form_leaves_the_url() {
        assert_eq!(Parameters::parse(b"", "query=up").expect("parses").query(), Ok("up"));
    }

    #[test]
    fn errors_carry_prometheus_texts() {
        let given = Parameters::parse(b"", "start=abc&step=x&limit=-1&timeout=y&lookback_delta=z").expect("parses");
        let check = |failure: Failure, expected: &str| assert_eq!(failure.text, expected);
        check(
            given.time("start").expect_err("bad"),
            r#"invalid parameter "start": cannot parse "abc" to a valid timestamp"#,
        );
        check(
            given.time_or("start", Millis(0)).expect_err("bad"),
            r#"invalid parameter "start": invalid time value for 'start': cannot parse "abc" to a valid timestamp"#,
        );
        check(
            given.duration_millis("step").expect_err("bad"),
            r#"invalid parameter "step": cannot parse "x" to a valid duration"#,
        );
        check(given.limit().expect_err("bad"), r#"invalid parameter "limit": limit must be non-negative"#);
        check(
            given.timeout().expect_err("bad"),
            r#"invalid parameter "timeout": cannot parse "y" to a valid duration"#,
        );
        check(
            given.lookback().expect_err("bad"),
            r#"error parsing lookback delta duration: cannot parse "z" to a valid duration"#,
        );
    }

    #[test]
    fn hostile_forms_are_bounded() {
        let many = "a&".repeat(PARAMETERS_MAX + 1);
        assert!(Parameters::parse(many.as_bytes(), "").is_err());
        let long = format!("query={}", "a".repeat(QUERY_TEXT_BYTES_MAX + 1));
        assert!(Parameters::parse(long.as_bytes(), "").expect("parses").query().is_err());
    }
}
