//! The level that a line tells by itself: a field of JSON or logfmt, else the first word that means one.
//!
//! Invariant: no part of the line is copied, and each byte is looked at a bounded number of times. Fields are found as
//! Loki finds them: in JSON a string on the first two levels under one of the known names, the first in the line; in
//! logfmt the best of the names, up to the first thing that is no logfmt. (Of letters beyond ASCII that Go lowers to
//! ASCII ones nothing is known here.)
#![expect(clippy::indexing_slicing, reason = "a scanner whose places come from searches in the same bytes")]

use super::level::Level;
use memchr::{memchr2, memchr3};
use regex::bytes::Regex;
use std::sync::LazyLock;

/// How deep objects are searched for a level.
const JSON_DEPTH: usize = 2;

/// The level of a line that nothing else tells the level of.
pub fn line_level(line: &str) -> Level {
    let bytes = line.as_bytes();
    let field = match is_json(line) {
        true => json_object(bytes, &mut 0, 1).err().and_then(|end| end.level()),
        false => logfmt(bytes),
    };
    let told = field.and_then(|value| std::str::from_utf8(value).ok()).and_then(Level::from_word);
    told.unwrap_or_else(|| first_word(bytes))
}

fn is_json(line: &str) -> bool {
    line.trim_start().starts_with('{') && line.trim_end().ends_with('}')
}

/// Why the search through an object ended before its end.
enum End<'l> {
    Found(&'l [u8]),
    Malformed,
}

impl<'l> End<'l> {
    fn level(self) -> Option<&'l [u8]> {
        match self {
            Self::Found(value) => Some(value),
            Self::Malformed => None,
        }
    }
}

/// Goes through an object, to its end if it holds no level.
fn json_object<'l>(bytes: &'l [u8], at: &mut usize, depth: usize) -> Result<(), End<'l>> {
    expect(bytes, at, b'{')?;
    if next(bytes, at) == Some(b'}') {
        *at += 1;
        return Ok(());
    }
    loop {
        let key = json_string(bytes, at)?;
        expect(bytes, at, b':')?;
        match next(bytes, at) {
            Some(b'"') => {
                let value = json_string(bytes, at)?;
                if is_level_name(key) {
                    return Err(End::Found(value));
                }
            }
            Some(b'{') if depth < JSON_DEPTH => json_object(bytes, at, depth + 1)?,
            Some(open @ (b'{' | b'[')) => json_nested(bytes, at, open)?,
            Some(_) => *at += memchr3(b',', b'}', b']', &bytes[*at..]).ok_or(End::Malformed)?,
            None => return Err(End::Malformed),
        }
        match next(bytes, at) {
            Some(b',') => *at += 1,
            Some(b'}') => {
                *at += 1;
                return Ok(());
            }
            _ => return Err(End::Malformed),
        }
    }
}

/// Moves over an object or array whose content is of no interest.
fn json_nested<'l>(bytes: &'l [u8], at: &mut usize, open: u8) -> Result<(), End<'l>> {
    let close = if open == b'{' { b'}' } else { b']' };
    let mut depth = 0_usize;
    loop {
        *at += memchr3(b'"', open, close, &bytes[*at..]).ok_or(End::Malformed)?;
        match bytes[*at] {
            b'"' => {
                json_string(bytes, at)?;
                continue;
            }
            byte if byte == open => depth += 1,
            _ => depth -= 1,
        }
        *at += 1;
        if depth == 0 {
            return Ok(());
        }
    }
}

/// What stands between the quotes of the string that comes next, escapes unread.
fn json_string<'l>(bytes: &'l [u8], at: &mut usize) -> Result<&'l [u8], End<'l>> {
    expect(bytes, at, b'"')?;
    let start = *at;
    loop {
        *at += bytes.get(*at..).and_then(|rest| memchr2(b'"', b'\\', rest)).ok_or(End::Malformed)?;
        if bytes[*at] == b'"' {
            *at += 1;
            return Ok(&bytes[start..*at - 1]);
        }
        *at += 2;
    }
}

fn expect<'l>(bytes: &[u8], at: &mut usize, byte: u8) -> Result<(), End<'l>> {
    if next(bytes, at) == Some(byte) {
        *at += 1;
        return Ok(());
    }
    Err(End::Malformed)
}

