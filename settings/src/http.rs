//! The keys of Prometheus's HTTP client config: authentication, TLS, proxy, redirects, headers.
//!
//! Invariant: at most one way to authenticate is set, and no header that the client itself sends.

mod shown;

use super::report::{Key, Report};
use super::secret::Secret;
use super::source::Source;
use super::tls::{self, RawTls, Tls};
use super::unsupported::Unsupported;
use model::number::quoted;
use serde::{Deserialize, Serialize};
use serde_saphyr::{Location, Spanned};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// `basic_auth` as written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawBasicAuth {
    username: Option<String>,
    username_file: Option<String>,
    password: Option<Secret>,
    password_file: Option<String>,
}

/// `authorization` as written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawAuthorization {
    #[serde(rename = "type")]
    kind: Option<String>,
    credentials: Option<Secret>,
    credentials_file: Option<String>,
}

/// One of `http_headers` as written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawHeader {
    values: Option<Vec<String>>,
    secrets: Option<Vec<Secret>>,
    files: Option<Vec<String>>,
}

/// The keys as written. They are a section of their own (`http_config` of Alertmanager), or stand among others, which
/// are then moved in here.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawHttp {
    /// User and password.
    pub basic_auth: Option<Spanned<RawBasicAuth>>,
    /// Any other `Authorization`.
    pub authorization: Option<Spanned<RawAuthorization>>,
    /// The old form of `authorization`.
    pub bearer_token: Option<Spanned<String>>,
    /// The old form of `authorization`.
    pub bearer_token_file: Option<Spanned<String>>,
    /// Trust.
    pub tls_config: Option<Spanned<RawTls>>,
    /// Whether redirects are followed.
    pub follow_redirects: Option<bool>,
    /// Whether HTTP/2 is offered.
    pub enable_http2: Option<bool>,
    /// A proxy.
    pub proxy_url: Option<Spanned<String>>,
    /// Hosts that are reached without it.
    pub no_proxy: Option<Spanned<String>>,
    /// Whether the environment names the proxy.
    pub proxy_from_environment: Option<Spanned<bool>>,
    /// Extra headers.
    pub http_headers: Option<BTreeMap<String, Spanned<RawHeader>>>,
    /// Not supported yet.
    pub oauth2: Unsupported,
    /// Not supported yet.
    pub proxy_connect_header: Unsupported,
}

/// Where a secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// In the config.
    Inline(Secret),
    /// In a file, read at every scrape, so that it can be rotated.
    File(PathBuf),
}

impl Default for SecretSource {
    fn default() -> Self {
        Self::Inline(Secret::default())
    }
}

/// How a client authenticates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authentication {
    /// User and password.
    BasicAuth {
        /// The user.
        username: SecretSource,
        /// The password; may be empty.
        password: SecretSource,
    },
    /// `Authorization: <type> <credentials>`.
    Authorization {
        /// The type, `Bearer` when not written.
        kind: String,
        /// What stands behind it.
        credentials: SecretSource,
    },
}

/// Which proxy a client uses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ProxyChoice {
    /// None, whatever the environment says.
    #[default]
    Direct,
    /// This one.
    Url {
        /// Its URL, which may hold a password.
        url: Secret,
        /// Hosts that are reached without it, separated by commas; empty: none.
        no_proxy: String,
    },
    /// What the environment says.
    Environment,
}

/// Values of one extra header; each is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct HeaderValues {
    /// Shown in the config.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// Hidden.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<Secret>,
    /// Read at every scrape.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<PathBuf>,
}

/// How a job's client speaks HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HttpClient {
    /// How it authenticates, if at all.
    #[serde(flatten, serialize_with = "shown::authentication")]
    pub authentication: Option<Authentication>,
    /// How it trusts and presents itself.
    #[serde(skip_serializing_if = "Tls::is_default")]
    pub tls_config: Tls,
    /// Whether redirects are followed.
    pub follow_redirects: bool,
    /// Whether HTTP/2 is offered.
    pub enable_http2: bool,
    /// Which proxy it uses.
    #[serde(flatten, serialize_with = "shown::proxy")]
    pub proxy: ProxyChoice,
    /// Extra headers.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub http_headers: BTreeMap<String, HeaderValues>,
}

impl Default for HttpClient {
    fn default() -> Self {
        Self {
            authentication: None,
            tls_config: Tls::default(),
            follow_redirects: true,
            enable_http2: true,
            proxy: ProxyChoice::Direct,
            http_headers: BTreeMap::new(),
        }
    }
}

/// Checks the keys; `place` is where a finding about several of them together is told.
pub fn read(mut raw: RawHttp, key: &Key, place: Location, source: &Source, report: &mut Report) -> HttpClient {
    raw.oauth2.refuse("oauth2", key, report);
    raw.proxy_connect_header.refuse("proxy_connect_header", key, report);
    let authentication = read_authentication(&mut raw, key, place, source, report);
    let tls_config = raw.tls_config.take().map(|raw| tls::read(raw, &key.field("tls_config"), source, report));
    HttpClient {
        authentication,
        tls_config: tls_config.unwrap_or_default(),
        follow_redirects: raw.follow_redirects.unwrap_or(true),
        enable_http2: raw.enable_http2.unwrap_or(true),
        proxy: read_proxy(&mut raw, key, report),
        http_headers: read_headers(raw.http_headers.take(), &key.field("http_headers"), source, report),
    }
}

