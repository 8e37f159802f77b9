//! `decolorize`: the escape sequences with which terminals color text go away.
//!
//! Invariant: an escape character that begins no known sequence stays.

use super::entry::Entry;

const ESCAPE: char = '\u{1b}';
const CONTROL_SEQUENCE: char = '\u{9b}';
const BELL: u8 = 7;

/// Takes the sequences out of the line.
pub fn apply(entry: &mut Entry<'_>) {
    if let Some(plain) = without_colors(entry.line()) {
        entry.set_line(plain);
    }
}

/// The text without sequences; `None` when it has none.
fn without_colors(text: &str) -> Option<String> {
    let begin = |text: &str| text.find([ESCAPE, CONTROL_SEQUENCE]);
    begin(text)?;
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = begin(rest).and_then(|at| rest.split_at_checked(at)) {
        plain.push_str(before);
        let introducer = after.chars().next().map_or(1, char::len_utf8);
        let (introducer, after) = after.split_at_checked(introducer)?;
        match after.get(sequence_length(after.as_bytes())..) {
            Some(kept) if kept.len() < after.len() => rest = kept,
            _ => {
                plain.push_str(introducer);
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    Some(plain)
}

/// Bytes of a sequence after its introducer; 0 when it is none.
fn sequence_length(bytes: &[u8]) -> usize {
    let count =
        |from: usize, belongs: fn(&u8) -> bool| bytes.iter().skip(from).take_while(|byte| belongs(byte)).count();
    let opened = count(0, |byte| b"[]()#;?".contains(byte));
    // A title and the like ends with a bell.
    let text = opened + count(opened, |byte| byte.is_ascii_alphanumeric() || *byte == b';');
    if bytes.get(text) == Some(&BELL) {
        return text + 1;
    }
    let parameters = opened + count(opened, |byte| byte.is_ascii_digit() || *byte == b';');
    match bytes.get(parameters) {
        Some(b'A'..=b'P' | b'R' | b'Z' | b'c' | b'f'..=b'n' | b'q' | b'r' | b'y' | b'=' | b'>' | b'<' | b'~') => {
            parameters + 1
        }
        _ if parameters > opened => parameters,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_go_away() {
        let check = |text: &str, expected: &str| {
            assert_eq!(without_colors(text).as_deref().unwrap_or(text), expected, "{text:?}");
        };
        check("plain", "plain");
        check("\u{1b}[31mred\u{1b}[0m text", "red text");
        check("\u{1b}[1;38;5;196mé\u{1b}[m", "é");
        check("\u{9b}2Kline", "line");
        check("\u{1b}]0;title\u{7}rest", "rest");
        check("lone \u{1b} stays", "lone \u{1b} stays");
        check("end \u{1b}", "end \u{1b}");
        check("end \u{1b}[3", "end ");
    }
}
