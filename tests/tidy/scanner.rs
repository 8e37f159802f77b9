//! Just enough of Rust's lexical grammar to tell code from comments and strings, and to find functions.
//!
//! Invariant: [`code`] keeps every line break, so that line numbers stay those of the file.
//! It does not expand macros and does not judge whether the source compiles.

/// One function with a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Function {
    /// Its name.
    pub(crate) name: String,
    /// The line of `fn`, from 1.
    pub(crate) line: usize,
    /// Lines from `fn` to the closing brace, both counted.
    pub(crate) lines: usize,
}

/// The source with comments and the contents of strings and characters blanked.
pub(crate) fn code(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    while at < chars.len() {
        let end = literal_end(&chars, at);
        match end {
            Some(end) => {
                out.extend(chars[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
                at = end;
            }
            None => {
                out.push(chars[at]);
                at += 1;
            }
        }
    }
    out
}

/// [`code`] without the bodies of `#[cfg(test)] mod .. { }`.
pub(crate) fn shipped_code(source: &str) -> String {
    let mut code = code(source);
    let mut from = 0;
    while let Some(found) = code[from..].find("#[cfg(test)]") {
        let start = from + found;
        let after = start + "#[cfg(test)]".len();
        let open = code[after..].find(['{', ';']).map(|offset| after + offset);
        let end = match open {
            Some(open) if code[open..].starts_with('{') => closing_brace(&code, open).unwrap_or(code.len()),
            Some(semicolon) => semicolon + 1,
            None => code.len(),
        };
        let blank: String = code[start..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
        code.replace_range(start..end, &blank);
        from = start + blank.len();
    }
    code
}

/// Every function that has a body.
pub(crate) fn functions(source: &str) -> Vec<Function> {
    let code = code(source);
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let preceded = code[..at].chars().next_back().is_some_and(is_word);
        let name: String = code[at + 3..].trim_start().chars().take_while(|c| is_word(*c)).collect();
        if preceded || name.is_empty() {
            continue;
        }
        if let Some(open) = body(&code, at)
            && let Some(end) = closing_brace(&code, open)
        {
            let line = code[..at].matches('\n').count() + 1;
            found.push(Function { name, line, lines: code[at..end].matches('\n').count() + 1 });
        }
    }
    found
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The brace that opens the body of the function whose `fn` stands at `at`; `None` for a declaration.
fn body(code: &str, at: usize) -> Option<usize> {
    let mut depth = 0_i32;
    for (offset, c) in code[at..].char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '{' if depth == 0 => return Some(at + offset),
            ';' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// Just behind the brace that closes the one at `open`.
fn closing_brace(code: &str, open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (offset, c) in code[open..].char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return Some(open + offset + 1),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Where the comment, string or character that begins at `at` ends; `None` when none begins there.
fn literal_end(chars: &[char], at: usize) -> Option<usize> {
    let next = chars.get(at + 1).copied();
    let in_word = at > 0 && is_word(chars[at - 1]);
    match chars[at] {
        '/' if next == Some('/') => Some(position(chars, at, '\n')),
        '/' if next == Some('*') => Some(block_comment_end(chars, at)),
        '"' => Some(quoted_end(chars, at + 1)),
        'r' if !in_word || is_byte_prefix(chars, at) => raw_string_end(chars, at + 1),
        '\'' => character_end(chars, at),
        _ => None,
    }
}

/// Whether the character before `at` is the lone `b` or `c` of `br".."`, `cr".."`.
fn is_byte_prefix(chars: &[char], at: usize) -> bool {
    matches!(chars[at - 1], 'b' | 'c') && (at < 2 || !is_word(chars[at - 2]))
}

fn position(chars: &[char], from: usize, wanted: char) -> usize {
    chars[from..].iter().position(|c| *c == wanted).map_or(chars.len(), |offset| from + offset)
}

fn block_comment_end(chars: &[char], start: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = start;
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) if depth == 1 => return at + 2,
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    at
}

fn quoted_end(chars: &[char], mut at: usize) -> usize {
    while at < chars.len() {
        match chars[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    chars.len()
}

fn raw_string_end(chars: &[char], from: usize) -> Option<usize> {
    let hashes = chars[from..].iter().take_while(|c| **c == '#').count();
    if chars.get(from + hashes) != Some(&'"') {
        return None;
    }
    let mut at = from + hashes + 1;
    while at < chars.len() {
        let closes = chars[at] == '"' && chars[at + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes;
        if closes {
            return Some(at + 1 + hashes);
        }
        at += 1;
    }
    Some(at)
}

/// A quote begins a character when it closes after one (possibly escaped) character; otherwise it is a lifetime.
fn character_end(chars: &[char], at: usize) -> Option<usize> {
    match chars.get(at + 1)? {
        '\\' => Some((position(chars, at + 3, '\'') + 1).min(chars.len())),
        _ if chars.get(at + 2) == Some(&'\'') => Some(at + 3),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Function, code, functions, shipped_code};

    fn check_code(source: &str, expected: &str) {
        assert_eq!(code(source), expected, "{source}");
    }

    #[test]
    fn comments_and_strings_are_blank() {
        check_code("a // b\nc", "a     \nc");
        check_code("a /* x /* y */ */ b", "a                 b");
        check_code(r#"f("a\"{", b"}")"#, r"f(      , b   )");
        check_code("r#\"a\"{\"# x", "         x");
        check_code("br\"{\" x", "b     x");
        check_code("for_r(\"x\")", "for_r(   )");
    }

    #[test]
    fn lifetimes_are_no_characters() {
        check_code("&'a str, '{', '\\'', '\\u{7d}', b'\"' x", "&'a str,    ,     ,         , b    x");
    }

    #[test]
    fn functions_are_measured() {
        let source = "impl A {\n    fn one() { \"}\"; }\n    fn two(a: [u8; 3]) -> B\n    where C: D,\n    {\n        // }\n    }\n    fn three();\n}\ntype F = fn (u8);\n";
        let one = Function { name: "one".to_owned(), line: 2, lines: 1 };
        let two = Function { name: "two".to_owned(), line: 3, lines: 5 };
        assert_eq!(functions(source), [one, two]);
    }

    #[test]
    fn test_modules_do_not_ship() {
        let source = "a();\n#[cfg(test)]\nmod tests {\n    fn b() { c(); }\n}\n#[cfg(test)]\nmod more;\nd();\n";
        let kept: Vec<_> = shipped_code(source).lines().map(|line| line.trim().to_owned()).collect();
        assert_eq!(kept, ["a();", "", "", "", "", "", "", "d();"]);
    }
}
