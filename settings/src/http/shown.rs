//! How authentication and proxy are shown: under the keys that configs write, secrets hidden.

use super::{Authentication, ProxyChoice, SecretSource};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

pub(super) fn authentication<S: Serializer>(
    authentication: &Option<Authentication>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    match authentication {
        None => {}
        Some(Authentication::BasicAuth { username, password }) => {
            let fields = [Field::of_user(username), Field::of("password", password)];
            map.serialize_entry("basic_auth", &Fields(&fields))?;
        }
        Some(Authentication::Authorization { kind, credentials }) => {
            let fields = [Field("type".to_owned(), kind.clone()), Field::of("credentials", credentials)];
            map.serialize_entry("authorization", &Fields(&fields))?;
        }
    }
    map.end()
}

pub(super) fn proxy<S: Serializer>(proxy: &ProxyChoice, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    match proxy {
        ProxyChoice::Direct => {}
        ProxyChoice::Environment => map.serialize_entry("proxy_from_environment", &true)?,
        ProxyChoice::Url { url, no_proxy } => {
            map.serialize_entry("proxy_url", url)?;
            if !no_proxy.is_empty() {
                map.serialize_entry("no_proxy", no_proxy)?;
            }
        }
    }
    map.end()
}

/// A key with its text.
struct Field(String, String);

impl Field {
    fn of(name: &str, source: &SecretSource) -> Self {
        match source {
            SecretSource::Inline(_) => Self(name.to_owned(), "<secret>".to_owned()),
            SecretSource::File(path) => Self(format!("{name}_file"), path.display().to_string()),
        }
    }

    /// The user is no secret.
    fn of_user(source: &SecretSource) -> Self {
        match source {
            SecretSource::Inline(user) => Self("username".to_owned(), user.reveal().to_owned()),
            file => Self::of("username", file),
        }
    }
}

struct Fields<'a>(&'a [Field]);

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|Field(name, text)| (name, text)))
    }
}
