//! `global` of alertmanager.yml: what holds for all receivers that do not say otherwise.

use super::email::Smarthost;
use super::{field, shown};
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;
use settings::http::{HttpClient, RawHttp, SecretSource};
use settings::report::{Key, Report};
use settings::tls::{self, RawTls, Tls};
use settings::unsupported::Unsupported;
use settings::{Secret, Source};
use std::time::Duration;

/// As written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawGlobal {
    resolve_timeout: Option<Spanned<String>>,
    http_config: Option<Spanned<RawHttp>>,
    smtp_from: Option<Spanned<String>>,
    smtp_hello: Option<String>,
    smtp_smarthost: Option<Spanned<String>>,
    smtp_auth_username: Option<String>,
    smtp_auth_password: Option<Spanned<Secret>>,
    smtp_auth_password_file: Option<Spanned<String>>,
    smtp_auth_secret: Option<Spanned<Secret>>,
    smtp_auth_secret_file: Option<Spanned<String>>,
    smtp_auth_identity: Option<String>,
    smtp_require_tls: Option<bool>,
    smtp_tls_config: Option<Spanned<RawTls>>,
    smtp_force_implicit_tls: Option<bool>,
    slack_api_url: Option<Spanned<Secret>>,
    slack_api_url_file: Option<Spanned<String>>,
    slack_app_token: Option<Spanned<Secret>>,
    slack_app_token_file: Option<Spanned<String>>,
    slack_app_url: Option<Spanned<String>>,
    telegram_api_url: Option<Spanned<String>>,
    telegram_bot_token: Option<Spanned<Secret>>,
    telegram_bot_token_file: Option<Spanned<String>>,
    jira_api_url: Unsupported,
    pagerduty_url: Unsupported,
    opsgenie_api_url: Unsupported,
    opsgenie_api_key: Unsupported,
    opsgenie_api_key_file: Unsupported,
    wechat_api_url: Unsupported,
    wechat_api_secret: Unsupported,
    wechat_api_secret_file: Unsupported,
    wechat_api_corp_id: Unsupported,
    victorops_api_url: Unsupported,
    victorops_api_key: Unsupported,
    victorops_api_key_file: Unsupported,
    webex_api_url: Unsupported,
    rocketchat_api_url: Unsupported,
    rocketchat_token: Unsupported,
    rocketchat_token_file: Unsupported,
    rocketchat_token_id: Unsupported,
    rocketchat_token_id_file: Unsupported,
    mattermost_webhook_url: Unsupported,
    mattermost_webhook_url_file: Unsupported,
}

/// What holds for all receivers that do not say otherwise.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Global {
    /// When an alert that others posted without an end counts as resolved, unless it is posted again. Default 5m.
    #[serde(serialize_with = "shown::duration")]
    pub resolve_timeout: Duration,
    /// How HTTP is spoken.
    pub http_config: HttpClient,
    /// How mails are sent.
    #[serde(flatten)]
    pub smtp: Smtp,
    /// Slack's incoming webhook.
    #[serde(flatten, serialize_with = "shown::slack_api_url")]
    pub slack_api_url: Option<SecretSource>,
    /// The token of a Slack app, in place of a webhook.
    #[serde(flatten, serialize_with = "shown::slack_app_token")]
    pub slack_app_token: Option<SecretSource>,
    /// Where messages go that carry a token.
    pub slack_app_url: String,
    /// The address of Telegram's API, without a slash at its end.
    pub telegram_api_url: String,
    /// The token of a Telegram bot.
    #[serde(flatten, serialize_with = "shown::telegram_bot_token")]
    pub telegram_bot_token: Option<SecretSource>,
}

/// How mails are sent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Smtp {
    /// The sender's address; empty: each receiver has to name one.
    #[serde(rename = "smtp_from", skip_serializing_if = "String::is_empty")]
    pub from: String,
    /// How the client greets. Default localhost.
    #[serde(rename = "smtp_hello")]
    pub hello: String,
    /// The mail server; `None`: each receiver has to name one.
    #[serde(rename = "smtp_smarthost", skip_serializing_if = "Option::is_none")]
    pub smarthost: Option<Smarthost>,
    /// The user; empty: mails are sent without authentication.
    #[serde(rename = "smtp_auth_username", skip_serializing_if = "String::is_empty")]
    pub auth_username: String,
    /// The password for PLAIN and LOGIN.
    #[serde(flatten, serialize_with = "shown::smtp_auth_password")]
    pub auth_password: Option<SecretSource>,
    /// The secret for CRAM-MD5.
    #[serde(flatten, serialize_with = "shown::smtp_auth_secret")]
    pub auth_secret: Option<SecretSource>,
    /// On whose behalf PLAIN logs in; empty: the user's own.
    #[serde(rename = "smtp_auth_identity", skip_serializing_if = "String::is_empty")]
    pub auth_identity: String,
    /// Whether a mail is only sent encrypted. Default true.
    #[serde(rename = "smtp_require_tls")]
    pub require_tls: bool,
    /// Whom the client trusts.
    #[serde(rename = "smtp_tls_config", skip_serializing_if = "Tls::is_default")]
    pub tls_config: Tls,
    /// Whether the connection begins encrypted; `None`: at port 465.
    #[serde(rename = "smtp_force_implicit_tls", skip_serializing_if = "Option::is_none")]
    pub force_implicit_tls: Option<bool>,
}

