//! What the parsers accept, what they refuse, and where they say the fault lies.

use super::*;
use model::labels::Labels;

/// Everything a page yields, one line of text each, so that a table can show it.
fn read(page: &[u8], format: Format, mode: Mode) -> Result<Vec<String>, String> {
    let mut parser = Parser::new(page, format, mode);
    let mut told = Vec::new();
    while let Some(entry) = parser.next() {
        match entry.map_err(|error| error.to_string())? {
            Entry::Type(family, kind) => told.push(format!("type {family} {}", kind.as_str())),
            Entry::Help(family, help) => told.push(format!("help {family} {help}")),
            Entry::Unit(family, unit) => told.push(format!("unit {family} {unit}")),
            Entry::Sample(sample) => match series::labels(sample.series, sample.kind) {
                Ok(labels) => told.push(tell(&sample, &labels)),
                Err(why) => parser.refuse(&sample, &why).map_err(|error| error.to_string())?,
            },
        }
    }
    if parser.skipped() > 0 {
        told.push(format!("skipped {}", parser.skipped()));
    }
    Ok(told)
}

fn tell(sample: &Sample<'_>, labels: &Labels) -> String {
    let mut line = format!("{labels} {}", model::number::format_decimal(sample.value));
    if let Some(at) = sample.timestamp {
        line.push_str(&format!(" at {}", at.0));
    }
    if let Some(exemplar) = &sample.exemplar {
        line.push_str(&format!(" exemplar {} {}", exemplar.labels().expect("fits"), exemplar.value));
        if let Some(at) = exemplar.timestamp {
            line.push_str(&format!(" at {}", at.0));
        }
    }
    line
}

fn text(page: &str) -> Result<Vec<String>, String> {
    read(page.as_bytes(), Format::Text, Mode::Strict)
}

fn open(page: &str) -> Result<Vec<String>, String> {
    read(format!("{page}# EOF\n").as_bytes(), Format::OpenMetrics, Mode::Strict)
}

fn check(told: Result<Vec<String>, String>, expected: &[&str]) {
    assert_eq!(told, Ok(expected.iter().map(|line| (*line).to_owned()).collect()));
}

fn check_error(told: Result<Vec<String>, String>, expected: &str) {
    assert_eq!(told, Err(expected.to_owned()));
}

