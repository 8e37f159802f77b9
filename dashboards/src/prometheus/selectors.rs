//! `match[]`: selectors that restrict which series count.

use crate::error::Failure;
use crate::params::Parameters;
use language::promql;
use model::matcher::Matcher;

/// The selectors of a request; empty when none is given.
///
/// # Errors
/// A selector does not parse, or one would match every series there is.
pub(super) fn selectors(given: &Parameters) -> Result<Vec<Vec<Matcher>>, Failure> {
    given.all("match[]").map(selector).collect()
}

fn selector(text: &str) -> Result<Vec<Matcher>, Failure> {
    let matchers = promql::parse_selector(text).map_err(|error| Failure::parameter("match[]", error))?;
    if matchers.iter().all(Matcher::matches_empty) {
        return Err(Failure::parameter("match[]", "match[] must contain at least one non-empty matcher"));
    }
    Ok(matchers)
}
