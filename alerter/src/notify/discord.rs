//! Discord: an embed, posted to a channel's webhook.
//!
//! Invariant: the JSON has Alertmanager's fields; red while something fires, green when all is over.

use super::http::{self, Outgoing, Sender};
use super::message::{self, Layout, Texts, cut};
use super::template::Data;
use super::{Attempt, Context, Notification, Notifier, Undelivered};
use crate::config::receiver::Discord as Config;
use crate::limits::{DISCORD_CONTENT_MAX, DISCORD_TEXT_MAX, DISCORD_TITLE_MAX, SEND_TIMEOUT};
use serde::Serialize;
use std::sync::Arc;

const RED: u32 = 0x99_2D22;
const GREEN: u32 = 0x2E_CC71;

/// One integration.
#[derive(Debug)]
pub(crate) struct Discord {
    config: Config,
    layout: Arc<Layout>,
    sender: Sender,
    context: Context,
}

#[derive(Serialize)]
struct Message {
    content: String,
    embeds: [Embed; 1],
    #[serde(skip_serializing_if = "String::is_empty")]
    username: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    avatar_url: String,
}

#[derive(Serialize)]
struct Embed {
    title: String,
    description: String,
    color: u32,
}

impl Discord {
    /// Reads the certificates and compiles the templates.
    ///
    /// # Errors
    /// A phrase naming what is of no use.
    pub(crate) fn new(config: &Config, context: &Context) -> Result<Self, String> {
        Ok(Self {
            config: config.clone(),
            layout: Arc::new(Layout::new("discord_configs", &config.texts, &context.templates)?),
            sender: Sender::new(&config.http_config)?,
            context: context.clone(),
        })
    }

    async fn send_once(&self, notification: &Notification) -> Result<(), Undelivered> {
        let url = http::secret(&self.config.webhook_url)?;
        let data = Data::new(notification, &self.context.links);
        let (layout, config) = (Arc::clone(&self.layout), self.config.clone());
        let body = message::render(move || body(&layout, &config, &data)).await?;
        self.sender.send(Outgoing::json(url, body, SEND_TIMEOUT, notification.now)).await.map(drop)
    }
}

fn body(layout: &Layout, config: &Config, data: &Data) -> Vec<u8> {
    let mut texts = Texts::new(data);
    let content = cut(layout.text("content", &mut texts), DISCORD_CONTENT_MAX);
    let mut title = layout.text("title", &mut texts);
    let mut description = layout.text("message", &mut texts);
    if let Some(failure) = texts.failure() {
        if title.is_empty() {
            title = message::plain_subject(data);
        }
        description = message::plain_text(data, failure);
    }
    let embed = Embed {
        title: cut(title, DISCORD_TITLE_MAX),
        description: cut(description, DISCORD_TEXT_MAX),
        color: if data.status == "firing" { RED } else { GREEN },
    };
    let (username, avatar_url) = (config.username.clone(), config.avatar_url.clone());
    serde_json::to_vec(&Message { content, embeds: [embed], username, avatar_url }).unwrap_or_default()
}

impl Notifier for Discord {
    fn kind(&self) -> &'static str {
        "discord"
    }

    fn sends_resolved(&self) -> bool {
        self.config.send_resolved
    }

    fn send<'a>(&'a self, notification: &'a Notification) -> Attempt<'a> {
        Box::pin(self.send_once(notification))
    }
}

#[cfg(test)]
mod tests;
