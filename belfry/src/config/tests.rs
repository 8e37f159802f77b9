//! Configs as users write them: what is read, what is found, and where.

use super::*;

fn load_text(text: &str) -> Result<Config, Vec<String>> {
    load_with(text, &ServeFlags::default())
}

fn load_with(text: &str, flags: &ServeFlags) -> Result<Config, Vec<String>> {
    let source = Source { file: "belfry.yml".to_owned(), folder: PathBuf::from("/etc/belfry") };
    let environment = |name: &str| match name {
        "PORT" => Some("9200".to_owned()),
        "PASSWORD" => Some("s3: #cret".to_owned()),
        _ => None,
    };
    assemble(&source, text, flags, &environment)
        .map_err(|findings| findings.iter().map(ToString::to_string).collect::<Vec<_>>())
}

fn check_findings(text: &str, expected: &[&str]) {
    let found = load_text(text).expect_err(text);
    assert_eq!(found, expected, "{text}");
}

#[test]
fn the_embedded_defaults_scrape_this_process_and_this_machine() {
    let config = load(&ServeFlags::default()).expect("the defaults are right");
    assert_eq!(config.collector.global.scrape_interval.as_secs(), 15);
    assert!(config.collector.exporters.own && config.collector.exporters.host);
    assert_eq!(config.web.listen.to_string(), "127.0.0.1:9090");
    assert_eq!(config.notices, [""; 0]);
}

#[test]
fn an_empty_file_has_the_peers_defaults() {
    let config = load_text("").expect("an empty file is right");
    assert_eq!(config.collector.global.scrape_interval.as_secs(), 60);
    assert!(!config.collector.exporters.host);
}

#[test]
fn wrong_keys_are_found_where_they_stand() {
    check_findings(
        "global:\n  scrape_interval: 15s\n  scrape_intervall: 15s\n",
        &["belfry.yml:3:3: global.scrape_intervall: unknown key, known are scrape_interval, scrape_timeout, \
           evaluation_interval, rule_query_offset, external_labels, scrape_protocols, \
           metric_name_validation_scheme, extra_scrape_metrics, body_size_limit, sample_limit, target_limit, \
           label_limit, label_name_length_limit, label_value_length_limit, keep_dropped_targets, \
           always_scrape_classic_histograms, scrape_native_histograms, convert_classic_histograms_to_nhcb, \
           query_log_file, scrape_failure_log_file, metric_name_escaping_scheme"],
    );
    check_findings(
        "web:\n  listen: 127.0.0.1:1\nglobal:\n  scrape_interval: 1m\nweb: {}\n",
        &["belfry.yml:5:1: web: duplicate key"],
    );
    check_findings("scrape_configs: 5\n", &["belfry.yml:1:17: scrape_configs: expected a list, got 5"]);
    check_findings("global: *y\n", &["belfry.yml:1:9: not YAML: an alias has no anchor before it"]);
    check_findings("web: [\n", &["belfry.yml:1:6: not YAML: unclosed bracket '['"]);
}

#[test]
fn wrong_values_are_all_found_with_their_places() {
    let text = "global:\n  scrape_interval: 5x\nweb:\n  listen: nowhere\nstorage:\n  sync: never\nfeatures: [warp]\n";
    check_findings(
        text,
        &[
            "belfry.yml:2:20: global.scrape_interval: unknown unit \"x\" in duration \"5x\"",
            "belfry.yml:4:11: web.listen: not an address with a port such as 127.0.0.1:9090, got \"nowhere\"",
            "belfry.yml:6:9: storage.sync: not a duration above zero or `always`, got never",
            "belfry.yml:7:12: features[0]: not a feature flag, got warp",
        ],
    );
}

#[test]
fn variables_expand_in_values_and_never_change_the_structure() {
    let text = "web: {listen: \"127.0.0.1:${PORT}\"}\nscrape_configs:\n- job_name: ${PASSWORD}\n  \
        static_configs: [{targets: ['a:${PORT}']}]\n  relabel_configs:\n  - {source_labels: [a], regex: '(.+)$', \
        target_label: b, replacement: '${1}x$1'}\n";
    let config = load_text(text).expect("it is right");
    assert_eq!(config.web.listen.port(), 9200);
    assert_eq!(config.collector.scrape_configs[0].job_name, "s3: #cret");
    let shown = config.to_yaml();
    assert!(shown.contains("a:9200") && shown.contains("${1}x$1"), "{shown}");
    let text = "features:\n- promql-duration-expr\n- ${NOWHERE}\n";
    check_findings(text, &["belfry.yml:3:3: features[1]: environment variable is not set, got ${NOWHERE}"]);
}

