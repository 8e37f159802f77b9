//! `slack_configs`.
//!
//! Invariant: a message goes to a webhook, or to Slack's API with the token of an app, never to both.

mod parts;

pub use parts::{SlackAction, SlackConfirmation, SlackField};

use super::field;
use super::global::Global;
use super::shown;
use parts::{RawAction, RawField};
use serde::{Deserialize, Serialize};
use serde_saphyr::{Location, Spanned};
use settings::http::{Authentication, HttpClient, RawHttp, SecretSource};
use settings::report::{Key, Report};
use settings::{Secret, Source};
use std::collections::BTreeMap;
use std::time::Duration;

/// As written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawSlack {
    send_resolved: Option<bool>,
    http_config: Option<Spanned<RawHttp>>,
    api_url: Option<Spanned<Secret>>,
    api_url_file: Option<Spanned<String>>,
    app_token: Option<Spanned<Secret>>,
    app_token_file: Option<Spanned<String>>,
    app_url: Option<Spanned<String>>,
    channel: Option<Spanned<String>>,
    username: Option<Spanned<String>>,
    color: Option<Spanned<String>>,
    title: Option<Spanned<String>>,
    title_link: Option<Spanned<String>>,
    pretext: Option<Spanned<String>>,
    text: Option<Spanned<String>>,
    message_text: Option<Spanned<String>>,
    fields: Option<Vec<Spanned<RawField>>>,
    short_fields: Option<bool>,
    footer: Option<Spanned<String>>,
    fallback: Option<Spanned<String>>,
    callback_id: Option<Spanned<String>>,
    icon_emoji: Option<Spanned<String>>,
    icon_url: Option<Spanned<String>>,
    image_url: Option<Spanned<String>>,
    thumb_url: Option<Spanned<String>>,
    link_names: Option<bool>,
    mrkdwn_in: Option<Vec<String>>,
    actions: Option<Vec<Spanned<RawAction>>>,
    update_message: Option<Spanned<bool>>,
    timeout: Option<Spanned<String>>,
}

/// A Slack channel that is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Slack {
    /// Whether ends are told too. Default false, as in Alertmanager.
    pub send_resolved: bool,
    /// How HTTP is spoken; a token stands here as its authorization.
    pub http_config: HttpClient,
    /// Where messages go.
    #[serde(flatten, serialize_with = "shown::api_url")]
    pub api_url: SecretSource,
    /// The texts by their keys (`title`, `text`, ...), each a template.
    #[serde(flatten)]
    pub texts: BTreeMap<&'static str, String>,
    /// Pairs in a table.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<SlackField>,
    /// Buttons.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<SlackAction>,
    /// Whether names in the texts become links.
    pub link_names: bool,
    /// Which texts are marked up.
    pub mrkdwn_in: Vec<String>,
    /// How long an attempt may take; `None`: [`crate::limits::SEND_TIMEOUT`].
    #[serde(serialize_with = "shown::optional_duration", skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
}

const MRKDWN_IN: [&str; 3] = ["fallback", "pretext", "text"];

pub(super) fn read(
    raw: Spanned<RawSlack>,
    key: &Key,
    global: &Global,
    source: &Source,
    report: &mut Report,
) -> Option<Slack> {
    let Spanned { value: mut raw, referenced: place, .. } = raw;
    if let Some(update) = raw.update_message.take().filter(|update| update.value) {
        report.add(&key.field("update_message"), update.referenced, "not supported yet, got true");
    }
    let texts = texts(&mut raw, key, report);
    let short = raw.short_fields.unwrap_or(false);
    let fields = raw.fields.take().into_iter().flatten().enumerate();
    let fields = fields.map(|(index, raw)| parts::field(raw, &key.field("fields").index(index), short, report));
    let fields = fields.collect();
    let actions = raw.actions.take().into_iter().flatten().enumerate();
    let actions = actions.filter_map(|(index, raw)| parts::action(raw, &key.field("actions").index(index), report));
    let actions = actions.collect();
    let mrkdwn_in = raw.mrkdwn_in.take().filter(|names| !names.is_empty());
    let (send_resolved, link_names) = (raw.send_resolved.unwrap_or(false), raw.link_names.unwrap_or(false));
    let timeout = report.duration(&key.field("timeout"), raw.timeout.take());
    let (api_url, http_config) = destination(raw, key, place, (global, source), report)?;
    Some(Slack {
        send_resolved,
        http_config,
        api_url,
        texts,
        fields,
        actions,
        link_names,
        mrkdwn_in: mrkdwn_in.unwrap_or_else(|| MRKDWN_IN.map(str::to_owned).to_vec()),
        timeout,
    })
}

