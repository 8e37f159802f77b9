//! Receivers as they are written: what is read, what is refused and how.

use super::*;
use crate::notify::for_tests::read;
use settings::http::SecretSource;
use std::time::Duration;

fn findings(yaml: &str) -> Vec<String> {
    read(yaml).expect_err(yaml).iter().map(ToString::to_string).collect()
}

#[test]
fn defaults_are_alertmanagers() {
    let (global, receivers) = read("receivers: [{name: a}]").expect("valid");
    assert_eq!(global, Global::default());
    assert_eq!(global.resolve_timeout, Duration::from_secs(300));
    assert_eq!((global.smtp.hello.as_str(), global.smtp.require_tls), ("localhost", true));
    assert_eq!(receivers, [Receiver { name: "a".to_owned(), ..Receiver::default() }]);
}

#[test]
fn receivers_inherit_from_global() {
    let yaml = r#"
global:
  resolve_timeout: 10m
  smtp_from: belfry@home
  smtp_smarthost: mail.home:587
  smtp_auth_username: u
  smtp_auth_password_file: secrets/mail
  smtp_require_tls: false
  slack_api_url: https://hooks.slack.com/services/s3cret
  http_config: {follow_redirects: false}
receivers:
- name: a
  email_configs:
  - to: me@home
  - {to: you@home, from: other@home, smarthost: '[::1]:smtps', auth_password: pw, require_tls: true, hello: me,
     headers: {subject: '{{ .Status }}', X-Own: y}, threading: {enabled: true, thread_by_date: daily}}
  slack_configs:
  - channel: '#ops'
  - {api_url: https://other/hook, http_config: {}}
  webhook_configs: [{url: 'http://h/{{ .Receiver }}'}]
  heartbeat_configs: [{url: 'https://hc-ping.com/x', interval: 30s}]
"#;
    let (global, receivers) = read(yaml).unwrap_or_else(|findings| panic!("{findings:?}"));
    assert_eq!(global.resolve_timeout, Duration::from_secs(600));
    let receiver = &receivers[0];
    let [first, second] = receiver.email_configs.as_slice() else { panic!("two mails") };
    assert_eq!((first.from.as_str(), first.smarthost.to_string().as_str()), ("belfry@home", "mail.home:587"));
    assert_eq!(first.auth_password, Some(SecretSource::File("/etc/am/secrets/mail".into())));
    assert_eq!((first.require_tls, first.threading), (false, Threading::Group));
    assert_eq!((second.from.as_str(), second.smarthost.to_string().as_str()), ("other@home", "[::1]:465"));
    assert_eq!(second.headers.keys().collect::<Vec<_>>(), ["Subject", "X-Own"]);
    assert_eq!((second.require_tls, second.threading), (true, Threading::Daily));
    assert_eq!(
        receiver.slack_configs[0].api_url,
        SecretSource::Inline(settings::Secret::new("https://hooks.slack.com/services/s3cret"))
    );
    assert!(!receiver.slack_configs[0].http_config.follow_redirects);
    assert!(receiver.slack_configs[1].http_config.follow_redirects, "its own http_config stands for all of it");
    assert_eq!(receiver.heartbeat_configs[0].interval, Duration::from_secs(30));
    let shown = serde_json::to_string(&(global, receivers)).expect("json");
    for secret in ["s3cret", "\"pw\"", "hc-ping"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    assert!(shown.contains(r#""smtp_auth_password_file":"/etc/am/secrets/mail""#), "{shown}");
    assert!(shown.contains(r#""slack_api_url":"<secret>""#), "{shown}");
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let check = |yaml: &str, expected: &[&str]| assert_eq!(findings(yaml), expected, "{yaml}");
    check("receivers: [{}]", &["am.yml:1:13: receivers[0]: missing name in receiver"]);
    check(
        "receivers: [{name: a, pagerduty_configs: [{}]}]",
        &["am.yml:1:42: receivers[0].pagerduty_configs: not supported yet, got pagerduty_configs"],
    );
    let typo = findings("receivers: [{name: a, typo_configs: []}]");
    assert!(typo[0].starts_with("am.yml:1:23: unknown field `typo_configs`, expected one of name, labels"), "{typo:?}");
    check(
        "global: {opsgenie_api_key: x}\nreceivers: []",
        &["am.yml:1:28: global.opsgenie_api_key: not supported yet, got opsgenie_api_key"],
    );
    check(
        "receivers: [{name: a, webhook_configs: [{}]}]",
        &["am.yml:1:41: receivers[0].webhook_configs[0]: one of url or url_file must be configured"],
    );
    check(
        "receivers: [{name: a, webhook_configs: [{url: 'http://h', url_file: f}]}]",
        &["am.yml:1:69: receivers[0].webhook_configs[0].url_file: at most one of url & url_file must be configured"],
    );
    check(
        "receivers: [{name: a, webhook_configs: [{url: 'ftp://s3cret'}]}]",
        &["am.yml:1:47: receivers[0].webhook_configs[0].url: unsupported scheme for URL, expected http or https"],
    );
    check(
        "receivers: [{name: a, webhook_configs: [{url: 'http://s3cret/{{ nonsense }}'}]}]",
        &["am.yml:1:47: receivers[0].webhook_configs[0].url: not a valid template"],
    );
    check(
        "receivers: [{name: a, slack_configs: [{title: '{{ nonsense }}'}]}]",
        &[
            "am.yml:1:39: receivers[0].slack_configs[0]: no Slack API URL nor App token set either inline or in a file",
            "am.yml:1:47: receivers[0].slack_configs[0].title: template: title:1: function \"nonsense\" not defined (column 4)",
        ],
    );
    check(
        "receivers: [{name: a, slack_configs: [{api_url: 'http://h', app_token: t}]}]",
        &[
            "am.yml:1:39: receivers[0].slack_configs[0]: at most one of api_url/api_url_file & app_token/app_token_file must be configured",
        ],
    );
    check(
        "receivers: [{name: a, slack_configs: [{api_url: 'http://h', update_message: true, actions: [{type: b, text: c}]}]}]",
        &[
            "am.yml:1:77: receivers[0].slack_configs[0].update_message: not supported yet, got true",
            "am.yml:1:93: receivers[0].slack_configs[0].actions[0]: missing name or url in Slack action configuration",
        ],
    );
}

#[test]
fn what_is_wrong_with_mails_and_heartbeats_is_told_with_its_place() {
    let check = |yaml: &str, expected: &[&str]| assert_eq!(findings(yaml), expected, "{yaml}");
    check(
        "receivers: [{name: a, email_configs: [{}]}]",
        &[
            "am.yml:1:39: receivers[0].email_configs[0]: missing to address in email config",
            "am.yml:1:39: receivers[0].email_configs[0]: no global SMTP smarthost set",
            "am.yml:1:39: receivers[0].email_configs[0]: no global SMTP from set",
        ],
    );
    check(
        "receivers: [{name: a, email_configs: [{to: a@b, from: c@d, smarthost: mail}]}]",
        &["am.yml:1:71: receivers[0].email_configs[0].smarthost: address mail: missing port in address"],
    );
    check(
        "receivers: [{name: a, email_configs: [{to: a@b, from: c@d, smarthost: 'm:1', headers: {subject: a, Subject: b}, threading: {enabled: true, thread_by_date: weekly}}]}]",
        &[
            "am.yml:1:97: receivers[0].email_configs[0].headers.subject: duplicate header \"Subject\" in email config",
            "am.yml:1:156: receivers[0].email_configs[0].threading.thread_by_date: must be either 'none' or 'daily', got \"weekly\"",
        ],
    );
    check(
        "receivers: [{name: a, heartbeat_configs: [{url: 'http://h', interval: 10ms}]}]",
        &["am.yml:1:71: receivers[0].heartbeat_configs[0].interval: shorter than 1s, got 10ms"],
    );
}

#[test]
fn integrations_come_in_alertmanagers_order() {
    let yaml = "receivers: [{name: a, slack_configs: [{api_url: 'http://h'}, {api_url: 'http://i'}], webhook_configs: [{url: 'http://h'}], email_configs: [{to: a@b, from: c@d, smarthost: 'm:1'}]}]";
    let (_, receivers) = read(yaml).expect("valid");
    let notifiers = receivers[0].notifiers(&crate::notify::for_tests::context()).expect("built");
    let kinds: Vec<_> = notifiers.iter().map(|notifier| notifier.kind()).collect();
    assert_eq!(kinds, ["webhook", "email", "slack", "slack"]);
}
