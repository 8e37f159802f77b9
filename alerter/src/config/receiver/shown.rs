//! How secrets of receivers are shown: the file's name under its key, or that there is one.

use serde::ser::{SerializeMap, Serializer};
use settings::http::SecretSource;
use std::time::Duration;

macro_rules! secrets {
    ($($name:ident)*) => {
        $(
            #[doc = concat!("`", stringify!($name), "` or `", stringify!($name), "_file`.")]
            pub(super) fn $name<S: Serializer>(source: &SecretSource, serializer: S) -> Result<S::Ok, S::Error> {
                secret(stringify!($name), Some(source), serializer)
            }
        )*
    };
}

macro_rules! optional_secrets {
    ($($function:ident $name:literal)*) => {
        $(
            #[doc = concat!("`", $name, "` or `", $name, "_file`, if any.")]
            pub(super) fn $function<S: Serializer>(
                source: &Option<SecretSource>,
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                secret($name, source.as_ref(), serializer)
            }
        )*
    };
}

secrets! { url api_url webhook_url bot_token topic }

optional_secrets! {
    auth_password "auth_password"
    auth_secret "auth_secret"
    smtp_auth_password "smtp_auth_password"
    smtp_auth_secret "smtp_auth_secret"
    slack_api_url "slack_api_url"
    slack_app_token "slack_app_token"
    telegram_bot_token "telegram_bot_token"
    token "token"
}

fn secret<S: Serializer>(name: &str, source: Option<&SecretSource>, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    match source {
        None => {}
        Some(SecretSource::Inline(secret)) => map.serialize_entry(name, secret)?,
        Some(SecretSource::File(path)) => map.serialize_entry(&format!("{name}_file"), path)?,
    }
    map.end()
}

/// A duration as configs write it.
pub(super) fn duration<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&model::duration::format(*duration))
}

/// A duration that is written, as configs write it.
pub(super) fn optional_duration<S: Serializer>(duration: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    match duration {
        Some(duration) => serializer.serialize_str(&model::duration::format(*duration)),
        None => serializer.serialize_none(),
    }
}
