//! Fields and buttons of a Slack message.
//!
//! Invariant: a button either opens a page or sends a message action, as its `url` or `name` says.

use super::super::field::text;
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;
use settings::report::{Key, Report};

/// One of `fields` as written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawField {
    title: Option<Spanned<String>>,
    value: Option<Spanned<String>>,
    short: Option<bool>,
}

/// One of `actions` as written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawAction {
    #[serde(rename = "type")]
    kind: Option<Spanned<String>>,
    text: Option<Spanned<String>>,
    url: Option<Spanned<String>>,
    style: Option<Spanned<String>>,
    name: Option<Spanned<String>>,
    value: Option<Spanned<String>>,
    confirm: Option<Spanned<RawConfirmation>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawConfirmation {
    text: Option<Spanned<String>>,
    title: Option<Spanned<String>>,
    ok_text: Option<Spanned<String>>,
    dismiss_text: Option<Spanned<String>>,
}

/// A pair in the table of a message; both are templates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SlackField {
    /// What stands above.
    pub title: String,
    /// What stands below.
    pub value: String,
    /// Whether another field may stand beside it.
    pub short: bool,
}

/// A button; all of it are templates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SlackAction {
    /// `button`
    #[serde(rename = "type")]
    pub kind: String,
    /// What stands on it.
    pub text: String,
    /// The page that it opens; empty where it sends a message action.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// `primary` or `danger`; may be empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub style: String,
    /// Names the message action; empty where it opens a page.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What the message action sends.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub value: String,
    /// Asks before the message action is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirm: Option<SlackConfirmation>,
}

/// Asks whether a button was meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SlackConfirmation {
    /// The question.
    pub text: String,
    /// What stands above it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Yes.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub ok_text: String,
    /// No.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub dismiss_text: String,
}

pub(super) fn field(raw: Spanned<RawField>, key: &Key, short: bool, report: &mut Report) -> SlackField {
    let Spanned { value: raw, referenced: place, .. } = raw;
    let title = text(report, key, "title", raw.title, "");
    let value = text(report, key, "value", raw.value, "");
    for (name, text) in [("title", &title), ("value", &value)] {
        if text.is_empty() {
            report.add(key, place, format!("missing {name} in Slack field configuration"));
        }
    }
    SlackField { title, value, short: raw.short.unwrap_or(short) }
}

pub(super) fn action(raw: Spanned<RawAction>, key: &Key, report: &mut Report) -> Option<SlackAction> {
    let Spanned { value: raw, referenced: place, .. } = raw;
    let mut read = |name, raw| text(report, key, name, raw, "");
    let mut action = SlackAction {
        kind: read("type", raw.kind),
        text: read("text", raw.text),
        url: read("url", raw.url),
        style: read("style", raw.style),
        name: read("name", raw.name),
        value: read("value", raw.value),
        confirm: None,
    };
    action.confirm = raw.confirm.map(|raw| confirmation(raw, &key.field("confirm"), report));
    if !action.url.is_empty() {
        action.name = String::new();
        action.value = String::new();
        action.confirm = None;
    }
    let missing = [
        (action.kind.is_empty(), "missing type in Slack action configuration"),
        (action.text.is_empty(), "missing text in Slack action configuration"),
        (action.url.is_empty() && action.name.is_empty(), "missing name or url in Slack action configuration"),
    ];
    for (_, what) in missing.iter().filter(|(is_missing, _)| *is_missing) {
        report.add(key, place, *what);
    }
    Some(action)
}

fn confirmation(raw: Spanned<RawConfirmation>, key: &Key, report: &mut Report) -> SlackConfirmation {
    let Spanned { value: raw, referenced: place, .. } = raw;
    let mut read = |name, raw| text(report, key, name, raw, "");
    let confirmation = SlackConfirmation {
        text: read("text", raw.text),
        title: read("title", raw.title),
        ok_text: read("ok_text", raw.ok_text),
        dismiss_text: read("dismiss_text", raw.dismiss_text),
    };
    if confirmation.text.is_empty() {
        report.add(key, place, "missing text in Slack confirmation configuration");
    }
    confirmation
}
