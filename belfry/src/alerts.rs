//! `belfry alerts`: what is pending and firing in a running daemon, and whether anybody is kept from hearing of it.
#![expect(clippy::print_stdout, reason = "the answer of `belfry alerts`")]

use crate::cli::Output;
use crate::exit::Exit;
use crate::{ask, table};
use serde_json::{Value, json};

/// Alerts that are held for telling, by rules or by others, and those of our rules that are still pending.
const HELD: &str = "/api/v2/alerts";
const OF_RULES: [&str; 2] = ["/api/v1/alerts", "/prometheus/api/v1/alerts"];

/// Asks and prints.
pub(crate) fn run(url: &str, output: Output) -> Result<(), Exit> {
    let mut rows =
        ask::json(url, HELD)?.as_array().map(|held| held.iter().map(of_held).collect()).unwrap_or_else(Vec::new);
    for path in OF_RULES {
        let answer = ask::json(url, path)?;
        let alerts = answer.pointer("/data/alerts").and_then(Value::as_array);
        let pending = alerts.into_iter().flatten().filter(|alert| text(alert, "/state") == "pending");
        rows.extend(pending.map(of_rule));
    }
    match output {
        Output::Json => println!("{}", Value::from(rows)),
        Output::Table if rows.is_empty() => println!("nothing is pending or firing"),
        Output::Table => {
            let rows: Vec<_> = rows.iter().map(row).collect();
            table::lines(["STATE", "ALERT", "SINCE", "LABELS", "SUMMARY"], &rows)
                .iter()
                .for_each(|line| println!("{line}"));
        }
    }
    Ok(())
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// An alert of `/api/v2/alerts`: suppressed ones say by what.
fn of_held(alert: &Value) -> Value {
    let by = |list: &str| alert.pointer(list).and_then(Value::as_array).is_some_and(|by| !by.is_empty());
    let state = match () {
        () if by("/status/silencedBy") => "silenced",
        () if by("/status/inhibitedBy") => "inhibited",
        () if by("/status/mutedBy") => "muted",
        () => "firing",
    };
    json!({"state": state, "since": alert.get("startsAt"), "labels": alert.get("labels"), "annotations": alert.get("annotations")})
}

fn of_rule(alert: &Value) -> Value {
    json!({"state": "pending", "since": alert.get("activeAt"), "labels": alert.get("labels"), "annotations": alert.get("annotations")})
}

fn row(alert: &Value) -> [String; 5] {
    let labels = alert.get("labels").and_then(Value::as_object).into_iter().flatten();
    let labels = labels.filter(|(name, _)| *name != "alertname");
    let labels: Vec<_> = labels.map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default())).collect();
    let summary = [text(alert, "/annotations/summary"), text(alert, "/annotations/description")];
    let summary = summary.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
    [
        text(alert, "/state"),
        text(alert, "/labels/alertname"),
        seconds(text(alert, "/since")),
        &labels.join(" "),
        summary,
    ]
    .map(str::to_owned)
}

/// A time without its fraction.
fn seconds(time: &str) -> &str {
    time.split_once('.').map_or(time, |(whole, _)| whole).trim_end_matches('Z')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_say_what_and_whether_it_is_told() {
        let held = json!({"labels": {"alertname": "PodDown", "pod": "was-0"}, "annotations": {"summary": "down"},
            "startsAt": "2026-11-28T10:00:00.250Z", "status": {"silencedBy": ["x"], "inhibitedBy": [], "mutedBy": []}});
        assert_eq!(row(&of_held(&held)), ["silenced", "PodDown", "2026-11-28T10:00:00", "pod=was-0", "down"]);
        let pending = json!({"labels": {"alertname": "Slow"}, "annotations": {}, "activeAt": "2026-11-28T10:00:00Z"});
        assert_eq!(row(&of_rule(&pending)), ["pending", "Slow", "2026-11-28T10:00:00", "", ""]);
    }
}
