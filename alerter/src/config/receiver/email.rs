//! `email_configs`.
//!
//! Invariant: there is a server, a sender and a recipient. Of one header there is one text.

use super::field;
use super::global::{Global, Smtp};
use super::shown;
use serde::{Deserialize, Serialize, Serializer};
use serde_saphyr::{Location, Spanned};
use settings::http::SecretSource;
use settings::report::{Key, Report};
use settings::tls::{self, RawTls, Tls};
use settings::{Secret, Source};
use std::collections::BTreeMap;
use std::fmt;

/// As written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawEmail {
    send_resolved: Option<bool>,
    to: Option<Spanned<String>>,
    from: Option<Spanned<String>>,
    hello: Option<String>,
    smarthost: Option<Spanned<String>>,
    auth_username: Option<String>,
    auth_password: Option<Spanned<Secret>>,
    auth_password_file: Option<Spanned<String>>,
    auth_secret: Option<Spanned<Secret>>,
    auth_secret_file: Option<Spanned<String>>,
    auth_identity: Option<String>,
    headers: Option<BTreeMap<String, Spanned<String>>>,
    html: Option<Spanned<String>>,
    text: Option<Spanned<String>>,
    require_tls: Option<bool>,
    tls_config: Option<Spanned<RawTls>>,
    force_implicit_tls: Option<bool>,
    threading: Option<Spanned<RawThreading>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawThreading {
    enabled: Option<bool>,
    thread_by_date: Option<Spanned<String>>,
}

/// Mails that are sent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Email {
    /// Whether ends are told too. Default false, as in Alertmanager.
    pub send_resolved: bool,
    /// The recipients' addresses, a template.
    pub to: String,
    /// The sender's address, a template.
    pub from: String,
    /// The mail server.
    pub smarthost: Smarthost,
    /// How the client greets.
    pub hello: String,
    /// The user; empty: without authentication.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub auth_username: String,
    /// The password for PLAIN and LOGIN.
    #[serde(flatten, serialize_with = "shown::auth_password")]
    pub auth_password: Option<SecretSource>,
    /// The secret for CRAM-MD5.
    #[serde(flatten, serialize_with = "shown::auth_secret")]
    pub auth_secret: Option<SecretSource>,
    /// On whose behalf PLAIN logs in; empty: the user's own.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub auth_identity: String,
    /// Headers by their names (`Subject`, ...), each a template.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The HTML part, a template; empty: none.
    pub html: String,
    /// The text part, a template; empty: none.
    pub text: String,
    /// Whether a mail is only sent encrypted.
    pub require_tls: bool,
    /// Whom the client trusts.
    #[serde(skip_serializing_if = "Tls::is_default")]
    pub tls_config: Tls,
    /// Whether the connection begins encrypted; `None`: at port 465.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub force_implicit_tls: Option<bool>,
    /// Whether the mails of a group stand together.
    pub threading: Threading,
}

/// Whether the mails of a group stand together in the reader's program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Threading {
    /// Each mail alone.
    Off,
    /// All mails of a group. The default, where Alertmanager's is off.
    #[default]
    Group,
    /// The mails of a group of one day.
    Daily,
}

impl Serialize for Threading {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shown {
            enabled: bool,
            #[serde(skip_serializing_if = "str::is_empty")]
            thread_by_date: &'static str,
        }
        let thread_by_date = match self {
            Self::Off => "",
            Self::Group => "none",
            Self::Daily => "daily",
        };
        Shown { enabled: *self != Self::Off, thread_by_date }.serialize(serializer)
    }
}

/// A mail server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Smarthost {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
}

impl Smarthost {
    /// Reads `host:port` or `[address]:port`.
    ///
    /// # Errors
    /// A phrase, when the port is missing or none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let Some((host, port)) = text.rsplit_once(':') else {
            return Err(format!("address {text}: missing port in address"));
        };
        let host = match host.strip_prefix('[') {
            Some(address) => address.strip_suffix(']').unwrap_or(address),
            None if host.contains(':') => return Err(format!("address {text}: too many colons in address")),
            None => host,
        };
        let port = match port {
            "" => return Err(format!("address {}: port cannot be empty", model::number::quoted(text))),
            "smtp" => 25,
            "submission" => 587,
            "smtps" | "submissions" => 465,
            number => number.parse().map_err(|_| format!("address {text}: unknown port {number}"))?,
        };
        if host.is_empty() {
            return Err(format!("address {text}: missing host in address"));
        }
        Ok(Self { host: host.to_owned(), port })
    }
}

