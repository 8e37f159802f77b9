//! Slack: a message with one attachment, posted to an incoming webhook or to Slack's API.
//!
//! Invariant: the JSON has Alertmanager's fields. An answer counts as success only when Slack says `ok`, since it
//! refuses messages with status 200 too.

use super::http::{self, Answer, Outgoing, Sender};
use super::message::{self, Texts, cut};
use super::template::{Data, Templates};
use super::{Attempt, Context, Notification, Notifier, Undelivered};
use crate::config::receiver::{Slack as Config, SlackAction, SlackField};
use crate::limits::{SEND_TIMEOUT, SLACK_TEXT_MAX, SLACK_TITLE_MAX};
use language::template::Template;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One integration.
#[derive(Debug)]
pub(crate) struct Slack {
    config: Config,
    layout: Arc<Layout>,
    sender: Sender,
    context: Context,
}

/// The templates of the message, and what of it is none.
#[derive(Debug)]
struct Layout {
    texts: message::Layout,
    fields: Vec<(Template, Template, bool)>,
    actions: Vec<Action<Template>>,
    link_names: bool,
    mrkdwn_in: Vec<String>,
}

impl Slack {
    /// Reads the certificates and compiles the templates.
    ///
    /// # Errors
    /// A phrase naming what is of no use.
    pub(crate) fn new(config: &Config, context: &Context) -> Result<Self, String> {
        Ok(Self {
            config: config.clone(),
            layout: Arc::new(Layout::new(config, &context.templates)?),
            sender: Sender::new(&config.http_config)?,
            context: context.clone(),
        })
    }

    async fn send_once(&self, notification: &Notification) -> Result<(), Undelivered> {
        let url = http::secret(&self.config.api_url)?;
        let data = Data::new(notification, &self.context.links);
        let layout = Arc::clone(&self.layout);
        let (channel, body) = message::render(move || layout.message(&data)).await?;
        let timeout = self.config.timeout.unwrap_or(SEND_TIMEOUT);
        let sent = self.sender.send(Outgoing::json(url, body, timeout, notification.now)).await;
        sent.and_then(|answer| accepted(&answer)).map_err(|error| in_channel(&channel, error))
    }
}

impl Notifier for Slack {
    fn kind(&self) -> &'static str {
        "slack"
    }

    fn sends_resolved(&self) -> bool {
        self.config.send_resolved
    }

    fn send<'a>(&'a self, notification: &'a Notification) -> Attempt<'a> {
        Box::pin(self.send_once(notification))
    }
}

fn in_channel(channel: &str, error: Undelivered) -> Undelivered {
    if channel.is_empty() {
        return error;
    }
    Undelivered { what: format!("channel {}: {}", model::number::quoted(channel), error.what), ..error }
}

/// What Slack's API answers.
#[derive(Deserialize)]
struct ApiAnswer {
    ok: bool,
    #[serde(default)]
    error: String,
}

/// Whether Slack has taken the message: `ok` from a webhook, `{"ok": true}` from the API.
fn accepted(answer: &Answer) -> Result<(), Undelivered> {
    let host = &answer.host;
    if !answer.is_json {
        return match answer.body.trim() {
            "ok" => Ok(()),
            other => Err(refused(host, other)),
        };
    }
    match serde_json::from_str::<ApiAnswer>(&answer.body) {
        Ok(ApiAnswer { ok: true, .. }) => Ok(()),
        Ok(ApiAnswer { error, .. }) => Err(refused(host, &error)),
        Err(_) => Err(Undelivered::soon(format!("{host}: not the JSON of Slack: {}", http::shown(&answer.body)))),
    }
}

/// Slack's words for what may go better soon.
const PASSING: [&str; 6] =
    ["ratelimited", "rate_limited", "service_unavailable", "internal_error", "fatal_error", "request_timeout"];

fn refused(host: &str, words: &str) -> Undelivered {
    let what = format!("{host}: error response from Slack: {}", http::shown(words));
    if PASSING.contains(&words) { Undelivered::soon(what) } else { Undelivered::never(what) }
}

impl Layout {
    fn new(config: &Config, templates: &Templates) -> Result<Self, String> {
        let parse = |name: &str, text: &str| templates.compile("slack_configs", name, text);
        let field = |field: &SlackField| {
            Ok((parse("fields.title", &field.title)?, parse("fields.value", &field.value)?, field.short))
        };
        Ok(Self {
            texts: message::Layout::new("slack_configs", &config.texts, templates)?,
            fields: config.fields.iter().map(field).collect::<Result<_, String>>()?,
            actions: config
                .actions
                .iter()
                .map(|action| Action::parse(action, &parse))
                .collect::<Result<_, String>>()?,
            link_names: config.link_names,
            mrkdwn_in: config.mrkdwn_in.clone(),
        })
    }

