//! The HTTP client that an [`HttpClient`] describes: whom it trusts, how it presents itself, where it looks names up.
//!
//! Invariant: certificates are read when the client is made, secrets in files at every request.

mod credentials;
mod lookup;
mod server_name;
mod tls;
mod trouble;

pub use credentials::{headers, resolve};
pub use tls::material_hash;
pub use trouble::{Layer, Trouble};

use crate::http::{HttpClient, ProxyChoice};
use crate::limits::{IDLE_CONNECTION_SECONDS, IDLE_CONNECTIONS_PER_HOST, REDIRECTS_MAX};
use reqwest::redirect;
use std::time::Duration;

const USER_AGENT: &str = concat!("Belfry/", env!("CARGO_PKG_VERSION"));

/// Reads the certificates and makes the client.
///
/// # Errors
/// A phrase naming the file or setting, when a certificate, key or proxy is of no use.
pub fn build(http: &HttpClient) -> Result<reqwest::Client, String> {
    let redirects =
        if http.follow_redirects { redirect::Policy::limited(REDIRECTS_MAX) } else { redirect::Policy::none() };
    let mut builder = reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .referer(false)
        .dns_resolver(lookup::Lookup)
        .redirect(redirects)
        .pool_idle_timeout(Duration::from_secs(IDLE_CONNECTION_SECONDS))
        .pool_max_idle_per_host(IDLE_CONNECTIONS_PER_HOST);
    if !http.enable_http2 {
        builder = builder.http1_only();
    }
    builder = with_proxy(builder, &http.proxy)?;
    builder = tls::configure(builder, &http.tls_config)?;
    builder.build().map_err(|error| format!("making the HTTP client: {}", root_cause(&error)))
}

fn with_proxy(builder: reqwest::ClientBuilder, proxy: &ProxyChoice) -> Result<reqwest::ClientBuilder, String> {
    match proxy {
        ProxyChoice::Environment => Ok(builder),
        // Without this, reqwest would take proxies from the environment, which Prometheus does not.
        ProxyChoice::Direct => Ok(builder.no_proxy()),
        ProxyChoice::Url { url, no_proxy } => {
            let proxy = reqwest::Proxy::all(url.reveal()).map_err(|_| "not a valid proxy URL".to_owned())?;
            Ok(builder.proxy(proxy.no_proxy(reqwest::NoProxy::from_string(no_proxy))))
        }
    }
}

/// The deepest cause, which says most.
fn root_cause(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source()).last().map(ToString::to_string).unwrap_or_default()
}
