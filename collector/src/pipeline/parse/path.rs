//! The part of JMESPath that pipelines use: `a.b."c d"[0][-1].e`.
//!
//! Invariant: what is not understood is refused by name, never read as something else.

use crate::json::{Cursor, Malformed, unescaped};
use crate::pipeline::Value;
use std::fmt;

/// A way into a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    /// From the end when negative.
    Index(i64),
}

/// Why a text is no path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PathError(String);

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Path {
    /// Reads an expression.
    pub(crate) fn parse(text: &str) -> Result<Self, PathError> {
        let mut steps = Vec::new();
        let mut rest = text.trim();
        loop {
            if let Some(bracket) = rest.strip_prefix('[') {
                let (step, after) = index(bracket, text)?;
                steps.push(step);
                rest = after;
            } else {
                let (key, after) = key(rest, text)?;
                steps.push(Step::Key(key));
                rest = after;
            }
            rest = match rest.strip_prefix('.') {
                Some(after) => after,
                None if rest.starts_with('[') => rest,
                None if rest.is_empty() => return Ok(Self { steps }),
                None => return Err(unsupported(text)),
            };
        }
    }

    /// The key that the path begins with, when it begins with one.
    pub(super) fn first_key(&self) -> Option<&str> {
        match self.steps.first() {
            Some(Step::Key(key)) => Some(key),
            _ => None,
        }
    }

    /// What the rest of the path finds in the value of its first key.
    pub(super) fn find_within(&self, value: &str) -> Result<Value, Malformed> {
        let mut found = value;
        for step in self.steps.iter().skip(1) {
            match step.find(found)? {
                Some(value) => found = value,
                None => return Ok(Value::Null),
            }
        }
        Ok(value_of(found))
    }
}

impl Step {
    fn find<'a>(&self, value: &'a str) -> Result<Option<&'a str>, Malformed> {
        let mut cursor = Cursor::new(value);
        match self {
            Self::Key(name) if cursor.at_object() => {
                let mut found = None;
                let mut keys = cursor.object()?;
                while let Some(key) = keys.next_key(&mut cursor)? {
                    let value = cursor.raw_value()?;
                    if unescaped(key) == name.as_str() {
                        found = Some(value);
                    }
                }
                Ok(found)
            }
            Self::Index(index) if cursor.at_array() => {
                let mut values = Vec::new();
                let mut elements = cursor.array()?;
                while elements.next_element(&mut cursor)? {
                    values.push(cursor.raw_value()?);
                }
                let from_end = i64::try_from(values.len()).unwrap_or(i64::MAX).saturating_add(*index);
                let index = if *index < 0 { from_end } else { *index };
                Ok(usize::try_from(index).ok().and_then(|index| values.get(index).copied()))
            }
            _ => Ok(None),
        }
    }
}

fn value_of(raw: &str) -> Value {
    let inside = raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match (raw, inside) {
        (_, Some(inside)) => Value::Text(unescaped(inside).into_owned()),
        ("null", _) => Value::Null,
        ("true", _) => Value::Bool(true),
        ("false", _) => Value::Bool(false),
        _ => match raw.parse() {
            Ok(number) => Value::Number(number),
            // Objects and arrays become JSON without spaces.
            Err(_) => match serde_json::from_str::<serde_json::Value>(raw) {
                Ok(value) => Value::Text(value.to_string()),
                Err(_) => Value::Text(raw.to_owned()),
            },
        },
    }
}

fn key<'t>(rest: &'t str, whole: &str) -> Result<(String, &'t str), PathError> {
    if let Some(quoted) = rest.strip_prefix('"') {
        let mut end = 0;
        loop {
            let Some(offset) = quoted.get(end..).and_then(|rest| rest.find(['"', '\\'])) else {
                return Err(PathError(format!("expression has a quote that does not end, got {whole}")));
            };
            end += offset;
            if quoted.as_bytes().get(end) == Some(&b'"') {
                let (name, after) = (quoted.get(..end).unwrap_or_default(), quoted.get(end + 1..).unwrap_or_default());
                return Ok((unescaped(name).into_owned(), after));
            }
            end += 2;
        }
    }
    let is_part = |character: char| character == '_' || character.is_ascii_alphanumeric();
    let end = rest.find(|character: char| !is_part(character)).unwrap_or(rest.len());
    let (name, after) = rest.split_at(end);
    if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
        return Err(unsupported(whole));
    }
    Ok((name.to_owned(), after))
}

fn index<'t>(bracket: &'t str, whole: &str) -> Result<(Step, &'t str), PathError> {
    let (number, after) = bracket.split_once(']').ok_or_else(|| unsupported(whole))?;
    let number = number.trim().parse().map_err(|_| unsupported(whole))?;
    Ok((Step::Index(number), after))
}

fn unsupported(text: &str) -> PathError {
    PathError(format!("JMESPath beyond names, quoted names and indices is not supported yet, got {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(path: &str, value: &str) -> Value {
        Path::parse(path).expect(path).find_within(value).expect("well-formed")
    }

    #[test]
    fn paths_find_values() {
        let check = |path: &str, value: &str, expected: Value| assert_eq!(find(path, value), expected, "{path}");
        let text = |text: &str| Value::Text(text.to_owned());
        check("a", "1.50", Value::Number(1.5));
        check("a", "\"x\\n\"", text("x\n"));
        check("a", "true", Value::Bool(true));
        check("a", "null", Value::Null);
        check("a", "{\"b\": [1, 2]}", text("{\"b\":[1,2]}"));
        check("a.b.c", "{\"b\":{\"x\":1,\"c\":\"y\"}}", text("y"));
        check("a.\"b c\"[1].d", "{\"b c\":[0,{\"d\":false}]}", Value::Bool(false));
        check("a[-1]", "[1,2,3]", Value::Number(3.0));
        check("a[3]", "[1,2,3]", Value::Null);
        check("a.b", "[1]", Value::Null);
        check("a[0]", "{}", Value::Null);
        check("a.b", "{\"b\":1,\"b\":2}", Value::Number(2.0));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for text in
            ["", "a.", ".a", "a b", "a[*]", "a[?b]", "a | b", "length(a)", "a[0", "a.*", "1a", "a-b", "{a: b}", "@"]
        {
            let error = Path::parse(text).expect_err(text).to_string();
            assert!(error.contains("is not supported yet, got ") && error.ends_with(text), "{error}");
        }
        assert!(Path::parse("\"a").is_err());
    }
}