fn texts(raw: &mut RawSlack, key: &Key, report: &mut Report) -> BTreeMap<&'static str, String> {
    let texts = [
        ("channel", raw.channel.take(), ""),
        ("username", raw.username.take(), r#"{{ template "slack.default.username" . }}"#),
        ("color", raw.color.take(), r#"{{ template "slack.default.color" . }}"#),
        ("title", raw.title.take(), r#"{{ template "slack.default.title" . }}"#),
        ("title_link", raw.title_link.take(), r#"{{ template "slack.default.titlelink" . }}"#),
        ("pretext", raw.pretext.take(), r#"{{ template "slack.default.pretext" . }}"#),
        ("text", raw.text.take(), r#"{{ template "slack.default.text" . }}"#),
        ("message_text", raw.message_text.take(), ""),
        ("footer", raw.footer.take(), r#"{{ template "slack.default.footer" . }}"#),
        ("fallback", raw.fallback.take(), r#"{{ template "slack.default.fallback" . }}"#),
        ("callback_id", raw.callback_id.take(), r#"{{ template "slack.default.callbackid" . }}"#),
        ("icon_emoji", raw.icon_emoji.take(), r#"{{ template "slack.default.iconemoji" . }}"#),
        ("icon_url", raw.icon_url.take(), r#"{{ template "slack.default.iconurl" . }}"#),
        ("image_url", raw.image_url.take(), ""),
        ("thumb_url", raw.thumb_url.take(), ""),
    ];
    field::texts(report, key, texts)
}

/// Where messages go, and the client that takes them there.
fn destination(
    raw: RawSlack,
    key: &Key,
    place: Location,
    (global, source): (&Global, &Source),
    report: &mut Report,
) -> Option<(SecretSource, HttpClient)> {
    let own_http = raw.http_config.is_some();
    let mut http_config = field::http_client(report, key, raw.http_config, &global.http_config, source);
    let mut url = field::secret_url(report, key, "api_url", (raw.api_url, raw.api_url_file), source);
    let mut token = field::secret(report, key, "app_token", (raw.app_token, raw.app_token_file), source);
    let app_url =
        report.read(&key.field("app_url"), raw.app_url, |url| crate::notify::http::parse_url(&url).map(|_| url));
    if url.is_some() && token.is_some() {
        let what = "at most one of api_url/api_url_file & app_token/app_token_file must be configured";
        report.add(key, place, what);
    }
    let authorized = own_http && http_config.authentication.is_some();
    if token.is_none() && url.is_none() && !authorized {
        token.clone_from(&global.slack_app_token);
    }
    if url.is_none() {
        url.clone_from(&global.slack_api_url);
    }
    let Some(token) = token else {
        let what = "no Slack API URL nor App token set either inline or in a file";
        return Some((url.or_else(|| field::missing(report, key, place, what))?, http_config));
    };
    if authorized {
        report.add(key, place, "http authorization can't be set when using Slack App tokens");
    }
    http_config.authentication = Some(Authentication::Authorization { kind: "Bearer".to_owned(), credentials: token });
    let url = app_url.unwrap_or_else(|| global.slack_app_url.clone());
    Some((SecretSource::Inline(Secret::new(url)), http_config))
}
