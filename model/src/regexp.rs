//! Regular expressions in Go's RE2 dialect, which is what Prometheus and Loki users write.
//!
//! Invariant: matching takes time linear in the text, and a compiled expression stays below
//! [`crate::limits::REGEX_PROGRAM_BYTES_MAX`]. Go's `\d \w \s \b` are ASCII, Rust's are Unicode: they are
//! rewritten before compiling. Back-references and look-around do not exist in either.

use crate::limits::REGEX_PROGRAM_BYTES_MAX;
use regex::{Regex, RegexBuilder};

/// Compiles an expression that must match the whole text; `.` also matches a newline (Prometheus 3, Loki labels).
///
/// # Errors
/// The reason in the words of the regex crate, when the expression does not parse or is too large.
pub fn compile_anchored(pattern: &str) -> Result<Regex, String> {
    if closes_unopened_group(pattern) {
        // Inside the anchors' own group the parenthesis would close that one.
        return Err(format!("error parsing regexp: unexpected ): `{pattern}`"));
    }
    build(&format!("^(?s:{})$", translate(pattern)), pattern)
}

/// Compiles an expression that may match anywhere; `.` does not match a newline (Go's default).
///
/// # Errors
/// As [`compile_anchored`].
pub fn compile(pattern: &str) -> Result<Regex, String> {
    build(&translate(pattern), pattern)
}

fn build(translated: &str, original: &str) -> Result<Regex, String> {
    RegexBuilder::new(translated).size_limit(REGEX_PROGRAM_BYTES_MAX).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(limit) => {
            format!(
                "error parsing regexp: expression nests or repeats too much (over {limit} bytes compiled): `{original}`"
            )
        }
        other => {
            let text = other.to_string();
            let reason = text.lines().last().unwrap_or("invalid").trim_start_matches("error: ");
            let (reason, part) = in_go_words(reason, original);
            format!("error parsing regexp: {reason}: `{part}`")
        }
    })
}

/// The usual mistakes as Go names them, each with the part of the expression that it quotes.
fn in_go_words<'a>(reason: &'a str, original: &'a str) -> (&'a str, &'a str) {
    match reason {
        "unclosed group" => ("missing closing )", original),
        "unopened group" => ("unexpected )", original),
        "unclosed character class" => {
            ("missing closing ]", original.find('[').and_then(|start| original.get(start..)).unwrap_or(original))
        }
        "repetition operator missing expression" => {
            let leading = original.starts_with(['*', '+', '?']);
            (
                "missing argument to repetition operator",
                if leading { original.get(..1).unwrap_or(original) } else { original },
            )
        }
        other => (other, original),
    }
}

/// Rewrites the classes whose meaning differs, leaving everything else as it is: what [`compile`] hands to the regex
/// crate, for whoever looks at the parsed expression.
pub fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut characters = pattern.chars().peekable();
    let mut in_class = false;
    let mut class_start = false;
    while let Some(character) = characters.next() {
        let starts_class = class_start;
        class_start = false;
        match character {
            '\\' => {
                let escaped = characters.next();
                translate_escape(&mut out, escaped, in_class);
                // The braces of `\p{Greek}` and `\x{41}` repeat nothing.
                if matches!(escaped, Some('p' | 'P' | 'x')) && characters.next_if_eq(&'{').is_some() {
                    out.push('{');
                }
            }
            // Go reads a brace that begins no repetition as itself.
            '{' if !in_class && !begins_repetition(characters.clone()) => out.push_str("\\{"),
            '[' if !in_class => {
                in_class = true;
                class_start = true;
                out.push('[');
                if characters.peek() == Some(&'^') {
                    characters.next();
                    out.push('^');
                }
            }
            // A `]` right after the opening is a literal in Go; Rust reads it so as well.
            ']' if in_class && !starts_class => {
                in_class = false;
                out.push(']');
            }
            '[' if characters.peek() == Some(&':') => out.push('['),
            // Rust gives nested classes and set operators a meaning that Go does not have.
            '[' => out.push_str("\\["),
            '&' | '~' | '-' if in_class && characters.peek() == Some(&character) => {
                out.push('\\');
                out.push(character);
            }
            other => out.push(other),
        }
    }
    out
}

