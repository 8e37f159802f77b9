//! The clock, and waiting for a condition instead of for a time.
//!
//! Invariant: ends as soon as the condition holds, or at the deadline with what was seen last.

use anyhow::{Context, Result, bail};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(40);

/// Milliseconds since the epoch.
#[expect(clippy::disallowed_methods, reason = "seen from outside, the daemon lives in wall time")]
pub(crate) fn now() -> Result<i64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    i64::try_from(now.as_millis()).context("a clock beyond all bounds")
}

/// Looks until `look` gives a value. What `look` says instead (an error) is told when time is up.
pub(crate) fn await_until<T>(what: &str, within: Duration, mut look: impl FnMut() -> Result<T>) -> Result<T> {
    let start = Instant::now();
    loop {
        match look() {
            Ok(value) => return Ok(value),
            Err(last) if start.elapsed() > within => bail!("{what}: not within {within:?}; last seen: {last:#}"),
            Err(_) => std::thread::sleep(PAUSE),
        }
    }
}

/// Looks for as long as `during` and fails as soon as `look` does: what must stay so.
pub(crate) fn holds_for(what: &str, during: Duration, mut look: impl FnMut() -> Result<()>) -> Result<()> {
    let start = Instant::now();
    while start.elapsed() < during {
        if let Err(error) = look() {
            bail!("{what}: held for {:?} only: {error:#}", start.elapsed());
        }
        std::thread::sleep(PAUSE);
    }
    Ok(())
}
