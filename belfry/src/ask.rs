//! Asks a running daemon for one of its pages, for `status` and `health`.
//!
//! Invariant: an answer is waited for at most [`ASK_TIMEOUT`] and read up to [`MOST_PAGE_BYTES`].

use crate::crypto;
use crate::limits::{ASK_TIMEOUT, MOST_PAGE_BYTES};
use anyhow::{Context, anyhow, bail};
use reqwest::{StatusCode, Url};

/// The status and text of a page.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) text: String,
}

/// Gets `url` + `path`.
pub(crate) fn page(url: &str, path: &str) -> anyhow::Result<Page> {
    crypto::install();
    let threads = tokio::runtime::Builder::new_current_thread().enable_all().build().context("starting a thread")?;
    let asked = address(url, path)?;
    let shown = without_credentials(&asked);
    threads.block_on(get(asked)).with_context(|| format!("asking {shown}"))
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

async fn get(url: Url) -> anyhow::Result<Page> {
    let client = reqwest::Client::builder().timeout(ASK_TIMEOUT).build()?;
    let mut answer = client.get(url).send().await.map_err(reqwest::Error::without_url)?;
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
