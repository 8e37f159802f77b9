//! Sending over HTTP: one client for each integration, and what an answer means for trying again.
//!
//! Invariant: an attempt ends within its timeout, reads a bounded part of the answer, and tells of the URL no more than
//! its host, since paths and queries of webhooks are secrets.

use super::{Retry, Undelivered};
use crate::limits::{ANSWER_BYTES_MAX, ANSWER_SHOWN_MAX, RETRY_AFTER_MAX};
use language::template::time::{Time, Zone};
use model::time::Millis;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Method, StatusCode, Url};
use settings::client::{self, Trouble};
use settings::http::{HttpClient, SecretSource};
use std::time::Duration;

/// The client of one integration.
#[derive(Debug)]
pub(crate) struct Sender {
    client: reqwest::Client,
    config: HttpClient,
}

/// What is sent.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    /// The URL, a secret.
    pub(crate) url: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) timeout: Duration,
    /// The time of the notification, for a `Retry-After` that is a date.
    pub(crate) now: Millis,
}

impl Outgoing {
    /// JSON, posted.
    pub(crate) fn json(url: String, body: Vec<u8>, timeout: Duration, now: Millis) -> Self {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        Self { method: Method::POST, url, headers, body, timeout, now }
    }
}

/// An answer that means success.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Whether it says that it is JSON.
    pub(crate) is_json: bool,
    /// Its first bytes.
    pub(crate) body: String,
    /// Who answered.
    pub(crate) host: String,
}

impl Sender {
    /// Reads the certificates and makes the client.
    ///
    /// # Errors
    /// A phrase naming the file or setting that is of no use.
    pub(crate) fn new(config: &HttpClient) -> Result<Self, String> {
        Ok(Self { client: client::build(config)?, config: config.clone() })
    }

    /// Sends once.
    ///
    /// # Errors
    /// Anything but an answer of 2xx.
    pub(crate) async fn send(&self, outgoing: Outgoing) -> Result<Answer, Undelivered> {
        let url = parse_url(&outgoing.url).map_err(Undelivered::never)?;
        let host = shown_host(&url);
        match tokio::time::timeout(outgoing.timeout, self.send_unhurried(url, outgoing)).await {
            Ok(outcome) => outcome,
            Err(_elapsed) => Err(Undelivered::soon(format!("{host}: no answer in time"))),
        }
    }

    async fn send_unhurried(&self, url: Url, outgoing: Outgoing) -> Result<Answer, Undelivered> {
        let host = shown_host(&url);
        let trouble = |error: reqwest::Error| {
            let Trouble { text, .. } = Trouble::of_request(&url, &error.without_url());
            Undelivered::soon(format!("{host}: {text}"))
        };
        let mut headers = client::headers(&self.config).map_err(Undelivered::soon)?;
        headers.extend(outgoing.headers);
        let request = self.client.request(outgoing.method, url.clone()).headers(headers).body(outgoing.body);
        let mut response = request.send().await.map_err(trouble)?;
        let status = response.status();
        let wait = retry_after(response.headers(), outgoing.now);
        let is_json = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let is_json = is_json.is_some_and(|kind| kind.starts_with("application/json"));
        let body = first_bytes(&mut response).await;
        if status.is_success() {
            return Ok(Answer { is_json, body: body.map_err(trouble)?, host });
        }
        // The status says enough when the rest of the answer does not come.
        let shown = shown_answer(&body.unwrap_or_default(), &url);
        let what = format!("{host}: unexpected status code {}{shown}", status.as_u16());
        Err(Undelivered { retry: retry(status, wait), what })
    }
}

/// What a status means for trying again; as in Alertmanager but for 408, 425 and 429, which ask for it.
fn retry(status: StatusCode, wait: Option<Duration>) -> Retry {
    match status.as_u16() {
        408 | 425 | 429 | 500..=599 => wait.map_or(Retry::Soon, Retry::After),
        _ => Retry::Never,
    }
}

async fn first_bytes(response: &mut reqwest::Response) -> Result<String, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        let room = ANSWER_BYTES_MAX - body.len();
        body.extend_from_slice(chunk.get(..room.min(chunk.len())).unwrap_or_default());
        if chunk.len() >= room {
            break;
        }
    }
    Ok(String::from_utf8_lossy(&body).into_owned())
}

/// Seconds, or a date.
fn retry_after(headers: &HeaderMap, now: Millis) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let date = Time::parse("Mon, 02 Jan 2006 15:04:05 GMT", text, &Zone::UTC)?;
            Duration::from_millis(u64::try_from(date.millis().saturating_sub(now.0)).unwrap_or(0))
        }
    };
    Some(wait.min(RETRY_AFTER_MAX))
}

/// The beginning of an answer for an error, in one line; what repeats the secret part of the URL is left out.
fn shown_answer(body: &str, url: &Url) -> String {
    let line = shown(body);
    let secrets = [Some(url.path()).filter(|path| path.len() > 1), url.query(), url.password()];
    if line.is_empty() || secrets.into_iter().flatten().any(|secret| body.contains(secret)) {
        return String::new();
    }
    format!(": {line}")
}

/// The beginning of somebody else's text, in one line.
pub(crate) fn shown(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = line.chars().filter(|each| !each.is_control()).take(ANSWER_SHOWN_MAX).collect();
    if cut.len() < line.len() { format!("{cut}…") } else { cut }
}

/// The host, with its port where one is written.
pub(crate) fn shown_host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// A URL that a request can be sent to.
///
/// # Errors
/// A phrase that does not hold it, since it is a secret.
pub(crate) fn parse_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text.trim()).map_err(|error| format!("not a valid URL: {error}"))?;
    match (url.scheme(), url.host_str()) {
        ("http" | "https", Some(host)) if !host.is_empty() => Ok(url),
        ("http" | "https", _) => Err("missing host for URL".to_owned()),
        _ => Err("unsupported scheme for URL, expected http or https".to_owned()),
    }
}

/// A secret of the config, or of a file, which is read now.
pub(crate) fn secret(source: &SecretSource) -> Result<String, Undelivered> {
    client::resolve(source).map_err(Undelivered::soon)
}
