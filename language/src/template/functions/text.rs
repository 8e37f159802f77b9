//! Text: case, ends, parts, widths, encodings.
//!
//! Invariant: the arguments' order is Loki's: the text comes last in functions with a small letter, so that it can be
//! piped in. What counts bytes there counts bytes here.

use super::logql::{ONE_TEXT, TWO_TEXTS};
use crate::byte_size;
use crate::template::builtin::push_url_query;
use crate::template::function::{Call, Function, Functions, Kind};
use crate::template::value::{Safe, Text, Value};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const COUNT_AND_TEXT: &[Kind] = &[Kind::Int, Kind::Text];
const REPEAT_NEGATIVE: &str = "strings: negative Repeat count";

pub(super) fn add(functions: &mut Functions) {
    add_case(functions);
    add_ends(functions);
    add_parts(functions);
    add_encodings(functions);
}

/// What messages need of text, under the names of Prometheus and Alertmanager.
pub(super) fn add_messages(functions: &mut Functions) {
    let declared = |safe| {
        Function::new(ONE_TEXT, move |call| {
            let mut into = call.bounded();
            into.push(call.text(0))?;
            Ok(Value::Text(Text::Safe(safe, into.into_string().into())))
        })
    };
    functions
        .add("toUpper", mapping(upper))
        .add("toLower", mapping(lower))
        .add("title", mapping(title))
        .add("trimSpace", Function::new(ONE_TEXT, |call| made(call, call.text(0).trim())))
        .add("safeHtml", declared(Safe::Html))
        .add("safeUrl", declared(Safe::Url))
        .add("urlUnescape", Function::new(ONE_TEXT, |call| made(call, &url_decoded(call.text(0))?)));
}

/// A function from text to text.
fn mapping(map: fn(&str) -> String) -> Function {
    Function::new(ONE_TEXT, move |call| made(call, &map(call.text(0))))
}

/// A function that cuts something off its second argument, or off its first where the names begin with a capital.
fn cutting(text_at: usize, cut: for<'t> fn(&'t str, &str) -> &'t str) -> Function {
    Function::new(TWO_TEXTS, move |call| made(call, cut(call.text(text_at), call.text(1 - text_at))))
}

/// A function that asks whether the second argument has the first.
fn asking(has: fn(&str, &str) -> bool) -> Function {
    Function::new(TWO_TEXTS, move |call| Ok(Value::Bool(has(call.text(1), call.text(0)))))
}

/// Text that was made, if there is room for it.
pub(super) fn made<'d>(call: &Call<'_, 'd>, text: &str) -> Result<Value<'d>, String> {
    let mut into = call.bounded();
    into.push(text)?;
    Ok(into.into_value())
}

fn add_case(functions: &mut Functions) {
    for name in ["lower", "ToLower"] {
        functions.add(name, mapping(lower));
    }
    for name in ["upper", "ToUpper"] {
        functions.add(name, mapping(upper));
    }
    functions.add("title", mapping(title));
}

fn add_ends(functions: &mut Functions) {
    let trim_space = || Function::new(ONE_TEXT, |call| made(call, call.text(0).trim()));
    functions
        .add("trim", trim_space())
        .add("TrimSpace", trim_space())
        .add("trimAll", cutting(1, trim_all))
        .add("Trim", cutting(0, trim_all))
        .add("TrimLeft", cutting(0, |text, set| text.trim_start_matches(|each| set.contains(each))))
        .add("TrimRight", cutting(0, |text, set| text.trim_end_matches(|each| set.contains(each))))
        .add("trimPrefix", cutting(1, without_prefix))
        .add("TrimPrefix", cutting(0, without_prefix))
        .add("trimSuffix", cutting(1, without_suffix))
        .add("TrimSuffix", cutting(0, without_suffix))
        .add("contains", asking(|text, part| text.contains(part)))
        .add("hasPrefix", asking(|text, part| text.starts_with(part)))
        .add("hasSuffix", asking(|text, part| text.ends_with(part)));
}

