//! Patterns: `<ip> - <_> "<method> <path>"` as a parser, `|> "<_> error <_>"` as a line filter.
//!
//! Invariant: captures and literals alternate; matching reads the line once, left to right, and never goes back.
//! A `<` that begins no name is a literal.

use super::entry::Entry;
use memchr::memmem::Finder;

/// A piece of a pattern.
#[derive(Clone, Debug)]
enum Piece {
    Literal(Box<Finder<'static>>),
    /// `None` is `<_>`.
    Capture(Option<String>),
}

/// The stage `pattern`.
#[derive(Clone, Debug)]
pub struct Pattern {
    pieces: Vec<Piece>,
}

/// The operand of `|>` and `!>`.
#[derive(Clone, Debug)]
pub struct LinePattern {
    pieces: Vec<Piece>,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// It captures nothing, captures a name twice, or has a capture right after another.
    pub fn new(text: &str) -> Result<Self, String> {
        let pieces = pieces(text);
        let names: Vec<&str> = pieces
            .iter()
            .filter_map(|piece| match piece {
                Piece::Capture(name) => name.as_deref(),
                Piece::Literal(_) => None,
            })
            .collect();
        if pieces.is_empty() {
            return Err("syntax error: unexpected $end, expecting IDENTIFIER or LITERAL".to_owned());
        }
        if names.is_empty() {
            return Err("at least one capture is required".to_owned());
        }
        refuse_neighbors(&pieces)?;
        for (at, name) in names.iter().enumerate() {
            if names.iter().take(at).any(|earlier| earlier == name) {
                return Err(format!("duplicate capture name ({name}): invalid expression"));
            }
        }
        Ok(Self { pieces })
    }

    /// Gives the captured names with their values, as far as the line follows the pattern. A capture whose end is not
    /// found takes the rest of the line.
    pub fn captures<'p, 'l>(&'p self, line: &'l str, mut give: impl FnMut(&'p str, &'l str)) {
        let mut rest = line;
        let mut pieces = self.pieces.iter().peekable();
        if let Some(Piece::Literal(literal)) = pieces.peek() {
            let Some(after) = strip(rest, literal) else { return };
            rest = after;
            pieces.next();
        }
        if line.is_empty() {
            return;
        }
        while let Some(piece) = pieces.next() {
            let Piece::Capture(name) = piece else { break };
            let split = match pieces.next() {
                Some(Piece::Literal(literal)) => split(rest, literal),
                _ => None,
            };
            let (value, after) = match split {
                Some((value, after)) => (value, Some(after)),
                None => (rest, None),
            };
            if let Some(name) = name {
                give(name, value);
            }
            let Some(after) = after else { break };
            rest = after;
        }
    }

    /// Puts the captures on an entry.
    pub fn apply(&self, entry: &mut Entry<'_>) {
        if entry.is_satisfied() {
            return;
        }
        let line = entry.take_line();
        self.captures(&line, |name, value| {
            if entry.wants(name) {
                entry.extract(name, value);
            }
        });
        entry.set_line(line);
    }
}

impl LinePattern {
    /// Reads a pattern; empty matches only empty lines.
    ///
    /// # Errors
    /// It names a capture, or has a capture right after another.
    pub fn new(text: &str) -> Result<Self, String> {
        let pieces = pieces(text);
        refuse_neighbors(&pieces)?;
        for piece in &pieces {
            if let Piece::Capture(Some(name)) = piece {
                return Err(format!("named captures are not allowed: found '<{name}>'"));
            }
        }
        Ok(Self { pieces })
    }

    /// The longest text that every line following the pattern holds; `None` when it has none.
    pub(in crate::logql) fn longest_literal(&self) -> Option<&str> {
        let literals = self.pieces.iter().filter_map(|piece| match piece {
            Piece::Literal(literal) => std::str::from_utf8(literal.needle()).ok(),
            Piece::Capture(_) => None,
        });
        literals.max_by_key(|literal| literal.len())
    }

