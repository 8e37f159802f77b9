//! Parameters as Loki reads them.

use super::*;

const NOW: Nanos = Nanos(1_700_000_000_000_000_000);

fn given(url: &str) -> Given {
    Given { parameters: Parameters::parse(b"", url).expect("parses"), now: NOW }
}

#[test]
fn times_read_as_loki_reads_them() {
    let check = |text: &str, expected: Result<i64, &str>| {
        let time = given(&format!("time={text}")).time();
        assert_eq!(time.map_err(|failure| failure.text), expected.map(Nanos).map_err(str::to_owned), "{text}");
    };
    check("", Ok(NOW.0));
    check("0", Ok(0));
    check("4000000000", Ok(4_000_000_000 * SECOND));
    check("40000000000", Ok(40_000_000_000));
    check("1700000000123456789", Ok(1_700_000_000_123_456_789));
    check("1700000000.5", Ok(1_700_000_000_500_000_000));
    check("1700000000.1239", Ok(1_700_000_000_124_000_000));
    check("-1.5", Ok(-1_500_000_000));
    check("-5", Ok(-5 * SECOND));
    check("9999999999", Ok(i64::MAX));
    check("2023-11-14T22:13:20.5Z", Ok(1_700_000_000_500_000_000));
    check("2023-11-14T23:13:20%2B01:00", Ok(NOW.0));
    check("abc", Err(r#"strconv.ParseInt: parsing "abc": invalid syntax"#));
    check("1e9", Err(r#"strconv.ParseInt: parsing "1e9": invalid syntax"#));
    check("99999999999999999999", Err(r#"strconv.ParseInt: parsing "99999999999999999999": value out of range"#));
    check("now", Err(r#"strconv.ParseInt: parsing "now": invalid syntax"#));
}

#[test]
fn ranges_have_defaults() {
    let check = |url: &str, expected: Result<(i64, i64), &str>| {
        let range = given(url).range().map(|range| (range.start.0, range.end.0)).map_err(|failure| failure.text);
        assert_eq!(range, expected.map_err(str::to_owned), "{url}");
    };
    let now = NOW.0;
    check("", Ok((now - 3_600 * SECOND, now)));
    check("since=5m", Ok((now - 300 * SECOND, now)));
    check("end=1600000000", Ok((1_600_000_000 * SECOND - 3_600 * SECOND, 1_600_000_000 * SECOND)));
    check("end=1800000000", Ok((now - 3_600 * SECOND, 1_800_000_000 * SECOND)));
    check("start=1&end=2&since=1h", Ok((SECOND, 2 * SECOND)));
    check("start=2&end=2", Ok((2 * SECOND, 2 * SECOND)));
    check("start=3&end=2", Err("end timestamp must not be before or equal to start time"));
    check("start=x", Err(r#"could not parse 'start' parameter: strconv.ParseInt: parsing "x": invalid syntax"#));
    check("end=x", Err(r#"could not parse 'end' parameter: strconv.ParseInt: parsing "x": invalid syntax"#));
    check("since=x", Err(r#"could not parse 'since' parameter: not a valid duration string: "x""#));
}

#[test]
fn steps_have_a_default_and_a_bound() {
    let check = |url: &str, expected: Result<u64, &str>| {
        let given = given(url);
        let step = given.range().and_then(|range| given.step(range));
        let step = step.map(|step| step.as_nanos()).map_err(|failure| failure.text);
        assert_eq!(step, expected.map(u128::from).map_err(str::to_owned), "{url}");
    };
    check("", Ok(14_000_000_000));
    check("start=0&end=100", Ok(1_000_000_000));
    check("step=15", Ok(15_000_000_000));
    check("step=0.5", Ok(500_000_000));
    check("step=15000ms", Ok(15_000_000_000));
    check("step=1m0s", Ok(60_000_000_000));
    let zero = "zero or negative query resolution step widths are not accepted. Try a positive integer";
    check("step=0", Err(zero));
    check("step=-1", Err(zero));
    check("step=x", Err(r#"cannot parse "x" to a valid duration"#));
    check("step=1e300", Err(r#"cannot parse "1e300" to a valid duration. It overflows int64"#));
    check("start=0&end=11000&step=1", Ok(1_000_000_000));
    let long =
        "exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter";
    check("start=0&end=11001&step=1", Err(long));
    check("start=-9000000000.0&end=9999999999&step=1", Err(long));
}

#[test]
fn the_rest_is_checked() {
    let text = |failure: Failure| failure.text;
    assert_eq!(given("").direction(), Ok(Direction::Backward));
    assert_eq!(given("direction=FORWARD").direction(), Ok(Direction::Forward));
    assert_eq!(given("direction=up").direction().map_err(text), Err("invalid direction 'up'".to_owned()));
    assert_eq!(given("").lines(), Ok(100));
    assert_eq!(given("limit=7").lines(), Ok(7));
    for wrong in ["0", "-1"] {
        let refused = given(&format!("limit={wrong}")).lines().map_err(text);
        assert_eq!(refused, Err("limit must be a positive value".to_owned()), "{wrong}");
    }
    let refused = given("limit=x").lines().map_err(text);
    assert_eq!(refused, Err(r#"strconv.Atoi: parsing "x": invalid syntax"#.to_owned()));
    assert_eq!(given("interval=5s").interval(), Ok(Duration::from_secs(5)));
    assert_eq!(given("interval=-5").interval().map_err(text), Err("interval must be >= 0".to_owned()));
}