fn add_parts(functions: &mut Functions) {
    const THREE_TEXTS: &[Kind] = &[Kind::Text, Kind::Text, Kind::Text];
    functions
        .add("trunc", Function::new(COUNT_AND_TEXT, truncated))
        .add("substr", Function::new(&[Kind::Int, Kind::Int, Kind::Text], part))
        .add("alignLeft", Function::new(COUNT_AND_TEXT, |call| aligned(call, Side::Left)))
        .add("alignRight", Function::new(COUNT_AND_TEXT, |call| aligned(call, Side::Right)))
        .add("repeat", Function::new(COUNT_AND_TEXT, repeated))
        .add("indent", Function::new(COUNT_AND_TEXT, |call| indented(call, "")))
        .add("nindent", Function::new(COUNT_AND_TEXT, |call| indented(call, "\n")))
        .add("replace", Function::new(THREE_TEXTS, |call| replaced(call, [2, 0, 1], -1)))
        .add(
            "Replace",
            Function::new(&[Kind::Text, Kind::Text, Kind::Text, Kind::Int], |call| {
                replaced(call, [0, 1, 2], call.int(3))
            }),
        )
        .add("default", Function::new(&[Kind::Any], |call| Ok(or_default(call))).with_further(Kind::Any));
}

fn add_encodings(functions: &mut Functions) {
    let seconds = |call: &Call<'_, '_>| seconds(call.text(0));
    functions
        .add("b64enc", Function::new(ONE_TEXT, |call| made(call, &STANDARD.encode(call.text(0)))))
        .add("b64dec", Function::new(ONE_TEXT, |call| made(call, &decoded(call.text(0)))))
        .add("urlencode", Function::new(ONE_TEXT, url_encoded))
        .add("urldecode", Function::new(ONE_TEXT, |call| made(call, &url_decoded(call.text(0))?)))
        .add("bytes", Function::new(ONE_TEXT, |call| bytes(call.text(0)).map(Value::Float)))
        .add("duration", Function::new(ONE_TEXT, move |call| seconds(call).map(Value::Float)))
        .add("duration_seconds", Function::new(ONE_TEXT, move |call| seconds(call).map(Value::Float)));
}

/// Go changes each character by itself: one that would become several stays.
fn lower(text: &str) -> String {
    text.chars().map(|character| single(character, character.to_lowercase())).collect()
}

fn upper(text: &str) -> String {
    text.chars().map(|character| single(character, character.to_uppercase())).collect()
}

fn single(character: char, mut changed: impl Iterator<Item = char>) -> char {
    match (changed.next(), changed.next()) {
        (Some(changed), None) => changed,
        _ => character,
    }
}

/// The first letter of each word large.
fn title(text: &str) -> String {
    let mut after_separator = true;
    let mut large = |character: char| {
        let first = std::mem::replace(&mut after_separator, is_separator(character));
        if first { single(character, character.to_uppercase()) } else { character }
    };
    text.chars().map(&mut large).collect()
}

fn is_separator(character: char) -> bool {
    if character.is_ascii() {
        return !character.is_ascii_alphanumeric() && character != '_';
    }
    !character.is_alphanumeric() && character.is_whitespace()
}

fn trim_all<'t>(text: &'t str, set: &str) -> &'t str {
    text.trim_matches(|each| set.contains(each))
}

fn without_prefix<'t>(text: &'t str, prefix: &str) -> &'t str {
    text.strip_prefix(prefix).unwrap_or(text)
}

fn without_suffix<'t>(text: &'t str, suffix: &str) -> &'t str {
    text.strip_suffix(suffix).unwrap_or(text)
}

/// Bytes of a text; a character that is cut becomes the replacement character.
fn cut<'d>(call: &Call<'_, 'd>, bytes: Option<&[u8]>) -> Result<Value<'d>, String> {
    made(call, &String::from_utf8_lossy(bytes.unwrap_or_default()))
}

/// The first bytes, or the last for a negative count.
fn truncated<'d>(call: &Call<'_, 'd>) -> Result<Value<'d>, String> {
    let (count, bytes) = (call.int(0), call.text(1).as_bytes());
    let wanted = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX).min(bytes.len());
    cut(call, if count < 0 { bytes.get(bytes.len() - wanted..) } else { bytes.get(..wanted) })
}