fn read_authentication(
    raw: &mut RawHttp,
    key: &Key,
    place: Location,
    source: &Source,
    report: &mut Report,
) -> Option<Authentication> {
    let (token, token_file) = (raw.bearer_token.take(), raw.bearer_token_file.take());
    let bearer = token.is_some() || token_file.is_some();
    if token.is_some() && token_file.is_some() {
        report.add(key, place, "at most one of bearer_token & bearer_token_file must be configured");
    }
    if bearer && raw.authorization.is_some() {
        report.add(key, place, "authorization is not compatible with bearer_token & bearer_token_file");
    }
    if raw.basic_auth.is_some() && (bearer || raw.authorization.is_some()) {
        report.add(key, place, "at most one of basic_auth, oauth2 & authorization must be configured");
    }
    if let Some(raw) = raw.basic_auth.take() {
        return Some(read_basic(raw, &key.field("basic_auth"), source, report));
    }
    if let Some(raw) = raw.authorization.take() {
        return Some(read_authorization(raw, &key.field("authorization"), source, report));
    }
    let credentials = match (token, token_file) {
        (Some(token), _) => SecretSource::Inline(Secret::new(token.value)),
        (None, Some(file)) => SecretSource::File(source.resolve(&file.value)),
        (None, None) => return None,
    };
    Some(Authentication::Authorization { kind: "Bearer".to_owned(), credentials })
}

fn read_basic(raw: Spanned<RawBasicAuth>, key: &Key, source: &Source, report: &mut Report) -> Authentication {
    let Spanned { value: raw, referenced: place, .. } = raw;
    if raw.username.is_some() && raw.username_file.is_some() {
        report.add(key, place, "at most one of basic_auth username & username_file must be configured");
    }
    if raw.password.is_some() && raw.password_file.is_some() {
        report.add(key, place, "at most one of basic_auth password & password_file must be configured");
    }
    Authentication::BasicAuth {
        username: secret_source(raw.username.map(Secret::new), raw.username_file, source),
        password: secret_source(raw.password, raw.password_file, source),
    }
}

fn read_authorization(
    raw: Spanned<RawAuthorization>,
    key: &Key,
    source: &Source,
    report: &mut Report,
) -> Authentication {
    let Spanned { value: raw, referenced: place, .. } = raw;
    if raw.credentials.is_some() && raw.credentials_file.is_some() {
        report.add(key, place, "at most one of authorization credentials & credentials_file must be configured");
    }
    let kind = raw.kind.map(|kind| kind.trim().to_owned()).filter(|kind| !kind.is_empty());
    let kind = kind.unwrap_or_else(|| "Bearer".to_owned());
    if kind.eq_ignore_ascii_case("basic") {
        report.add(key, place, "authorization type cannot be set to \"basic\", use \"basic_auth\" instead");
    }
    Authentication::Authorization { kind, credentials: secret_source(raw.credentials, raw.credentials_file, source) }
}

fn secret_source(inline: Option<Secret>, file: Option<String>, source: &Source) -> SecretSource {
    match (inline, file) {
        (None, Some(file)) => SecretSource::File(source.resolve(&file)),
        (inline, _) => SecretSource::Inline(inline.unwrap_or_default()),
    }
}

fn read_proxy(raw: &mut RawHttp, key: &Key, report: &mut Report) -> ProxyChoice {
    let from_environment = raw.proxy_from_environment.take().filter(|raw| raw.value);
    let url = raw.proxy_url.take().filter(|url| !url.value.is_empty());
    if let (Some(environment), Some(_)) = (&from_environment, &url) {
        let what = "if proxy_from_environment is configured, proxy_url must not be configured";
        report.add(&key.field("proxy_from_environment"), environment.referenced, what);
    }
    if from_environment.is_some() {
        return ProxyChoice::Environment;
    }
    let no_proxy = raw.no_proxy.take();
    if let (Some(no_proxy), None) = (&no_proxy, &url) {
        let what = "if no_proxy is configured, proxy_url must also be configured";
        report.add(&key.field("no_proxy"), no_proxy.referenced, what);
    }
    let url = report.read(&key.field("proxy_url"), url, |url| match reqwest::Proxy::all(&url) {
        Ok(_) => Ok(url),
        Err(_) => Err(format!("not a valid proxy URL, got {}", quoted(&url))),
    });
    url.map_or(ProxyChoice::Direct, |url| ProxyChoice::Url {
        url: Secret::new(url),
        no_proxy: no_proxy.map(|raw| raw.value).unwrap_or_default(),
    })
}

/// Headers that the client sets itself, in lower case.
const RESERVED_HEADERS: [&str; 17] = [
    "accept-encoding",
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "www-authenticate",
    "x-prometheus-remote-read-version",
    "x-prometheus-remote-write-version",
    "x-prometheus-scrape-timeout-seconds",
];

fn read_headers(
    raw: Option<BTreeMap<String, Spanned<RawHeader>>>,
    key: &Key,
    source: &Source,
    report: &mut Report,
) -> BTreeMap<String, HeaderValues> {
    let mut headers = BTreeMap::new();
    for (name, Spanned { value: raw, referenced: place, .. }) in raw.into_iter().flatten() {
        let key = key.field(&name);
        if RESERVED_HEADERS.contains(&name.to_lowercase().as_str()) {
            report.add(&key, place, format!("setting header {} is not allowed", quoted(&name)));
        }
        if reqwest::header::HeaderName::from_bytes(name.as_bytes()).is_err() {
            report.add(&key, place, format!("not a valid header name, got {}", quoted(&name)));
        }
        let values = raw.values.unwrap_or_default();
        if values.iter().any(|value| reqwest::header::HeaderValue::from_str(value).is_err()) {
            report.add(&key.field("values"), place, "not a valid header value");
        }
        let files = raw.files.unwrap_or_default().iter().map(|file| source.resolve(file)).collect();
        headers.insert(name, HeaderValues { values, secrets: raw.secrets.unwrap_or_default(), files });
    }
    headers
}
