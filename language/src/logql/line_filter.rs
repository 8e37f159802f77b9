//! Line filters over one line: `|= "a" or "b"`, `!~ "x.*"`, `|> "<_> error <_>"`, `|= ip("10.0.0.0/8")`.
//!
//! Invariant: a filter is built once and asks a line without allocating. A regular expression that only looks for a
//! literal is a search for that literal.

mod literals;

pub use literals::{Case, Literal};

use super::ast::{self, LineFilterOp};
use super::label_filter::ip;
use super::stage::pattern::LinePattern;
use memchr::memmem::Finder;
use regex::Regex;

/// A line filter, ready to be asked.
#[derive(Clone, Debug)]
pub struct LineFilter {
    tests: Vec<Test>,
    negative: bool,
    required: Option<Vec<Literal>>,
}

#[derive(Clone, Debug)]
enum Test {
    Literal(Box<Finder<'static>>),
    Regex(Regex, Option<Vec<Literal>>),
    Pattern(LinePattern),
    Ip(ip::Pattern),
}

impl LineFilter {
    /// Compiles a filter.
    ///
    /// # Errors
    /// Why an operand does not compile, in Loki's words.
    pub fn new(filter: &ast::LineFilter) -> Result<Self, String> {
        let tests =
            filter.operands.iter().map(|operand| Test::new(filter.op, operand)).collect::<Result<Vec<_>, _>>()?;
        let negative = filter.op.is_negative();
        let required = if negative { None } else { required(&tests) };
        Ok(Self { tests, negative, required })
    }

    /// Whether the line stays.
    pub fn keeps(&self, line: &str) -> bool {
        self.tests.iter().any(|test| test.finds(line)) != self.negative
    }

    /// Texts of which every kept line holds at least one, for an index to look up; `None` when nothing is known, as for
    /// negative filters. A text may be empty.
    pub fn required(&self) -> Option<&[Literal]> {
        self.required.as_deref()
    }
}

fn required(tests: &[Test]) -> Option<Vec<Literal>> {
    let mut all = Vec::new();
    for test in tests {
        all.extend(test.required()?);
    }
    Some(all)
}

impl Test {
    fn new(op: LineFilterOp, operand: &ast::LineOperand) -> Result<Self, String> {
        let text = operand.text.as_str();
        match op {
            LineFilterOp::Contains | LineFilterOp::NotContains if operand.ip => ip::Pattern::parse(text).map(Self::Ip),
            _ if operand.ip => Err("ip: invalid operation".to_owned()),
            LineFilterOp::Contains | LineFilterOp::NotContains => Ok(Self::literal(text)),
            LineFilterOp::Matches | LineFilterOp::NotMatches => Self::regex(text),
            LineFilterOp::Pattern | LineFilterOp::NotPattern => LinePattern::new(text).map(Self::Pattern),
        }
    }

    /// Texts of which every line it finds holds at least one.
    fn required(&self) -> Option<Vec<Literal>> {
        let exact = |text: &str| vec![Literal { text: text.to_owned(), case: Case::Exact }];
        match self {
            Self::Literal(finder) => std::str::from_utf8(finder.needle()).ok().map(exact),
            Self::Pattern(pattern) => pattern.longest_literal().map(exact),
            Self::Regex(_, required) => required.clone(),
            Self::Ip(_) => None,
        }
    }

    fn literal(text: &str) -> Self {
        Self::Literal(Box::new(Finder::new(text).into_owned()))
    }

    fn regex(pattern: &str) -> Result<Self, String> {
        let regex = model::regexp::compile(pattern)?;
        let core = without_open_ends(pattern);
        if let Some(literal) = as_literal(core) {
            return Ok(Self::literal(&literal));
        }
        // What the ends allow has been checked together with the rest.
        let required = literals::of_expression(core);
        let compiled = if core.len() < pattern.len() { model::regexp::compile(core).unwrap_or(regex) } else { regex };
        Ok(Self::Regex(compiled, required))
    }

    fn finds(&self, line: &str) -> bool {
        match self {
            Self::Literal(finder) => finder.find(line.as_bytes()).is_some(),
            Self::Regex(regex, _) => regex.is_match(line),
            Self::Pattern(pattern) => pattern.matches(line),
            Self::Ip(pattern) => pattern.is_in(line),
        }
    }
}

/// An expression without the `.*` at its ends, which change nothing when it may match anywhere. Where an end is part
/// of an alternative, that alternative may match anywhere as well.
fn without_open_ends(pattern: &str) -> &str {
    let mut core = pattern;
    while let Some(rest) = core.strip_prefix(".*") {
        // `.*?` and `.*+` mean something else than `.*` followed by a sign.
        if rest.starts_with(['?', '+', '*', '{']) {
            break;
        }
        core = rest;
    }
    while let Some(rest) = core.strip_suffix(".*") {
        let escapes = rest.len() - rest.trim_end_matches('\\').len();
        if escapes % 2 == 1 || rest.rfind('[') > rest.rfind(']') {
            break;
        }
        core = rest;
    }
    core
}

/// The text that an expression looks for, when it has nothing special but escaped punctuation.
fn as_literal(pattern: &str) -> Option<String> {
    let mut literal = String::with_capacity(pattern.len());
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        literal.push(match character {
            '\\' => characters.next().filter(char::is_ascii_punctuation)?,
            '.' | '+' | '*' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '^' | '$' | '|' => return None,
            other => other,
        });
    }
    Some(literal)
}

#[cfg(test)]
mod tests;