impl Default for Global {
    /// Alertmanager's defaults.
    fn default() -> Self {
        Self {
            resolve_timeout: Duration::from_secs(5 * 60),
            http_config: HttpClient::default(),
            smtp: Smtp::default(),
            slack_api_url: None,
            slack_app_token: None,
            slack_app_url: "https://slack.com/api/chat.postMessage".to_owned(),
            telegram_api_url: "https://api.telegram.org".to_owned(),
            telegram_bot_token: None,
        }
    }
}

impl Default for Smtp {
    /// Alertmanager's defaults.
    fn default() -> Self {
        Self {
            from: String::new(),
            hello: "localhost".to_owned(),
            smarthost: None,
            auth_username: String::new(),
            auth_password: None,
            auth_secret: None,
            auth_identity: String::new(),
            require_tls: true,
            tls_config: Tls::default(),
            force_implicit_tls: None,
        }
    }
}

pub(super) fn read(raw: Spanned<RawGlobal>, key: &Key, source: &Source, report: &mut Report) -> Global {
    let mut raw = raw.value;
    let default = Global::default();
    raw.refuse_unsupported(key, report);
    let webhook = (raw.slack_api_url.take(), raw.slack_api_url_file.take());
    let token = (raw.slack_app_token.take(), raw.slack_app_token_file.take());
    let place = token.0.as_ref().map(|token| token.referenced).or(token.1.as_ref().map(|file| file.referenced));
    let slack_api_url = field::secret_url(report, key, "slack_api_url", webhook, source);
    let slack_app_token = field::secret(report, key, "slack_app_token", token, source);
    if let (Some(_), Some(_), Some(place)) = (&slack_api_url, &slack_app_token, place) {
        let what = "at most one of slack_app_token/slack_app_token_file & slack_api_url/slack_api_url_file must be \
                    configured";
        report.add(&key.field("slack_app_token"), place, what);
    }
    let app_url = report.read(&key.field("slack_app_url"), raw.slack_app_url.take(), |url| {
        crate::notify::http::parse_url(&url).map(|_| url)
    });
    let bot = (raw.telegram_bot_token.take(), raw.telegram_bot_token_file.take());
    let telegram_bot_token = field::secret(report, key, "telegram_bot_token", bot, source);
    let telegram_url = raw.telegram_api_url.take();
    let telegram_url = report.read(&key.field("telegram_api_url"), telegram_url, |url| field::address(&url));
    Global {
        resolve_timeout: report
            .duration(&key.field("resolve_timeout"), raw.resolve_timeout.take())
            .unwrap_or(default.resolve_timeout),
        http_config: field::http_client(report, key, raw.http_config.take(), &default.http_config, source),
        smtp: read_smtp(raw, key, source, report),
        slack_api_url,
        slack_app_token,
        slack_app_url: app_url.unwrap_or(default.slack_app_url),
        telegram_api_url: telegram_url.unwrap_or(default.telegram_api_url),
        telegram_bot_token,
    }
}

fn read_smtp(raw: RawGlobal, key: &Key, source: &Source, report: &mut Report) -> Smtp {
    let default = Smtp::default();
    let password = (raw.smtp_auth_password, raw.smtp_auth_password_file);
    let secret = (raw.smtp_auth_secret, raw.smtp_auth_secret_file);
    Smtp {
        from: field::text(report, key, "smtp_from", raw.smtp_from, ""),
        hello: raw.smtp_hello.filter(|hello| !hello.is_empty()).unwrap_or(default.hello),
        smarthost: report.read(&key.field("smtp_smarthost"), raw.smtp_smarthost, |text| Smarthost::parse(&text)),
        auth_username: raw.smtp_auth_username.unwrap_or_default(),
        auth_password: field::secret(report, key, "smtp_auth_password", password, source),
        auth_secret: field::secret(report, key, "smtp_auth_secret", secret, source),
        auth_identity: raw.smtp_auth_identity.unwrap_or_default(),
        require_tls: raw.smtp_require_tls.unwrap_or(default.require_tls),
        tls_config: raw
            .smtp_tls_config
            .map(|raw| tls::read(raw, &key.field("smtp_tls_config"), source, report))
            .unwrap_or_default(),
        force_implicit_tls: raw.smtp_force_implicit_tls,
    }
}

impl RawGlobal {
    fn refuse_unsupported(&self, key: &Key, report: &mut Report) {
        let keys = [
            ("jira_api_url", self.jira_api_url),
            ("pagerduty_url", self.pagerduty_url),
            ("opsgenie_api_url", self.opsgenie_api_url),
            ("opsgenie_api_key", self.opsgenie_api_key),
            ("opsgenie_api_key_file", self.opsgenie_api_key_file),
            ("wechat_api_url", self.wechat_api_url),
            ("wechat_api_secret", self.wechat_api_secret),
            ("wechat_api_secret_file", self.wechat_api_secret_file),
            ("wechat_api_corp_id", self.wechat_api_corp_id),
            ("victorops_api_url", self.victorops_api_url),
            ("victorops_api_key", self.victorops_api_key),
            ("victorops_api_key_file", self.victorops_api_key_file),
            ("webex_api_url", self.webex_api_url),
            ("rocketchat_api_url", self.rocketchat_api_url),
            ("rocketchat_token", self.rocketchat_token),
            ("rocketchat_token_file", self.rocketchat_token_file),
            ("rocketchat_token_id", self.rocketchat_token_id),
            ("rocketchat_token_id_file", self.rocketchat_token_id_file),
            ("mattermost_webhook_url", self.mattermost_webhook_url),
            ("mattermost_webhook_url_file", self.mattermost_webhook_url_file),
        ];
        for (name, unsupported) in keys {
            unsupported.refuse(name, key, report);
        }
    }
}
