//! Rule files as users write them: what is read, what is found, and where.

use super::*;

fn read(text: &str, language: Language) -> Result<Vec<Arc<Group>>, Vec<String>> {
    let dialect = Dialect { language, features: Features::default() };
    read_text("r.yml", text, dialect).map_err(|found| found.iter().map(ToString::to_string).collect())
}

fn check(text: &str, expected: &[&str]) {
    assert_eq!(read(text, Language::PromQl).expect_err(text), expected, "{text}");
}

fn check_rule(rule: &str, expected: &[&str]) {
    check(&format!("groups:\n- name: g\n  rules:\n  - {rule}\n"), expected);
}

#[test]
fn groups_and_rules_are_read() {
    let text = r#"
groups:
- name: g
  interval: 30s
  query_offset: 0s
  limit: 5
  labels: {team: blog, severity: low}
  rules:
  - record: job:up:sum
    expr: sum by (job) (up)
    labels: {kind: 1}
  - alert: Down
    expr: |
      up
        == 0
    for: 5m
    keep_firing_for: 1h30m
    labels: {severity: high}
    annotations: {summary: "{{ $labels.job }}", number: 2}
- name: h
  rules:
"#;
    let groups = read(text, Language::PromQl).expect("it is right");
    let [g, h] = groups.as_slice() else { panic!("{groups:?}") };
    assert_eq!((g.interval, g.query_offset, g.limit), (Some(Duration::from_secs(30)), Some(Duration::ZERO), 5));
    assert_eq!((h.interval, h.query_offset, h.limit, h.rules.len()), (None, None, 0, 0));
    let [record, alert] = g.rules.as_slice() else { panic!("{g:?}") };
    assert_eq!((record.name.as_str(), &record.kind), ("job:up:sum", &Kind::Recording));
    assert_eq!(record.labels.to_string(), r#"{kind="1", severity="low", team="blog"}"#);
    assert_eq!(alert.query, "up == 0");
    assert_eq!(alert.labels.to_string(), r#"{severity="high", team="blog"}"#);
    let Kind::Alerting { timing, annotations } = &alert.kind else { panic!("{alert:?}") };
    assert_eq!((timing.hold.as_secs(), timing.keep_firing.as_secs()), (300, 5_400));
    assert_eq!(annotations.to_string(), r#"{number="2", summary="{{ $labels.job }}"}"#);
    assert_eq!(read("", Language::PromQl), Ok(Vec::new()));
    assert_eq!(read("groups: []", Language::LogQl), Ok(Vec::new()));
}

#[test]
fn the_shipped_rules_are_right() {
    let text = include_str!("../../../../deploy/rules/blog-system.yml");
    let groups = read(text, Language::PromQl).expect("they are right");
    assert_eq!(groups.iter().map(|group| group.rules.len()).sum::<usize>(), 8);
    assert!(is_rule_file(text));
    assert!(!is_rule_file("scrape_configs: []\n"));
}

#[test]
fn expressions_are_refused_where_they_are_wrong() {
    let sum = "could not parse expression: 1:12: parse error: unclosed left parenthesis, got sum(rate(x)";
    check_rule("{alert: A, expr: sum(rate(x)}", &[&format!("r.yml:4:33: groups[0].rules[0].expr: {sum}")]);
    check(
        "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: |\n      up ==\n        0 and on (job) (\n        rate(x[5m])\n",
        &["r.yml:8:20: groups[0].rules[0].expr: could not parse expression: 4:1: parse error: unclosed left \
           parenthesis, got up == 0 and on (job) ( rate(x[5m])"],
    );
    check_rule(
        "{alert: A, expr: \"up[5m]\"}",
        &[
            "r.yml:4:22: groups[0].rules[0].expr: an expression of a rule must yield an instant vector or a scalar, not \
           range vector, got up[5m]",
        ],
    );
    check_rule("{alert: A}", &["r.yml:4:5: groups[0].rules[0].expr: field 'expr' must be set in rule, got none"]);
    check_rule(
        "{alert: A, expr: '  '}",
        &["r.yml:4:5: groups[0].rules[0].expr: field 'expr' must be set in rule, got none"],
    );
}

#[test]
fn expressions_over_logs_are_logql() {
    let text = |expr: &str| format!("groups: [{{name: g, rules: [{{alert: A, expr: '{expr}'}}]}}]");
    let right = text(r#"sum(rate({app="a"} |= "x" [5m])) > 1"#);
    assert_eq!(
        read(&right, Language::LogQl).expect("it is right")[0].rules[0].query,
        r#"(sum(rate({app="a"} |= "x"[5m])) > 1)"#
    );
    let check =
        |expr: &str, expected: &str| assert_eq!(read(&text(expr), Language::LogQl).expect_err(expr), [expected]);
    check(
        r#"{app="a"} |= "x""#,
        "r.yml:1:45: groups[0].rules[0].expr: an expression of a rule must yield an instant vector or a scalar, not log \
         lines, got {app=\"a\"} |= \"x\"",
    );
    check(
        "sum(rate(up[5m]))",
        "r.yml:1:55: groups[0].rules[0].expr: could not parse expression: parse error at line 1, col 10: syntax error: \
         unexpected IDENTIFIER, expecting NUMBER or { or (, got sum(rate(up[5m]))",
    );
}

#[test]
fn what_a_rule_may_not_have_is_found() {
    check_rule(
        "{alert: A, record: b, expr: up}",
        &["r.yml:4:5: groups[0].rules[0]: only one of 'record' and 'alert' must be set, got A and b"],
    );
    check_rule("{expr: up}", &["r.yml:4:5: groups[0].rules[0]: one of 'record' or 'alert' must be set, got neither"]);
    check_rule(
        "{record: b, expr: up, for: 5m, keep_firing_for: 1m, annotations: {a: b}}",
        &[
            "r.yml:4:32: groups[0].rules[0].for: invalid field 'for' in recording rule, got 5m",
            "r.yml:4:53: groups[0].rules[0].keep_firing_for: invalid field 'keep_firing_for' in recording rule, got 1m",
            "r.yml:4:74: groups[0].rules[0].annotations: invalid field 'annotations' in recording rule, got a",
        ],
    );
    check_rule(
        "{record: 'sum(up{job=\"x\"})', expr: up}",
        &[
            "r.yml:4:14: groups[0].rules[0].record: braces present in the recording rule name; should it be in expr?, got \
           sum(up{job=\"x\"})",
        ],
    );
    check_rule(
        "{alert: A, expr: up, labels: {__name__: x}}",
        &["r.yml:4:45: groups[0].rules[0].labels: invalid label name, got \"__name__\""],
    );
    check_rule(
        "{alert: A, expr: up, for: 5, labels: {a: '{{ $x }}'}, annotations: {b: '{{ nothing }}'}}",
        &[
            "r.yml:4:31: groups[0].rules[0].for: not a valid duration string: \"5\"",
            "r.yml:4:46: groups[0].rules[0].labels.a: template: __alert_A:1: undefined variable \"$x\", got {{ $x }}",
            "r.yml:4:76: groups[0].rules[0].annotations.b: template: __alert_A:1: function \"nothing\" not defined, got \
             {{ nothing }}",
        ],
    );
}

#[test]
fn all_of_a_file_is_found_at_once() {
    check(
        "groups:\n- name: g\n  interval: fast\n  rules: [{alert: A, expr: up}, {alert: A, expr: 'up'}]\n- name: g\n- \
         rules: []\n",
        &[
            "r.yml:3:13: groups[0].interval: not a valid duration string: \"fast\"",
            "r.yml:4:33: groups[0].rules[1]: the rule is repeated in its group, got \"A\" twice",
            "r.yml:5:9: groups[1].name: groupname: \"g\" is repeated in the same file",
            "r.yml:6:3: groups[2].name: a group must have a name, got none",
        ],
    );
}

#[test]
fn what_is_no_rule_file_is_one_finding() {
    check(
        "groups: [{name: g, rulez: []}]",
        &["r.yml:1:20: unknown field `rulez`, expected one of name, interval, \
           query_offset, limit, labels, rules"],
    );
    check("groups: 5", &["r.yml:1:9: expected sequence start"]);
    check("groups: [", &["r.yml:1:9: unclosed bracket '['"]);
}

#[test]
fn files_are_found_by_glob_and_read_once() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in [
        ("a.yml", "groups: [{name: g, rules: [{record: a, expr: up}]}]"),
        ("b.yml", "groups: [{name: g, rules: [{record: b, expr: up}]}]"),
        ("c.txt", "groups: nonsense"),
    ] {
        std::fs::write(folder.path().join(name), text).expect("written");
    }
    let source = Source { file: "belfry.yml".to_owned(), folder: folder.path().to_owned() };
    let dialect = Dialect { language: Language::PromQl, features: Features::default() };
    let spanned =
        |text: &str| Spanned::new(text.to_owned(), serde_saphyr::Location::UNKNOWN, serde_saphyr::Location::UNKNOWN);
    let mut report = Report::new("belfry.yml".to_owned());
    let globs = vec![spanned("*.yml"), spanned("a.yml"), spanned("none*.yml")];
    let found = super::read(globs, dialect, &Key::root("rule_files"), &source, &mut report);
    let found = report.finish(found).expect("all is right");
    let names: Vec<&str> = found.groups.iter().flat_map(|group| &group.rules).map(|rule| rule.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(found.globs, ["*.yml", "a.yml", "none*.yml"]);
    let mut report = Report::new("belfry.yml".to_owned());
    let _ = super::read(vec![spanned("c.txt")], dialect, &Key::root("rule_files"), &source, &mut report);
    let found = report.finish(()).expect_err("it is no rule file");
    assert!(found[0].to_string().ends_with("c.txt:1:9: expected sequence start"), "{found:?}");
}
