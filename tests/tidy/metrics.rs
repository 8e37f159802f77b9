//! `docs/metrics.md` against the table of instruments: names, types and labels, in both directions.
//!
//! Invariant: what `/metrics` shows of Belfry is documented, and nothing else claims to be there.

use crate::tree::{File, assert_clean, assert_found, read};
use model::instrument::{Instrument, Shape, Spec};

/// The row of a metric without its meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    name: String,
    shape: &'static str,
    labels: Vec<String>,
}

fn row_of(spec: Spec) -> Row {
    let (end, shape) = match spec.shape {
        Shape::Counter => ("_total", "counter"),
        Shape::Gauge => ("", "gauge"),
        Shape::Seconds => ("_seconds", "histogram"),
    };
    let labels = spec.labels.iter().map(|label| (*label).to_owned()).collect();
    Row { name: format!("{}{end}", spec.name), shape, labels }
}

/// The documented rows with their line numbers: lines that begin with a metric's name in backquotes.
fn rows(page: &File) -> Vec<(usize, Row)> {
    let mut found = Vec::new();
    for (number, line) in page.lines() {
        let Some((name, rest)) = line.strip_prefix("| `").and_then(|rest| rest.split_once("` |")) else { continue };
        let mut cells = rest.split('|').map(str::trim);
        let shape = match cells.next() {
            Some("counter") => "counter",
            Some("gauge") => "gauge",
            Some("histogram") => "histogram",
            _ => "unknown",
        };
        let labels = cells.next().unwrap_or_default().split(',').map(|label| label.trim().trim_matches('`').to_owned());
        let labels = labels.filter(|label| !label.is_empty()).collect();
        found.push((number, Row { name: name.to_owned(), shape, labels }));
    }
    found
}

fn documented(specs: &[Spec], page: &File) -> Vec<String> {
    let mut findings = Vec::new();
    let rows = rows(page);
    for spec in specs {
        let expected = row_of(*spec);
        let labels = expected.labels.iter().map(|label| format!("`{label}`")).collect::<Vec<_>>().join(", ");
        let line = format!("| `{}` | {} | {labels} | {} |", expected.name, expected.shape, spec.help);
        match rows.iter().find(|(_, row)| row.name == expected.name) {
            Some((_, row)) if *row == expected => {}
            Some((number, _)) => findings.push(format!("{}:{number}: expected {line}", page.path)),
            None => findings.push(format!("{}: add {line}", page.path)),
        }
    }
    for (number, row) in &rows {
        if !specs.iter().any(|spec| row_of(*spec).name == row.name) {
            findings.push(format!("{}:{number}: {} is no instrument", page.path, row.name));
        }
    }
    findings
}

#[test]
fn instruments_are_documented() {
    let specs: Vec<_> = Instrument::ALL.iter().map(|instrument| instrument.spec()).collect();
    assert_clean(&documented(&specs, &read("docs/metrics.md")));
}

#[test]
fn rule_finds_something() {
    let spec = |name, shape, labels| Spec { name, help: "Help", shape, labels };
    let specs = [
        spec("belfry_right", Shape::Counter, &["a", "b"][..]),
        spec("belfry_missing", Shape::Seconds, &[]),
        spec("belfry_wrong", Shape::Gauge, &["c"]),
    ];
    let page = "| metric | type |\n| `belfry_right_total` | counter | `a`, `b` | Right |\n| `belfry_wrong` | gauge | | Wrong |\n| `belfry_gone` | gauge | | Gone |\n";
    let expected = [
        "docs/metrics.md: add | `belfry_missing_seconds` | histogram |  | Help |",
        "docs/metrics.md:3: expected | `belfry_wrong` | gauge | `c` | Help |",
        "docs/metrics.md:4: belfry_gone is no instrument",
    ];
    assert_found(&documented(&specs, &File::sample("docs/metrics.md", page)), &expected);
}