/// The next byte that is no space.
fn next(bytes: &[u8], at: &mut usize) -> Option<u8> {
    while let Some(byte) = bytes.get(*at) {
        if !matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
            return Some(*byte);
        }
        *at += 1;
    }
    None
}

fn is_level_name(key: &[u8]) -> bool {
    matches!(
        key,
        b"level"
            | b"LEVEL"
            | b"Level"
            | b"log.level"
            | b"severity"
            | b"SEVERITY"
            | b"Severity"
            | b"SeverityText"
            | b"lvl"
            | b"LVL"
            | b"Lvl"
            | b"severity_text"
            | b"Severity_Text"
            | b"SEVERITY_TEXT"
    )
}

/// How good a logfmt key is, 0 best; `None` for one that tells no level.
fn logfmt_rank(key: &[u8]) -> Option<usize> {
    const NAMES: [&[u8]; 6] = [b"level", b"log.level", b"severity", b"severitytext", b"lvl", b"severity_text"];
    NAMES.iter().position(|name| key.len() == name.len() && key.eq_ignore_ascii_case(name))
}

fn logfmt(bytes: &[u8]) -> Option<&[u8]> {
    let mut found: Option<(usize, &[u8])> = None;
    let mut at = 0;
    while let Some(equal) = memchr2(b'=', b'"', &bytes[at..]).map(|offset| at + offset) {
        let start = bytes[at..equal].iter().rposition(|byte| *byte <= b' ').map_or(at, |space| at + space + 1);
        let key = &bytes[start..equal];
        if bytes[equal] == b'"' || key.is_empty() {
            break;
        }
        let Some(value) = logfmt_value(bytes, equal + 1) else { break };
        if let Some(rank) = logfmt_rank(key)
            && found.is_none_or(|(best, _)| rank < best)
        {
            found = Some((rank, value.text));
            if rank == 0 {
                break;
            }
        }
        at = value.end;
    }
    found.map(|(_, value)| value)
}

struct LogfmtValue<'l> {
    text: &'l [u8],
    end: usize,
}

/// The value that starts there; `None` when it is malformed.
fn logfmt_value(bytes: &[u8], start: usize) -> Option<LogfmtValue<'_>> {
    if bytes.get(start) != Some(&b'"') {
        let rest = &bytes[start..];
        let end = rest.iter().position(|byte| *byte <= b' ' || *byte == b'=' || *byte == b'"');
        let end = start + end.unwrap_or(rest.len());
        return (bytes.get(end).is_none_or(|byte| *byte <= b' '))
            .then_some(LogfmtValue { text: &bytes[start..end], end });
    }
    let mut at = start + 1;
    loop {
        at += memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some(LogfmtValue { text: &bytes[start + 1..at], end: at + 1 });
        }
        at += 2;
    }
}

/// Where words that mean a level may begin: three letters are enough to rule out nearly everything, and few enough for
/// a vectorised search.
static BEGINNINGS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("(?i-u)tra|deb|fat|cri|err|war|inf").ok());

const WORDS: [(&[u8], Level); 9] = [
    (b"trace", Level::Trace),
    (b"debug", Level::Debug),
    (b"fatal", Level::Fatal),
    (b"critical", Level::Critical),
    (b"error", Level::Error),
    (b"err", Level::Error),
    (b"warning", Level::Warn),
    (b"warn", Level::Warn),
    (b"info", Level::Info),
];

/// The first word that means a level and stands alone.
fn first_word(bytes: &[u8]) -> Level {
    let Some(beginnings) = BEGINNINGS.as_ref() else { return Level::Unknown };
    let candidates = beginnings.find_iter(bytes).filter(|found| begins_word(bytes, found.start()));
    candidates.map(|found| &bytes[found.start()..]).find_map(word_at).unwrap_or_default()
}

fn word_at(rest: &[u8]) -> Option<Level> {
    let is_here = |word: &[u8]| {
        rest.get(..word.len()).is_some_and(|here| here.eq_ignore_ascii_case(word)) && ends_word(rest, word.len())
    };
    WORDS.iter().find(|(word, _)| is_here(word)).map(|(_, level)| *level)
}

/// Whether a word may begin there. A colon before it makes it the value of something else, as in `misc:error`.
fn begins_word(bytes: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|at| bytes.get(at));
    before.is_none_or(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'[' | b'(' | b'{' | b'"' | b'\'' | b'=' | b'|'))
}

