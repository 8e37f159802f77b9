//! `line_format` and `label_format` as users write them.

use crate::logql::ast::Expr;
use crate::logql::parse;
use crate::logql::stage::Stage;
use crate::logql::stage::entry::{Category, Entry, Scratch, Stored};
use model::labels::Labels;
use model::time::Nanos;

/// 2022-06-27T18:05:24.12Z
const WRITTEN: Nanos = Nanos(1_656_353_124_120_000_000);

/// The line and the labels that stages made, over `foo="  BLIp " bar="blop" n="10" empty=""` and the line `the line`.
fn run(stages: &str) -> (String, Labels) {
    let query = format!("{{a=\"b\"}} {stages}");
    let Ok(Expr::Log(log)) = parse(&query) else { panic!("{query} is a log query: {:?}", parse(&query)) };
    let stages: Vec<Stage> = log.stages.iter().map(|stage| Stage::new(&stage.node).expect("compiles")).collect();
    let stream = Labels::from_pairs([("foo", "  BLIp "), ("bar", "blop")]);
    let metadata = Labels::from_pairs([("n", "10"), ("json", r#"{"a":[{"b":55},{"b":1.5}],"c":null}"#)]);
    let mut scratch = Scratch::default();
    scratch.set_now(Nanos(1_795_374_245_000_000_000));
    let stored = Stored { at: WRITTEN, line: "the line", stream: &stream, metadata: &metadata };
    let mut entry = Entry::new(stored, &mut scratch);
    assert!(stages.iter().all(|stage| stage.apply(&mut entry)), "{query} keeps the line");
    (entry.line().to_owned(), entry.labels_of(Category::Parsed))
}

fn check(template: &str, expected: &str) {
    let (line, labels) = run(&format!("| line_format `{template}`"));
    assert_eq!((line.as_str(), labels.to_string().as_str()), (expected, "{}"), "{template}");
}

#[track_caller]
fn check_error(template: &str, expected: &str) {
    let (line, labels) = run(&format!("| line_format `{template}`"));
    assert_eq!(line, "the line", "{template}");
    assert_eq!(labels.get("__error__"), Some("TemplateFormatErr"), "{template}");
    assert_eq!(labels.get("__error_details__"), Some(expected), "{template}");
}

#[test]
fn labels_and_text_make_a_line() {
    check("", "");
    check("plain", "plain");
    check("{{.bar}}", "blop");
    check("a {{ .bar }}-{{.missing}}-{{- .n}}", "a blop--10");
    check("{{.bar}}{{if .missing}}a{{else}}b{{end}}", "blopb");
    check("{{range $k, $v := .}}{{$k}};{{end}}", "bar;foo;json;n;");
    check(r#"{{index . "bar"}} {{len .}} {{with .bar}}{{.}}{{$.n}}{{end}}"#, "blop 4 blop10");
    check(
        "{{__line__}} {{__line__ | upper}} {{ __timestamp__ }}",
        "the line THE LINE 2022-06-27 18:05:24.12 +0000 UTC",
    );
    check("{{$x := .n}}{{$x}}{{range 2}}{{$x}}{{end}}", "101010");
}

#[test]
fn text_functions_do_what_loki_documents() {
    check("{{.foo | lower}}{{.foo | ToLower}}{{upper .bar}}{{ToUpper .bar}}", "  blip   blip BLOPBLOP");
    check("{{title .bar}} {{title `a_b c-d é1f`}}".replace('`', "\"").as_str(), "Blop A_b C-D É1f");
    check("{{trim .foo}}|{{TrimSpace .foo}}|{{.bar | trimAll \"op\"}}|{{Trim .bar \"op\"}}", "BLIp|BLIp|bl|bl");
    check(
        "{{TrimLeft .bar \"bl\"}} {{TrimRight .bar \"op\"}} {{TrimPrefix .bar \"bl\"}} {{TrimSuffix .bar \"x\"}}",
        "op bl op blop",
    );
    check("{{.bar | trimPrefix \"b\"}} {{.bar | trimSuffix \"p\"}}", "lop blo");
    check(
        "{{.bar | trunc 2}} {{trunc -2 .bar}} {{trunc 9 .bar}} {{trunc -9 .bar}} {{trunc 0 .bar}}|",
        "bl op blop blop |",
    );
    check("{{.bar | substr 1 3}} {{substr -1 2 .bar}} {{substr 2 -1 .bar}} {{substr 1 99 .bar}}", "lo bl op lop");
    check(
        "{{alignLeft 6 .bar}}|{{alignRight 6 .bar}}|{{alignLeft 2 .bar}}|{{alignRight 2 .bar}}|{{alignLeft -1 .bar}}",
        "blop  |  blop|bl|op|blop",
    );
    check("{{alignRight 3 \"한글\"}}{{alignLeft 1 \"한글\"}}", " 한글한");
    check("{{repeat 3 .bar}} {{\"a\\nb\" | indent 2}}{{\"a\" | nindent 1}}", "blopblopblop   a\n  b\n a");
    check(
        "{{replace \"o\" \"0\" .bar}} {{Replace .bar \"l\" \"L\" -1}} {{Replace \"aaa\" \"a\" \"b\" 2}} {{Replace \"ab\" \"\" \"-\" -1}}",
        "bl0p bLop bba -a-b-",
    );
    check(
        "{{contains \"lo\" .bar}} {{hasPrefix \"bl\" .bar}} {{hasSuffix \"bl\" .bar}} {{if contains \"x\" .bar}}y{{end}}",
        "true true false ",
    );
    check("{{.missing | default \"-\"}} {{default \"-\" .bar}} {{default 1 0}} {{default \"x\"}}", "- blop 1 x");
    check(
        "{{b64enc .bar}} {{b64dec \"YmxvcA==\"}} {{b64dec \"YmxvcA\"}} {{b64dec \"?\"}}",
        "YmxvcA== blop blop illegal base64 data at input byte 0",
    );
    check("{{urlencode \"a b&c/한\"}} {{urldecode \"a+b%26c%2F\"}}", "a+b%26c%2F%ED%95%9C a b&c/");
    check(
        "{{bytes \"3 kB\"}} {{bytes \"2MiB\"}} {{duration \"1m30s\"}} {{duration_seconds \"250ms\"}}",
        "3000 2.097152e+06 90 0.25",
    );
    check("{{printf \"%-6s|%6.2f|%03d\" .bar 3.14159 7}}", "blop  |  3.14|007");
}

#[test]
fn regular_expressions_replace_and_count() {
    check("{{regexReplaceAll \"(b)(l)\" .bar \"${2}$1\"}}", "lbop");
    check("{{regexReplaceAll \"(?P<first>b)(l)\" .bar \"<${first}|$2|$$|$x|$0>\"}}", "<b|l|$||bl>op");
    check("{{regexReplaceAllLiteral \"(b)\" .bar \"${1}\"}}", "${1}lop");
    check("{{.bar | count \"[bo]\"}} {{count \"x*\" \"ab\"}}", "2 3");
    check_error(
        "{{regexReplaceAll \"(\" .bar \"\"}}",
        "template: line:1:2: executing \"line\" at <regexReplaceAll \"(\" .bar \"\">: error calling regexReplaceAll: \
         error parsing regexp: missing closing ): `(`",
    );
}

#[test]
fn labels_are_calculated_with() {
    check("{{add .n 1 | sub 20 | mul 3 | div 54}} {{mod .n 3}} {{add}} {{add 1}}", "2 1 0 1");
    check("{{max .n 3 20}} {{min .n 3 20}} {{maxf .n 3.5}} {{minf .n 3.5}}", "20 3 10 3.5");
    check(
        "{{addf .n 0.1 0.2}} {{addf 0.1 0.2}} {{subf 1.5 0.5 .n}} {{mulf 1.1 1.1}} {{divf 10 4 2}} {{divf 1 3}}",
        "10.3 0.3 -9 1.21 1.25 0.3333333333333333",
    );
    check("{{mulf 10.5 2 | divf 20.2}} {{addf 1e300 1}}", "0.9619047619047619 1e+300");
    check(
        "{{ceil 5.3}} {{floor \"5.7\"}} {{round 123.555 2}} {{round 123.5555 3 0.2}} {{round \"2.5\" 0}}",
        "6 5 123.56 123.556 3",
    );
    check(
        "{{int \"12.9\"}} {{int \"x\"}} {{int \"0x10\"}} {{int .missing}} {{\"2.5\" | float64 | int | add 10}} {{float64 \"1e3\"}}",
        "12 0 16 0 12 1000",
    );
    check_error(
        "{{div 1 0}}",
        "template: line:1:2: executing \"line\" at <div 1 0>: error calling div: runtime error: integer divide by zero",
    );
    check_error(
        "{{divf 1 0}}",
        "template: line:1:2: executing \"line\" at <divf 1 0>: error calling divf: decimal division by 0",
    );
}

#[test]
fn times_are_read_and_written() {
    check(
        "{{__timestamp__ | date \"2006-01-02 15:04\"}} {{__timestamp__ | unixEpoch}} {{unixEpochMillis __timestamp__}}",
        "2022-06-27 18:05 1656353124 1656353124120",
    );
    check(
        "{{now | date \"2006-01-02T15:04:05Z07:00\"}} {{div (unixEpoch now) (unixEpoch now)}} {{date \"2006\" 0}} {{date \"2006\" \"x\"}}",
        "2026-11-22T19:04:05Z 1 1970 2026",
    );
    check(
        "{{sub (unixEpoch (toDate \"2006-01-02\" \"2021-11-02\")) (unixEpoch (toDate \"2006-01-02\" \"2021-11-01\"))}}",
        "86400",
    );
    check(
        "{{unixEpochNanos (\"2023-03-10T01:32:40.340485723Z\" | toDateInZone \"2006-01-02T15:04:05.999999999Z\" \"UTC\")}}",
        "1678411960340485723",
    );
    check("{{toDateInZone \"2006-01-02 15:04\" \"Asia/Seoul\" \"2026-11-28 22:00\"}}", "2026-11-28 22:00:00 +0900 KST");
    check("{{unixEpoch (toDateInZone \"2006-01-02 15:04\" \"Asia/Seoul\" \"2026-11-28 22:00\")}}", "1795870800");
    check("{{toDate \"2006\" \"x\"}} {{(toDate \"2006\" \"x\").IsZero}}", "0001-01-01 00:00:00 +0000 UTC true");
    check(
        "{{date \"2006-01-02\" (unixToTime \"1679577215\")}} {{unixToTime \"19503\"}}",
        "2023-03-23 2023-05-26 00:00:00 +0000 UTC",
    );
    check(
        "{{(unixToTime \"1257894000123\").UnixMilli}} {{(unixToTime \"1673798889902000\").UnixMicro}}",
        "1257894000123 1673798889902000",
    );
    check_error(
        "{{unixToTime \"12\"}}",
        "template: line:1:2: executing \"line\" at <unixToTime \"12\">: error calling unixToTime: unable to parse time '12': 2 digits, expected 5, 10, 13, 16 or 19",
    );
    check_error(
        "{{unixEpoch .n}}",
        "template: line:1:12: executing \"line\" at <.n>: wrong type for value; expected time.Time; got string",
    );
}

#[test]
fn json_is_a_value() {
    check("{{range $q := (fromJson .json).a}}{{$q.b}} {{end}}", "55 1.5 ");
    check("{{fromJson .json}}", "map[a:[map[b:55] map[b:1.5]] c:<nil>]");
    check("{{fromJson \"no\"}} {{(fromJson .json).x}}", "<no value> <no value>");
}

#[test]
fn what_fails_leaves_the_line_and_says_so() {
    check_error(
        "{{.foo upper \"foo\"}}",
        "template: line:1:2: executing \"line\" at <.foo>: foo is not a method but has arguments",
    );
    check_error(
        "{{.foo | now}}",
        "template: line:1:9: executing \"line\" at <now>: wrong number of args for now: want 0 got 1",
    );
    check_error(
        "{{duration .bar}}",
        "template: line:1:2: executing \"line\" at <duration .bar>: error calling duration: time: invalid duration \"blop\"",
    );
    check_error(
        "{{urldecode \"%zz\"}}",
        "template: line:1:2: executing \"line\" at <urldecode \"%zz\">: error calling urldecode: invalid URL escape \"%zz\"",
    );
    check_error(
        "{{repeat -1 .bar}}",
        "template: line:1:2: executing \"line\" at <repeat -1 .bar>: error calling repeat: strings: negative Repeat count",
    );
    check_error(
        "{{substr 3 1 .bar}}",
        "template: line:1:2: executing \"line\" at <substr 3 1 .bar>: error calling substr: slice bounds out of range [3:1] with length 4",
    );
}

#[test]
fn a_line_costs_no_more_than_its_limits() {
    check_error(
        "{{repeat 1000000000 \"a\"}}",
        "template: line:1:2: executing \"line\" at <repeat 1000000000 \"a\">: error calling repeat: \
         text of 1000000000 bytes is more than the 1048576 that are left",
    );
    let limited = |template: &str, part: &str| {
        let (_, labels) = run(&format!("| line_format `{template}`"));
        let details = labels.get("__error_details__").unwrap_or_default();
        assert!(details.contains(part), "{template}: {details}");
    };
    limited("{{range 1000000000}}{{end}}", "more than 100000 steps");
    limited("{{range 1000}}{{range 1000}}{{range 1000}}{{end}}{{end}}{{end}}", "more than 100000 steps");
    limited("{{range 1000}}{{repeat 100000 \"ab\"}}{{end}}", "more than 1048576 bytes");
    limited("{{range 100000}}0123456789abcdef0123456789abcdef{{end}}", "more than 1048576 bytes of text");
    limited("{{printf \"%1000000d%1000000d\" 1 2}}", "that are left");
    limited("{{indent 100000000 \"a\"}}", "that are left");
    limited("{{alignLeft 100000000 \"a\"}}", "that are left");
    limited("{{Replace (repeat 100000 \"a\") \"a\" (repeat 100 \"b\") -1}}", "that are left");
    limited("{{regexReplaceAll \".\" (repeat 100000 \"a\") (repeat 100 \"b\")}}", "that are left");
    limited("{{regexReplaceAll \".*\" (repeat 200000 \"a\") (repeat 100000 \"$0\")}}", "that are left");
    limited(
        "{{range $i, $x := fromJson (printf \"[%s0]\" (repeat 2000 \"0,\"))}}{{count (printf \"%d\" $i) \"x\"}}{{end}}",
        "more than 100000 steps",
    );
    limited("{{range 100000}}{{if eq (len .) 1}}{{end}}{{end}}", "len of type int");
    limited("{{range 100000}}{{$x := len $}}{{end}}", "more than 100000 steps");
    limited("{{define \"x\"}}{{template \"x\"}}{{end}}{{template \"x\"}}", "exceeded maximum template depth");
    limited("{{$x := repeat 1000 \"a\"}}{{range 2000}}{{$x}}{{end}}", "more than 1048576 bytes");
}

#[test]
fn labels_that_are_repeated_are_bounded() {
    let grown = "a=`{{.bar}}{{.bar}}{{.bar}}{{.bar}}`".replace("bar", "a");
    let doubling = format!("| label_format a=`{{{{repeat 125000 .bar}}}}` | line_format `{}`", "{{.a}}".repeat(3));
    let (line, labels) = run(&doubling);
    assert_eq!(line, "the line");
    assert_eq!(labels.get("__error_details__"), Some("template: more than 1048576 bytes of text"));
    let (_, labels) =
        run(&format!("| label_format a=`{{{{repeat 60000 .bar}}}}`{}", format!(" | label_format {grown}").repeat(9)));
    assert_eq!(labels.get("a").map(str::len), Some(960_000));
    let (_, labels) =
        run(&format!("| label_format a=`{{{{repeat 125000 .bar}}}}`{}", " | label_format a=`{{.a}}`".repeat(9)));
    assert_eq!(labels.get("__error__"), Some("TooManyLabels"));
    assert_eq!(labels.get("a").map(str::len), Some(500_000));
}

#[test]
fn labels_are_set_to_what_templates_give() {
    let check = |formats: &str, expected: &str| {
        let (line, labels) = run(&format!("| label_format {formats}"));
        assert_eq!((line.as_str(), labels.to_string().as_str()), ("the line", expected), "{formats}");
    };
    check("x=`{{.bar}}!`", r#"{x="blop!"}"#);
    check("x=`{{.bar | upper}}`, y=n", r#"{x="BLOP", y="10"}"#);
    check("x=`{{__line__ | len}}`, bar=`{{.bar}}{{.bar}}`", r#"{bar="blopblop", x="8"}"#);
    // Templates see the labels as they were before the first of them.
    check("x=`a`, y=`<{{.x}}>`", r#"{x="a", y="<>"}"#);
    check("x=bar, y=`<{{.x}}{{.bar}}>`", r#"{x="blop", y="<blop>"}"#);
    check("x=`{{.missing}}`", "{}");
    let error = r#"template: label:1:2: executing \"label\" at <div 1 0>: error calling div: runtime error: integer divide by zero"#;
    check(
        "x=`{{div 1 0}}`, y=`z`",
        &format!(r#"{{__error__="TemplateFormatErr", __error_details__="{error}", y="z"}}"#),
    );
}

#[test]
fn mistakes_are_refused_before_the_query_runs() {
    let check = |stage: &str, expected: &str| {
        let error = parse(&format!("{{a=\"b\"}} {stage}")).expect_err("is refused").to_string();
        assert_eq!(error, expected, "{stage}");
    };
    check(
        "| line_format `{{.foo`",
        "parse error : stage '| line_format \"{{.foo\"' : invalid line template: template: line:1: unclosed action",
    );
    check(
        "| line_format `{{unknown .foo}}`",
        "parse error : stage '| line_format \"{{unknown .foo}}\"' : invalid line template: template: line:1: function \"unknown\" not defined",
    );
    check(
        "| label_format x=`{{end}}`",
        "parse error : stage '| label_format x=\"{{end}}\"' : invalid template for label 'x': template: label:1: unexpected {{end}}",
    );
}
