//! Label matchers: `name="value"`, `!=`, `=~`, `!~`.
//!
//! Invariant: a matcher's regular expression is compiled once, when the matcher is built, and is fully anchored.
//! A label that is absent is matched as the empty value.

mod glob;

use crate::labels::Labels;
use crate::regexp;
use glob::Glob;
use regex::Regex;
use std::fmt;
use std::sync::Arc;

/// How a matcher compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MatchOp {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `=~`
    Regex,
    /// `!~`
    NotRegex,
}

impl MatchOp {
    /// The operator's text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Regex => "=~",
            Self::NotRegex => "!~",
        }
    }
}

/// One condition on one label.
#[derive(Clone)]
pub struct Matcher {
    name: Arc<str>,
    value: Arc<str>,
    op: MatchOp,
    test: Test,
}

/// What is run against a value; only regular expressions that are neither a list nor simple are compiled.
#[derive(Clone)]
enum Test {
    Literal,
    OneOf(Arc<[String]>),
    Globs(Arc<[Glob]>),
    Regex(Regex),
}

impl Matcher {
    /// Builds a matcher.
    ///
    /// # Errors
    /// When `op` is a regex one and `value` does not compile; the text names the expression.
    pub fn new(name: impl Into<Arc<str>>, op: MatchOp, value: impl Into<Arc<str>>) -> Result<Self, String> {
        let (name, value) = (name.into(), value.into());
        let test = match op {
            MatchOp::Equal | MatchOp::NotEqual => Test::Literal,
            MatchOp::Regex | MatchOp::NotRegex => match alternatives(&value) {
                Some(list) => Test::OneOf(list.into()),
                None => match Glob::parse(&value) {
                    Some(globs) => Test::Globs(globs.into()),
                    None => Test::Regex(regexp::compile_anchored(&value)?),
                },
            },
        };
        Ok(Self { name, value, op, test })
    }

    /// `name="value"`, which cannot fail.
    pub fn equal(name: impl Into<Arc<str>>, value: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), value: value.into(), op: MatchOp::Equal, test: Test::Literal }
    }

    /// The same condition on another label; a regular expression is shared, not compiled again.
    pub fn renamed(&self, name: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), ..self.clone() }
    }

    /// The label's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value or expression as written.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// How it compares.
    pub fn op(&self) -> MatchOp {
        self.op
    }

    /// Whether a label value passes; the empty value stands for an absent label.
    pub fn matches(&self, value: &str) -> bool {
        let hit = match &self.test {
            Test::Literal => *self.value == *value,
            Test::OneOf(list) => list.iter().any(|candidate| candidate == value),
            Test::Globs(globs) => globs.iter().any(|glob| glob.matches(value)),
            Test::Regex(regex) => regex.is_match(value),
        };
        match self.op {
            MatchOp::Equal | MatchOp::Regex => hit,
            MatchOp::NotEqual | MatchOp::NotRegex => !hit,
        }
    }

    /// Whether the matcher passes on the set's value of its label.
    pub fn matches_labels(&self, labels: &Labels) -> bool {
        self.matches(labels.get(&self.name).unwrap_or(""))
    }

    /// Whether a series without the label passes.
    pub fn matches_empty(&self) -> bool {
        self.matches("")
    }

    /// The only values that can pass, where they are few and known (`=`, and `=~` of plain alternatives);
    /// an index can look them up instead of trying every value. `None` for the negative operators.
    pub fn candidates(&self) -> Option<Vec<&str>> {
        match (self.op, &self.test) {
            (MatchOp::Equal, _) => Some(vec![&self.value]),
            (MatchOp::Regex, Test::OneOf(list)) => Some(list.iter().map(String::as_str).collect()),
            _ => None,
        }
    }
}

/// The alternatives of an expression such as `a|b\.c|d` without any special character, or `None`.
fn alternatives(pattern: &str) -> Option<Vec<String>> {
    let mut list = vec![String::new()];
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        let plain = match character {
            '|' => {
                list.push(String::new());
                continue;
            }
            '\\' => characters.next().filter(char::is_ascii_punctuation)?,
            '.' | '+' | '*' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '^' | '$' => return None,
            other => other,
        };
        list.last_mut()?.push(plain);
    }
    Some(list)
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Self) -> bool {
        self.op == other.op && self.name == other.name && self.value == other.value
    }
}

impl Eq for Matcher {}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if crate::labels::is_legacy_label_name(&self.name) {
            f.write_str(&self.name)?;
        } else {
            crate::number::write_quoted(f, &self.name)?;
        }
        f.write_str(self.op.as_str())?;
        crate::number::write_quoted(f, &self.value)
    }
}

impl fmt::Debug for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_compare_whole_values() {
        let check = |op: MatchOp, pattern: &str, value: &str, expected: bool| {
            let matcher = Matcher::new("x", op, pattern).expect("compiles");
            assert_eq!(matcher.matches(value), expected, "{matcher} on {value:?}");
        };
        check(MatchOp::Equal, "a", "a", true);
        check(MatchOp::Equal, "", "", true);
        check(MatchOp::NotEqual, "a", "", true);
        check(MatchOp::Regex, "a|b", "b", true);
        check(MatchOp::Regex, "a|b", "ab", false);
        check(MatchOp::Regex, "a|", "", true);
        check(MatchOp::Regex, "a.*", "abc", true);
        check(MatchOp::NotRegex, "a.*", "abc", false);
        check(MatchOp::NotRegex, ".+", "", true);
        check(MatchOp::Regex, r"a\.b|c\|d", "a.b", true);
        check(MatchOp::Regex, r"a\.b|c\|d", "axb", false);
        check(MatchOp::Regex, r"a\.b|c\|d", "c|d", true);
        check(MatchOp::Regex, r"\d", "5", true);
    }

    #[test]
    fn bad_expression_is_refused() {
        assert!(Matcher::new("x", MatchOp::Regex, "a(").is_err());
    }
}
