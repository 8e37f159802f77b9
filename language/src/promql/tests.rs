//! What the parser reads, refuses and prints.

use super::{Features, ParseOptions, parse, print};

const ALL: ParseOptions = ParseOptions { features: Features::ALL };

#[test]
fn expressions_print_canonically() {
    let check = |text: &str, expected: &str| {
        let expr = parse(text, &ALL).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(print(&expr), expected, "{text}");
        let again = parse(expected, &ALL).unwrap_or_else(|error| panic!("{expected}: {error}"));
        assert_eq!(print(&again), expected, "{text} again");
    };
    check("1", "1");
    check("-2^2", "-2 ^ 2");
    check("5m", "5m");
    check(
        "sum(rate(http_requests_total{code=~\"5..\"}[5m])) by (job)",
        "sum by (job) (rate(http_requests_total{code=~\"5..\"}[5m]))",
    );
    check("a + on(x) group_left(y) b", "a + on (x) group_left (y) b");
    check("foo[300] offset -5m @ start()", "foo[5m] @ start() offset -5m");
    check("{\"my.metric\",\"a.b\"='x'}", "{\"a.b\"=\"x\",__name__=\"my.metric\"}");
    check("foo[5m*2:step()] offset (1h - step())", "foo[5m * 2:step()] offset (1h - step())");
}
