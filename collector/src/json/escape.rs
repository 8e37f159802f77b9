//! Escapes of JSON strings.
//!
//! Invariant: half of a surrogate pair alone becomes U+FFFD, as in Go.

use std::borrow::Cow;

/// Appends what an escape stands for, which begins behind its backslash; how long it is, or `None` when JSON has no such
/// escape.
pub(super) fn push(escape: &str, into: &mut String) -> Option<usize> {
    let character = match escape.as_bytes().first()? {
        b'n' => '\n',
        b'"' => '"',
        b'\\' => '\\',
        b't' => '\t',
        b'/' => '/',
        b'r' => '\r',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'u' => return push_unicode(escape, into),
        _ => return None,
    };
    into.push(character);
    Some(1)
}

fn push_unicode(escape: &str, into: &mut String) -> Option<usize> {
    let first = hex(escape.get(1..5)?)?;
    if let Some(character) = char::from_u32(first) {
        into.push(character);
        return Some(5);
    }
    let second = escape.get(5..7).filter(|text| *text == "\\u").and_then(|_| escape.get(7..11)).and_then(hex);
    let pair = second.filter(|low| (0xdc00..0xe000).contains(low)).and_then(|low| {
        let high = first.checked_sub(0xd800).filter(|high| *high < 0x400)?;
        char::from_u32(0x1_0000 + (high << 10) + (low - 0xdc00))
    });
    into.push(pair.unwrap_or(char::REPLACEMENT_CHARACTER));
    Some(if pair.is_some() { 11 } else { 5 })
}

fn hex(digits: &str) -> Option<u32> {
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    u32::from_str_radix(digits, 16).ok().filter(|_| is_hex)
}

/// The text that the inside of a string stands for; what is no escape stays as it is.
pub(crate) fn unescaped(raw: &str) -> Cow<'_, str> {
    if !raw.contains('\\') {
        return Cow::Borrowed(raw);
    }
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((plain, escape)) = rest.split_once('\\') {
        text.push_str(plain);
        match push(escape, &mut text) {
            Some(length) => rest = escape.get(length..).unwrap_or_default(),
            None => {
                text.push('\\');
                rest = escape;
            }
        }
    }
    text.push_str(rest);
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_read() {
        let check = |raw: &str, expected: &str| assert_eq!(unescaped(raw), expected, "{raw}");
        check("plain é", "plain é");
        check(r#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t");
        check(r"\u00e9\u20AC", "é€");
        check(r"\ud83d\ude00!", "😀!");
        check(r"\ud83d!", "\u{fffd}!");
        check(r"\ude00\ud83d", "\u{fffd}\u{fffd}");
        check(r"\ud83d\u0041", "\u{fffd}A");
        check(r"\u+123 \u12 \x \", r"\u+123 \u12 \x \");
    }
}
