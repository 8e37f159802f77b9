//! Matchers as Alertmanager's configs, silences and API write them, in its classic and its UTF-8 syntax.
//!
//! Invariant: what both syntaxes accept and read differently is read as the classic one does; what only one accepts is
//! read by that one (Alertmanager's fallback mode, its default). A written matcher reads back as itself.

mod classic;
mod utf8;

use model::labels::Labels;
use model::matcher::{MatchOp, Matcher};
use std::fmt;

/// Conditions that must all hold. Without any, everything passes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matchers(Vec<Matcher>);

impl Matchers {
    /// In the order of Alertmanager: by name, then value, then operator.
    pub fn sorted(mut matchers: Vec<Matcher>) -> Self {
        let rank = |matcher: &Matcher| match matcher.op() {
            MatchOp::Equal => 0,
            MatchOp::NotEqual => 1,
            MatchOp::Regex => 2,
            MatchOp::NotRegex => 3,
        };
        matchers.sort_by(|a, b| (a.name(), a.value(), rank(a)).cmp(&(b.name(), b.value(), rank(b))));
        Self(matchers)
    }

    /// In the order given.
    pub fn new(matchers: Vec<Matcher>) -> Self {
        Self(matchers)
    }

    /// Whether all hold; a label that is absent counts as empty.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.0.iter().all(|matcher| matcher.matches_labels(labels))
    }

    /// Each of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Matcher> {
        self.0.iter()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// `{a="1",b=~"2"}`, as group keys hold it.
impl fmt::Display for Matchers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<_> = self.0.iter().map(text).collect();
        write!(f, "{{{}}}", texts.join(","))
    }
}

/// A matcher as Alertmanager writes it.
pub fn text(matcher: &Matcher) -> String {
    let op = matcher.op().as_str();
    if matcher.name().contains(utf8::is_reserved) {
        let quoted = model::number::quoted;
        return format!("{}{op}{}", quoted(matcher.name()), quoted(matcher.value()));
    }
    let value = matcher.value().replace('\\', "\\\\").replace('\n', "\\n").replace('"', "\\\"");
    format!("{}{op}\"{value}\"", matcher.name())
}

/// Reads any number of matchers, `a=b,c!="d"` with or without braces.
///
/// # Errors
/// What is wrong, in Alertmanager's words.
pub fn parse_all(input: &str) -> Result<Vec<Matcher>, String> {
    chosen(utf8::parse(input), classic::parse_all(input))
}

/// Reads exactly one matcher, without braces.
///
/// # Errors
/// What is wrong, in Alertmanager's words.
pub fn parse_one(input: &str) -> Result<Matcher, String> {
    if input.starts_with('{') || input.ends_with('}') {
        return Err(format!("unexpected open or close brace: {input}"));
    }
    let one = utf8::parse(input).and_then(|mut all| match (all.len(), all.pop()) {
        (1, Some(one)) => Ok(one),
        (0, _) => Err("no matchers".to_owned()),
        (more, _) => Err(format!("expected 1 matcher, found {more}")),
    });
    chosen(one, classic::parse_one(input))
}

fn chosen<T: PartialEq>(utf8: Result<T, String>, classic: Result<T, String>) -> Result<T, String> {
    match (utf8, classic) {
        (Err(_), classic) => classic,
        (Ok(utf8), Err(_)) => Ok(utf8),
        (Ok(utf8), Ok(classic)) if utf8 == classic => Ok(utf8),
        (Ok(_), Ok(classic)) => Ok(classic),
    }
}

/// Whether a label may be called so: any text but the empty one.
pub fn is_label_name(name: &str) -> bool {
    !name.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matchers_read_and_write() {
        let check = |input: &str, expected: &str| {
            let read = parse_all(input).map(|matchers| Matchers::new(matchers).to_string());
            assert_eq!(read.as_deref(), Ok(expected), "{input}");
            let again = parse_all(expected).map(|matchers| Matchers::new(matchers).to_string());
            assert_eq!(again.as_deref(), Ok(expected), "{expected}");
        };
        check("", "{}");
        check("{}", "{}");
        check("foo=bar", r#"{foo="bar"}"#);
        check(r#"{foo = "bar", dings != bums, }"#, r#"{foo="bar",dings!="bums"}"#);
        check(r#"foo=~"5..",x!~y"#, r#"{foo=~"5..",x!~"y"}"#);
        check(r#"quote="She said: \"Hi, ladies!\"""#, r#"{quote="She said: \"Hi, ladies!\""}"#);
        check("foo=", r#"{foo=""}"#);
        check(r#"foo="\n\\""#, r#"{foo="\n\\"}"#);
        check(r"foo=a\d", r#"{foo="a\\d"}"#);
        check(r#"foo="a\.b""#, r#"{foo="a\\.b"}"#);
        check(r#""a b"=c"#, r#"{"a b"="c"}"#);
        check("🙂=x", "{🙂=\"x\"}");
        check("foo=bar🙂", "{foo=\"bar🙂\"}");
        check(r#"foo="\u00e9""#, r#"{foo="\\u00e9"}"#);
    }

    #[test]
    fn what_is_wrong_is_told_in_alertmanagers_words() {
        let check = |input: &str, expected: &str| assert_eq!(parse_all(input), Err(expected.to_owned()), "{input}");
        check("foo", "bad matcher format: foo");
        check("=bar", "bad matcher format: =bar");
        check("a b=c", "bad matcher format: a b=c");
        check(r#"foo="bar"#, r#"matcher value contains unescaped double quote: "bar"#);
        check(r#"foo=ba"r"#, r#"matcher value contains unescaped double quote: ba"r"#);
        assert!(parse_all("foo=~(").is_err());
        assert_eq!(parse_one("{foo=bar}"), Err("unexpected open or close brace: {foo=bar}".to_owned()));
        assert!(parse_one("").is_err());
        assert_eq!(parse_one("foo=bar").map(|matcher| text(&matcher)), Ok(r#"foo="bar""#.to_owned()));
    }

    #[test]
    fn routes_hold_their_matchers_in_order() {
        let matchers = parse_all("b=1,a=2,a=1,a!=1").expect("reads");
        assert_eq!(Matchers::sorted(matchers).to_string(), r#"{a="1",a!="1",a="2",b="1"}"#);
    }
}
