//! Text made safe for one place of HTML.
//!
//! Invariant: what comes out holds no character that ends the place that it is for.

use super::REFUSED;

/// For text and for attributes in quotes.
pub(super) fn text(text: &str) -> String {
    let mut into = String::with_capacity(text.len());
    text.chars().for_each(|character| push(character, &mut into));
    into
}

/// For attributes without quotes.
pub(super) fn unquoted(text: &str) -> String {
    if text.is_empty() {
        return REFUSED.to_owned();
    }
    let mut into = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii_whitespace() || character == '\u{b}' || matches!(character, '=' | '`') {
            into.push_str(&format!("&#{};", u32::from(character)));
        } else {
            push(character, &mut into);
        }
    }
    into
}

fn push(character: char, into: &mut String) {
    match character {
        '\0' => into.push('\u{fffd}'),
        '"' => into.push_str("&#34;"),
        '\'' => into.push_str("&#39;"),
        '&' => into.push_str("&amp;"),
        '<' => into.push_str("&lt;"),
        '>' => into.push_str("&gt;"),
        '+' => into.push_str("&#43;"),
        other => into.push(other),
    }
}

/// For the name of a tag or attribute: letters and digits, and no attribute whose value would be more than text.
pub(super) fn name(text: &str) -> String {
    let plain = !text.is_empty() && text.chars().all(|each| each.is_ascii_alphanumeric() || each == '-');
    let attribute = text.to_ascii_lowercase();
    if plain && super::Kind::of(&attribute) == super::Kind::Plain && super::Content::of(&attribute).is_none() {
        text.to_owned()
    } else {
        REFUSED.to_owned()
    }
}

/// For scripts and styles.
pub(super) fn code(text: &str) -> String {
    let passes = |each: char| each.is_ascii_alphanumeric() || matches!(each, ' ' | '.' | ',' | '#' | '%' | '-' | '_');
    if text.chars().all(passes) && !text.contains("--") { text.to_owned() } else { REFUSED.to_owned() }
}

/// A whole URL: one that names another scheme than those of links in mails is refused.
pub(super) fn checked_url(text: &str) -> String {
    let scheme = text.split_once(':').map(|(scheme, _)| scheme).filter(|scheme| !scheme.contains(['/', '?', '#']));
    let known = |scheme: &str| ["http", "https", "mailto"].iter().any(|known| known.eq_ignore_ascii_case(scheme));
    if scheme.is_none_or(known) { url(text) } else { format!("#{REFUSED}") }
}

/// A URL or the rest of one: what is escaped already stays.
pub(super) fn url(text: &str) -> String {
    let mut into = String::with_capacity(text.len());
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().copied().enumerate() {
        let digits = bytes.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let stays = match byte {
            b'%' => digits,
            byte => byte.is_ascii_alphanumeric() || b"!#$&*+,-./:;=?@[]_~".contains(&byte),
        };
        push_byte(byte, stays, &mut into);
    }
    into
}

/// A part of a URL's query.
pub(super) fn query(text: &str) -> String {
    let mut into = String::with_capacity(text.len());
    for byte in text.bytes() {
        push_byte(byte, byte.is_ascii_alphanumeric() || b"-._~".contains(&byte), &mut into);
    }
    into
}

fn push_byte(byte: u8, stays: bool, into: &mut String) {
    if stays {
        into.push(char::from(byte));
    } else {
        into.push_str(&format!("%{byte:02x}"));
    }
}
