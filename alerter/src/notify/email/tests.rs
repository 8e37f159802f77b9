//! Mails to a server of our own on loopback: what is sent, and what each reply means.

mod server;

use super::*;
use crate::notify::for_tests::{context, golden, notification, notifier, pod_down, pod_up};
use crate::notify::{Notification, Retry};
use server::{Script, Server};

const MAIL: &str = "to: 'Me <me@home>, you@home', from: Belfry <belfry@home>";

fn email(port: u16, more: &str) -> Arc<dyn Notifier> {
    let yaml =
        format!("receivers: [{{name: on.call, email_configs: [{{{MAIL}, smarthost: 'localhost:{port}'{more}}}]}}]");
    notifier(&yaml, &context())
}

fn firing() -> Notification {
    notification(vec![pod_down("was-0")])
}

/// The settings for the server's own certificate.
fn trusting() -> String {
    let ca = concat!(env!("CARGO_MANIFEST_DIR"), "/src/notify/email/fixtures/ca.pem");
    format!(", tls_config: {{ca_file: '{ca}'}}")
}

async fn refused(port: u16, more: &str) -> (Retry, String) {
    let error = email(port, more).send(&firing()).await.expect_err("refused");
    (error.retry, error.what.replace(&format!("localhost:{port}"), "HOST"))
}

/// The mail without what differs each time.
fn stable(mail: &str) -> String {
    let boundary =
        mail.split("boundary=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or("no boundary").to_owned();
    let lines = mail.replace(&boundary, "BOUNDARY").replace("\r\n", "\n");
    let named = lines.lines().map(|line| if line.starts_with("Message-ID: ") { "Message-ID: <ID>" } else { line });
    named.map(|line| format!("{line}\n")).collect()
}

#[tokio::test]
async fn a_mail_has_a_text_and_an_html_part() {
    let server = Server::start(Script::default());
    let email = email(server.port, ", require_tls: false");
    assert_eq!((email.kind(), email.sends_resolved()), ("email", false));
    email.send(&firing()).await.expect("sent");
    let session = server.session(0);
    assert_eq!(
        session.commands,
        ["EHLO localhost", "MAIL FROM:<belfry@home>", "RCPT TO:<me@home>", "RCPT TO:<you@home>", "DATA", "QUIT"]
    );
    golden("mail-firing.eml", &stable(&session.mail));
}

#[tokio::test]
async fn beginning_and_end_stand_in_one_thread() {
    let server = Server::start(Script::default());
    let email = email(server.port, ", require_tls: false, send_resolved: true");
    assert!(email.sends_resolved());
    email.send(&firing()).await.expect("sent");
    email.send(&notification(vec![pod_up("was-0")])).await.expect("sent");
    let ancestor = |index: usize| {
        let mail = server.session(index).mail;
        mail.lines().find_map(|line| line.strip_prefix("References: ")).map(str::to_owned).expect("a thread")
    };
    assert_eq!(ancestor(0), ancestor(1));
    let other = Notification { group_key: "{}:{alertname=\"Other\"}".to_owned(), ..firing() };
    email.send(&other).await.expect("sent");
    assert_ne!(ancestor(0), ancestor(2));
    let ids: Vec<_> = (0..2).map(|index| server.session(index).header("Message-ID")).collect();
    assert_ne!(ids[0], ids[1]);
}

#[tokio::test]
async fn headers_are_the_users() {
    let server = Server::start(Script::default());
    let more = r#", require_tls: false, hello: me.home, threading: {enabled: false}, html: '', text: 'only {{ .Status }}',
      headers: {subject: '장애 {{ .CommonLabels.pod }}', Reply-To: ops@home, X-Evil: "a\r\nBcc: evil@home"}"#;
    email(server.port, more).send(&firing()).await.expect("sent");
    let session = server.session(0);
    assert_eq!(session.commands[0], "EHLO me.home");
    assert_eq!(session.header("Subject"), "=?utf-8?b?7J6l7JWg?= was-0");
    assert_eq!(session.header("Reply-To"), "ops@home");
    assert_eq!(session.header("X-Evil"), "a  Bcc: evil@home");
    assert_eq!(session.header("References"), "");
    assert!(session.mail.ends_with("\r\n\r\nonly firing\r\n\r\n"), "{}", session.mail);
}

#[tokio::test]
async fn a_template_that_fails_still_tells_the_alert() {
    let server = Server::start(Script::default());
    email(server.port, ", require_tls: false, html: '{{ .Nonsense }}'").send(&firing()).await.expect("sent");
    golden("mail-failing.eml", &stable(&server.session(0).mail));
}

#[tokio::test]
async fn starttls_is_required_and_checked() {
    let plain = Server::start(Script::default());
    assert_eq!(
        refused(plain.port, ", auth_username: u, auth_password: pw").await,
        (Retry::Never, "HOST: require_tls is true (the default), but the server does not offer STARTTLS".to_owned())
    );
    assert_eq!(plain.session(0).commands, ["EHLO localhost", "QUIT"], "neither password nor mail");
    let server = Server::start(Script { starttls: true, auth: "PLAIN LOGIN", ..Script::default() });
    let more = format!("{}, auth_username: u, auth_password: pw, auth_identity: id", trusting());
    email(server.port, &more).send(&firing()).await.expect("sent");
    let commands = server.session(0).commands;
    assert_eq!(commands[..3], ["EHLO localhost", "STARTTLS", "EHLO localhost"]);
    // "id", "u" and "pw" with zeros between them.
    assert_eq!(commands[4], "AUTH PLAIN aWQAdQBwdw==");
    let (retry, what) = refused(server.port, "").await;
    assert_eq!(retry, Retry::Soon);
    assert!(what.starts_with("HOST: starting TLS: invalid peer certificate: UnknownIssuer"), "{what}");
    email(server.port, ", tls_config: {insecure_skip_verify: true}").send(&firing()).await.expect("sent");
    let wrong = trusting().replace('}', ", server_name: other.test}");
    let (_, what) = refused(server.port, &wrong).await;
    assert!(what.contains("certificate not valid for name \"other.test\""), "{what}");
}

#[tokio::test]
async fn implicit_tls_begins_encrypted() {
    let server = Server::start(Script { implicit: true, ..Script::default() });
    let more = format!("{}, force_implicit_tls: true", trusting());
    email(server.port, &more).send(&firing()).await.expect("sent");
    assert_eq!(server.session(0).commands[0], "EHLO localhost");
}

#[tokio::test]
async fn logins_follow_the_servers_list() {
    let check = |auth: &'static str, more: &'static str, expected: Vec<&'static str>| async move {
        let server = Server::start(Script { auth, ..Script::default() });
        email(server.port, &format!(", require_tls: false, auth_username: user{more}"))
            .send(&firing())
            .await
            .expect("sent");
        let commands = server.session(0).commands;
        let said: Vec<_> = commands.iter().skip(2).take_while(|said| !said.starts_with("MAIL")).cloned().collect();
        assert_eq!(said, expected, "{auth}");
    };
    check("PLAIN LOGIN", ", auth_password: pw", vec!["AUTH PLAIN AHVzZXIAcHc="]).await;
    check("LOGIN PLAIN", ", auth_password: pw", vec!["AUTH LOGIN", "dXNlcg==", "cHc="]).await;
    // The digest of `<1@home>` with the key `key`.
    let digest = "dXNlciBmYjEwZjY2MDc3OTI0YTU5OWY0NDlmYWZjMzI1N2JmYQ==";
    check("PLAIN CRAM-MD5", ", auth_secret: key", vec!["AUTH CRAM-MD5", digest]).await;
    let server = Server::start(Script { auth: "XOAUTH2 CRAM-MD5", ..Script::default() });
    let (retry, what) = refused(server.port, ", require_tls: false, auth_username: u, auth_password: pw").await;
    assert_eq!(retry, Retry::Never);
    assert_eq!(
        what,
        "HOST: none of the server's ways to log in can be used: XOAUTH2 is not known, CRAM-MD5 needs auth_secret"
    );
}

