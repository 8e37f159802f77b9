//! Times inside and outside, also in zones with summer time.

use super::*;
use settings::Source;
use settings::report::{Key, Report};

/// The one interval that the YAML defines.
fn interval(yaml: &str) -> Interval {
    let text = format!("time_intervals: [{{name: x, time_intervals: [{yaml}]}}]");
    let raw = serde_saphyr::from_str(&text).expect("reads");
    let mut report = Report::new(String::new());
    let alerting = crate::config::alerting::read(Some(raw), &Key::root("alerting"), &Source::default(), &mut report);
    report.finish(alerting).expect("right").time_intervals.remove(0).time_intervals.remove(0)
}

#[test]
fn times_are_inside_or_not() {
    let check = |yaml: &str, at: &str, expected: bool| {
        let millis = model::rfc3339::parse(at).expect("a time").millis();
        assert_eq!(contains(&interval(yaml), millis), expected, "{yaml} at {at}");
    };
    check("{}", "2026-11-28T10:00:00Z", true);
    check("{times: [{start_time: '09:00', end_time: '17:00'}]}", "2026-11-28T09:00:00Z", true);
    check("{times: [{start_time: '09:00', end_time: '17:00'}]}", "2026-11-28T16:59:59.999Z", true);
    check("{times: [{start_time: '09:00', end_time: '17:00'}]}", "2026-11-28T17:00:00Z", false);
    check("{times: [{start_time: '00:00', end_time: '24:00'}]}", "2026-11-28T23:59:59Z", true);
    check("{weekdays: ['monday:friday']}", "2026-11-27T00:00:00Z", true);
    check("{weekdays: ['monday:friday']}", "2026-11-28T00:00:00Z", false);
    check("{weekdays: [Saturday, sunday]}", "2026-11-29T12:00:00Z", true);
    check("{months: ['january:march', december]}", "2026-12-01T00:00:00Z", true);
    check("{months: ['1:3']}", "2026-04-01T00:00:00Z", false);
    check("{years: ['2026:2027']}", "2027-12-31T23:59:59Z", true);
    check("{years: ['2026']}", "2027-01-01T00:00:00Z", false);
    check("{days_of_month: ['1:5', '-3:-1']}", "2026-11-05T00:00:00Z", true);
    check("{days_of_month: ['1:5', '-3:-1']}", "2026-11-27T23:59:59Z", false);
    check("{days_of_month: ['1:5', '-3:-1']}", "2026-11-28T00:00:00Z", true);
    check("{days_of_month: ['31']}", "2026-11-30T00:00:00Z", false);
    check("{days_of_month: ['-1']}", "2024-02-29T00:00:00Z", true);
    check("{days_of_month: ['-31:-1']}", "2026-02-01T00:00:00Z", true);
}

#[test]
fn zones_and_their_summer_time_count() {
    let check = |zone: &str, at: &str, expected: bool| {
        let yaml = format!("{{times: [{{start_time: '02:00', end_time: '03:00'}}], location: {zone}}}");
        let millis = model::rfc3339::parse(at).expect("a time").millis();
        assert_eq!(contains(&interval(&yaml), millis), expected, "{zone} at {at}");
    };
    check("Asia/Seoul", "2026-11-27T17:30:00Z", true);
    check("Asia/Seoul", "2026-11-27T18:00:00Z", false);
    check("Europe/Berlin", "2026-01-15T01:30:00Z", true);
    check("Europe/Berlin", "2026-07-15T01:30:00Z", false);
    check("Europe/Berlin", "2026-07-15T00:30:00Z", true);
    // The hour that does not exist in spring, and the one that is there twice in autumn.
    check("Europe/Berlin", "2026-03-29T01:00:00Z", false);
    check("Europe/Berlin", "2026-10-25T00:30:00Z", true);
    check("Europe/Berlin", "2026-10-25T01:30:00Z", true);
}

#[test]
fn names_are_looked_up() {
    let named = NamedInterval { name: "always".to_owned(), time_intervals: vec![Interval::default()] };
    let never = NamedInterval { name: "never".to_owned(), time_intervals: vec![interval("{years: ['1970']}")] };
    let intervals = Intervals::new(&[named, never]);
    let names = ["never", "always", "unknown"].map(str::to_owned);
    assert_eq!(intervals.holding(&names, Millis(1_800_000_000_000)), ["always"]);
}
