//! Why a page is not valid, and where.
//!
//! Invariant: finding the place costs only when there is an error: parsers know offsets, lines are counted afterwards.

use memchr::{memchr_iter, memrchr};
use std::fmt;

/// Longest piece of a page that an error quotes, in characters.
const QUOTED_CHARS_MAX: usize = 40;

/// A place on a page and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The line, counted from 1.
    pub line: usize,
    /// The character on the line, counted from 1.
    pub column: usize,
    /// What was expected and what was found.
    pub message: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for ParseError {}

/// What is wrong with a line, at a number of bytes from its start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    at: usize,
    problem: Problem,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Problem {
    /// Something else than this was found.
    Expected(&'static str),
    /// A whole phrase.
    Because(String),
    /// The page ends without `# EOF`.
    Truncated,
    /// The page goes on behind `# EOF`.
    DataAfterEnd,
}

impl Fault {
    pub(super) fn expected(at: usize, what: &'static str) -> Self {
        Self { at, problem: Problem::Expected(what) }
    }

    pub(super) fn because(at: usize, why: String) -> Self {
        Self { at, problem: Problem::Because(why) }
    }

    pub(super) fn truncated() -> Self {
        Self { at: 0, problem: Problem::Truncated }
    }

    pub(super) fn data_after_end() -> Self {
        Self { at: 0, problem: Problem::DataAfterEnd }
    }

    /// Whether the page as a whole is wrong, and not only this line.
    pub(super) fn ends_page(&self) -> bool {
        matches!(self.problem, Problem::Truncated | Problem::DataAfterEnd)
    }

    /// The message without a place.
    pub(super) fn message(&self, line: &[u8]) -> String {
        match &self.problem {
            Problem::Expected(what) => {
                let found = found(line.get(self.at..).unwrap_or_default());
                let hint = if looks_like_html(line) { "; this looks like an HTML page" } else { "" };
                format!("expected {what}, got {found}{hint}")
            }
            Problem::Because(why) => why.clone(),
            Problem::Truncated => "page ends without `# EOF`, so it may be cut off".to_owned(),
            Problem::DataAfterEnd => "expected nothing after `# EOF`, got more data".to_owned(),
        }
    }

    /// Makes an error of it, given where its line starts.
    pub(super) fn locate(&self, page: &[u8], line_start: usize) -> ParseError {
        let (before, rest) = page.split_at_checked(line_start).unwrap_or((page, &[]));
        let line = rest.get(..memchr::memchr(b'\n', rest).unwrap_or(rest.len())).unwrap_or_default();
        let head = String::from_utf8_lossy(line.get(..self.at).unwrap_or(line));
        ParseError {
            line: 1 + memchr_iter(b'\n', before).count(),
            column: 1 + head.chars().count(),
            message: self.message(line),
        }
    }
}

/// Names what stands at the start of the text.
fn found(rest: &[u8]) -> String {
    let text = String::from_utf8_lossy(rest);
    let Some(first) = text.chars().next() else { return "the end of the line".to_owned() };
    let is_word = first.is_alphanumeric() || matches!(first, '_' | '+' | '-' | '.' | ':');
    let word: String = text.chars().take_while(|c| !matches!(c, ' ' | '\t')).take(QUOTED_CHARS_MAX).collect();
    let hint = if word.ends_with('\r') { " (lines must end in a line feed alone)" } else { "" };
    if is_word {
        format!("`{}`{hint}", visible(&word))
    } else {
        format!("`{}`{hint}", visible(first.encode_utf8(&mut [0; 4])))
    }
}

/// The text with its control characters escaped.
fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            shown.extend(character.escape_debug());
        } else {
            shown.push(character);
        }
    }
    shown
}

fn looks_like_html(line: &[u8]) -> bool {
    line.trim_ascii_start().starts_with(b"<") && memrchr(b'>', line).is_some()
}
