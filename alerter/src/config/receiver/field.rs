//! What the fields of receivers have in common: texts that are templates, URLs and secrets, inline or in a file.
//!
//! Invariant: a finding never holds a secret.

use crate::notify::http::parse_url;
use crate::notify::template;
use serde_saphyr::{Location, Spanned};
use settings::http::{self, HttpClient, RawHttp, SecretSource};
use settings::report::{Key, Report};
use settings::{Secret, Source};
use std::collections::BTreeMap;

/// A text that is a template; `otherwise` where none is written.
pub(super) fn text(
    report: &mut Report,
    key: &Key,
    name: &'static str,
    raw: Option<Spanned<String>>,
    otherwise: &str,
) -> String {
    let read = report.read(&key.field(name), raw, |text| match template::check(name, &text) {
        Ok(()) => Ok(text),
        Err(error) => Err(error),
    });
    read.unwrap_or_else(|| otherwise.to_owned())
}

/// Texts that are templates, by their keys; those that are empty are left out.
pub(super) fn texts<const N: usize>(
    report: &mut Report,
    key: &Key,
    raw: [(&'static str, Option<Spanned<String>>, &str); N],
) -> BTreeMap<&'static str, String> {
    let read = raw.map(|(name, raw, otherwise)| (name, text(report, key, name, raw, otherwise)));
    read.into_iter().filter(|(_, text)| !text.is_empty()).collect()
}

/// An address that is no secret, without a slash at its end.
pub(super) fn address(text: &str) -> Result<String, String> {
    match parse_url(text) {
        Ok(_) => Ok(text.trim().trim_end_matches('/').to_owned()),
        Err(error) => Err(format!("{error}, got {text}")),
    }
}

/// A secret, inline or in a file; `None` where neither is written.
pub(super) fn secret(
    report: &mut Report,
    key: &Key,
    name: &str,
    (inline, file): (Option<Spanned<Secret>>, Option<Spanned<String>>),
    source: &Source,
) -> Option<SecretSource> {
    let inline = inline.filter(|inline| !inline.value.is_empty());
    let file = file.filter(|file| !file.value.is_empty());
    if let (Some(_), Some(file)) = (&inline, &file) {
        let what = format!("at most one of {name} & {name}_file must be configured");
        report.add(&key.field(&format!("{name}_file")), file.referenced, what);
    }
    match (inline, file) {
        (Some(inline), _) => Some(SecretSource::Inline(inline.value)),
        (None, Some(file)) => Some(SecretSource::File(source.resolve(&file.value))),
        (None, None) => None,
    }
}

/// A secret URL, inline or in a file; `None` where neither is written.
pub(super) fn secret_url(
    report: &mut Report,
    key: &Key,
    name: &str,
    (inline, file): (Option<Spanned<Secret>>, Option<Spanned<String>>),
    source: &Source,
) -> Option<SecretSource> {
    if let Some(url) = inline.as_ref().filter(|url| !url.value.is_empty())
        && let Err(error) = parse_url(url.value.reveal())
    {
        report.add(&key.field(name), url.referenced, error);
    }
    secret(report, key, name, (inline, file), source)
}

/// The HTTP client: the section's own, else the global one.
pub(super) fn http_client(
    report: &mut Report,
    key: &Key,
    raw: Option<Spanned<RawHttp>>,
    otherwise: &HttpClient,
    source: &Source,
) -> HttpClient {
    let Some(Spanned { value, referenced, .. }) = raw else { return otherwise.clone() };
    http::read(value, &key.field("http_config"), referenced, source, report)
}

/// Something that has to be written is not.
pub(super) fn missing<T>(report: &mut Report, key: &Key, place: Location, what: &str) -> Option<T> {
    report.add(key, place, what);
    None
}
