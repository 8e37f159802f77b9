//! The `web:` section: where we listen, who may ask, and with which certificate.
//!
//! Invariant: a [`Web`] can be used as it is: the address parses, every hash is a bcrypt hash, and an address that
//! others can reach has credentials unless the user said that it needs none. Files are read by [`crate::Server`], at
//! the start and on each reload, not here.

use crate::limits;
use model::finding::{Finding, Place};
use serde::{Deserialize, Serialize};
use serde_saphyr::{Location, Spanned};
use settings::Secret;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Where we listen when nothing is said; Prometheus's port, but only for this machine.
pub const LISTEN_DEFAULT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9090);

/// The section as written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WebSection {
    listen: Option<Spanned<String>>,
    external_url: Option<Spanned<String>>,
    auth: AuthSection,
    tls: Option<TlsSection>,
    insecure: bool,
    enable_quit: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct AuthSection {
    basic_auth_users: BTreeMap<String, Spanned<Secret>>,
    bearer_tokens: Vec<Spanned<Secret>>,
    bearer_token_files: Vec<Spanned<PathBuf>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TlsSection {
    cert_file: PathBuf,
    key_file: PathBuf,
}

/// The section, checked. It is serialized for `status/config`, with `<secret>` in place of secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Web {
    /// Where we listen; port 0 takes any free one.
    pub listen: SocketAddr,
    /// What links to us begin with, without a slash at the end; empty: the address that we listen on.
    pub external_url: String,
    /// Who may ask. Empty: everyone.
    pub auth: Auth,
    /// The certificate and its key; `None` is plain HTTP.
    pub tls: Option<TlsFiles>,
    /// Whether others may reach us without credentials.
    pub insecure: bool,
    /// Whether `/-/quit` ends the daemon.
    pub enable_quit: bool,
}

/// Who may ask: whoever gives one of these.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Auth {
    /// Names and bcrypt hashes of their passwords.
    #[serde(rename = "basic_auth_users")]
    pub basic_users: BTreeMap<String, Secret>,
    /// Tokens written in the file.
    pub bearer_tokens: Vec<Secret>,
    /// Files that each hold one token, blanks around it ignored.
    pub bearer_token_files: Vec<PathBuf>,
}

impl Auth {
    /// Whether nobody is asked for anything.
    pub fn is_empty(&self) -> bool {
        self.basic_users.is_empty() && self.bearer_tokens.is_empty() && self.bearer_token_files.is_empty()
    }
}

/// PEM files of a TLS server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TlsFiles {
    /// The certificate, followed by those of its issuers.
    pub cert_file: PathBuf,
    /// Its private key.
    pub key_file: PathBuf,
}

impl Default for Web {
    fn default() -> Self {
        Self {
            listen: LISTEN_DEFAULT,
            external_url: String::new(),
            auth: Auth::default(),
            tls: None,
            insecure: false,
            enable_quit: false,
        }
    }
}

impl WebSection {
    /// Lets the command line's address win over the file's.
    pub fn set_listen(&mut self, address: &str) {
        self.listen = Some(Spanned::new(address.to_owned(), Location::UNKNOWN, Location::UNKNOWN));
    }

    /// Checks the section. `file` is named in the findings; relative paths start at `base`.
    ///
    /// # Errors
    /// Everything that is wrong, in the order of the section.
    pub fn validate(self, file: &str, base: &Path) -> Result<Web, Vec<Finding>> {
        let mut checks = Checks { file, findings: Vec::new() };
        let at = self.listen.as_ref().map(|listen| listen.referenced);
        let listen = self.listen.as_ref().map_or(LISTEN_DEFAULT, |text| checks.address(text));
        let external_url = self.external_url.as_ref().map_or_else(String::new, |text| checks.url(text));
        let auth = checks.auth(self.auth, base);
        let tls =
            self.tls.map(|tls| TlsFiles { cert_file: base.join(tls.cert_file), key_file: base.join(tls.key_file) });
        let web = Web { listen, external_url, auth, tls, insecure: self.insecure, enable_quit: self.enable_quit };
        if let Some(what) = web.exposure() {
            checks.find(at, "web.listen", what);
        }
        if checks.findings.is_empty() { Ok(web) } else { Err(checks.findings) }
    }
}

