//! How a text falls into tokens. The same functions read lines when they are indexed and literals when they are
//! looked up, so a token of a literal that is cut on neither side is a token of every line that holds the literal.
//!
//! Invariant: tokens are found byte by byte from classes of bytes alone; bytes of characters beyond ASCII are letters,
//! so a word never begins or ends inside a character.

use std::ops::Range;

/// `A-Z`, `a-z` and `_`.
pub(super) const LETTER: u8 = 1;
/// `0-9`.
pub(super) const DIGIT: u8 = 2;
/// `-`, which belongs to codes but not to words.
pub(super) const DASH: u8 = 4;
/// Bytes beyond ASCII.
pub(super) const HIGH: u8 = 8;

const CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(clippy::indexing_slicing, reason = "evaluated while compiling")]
        {
            classes[byte] = match byte as u8 {
                b'A'..=b'Z' | b'a'..=b'z' | b'_' => LETTER,
                b'0'..=b'9' => DIGIT,
                b'-' => DASH,
                0x80..=0xff => HIGH,
                _ => 0,
            };
        }
        byte += 1;
    }
    classes
}

#[inline]
fn class(byte: u8) -> u8 {
    #[expect(clippy::indexing_slicing, reason = "a byte is below 256")]
    CLASSES[byte as usize]
}

/// Calls `visit` with every longest run of bytes of the wanted classes, and the classes that are in it.
#[inline]
fn runs(bytes: &[u8], wanted: u8, mut visit: impl FnMut(Range<usize>, u8)) {
    let mut at = 0;
    while let Some(rest) = bytes.get(at..)
        && let Some(skipped) = rest.iter().position(|byte| class(*byte) & wanted != 0)
    {
        let start = at + skipped;
        let (mut end, mut seen) = (start, 0);
        for byte in rest.iter().skip(skipped) {
            let class = class(*byte);
            if class & wanted == 0 {
                break;
            }
            seen |= class;
            end += 1;
        }
        visit(start..end, seen);
        at = end;
    }
}

/// Spans: what stands between punctuation and spaces.
#[inline]
pub(super) fn spans(bytes: &[u8], visit: impl FnMut(Range<usize>, u8)) {
    runs(bytes, LETTER | DIGIT | DASH | HIGH, visit);
}

/// The words of a span: runs of letters.
#[inline]
pub(super) fn words(span: &[u8], mut visit: impl FnMut(Range<usize>)) {
    runs(span, LETTER | HIGH, |range, _| visit(range));
}

/// The codes of a span: runs of ASCII letters, digits and dashes that have a digit.
#[inline]
pub(super) fn codes(span: &[u8], mut visit: impl FnMut(Range<usize>)) {
    runs(span, LETTER | DIGIT | DASH, |range, seen| {
        if seen & DIGIT != 0 {
            visit(range);
        }
    });
}

/// Words shorter than this are in every chunk.
const WORD_BYTES_MIN: usize = 3;

/// Whether words of this kind are not indexed: too short, or all letters that hexadecimal numbers have, which would
/// fill the dictionary with pieces of them. A word that holds one that is indexed is indexed.
#[inline]
pub(super) fn is_trivial(word: &[u8]) -> bool {
    word.len() < WORD_BYTES_MIN || word.iter().all(|byte| matches!(byte, b'a'..=b'f' | b'A'..=b'F'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_fall_into_words_and_codes() {
        let check = |text: &str, expected_words: &[&str], expected_codes: &[&str]| {
            let (mut found, mut coded) = (Vec::new(), Vec::new());
            spans(text.as_bytes(), |span, _| {
                let span = &text[span];
                words(span.as_bytes(), |range| found.push(span[range].to_owned()));
                codes(span.as_bytes(), |range| coded.push(span[range].to_owned()));
            });
            assert_eq!(
                (found, coded),
                (
                    expected_words.iter().map(|w| (*w).to_owned()).collect(),
                    expected_codes.iter().map(|c| (*c).to_owned()).collect()
                ),
                "{text}"
            );
        };
        check("", &[], &[]);
        check("GET /a_b?x=1", &["GET", "a_b", "x"], &["1"]);
        check("kube-system ipv4", &["kube", "system", "ipv"], &["ipv4"]);
        check("550e8400-e29b!", &["e", "e", "b"], &["550e8400-e29b"]);
        check("오류 코드7번", &["오류", "코드", "번"], &["7"]);
        check("--- 7- é9", &["é"], &["7-", "9"]);
    }
}
