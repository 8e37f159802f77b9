//! What expressions select, what that means for their rule, and why nothing is selected.

use super::*;
use language::promql::{ParseOptions, parse};
use model::labels::Labels;

/// The selectors with how far each looks back; `?` behind one that may be absent.
fn check_watched(text: &str, expected: &[&str]) {
    let watching = promql::watched(&parse(text, &ParseOptions::default()).expect(text));
    let shown = |watched: &Watched| {
        let mark = if watched.may_be_absent { "?" } else { "" };
        format!("{watched}{mark} {}", model::duration::format(watched.reach))
    };
    assert_eq!(watching.selectors.iter().map(shown).collect::<Vec<_>>(), expected, "{text}");
}

#[test]
fn every_selector_of_an_expression_is_found() {
    check_watched("up", &["up 5m"]);
    check_watched("{job=\"x\"}", &["{job=\"x\"} 5m"]);
    check_watched("up{a!~\"b|c\", d=\"\"}", &["up{a!~\"b|c\",d=\"\"} 5m"]);
    check_watched("rate(x[10m] offset 1h) / rate(x[1m])", &["x 1h10m"]);
    check_watched("max_over_time(rate(x[5m])[1h:] offset 10m)", &["x 1h15m"]);
    check_watched("absent(a) or absent_over_time(b[1m]) or c", &["a? 5m", "b? 1m", "c 5m"]);
    check_watched("a unless (b and c)", &["a 5m", "b? 5m", "c? 5m"]);
    check_watched("topk(scalar(n), x) + on () group_left (y) vector(1)", &["n 5m", "x 5m"]);
    check_watched("1 + 2", &[]);
}

#[test]
fn a_rule_is_blind_when_what_it_needs_is_not_there() {
    let check = |text: &str, there: &[&str], blind: bool| {
        let watching = promql::watched(&parse(text, &ParseOptions::default()).expect(text));
        let look = |watched: &Watched| Looked {
            series: u64::from(there.contains(&watched.metric().unwrap_or_default())),
            missing: None,
        };
        let looked: Vec<Looked> = watching.selectors.iter().map(look).collect();
        assert_eq!(watching.is_blind(&looked), blind, "{text} {there:?}");
    };
    check("a", &[], true);
    check("a", &["a"], false);
    check("a and b", &["a"], true);
    check("a or b", &["a"], false);
    check("a or b", &[], true);
    check("(a or b) and c", &["b"], true);
    check("a unless b", &["a"], false);
    check("a unless b", &["b"], true);
    check("absent(a)", &[], false);
    check("a or vector(0)", &[], false);
    check("a > bool scalar(b)", &["a"], false);
    check("sum(a) / sum(b) > 0.5", &["b"], true);
    check("vector(1)", &[], false);
}

/// Series as selectors of equality.
struct Given(Vec<Labels>);

impl Given {
    fn new(series: &[&str]) -> Self {
        let labels = |text: &&str| {
            let matchers = language::promql::parse_selector(text).expect(text);
            Labels::from_pairs(matchers.iter().map(|matcher| (matcher.name(), matcher.value())))
        };
        Self(series.iter().map(labels).collect())
    }

    fn matching<'a>(&'a self, matchers: &'a [Matcher]) -> impl Iterator<Item = &'a Labels> {
        self.0.iter().filter(move |labels| matchers.iter().all(|matcher| matcher.matches_labels(labels)))
    }
}

impl Index for Given {
    fn count(&self, matchers: &[Matcher]) -> Result<u64, String> {
        Ok(self.matching(matchers).count() as u64)
    }

    fn names(&self, matchers: &[Matcher]) -> Result<Vec<String>, String> {
        let names = self.matching(matchers).flat_map(|labels| labels.iter().map(|(name, _)| name.to_owned()));
        Ok(names.collect::<std::collections::BTreeSet<_>>().into_iter().collect())
    }

    fn values(&self, name: &str, matchers: &[Matcher]) -> Result<Vec<String>, String> {
        let values = self.matching(matchers).filter_map(|labels| labels.get(name).map(str::to_owned));
        Ok(values.collect::<std::collections::BTreeSet<_>>().into_iter().collect())
    }

    fn noun(&self) -> &'static str {
        "series"
    }
}

#[test]
fn what_is_missing_is_told() {
    let given = Given::new(&[
        r#"nginx_http_requests_total{instance="web-0",job="nginx"}"#,
        r#"http{status="200",pod="a"}"#,
        r#"http{status="201",pod="a"}"#,
        r#"http{status="204",pod="a"}"#,
        r#"http{status="301",pod="b"}"#,
        r#"http{status="304",pod="b"}"#,
        r#"http{status="404",pod="b"}"#,
        r#"bare"#,
        r#"tri{a="1",b="1",c="2"}"#,
        r#"tri{a="1",b="2",c="1"}"#,
        r#"tri{a="2",b="1",c="1"}"#,
    ]);
    let check = |selector: &str, part: Part, name: &str, value: &str, text: &str| {
        let matchers = language::promql::parse_selector(selector).expect(selector);
        let missing = explain(&matchers, &given).expect("it answers");
        let (name, value, text) = (name.to_owned(), value.to_owned(), text.to_owned());
        assert_eq!(missing, Some(Missing { part, name, value, text }), "{selector}");
    };
    check("nginx_up", Part::Metric, "nginx_up", "", "no series has the metric name nginx_up");
    check(
        r#"nginx_http_requests_total{status=~"5.."}"#,
        Part::Label,
        "status",
        "",
        "no series of nginx_http_requests_total has the label status; it has instance, job",
    );
    check(r#"bare{a="b"}"#, Part::Label, "a", "", "no series of bare has the label a; there are no labels");
    check(
        r#"http{status=~"5..",pod="x"}"#,
        Part::Value,
        "status",
        "5..",
        "no series of http has status=~\"5..\"; there are 200, 201, 204, 301, 304 and 1 more",
    );
    check(
        r#"nginx_http_requests_total{job="web"}"#,
        Part::Value,
        "job",
        "web",
        "no series of nginx_http_requests_total has job=\"web\"; its only value is nginx",
    );
    check(
        r#"http{pod="a",status="404"}"#,
        Part::Value,
        "status",
        "404",
        "no series of http has status=\"404\" together with pod=\"a\"; each alone exists",
    );
    check(
        r#"tri{a="1",b="1",c="1"}"#,
        Part::Value,
        "c",
        "1",
        "no series of tri has c=\"1\" together with a=\"1\" and b=\"1\"; each alone exists",
    );
    check(r#"{job="web"}"#, Part::Value, "job", "web", "no series has job=\"web\"; its only value is nginx");
    let matchers = language::promql::parse_selector("http").expect("a selector");
    assert_eq!(explain(&matchers, &given), Ok(None));
}
