//! Asks a running daemon for one of its pages, for `status` and `health`.
//!
//! Invariant: an answer is waited for at most [`ASK_TIMEOUT`] and read up to [`MOST_PAGE_BYTES`].

use crate::limits::{ASK_TIMEOUT, MOST_PAGE_BYTES};
use anyhow::{Context, bail};
use reqwest::StatusCode;

/// The status and text of a page.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) text: String,
}

/// Gets `url` + `path`.
pub(crate) fn page(url: &str, path: &str) -> anyhow::Result<Page> {
    // A second provider can only be the same one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let threads = tokio::runtime::Builder::new_current_thread().enable_all().build().context("starting a thread")?;
    let asked = format!("{}{path}", url.trim_end_matches('/'));
    threads.block_on(get(&asked)).with_context(|| format!("asking {asked}"))
}

async fn get(url: &str) -> anyhow::Result<Page> {
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
