//! ntfy: a push message to the phones that listen to a topic.
//!
//! Invariant: the topic, which lets whoever knows it read along, and the token are never shown.

use super::http::{self, Outgoing, Sender};
use super::message::{self, Layout, Texts, cut};
use super::template::Data;
use super::{Attempt, Context, Notification, Notifier, Undelivered};
use crate::config::receiver::Ntfy as Config;
use crate::limits::{NTFY_ACTIONS_MAX, NTFY_TEXT_MAX, NTFY_TITLE_MAX, SEND_TIMEOUT};
use language::template::Template;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use serde::Serialize;
use std::sync::Arc;

/// One integration.
#[derive(Debug)]
pub(crate) struct Ntfy {
    config: Config,
    layout: Arc<Layout>,
    /// Labels and pages of the buttons.
    actions: Arc<[(Template, Template)]>,
    sender: Sender,
    context: Context,
}

#[derive(Serialize)]
struct Message {
    topic: String,
    title: String,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<u8>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    click: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    actions: Vec<Action>,
}

#[derive(Serialize)]
struct Action {
    action: &'static str,
    label: String,
    url: String,
}

impl Ntfy {
    /// Reads the certificates and compiles the templates.
    ///
    /// # Errors
    /// A phrase naming what is of no use.
    pub(crate) fn new(config: &Config, context: &Context) -> Result<Self, String> {
        let compile = |name: &str, text: &str| context.templates.compile("ntfy_configs", name, text);
        let actions = config.actions.iter();
        let actions = actions
            .map(|action| Ok((compile("actions.label", &action.label)?, compile("actions.url", &action.url)?)))
            .collect::<Result<Arc<[_]>, String>>()?;
        Ok(Self {
            config: config.clone(),
            layout: Arc::new(Layout::new("ntfy_configs", &config.texts, &context.templates)?),
            actions,
            sender: Sender::new(&config.http_config)?,
            context: context.clone(),
        })
    }

    async fn send_once(&self, notification: &Notification) -> Result<(), Undelivered> {
        let topic = http::secret(&self.config.topic)?;
        let data = Data::new(notification, &self.context.links);
        let (layout, actions) = (Arc::clone(&self.layout), Arc::clone(&self.actions));
        let body = message::render(move || body(topic, &layout, &actions, &data)).await?;
        let mut outgoing = Outgoing::json(self.config.url.clone(), body, SEND_TIMEOUT, notification.now);
        if let Some(token) = &self.config.token {
            let bearer = HeaderValue::from_str(&format!("Bearer {}", http::secret(token)?));
            let mut bearer = bearer.map_err(|_| Undelivered::never("token: holds a character that headers cannot"))?;
            bearer.set_sensitive(true);
            outgoing.headers.insert(AUTHORIZATION, bearer);
        }
        self.sender.send(outgoing).await.map(drop)
    }
}

fn body(topic: String, layout: &Layout, actions: &[(Template, Template)], data: &Data) -> Vec<u8> {
    let mut texts = Texts::new(data);
    let mut title = layout.text("title", &mut texts);
    let mut message = layout.text("message", &mut texts);
    let priority = layout.text("priority", &mut texts);
    let tags = layout.text("tags", &mut texts);
    let click = layout.text("click", &mut texts);
    let rendered = actions.iter().map(|(label, url)| Action {
        action: "view",
        label: texts.text(label),
        url: texts.text(url).trim().to_owned(),
    });
    let actions = rendered.filter(|action| !action.url.is_empty() && !action.label.is_empty());
    let actions = actions.take(NTFY_ACTIONS_MAX).collect();
    if let Some(failure) = texts.failure() {
        if title.is_empty() {
            title = message::plain_subject(data);
        }
        message = message::plain_text(data, failure);
    }
    let message = Message {
        topic,
        title: cut(title, NTFY_TITLE_MAX),
        message: cut(message.trim_end().to_owned(), NTFY_TEXT_MAX),
        priority: priority_of(&priority),
        tags: tags.split(',').map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect(),
        click: click.trim().to_owned(),
        actions,
    };
    serde_json::to_vec(&message).unwrap_or_default()
}

/// 1 to 5, or ntfy's word for it; `None`, which ntfy takes for 3, for anything else.
fn priority_of(text: &str) -> Option<u8> {
    match text.trim() {
        "1" | "min" => Some(1),
        "2" | "low" => Some(2),
        "3" | "default" => Some(3),
        "4" | "high" => Some(4),
        "5" | "max" | "urgent" => Some(5),
        _ => None,
    }
}

impl Notifier for Ntfy {
    fn kind(&self) -> &'static str {
        "ntfy"
    }

    fn sends_resolved(&self) -> bool {
        self.config.send_resolved
    }

    fn send<'a>(&'a self, notification: &'a Notification) -> Attempt<'a> {
        Box::pin(self.send_once(notification))
    }
}
