//! Which alerts are told to the dispatcher, and when again.
//!
//! Invariant: a change is told at once, whatever goes on is told again before its end would pass, and an end is told
//! until [`RESOLVED_KEPT`](crate::limits::RESOLVED_KEPT) is over. As Prometheus's `AlertingRule.sendAlerts`.

use crate::alert::{Alert, State};
use crate::limits::{RESEND_EVERY, RESENDS_LOST};
use crate::posted::PostedAlert;
use model::labels::Labels;
use model::time::{Millis, duration_millis};
use std::time::Duration;

/// What is the same for all alerts of a rule.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Envelope<'a> {
    /// Labels that every alert gets that has not got them.
    pub(crate) external_labels: &'a Labels,
    /// Where the rule's expression can be seen.
    pub(crate) generator_url: &'a str,
    /// The interval of the rule's group.
    pub(crate) interval: Duration,
}

/// Whether it must be told now.
pub(crate) fn is_due(alert: &Alert, now: Millis) -> bool {
    let Some(posted) = alert.posted_at else { return alert.state != State::Pending };
    match (alert.state, alert.resolved_at) {
        (State::Pending, _) => false,
        // The clock stepped back: whoever was told then believes in an end that lies too far ahead.
        _ if posted > now => true,
        (_, Some(resolved)) if resolved > posted => true,
        _ => now.0.saturating_sub(posted.0) >= duration_millis(RESEND_EVERY),
    }
}

/// Whether its end has been told.
pub(crate) fn is_end_posted(alert: &Alert) -> bool {
    matches!((alert.resolved_at, alert.posted_at), (Some(resolved), Some(posted)) if posted >= resolved)
}

impl Envelope<'_> {
    /// The labels under which others know an alert.
    pub(crate) fn labels(self, labels: &Labels) -> Labels {
        let mut all = labels.to_builder();
        for (name, value) in self.external_labels {
            if labels.get(name).is_none() {
                all.set(name, value);
            }
        }
        all.build()
    }

    /// What is told of an alert, which is firing or resolved.
    pub(crate) fn post(self, alert: &Alert, now: Millis) -> PostedAlert {
        let lasts = self.interval.max(RESEND_EVERY).saturating_mul(RESENDS_LOST);
        PostedAlert {
            labels: self.labels(&alert.labels),
            annotations: alert.annotations.clone(),
            starts_at: alert.fired_at.unwrap_or(alert.active_at),
            ends_at: alert.resolved_at.unwrap_or_else(|| now.plus(lasts)),
            generator_url: self.generator_url.to_owned(),
            value: readable(alert.value),
        }
    }
}

/// Four digits say enough in a message.
fn readable(value: f64) -> String {
    if !value.is_finite() || value == 0.0 {
        return model::number::format_general(value);
    }
    #[expect(clippy::cast_possible_truncation, reason = "the exponent of a number is within 400")]
    let digits = 3 - value.abs().log10().floor() as i32;
    let scale = 10_f64.powi(digits.clamp(-300, 300));
    let rounded = if digits <= 0 { value.round() } else { (value * scale).round() / scale };
    model::number::format_general(rounded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_is_told() {
        let check = |state: State, resolved: Option<i64>, posted: Option<i64>, now: i64, expected: bool| {
            let alert = Alert {
                labels: Labels::empty(),
                annotations: Labels::empty(),
                value: 1.0,
                state,
                active_at: Millis(0),
                fired_at: Some(Millis(0)),
                keep_firing_since: None,
                resolved_at: resolved.map(Millis),
                posted_at: posted.map(Millis),
            };
            assert_eq!(is_due(&alert, Millis(now)), expected, "{alert:?} at {now}");
        };
        check(State::Pending, None, None, 10_000, false);
        check(State::Firing, None, None, 10_000, true);
        check(State::Firing, None, Some(10_000), 69_999, false);
        check(State::Firing, None, Some(10_000), 70_000, true);
        check(State::Resolved, Some(20_000), Some(10_000), 20_000, true);
        check(State::Resolved, Some(20_000), Some(20_000), 30_000, false);
        // The clock stepped back by an hour after it was posted: an end is told now and not in an hour.
        check(State::Resolved, Some(20_000), Some(3_610_000), 20_000, true);
        check(State::Firing, None, Some(3_610_000), 20_000, true);
    }

    #[test]
    fn values_read_at_a_glance() {
        let check = |value: f64, expected: &str| assert_eq!(readable(value), expected);
        check(0.0, "0");
        check(1.0, "1");
        check(89.999_999_9, "90");
        check(92.345_678, "92.35");
        check(-0.001_234_56, "-0.001235");
        check(123_456.789, "123457");
        check(f64::INFINITY, "+Inf");
    }
}
