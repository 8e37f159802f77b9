//! Configs that are refused, with place and key.

use super::read;

fn check(stages: &str, expected: &[&str]) {
    let findings = read(stages).expect_err(stages);
    assert_eq!(findings, expected, "{stages}");
}

#[test]
fn wrong_options_are_told_with_their_place() {
    check("- regex: {expression: '('}\n", &["2: s[0].regex.expression: error parsing regexp: missing closing ): `(`"]);
    check("- regex: {}\n", &["2: s[0].regex: expression is required"]);
    check("- regex: {expression: a, source: ''}\n", &["2: s[0].regex.source: empty source"]);
    check("- json: {}\n", &["2: s[0].json: expressions are required"]);
    check(
        "- json: {expressions: {a: 'b | c'}}\n",
        &[
            "2: s[0].json.expressions.a: JMESPath beyond names, quoted names and indices is not supported yet, got b | c",
        ],
    );
    check("- logfmt:\n", &["2: s[0].logfmt: mapping is required"]);
    check("- labels: {'a-b': }\n", &["2: s[0].labels: invalid label name: \"a-b\""]);
    check("- labels: {}\n", &["2: s[0].labels: at least one label is required"]);
    check("- labeldrop: []\n", &["2: s[0].labeldrop: at least one label is required"]);
    check("- timestamp: {source: a}\n", &["2: s[0].timestamp: format is required"]);
    check("- timestamp: {format: Unix}\n", &["2: s[0].timestamp: source is required"]);
    check(
        "- timestamp: {source: a, format: Unix,\n    location: Mars/Base}\n",
        &["3: s[0].timestamp.location: expected a time zone such as Asia/Seoul, got Mars/Base"],
    );
    check(
        "- timestamp: {source: a, format: Unix, action_on_failure: panic}\n",
        &["2: s[0].timestamp.action_on_failure: expected fudge or skip, got panic"],
    );
    check("- output:\n", &["2: s[0].output: source is required"]);
    check("- multiline: {max_lines: 3}\n", &["2: s[0].multiline: firstline is required"]);
    check(
        "- drop: {}\n",
        &["2: s[0].drop: at least one of source, expression, older_than and longer_than is required"],
    );
    check("- drop: {value: x}\n", &["2: s[0].drop: source is required where value is given"]);
    check("- drop: {source: a, value: x, expression: y}\n", &["2: s[0].drop: value and expression exclude each other"]);
    check("- limit: {rate: 0, burst: 1, drop: true}\n", &["2: s[0].limit: rate and burst must be above 0"]);
    check(
        "- limit: {rate: 1, burst: 1}\n",
        &["2: s[0].limit: a limit that waits is not supported yet, expected drop: true"],
    );
    check("- sampling: {rate: 2}\n", &["2: s[0].sampling.rate: expected a rate from 0 to 1, got 2"]);
    check("- match: {stages: [{cri: }]}\n", &["2: s[0].match: selector is required"]);
    check("- match: {selector: '{a=\"b\"}'}\n", &["2: s[0].match: at least one stage is required"]);
    check(
        "- match: {selector: '{a=\"b\"}', action: drop, stages: [{cri: }]}\n",
        &["2: s[0].match: stages have no meaning where lines are dropped"],
    );
    check(
        "- match: {selector: '{a=\"b\"} | json', action: drop}\n",
        &["2: s[0].match.selector: expected a selector with line filters only, got {a=\"b\"} | json"],
    );
    check("- match: {selector: '{a=\"b\"}', action: x}\n", &["2: s[0].match.action: expected keep or drop, got x"]);
}

#[test]
fn several_findings_are_told_at_once() {
    let stages = "- match:\n    selector: '{a=\"b\"'\n    stages:\n    - regex: {expression: '['}\n- output:\n";
    let findings = read(stages).expect_err("findings");
    assert_eq!(findings.len(), 3, "{findings:?}");
    assert!(findings[0].starts_with("3: s[0].match.selector: parse error at line 1, col 7"), "{findings:?}");
    assert!(findings[1].starts_with("5: s[0].match.stages[0].regex.expression: error parsing regexp"), "{findings:?}");
}

#[test]
fn unknown_and_unsupported_stages_are_told_by_name() {
    for name in ["tenant", "metrics", "geoip", "eventlogmessage"] {
        check(&format!("- {name}: {{x: 1}}\n"), &[&format!("2: s[0].{name}: not supported yet, got {name}")]);
    }
    check("- {}\n", &["2: s[0]: expected a stage of one key, got 0"]);
    check("- {cri: , docker: }\n", &["2: s[0]: expected a stage of one key, got 2"]);
    for unknown in ["- jsn: {}\n", "- regex: {expresion: x}\n", "- docker: {a: b}\n", "- cri\n"] {
        let findings = read(unknown).expect_err(unknown);
        assert_eq!(findings.len(), 1, "{findings:?}");
    }
    assert!(read("- jsn: {}\n").expect_err("unknown")[0].contains("unknown field `jsn`"));
}

#[test]
fn nesting_is_bounded() {
    let mut stages = "[{cri: }]".to_owned();
    for _ in 0..12 {
        stages = format!("[{{match: {{selector: '{{a=\"b\"}}', stages: {stages}}}}}]");
    }
    let findings = read(&format!("  {stages}\n")).expect_err("too deep");
    assert!(findings.iter().any(|finding| finding.contains("stages nest deeper than 8 times")), "{findings:?}");
}