#[tokio::test]
async fn passwords_do_not_travel_in_the_clear() {
    let server = Server::start(Script { auth: "PLAIN", ..Script::default() });
    let yaml = format!(
        "receivers: [{{name: a, email_configs: [{{{MAIL}, smarthost: '127.0.0.2:{}', require_tls: false, auth_username: u, auth_password: pw}}]}}]",
        server.port
    );
    let error = notifier(&yaml, &context()).send(&firing()).await.expect_err("not safe");
    assert_eq!(error.retry, Retry::Never);
    assert!(error.what.ends_with("not sending the password over a connection that is not encrypted"), "{error}");
    assert!(!server.session(0).commands.iter().any(|said| said.starts_with("AUTH")));
}

#[tokio::test]
async fn replies_decide_about_trying_again() {
    let check = |stage: &'static str, answer: &'static str, expected: Retry, told: &'static str| async move {
        let server = Server::start(Script { auth: "PLAIN", answers: vec![(stage, answer)], ..Script::default() });
        let refused = refused(server.port, ", require_tls: false, auth_username: u, auth_password: s3cret").await;
        assert_eq!(refused, (expected, told.to_owned()));
    };
    check("AUTH", "535 5.7.8 Authentication failed", Retry::Never, "HOST: logging in: 535 5.7.8 Authentication failed")
        .await;
    check("CONNECT", "421 too busy", Retry::Soon, "HOST: connecting: 421 too busy").await;
    check("MAIL", "451 4.3.0 try later", Retry::Soon, "HOST: sending: 451 4.3.0 try later").await;
    check("RCPT", "550 5.1.1 no such user", Retry::Never, "HOST: sending: 550 5.1.1 no such user").await;
    check("RCPT", "450-4.2.1 greylisted\r\n450 come back", Retry::Soon, {
        "HOST: sending: 450 4.2.1 greylisted come back"
    })
    .await;
    check("BODY", "554 5.7.1 spam", Retry::Never, "HOST: sending: 554 5.7.1 spam").await;
    check("BODY", "452 4.3.1 disk full", Retry::Soon, "HOST: sending: 452 4.3.1 disk full").await;
    check("DATA", "", Retry::Soon, "HOST: sending: incomplete response").await;
}

#[tokio::test]
async fn nobody_listening_may_pass() {
    let (retry, what) = refused(1, "").await;
    assert_eq!(retry, Retry::Soon);
    assert!(what.starts_with("HOST: connecting: Connection refused"), "{what}");
}

#[tokio::test]
async fn addresses_that_are_none_are_told() {
    let check = |more: &'static str, expected: &'static str| async move {
        let yaml = format!("receivers: [{{name: a, email_configs: [{{smarthost: 'localhost:1', {more}}}]}}]");
        let error = notifier(&yaml, &context()).send(&firing()).await.expect_err("no address");
        assert_eq!(error.retry, Retry::Never);
        assert!(error.what.starts_with(expected), "{error}");
    };
    check("to: nobody, from: a@b", "to: ").await;
    check("to: a@b, from: 'a@b, c@d'", "from: must be exactly one address").await;
    check("to: '{{ .Nonsense }}', from: a@b", "template: email_configs.to:1:3: executing").await;
}
