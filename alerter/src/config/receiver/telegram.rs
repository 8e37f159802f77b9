//! `telegram_configs`.

use super::global::Global;
use super::{field, shown};
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;
use settings::http::{HttpClient, RawHttp, SecretSource};
use settings::report::{Key, Report};
use settings::{Secret, Source};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// As written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawTelegram {
    send_resolved: Option<bool>,
    http_config: Option<Spanned<RawHttp>>,
    api_url: Option<Spanned<String>>,
    bot_token: Option<Spanned<Secret>>,
    bot_token_file: Option<Spanned<String>>,
    chat_id: Option<i64>,
    chat_id_file: Option<Spanned<String>>,
    message_thread_id: Option<i64>,
    message: Option<Spanned<String>>,
    disable_notifications: Option<bool>,
    parse_mode: Option<Spanned<String>>,
}

/// A Telegram chat that is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Telegram {
    /// Whether ends are told too. Default true, as in Alertmanager.
    pub send_resolved: bool,
    /// How HTTP is spoken.
    pub http_config: HttpClient,
    /// The API's address, without a slash at its end.
    pub api_url: String,
    /// The bot's token.
    #[serde(flatten, serialize_with = "shown::bot_token")]
    pub bot_token: SecretSource,
    /// The chat.
    #[serde(flatten)]
    pub chat: Chat,
    /// The thread in it; `None`: the chat itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_thread_id: Option<i64>,
    /// The text (`message`), a template.
    #[serde(flatten)]
    pub texts: BTreeMap<&'static str, String>,
    /// Whether the chat is told without a sound.
    pub disable_notifications: bool,
    /// How the text is marked up.
    pub parse_mode: ParseMode,
}

/// A chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Chat {
    /// Its number.
    #[serde(rename = "chat_id")]
    Id(i64),
    /// A file that holds its number, read at each message.
    #[serde(rename = "chat_id_file")]
    File(PathBuf),
}

/// How a text is marked up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum ParseMode {
    /// Not at all.
    #[serde(rename = "")]
    Plain,
    /// Telegram's older markup.
    Markdown,
    /// Telegram's newer markup.
    MarkdownV2,
    /// HTML; what alerts say is escaped. The default.
    #[default]
    #[serde(rename = "HTML")]
    Html,
}

impl ParseMode {
    /// As Telegram's API names it; empty for none.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Markdown => "Markdown",
            Self::MarkdownV2 => "MarkdownV2",
            Self::Html => "HTML",
        }
    }
}

fn parse_mode(text: &str) -> Result<ParseMode, String> {
    let modes = [ParseMode::Plain, ParseMode::Markdown, ParseMode::MarkdownV2, ParseMode::Html];
    let known = modes.into_iter().find(|mode| mode.as_str() == text);
    known.ok_or_else(|| format!("must be Markdown, MarkdownV2, HTML or empty string, got {text}"))
}

pub(super) fn read(
    raw: Spanned<RawTelegram>,
    key: &Key,
    global: &Global,
    source: &Source,
    report: &mut Report,
) -> Option<Telegram> {
    let Spanned { value: raw, referenced: place, .. } = raw;
    let texts = field::texts(report, key, [("message", raw.message, r#"{{ template "telegram.default.message" . }}"#)]);
    let http_config = field::http_client(report, key, raw.http_config, &global.http_config, source);
    let api_url = report.read(&key.field("api_url"), raw.api_url, |url| field::address(&url));
    let parse_mode = report.read(&key.field("parse_mode"), raw.parse_mode, |text| parse_mode(&text));
    let token = field::secret(report, key, "bot_token", (raw.bot_token, raw.bot_token_file), source);
    let token = token.or_else(|| global.telegram_bot_token.clone());
    let chat = match (raw.chat_id.filter(|id| *id != 0), raw.chat_id_file) {
        (Some(_), Some(file)) => {
            let what = "at most one of chat_id & chat_id_file must be configured";
            field::missing(report, &key.field("chat_id_file"), file.referenced, what)
        }
        (Some(id), None) => Some(Chat::Id(id)),
        (None, Some(file)) => Some(Chat::File(source.resolve(&file.value))),
        (None, None) => field::missing(report, key, place, "missing chat_id or chat_id_file on telegram_config"),
    };
    let what = "missing bot_token or bot_token_file on telegram_config";
    Some(Telegram {
        send_resolved: raw.send_resolved.unwrap_or(true),
        http_config,
        api_url: api_url.unwrap_or_else(|| global.telegram_api_url.clone()),
        bot_token: token.or_else(|| field::missing(report, key, place, what))?,
        chat: chat?,
        message_thread_id: raw.message_thread_id.filter(|id| *id != 0),
        texts,
        disable_notifications: raw.disable_notifications.unwrap_or(false),
        parse_mode: parse_mode.unwrap_or_default(),
    })
}
