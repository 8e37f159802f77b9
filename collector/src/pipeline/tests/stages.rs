//! One line through the stages, each alone and together.

use super::{Source, all_shown};

fn check(stages: &str, line: &str, expected: &[&str]) {
    assert_eq!(all_shown(&Source::new(stages).send(line)), expected, "{stages} {line}");
}

#[test]
fn regex_extracts_named_groups() {
    let stages = "- regex: {expression: '^(?P<a>\\w+) (?P<b>\\d+)?'}\n- labels: {x: a, b: }\n";
    check(stages, "word 12", &[r#"{app="a", b="12", x="word"} word 12"#]);
    check(stages, "word x", &[r#"{app="a", x="word"} word x"#]);
    check(stages, "!", &[r#"{app="a"} !"#]);
    // Of another value than the line, and of labels that came with it.
    let stages = "- regex: {expression: 'v=(?P<v>\\S+)'}\n- regex: {source: v, expression: '(?P<n>\\d+)'}\n\
                  - regex: {source: app, expression: '(?P<app2>.)'}\n- labels: {n: , app2: }\n";
    check(stages, "v=x7y", &[r#"{app="a", app2="a", n="7"} v=x7y"#]);
}

#[test]
fn json_extracts_paths() {
    let stages = "- json: {expressions: {level: , user: 'user.\"full name\"', first: 'tags[0]', all: tags, n: n, no: no.where}}\n\
                  - labels: {level: , user: , first: , all: , n: , no: }\n";
    check(
        stages,
        r#"{"level":"warn","user":{"full name":"A"},"tags":["x", 2],"n":1.50}"#,
        &[
            r#"{all="[\"x\",2]", app="a", first="x", level="warn", n="1.5", user="A"} {"level":"warn","user":{"full name":"A"},"tags":["x", 2],"n":1.50}"#,
        ],
    );
    check(stages, "{\"level\":", &[r#"{app="a"} {"level":"#]);
    check(stages, "[1]", &[r#"{app="a"} [1]"#]);
    check(stages, r#"{"level":"x"} y"#, &[r#"{app="a"} {"level":"x"} y"#]);
    let stages = "- json: {expressions: {level: }, drop_malformed: true}\n- labels: {level: }\n";
    check(stages, "{\"level\":", &[]);
    check(stages, "{\"level\": bad}", &[]);
    check(stages, "{\"level\":null}", &[r#"{app="a"} {"level":null}"#]);
    let stages = "- json: {expressions: {inner: }}\n- json: {expressions: {b: }, source: inner}\n- labels: {b: }\n";
    check(stages, r#"{"inner":"{\"b\":true}"}"#, &[r#"{app="a", b="true"} {"inner":"{\"b\":true}"}"#]);
}

#[test]
fn logfmt_extracts_keys() {
    let stages = "- logfmt: {mapping: {level: , user: who, flag: }}\n- labels: {level: , user: , flag: }\n";
    check(
        stages,
        "level=warn who=\"a \\\"b\\\"\" flag x=y",
        &[r#"{app="a", level="warn", user="a \"b\""} level=warn who="a \"b\"" flag x=y"#],
    );
    check(stages, "level=warn =x who=me", &[r#"{app="a", level="warn"} level=warn =x who=me"#]);
    check(stages, "", &[r#"{app="a"} "#]);
}

#[test]
fn docker_and_cri_lines_are_unwrapped() {
    let line = r#"{"log":"hello\n","stream":"stderr","time":"2026-01-01T00:00:01.5Z"}"#;
    check("- docker: {}\n", line, &["{app=\"a\", stream=\"stderr\"} 2026-01-01T00:00:01.5Z hello\n"]);
    check("- docker:\n", "no json", &[r#"{app="a"} no json"#]);
    let cri = "- cri: {}\n- json: {expressions: {level: }}\n- labels: {level: }\n";
    let line = r#"2026-01-01T00:00:01.5Z stdout F {"level":"info"}"#;
    check(cri, line, &[r#"{app="a", level="info", stream="stdout"} 2026-01-01T00:00:01.5Z {"level":"info"}"#]);
    check("- cri:\n", "2026-01-01T00:00:01Z stderr F ", &[r#"{app="a", stream="stderr"} 2026-01-01T00:00:01Z "#]);
    check("- cri:\n", "a line of something else", &[r#"{app="a"} a line of something else"#]);
}

#[test]
fn labels_are_set_dropped_and_kept() {
    check("- static_labels: {env: prod, none: , app: b}\n", "x", &[r#"{app="b", env="prod"} x"#]);
    let set = "- static_labels: {env: prod, zone: z}\n";
    check(&format!("{set}- labeldrop: [env, nothing]\n"), "x", &[r#"{app="a", zone="z"} x"#]);
    check(&format!("{set}- labelallow: [env]\n"), "x", &[r#"{env="prod"} x"#]);
    let stages = "- logfmt: {mapping: {trace: }}\n- structured_metadata: {trace_id: trace, app: }\n";
    check(stages, "trace=t", &[r#"{} trace=t {app="a", trace_id="t"}"#]);
    check("- static_labels: {zone: z}\n- structured_metadata: {zone: , gone: }\n", "x", &[r#"{app="a"} x {zone="z"}"#]);
}

#[test]
fn timestamps_are_read_skipped_and_fudged() {
    let stages = "- regex: {expression: '^(?P<ts>\\S+) (?P<rest>.*)'}\n\
                  - timestamp: {source: ts, format: '2006-01-02', fallback_formats: [UnixMs, RFC3339]}\n- output: {source: rest}\n";
    let mut source = Source::new(stages);
    let mut check = |line: &str, expected: &str| assert_eq!(all_shown(&source.send(line)), [expected], "{line}");
    check("nothing first", r#"{app="a"} first"#);
    check("2026-01-02 a", r#"{app="a"} 2026-01-02T00:00:00Z a"#);
    check("nothing b", r#"{app="a"} 2026-01-02T00:00:00.000000001Z b"#);
    check("nothing c", r#"{app="a"} 2026-01-02T00:00:00.000000002Z c"#);
    check("1767225600123 d", r#"{app="a"} 2026-01-01T00:00:00.123Z d"#);
    check("2026-01-01T09:00:00+09:00 e", r#"{app="a"} 2026-01-01T00:00:00Z e"#);
    let skip = "- timestamp: {source: app, format: Unix, action_on_failure: skip, location: Asia/Seoul}\n";
    super::super::tests::read(skip).expect("a pipeline");
    assert_eq!(all_shown(&Source::new(skip).send("x")), [r#"{app="a"} x"#]);
}

#[test]
fn lines_are_replaced_and_rendered() {
    let stages = "- replace: {expression: '(\\d+)\\.(\\d+)', replace: '*{{ .Value }}*'}\n";
    check(stages, "at 1.22 and 3.4!", &[r#"{app="a"} at *1*.*22* and *3*.*4*!"#]);
    check(stages, "none", &[r#"{app="a"} none"#]);
    let stages = "- replace: {expression: 'password=(?P<secret>\\S+)', replace: '****'}\n- labels: {secret: }\n";
    check(stages, "password=abc x", &[r#"{app="a", secret="****"} password=**** x"#]);
    let stages = "- replace: {expression: '(x)', replace: ''}\n";
    check(stages, "axb", &[r#"{app="a"} ab"#]);
    let stages = "- template: {source: new, template: '{{ .app | ToUpper }}-{{ .Entry }}'}\n\
                  - template: {source: app, template: 'is {{ .Value }}'}\n- labels: {new: , app: }\n";
    check(stages, "x", &[r#"{app="is a", new="A-x"} x"#]);
    let stages = "- template: {source: app, template: '{{ if false }}x{{ end }}'}\n- drop: {source: app}\n";
    check(stages, "x", &[r#"{app="a"} x"#]);
    check("- decolorize: {}\n", "\u{1b}[31mred\u{1b}[0m", &[r#"{app="a"} red"#]);
    check("- decolorize:\n", "plain", &[r#"{app="a"} plain"#]);
    check(
        "- pack: {labels: [app, none], ingest_timestamp: false}\n",
        "say \"x\"",
        &[r#"{} {"app":"a","_entry":"say \"x\""}"#],
    );
}

#[test]
fn conditions_of_drop_hold_together() {
    let check = |config: &str, line: &str, dropped: bool| {
        let stages = format!("- logfmt: {{mapping: {{a: , b: }}}}\n- drop: {config}\n");
        let mut source = Source::new(&stages);
        assert_eq!(source.send(line).is_empty(), dropped, "{config} {line}");
        assert_eq!(source.state.take_drops().len(), usize::from(dropped));
    };
    check("{expression: '.*debug.*'}", "a debug line", true);
    check("{expression: debug, longer_than: 8kb}", "a debug line", false);
    check("{longer_than: 3}", "abcd", true);
    check("{longer_than: 4b}", "abcd", false);
    check("{source: a}", "a=1", true);
    check("{source: [a, b]}", "a=1", false);
    check("{source: [a, b]}", "a=1 b=2", true);
    check("{source: a, value: '1'}", "a=1", true);
    check("{source: a, value: '1'}", "a=11", false);
    check("{source: a, expression: '^1'}", "a=11", true);
    check("{source: [a, b], separator: '#', expression: '^1#2$'}", "a=1 b=2", true);
    check("{source: [a, b], value: '1;2'}", "a=1 b=2", true);
    check("{source: none, expression: x}", "x", false);
    check("{older_than: 24h}", "x", false);
    let old = "- regex: {expression: '(?P<t>.*)'}\n- timestamp: {source: t, format: RFC3339}\n- drop: {older_than: 1.5h, drop_counter_reason: old}\n";
    let mut source = Source::new(old);
    assert_eq!(source.send("2025-12-31T22:30:06Z").len(), 1);
    assert_eq!(source.send("2025-12-31T22:30:04Z").len(), 0);
    assert_eq!(source.send("2025-12-31T22:30:03Z").len(), 0);
    assert_eq!(source.state.take_drops(), [("old".into(), 2)]);
    assert_eq!(source.state.take_drops(), []);
}

#[test]
fn limits_and_samples_drop() {
    let mut source = Source::new("- limit: {rate: 1, burst: 2, drop: true}\n");
    let kept: Vec<bool> = (0..4).map(|_| !source.send("x").is_empty()).collect();
    assert_eq!(kept, [true, true, false, false]);
    source.now = source.now.plus(std::time::Duration::from_millis(1500));
    assert_eq!((source.send("x").len(), source.send("x").len()), (1, 0));
    assert_eq!(source.state.take_drops(), [("ratelimit_drop_stage".into(), 3)]);
    let mut source = Source::new("- limit: {rate: 1, burst: 1, drop: true, by_label_name: none}\n");
    assert_eq!((source.send("x").len(), source.send("x").len()), (1, 1));
    let mut source = Source::new("- sampling: {rate: 0.25}\n");
    let kept = (0..10_000).filter(|_| !source.send("x").is_empty()).count();
    assert!((2_300..2_700).contains(&kept), "{kept}");
    assert_eq!(Source::new("- sampling: {rate: 0}\n").send("x").len(), 0);
    assert_eq!(Source::new("- sampling: {rate: 1.0}\n").send("x").len(), 1);
}

#[test]
fn matches_run_their_stages_or_drop() {
    let stages = "- match:\n    selector: '{app=\"a\"} |= \"err\" != \"ignore\"'\n    stages:\n    - static_labels: {bad: 'yes'}\n    - match:\n        selector: '{bad=~\"y.+\"} |~ \"x$\"'\n        pipeline_name: inner\n        stages: [{output: {source: bad}}]\n- static_labels: {seen: '1'}\n";
    check(stages, "err", &[r#"{app="a", bad="yes", seen="1"} err"#]);
    check(stages, "err x", &[r#"{app="a", bad="yes", seen="1"} yes"#]);
    check(stages, "err ignore", &[r#"{app="a", seen="1"} err ignore"#]);
    check(stages, "fine", &[r#"{app="a", seen="1"} fine"#]);
    let mut source =
        Source::new("- match: {selector: '{app!=\"b\"} |= \"x\"', action: drop, drop_counter_reason: r}\n");
    assert_eq!((source.send("x").len(), source.send("y").len()), (0, 1));
    assert_eq!(source.state.take_drops(), [("r".into(), 1)]);
}

#[test]
fn a_pipeline_is_shown_as_it_was_written() {
    let stages = "- cri:\n- json: {expressions: {a: , b: c.d}}\n- match: {selector: '{a=\"b\"}', stages: [{output: {source: x}}]}\n- drop: {source: [a], value: 5}\n";
    let pipeline = super::read(stages).expect("a pipeline");
    let text = serde_json::to_string(&pipeline).expect("text");
    let expected = r#"[{"cri":null},{"json":{"expressions":{"a":null,"b":"c.d"}}},{"match":{"selector":"{a=\"b\"}","stages":[{"output":{"source":"x"}}]}},{"drop":{"source":["a"],"value":"5"}}]"#;
    assert_eq!(text, expected);
    assert_eq!(pipeline, super::read(stages).expect("a pipeline"));
    assert_ne!(pipeline, super::read("- cri:\n").expect("a pipeline"));
}
