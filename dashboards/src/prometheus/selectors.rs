//! `match[]`: selectors that restrict which series count.

use crate::error::Failure;
use crate::limits::{SELECTOR_REGEXES_MAX, SELECTORS_BYTES_MAX};
use crate::params::Parameters;
use language::promql;
use model::matcher::{MatchOp, Matcher};

/// The selectors of a request; empty when none is given. Compiling their expressions takes time: not for the reactor.
///
/// # Errors
/// A selector does not parse, one would match every series there is, or they are too much together.
pub(super) fn selectors(given: &Parameters) -> Result<Vec<Vec<Matcher>>, Failure> {
    let bytes: usize = given.all("match[]").map(str::len).sum();
    if bytes > SELECTORS_BYTES_MAX {
        let what = format!("{bytes} bytes of selectors, at most {SELECTORS_BYTES_MAX}");
        return Err(Failure::parameter("match[]", what));
    }
    let (mut selectors, mut regexes) = (Vec::new(), 0);
    for text in given.all("match[]") {
        let matchers = selector(text)?;
        regexes += matchers.iter().filter(|matcher| matches!(matcher.op(), MatchOp::Regex | MatchOp::NotRegex)).count();
        if regexes > SELECTOR_REGEXES_MAX {
            let what = format!("more than {SELECTOR_REGEXES_MAX} regular expressions in all selectors together");
            return Err(Failure::parameter("match[]", what));
        }
        selectors.push(matchers);
    }
    Ok(selectors)
}

fn selector(text: &str) -> Result<Vec<Matcher>, Failure> {
    let matchers = promql::parse_selector(text).map_err(|error| Failure::parameter("match[]", error))?;
    if matchers.iter().all(Matcher::matches_empty) {
        return Err(Failure::parameter("match[]", "match[] must contain at least one non-empty matcher"));
    }
    Ok(matchers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_are_bounded_together() {
        let check = |text: &str, expected: Option<&str>| {
            let given = Parameters::parse(text.as_bytes(), "").expect("parses");
            let refused = selectors(&given).err().map(|failure| failure.text);
            assert_eq!(
                refused.as_deref(),
                expected.map(|what| format!("invalid parameter \"match[]\": {what}")).as_deref()
            );
        };
        check(&"match[]=a{b=~\"c.d\"}&".repeat(SELECTOR_REGEXES_MAX), None);
        check(
            &"match[]=a{b=~\"c.d\"}&".repeat(SELECTOR_REGEXES_MAX + 1),
            Some("more than 256 regular expressions in all selectors together"),
        );
        check(&format!("match[]={}&", "a".repeat(40_000)).repeat(2), Some("80000 bytes of selectors, at most 65536"));
    }
}