fn ends_word(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_none_or(|byte| {
        matches!(
            byte,
            b' ' | b'\t'
                | b'\n'
                | b'['
                | b']'
                | b'('
                | b')'
                | b'{'
                | b'}'
                | b':'
                | b','
                | b'!'
                | b'"'
                | b'\''
                | b'='
                | b'|'
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: Level) {
        assert_eq!(line_level(line), expected, "{line:?}");
    }

    #[test]
    fn json_lines_tell_it_by_a_field() {
        check(r#"{"ts":"x","level":"warn","msg":"an error"}"#, Level::Warn);
        check(r#" {"msg":"a","Severity" : "ERR"} "#, Level::Error);
        check(r#"{"a":{"lvl":"dbg"},"level":"info"}"#, Level::Debug);
        check(r#"{"a":{"b":{"lvl":"dbg"}},"level":"info"}"#, Level::Info);
        check(r#"{"a":{"b":{"lvl":"\"}"}},"level":"info"}"#, Level::Info);
        check(r#"{"a":[{"level":"fatal"},"]"],"level":"info"}"#, Level::Info);
        check(r#"{"a":1,"b":null,"c":true,"d":"\\","severity_text":"Information"}"#, Level::Info);
        check(r#"{"level":3,"lvl":"trace"}"#, Level::Trace);
        check(r#"{"log.level":"critical"}"#, Level::Critical);
        // What the field says is no level of ours: the words of the line decide.
        check(r#"{"level":"notice","msg":"error"}"#, Level::Error);
        check(r#"{"level":"notice","msg":"fine"}"#, Level::Unknown);
        check(r#"{"lEvEl":"info","msg":"fine"}"#, Level::Info);
        check("{}", Level::Unknown);
    }

    #[test]
    fn malformed_json_falls_back_to_words() {
        check(r#"{"msg": error }"#, Level::Error);
        check(r#"{"a":"b" "level":"info"}"#, Level::Info);
        check(r#"{"a" "level":"debug"}"#, Level::Debug);
        check(r#"{"unterminated: warn }"#, Level::Warn);
        check(r#"{"a":{"b":[}"#, Level::Unknown);
        check(r#"{"a\"#, Level::Unknown);
        check("{\"a\\}", Level::Unknown);
    }

    #[test]
    fn logfmt_lines_tell_it_by_a_field() {
        check("ts=1 level=warn msg=\"an error\"", Level::Warn);
        check("LEVEL=Error x=1", Level::Error);
        check("msg=\"level=error in it\" level=info", Level::Info);
        check("msg=\"quoted \\\" level=error\" lvl=debug", Level::Debug);
        check("lvl=debug severity=info level=warn", Level::Warn);
        check("severity=info lvl=debug", Level::Info);
        check("a=1 level=\"warning\" b", Level::Warn);
        // An empty value, and what is none of ours.
        check("level= msg=error", Level::Error);
        check("level=notice msg=fatal", Level::Fatal);
        // Nothing counts after something that is no logfmt.
        check("GET /x?a=b&c=d level=debug", Level::Debug);
        check("1.2.3.4 - \"GET /x?level=debug&x HTTP/1.1\" 200", Level::Unknown);
        check("a=\"never ends level=info", Level::Info);
    }

    #[test]
    fn other_lines_tell_it_by_their_first_word() {
        check("2026-01-01 ERROR something with info", Level::Error);
        check("[warn] x", Level::Warn);
        check("Warning: x", Level::Warn);
        check("errors and information", Level::Unknown);
        check("misc:error", Level::Unknown);
        check("terror", Level::Unknown);
        check("infoinfo info", Level::Info);
        check("(err) critical", Level::Error);
        check("TRACE", Level::Trace);
        check("é|fatal!", Level::Fatal);
        check("no level here", Level::Unknown);
        check("", Level::Unknown);
    }

    #[test]
    fn hostile_lines_take_linear_time() {
        for part in ["{\"a\":", "[", "{", "\"", "\\", "a=", "a=\"", "=", "err", "err ", "{\"\":{", " = "] {
            let line = part.repeat((1 << 20) / part.len());
            line_level(&line);
            line_level(&format!("{{{line}}}"));
            line_level(&format!("{{\"a\":{line}}}"));
        }
    }
}