    /// The channel and the JSON.
    fn message(&self, data: &Data) -> (String, Vec<u8>) {
        let mut texts = Texts::new(data);
        let mut text = |name: &str| cut(self.texts.text(name, &mut texts), SLACK_TEXT_MAX);
        let mut attachment = Attachment {
            title: cut(text("title"), SLACK_TITLE_MAX),
            title_link: text("title_link"),
            pretext: text("pretext"),
            text: text("text"),
            fallback: text("fallback"),
            callback_id: text("callback_id"),
            fields: Vec::new(),
            actions: Vec::new(),
            image_url: text("image_url"),
            thumb_url: text("thumb_url"),
            footer: text("footer"),
            color: text("color"),
            mrkdwn_in: &self.mrkdwn_in,
        };
        let mut message = Message {
            channel: text("channel"),
            username: text("username"),
            icon_emoji: text("icon_emoji"),
            icon_url: text("icon_url"),
            link_names: self.link_names,
            text: text("message_text"),
            attachments: Vec::new(),
        };
        let fields = self.fields.iter();
        attachment.fields = fields
            .map(|(title, value, short)| Field { title: texts.text(title), value: texts.text(value), short: *short })
            .collect();
        attachment.actions = self.actions.iter().map(|action| action.rendered(&mut texts)).collect();
        if let Some(failure) = texts.failure() {
            attachment.make_plain(data, failure);
        }
        message.attachments.push(attachment);
        let body = serde_json::to_vec(&message).unwrap_or_default();
        (message.channel, body)
    }
}

impl Attachment<'_> {
    /// What a template failed to say is said without any.
    fn make_plain(&mut self, data: &Data, failure: &str) {
        let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        if self.title.is_empty() {
            self.title = escaped(&message::plain_subject(data));
        }
        self.text = cut(escaped(&message::plain_text(data, failure)), SLACK_TEXT_MAX);
        if self.fallback.is_empty() {
            self.fallback.clone_from(&self.title);
        }
        if self.color.is_empty() {
            self.color = if data.status == "firing" { "danger" } else { "good" }.to_owned();
        }
        self.fields.retain(|field| !field.title.is_empty() && !field.value.is_empty());
        self.actions.retain(|action| !action.kind.is_empty() && !action.text.is_empty());
    }
}

#[derive(Serialize)]
struct Message<'a> {
    #[serde(skip_serializing_if = "String::is_empty")]
    channel: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    username: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    icon_emoji: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    icon_url: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    link_names: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    text: String,
    attachments: Vec<Attachment<'a>>,
}

#[derive(Serialize)]
struct Attachment<'a> {
    #[serde(skip_serializing_if = "String::is_empty")]
    title: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    title_link: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pretext: String,
    text: String,
    fallback: String,
    callback_id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<Field>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    actions: Vec<Action<String>>,
    #[serde(skip_serializing_if = "String::is_empty")]
    image_url: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    thumb_url: String,
    footer: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    color: String,
    mrkdwn_in: &'a [String],
}

#[derive(Serialize)]
struct Field {
    title: String,
    value: String,
    short: bool,
}

/// A button: its templates, or its texts.
#[derive(Debug, Serialize)]
struct Action<T> {
    #[serde(rename = "type")]
    kind: T,
    text: T,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    style: Option<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirm: Option<Confirmation<T>>,
}

#[derive(Debug, Serialize)]
struct Confirmation<T> {
    text: T,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ok_text: Option<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dismiss_text: Option<T>,
}

impl Action<Template> {
    fn parse(config: &SlackAction, parse: &impl Fn(&str, &str) -> Result<Template, String>) -> Result<Self, String> {
        let optional = |name: &str, text: &str| {
            if text.is_empty() { Ok(None) } else { parse(&format!("actions.{name}"), text).map(Some) }
        };
        let confirm = match &config.confirm {
            None => None,
            Some(confirm) => Some(Confirmation {
                text: parse("actions.confirm.text", &confirm.text)?,
                title: optional("confirm.title", &confirm.title)?,
                ok_text: optional("confirm.ok_text", &confirm.ok_text)?,
                dismiss_text: optional("confirm.dismiss_text", &confirm.dismiss_text)?,
            }),
        };
        Ok(Self {
            kind: parse("actions.type", &config.kind)?,
            text: parse("actions.text", &config.text)?,
            url: optional("url", &config.url)?,
            style: optional("style", &config.style)?,
            name: optional("name", &config.name)?,
            value: optional("value", &config.value)?,
            confirm,
        })
    }

    fn rendered(&self, texts: &mut Texts<'_>) -> Action<String> {
        let mut optional = |template: &Option<Template>| template.as_ref().map(|template| texts.text(template));
        let (url, style) = (optional(&self.url), optional(&self.style));
        let (name, value) = (optional(&self.name), optional(&self.value));
        let confirm = self.confirm.as_ref().map(|confirm| Confirmation {
            title: optional(&confirm.title),
            ok_text: optional(&confirm.ok_text),
            dismiss_text: optional(&confirm.dismiss_text),
            text: optional(&Some(confirm.text.clone())).unwrap_or_default(),
        });
        Action { kind: texts.text(&self.kind), text: texts.text(&self.text), url, style, name, value, confirm }
    }
}

#[cfg(test)]
mod tests;
