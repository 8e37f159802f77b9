//! `tls_config`: how a client trusts and presents itself.
//!
//! Invariant: of inline text and file at most one is set, and a client certificate has its key.

use super::report::{Key, Report};
use super::secret::Secret;
use super::source::Source;
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};
use serde_saphyr::{Location, Spanned};
use std::path::PathBuf;

/// As written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawTls {
    ca: Option<String>,
    ca_file: Option<String>,
    cert: Option<String>,
    cert_file: Option<String>,
    key: Option<String>,
    key_file: Option<String>,
    server_name: Option<Spanned<String>>,
    insecure_skip_verify: Option<bool>,
    min_version: Option<Spanned<String>>,
    max_version: Option<Spanned<String>>,
}

/// PEM text, inline or in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Material {
    /// The text itself; never shown, because a key may be in it.
    Inline(Secret),
    /// Read when the client is made.
    File(PathBuf),
}

/// A version of TLS that a client can be held to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum TlsVersion {
    /// 1.2
    #[serde(rename = "TLS12")]
    Tls12,
    /// 1.3
    #[serde(rename = "TLS13")]
    Tls13,
}

/// How a client trusts and presents itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// Authorities that are trusted instead of the system's.
    pub ca: Option<Material>,
    /// The client's certificate chain.
    pub cert: Option<Material>,
    /// The key of the client's certificate.
    pub key: Option<Material>,
    /// The name that the server's certificate must carry, instead of the URL's host. Empty: the URL's host.
    pub server_name: String,
    /// Whether any certificate is accepted.
    pub insecure_skip_verify: bool,
    /// Lowest version; `None` is 1.2.
    pub min_version: Option<TlsVersion>,
    /// Highest version; `None` is the highest there is.
    pub max_version: Option<TlsVersion>,
}

impl Tls {
    /// Whether nothing of it was written.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Under the keys that configs write.
impl Serialize for Tls {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, material) in [("ca", &self.ca), ("cert", &self.cert), ("key", &self.key)] {
            match material {
                Some(Material::Inline(pem)) => map.serialize_entry(name, pem)?,
                Some(Material::File(path)) => map.serialize_entry(&format!("{name}_file"), path)?,
                None => {}
            }
        }
        if !self.server_name.is_empty() {
            map.serialize_entry("server_name", &self.server_name)?;
        }
        map.serialize_entry("insecure_skip_verify", &self.insecure_skip_verify)?;
        for (name, version) in [("min_version", self.min_version), ("max_version", self.max_version)] {
            if let Some(version) = version {
                map.serialize_entry(name, &version)?;
            }
        }
        map.end()
    }
}

/// Checks the section.
pub fn read(raw: Spanned<RawTls>, key: &Key, source: &Source, report: &mut Report) -> Tls {
    let Spanned { value: raw, referenced: place, .. } = raw;
    let ca = one_of([raw.ca, raw.ca_file], "ca and ca_file", source, key, place, report);
    let cert = one_of([raw.cert, raw.cert_file], "cert and cert_file", source, key, place, report);
    let private_key = one_of([raw.key, raw.key_file], "key and key_file", source, key, place, report);
    if cert.is_some() && private_key.is_none() {
        let what = "exactly one of key or key_file must be configured when a client certificate is configured";
        report.add(key, place, what);
    }
    if cert.is_none() && private_key.is_some() {
        let what = "exactly one of cert or cert_file must be configured when a client key is configured";
        report.add(key, place, what);
    }
    let version = |name: &str, raw, report: &mut Report| {
        report.read(&key.field(name), raw, |text: String| version_from(&text)).flatten()
    };
    let min_version = version("min_version", raw.min_version, report);
    let max_version = version("max_version", raw.max_version, report);
    if max_version.is_some_and(|max| min_version.is_some_and(|min| min > max)) {
        report.add(key, place, "tls_config.max_version must be greater than or equal to tls_config.min_version");
    }
    let server_name = report.read(&key.field("server_name"), raw.server_name, |name| {
        match rustls::pki_types::ServerName::try_from(name.as_str()) {
            Ok(_) => Ok(name),
            Err(_) => Err(format!("not a valid server name, got {name}")),
        }
    });
    Tls {
        ca,
        cert,
        key: private_key,
        server_name: server_name.unwrap_or_default(),
        insecure_skip_verify: raw.insecure_skip_verify.unwrap_or(false),
        min_version,
        max_version,
    }
}

/// The inline text or the file, of which at most one may be written.
fn one_of(
    [inline, file]: [Option<String>; 2],
    names: &str,
    source: &Source,
    key: &Key,
    place: Location,
    report: &mut Report,
) -> Option<Material> {
    let inline = inline.filter(|text| !text.is_empty());
    let file = file.filter(|path| !path.is_empty());
    if inline.is_some() && file.is_some() {
        report.add(key, place, format!("at most one of {names} must be configured"));
    }
    let inline = inline.map(|text| Material::Inline(Secret::new(text)));
    inline.or_else(|| file.map(|path| Material::File(source.resolve(&path))))
}

/// TLS 1.0 and 1.1 are not spoken: as a lower bound they mean 1.2.
fn version_from(text: &str) -> Result<Option<TlsVersion>, String> {
    match text {
        "" | "TLS10" | "TLS11" => Ok(None),
        "TLS12" => Ok(Some(TlsVersion::Tls12)),
        "TLS13" => Ok(Some(TlsVersion::Tls13)),
        other => Err(format!("unknown TLS version: {other}")),
    }
}
