//! Undoes the escapes of names, values and help texts.
//!
//! Invariant: text without a backslash is not copied; a backslash before anything unknown stays, as in Prometheus.

use std::borrow::Cow;

/// Undoes `\\`, `\n` and `\"`.
pub(super) fn unescape(raw: &str) -> Cow<'_, str> {
    unescape_with(raw, |escaped| match escaped {
        '\\' => Some('\\'),
        'n' => Some('\n'),
        '"' => Some('"'),
        _ => None,
    })
}

/// Undoes `\\` and `\n`, the escapes of a help text in the text format.
pub(super) fn unescape_help(raw: &str) -> Cow<'_, str> {
    unescape_with(raw, |escaped| match escaped {
        '\\' => Some('\\'),
        'n' => Some('\n'),
        _ => None,
    })
}

fn unescape_with(raw: &str, meaning: impl Fn(char) -> Option<char>) -> Cow<'_, str> {
    if memchr::memchr(b'\\', raw.as_bytes()).is_none() {
        return Cow::Borrowed(raw);
    }
    let mut plain = String::with_capacity(raw.len());
    let mut characters = raw.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            plain.push(character);
            continue;
        }
        let escaped = characters.next();
        match escaped.and_then(&meaning) {
            Some(meant) => plain.push(meant),
            None => {
                plain.push('\\');
                plain.extend(escaped);
            }
        }
    }
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_escapes_are_undone_and_unknown_ones_stay() {
        let check = |raw: &str, value: &str, help: &str| {
            assert_eq!(unescape(raw), value);
            assert_eq!(unescape_help(raw), help);
        };
        check("plain", "plain", "plain");
        check(r"a\\b", r"a\b", r"a\b");
        check(r"a\nb", "a\nb", "a\nb");
        check(r#"a\"b"#, r#"a"b"#, r#"a\"b"#);
        check(r"C:\Dir", r"C:\Dir", r"C:\Dir");
        check(r"\\n", r"\n", r"\n");
        check(r"end\", r"end\", r"end\");
        check(r"\한", r"\한", r"\한");
    }
}
