//! The UTF-8 syntax of matchers: names and values are any text, quoted where they hold reserved characters.
//!
//! Invariant: quoted text is read as Go reads a string literal.

use model::matcher::{MatchOp, Matcher};

/// Whether the character must stand in quotes.
pub(super) fn is_reserved(character: char) -> bool {
    character.is_whitespace() || "{}!=~,\\\"'`".contains(character)
}

/// Reads a list.
pub(super) fn parse(input: &str) -> Result<Vec<Matcher>, String> {
    let mut reader = Reader { rest: input.trim_start() };
    let braced = reader.take("{");
    let mut matchers = Vec::new();
    loop {
        if reader.rest.is_empty() || reader.rest.starts_with('}') {
            break;
        }
        matchers.push(reader.matcher()?);
        if !reader.take(",") {
            break;
        }
    }
    if reader.take("}") != braced {
        return Err(if braced { "expected close brace" } else { "expected opening brace" }.to_owned());
    }
    if reader.rest.is_empty() { Ok(matchers) } else { Err(format!("expected end of input: {}", reader.rest)) }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn take(&mut self, token: &str) -> bool {
        let after = self.rest.strip_prefix(token);
        if let Some(after) = after {
            self.rest = after.trim_start();
        }
        after.is_some()
    }

    fn matcher(&mut self) -> Result<Matcher, String> {
        let name = self.text().ok_or("expected label name")?;
        let op = if self.take("=~") {
            MatchOp::Regex
        } else if self.take("!~") {
            MatchOp::NotRegex
        } else if self.take("!=") {
            MatchOp::NotEqual
        } else if self.take("=") {
            MatchOp::Equal
        } else {
            return Err("expected an operator such as '=', '!=', '=~' or '!~'".to_owned());
        };
        let value = self.text().ok_or("expected label value")?;
        Matcher::new(name, op, value)
    }

    /// Quoted or unquoted text; `None` where there is none, or one that is no literal of Go.
    fn text(&mut self) -> Option<String> {
        let (text, rest) = match self.rest.strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            None => {
                let end = self.rest.find(is_reserved).unwrap_or(self.rest.len());
                let (text, rest) = self.rest.split_at(end);
                (text.to_owned(), rest)
            }
        };
        let is_text = rest.len() < self.rest.len();
        self.rest = rest.trim_start();
        is_text.then_some(text)
    }
}

/// The text up to the closing quote, and what stands behind it.
fn unquoted(quoted: &str) -> Option<(String, &str)> {
    let mut text = Vec::new();
    let mut characters = quoted.chars();
    loop {
        match characters.next()? {
            '"' => break,
            '\n' => return None,
            '\\' => escape(&mut characters, &mut text)?,
            other => push(&mut text, other),
        }
    }
    Some((String::from_utf8(text).ok()?, characters.as_str()))
}

fn push(text: &mut Vec<u8>, character: char) {
    text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

fn escape(characters: &mut std::str::Chars<'_>, text: &mut Vec<u8>) -> Option<()> {
    let escaped = characters.next()?;
    let mut digits = |count: usize, radix: u32| {
        (0..count).try_fold(0_u32, |sum, _| sum.checked_mul(radix)?.checked_add(characters.next()?.to_digit(radix)?))
    };
    match escaped {
        'a' => text.push(7),
        'b' => text.push(8),
        'f' => text.push(12),
        'n' => text.push(b'\n'),
        'r' => text.push(b'\r'),
        't' => text.push(b'\t'),
        'v' => text.push(11),
        '\\' | '"' => push(text, escaped),
        'x' => text.push(u8::try_from(digits(2, 16)?).ok()?),
        'u' => push(text, char::from_u32(digits(4, 16)?)?),
        'U' => push(text, char::from_u32(digits(8, 16)?)?),
        octal @ '0'..='7' => {
            let rest = digits(2, 8)?;
            text.push(u8::try_from(octal.to_digit(8)? * 64 + rest).ok()?);
        }
        _ => return None,
    }
    Some(())
}
