//! Selectors that restrict which streams count.

use super::given::Given;
use crate::error::Failure;
use crate::limits::{SELECTOR_REGEXES_MAX, SELECTORS_BYTES_MAX};
use language::logql;
use model::matcher::{MatchOp, Matcher};
use std::collections::BTreeSet;

/// The selectors given as `match[]` or `match`; empty when all streams count. Compiling their expressions takes time:
/// not for the reactor.
///
/// # Errors
/// A selector does not parse, one of several would match every stream there is, or they are too much together.
pub(super) fn matches(given: &Given) -> Result<Vec<Vec<Matcher>>, Failure> {
    let parameters = given.parameters();
    let texts: BTreeSet<&str> = parameters.all("match").chain(parameters.all("match[]")).collect();
    if texts.len() == 1 && texts.iter().all(|text| text.replace(' ', "") == "{}") {
        return Ok(Vec::new());
    }
    let mut selectors = Vec::new();
    let mut bounds = Bounds::default();
    for text in texts {
        bounds.count_text(text)?;
        let matchers = parse(text)?;
        if matchers.iter().all(Matcher::matches_empty) {
            // As a query of its own it is refused in the words that belong here.
            logql::parse(text).map_err(|error| Failure::bad_data(error.to_string()))?;
        }
        bounds.count_regexes(&matchers)?;
        selectors.push(matchers);
    }
    Ok(selectors)
}

/// The one selector given as `query`; empty when there is none or it is `{}`.
///
/// # Errors
/// It does not parse, has stages, or is too much.
pub(super) fn query(given: &Given) -> Result<Vec<Matcher>, Failure> {
    let text = given.query()?;
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let matchers = parse(text)?;
    Bounds::default().count_regexes(&matchers)?;
    Ok(matchers)
}

/// The same for questions about the streams of any of several selectors.
pub(super) fn query_set(given: &Given) -> Result<Vec<Vec<Matcher>>, Failure> {
    let matchers = query(given)?;
    Ok(if matchers.is_empty() { Vec::new() } else { vec![matchers] })
}

fn parse(text: &str) -> Result<Vec<Matcher>, Failure> {
    logql::parse_selector(text).map_err(|error| Failure::bad_data(error.to_string()))
}

/// What all selectors of a request come to.
#[derive(Default)]
struct Bounds {
    bytes: usize,
    regexes: usize,
}

impl Bounds {
    fn count_text(&mut self, text: &str) -> Result<(), Failure> {
        self.bytes += text.len();
        if self.bytes > SELECTORS_BYTES_MAX {
            return Err(Failure::bad_data(format!("more than {SELECTORS_BYTES_MAX} bytes of selectors")));
        }
        Ok(())
    }

    fn count_regexes(&mut self, matchers: &[Matcher]) -> Result<(), Failure> {
        let is_regex = |matcher: &&Matcher| matches!(matcher.op(), MatchOp::Regex | MatchOp::NotRegex);
        self.regexes += matchers.iter().filter(is_regex).count();
        if self.regexes > SELECTOR_REGEXES_MAX {
            let what = format!("more than {SELECTOR_REGEXES_MAX} regular expressions in all selectors together");
            return Err(Failure::bad_data(what));
        }
        Ok(())
    }
}
