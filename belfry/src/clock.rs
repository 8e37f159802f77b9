//! The system's clock: the only place that asks for the wall time.

use model::clock::Clock;
use model::time::Nanos;
use std::time::{SystemTime, UNIX_EPOCH};

/// Shows what the machine shows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where time enters")]
    fn now_nanos(&self) -> Nanos {
        // A clock before 1970 counts as 1970; one after 2262 stays at its end.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_shows_a_time_of_this_century() {
        let now = SystemClock.now().0;
        assert!((1_700_000_000_000..4_102_444_800_000).contains(&now), "{now}");
    }
}
