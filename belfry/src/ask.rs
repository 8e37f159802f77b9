//! Asks a running daemon, for the commands that are its clients.
//!
//! Invariant: an answer is waited for at most [`ASK_TIMEOUT`] and read up to [`MOST_PAGE_BYTES`].

use crate::crypto;
use crate::limits::{ASK_TIMEOUT, MOST_PAGE_BYTES};
use anyhow::{Context, anyhow, bail};
use reqwest::{Client, RequestBuilder, StatusCode, Url};
use serde_json::Value;

/// The status and text of a page.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) text: String,
}

/// Gets `url` + `path`.
pub(crate) fn page(url: &str, path: &str) -> anyhow::Result<Page> {
    ask(url, path, |client, asked| client.get(asked))
}

/// Gets `url` + `path` as JSON.
pub(crate) fn json(url: &str, path: &str) -> anyhow::Result<Value> {
    answered(url, path, page(url, path)?)
}

/// Posts JSON to `url` + `path`, which answers JSON.
pub(crate) fn post_json(url: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
    let page = ask(url, path, |client, asked| client.post(asked).json(body))?;
    answered(url, path, page)
}

/// Deletes `url` + `path`.
pub(crate) fn delete(url: &str, path: &str) -> anyhow::Result<Page> {
    ask(url, path, |client, asked| client.delete(asked))
}

fn answered(url: &str, path: &str, page: Page) -> anyhow::Result<Value> {
    if !page.status.is_success() {
        let shown = without_credentials(&address(url, path)?);
        bail!("asking {shown}: {}: {}", page.status, page.text.trim());
    }
    serde_json::from_str(&page.text).with_context(|| format!("reading the answer of {path}"))
}

fn ask(url: &str, path: &str, make: impl FnOnce(&Client, Url) -> RequestBuilder) -> anyhow::Result<Page> {
    crypto::install();
    let threads = tokio::runtime::Builder::new_current_thread().enable_all().build().context("starting a thread")?;
    let asked = address(url, path)?;
    let shown = without_credentials(&asked);
    threads.block_on(send(asked, make)).with_context(|| format!("asking {shown}"))
}

/// Where the page is. Credentials may stand in the URL: `http://user:password@host:9090`.
fn address(url: &str, path: &str) -> anyhow::Result<Url> {
    let address = format!("{}{path}", url.trim_end_matches('/'));
    Url::parse(&address).map_err(|error| anyhow!("--url is not an address such as http://127.0.0.1:9090: {error}"))
}

fn without_credentials(url: &Url) -> Url {
    let mut shown = url.clone();
    // Refused only where there can be no credentials.
    let _ = (shown.set_username(""), shown.set_password(None));
    shown
}

async fn send(url: Url, make: impl FnOnce(&Client, Url) -> RequestBuilder) -> anyhow::Result<Page> {
    let client = Client::builder().timeout(ASK_TIMEOUT).build()?;
    let mut answer = make(&client, url).send().await.map_err(reqwest::Error::without_url)?;
    let status = answer.status();
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(reqwest::Error::without_url)? {
        body.extend_from_slice(&chunk);
        if body.len() > MOST_PAGE_BYTES {
            bail!("the answer is longer than {MOST_PAGE_BYTES} bytes");
        }
    }
    let text = String::from_utf8(body).context("the answer is not UTF-8")?;
    Ok(Page { status, text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_sent_and_not_shown() {
        let url = address("http://ada:s3cret@[::1]:9090/", "/metrics").expect("an address");
        assert_eq!(url.password(), Some("s3cret"));
        assert_eq!(without_credentials(&url).as_str(), "http://[::1]:9090/metrics");
        let told = address("localhost", "/metrics").expect_err("no scheme").to_string();
        assert!(told.starts_with("--url is not an address"), "{told}");
    }
}
