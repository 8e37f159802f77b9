//! The headers that authenticate a request, and the extra ones of the config.
//!
//! Invariant: files are read at every scrape, so that a rotated secret is taken up; values are marked sensitive.

use crate::config::{Authentication, HttpClient, SecretSource};
use crate::limits::SECRET_FILE_BYTES_MAX;
use crate::scrape::failure::{Failure, FailureClass};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use std::path::Path;

pub(super) fn headers(config: &HttpClient) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    if let Some(authentication) = &config.authentication {
        headers.insert(AUTHORIZATION, authorization(authentication)?);
    }
    for (name, values) in &config.http_headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refused(format!("header name {name:?}")))?;
        let place = || format!("value of header {name}");
        for value in &values.values {
            headers.append(&name, header_value(value, false, place)?);
        }
        for secret in &values.secrets {
            headers.append(&name, header_value(secret.reveal(), true, place)?);
        }
        for file in &values.files {
            headers.append(&name, header_value(&read(file)?, true, place)?);
        }
    }
    Ok(headers)
}

fn authorization(authentication: &Authentication) -> Result<HeaderValue, Failure> {
    let text = match authentication {
        Authentication::BasicAuth { username, password } => {
            let pair = format!("{}:{}", resolve(username)?, resolve(password)?);
            format!("Basic {}", base64(pair.as_bytes()))
        }
        Authentication::Authorization { kind, credentials } => format!("{kind} {}", resolve(credentials)?),
    };
    header_value(&text, true, || "credentials".to_owned())
}

fn resolve(source: &SecretSource) -> Result<String, Failure> {
    match source {
        SecretSource::Inline(secret) => Ok(secret.reveal().to_owned()),
        SecretSource::File(path) => read(path),
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    let refuse = |why: String| Failure::new(FailureClass::Credentials, format!("reading {}: {why}", path.display()));
    let metadata = std::fs::metadata(path).map_err(|error| refuse(error.to_string()))?;
    // Opening a named pipe would wait for a writer, and a device may never end.
    if !metadata.is_file() || metadata.len() > SECRET_FILE_BYTES_MAX {
        return Err(refuse(format!("not a regular file of at most {SECRET_FILE_BYTES_MAX} bytes")));
    }
    let text = std::fs::read_to_string(path).map_err(|error| refuse(error.to_string()))?;
    Ok(text.trim().to_owned())
}

fn header_value(text: &str, sensitive: bool, place: impl Fn() -> String) -> Result<HeaderValue, Failure> {
    let mut value = HeaderValue::from_str(text).map_err(|_| refused(place()))?;
    value.set_sensitive(sensitive);
    Ok(value)
}

fn refused(what: String) -> Failure {
    Failure::new(FailureClass::Credentials, format!("{what} holds a character that HTTP headers cannot carry"))
}

/// RFC 4648 with padding.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0_u32, |group, byte| (group << 8) | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for position in 0..4_usize {
            let index = (group >> (18 - 6 * position)) & 0x3f;
            let letter = usize::try_from(index).ok().and_then(|index| ALPHABET.get(index)).copied().unwrap_or(b'=');
            text.push(if position <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{HeaderValues, Secret};

    #[test]
    fn base64_is_padded() {
        let check = |text: &str, expected: &str| assert_eq!(base64(text.as_bytes()), expected);
        check("", "");
        check("f", "Zg==");
        check("fo", "Zm8=");
        check("foo", "Zm9v");
        check("user:pässword", "dXNlcjpww6Rzc3dvcmQ=");
    }

    #[test]
    fn secrets_come_from_the_config_or_a_file() {
        let folder = tempfile::tempdir().expect("temp dir");
        let file = folder.path().join("token");
        std::fs::write(&file, "abc\n").expect("written");
        let credentials = SecretSource::File(file.clone());
        let authentication = Authentication::Authorization { kind: "Bearer".to_owned(), credentials };
        let mut config = HttpClient { authentication: Some(authentication), ..HttpClient::default() };
        let extra =
            HeaderValues { values: vec!["a".to_owned()], secrets: vec![Secret::new("b")], files: vec![file.clone()] };
        config.http_headers.insert("X-Extra".to_owned(), extra);
        let made = headers(&config).expect("headers");
        assert_eq!(made.get("authorization").map(HeaderValue::as_bytes), Some(&b"Bearer abc"[..]));
        let extra: Vec<&[u8]> = made.get_all("x-extra").iter().map(HeaderValue::as_bytes).collect();
        assert_eq!(extra, [&b"a"[..], b"b", b"abc"]);
        std::fs::remove_file(&file).expect("removed");
        let endless = SecretSource::File(std::path::PathBuf::from("/dev/zero"));
        let error = resolve(&endless).expect_err("no regular file").text;
        assert_eq!(error, "reading /dev/zero: not a regular file of at most 1048576 bytes");
        let failure = headers(&config).expect_err("no file");
        assert_eq!(failure.class, FailureClass::Credentials);
        assert!(failure.text.contains("token: No such file"), "{failure}");
    }
}
