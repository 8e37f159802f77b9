//! `html`, `js`, `urlquery`: the text of the arguments, safe to stand elsewhere.
//!
//! Invariant: escaping what is escaped already escapes it once more, as in Go.

use crate::template::format;
use crate::template::function::{Bounded, Call};
use crate::template::value::Value;
use model::number::quoted;

pub(super) fn html<'d>(call: &Call<'_, 'd>) -> Result<Value<'d>, String> {
    escaped(call, |character, into| {
        into.push(match character {
            '\0' => "\u{fffd}",
            '"' => "&#34;",
            '\'' => "&#39;",
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            other => return into.push(other.encode_utf8(&mut [0; 4])),
        })
    })
}

pub(super) fn js<'d>(call: &Call<'_, 'd>) -> Result<Value<'d>, String> {
    escaped(call, |character, into| match character {
        '\\' => into.push("\\\\"),
        '\'' => into.push("\\'"),
        '"' => into.push("\\\""),
        '<' | '>' | '&' | '=' | '\0'..='\x1f' => into.push(&format!("\\u{:04X}", u32::from(character))),
        other => {
            let plain = other.encode_utf8(&mut [0; 4]).to_owned();
            // What Go does not print it escapes, with more than four digits if need be.
            let is_printed = other == char::REPLACEMENT_CHARACTER || quoted(&plain).contains(other);
            if is_printed { into.push(&plain) } else { into.push(&format!("\\u{:04X}", u32::from(other))) }
        }
    })
}

pub(super) fn url_query<'d>(call: &Call<'_, 'd>) -> Result<Value<'d>, String> {
    let text = plain(call)?;
    let mut into = Bounded::new(call.room);
    push_url_query(&text, &mut into)?;
    Ok(into.into_value())
}

/// Appends text as a part of a query string.
pub(in crate::template) fn push_url_query(text: &str, into: &mut Bounded) -> Result<(), String> {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                into.push(char::from(byte).encode_utf8(&mut [0; 4]))?;
            }
            b' ' => into.push("+")?,
            _ => into.push(&format!("%{byte:02X}"))?,
        }
    }
    Ok(())
}

fn escaped<'d>(
    call: &Call<'_, 'd>,
    escape: impl Fn(char, &mut Bounded) -> Result<(), String>,
) -> Result<Value<'d>, String> {
    let text = plain(call)?;
    let mut into = Bounded::new(call.room);
    for character in text.chars() {
        escape(character, &mut into)?;
    }
    Ok(into.into_value())
}

/// The arguments as an action would print them.
fn plain(call: &Call<'_, '_>) -> Result<String, String> {
    let shown: Vec<Value<'_>> = call
        .rest(0)
        .iter()
        .map(|value| if value.is_nil() { Value::borrowed("<no value>") } else { value.clone() })
        .collect();
    format::sprint(&shown, call.room).map(Bounded::into_string)
}
