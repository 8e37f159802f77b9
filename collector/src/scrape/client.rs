//! Fetches pages over HTTP: one client per job, so that its targets share their connections' settings.
//!
//! Invariant: what a target sends is bounded by the job's body limit, before and after inflating, and by the scrape's
//! timeout, from the first byte sent to the last received. Nothing of a body that failed is given out.

use super::exposition::Format;
use super::failure::{Failure, FailureClass};
use super::room::{Room, Share};
use super::target::Target;
use crate::config::{Job, Protocol};
use crate::exporter::Page;
use crate::push::decompress::{self, InflateError};
use reqwest::Response;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use settings::client;

const TIMEOUT_HEADER: &str = "x-prometheus-scrape-timeout-seconds";

/// A page as it was received.
#[derive(Debug)]
pub(crate) struct Fetched {
    body: Vec<u8>,
    /// Its part of the room that all bodies share.
    #[expect(dead_code, reason = "held until the body is inflated, then given back by its drop")]
    share: Share,
    encoding: Option<String>,
    /// The `Content-Type`, if one was sent.
    pub(crate) content_type: Option<String>,
}

impl Fetched {
    /// A page that was rendered in this process.
    pub(crate) fn rendered(page: Page) -> Self {
        let content_type = match page.format {
            Format::Text => "text/plain",
            Format::OpenMetrics => "application/openmetrics-text",
        };
        Self {
            body: page.body.into_bytes(),
            share: Share::default(),
            encoding: None,
            content_type: Some(content_type.to_owned()),
        }
    }

    /// A page as a target might send it.
    #[cfg(test)]
    pub(crate) fn received(body: Vec<u8>, content_type: Option<&str>) -> Self {
        Self { body, share: Share::default(), encoding: None, content_type: content_type.map(str::to_owned) }
    }

    /// The page, inflated to at most `limit` bytes. Inflating costs CPU time: not for the reactor.
    ///
    /// # Errors
    /// When it inflates to more, or the encoding is damaged or unknown.
    pub(crate) fn inflate(self, limit: usize) -> Result<Vec<u8>, Failure> {
        match self.encoding.as_deref().map(str::trim) {
            None | Some("" | "identity") => Ok(self.body),
            Some(gzip) if gzip.eq_ignore_ascii_case("gzip") => {
                let mut inflated = Vec::new();
                match decompress::gzip(&self.body, &mut inflated, limit) {
                    Ok(()) => Ok(inflated),
                    Err(InflateError::TooLarge(_)) => Err(Failure::body_too_large(limit)),
                    Err(error) => Err(Failure::new(FailureClass::Encoding, error.to_string())),
                }
            }
            Some(other) => {
                let text = format!("unsupported Content-Encoding, expected gzip, got {}", model::number::quoted(other));
                Err(Failure::new(FailureClass::Encoding, text))
            }
        }
    }
}

/// The client of one job.
#[derive(Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    job: Job,
    accept: HeaderValue,
    material: u64,
}

impl Client {
    /// Reads the certificates and makes the client.
    ///
    /// # Errors
    /// A phrase naming the file or setting, when a certificate, key or proxy is of no use.
    pub(crate) fn new(job: &Job) -> Result<Self, String> {
        let http = client::build(&job.http)?;
        let material = client::material_hash(&job.http.tls_config);
        Ok(Self { http, job: job.clone(), accept: accept_header(&job.scrape_protocols)?, material })
    }

    /// Whether both clients hold the same certificates and keys.
    pub(crate) fn same_material(&self, other: &Self) -> bool {
        self.material == other.material
    }

    /// Fetches the target's page.
    ///
    /// # Errors
    /// What failed, by layer.
    pub(crate) async fn fetch(&self, target: &Target, room: &Room) -> Result<Fetched, Failure> {
        match tokio::time::timeout(target.timeout, self.fetch_unhurried(target, room)).await {
            Ok(result) => result,
            Err(_elapsed) => Err(Failure::timeout(target.url.as_str())),
        }
    }

    async fn fetch_unhurried(&self, target: &Target, room: &Room) -> Result<Fetched, Failure> {
        let headers = self.headers(target)?;
        let request = self.http.get(target.url.clone()).headers(headers);
        let response = request.send().await.map_err(|error| Failure::of_request(&target.url, &error))?;
        let status = response.status();
        if status != reqwest::StatusCode::OK {
            let text = format!("server returned HTTP status {status}");
            return Err(Failure::new(FailureClass::Status, text.trim_end().to_owned()));
        }
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (content_type, encoding) = (header(CONTENT_TYPE), header(CONTENT_ENCODING));
        let limit = self.job.limits.body_bytes_max();
        let (body, share) = read_body(response, target, limit, room).await?;
        Ok(Fetched { body, share, encoding, content_type })
    }

    fn headers(&self, target: &Target) -> Result<HeaderMap, Failure> {
        let credentials = client::headers(&self.job.http);
        let mut headers = credentials.map_err(|text| Failure::new(FailureClass::Credentials, text))?;
        headers.insert(ACCEPT, self.accept.clone());
        let encoding = if self.job.enable_compression { "gzip" } else { "identity" };
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(encoding));
        let seconds = model::number::format_general(target.timeout.as_secs_f64());
        if let Ok(value) = HeaderValue::from_str(&seconds) {
            headers.insert(TIMEOUT_HEADER, value);
        }
        Ok(headers)
    }
}

/// Receives the body chunk by chunk, so that one beyond the limit is given up when it passes it.
async fn read_body(
    mut response: Response,
    target: &Target,
    limit: usize,
    room: &Room,
) -> Result<(Vec<u8>, Share), Failure> {
    let (mut body, mut share) = (Vec::new(), Share::default());
    while let Some(chunk) = response.chunk().await.map_err(|error| Failure::of_request(&target.url, &error))? {
        if body.len() + chunk.len() > limit {
            return Err(Failure::body_too_large(limit));
        }
        room.grow(&mut share, body.len() + chunk.len()).await?;
        body.extend_from_slice(&chunk);
    }
    Ok((body, share))
}

/// `Accept` as Prometheus sends it: the formats in order with falling weights, then anything.
fn accept_header(protocols: &[Protocol]) -> Result<HeaderValue, String> {
    let mut text = String::new();
    for (position, protocol) in protocols.iter().enumerate() {
        let weight = protocols.len() + 1 - position;
        text.push_str(&format!("{};q=0.{weight},", media_range(*protocol)));
    }
    text.push_str("*/*;q=0.1");
    HeaderValue::from_str(&text).map_err(|_| format!("not a header value, got {text}"))
}

fn media_range(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::OpenMetrics1 => "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8",
        Protocol::OpenMetrics0 => "application/openmetrics-text;version=0.0.1",
        Protocol::Text1 => "text/plain;version=1.0.0;escaping=allow-utf-8",
        Protocol::Text0 => "text/plain;version=0.0.4",
    }
}

#[cfg(test)]
mod tests;
