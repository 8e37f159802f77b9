//! Bytes of a file to lines.
//!
//! Invariant: whatever the bytes are, a line that comes out is at most [`LINE_BYTES_MAX`] long, and every byte is
//! counted once. What does not end yet is left for the next time.

use crate::limits::LINE_BYTES_MAX;
use std::borrow::Cow;

/// Whether more bytes may follow the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// They may: a line without a line break is not whole.
    Open,
    /// They will not: what is left is the last line.
    Final,
}

/// One line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// Its bytes, without the line break.
    pub(super) bytes: &'a [u8],
    /// Where it starts.
    pub(super) start: usize,
    /// Where the next one starts.
    pub(super) end: usize,
    /// How many bytes were left out of it so far; 0 of nearly every line.
    pub(super) cut: usize,
}

/// Gives out the lines of `bytes` and returns how many of the bytes are done with. `in_cut` is whether the bytes begin
/// inside a line that was cut, and whether the next ones will.
pub(super) fn split(bytes: &[u8], in_cut: &mut bool, ending: Ending, mut line: impl FnMut(Line<'_>)) -> usize {
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let newline = memchr::memchr(b'\n', rest);
        if *in_cut {
            at += newline.map_or(rest.len(), |newline| newline + 1);
            *in_cut = newline.is_none();
            continue;
        }
        // A file that was emptied under a writer which goes on at its old place begins with a hole of zeros.
        let zeros = rest.iter().take_while(|byte| **byte == 0).count();
        if zeros > 0 {
            at += zeros;
            continue;
        }
        let text = rest.get(..newline.unwrap_or(rest.len())).unwrap_or_default();
        let is_cut = text.len() > LINE_BYTES_MAX;
        if newline.is_none() && !is_cut && ending == Ending::Open {
            break;
        }
        let start = at;
        at += text.len() + usize::from(newline.is_some());
        *in_cut = newline.is_none() && is_cut;
        let bytes = if is_cut { head(text) } else { text };
        line(Line { bytes, start, end: at, cut: text.len() - bytes.len() });
    }
    at
}

/// As much as a line may hold, without half a character at its end.
fn head(text: &[u8]) -> &[u8] {
    let mut end = LINE_BYTES_MAX.min(text.len());
    let is_inside = |end: usize| text.get(end).is_some_and(|byte| byte & 0xc0 == 0x80);
    let mut steps = 0;
    while is_inside(end) && steps < 3 {
        end -= 1;
        steps += 1;
    }
    text.get(..end).unwrap_or_default()
}

/// The text of a line, without a carriage return at its end; what is not UTF-8 becomes U+FFFD.
pub(super) fn text(bytes: &[u8]) -> Cow<'_, str> {
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => cut_text(String::from_utf8_lossy(bytes).into_owned()).into(),
    }
}

/// Every bad byte takes three as U+FFFD: the bound holds for the text.
fn cut_text(mut text: String) -> String {
    let mut end = LINE_BYTES_MAX.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], ending: Ending, expected: &[&str], consumed: usize) {
        let (mut found, mut in_cut) = (Vec::new(), false);
        let done = split(bytes, &mut in_cut, ending, |line| found.push(text(line.bytes).into_owned()));
        assert_eq!((found.iter().map(String::as_str).collect::<Vec<_>>(), done), (expected.to_vec(), consumed));
        assert!(!in_cut);
    }

    #[test]
    fn lines_end_with_their_break() {
        check(b"", Ending::Open, &[], 0);
        check(b"a\nbc\n", Ending::Open, &["a", "bc"], 5);
        check(b"a\nbc", Ending::Open, &["a"], 2);
        check(b"a\nbc", Ending::Final, &["a", "bc"], 4);
        check(b"\n\na\r\n", Ending::Open, &["", "", "a"], 5);
        check(b"\xff\xfea\n", Ending::Open, &["\u{fffd}\u{fffd}a"], 4);
    }

    #[test]
    fn a_hole_of_zeros_is_no_text() {
        check(b"\0\0\0\0a\n", Ending::Open, &["a"], 6);
        check(b"a\0b\n", Ending::Open, &["a\0b"], 4);
        check(b"\0\0", Ending::Open, &[], 2);
        check(b"\0\0", Ending::Final, &[], 2);
    }

    #[test]
    fn a_long_line_is_cut_and_its_rest_left_out() {
        let mut bytes = vec![b'x'; LINE_BYTES_MAX + 5];
        let mut in_cut = false;
        let mut lines = Vec::new();
        let mut note = |line: Line<'_>| lines.push((line.bytes.len(), line.cut));
        assert_eq!(split(&bytes, &mut in_cut, Ending::Open, &mut note), bytes.len());
        assert!(in_cut);
        assert_eq!(split(b"rest", &mut in_cut, Ending::Open, &mut note), 4);
        assert_eq!(split(b"rest\nnext\n", &mut in_cut, Ending::Open, &mut note), 10);
        assert!(!in_cut);
        bytes.push(b'\n');
        assert_eq!(split(&bytes, &mut in_cut, Ending::Open, &mut note), bytes.len());
        assert_eq!(lines, [(LINE_BYTES_MAX, 5), (4, 0), (LINE_BYTES_MAX, 5)]);
        assert!(!in_cut);
    }

    #[test]
    fn a_cut_keeps_whole_characters() {
        let mut bytes = vec![b'x'; LINE_BYTES_MAX - 1];
        bytes.extend("한글\n".as_bytes());
        let mut in_cut = false;
        split(&bytes, &mut in_cut, Ending::Open, |line| {
            assert_eq!((line.bytes.len(), line.cut), (LINE_BYTES_MAX - 1, 6));
        });
    }

    #[test]
    fn replacing_bad_bytes_keeps_the_bound() {
        let bytes = vec![0xff; LINE_BYTES_MAX];
        assert!(text(&bytes).len() <= LINE_BYTES_MAX);
    }
}