impl fmt::Display for Smarthost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl Serialize for Smarthost {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

const HTML: &str = r#"{{ template "email.default.html" . }}"#;
const TEXT: &str = r#"{{ template "email.default.text" . }}"#;

pub(super) fn read(
    raw: Spanned<RawEmail>,
    key: &Key,
    global: &Global,
    source: &Source,
    report: &mut Report,
) -> Option<Email> {
    let Spanned { value: raw, referenced: place, .. } = raw;
    let smtp = &global.smtp;
    let password = (raw.auth_password, raw.auth_password_file);
    let secret = (raw.auth_secret, raw.auth_secret_file);
    let auth_password = field::secret(report, key, "auth_password", password, source);
    let auth_secret = field::secret(report, key, "auth_secret", secret, source);
    let headers = read_headers(raw.headers, &key.field("headers"), report);
    let threading = read_threading(raw.threading, &headers, &key.field("threading"), report);
    let tls_config = raw.tls_config.map(|raw| tls::read(raw, &key.field("tls_config"), source, report));
    let html = field::text(report, key, "html", raw.html, HTML);
    let text = field::text(report, key, "text", raw.text, TEXT);
    let addresses = Addresses { to: raw.to, from: raw.from, smarthost: raw.smarthost };
    let (to, from, smarthost) = read_addresses(addresses, key, place, smtp, report)?;
    let or = |own: Option<String>, global: &String| own.filter(|own| !own.is_empty()).unwrap_or_else(|| global.clone());
    Some(Email {
        send_resolved: raw.send_resolved.unwrap_or(false),
        to,
        from,
        smarthost,
        hello: or(raw.hello, &smtp.hello),
        auth_username: or(raw.auth_username, &smtp.auth_username),
        auth_password: auth_password.or_else(|| smtp.auth_password.clone()),
        auth_secret: auth_secret.or_else(|| smtp.auth_secret.clone()),
        auth_identity: or(raw.auth_identity, &smtp.auth_identity),
        headers,
        html,
        text,
        require_tls: raw.require_tls.unwrap_or(smtp.require_tls),
        tls_config: tls_config.unwrap_or_else(|| smtp.tls_config.clone()),
        force_implicit_tls: raw.force_implicit_tls.or(smtp.force_implicit_tls),
        threading,
    })
}

struct Addresses {
    to: Option<Spanned<String>>,
    from: Option<Spanned<String>>,
    smarthost: Option<Spanned<String>>,
}

fn read_addresses(
    raw: Addresses,
    key: &Key,
    place: Location,
    smtp: &Smtp,
    report: &mut Report,
) -> Option<(String, String, Smarthost)> {
    let written = raw.smarthost.is_some();
    let smarthost = report.read(&key.field("smarthost"), raw.smarthost, |text| Smarthost::parse(&text));
    let to = field::text(report, key, "to", raw.to, "");
    let from = field::text(report, key, "from", raw.from, "");
    let from = if from.is_empty() { smtp.from.clone() } else { from };
    let smarthost = smarthost.or_else(|| smtp.smarthost.clone());
    let missing = [
        (to.is_empty(), "missing to address in email config"),
        (smarthost.is_none() && !written, "no global SMTP smarthost set"),
        (from.is_empty(), "no global SMTP from set"),
    ];
    for (_, what) in missing.iter().filter(|(is_missing, _)| *is_missing) {
        report.add(key, place, *what);
    }
    Some((to, from, smarthost?))
}

/// Headers under the spelling that mails have (`Message-Id`).
fn read_headers(
    raw: Option<BTreeMap<String, Spanned<String>>>,
    key: &Key,
    report: &mut Report,
) -> BTreeMap<String, String> {
    let mut headers = BTreeMap::new();
    for (name, raw) in raw.into_iter().flatten() {
        let (key, place) = (key.field(&name), raw.referenced);
        let is_name = |each: char| each.is_ascii_graphic() && each != ':';
        if name.is_empty() || !name.chars().all(is_name) {
            report.add(&key, place, format!("not a valid header name, got {}", model::number::quoted(&name)));
            continue;
        }
        let name = canonical(&name);
        if let Err(error) = crate::notify::template::check(&name, &raw.value) {
            report.add(&key, place, error);
        }
        if headers.insert(name.clone(), raw.value).is_some() {
            report.add(&key, place, format!("duplicate header {} in email config", model::number::quoted(&name)));
        }
    }
    headers
}

/// The first letter of each word large, all others small.
fn canonical(name: &str) -> String {
    let mut start = true;
    let mut letter = |each: char| {
        let first = std::mem::replace(&mut start, each == '-');
        if first { each.to_ascii_uppercase() } else { each.to_ascii_lowercase() }
    };
    name.chars().map(&mut letter).collect()
}

fn read_threading(
    raw: Option<Spanned<RawThreading>>,
    headers: &BTreeMap<String, String>,
    key: &Key,
    report: &mut Report,
) -> Threading {
    let Some(Spanned { value: raw, referenced: place, .. }) = raw else { return Threading::default() };
    if raw.enabled != Some(true) {
        return Threading::Off;
    }
    for name in ["References", "In-Reply-To"] {
        if headers.contains_key(name) {
            let what = format!("conflicting configuration: threading.enabled conflicts with custom {name} header");
            report.add(key, place, what);
        }
    }
    let read = report.read(&key.field("thread_by_date"), raw.thread_by_date, |text| match text.as_str() {
        "none" => Ok(Threading::Group),
        "daily" => Ok(Threading::Daily),
        other => Err(format!("must be either 'none' or 'daily', got {}", model::number::quoted(other))),
    });
    read.unwrap_or_default()
}
