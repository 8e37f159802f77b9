//! Who may write.
//!
//! Invariant: decided by where the blog listens and never by who connects: behind a sidecar or a proxy every client
//! comes from the loopback.

use crate::config::Token;
use crate::refusal::{Reason, Refusal};
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, HOST};
use std::net::{IpAddr, SocketAddr};

/// The rule for writes.
#[derive(Clone, Debug)]
pub(crate) enum Access {
    /// Everybody on this machine.
    Loopback,
    /// Who shows one of these.
    Tokens(Vec<Token>),
    /// Nobody: there is no token to show.
    Nobody,
}

impl Access {
    /// The rule for a blog that listens on `address`.
    pub(crate) fn new(tokens: &[Token], address: SocketAddr) -> Self {
        if !tokens.is_empty() {
            Self::Tokens(tokens.to_vec())
        } else if address.ip().to_canonical().is_loopback() {
            Self::Loopback
        } else {
            Self::Nobody
        }
    }

    /// Lets a write with these headers pass.
    ///
    /// # Errors
    /// 403, with the cause in the log and a hint in the message.
    pub(crate) fn admit(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let message = match self {
            Self::Loopback if names_loopback(headers) => return Ok(()),
            Self::Tokens(tokens) if shows_token(headers, tokens) => return Ok(()),
            Self::Loopback => "쓰기 권한이 없습니다: Host가 이 컴퓨터의 주소가 아닙니다.",
            Self::Tokens(_) => "쓰기 권한이 없습니다: 유효한 토큰이 필요합니다.",
            Self::Nobody => "쓰기 권한이 없습니다: 설정된 토큰이 없습니다.",
        };
        Err(Refusal::new(Reason::Forbidden, message))
    }
}

fn shows_token(headers: &HeaderMap, tokens: &[Token]) -> bool {
    let header = headers.get(AUTHORIZATION).map(|value| value.as_bytes()).unwrap_or_default();
    let Some((scheme, token)) = header.split_at_checked(7) else { return false };
    scheme.eq_ignore_ascii_case(b"bearer ") && tokens.iter().any(|ours| ours.is(token.trim_ascii()))
}

/// Whether the client meant this machine. A page of another site can make its own name point to the loopback, and the
/// browser then sends that name; who sends none is no browser.
fn names_loopback(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST) else { return true };
    let host = host.to_str().unwrap_or_default();
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "0123456789abcdef";

    #[test]
    fn rule_follows_the_address_and_the_tokens() {
        let check = |address: &str, tokens: &[Token], expected: &str| {
            let access = Access::new(tokens, address.parse().unwrap());
            assert!(format!("{access:?}").starts_with(expected), "{address}: {access:?}");
        };
        let token: Token = TOKEN.parse().unwrap();
        check("127.0.0.1:8080", &[], "Loopback");
        check("[::1]:8080", &[], "Loopback");
        check("[::ffff:127.0.0.1]:8080", &[], "Loopback");
        check("0.0.0.0:8080", &[], "Nobody");
        check("192.168.1.7:8080", &[], "Nobody");
        check("127.0.0.1:8080", std::slice::from_ref(&token), "Tokens");
        check("0.0.0.0:8080", &[token], "Tokens");
    }

    #[test]
    fn writes_are_admitted() {
        let check = |access: &Access, header: (&str, &str), expected: bool| {
            let mut headers = HeaderMap::new();
            if !header.0.is_empty() {
                headers.insert(header.0.parse::<axum::http::HeaderName>().unwrap(), header.1.parse().unwrap());
            }
            assert_eq!(access.admit(&headers).is_ok(), expected, "{header:?}");
        };
        let tokens = Access::Tokens(vec!["ABCDEFGHIJKLMNOP".parse().unwrap(), TOKEN.parse().unwrap()]);
        check(&tokens, ("authorization", "Bearer 0123456789abcdef"), true);
        check(&tokens, ("authorization", "bearer  0123456789abcdef"), true);
        check(&tokens, ("authorization", "Basic 0123456789abcdef"), false);
        check(&tokens, ("authorization", "Bearer 0123456789abcde"), false);
        check(&tokens, ("authorization", "Bearer"), false);
        check(&tokens, ("", ""), false);
        check(&Access::Nobody, ("authorization", "Bearer 0123456789abcdef"), false);
        check(&Access::Nobody, ("", ""), false);
        for host in ["localhost", "LOCALHOST:8080", "127.0.0.1:8080", "127.8.0.1", "[::1]:8080"] {
            check(&Access::Loopback, ("host", host), true);
        }
        check(&Access::Loopback, ("", ""), true);
        for host in ["evil.example:8080", "localhost.evil.example", "192.168.1.7:8080", "[::2]:8080", ""] {
            check(&Access::Loopback, ("host", host), false);
        }
    }
}
