//! The mail itself: headers, a text and an HTML part.
//!
//! Invariant: a label can neither add a header nor a recipient. All mails of a group name the same ancestor, so that
//! the reader's program shows beginning and end together.

use crate::config::receiver::{Email as Config, Threading};
use crate::limits::{MAIL_HEADER_MAX, MAIL_PART_BYTES_MAX};
use crate::notify::message::{Texts, cut, plain_subject, plain_text};
use crate::notify::template::{Data, Templates};
use language::template::Template;
use lettre::Message;
use lettre::address::{Address, Envelope};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Mailboxes, MultiPart, SinglePart};
use model::time::Millis;
use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};

/// A mail, ready to be sent.
#[derive(Debug)]
pub(super) struct Mail {
    pub(super) envelope: Envelope,
    pub(super) bytes: Vec<u8>,
}

/// The templates of the mail.
#[derive(Debug)]
pub(super) struct Layout {
    to: Template,
    from: Template,
    headers: BTreeMap<String, Template>,
    html: Option<Template>,
    text: Option<Template>,
    threading: Threading,
}

const SUBJECT: &str = r#"{{ template "email.default.subject" . }}"#;

impl Layout {
    pub(super) fn new(config: &Config, templates: &Templates) -> Result<Self, String> {
        let parse = |name: &str, text: &str| templates.compile("email_configs", name, text);
        let mut headers = BTreeMap::new();
        for (name, text) in &config.headers {
            headers.insert(name.clone(), parse(name, text)?);
        }
        if !headers.contains_key("Subject") {
            headers.insert("Subject".to_owned(), parse("Subject", SUBJECT)?);
        }
        let part = |name: &str, text: &str| if text.is_empty() { Ok(None) } else { parse(name, text).map(Some) };
        Ok(Self {
            to: parse("to", &config.to)?,
            from: parse("from", &config.from)?,
            headers,
            html: part("html", &config.html)?,
            text: part("text", &config.text)?,
            threading: config.threading,
        })
    }

    /// The mail of a notification.
    ///
    /// # Errors
    /// An address that is none.
    pub(super) fn mail(&self, data: &Data, group_key: &str) -> Result<Mail, String> {
        let (from, to) = self.addresses(data)?;
        let mut texts = Texts::new(data);
        let headers: Vec<_> =
            self.headers.iter().map(|(name, template)| (name.as_str(), one_line(&texts.text(template)))).collect();
        let html = self.html.as_ref().map(|template| texts.html(template));
        let text = self.text.as_ref().map(|template| texts.text(template));
        let too_long = [&html, &text].into_iter().flatten().any(|part| part.len() > MAIL_PART_BYTES_MAX);
        let failure = match texts.failure() {
            Some(failure) => Some(failure.to_owned()),
            None if too_long => Some(format!("it gives more than {MAIL_PART_BYTES_MAX} bytes")),
            None => None,
        };
        let parts = match &failure {
            None => (html, text),
            Some(failure) => (None, Some(plain_text(data, failure))),
        };
        let recipients: Vec<Address> = to.iter().map(|mailbox| mailbox.email.clone()).collect();
        let envelope = Envelope::new(Some(from.email.clone()), recipients).map_err(|error| error.to_string())?;
        let mut message = built(&from, &to, &envelope, parts, data.now)?;
        for (name, value) in headers.into_iter().filter(|(_, value)| !value.is_empty()) {
            set(&mut message, name, value);
        }
        if message.headers().get_raw("Subject").is_none() {
            set(&mut message, "Subject", plain_subject(data));
        }
        self.thread(&mut message, group_key, data.now);
        Ok(Mail { envelope, bytes: message.formatted() })
    }

    fn addresses(&self, data: &Data) -> Result<(Mailbox, Mailboxes), String> {
        let mut texts = Texts::new(data);
        let (from, to) = (texts.text(&self.from), texts.text(&self.to));
        if let Some(failure) = texts.failure() {
            return Err(failure.to_owned());
        }
        let from: Mailboxes = from.parse().map_err(|error| format!("from: {error}, got {from}"))?;
        let to: Mailboxes = to.parse().map_err(|error| format!("to: {error}, got {to}"))?;
        let mut senders = from.into_iter();
        match (senders.next(), senders.next()) {
            (Some(from), None) => Ok((from, to)),
            _ => Err("from: must be exactly one address".to_owned()),
        }
    }

    fn thread(&self, message: &mut Message, group_key: &str, now: Millis) {
        let day = match self.threading {
            Threading::Off => return,
            Threading::Group => String::new(),
            Threading::Daily => format!("-{}", model::rfc3339::format_millis(now).get(..10).unwrap_or_default()),
        };
        // No mail has this name: programs gather what names it under a common ancestor that they make up.
        let root = format!("<alert-{:016x}{day}@belfry>", runtime::backoff::seed(group_key));
        for name in ["References", "In-Reply-To"] {
            if message.headers().get_raw(name).is_none() {
                set(message, name, root.clone());
            }
        }
    }
}

fn built(
    from: &Mailbox,
    to: &Mailboxes,
    envelope: &Envelope,
    (html, text): (Option<String>, Option<String>),
    now: Millis,
) -> Result<Message, String> {
    let since_epoch = Duration::from_millis(u64::try_from(now.0).unwrap_or(0));
    let mut builder = Message::builder()
        .envelope(envelope.clone())
        .date(UNIX_EPOCH + since_epoch)
        .message_id(Some(format!("<{}@{}>", uuid::Uuid::new_v4(), from.email.domain())))
        .from(from.clone());
    for recipient in to.iter() {
        builder = builder.to(recipient.clone());
    }
    let parts = [text.map(SinglePart::plain), html.map(SinglePart::html)];
    let mut parts = parts.into_iter().flatten();
    let made = match (parts.next(), parts.next()) {
        (Some(text), Some(html)) => builder.multipart(MultiPart::alternative().singlepart(text).singlepart(html)),
        (Some(part), _) => builder.singlepart(part),
        _ => builder.body(String::new()),
    };
    made.map_err(|error| error.to_string())
}

/// Sets a header, in place of one of that name.
fn set(message: &mut Message, name: &str, value: String) {
    if let Ok(name) = HeaderName::new_from_ascii(name.to_owned()) {
        message.headers_mut().insert_raw(HeaderValue::new(name, value));
    }
}

/// A header's text: no line ends, no other control characters.
fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|each| if each.is_control() { ' ' } else { each }).collect();
    cut(spaced.trim().to_owned(), MAIL_HEADER_MAX)
}