    /// Whether the line follows the pattern. A `<_>` must stand for at least one byte.
    pub fn matches(&self, line: &str) -> bool {
        let Some(last) = self.pieces.last() else { return line.is_empty() };
        if line.is_empty() {
            return false;
        }
        let mut rest = line;
        for (at, piece) in self.pieces.iter().enumerate() {
            let Piece::Literal(literal) = piece else { continue };
            match split(rest, literal) {
                Some((before, after)) if at == 0 || !before.is_empty() => rest = after,
                _ => return false,
            }
        }
        matches!(last, Piece::Capture(_)) != rest.is_empty()
    }
}

fn strip<'l>(line: &'l str, literal: &Finder<'_>) -> Option<&'l str> {
    let needle = literal.needle();
    if line.as_bytes().starts_with(needle) { line.get(needle.len()..) } else { None }
}

/// What stands before the first occurrence, and after it.
fn split<'l>(line: &'l str, literal: &Finder<'_>) -> Option<(&'l str, &'l str)> {
    let at = literal.find(line.as_bytes())?;
    Some((line.get(..at)?, line.get(at + literal.needle().len()..)?))
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if let Some((name, after)) = capture(rest) {
            flush(&mut literal, &mut pieces);
            pieces.push(Piece::Capture((name != "_").then(|| name.to_owned())));
            rest = after;
        } else {
            literal.push(character);
            rest = rest.get(character.len_utf8()..).unwrap_or_default();
        }
    }
    flush(&mut literal, &mut pieces);
    pieces
}

fn flush(literal: &mut String, pieces: &mut Vec<Piece>) {
    if !literal.is_empty() {
        pieces.push(Piece::Literal(Box::new(Finder::new(literal).into_owned())));
        literal.clear();
    }
}

/// The name of the capture that a text begins with, and what follows it.
fn capture(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('<')?;
    let length = inner.find(|c: char| c != '_' && !c.is_ascii_alphanumeric())?;
    let (name, after) = inner.split_at_checked(length)?;
    let begins_well = name.starts_with(|c: char| c == '_' || c.is_ascii_alphabetic());
    if begins_well { after.strip_prefix('>').map(|after| (name, after)) } else { None }
}

fn refuse_neighbors(pieces: &[Piece]) -> Result<(), String> {
    for (first, second) in pieces.iter().zip(pieces.iter().skip(1)) {
        if let (Piece::Capture(first), Piece::Capture(second)) = (first, second) {
            let name = |name: &Option<String>| name.as_deref().unwrap_or("_").to_owned();
            let (first, second) = (name(first), name(second));
            return Err(format!("found consecutive capture '<{first}><{second}>': invalid expression"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captures_end_where_the_next_literal_begins() {
        let check = |pattern: &str, line: &str, expected: &[(&str, &str)]| {
            let pattern = Pattern::new(pattern).expect(pattern);
            let mut captures = Vec::new();
            pattern.captures(line, |name, value| captures.push((name, value)));
            assert_eq!(captures, expected, "{line}");
        };
        check("<a> <b>", "x y z", &[("a", "x"), ("b", "y z")]);
        check("[<a>] <_> <b>.", "[x] y z.", &[("a", "x"), ("b", "z")]);
        check("[<a>]", "x]", &[]);
        check("<a>=<b>", "x", &[("a", "x")]);
        check("<a <b>", "<a x", &[("b", "x")]);
        check("<_>▶<b>", "x▶y", &[("b", "y")]);
        check("<a>", "", &[]);
    }

    #[test]
    fn lines_follow_patterns() {
        let check = |pattern: &str, line: &str, expected: bool| {
            assert_eq!(LinePattern::new(pattern).expect(pattern).matches(line), expected, "{pattern} on {line:?}");
        };
        check("<_> bar", "foo bar baz", false);
        check("<_> baz", "foo bar baz", true);
        check("foo <_>", "foo bar baz", true);
        check("<_> bar <_>", " bar ", false);
        check("<_>bar<_>", " bar ", true);
        check("bar", "a bar", true);
        check("bar", "a bar b", false);
        check("a <_>", "b a c", true);
        check("bar", "bar", true);
        check("<_>", "", false);
        check("", "", true);
    }

    #[test]
    fn bad_patterns_are_refused() {
        let parser = |text: &str, expected: &str| assert_eq!(Pattern::new(text).expect_err(text), expected);
        parser("", "syntax error: unexpected $end, expecting IDENTIFIER or LITERAL");
        parser("foo <_>", "at least one capture is required");
        parser("<a> <a>", "duplicate capture name (a): invalid expression");
        parser("<a><b>", "found consecutive capture '<a><b>': invalid expression");
        let filter = |text: &str, expected: &str| assert_eq!(LinePattern::new(text).expect_err(text), expected);
        filter("<a> x", "named captures are not allowed: found '<a>'");
        filter("<_><_> x", "found consecutive capture '<_><_>': invalid expression");
    }
}
