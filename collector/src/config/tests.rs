//! What a prometheus.yml means and how its mistakes are told.

use super::*;
use settings::Secret;
use settings::http::{Authentication, SecretSource};
use std::time::Duration;

fn read(yaml: &str) -> Result<Config, Vec<String>> {
    let sections: Sections = match parse_yaml(yaml, "belfry.yml") {
        Ok(sections) => sections,
        Err(finding) => return Err(vec![finding.to_string()]),
    };
    let source = Source { file: "belfry.yml".to_owned(), folder: "/etc/belfry".into() };
    sections.validate(&source).map_err(|findings| findings.iter().map(ToString::to_string).collect())
}

fn job(yaml: &str) -> Job {
    read(yaml).expect(yaml).scrape_configs.remove(0)
}

fn refused(yaml: &str, expected: &[&str]) {
    let findings = read(yaml).expect_err(yaml);
    assert_eq!(findings, expected, "{yaml}");
}

#[test]
fn a_short_file_gets_prometheus_defaults() {
    let job = job("scrape_configs:\n- job_name: x\n  static_configs:\n  - targets: ['a:1', b]\n");
    assert_eq!((job.scrape_interval, job.scrape_timeout), (Duration::from_secs(60), Duration::from_secs(10)));
    assert_eq!((job.metrics_path.as_str(), job.scheme), ("/metrics", Scheme::Http));
    assert_eq!((job.honor_labels, job.honor_timestamps, job.enable_compression), (false, true, true));
    assert_eq!(job.static_configs[0].targets, ["a:1", "b"]);
    assert_eq!(job.scrape_protocols, Protocol::DEFAULT);
    assert_eq!(job.limits.body_bytes_max(), 64 << 20);
    assert!(job.http.follow_redirects && job.http.authentication.is_none());
}

#[test]
fn empty_sections_are_no_sections() {
    assert_eq!(read("global:\nscrape_configs:\n"), Ok(Config::default()));
    assert_eq!(read("{}"), Ok(Config::default()));
    let job = job("scrape_configs:\n- job_name: x\n  static_configs:\n  relabel_configs: []\n  params:\n");
    assert!(job.static_configs.is_empty());
}

#[test]
fn timeouts_shrink_to_the_interval() {
    let job = job("global: {scrape_interval: 5s}\nscrape_configs: [{job_name: x, scrape_interval: 3s}]");
    assert_eq!((job.scrape_interval, job.scrape_timeout), (Duration::from_secs(3), Duration::from_secs(3)));
}

#[test]
fn limits_come_from_global_unless_the_job_sets_them() {
    let job = job("global: {sample_limit: 10, label_limit: 7, body_size_limit: 1MB}\n\
                   scrape_configs: [{job_name: x, sample_limit: 20, keep_dropped_targets: 3}]");
    let limits = job.limits;
    assert_eq!((limits.sample_limit, limits.label_limit, limits.body_bytes_max()), (20, 7, 1 << 20));
    assert_eq!(limits.keep_dropped_targets, 3);
}

#[test]
fn plain_numbers_and_words_stay_text() {
    let job =
        job("scrape_configs:\n- job_name: 5\n  static_configs: [{targets: [h:1], labels: {a: 7, b: no, c: 1.50}}]\n  \
                   relabel_configs: [{source_labels: [a], regex: 7, target_label: t, replacement: 8}]");
    assert_eq!(job.job_name, "5");
    assert_eq!(job.static_configs[0].labels.to_string(), "{a=\"7\", b=\"no\", c=\"1.50\"}");
    assert_eq!(job.relabel_configs.len(), 1);
}

#[test]
fn durations_and_their_places() {
    refused(
        "global:\n  scrape_interval: 5x\nscrape_configs:\n- job_name: x\n  scrape_interval: 5s\n  scrape_timeout: 6s\n",
        &[
            "belfry.yml:2:20: global.scrape_interval: unknown unit \"x\" in duration \"5x\"",
            "belfry.yml:6:19: scrape_configs[0].scrape_timeout: scrape timeout greater than scrape interval for scrape config with job name \"x\"",
        ],
    );
    refused(
        "global: {scrape_interval: 5s, scrape_timeout: 6s}",
        &["belfry.yml:1:47: global.scrape_timeout: global scrape timeout greater than scrape interval"],
    );
}

