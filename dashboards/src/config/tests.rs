//! The `web` section, right and wrong.

use super::*;

fn validate(yaml: &str) -> Result<Web, Vec<String>> {
    let section: WebSection = serde_saphyr::from_str(yaml).map_err(|error| vec![error.to_string()])?;
    section
        .validate("belfry.yml", Path::new("/etc/belfry"))
        .map_err(|findings| findings.iter().map(ToString::to_string).collect())
}

#[test]
fn nothing_written_listens_on_loopback_without_credentials() {
    assert_eq!(validate("{}"), Ok(Web::default()));
}

#[test]
fn addresses_read_as_go_reads_them() {
    let check = |text: &str, expected: Option<&str>| {
        assert_eq!(parse_address(text), expected.map(|address| address.parse().expect(address)), "{text}");
    };
    check("127.0.0.1:0", Some("127.0.0.1:0"));
    check("localhost:80", Some("127.0.0.1:80"));
    check(":9090", Some("0.0.0.0:9090"));
    check("[::1]:9090", Some("[::1]:9090"));
    check("example.com:80", None);
    check("127.0.0.1", None);
    check("127.0.0.1:99999", None);
}

#[test]
fn an_address_that_others_reach_needs_credentials() {
    let findings = validate("listen: 0.0.0.0:9090").expect_err("refused");
    assert_eq!(findings.len(), 1);
    let finding = findings.first().expect("one");
    assert!(finding.starts_with("belfry.yml:1:9: web.listen: 0.0.0.0:9090 can be reached from other"), "{finding}");
    assert!(finding.ends_with("web.insecure: true"), "{finding}");
    assert!(validate("listen: 0.0.0.0:9090\ninsecure: true").is_ok());
    assert!(validate("listen: 0.0.0.0:9090\nauth: {bearer_tokens: [abc]}").is_ok());
    assert!(validate("listen: '[::1]:9090'").is_ok());
}

#[test]
fn findings_name_the_key_and_what_was_found() {
    let check = |yaml: &str, expected: &[&str]| assert_eq!(validate(yaml).expect_err(yaml), expected);
    check(
        "listen: nowhere",
        &["belfry.yml:1:9: web.listen: not an address with a port such as 127.0.0.1:9090, got \"nowhere\""],
    );
    check(
        "external_url: ftp://x",
        &["belfry.yml:1:15: web.external_url: not an http or https address, got \"ftp://x\""],
    );
    check(
        "auth:\n  basic_auth_users:\n    me: plain",
        &["belfry.yml:3:9: web.auth.basic_auth_users.me: not a bcrypt hash; `htpasswd -nBC 10 NAME` makes one"],
    );
    let costly = bcrypt::hash("x", 4).expect("hashes").replace("$04$", "$15$");
    check(
        &format!("auth:\n  basic_auth_users:\n    me: {costly}"),
        &["belfry.yml:3:9: web.auth.basic_auth_users.me: bcrypt cost 15 takes too long at each login, at most 14"],
    );
    check("auth: {bearer_tokens: ['']}", &["belfry.yml:1:24: web.auth.bearer_tokens[0]: the token is empty"]);
}

#[test]
fn paths_start_at_the_file_and_secrets_stay_hidden() {
    let yaml = "tls: {cert_file: c.pem, key_file: /k.pem}\nauth: {bearer_token_files: [t], bearer_tokens: [hush]}";
    let web = validate(yaml).expect("valid");
    let tls = web.tls.as_ref().expect("set");
    assert_eq!(tls.cert_file, Path::new("/etc/belfry/c.pem"));
    assert_eq!(tls.key_file, Path::new("/k.pem"));
    assert_eq!(web.auth.bearer_token_files, [Path::new("/etc/belfry/t")]);
    assert!(!format!("{web:?}").contains("hush"));
}

#[test]
fn the_command_line_wins() {
    let mut section: WebSection = serde_saphyr::from_str("listen: 0.0.0.0:1").expect("parses");
    section.set_listen("127.0.0.1:2");
    let web = section.validate("", Path::new(".")).expect("valid");
    assert_eq!(web.listen.port(), 2);
}
