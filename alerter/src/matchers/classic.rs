//! The classic syntax of matchers: a Prometheus label name, an operator, and anything as the value, quoted or not.
//!
//! Invariant: escapes are those of OpenMetrics; any other backslash stands for itself.

use model::matcher::{MatchOp, Matcher};

/// Reads a list; commas within quotes separate nothing.
pub(super) fn parse_all(input: &str) -> Result<Vec<Matcher>, String> {
    let input = input.strip_prefix('{').unwrap_or(input);
    let input = input.strip_suffix('}').unwrap_or(input);
    let (mut tokens, mut token) = (Vec::new(), String::new());
    let (mut quoted, mut escaped) = (false, false);
    for character in input.chars() {
        match character {
            ',' if !quoted => {
                tokens.push(std::mem::take(&mut token));
                continue;
            }
            '"' if escaped => escaped = false,
            '"' => quoted = !quoted,
            '\\' => escaped = !escaped,
            ',' => {}
            _ => escaped = false,
        }
        token.push(character);
    }
    let last = token.trim();
    if !last.is_empty() {
        tokens.push(last.to_owned());
    }
    tokens.iter().map(|token| parse_one(token)).collect()
}

/// Reads one.
pub(super) fn parse_one(input: &str) -> Result<Matcher, String> {
    let bad = || format!("bad matcher format: {input}");
    let rest = input.trim_start();
    let name_end = rest.find(|c: char| !is_name_character(c)).unwrap_or(rest.len());
    let (name, rest) = rest.split_at(name_end);
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(bad());
    }
    let rest = rest.trim_start();
    let operators =
        [("=~", MatchOp::Regex), ("!=", MatchOp::NotEqual), ("!~", MatchOp::NotRegex), ("=", MatchOp::Equal)];
    let found = operators.iter().find_map(|(text, op)| Some((*op, rest.strip_prefix(text)?)));
    let (op, value) = found.ok_or_else(bad)?;
    Matcher::new(name, op, unescaped(value.trim())?)
}

fn is_name_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_' || character == ':'
}

fn unescaped(written: &str) -> Result<String, String> {
    let misquoted = || format!("matcher value contains unescaped double quote: {written}");
    let raw = written.strip_prefix('"');
    let mut needs_quote = raw.is_some();
    let mut value = String::new();
    let mut characters = raw.unwrap_or(written).chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('n') => value.push('\n'),
                Some(literal @ ('"' | '\\')) => value.push(literal),
                Some(other) => value.extend(['\\', other]),
                None => value.push('\\'),
            },
            '"' if needs_quote && characters.peek().is_none() => needs_quote = false,
            '"' => return Err(misquoted()),
            other => value.push(other),
        }
    }
    if needs_quote { Err(misquoted()) } else { Ok(value) }
}