#[test]
fn text_samples() {
    let check = |line: &str, expected: &str| check(text(line), &[expected]);
    check("foo 1", r#"{__name__="foo"} 1"#);
    check("foo 1\n", r#"{__name__="foo"} 1"#);
    check("  foo\t 1  \n", r#"{__name__="foo"} 1"#);
    check("job:foo:rate5m 0.5", r#"{__name__="job:foo:rate5m"} 0.5"#);
    check("foo{} 1", r#"{__name__="foo"} 1"#);
    check("foo {a=\"1\"} 1", r#"{__name__="foo", a="1"} 1"#);
    check("foo{a=\"1\"}1", r#"{__name__="foo", a="1"} 1"#);
    check("foo{uri=\"/posts/{id}\"} 1", r#"{__name__="foo", uri="/posts/{id}"} 1"#);
    check("foo{a=\"x,y\",b=\"p=q\"} 1", r#"{__name__="foo", a="x,y", b="p=q"} 1"#);
    check("foo{ b = \"2\" , a = \"1\" , } 1", r#"{__name__="foo", a="1", b="2"} 1"#);
    check("foo{a=\"1\" b=\"2\"} 1", r#"{__name__="foo", a="1", b="2"} 1"#);
    check(r#"foo{a="q\"b\\n\n"} 1"#, r#"{__name__="foo", a="q\"b\\n\n"} 1"#);
    check(r#"foo{a="C:\\",b="\d"} 1"#, r#"{__name__="foo", a="C:\\", b="\\d"} 1"#);
    check("foo{a=\"\",b=\"2\"} 1", r#"{__name__="foo", b="2"} 1"#);
    check("foo{a=\"한글\"} 1", r#"{__name__="foo", a="한글"} 1"#);
    check(r#"{"my.metric","a.b"="x"} 1"#, r#"{__name__="my.metric", "a.b"="x"} 1"#);
    check(r#"{a="1","my metric"} 1"#, r#"{__name__="my metric", a="1"} 1"#);
    check(r#"foo{"a \"b"="1"} 1"#, r#"{__name__="foo", "a \"b"="1"} 1"#);
    check("foo +Inf", r#"{__name__="foo"} +Inf"#);
    check("foo -Inf", r#"{__name__="foo"} -Inf"#);
    check("foo NaN", r#"{__name__="foo"} NaN"#);
    check("foo 1.5e3 1700000000123", r#"{__name__="foo"} 1500 at 1700000000123"#);
}

#[test]
fn text_comments_and_metadata() {
    check(text(""), &[]);
    check(text("\n\n  \n# a comment\n#HELP foo x\n#\n# HELPfoo\n# HELP\n"), &[]);
    check(text("# HELP foo some \\n help \\\\ \\\" text \n"), &["help foo some \n help \\ \\\" text "]);
    check(text("# HELP foo\n# HELP bar \n"), &["help foo ", "help bar "]);
    check(text("#  TYPE \t foo  untyped\n# TYPE \"a b\" gauge\n"), &["type foo unknown", "type a b gauge"]);
    let page = "# TYPE h histogram\nh_bucket{le=\"1\"} 3\n# TYPE s summary\ns{quantile=\"1\",le=\"1\"} 3\n";
    check(
        text(page),
        &[
            "type h histogram",
            r#"{__name__="h_bucket", le="1.0"} 3"#,
            "type s summary",
            r#"{__name__="s", le="1", quantile="1.0"} 3"#,
        ],
    );
}

#[test]
fn text_errors_name_the_place() {
    let check = |page: &str, expected: &str| check_error(text(page), expected);
    check("a 1\nfoo", "line 2, column 4: expected a value, got the end of the line");
    check("foo bar", "line 1, column 5: expected a value, got `bar`");
    check("foo 1 x", "line 1, column 7: expected a timestamp in milliseconds or the end of the line, got `x`");
    check("foo 1 1.5", "line 1, column 7: expected a timestamp in milliseconds or the end of the line, got `1.5`");
    check("foo 1 2 3", "line 1, column 9: expected the end of the line after the timestamp, got `3`");
    check("1foo 1", "line 1, column 1: expected a metric name, got `1foo`");
    check("한글 1", "line 1, column 1: expected a metric name, got `한글`");
    check("foo-bar 1", "line 1, column 4: expected `{` or a blank after the metric name, got `-bar`");
    check("foo{한=\"1\"} 1", "line 1, column 5: expected a label name or `}`, got `한=\"1\"}`");
    check("foo{a=\"한글\",b} 1", "line 1, column 13: expected `=` after the label name, got `}`");
    check("foo{a=1} 1", "line 1, column 7: expected a quoted label value, got `1}`");
    check("foo{a=\"1} 1\nb 2", "line 1, column 7: a quoted label value is not closed on its line");
    check("foo{a=\"1\\", "line 1, column 7: a quoted label value is not closed on its line");
    check("foo{a=\"1\"", "line 1, column 10: expected a label name or `}`, got the end of the line");
    check("foo{,} 1", "line 1, column 5: expected a label name or `}`, got `,`");
    check("{a=\"1\"} 1", "line 1, column 1: metric name is missing before or between the braces");
    check("foo{\"bar\"} 1", "line 1, column 5: expected a label, for the metric name is told already, got `\"`");
    check("{\"\"} 1", "line 1, column 1: metric name is empty");
    check("foo{\"\"=\"a\"} 1", "line 1, column 1: label name is empty");
    check("a 1\nfoo{a=\"1\",a=\"2\"} 1", "line 2, column 1: label name \"a\" is not unique");
    check("foo{__name__=\"bar\"} 1", "line 1, column 1: label name \"__name__\" is not unique");
    check("foo 1\r\n", "line 1, column 5: expected a value, got `1\\r` (lines must end in a line feed alone)");
    check("# TYPE foo wrong\n", "line 1, column 12: expected a metric type, got `wrong`");
    check("# TYPE foo\n", "line 1, column 11: expected a metric type, got the end of the line");
    check("# TYPE 1 gauge\n", "line 1, column 8: expected a metric name, got `1`");
    check("<!DOCTYPE html>\n<html>", "line 1, column 1: expected a metric name, got `<`; this looks like an HTML page");
}

#[test]
fn bytes_that_are_not_utf8_name_their_place() {
    let page = b"a 1\nfoo{a=\"\xed\x95\x9c\xff\"} 1\nb 2\n# \xfe\nc 3\n";
    check_error(read(page, Format::Text, Mode::Strict), "line 2, column 9: expected UTF-8 text, got byte 0xff");
    check(
        read(page, Format::Text, Mode::Lenient),
        &[r#"{__name__="a"} 1"#, r#"{__name__="b"} 2"#, r#"{__name__="c"} 3"#, "skipped 2"],
    );
}

#[test]
fn lenient_pages_lose_only_their_bad_lines() {
    let page = "a 1\nbroken\nb{x=\"1\",x=\"2\"} 2\nc 3\nd{ 4\n";
    let mut parser = Parser::new(page.as_bytes(), Format::Text, Mode::Lenient);
    assert_eq!(parser.by_ref().filter_map(Result::ok).count(), 3);
    assert_eq!(parser.skipped(), 2);
    let first = parser.first_skipped().map(ToString::to_string);
    assert_eq!(first.as_deref(), Some("line 2, column 7: expected a value, got the end of the line"));
    let told = read(page.as_bytes(), Format::Text, Mode::Lenient);
    check(told, &[r#"{__name__="a"} 1"#, r#"{__name__="c"} 3"#, "skipped 3"]);
}

#[test]
fn openmetrics_samples() {
    let check = |line: &str, expected: &str| check(open(&format!("{line}\n")), &[expected]);
    check("foo_total 1", r#"{__name__="foo_total"} 1"#);
    check("foo_created 1520872607.123", r#"{__name__="foo_created"} 1520872607.123"#);
    check("foo 1 1520879607.789", r#"{__name__="foo"} 1 at 1520879607789"#);
    check("foo{a=\"}\",} 1 -1.5", r#"{__name__="foo", a="}"} 1 at -1500"#);
    check(r#"{"my.metric","a.b"="x"} 1"#, r#"{__name__="my.metric", "a.b"="x"} 1"#);
    check(
        r#"h_bucket{le="1"} 17 # {trace_id="KOO",span="{x}"} 0.67 1520879607.789"#,
        r#"{__name__="h_bucket", le="1"} 17 exemplar {span="{x}", trace_id="KOO"} 0.67 at 1520879607789"#,
    );
    check("foo_total 17 1.5 # {} 1", r#"{__name__="foo_total"} 17 at 1500 exemplar {} 1"#);
}

#[test]
fn openmetrics_metadata() {
    let page = "# TYPE foo_seconds counter\n# UNIT foo_seconds seconds\n# HELP foo_seconds a \\\"b\\\" \\n\n\
                # TYPE i info\n# TYPE g gaugehistogram\n# UNIT i \n# TYPE \"a b\" stateset\n# TYPE u unknown\n";
    let told = [
        "type foo_seconds counter",
        "unit foo_seconds seconds",
        "help foo_seconds a \"b\" \n",
        "type i info",
        "type g gaugehistogram",
        "unit i ",
        "type a b stateset",
        "type u unknown",
    ];
    check(open(page), &told);
}

#[test]
fn openmetrics_errors_name_the_place() {
    let check = |line: &str, expected: &str| check_error(open(&format!("{line}\n")), expected);
    check("", "line 1, column 1: expected a metric name, got the end of the line");
    check(" foo 1", "line 1, column 1: expected a metric name, got ` `");
    check("# comment", "line 1, column 1: expected `# HELP`, `# TYPE`, `# UNIT` or `# EOF`, got `#`");
    check("foo{a=\"1\", b=\"2\"} 1", "line 1, column 11: expected a label name or `}`, got ` `");
    check("foo{a=\"1\"b=\"2\"} 1", "line 1, column 10: expected `,` or `}` after the label value, got `b=\"2\"}`");
    check("foo  1", "line 1, column 5: expected a value, got ` `");
    check("foo\t1", "line 1, column 4: expected one space and a number, got `\\t`");
    check(
        "foo 1 ",
        "line 1, column 7: expected a timestamp in seconds, an exemplar or the end, got the end of the line",
    );
    check("foo 1 NaN", "line 1, column 7: expected a timestamp in seconds, an exemplar or the end, got `NaN`");
    check("foo 1 # {\"a\"} 1", "line 1, column 10: expected a label with a value, got `\"`");
    check("foo 1 # {a=\"1\"}", "line 1, column 16: expected one space and a number, got the end of the line");
    check("foo 1 # {a=\"1\"} x", "line 1, column 17: expected the exemplar's value, got `x`");
    check("# TYPE foo untyped", "line 1, column 12: expected a metric type, got `untyped`");
    check("# UNIT foo seconds", "line 1, column 12: unit \"seconds\" is not the last word of metric \"foo\"");
    check("# HELP foo", "line 1, column 11: expected one space after the metric name, got the end of the line");
}

#[test]
fn openmetrics_pages_end_in_eof() {
    let check_page = |page: &str, expected: Result<&[&str], &str>| {
        for mode in [Mode::Strict, Mode::Lenient] {
            match expected {
                Ok(told) => check(read(page.as_bytes(), Format::OpenMetrics, mode), told),
                Err(error) => check_error(read(page.as_bytes(), Format::OpenMetrics, mode), error),
            }
        }
    };
    check_page("# EOF\n", Ok(&[]));
    check_page("a 1\n# EOF", Ok(&[r#"{__name__="a"} 1"#]));
    check_page("", Err("line 1, column 1: page ends without `# EOF`, so it may be cut off"));
    check_page("a 1\n", Err("line 2, column 1: page ends without `# EOF`, so it may be cut off"));
    check_page("# EOF\na 1\n", Err("line 2, column 1: expected nothing after `# EOF`, got more data"));
    check_page("# EOF\n\n", Err("line 2, column 1: expected nothing after `# EOF`, got more data"));
}

#[test]
fn bounds_hold() {
    let long = format!("foo{{a=\"{}\"}} 1\n", "x".repeat(EXPOSITION_LINE_BYTES_MAX));
    let error = text(&long).expect_err("the line is too long");
    assert!(error.contains("at most 1048576 allowed"), "{error}");
    let labels: Vec<String> = (0..=crate::limits::EXPOSITION_LABELS_MAX).map(|n| format!("l{n}=\"1\"")).collect();
    check_error(
        text(&format!("foo{{{}}} 1\n", labels.join(","))),
        "line 1, column 1: series has more than 1024 labels",
    );
    let line = format!("foo 1 # {{a=\"{}\"}} 1\n# EOF\n", "x".repeat(128));
    let mut parser = Parser::new(line.as_bytes(), Format::OpenMetrics, Mode::Strict);
    let Some(Ok(Entry::Sample(sample))) = parser.next() else { panic!("the sample stays") };
    let exemplar = sample.exemplar.expect("an exemplar").labels();
    assert_eq!(exemplar, Err(SeriesError::ExemplarTooLong(129)));
}

/// A page with every construct, to mutate.
const SEED: &str = "# HELP a.b x\n# TYPE h histogram\nh_bucket{le=\"1\",uri=\"/p/{id}\"} 3 1.5 # {t=\"\\\"é\"} 1 2\n\
                    {\"my.m\",\"a.b\"=\"한\\n\"} NaN\n# UNIT h_seconds seconds\nfoo_total{a=\"b\",} -1e-3\n# EOF\n";

proptest::proptest! {
    #[test]
    fn no_page_makes_it_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
        survive(&bytes)?;
    }

    #[test]
    fn no_mutation_makes_it_panic(
        edits in proptest::collection::vec((0..SEED.len(), proptest::sample::select(b"\"\\{}=,# \n\t\r<a1.\xff\xed\x95".to_vec())), 1..12),
    ) {
        let mut page = SEED.as_bytes().to_vec();
        for (at, byte) in edits {
            page[at] = byte;
        }
        survive(&page)?;
    }
}

/// Every sample of a page that parses reads into labels, or fails for a reason that the grammar does not see.
fn survive(page: &[u8]) -> Result<(), proptest::test_runner::TestCaseError> {
    for format in [Format::Text, Format::OpenMetrics] {
        for mode in [Mode::Strict, Mode::Lenient] {
            for entry in Parser::new(page, format, mode) {
                if let Ok(Entry::Sample(sample)) = entry {
                    let labels = series::labels(sample.series, sample.kind);
                    proptest::prop_assert!(!matches!(labels, Err(SeriesError::Syntax(_))), "{:?}: {labels:?}", sample);
                    let _ = sample.exemplar.map(|exemplar| exemplar.labels());
                }
            }
        }
    }
    Ok(())
}