#[test]
fn unknown_and_duplicate_keys_are_told_with_their_place() {
    let unknown = read("scrape_configs:\n- job_name: x\n  scrape_intervall: 5s\n").expect_err("unknown key");
    assert!(unknown[0].starts_with("belfry.yml:3:3: "), "{unknown:?}");
    assert!(unknown[0].contains("scrape_intervall"), "{unknown:?}");
    let duplicate = read("scrape_configs:\n- job_name: x\n  job_name: y\n").expect_err("duplicate key");
    assert!(duplicate[0].starts_with("belfry.yml:3:3: "), "{duplicate:?}");
    assert!(duplicate[0].contains("duplicate") && duplicate[0].contains("job_name"), "{duplicate:?}");
}

#[test]
fn names_are_unique_over_all_jobs() {
    refused(
        "scrape_configs: [{job_name: x}, {job_name: y}, {job_name: x}, {job_name: belfry}, {metrics_path: /}]",
        &[
            "belfry.yml:1:59: scrape_configs[2].job_name: found multiple scrape configs with job name \"x\"",
            "belfry.yml:1:74: scrape_configs[3].job_name: found multiple scrape configs with job name \"belfry\"",
            "belfry.yml:1:83: scrape_configs[4].job_name: job_name is empty",
        ],
    );
}

#[test]
fn what_is_not_supported_yet_is_told_by_name() {
    refused(
        "global: {query_log_file: q}\nscrape_configs:\n- job_name: x\n  kubernetes_sd_configs: [{role: pod}]\n  oauth2: {client_id: y}\n  \
         scrape_native_histograms: true\nexporters: {cgroup: true}",
        &[
            "belfry.yml:1:26: global.query_log_file: not supported yet, got query_log_file",
            "belfry.yml:4:26: scrape_configs[0].kubernetes_sd_configs: not supported yet, got kubernetes_sd_configs",
            "belfry.yml:5:11: scrape_configs[0].oauth2: not supported yet, got oauth2",
            "belfry.yml:6:29: scrape_configs[0].scrape_native_histograms: not supported yet, got true",
            "belfry.yml:7:21: exporters.cgroup: not supported yet, got true",
        ],
    );
}

#[test]
fn rules_and_addresses_are_checked() {
    refused(
        "scrape_configs:\n- job_name: x\n  scheme: ftp\n  static_configs: [{targets: ['http://a:1'], labels: {'': v}}]\n  relabel_configs:\n  - \
         {regex: 'a(', target_label: b}\n  - {action: hashmod, target_label: b}\n  metric_relabel_configs: [{action: nope}]\n",
        &[
            "belfry.yml:3:11: scrape_configs[0].scheme: expected http or https, got \"ftp\"",
            "belfry.yml:4:31: scrape_configs[0].static_configs[0].targets[0]: \"http://a:1\" is not a valid hostname",
            "belfry.yml:4:59: scrape_configs[0].static_configs[0].labels: \"\" is not a valid label name",
            "belfry.yml:6:13: scrape_configs[0].relabel_configs[0].regex: error parsing regexp: missing closing ): `a(`",
            "belfry.yml:7:5: scrape_configs[0].relabel_configs[1]: relabel configuration for hashmod requires non-zero modulus",
            "belfry.yml:8:37: scrape_configs[0].metric_relabel_configs[0].action: unknown relabel action \"nope\"",
        ],
    );
}

#[test]
fn a_client_authenticates_in_one_way() {
    refused(
        "scrape_configs: [{job_name: x, basic_auth: {username: u, password: p, password_file: f}, bearer_token: t}]",
        &[
            "belfry.yml:1:18: scrape_configs[0]: at most one of basic_auth, oauth2 & authorization must be configured",
            "belfry.yml:1:44: scrape_configs[0].basic_auth: at most one of basic_auth password & password_file must be configured",
        ],
    );
    refused(
        "scrape_configs: [{job_name: x, authorization: {type: Basic}, tls_config: {cert_file: c}, proxy_url: ':', http_headers: {Host: {}}}]",
        &[
            "belfry.yml:1:47: scrape_configs[0].authorization: authorization type cannot be set to \"basic\", use \"basic_auth\" instead",
            "belfry.yml:1:74: scrape_configs[0].tls_config: exactly one of key or key_file must be configured when a client certificate is configured",
            "belfry.yml:1:101: scrape_configs[0].proxy_url: not a valid proxy URL, got \":\"",
            "belfry.yml:1:127: scrape_configs[0].http_headers.Host: setting header \"Host\" is not allowed",
        ],
    );
}