fn part<'d>(call: &Call<'_, 'd>) -> Result<Value<'d>, String> {
    let (from, to, bytes) = (call.int(0), call.int(1), call.text(2).as_bytes());
    let length = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    let from_known = from.max(0);
    let to_known = if from >= 0 && !(0..=length).contains(&to) { length } else { to };
    let place = |at: i64| usize::try_from(at).ok();
    let range = place(from_known).zip(place(to_known)).and_then(|(from, to)| bytes.get(from..to));
    match range {
        Some(part) => cut(call, Some(part)),
        None => Err(format!("slice bounds out of range [{from_known}:{to_known}] with length {length}")),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

/// As many characters, cut or filled at the other side.
fn aligned<'d>(call: &Call<'_, 'd>, side: Side) -> Result<Value<'d>, String> {
    let text = call.text(1);
    let Ok(wanted) = usize::try_from(call.int(0)) else { return made(call, text) };
    let length = text.chars().count();
    let mut into = call.bounded();
    let missing = wanted.saturating_sub(length);
    if side == Side::Right {
        into.push_times(" ", missing)?;
    }
    let skipped = if side == Side::Right { length.saturating_sub(wanted) } else { 0 };
    let start = text.char_indices().nth(skipped).map_or(text.len(), |(at, _)| at);
    let end = text.char_indices().nth(skipped + wanted).map_or(text.len(), |(at, _)| at);
    into.push(text.get(start..end).unwrap_or_default())?;
    if side == Side::Left {
        into.push_times(" ", missing)?;
    }
    Ok(into.into_value())
}

fn repeated<'d>(call: &Call<'_, 'd>) -> Result<Value<'d>, String> {
    let times = usize::try_from(call.int(0)).map_err(|_| REPEAT_NEGATIVE.to_owned())?;
    let mut into = call.bounded();
    into.push_times(call.text(1), times)?;
    Ok(into.into_value())
}

fn indented<'d>(call: &Call<'_, 'd>, before: &str) -> Result<Value<'d>, String> {
    let spaces = usize::try_from(call.int(0)).map_err(|_| REPEAT_NEGATIVE.to_owned())?;
    let mut into = call.bounded();
    into.push(before)?;
    for (at, line) in call.text(1).split('\n').enumerate() {
        into.push(if at > 0 { "\n" } else { "" })?;
        into.push_times(" ", spaces)?;
        into.push(line)?;
    }
    Ok(into.into_value())
}

/// The text with a part replaced by another, at most so many times; a negative count is all times.
fn replaced<'d>(call: &Call<'_, 'd>, [text, old, new]: [usize; 3], times: i64) -> Result<Value<'d>, String> {
    let (text, old, new) = (call.text(text), call.text(old), call.text(new));
    let most = usize::try_from(times).unwrap_or(usize::MAX);
    let mut into = call.bounded();
    let mut kept = 0;
    for (at, found) in text.match_indices(old).take(most) {
        into.push(text.get(kept..at).unwrap_or_default())?;
        into.push(new)?;
        kept = at + found.len();
    }
    into.push(text.get(kept..).unwrap_or_default())?;
    Ok(into.into_value())
}

/// The second argument, or the first when that is empty.
fn or_default<'d>(call: &Call<'_, 'd>) -> Value<'d> {
    let given = call.value(1);
    if given.is_true() { given.clone() } else { call.value(0).clone() }
}

/// The text of base64, whose padding may be missing; what is wrong with it is text too, as in Loki.
fn decoded(text: &str) -> String {
    let mut padded: String = text.chars().filter(|each| !matches!(each, '\r' | '\n')).collect();
    let over = padded.len() % 4;
    if over > 1 {
        padded.extend(std::iter::repeat_n('=', 4 - over));
    }
    match STANDARD.decode(&padded) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => {
            let at = match error {
                base64::DecodeError::InvalidByte(at, _) | base64::DecodeError::InvalidLastSymbol { offset: at, .. } => {
                    at
                }
                _ => padded.len(),
            };
            format!("illegal base64 data at input byte {at}")
        }
    }
}

fn url_encoded<'d>(call: &Call<'_, 'd>) -> Result<Value<'d>, String> {
    let mut into = call.bounded();
    push_url_query(call.text(0), &mut into)?;
    Ok(into.into_value())
}

fn url_decoded(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
                let byte = digits
                    .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
                    .and_then(|digits| u8::from_str_radix(digits, 16).ok());
                let Some(byte) = byte else {
                    let escape = after.get(..after.len().min(2)).unwrap_or_default();
                    let escape = format!("%{}", String::from_utf8_lossy(escape));
                    return Err(format!("invalid URL escape {}", model::number::quoted(&escape)));
                };
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            other => bytes.push(*other),
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[expect(clippy::cast_precision_loss, reason = "as in Loki")]
fn bytes(text: &str) -> Result<f64, String> {
    byte_size::parse(text).map(|bytes| bytes as f64)
}

#[expect(clippy::cast_precision_loss, reason = "as in Loki")]
fn seconds(text: &str) -> Result<f64, String> {
    match crate::go_duration::parse(text) {
        Some(nanos) => Ok(nanos as f64 / 1e9),
        None => Err(format!("time: invalid duration {}", model::number::quoted(text))),
    }
}
