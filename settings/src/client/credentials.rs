//! The headers that authenticate a request, and the extra ones of the config.
//!
//! Invariant: files are read at every request, so that a rotated secret is taken up; values are marked sensitive.

use crate::http::{Authentication, HttpClient, SecretSource};
use crate::limits::SECRET_FILE_BYTES_MAX;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use std::path::Path;

/// The headers that authenticate a request, and the extra ones.
///
/// # Errors
/// A phrase naming the file that cannot be read or the header that cannot be sent.
pub fn headers(config: &HttpClient) -> Result<HeaderMap, String> {
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

fn authorization(authentication: &Authentication) -> Result<HeaderValue, String> {
    let text = match authentication {
        Authentication::BasicAuth { username, password } => {
            let pair = format!("{}:{}", resolve(username)?, resolve(password)?);
            format!("Basic {}", BASE64_STANDARD.encode(pair))
        }
        Authentication::Authorization { kind, credentials } => format!("{kind} {}", resolve(credentials)?),
    };
    header_value(&text, true, || "credentials".to_owned())
}

/// The secret itself, for the one place that sends it. A file is read now.
///
/// # Errors
/// A phrase naming the file that cannot be read.
pub fn resolve(source: &SecretSource) -> Result<String, String> {
    match source {
        SecretSource::Inline(secret) => Ok(secret.reveal().to_owned()),
        SecretSource::File(path) => read(path),
    }
}

fn read(path: &Path) -> Result<String, String> {
    let refuse = |why: String| format!("reading {}: {why}", path.display());
    let metadata = std::fs::metadata(path).map_err(|error| refuse(error.to_string()))?;
    // Opening a named pipe would wait for a writer, and a device may never end.
    if !metadata.is_file() || metadata.len() > SECRET_FILE_BYTES_MAX {
        return Err(refuse(format!("not a regular file of at most {SECRET_FILE_BYTES_MAX} bytes")));
    }
    let text = std::fs::read_to_string(path).map_err(|error| refuse(error.to_string()))?;
    Ok(text.trim().to_owned())
}

fn header_value(text: &str, sensitive: bool, place: impl Fn() -> String) -> Result<HeaderValue, String> {
    let mut value = HeaderValue::from_str(text).map_err(|_| refused(place()))?;
    value.set_sensitive(sensitive);
    Ok(value)
}

fn refused(what: String) -> String {
    format!("{what} holds a character that HTTP headers cannot carry")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::HeaderValues;
    use crate::secret::Secret;

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
        let error = resolve(&endless).expect_err("no regular file");
        assert_eq!(error, "reading /dev/zero: not a regular file of at most 1048576 bytes");
        let failure = headers(&config).expect_err("no file");
        assert!(failure.contains("token: No such file"), "{failure}");
    }
}