/// Whether `2}`, `2,}` or `2,5}` follows.
fn begins_repetition(characters: impl Iterator<Item = char>) -> bool {
    let mut digits = 0;
    let mut commas = 0;
    for character in characters {
        match character {
            '0'..='9' => digits += 1,
            ',' if digits > 0 && commas == 0 => commas += 1,
            '}' => return digits > 0,
            _ => return false,
        }
    }
    false
}

/// Whether a `)` outside classes and escapes has no `(` before it.
fn closes_unopened_group(pattern: &str) -> bool {
    let mut open = 0_usize;
    let mut in_class = false;
    let mut class_start = false;
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        let starts_class = std::mem::take(&mut class_start);
        match character {
            '\\' => _ = characters.next(),
            '[' if !in_class => (in_class, class_start) = (true, true),
            '^' if starts_class => class_start = true,
            ']' if !starts_class => in_class = false,
            '(' if !in_class => open += 1,
            ')' if !in_class && open == 0 => return true,
            ')' if !in_class => open -= 1,
            _ => {}
        }
    }
    false
}

fn translate_escape(out: &mut String, escaped: Option<char>, in_class: bool) {
    match (escaped, in_class) {
        (Some('d'), false) => out.push_str("[0-9]"),
        (Some('D'), false) => out.push_str("[^0-9]"),
        (Some('w'), false) => out.push_str("[0-9A-Za-z_]"),
        (Some('W'), false) => out.push_str("[^0-9A-Za-z_]"),
        (Some('s'), false) => out.push_str("[\\t\\n\\f\\r ]"),
        (Some('S'), false) => out.push_str("[^\\t\\n\\f\\r ]"),
        (Some('d'), true) => out.push_str("0-9"),
        (Some('w'), true) => out.push_str("0-9A-Za-z_"),
        (Some('s'), true) => out.push_str("\\t\\n\\f\\r "),
        (Some('D'), true) => out.push_str("[^0-9]"),
        (Some('W'), true) => out.push_str("[^0-9A-Za-z_]"),
        (Some('S'), true) => out.push_str("[^\\t\\n\\f\\r ]"),
        (Some('b'), false) => out.push_str("(?-u:\\b)"),
        (Some('B'), false) => out.push_str("(?-u:\\B)"),
        (Some(other), _) => {
            out.push('\\');
            out.push(other);
        }
        (None, _) => out.push('\\'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialect_is_gos() {
        let check = |pattern: &str, text: &str, expected: bool| {
            let compiled = compile_anchored(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
            assert_eq!(compiled.is_match(text), expected, "{pattern} on {text}");
        };
        check("a.c", "a\nc", true);
        check("a|bc", "bc", true);
        check("a|bc", "abc", false);
        check(r"\d+", "٣", false);
        check(r"\w+", "é", false);
        check(r"[\w.-]+", "a-b.c", true);
        check(r"[[:alpha:]]+", "abc", true);
        check(r"[a[b]+", "[ab", true);
        check(r"[a&&b]+", "a&b", true);
        check(r"[]a]+", "]a", true);
        check(r"(?P<x>a)(?i)B", "ab", true);
        check(r"\p{Greek}+", "αβ", true);
        check("", "", true);
        check(r"5..", "503", true);
        check(r"a{2}b{1,}c{1,2}", "aabcc", true);
        check(r"a{.+|{|{,2}|{2", "a{x", true);
        check(r"a{,2}", "a{,2}", true);
        check(r"\x{41}\p{Lu}[{]", "AB{", true);
        check(r"(a\)|[])]|[^]()])", "a)", true);
        check(r"a\)|[)]", ")", true);
    }

    #[test]
    fn refusals_name_the_expression() {
        let error = compile_anchored("a(b").expect_err("unclosed group");
        assert!(error.starts_with("error parsing regexp: ") && error.ends_with("`a(b`"), "{error}");
        let check = |pattern: &str, expected: &str| {
            assert_eq!(compile_anchored(pattern).expect_err(pattern), format!("error parsing regexp: {expected}"));
        };
        check("a(b", "missing closing ): `a(b`");
        check("a)", "unexpected ): `a)`");
        check("a)(b", "unexpected ): `a)(b`");
        check("*abc", "missing argument to repetition operator: `*`");
        check("a[b", "missing closing ]: `[b`");
        let error = compile_anchored("((a{100}){100}){100}").expect_err("too large");
        assert!(error.contains("too much"), "{error}");
    }
}
