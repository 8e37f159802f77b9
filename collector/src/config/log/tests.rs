//! What promtail's files mean, and how their mistakes are told.

use crate::config::{Config, Sections, Source, parse_yaml};
use std::path::Path;

fn read_in(folder: &Path, yaml: &str) -> Result<Config, Vec<String>> {
    let sections: Sections = parse_yaml(yaml, "belfry.yml").map_err(|finding| vec![finding.to_string()])?;
    let source = Source { file: "belfry.yml".to_owned(), folder: folder.to_owned() };
    sections.validate(&source).map_err(|findings| findings.iter().map(ToString::to_string).collect())
}

fn read(yaml: &str) -> Result<Config, Vec<String>> {
    read_in(Path::new("/etc/belfry"), yaml)
}

fn patterns(config: &Config) -> Vec<String> {
    let targets = config.log_configs.iter().flat_map(|job| job.targets());
    targets.map(|target| target.pattern.text().to_owned()).collect()
}

#[test]
fn paths_start_at_the_folder_of_the_file() {
    let config = read(
        "log_configs:\n\
         - job_name: system\n\
         \x20 static_configs:\n\
         \x20 - {targets: [localhost], labels: {job: syslog, __path__: /var/log/*.log, __path_exclude__: /var/log/x.log}}\n\
         \x20 - {labels: {__path__: 'logs/**/*.log'}}\n\
         - job_name: pods\n\
         \x20 pods: {path: pods, labels: {app: was}}\n",
    )
    .expect("is right");
    let expected = ["/var/log/*.log", "/etc/belfry/logs/**/*.log", "/etc/belfry/pods/*_*_*/*/*.log"];
    assert_eq!(patterns(&config), expected);
}

#[test]
fn relabeling_rewrites_and_drops_targets() {
    let config = read(
        "log_configs:\n\
         - job_name: j\n\
         \x20 static_configs: [{targets: [a, b, c], labels: {__path__: /x.log}}]\n\
         \x20 relabel_configs:\n\
         \x20 - {source_labels: [__address__], regex: c, action: drop}\n\
         \x20 - {source_labels: [__address__], target_label: __path__, replacement: '/logs/$1.log'}\n",
    )
    .expect("is right");
    assert_eq!(patterns(&config), ["/logs/a.log", "/logs/b.log"]);
}

#[test]
fn mistakes_are_told_with_their_place() {
    let check = |yaml: &str, expected: &[&str]| {
        assert_eq!(read(yaml), Err(expected.iter().map(|s| (*s).to_owned()).collect()), "{yaml}")
    };
    check("log_configs: [{static_configs: []}]", &["belfry.yml:1:15: log_configs[0].job_name: job_name is empty"]);
    check(
        "log_configs: [{job_name: j, static_configs: [{labels: {a: b}}]}]",
        &["belfry.yml:1:46: log_configs[0].static_configs[0].labels: no label \"__path__\", which names the files"],
    );
    check(
        "log_configs: [{job_name: j, static_configs: [{labels: {__path__: '/a/[b'}}]}]",
        &["belfry.yml:1:46: log_configs[0].static_configs[0].labels: __path__: syntax error in pattern, got /a/[b"],
    );
    check(
        "log_configs: [{job_name: j, journal: {}, encoding: utf-16le, pods: {}}]",
        &[
            "belfry.yml:1:38: log_configs[0].journal: not supported yet, got journal",
            "belfry.yml:1:52: log_configs[0].encoding: not supported yet, got utf-16le",
            "belfry.yml:1:68: log_configs[0].pods.path: path is empty, expected the folder of the pods' logs",
        ],
    );
    check(
        "log_configs: [{job_name: j}, {job_name: j}]",
        &["belfry.yml:1:41: log_configs[1].job_name: found multiple log configs with job name \"j\""],
    );
    let unknown = read("log_configs: [{job_name: j, static_config: []}]").expect_err("a typing error");
    assert!(unknown[0].contains("static_config"), "{unknown:?}");
}

#[test]
fn a_promtail_file_is_taken_as_it_is() {
    let folder = tempfile::tempdir().expect("temp dir");
    let promtail = "server: {http_listen_port: 9080}\n\
                    positions: {filename: /tmp/positions.yaml}\n\
                    clients: [{url: 'http://loki:3100/loki/api/v1/push'}]\n\
                    scrape_configs:\n\
                    - job_name: system\n\
                    \x20 static_configs: [{targets: [localhost], labels: {job: varlogs, __path__: /var/log/*log}}]\n";
    std::fs::write(folder.path().join("promtail.yml"), promtail).expect("written");
    let config = read_in(folder.path(), "log_config_files: [promtail.yml]").expect("is right");
    assert_eq!(patterns(&config), ["/var/log/*log"]);
    std::fs::write(folder.path().join("promtail.yml"), promtail.replace("job_name", "jobname")).expect("written");
    let findings = read_in(folder.path(), "log_config_files: [promtail.yml]").expect_err("a typing error");
    assert!(findings[0].contains("promtail.yml:5:3: ") && findings[0].contains("jobname"), "{findings:?}");
}

#[test]
fn roots_with_wildcards_in_their_names_are_no_patterns() {
    let config = read("log_configs: [{job_name: j, pods: {path: '/a/[b]*'}}]").expect("is right");
    let target = &config.log_configs[0].targets()[0];
    let path = Path::new("/a/[b]*/ns_pod_uid/c/0.log");
    assert!(target.pattern.names(path) && !target.pattern.names(Path::new("/a/b/ns_pod_uid/c/0.log")));
}