#[test]
fn files_are_relative_to_the_config() {
    let job = job(
        "scrape_configs: [{job_name: x, file_sd_configs: [{files: [t/*.json]}], basic_auth: {username: u, password_file: p}}]",
    );
    assert_eq!(job.file_sd_configs[0].paths, [std::path::PathBuf::from("/etc/belfry/t/*.json")]);
    let password = SecretSource::File("/etc/belfry/p".into());
    let username = SecretSource::Inline(Secret::new("u"));
    assert_eq!(job.http.authentication, Some(Authentication::BasicAuth { username, password }));
    refused(
        "scrape_configs: [{job_name: x, file_sd_configs: [{files: ['*/a.json', a.txt]}, {}]}]",
        &[
            "belfry.yml:1:59: scrape_configs[0].file_sd_configs[0].files[0]: path name \"*/a.json\" is not valid for file discovery",
            "belfry.yml:1:71: scrape_configs[0].file_sd_configs[0].files[1]: path name \"a.txt\" is not valid for file discovery",
            "belfry.yml:1:80: scrape_configs[0].file_sd_configs[1].files: file service discovery config must contain at least one path name",
        ],
    );
}

#[test]
fn jobs_of_other_files_join() {
    let folder = tempfile::tempdir().expect("temp dir");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
    write("a.yml", "scrape_configs: [{job_name: a}]");
    write("b.yml", "scrape_configs: [{job_name: b, scheme: x}]");
    write("c.yml", "nope: 1");
    let read = |glob: &str| {
        let sections: Sections = parse_yaml(&format!("scrape_config_files: [{glob}]"), "").expect("parses");
        sections.validate(&Source { file: "main.yml".to_owned(), folder: folder.path().to_owned() })
    };
    assert_eq!(read("a.y*").expect("valid").scrape_configs[0].job_name, "a");
    let findings: Vec<String> = read("'[bc].yml'").expect_err("bad files").iter().map(ToString::to_string).collect();
    assert!(findings[1].ends_with("c.yml:1:1: unknown field `nope`, expected one of scrape_configs"), "{findings:?}");
    assert!(
        findings[0].ends_with("b.yml:1:40: scrape_configs[0].scheme: expected http or https, got \"x\""),
        "{findings:?}"
    );
}

#[test]
fn the_effective_config_hides_secrets() {
    let config = read(
        "global: {scrape_interval: 15s}\nscrape_configs: [{job_name: x, basic_auth: {username: u, password: hunter2}, \
         proxy_url: 'http://u:hunter2@proxy:1', tls_config: {ca: hunter2}, http_headers: {X-A: {secrets: [hunter2]}}}]",
    )
    .expect("valid");
    let yaml = serde_saphyr::to_string(&config).expect("serializes");
    assert!(!yaml.contains("hunter2") && yaml.matches("<secret>").count() == 4, "{yaml}");
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn the_effective_config_can_be_read_again() {
    let check = |text: &str| {
        let config = read(text).expect(text);
        let yaml = serde_saphyr::to_string(&config).expect("serializes");
        assert_eq!(read(&yaml).expect(&yaml), config, "{yaml}");
    };
    check("{}");
    check("scrape_configs: [{job_name: x}]");
    check(
        "global: {scrape_interval: 15s, external_labels: {a: b}, sample_limit: 5, scrape_protocols: [PrometheusText0.0.4]}\n\
         exporters: {self: false, host: true}\nscrape_configs:\n- job_name: x\n  scrape_interval: 1h30m\n  lenient: true\n  \
         scheme: https\n  params: {a: [b, c]}\n  honor_labels: true\n  fallback_scrape_protocol: PrometheusText1.0.0\n  \
         body_size_limit: 1MB\n  basic_auth: {username: u, password_file: p}\n  follow_redirects: false\n  \
         proxy_from_environment: true\n  tls_config: {ca_file: ca, server_name: s, min_version: TLS13}\n  \
         http_headers: {X-A: {values: [v], files: [f]}}\n  static_configs: [{targets: [a], labels: {b: c}}]\n  \
         file_sd_configs: [{files: [/t/*.yml], refresh_interval: 1m}]\n  relabel_configs: [{action: hashmod, \
         source_labels: [a], modulus: 3, target_label: b}, {action: labeldrop, regex: x}, {action: keepequal, \
         source_labels: [a], target_label: b}]\n  metric_relabel_configs: [{action: drop, regex: 'a\\d', source_labels: [__name__]}]\n",
    );
}
