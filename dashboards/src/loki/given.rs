//! The parameters of a request as Loki reads them: times, steps and limits have their own forms and defaults.
//!
//! Invariant: an integer of at most ten digits is a time in seconds, a longer one in nanoseconds. Errors carry Loki's
//! texts, which are Go's where Loki passes those on.

use crate::error::{Failure, LokiFailure};
use crate::limits::{LOG_LINES_DEFAULT, RANGE_POINTS_MAX};
use crate::params::Parameters;
use crate::state::Front;
use axum::extract::{FromRequest, Request};
use model::number::quoted;
use model::time::{LogRange, Nanos};
use model::{duration, rfc3339};
use std::num::IntErrorKind;
use std::time::Duration;
use store::logs::Direction;

/// How far back a range goes that has no start.
const SINCE_DEFAULT: Duration = Duration::from_secs(60 * 60);

/// Steps that a range is cut into when no step is given, unless they would be shorter than a second.
const STEPS_DEFAULT: i64 = 250;

const SECOND: i64 = 1_000_000_000;

/// The parameters of a request and when it came.
#[derive(Clone, Debug)]
pub(super) struct Given {
    parameters: Parameters,
    now: Nanos,
}

impl FromRequest<Front> for Given {
    type Rejection = LokiFailure;

    async fn from_request(request: Request, front: &Front) -> Result<Self, LokiFailure> {
        let parameters = Parameters::from_request(request, front).await?;
        Ok(Self { parameters, now: Nanos::from(front.now()) })
    }
}

impl Given {
    pub(super) fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// The text of the query.
    pub(super) fn query(&self) -> Result<&str, Failure> {
        self.parameters.query()
    }

    /// `time`; now when absent.
    pub(super) fn time(&self) -> Result<Nanos, Failure> {
        self.time_or("time", self.now).map_err(Failure::bad_data)
    }

    /// `start` and `end`, or `since`, an hour until now when all are absent.
    pub(super) fn range(&self) -> Result<LogRange, Failure> {
        let since = match self.parameters.first("since") {
            "" => SINCE_DEFAULT,
            text => duration::parse(text).map_err(|what| unparsed("since", what))?,
        };
        let end = self.time_or("end", self.now).map_err(|what| unparsed("end", what))?;
        // An end in the future moves no default start there.
        let start = self.time_or("start", end.min(self.now).minus(since)).map_err(|what| unparsed("start", what))?;
        if end < start {
            return Err(Failure::bad_data("end timestamp must not be before or equal to start time"));
        }
        Ok(LogRange::new(start, end))
    }

    /// `step`, or what divides the range into some 250.
    pub(super) fn step(&self, range: LogRange) -> Result<Duration, Failure> {
        let span = range.end.0.saturating_sub(range.start.0);
        let step = match self.parameters.first("step") {
            "" => (span / SECOND / STEPS_DEFAULT).max(1) * SECOND,
            text => duration_nanos(text).map_err(Failure::bad_data)?,
        };
        let Some(positive) = u64::try_from(step).ok().filter(|step| *step > 0) else {
            return Err(Failure::bad_data(
                "zero or negative query resolution step widths are not accepted. Try a positive integer",
            ));
        };
        if span / step > RANGE_POINTS_MAX {
            return Err(Failure::bad_data(
                "exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter",
            ));
        }
        Ok(Duration::from_nanos(positive))
    }

    /// `interval`; zero when absent.
    pub(super) fn interval(&self) -> Result<Duration, Failure> {
        let interval = match self.parameters.first("interval") {
            "" => 0,
            text => duration_nanos(text).map_err(Failure::bad_data)?,
        };
        u64::try_from(interval).map(Duration::from_nanos).map_err(|_| Failure::bad_data("interval must be >= 0"))
    }

    /// `direction`; newest first when absent.
    pub(super) fn direction(&self) -> Result<Direction, Failure> {
        match self.parameters.first("direction") {
            "" => Ok(Direction::Backward),
            text if text.eq_ignore_ascii_case("backward") => Ok(Direction::Backward),
            text if text.eq_ignore_ascii_case("forward") => Ok(Direction::Forward),
            text => Err(Failure::bad_data(format!("invalid direction '{text}'"))),
        }
    }

    /// `limit` of lines.
    pub(super) fn lines(&self) -> Result<usize, Failure> {
        self.positive("limit", LOG_LINES_DEFAULT)
    }

    /// A count that must be above zero.
    pub(super) fn positive(&self, name: &str, absent: usize) -> Result<usize, Failure> {
        let count = self.count(name, absent)?;
        if count == 0 { Err(Failure::bad_data(format!("{name} must be a positive value"))) } else { Ok(count) }
    }

    /// A count that may be zero.
    pub(super) fn count(&self, name: &str, absent: usize) -> Result<usize, Failure> {
        let text = self.parameters.first(name);
        if text.is_empty() {
            return Ok(absent);
        }
        let count: i64 =
            text.parse().map_err(|error| Failure::bad_data(go_parse_error("strconv.Atoi", text, &error)))?;
        usize::try_from(count).map_err(|_| Failure::bad_data(format!("{name} must be a positive value")))
    }

    fn time_or(&self, name: &str, absent: Nanos) -> Result<Nanos, String> {
        match self.parameters.first(name) {
            "" => Ok(absent),
            text => time(text),
        }
    }
}

fn unparsed(name: &str, what: impl std::fmt::Display) -> Failure {
    Failure::bad_data(format!("could not parse '{name}' parameter: {what}"))
}

/// Seconds with a fraction (to the millisecond), seconds, nanoseconds, or RFC 3339.
fn time(text: &str) -> Result<Nanos, String> {
    if text.contains('.')
        && let Some(seconds) = finite(text)
    {
        #[expect(clippy::cast_possible_truncation, reason = "`as` saturates, and the far ends of time are all alike")]
        let (whole, millis) = (seconds.trunc() as i64, (seconds.fract() * 1_000.0).round() as i64);
        return Ok(Nanos(whole.saturating_mul(SECOND).saturating_add(millis * 1_000_000)));
    }
    match text.parse::<i64>() {
        Ok(seconds) if text.len() <= 10 => Ok(Nanos(seconds.saturating_mul(SECOND))),
        Ok(nanos) => Ok(Nanos(nanos)),
        Err(error) => match rfc3339::parse(text) {
            Some(instant) => Ok(instant.as_nanos()),
            None => Err(go_parse_error("strconv.ParseInt", text, &error)),
        },
    }
}

/// Seconds, or `1h30m`; in nanoseconds. May be negative.
fn duration_nanos(text: &str) -> Result<i64, String> {
    if let Some(seconds) = finite(text) {
        let nanos = seconds * 1e9;
        if nanos.abs() >= i64::MAX as f64 {
            return Err(format!("cannot parse {} to a valid duration. It overflows int64", quoted(text)));
        }
        #[expect(clippy::cast_possible_truncation, reason = "checked to be inside")]
        return Ok(nanos as i64);
    }
    match duration::parse(text) {
        Ok(duration) => Ok(model::time::duration_nanos(duration)),
        Err(_) => Err(format!("cannot parse {} to a valid duration", quoted(text))),
    }
}

fn finite(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// What Go says of a text that is no integer.
fn go_parse_error(function: &str, text: &str, error: &std::num::ParseIntError) -> String {
    let what = match error.kind() {
        IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => "value out of range",
        _ => "invalid syntax",
    };
    format!("{function}: parsing {}: {what}", quoted(text))
}

#[cfg(test)]
mod tests;
