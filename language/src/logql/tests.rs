//! What the parser reads, refuses and prints, against lists of Loki's answers.
//!
//! Invariant: the lists are data, one answer per line; a test names every line that differs, not only the first.

mod corpus;
mod limits;
mod mutation;
mod spans;

use super::{Expr, parse};

/// A text and the lines that a list gives for it.
struct Case {
    text: String,
    answer: Vec<String>,
}

/// Reads a list: `? ` begins a case, any other line but a comment belongs to it.
fn cases(list: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in list.lines().filter(|line| !line.starts_with("# ") && !line.is_empty()) {
        let content = line.get(2..).unwrap_or_default().replace('␤', "\n").replace('␠', " ");
        match cases.last_mut() {
            Some(case) if !line.starts_with("? ") => case.answer.push(content),
            _ => cases.push(Case { text: content, answer: Vec::new() }),
        }
    }
    cases
}

/// A tree as text without places. Text, because NaN is not equal to itself.
fn shape(expr: &Expr) -> String {
    let written = format!("{expr:?}");
    let mut parts = written.split("Span { ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.filter_map(|part| part.split_once('}')).fold(first, |shape, (_, after)| shape + after)
}

fn parsed(text: &str) -> Expr {
    parse(text).unwrap_or_else(|error| panic!("{text}\n{error}"))
}