impl Web {
    /// Why the address must not be served, or `None`.
    fn exposure(&self) -> Option<String> {
        if self.listen.ip().is_loopback() || self.insecure || !self.auth.is_empty() {
            return None;
        }
        Some(format!(
            "{} can be reached from other machines, and nobody would be asked for a password: set \
             web.auth.basic_auth_users or web.auth.bearer_tokens, or listen on 127.0.0.1, or allow it with \
             web.insecure: true",
            self.listen
        ))
    }
}

struct Checks<'a> {
    file: &'a str,
    findings: Vec<Finding>,
}

impl Checks<'_> {
    fn find(&mut self, at: Option<Location>, key: impl Into<String>, what: impl Into<String>) {
        let at = at.filter(|at| *at != Location::UNKNOWN);
        let (line, column) = at.map_or((0, 0), |at| (at.line(), at.column()));
        let place = Place { file: self.file.to_owned(), line, column };
        self.findings.push(Finding { place, key: key.into(), what: what.into() });
    }

    fn address(&mut self, text: &Spanned<String>) -> SocketAddr {
        parse_address(&text.value).unwrap_or_else(|| {
            let what = format!("not an address with a port such as 127.0.0.1:9090, got {:?}", text.value);
            self.find(Some(text.referenced), "web.listen", what);
            LISTEN_DEFAULT
        })
    }

    fn url(&mut self, text: &Spanned<String>) -> String {
        let url = text.value.trim_end_matches('/');
        let is_http = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://")).is_some_and(|rest| {
            !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>`".contains(&byte))
        });
        if !url.is_empty() && !is_http {
            let what = format!("not an http or https address, got {:?}", text.value);
            self.find(Some(text.referenced), "web.external_url", what);
        }
        url.to_owned()
    }

    fn auth(&mut self, section: AuthSection, base: &Path) -> Auth {
        for (user, hash) in &section.basic_auth_users {
            if let Some(what) = user_fault(user).or_else(|| hash_fault(hash.value.reveal())) {
                self.find(Some(hash.referenced), format!("web.auth.basic_auth_users.{user}"), what);
            }
        }
        for (index, token) in section.bearer_tokens.iter().enumerate() {
            if token.value.reveal().trim().is_empty() {
                self.find(Some(token.referenced), format!("web.auth.bearer_tokens[{index}]"), "the token is empty");
            }
        }
        Auth {
            basic_users: section.basic_auth_users.into_iter().map(|(user, hash)| (user, hash.value)).collect(),
            bearer_tokens: section.bearer_tokens.into_iter().map(|token| token.value).collect(),
            bearer_token_files: section.bearer_token_files.into_iter().map(|file| base.join(file.value)).collect(),
        }
    }
}

/// Reads `host:port` with a literal address, `localhost`, or nothing (all addresses, as Go reads `:9090`) as host.
fn parse_address(text: &str) -> Option<SocketAddr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let (host, port) = text.rsplit_once(':')?;
    let port = port.parse().ok()?;
    match host {
        "localhost" => Some(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)),
        "" => Some(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), port)),
        _ => None,
    }
}

fn user_fault(user: &str) -> Option<String> {
    (user.is_empty() || user.contains(':'))
        .then(|| format!("a user name has at least one character and no colon, got {user:?}"))
}

fn hash_fault(hash: &str) -> Option<String> {
    match bcrypt::HashParts::from_str(hash) {
        Ok(parts) if parts.get_cost() > limits::BCRYPT_COST_MAX => Some(format!(
            "bcrypt cost {} takes too long at each login, at most {}",
            parts.get_cost(),
            limits::BCRYPT_COST_MAX
        )),
        Ok(_) => None,
        Err(_) => Some("not a bcrypt hash; `htpasswd -nBC 10 NAME` makes one".to_owned()),
    }
}

#[cfg(test)]
mod tests;
