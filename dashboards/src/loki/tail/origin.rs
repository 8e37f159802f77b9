//! Which pages may open a live tail.
//!
//! Invariant: what comes from a browser itself is taken only from a page of our own. Everything else passes whatever
//! `Origin` it brings, since Grafana's proxy may hand on the one of its own page: no script can make a browser call
//! itself by another name in a WebSocket's handshake.

use axum::http::{HeaderMap, header};

/// What is answered otherwise.
pub(super) const REFUSAL: &str = "live tails are not for pages of other sites; if this page is Belfry's own behind a \
                                  proxy, set web.external_url to its address";

/// How every browser's name begins.
const BROWSER: &str = "Mozilla/";

/// Whether a browser asks on behalf of a page of another site.
pub(super) fn is_foreign(headers: &HeaderMap, external_url: &str) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let is_browser = text(header::USER_AGENT.as_str()).is_some_and(|agent| agent.starts_with(BROWSER));
    if !is_browser || !headers.contains_key(header::ORIGIN) {
        return false;
    }
    let Some(asking) = text(header::ORIGIN.as_str()).and_then(authority) else { return true };
    let own = [text(header::HOST.as_str()), text("x-forwarded-host"), authority(external_url)];
    !own.into_iter().flatten().any(|own| own.eq_ignore_ascii_case(asking))
}

/// `host:port` of a URL; `None` when it has none, such as `null`.
fn authority(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    rest.split('/').next().filter(|authority| !authority.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn only_pages_of_our_own_may_ask_from_a_browser() {
        let check = |headers: &[(&'static str, &'static str)], expected: bool| {
            let headers = headers
                .iter()
                .map(|&(name, value)| (header::HeaderName::from_static(name), HeaderValue::from_static(value)));
            let headers: HeaderMap = headers.collect();
            assert_eq!(is_foreign(&headers, "https://logs.example.com/belfry"), expected, "{headers:?}");
        };
        let browser = ("user-agent", "Mozilla/5.0 (X11; Linux x86_64)");
        let host = ("host", "localhost:9090");
        check(&[], false);
        check(&[browser, host], false);
        check(&[browser, host, ("origin", "http://localhost:9090")], false);
        check(&[browser, host, ("origin", "http://LOCALHOST:9090")], false);
        check(&[browser, host, ("origin", "https://logs.example.com")], false);
        check(&[browser, host, ("origin", "http://localhost:3000")], true);
        check(&[browser, host, ("origin", "http://evil.example")], true);
        check(&[browser, host, ("origin", "http://evil.example/localhost:9090")], true);
        check(&[browser, host, ("origin", "null")], true);
        check(&[browser, host, ("origin", "")], true);
        check(&[browser, host, ("origin", "http://far"), ("x-forwarded-host", "far")], false);
        check(&[("user-agent", "Grafana/13.1.0"), host, ("origin", "http://grafana:3000")], false);
        check(&[host, ("origin", "http://grafana:3000")], false);
    }
}
