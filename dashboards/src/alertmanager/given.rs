//! Parameters that Alertmanager's routes share.
//!
//! Invariant: what is absent or empty is the default.

use super::failure::AmFailure;
use crate::params::Parameters;
use alerter::dispatch::{AlertFilter, ReceiverFilter};
use alerter::matchers;
use model::matcher::Matcher;

/// `filter=NAME="VALUE"`, any number of times.
pub(super) fn matchers(given: &Parameters) -> Result<Vec<Matcher>, AmFailure> {
    given.all("filter").map(|text| matchers::parse_one(text).map_err(AmFailure::bad)).collect()
}

/// `receiver_matchers=name="VALUE"`, any number of times.
pub(super) fn receiver_matchers(given: &Parameters) -> Result<Vec<Matcher>, AmFailure> {
    let wrong = |error| AmFailure::bad(format!("failed to parse receiver_matchers param: {error}"));
    given.all("receiver_matchers").map(|text| matchers::parse_one(text).map_err(wrong)).collect()
}

/// A switch; on unless it is given as something else than yes, in the words that go-openapi knows.
pub(super) fn switch(given: &Parameters, name: &str) -> bool {
    const YES: [&str; 9] = ["true", "1", "yes", "ok", "y", "on", "selected", "checked", "t"];
    !given.has(name) || YES.contains(&given.first(name).to_ascii_lowercase().as_str()) || given.first(name) == "enabled"
}

/// Which alerts are asked for.
pub(super) fn alert_filter(given: &Parameters) -> Result<AlertFilter, AmFailure> {
    let matchers = matchers(given)?;
    let receiver = match given.first("receiver") {
        "" => None,
        expression => {
            // The text quotes the expression as Alertmanager compiles it.
            let (written, compiled) = (format!("`{expression}`"), format!("`^(?:{expression})$`"));
            let told = |error: String| error.replace(&written, &compiled);
            let wrong = |error| AmFailure::bad(format!("failed to parse receiver param: {}", told(error)));
            Some(ReceiverFilter::new(expression).map_err(wrong)?)
        }
    };
    Ok(AlertFilter {
        matchers,
        receiver,
        receiver_matchers: receiver_matchers(given)?,
        active: switch(given, "active"),
        silenced: switch(given, "silenced"),
        inhibited: switch(given, "inhibited"),
        muted: switch(given, "muted"),
    })
}