#[test]
fn places_after_a_doubled_dollar_are_those_of_the_file() {
    let text = "scrape_configs:\n- job_name: a\n  relabel_configs: [{replacement: $1, action: dance}]\n";
    let found = load_text(text).expect_err("the action is unknown");
    assert!(found[0].starts_with("belfry.yml:3:47: scrape_configs[0].relabel_configs[0].action: "), "{found:?}");
}

#[test]
fn a_prometheus_yml_is_accepted_and_says_what_it_does_not_do() {
    let text = include_str!("prometheus.yml");
    let config = load_text(text).expect("it is accepted");
    assert_eq!(config.collector.scrape_configs.len(), 2);
    let sections: Vec<&str> = config.notices.iter().filter_map(|notice| notice.split(": ").nth(1)).collect();
    let expected = ["remote_write", "remote_read", "tracing", "otlp", "runtime"];
    assert_eq!(sections, expected);
    assert_eq!(config.storage.metrics.out_of_order_window.as_secs(), 1800);
}

#[test]
fn keys_of_known_sections_without_function_are_named() {
    let config =
        load_text("storage: {max_disk: 5GB, logs: {retention: 168h}, retention_rules: []}\n").expect("it is right");
    let told: Vec<&str> = config.notices.iter().filter_map(|notice| notice.split(": ").nth(1)).collect();
    assert_eq!(told, ["storage.retention_rules", "storage.max_disk"]);
}

#[test]
fn empty_sections_say_nothing() {
    let config =
        load_text("rule_files:\n  # - first_rules.yml\nalerting: {}\nremote_write: []\n").expect("it is right");
    assert_eq!(config.notices, [""; 0]);
}

#[test]
fn flags_win_over_the_file() {
    let flags = ServeFlags {
        listen: Some("127.0.0.1:0".to_owned()),
        enable_feature: vec!["promql-duration-expr".to_owned()],
        ..ServeFlags::default()
    };
    let config = load_with("web: {listen: 127.0.0.1:7}\n", &flags).expect("it is right");
    assert_eq!(config.web.listen.port(), 0);
    assert!(config.features.duration_expressions);
}

#[test]
fn others_may_not_ask_without_credentials() {
    let found = load_text("web:\n  listen: 0.0.0.0:9090\n").expect_err("it is open to everyone");
    assert!(found[0].starts_with("belfry.yml:2:11: web.listen: 0.0.0.0:9090 can be reached"), "{found:?}");
}

#[test]
fn a_file_that_cannot_be_read_is_a_finding() {
    let flags = ServeFlags { config: Some(PathBuf::from("no/such.yml")), ..ServeFlags::default() };
    let found = load(&flags).expect_err("there is no file");
    assert_eq!(found[0].to_string(), "no/such.yml: cannot be read: No such file or directory (os error 2)");
}

#[test]
fn rule_files_are_read_and_a_wrong_rule_is_found_in_its_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
    write("a.yml", "groups: [{name: g, rules: [{alert: A, expr: up == 0, for: 1m}]}]");
    write("logs.yml", "groups: [{name: g, rules: [{record: r, expr: 'sum(rate({a=\"b\"}[1m]))'}]}]");
    write("belfry.yml", "rule_files: [a.yml]\nlog_rule_files: ['logs*.yml']\n");
    let flags = ServeFlags { config: Some(folder.path().join("belfry.yml")), ..ServeFlags::default() };
    let config = load(&flags).expect("it is right");
    assert_eq!((config.rules.metrics.groups.len(), config.rules.logs.groups.len()), (1, 1));
    assert!(config.to_yaml().contains("rule_files:\n- a.yml\n"), "{}", config.to_yaml());
    assert_eq!(config.notices, [""; 0]);
    write("a.yml", "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: up = 0\n    for: soon\n");
    let found = load(&flags).expect_err("two things are wrong");
    let told: Vec<String> = found.iter().map(ToString::to_string).collect();
    let file = folder.path().join("a.yml").display().to_string();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0].starts_with(&format!("{file}:5:14: groups[0].rules[0].expr: could not parse expression: ")),
        "{told:?}"
    );
    assert!(told[1].starts_with(&format!("{file}:6:10: groups[0].rules[0].for: not a valid duration")), "{told:?}");
}

#[test]
fn the_eight_rules_are_built_in() {
    let config = load(&ServeFlags::default()).expect("the defaults are right");
    let [group] = config.rules.metrics.groups.as_slice() else { panic!("{:?}", config.rules.metrics) };
    assert_eq!((group.file.as_str(), group.name.as_str(), group.rules.len()), ("embedded", "blog-system", 8));
    assert_eq!(load_text("").expect("an empty file is right").rules.metrics.groups.len(), 0);
}
