//! Telegram: a text, sent by a bot to a chat.
//!
//! Invariant: the bot's token, which stands in the URL, is never shown. HTML that is too long is not cut, since half a
//! tag would be refused; a plain text goes in its place.

use super::http::{self, Outgoing, Sender};
use super::message::{self, Layout, Texts, cut};
use super::template::Data;
use super::{Attempt, Context, Notification, Notifier, Undelivered};
use crate::config::receiver::{Chat, ParseMode, Telegram as Config};
use crate::limits::{SEND_TIMEOUT, TELEGRAM_TEXT_MAX};
use serde::Serialize;
use settings::http::SecretSource;
use std::sync::Arc;

/// One integration.
#[derive(Debug)]
pub(crate) struct Telegram {
    config: Config,
    layout: Arc<Layout>,
    sender: Sender,
    context: Context,
}

#[derive(Serialize)]
struct Message {
    chat_id: i64,
    text: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    parse_mode: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_thread_id: Option<i64>,
    disable_web_page_preview: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    disable_notification: bool,
}

impl Telegram {
    /// Reads the certificates and compiles the templates.
    ///
    /// # Errors
    /// A phrase naming what is of no use.
    pub(crate) fn new(config: &Config, context: &Context) -> Result<Self, String> {
        Ok(Self {
            config: config.clone(),
            layout: Arc::new(Layout::new("telegram_configs", &config.texts, &context.templates)?),
            sender: Sender::new(&config.http_config)?,
            context: context.clone(),
        })
    }

    async fn send_once(&self, notification: &Notification) -> Result<(), Undelivered> {
        let token = http::secret(&self.config.bot_token)?;
        let chat_id = chat_id(&self.config.chat)?;
        let data = Data::new(notification, &self.context.links);
        let (layout, mode) = (Arc::clone(&self.layout), self.config.parse_mode);
        let (text, parse_mode) = message::render(move || text(&layout, mode, &data)).await?;
        let message = Message {
            chat_id,
            text,
            parse_mode: parse_mode.as_str(),
            message_thread_id: self.config.message_thread_id,
            disable_web_page_preview: true,
            disable_notification: self.config.disable_notifications,
        };
        let url = format!("{}/bot{token}/sendMessage", self.config.api_url);
        let body = serde_json::to_vec(&message).unwrap_or_default();
        self.sender.send(Outgoing::json(url, body, SEND_TIMEOUT, notification.now)).await.map(drop)
    }
}

fn chat_id(chat: &Chat) -> Result<i64, Undelivered> {
    match chat {
        Chat::Id(id) => Ok(*id),
        Chat::File(path) => {
            let text = http::secret(&SecretSource::File(path.clone()))?;
            let refuse = |_| Undelivered::soon(format!("{}: not the number of a chat", path.display()));
            text.parse().map_err(refuse)
        }
    }
}

fn text(layout: &Layout, mode: ParseMode, data: &Data) -> (String, ParseMode) {
    let mut texts = Texts::new(data);
    let is_html = mode == ParseMode::Html;
    let text = if is_html { layout.html("message", &mut texts) } else { layout.text("message", &mut texts) };
    let is_long = text.chars().nth(TELEGRAM_TEXT_MAX).is_some();
    let failure = match texts.failure() {
        Some(failure) => failure.to_owned(),
        None if is_html && is_long => format!("it gives more than {TELEGRAM_TEXT_MAX} characters"),
        None => return (cut(text, TELEGRAM_TEXT_MAX), mode),
    };
    (cut(message::plain_text(data, &failure), TELEGRAM_TEXT_MAX), ParseMode::Plain)
}

impl Notifier for Telegram {
    fn kind(&self) -> &'static str {
        "telegram"
    }

    fn sends_resolved(&self) -> bool {
        self.config.send_resolved
    }

    fn send<'a>(&'a self, notification: &'a Notification) -> Attempt<'a> {
        Box::pin(self.send_once(notification))
    }
}
