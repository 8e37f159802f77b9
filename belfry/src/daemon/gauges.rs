//! How many targets are up, on our own metrics page: what `belfry status` shows.
//!
//! Invariant: the three gauges together are all targets, so a target that was removed leaves them.

use super::Base;
use collector::Collector;
use collector::scrape::Health;
use model::instrument::{Instrument, Instruments};
use runtime::BoxError;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often the targets are counted.
const COUNT_EVERY: Duration = Duration::from_secs(5);

/// Counts again and again until it is told to stop.
pub(super) async fn count_targets(
    collector: Arc<Collector>,
    base: Base,
    stop: CancellationToken,
) -> Result<(), BoxError> {
    loop {
        let targets = collector.targets();
        show(&base.instruments, targets.iter().flat_map(|pool| pool.active.iter()).map(|(_, health)| health));
        if stop.run_until_cancelled(tokio::time::sleep(COUNT_EVERY)).await.is_none() {
            return Ok(());
        }
    }
}

fn show<'a>(instruments: &Instruments, targets: impl Iterator<Item = &'a Health>) {
    let (mut up, mut down, mut unknown) = (0_u32, 0_u32, 0_u32);
    for health in targets {
        match health.last_scrape {
            None => unknown += 1,
            Some(_) if health.last_error.is_empty() => up += 1,
            Some(_) => down += 1,
        }
    }
    for (health, count) in [("up", up), ("down", down), ("unknown", unknown)] {
        instruments.set(Instrument::Targets, &[health], f64::from(count));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::time::Millis;

    #[test]
    fn every_target_is_up_down_or_unknown() {
        let instruments = Instruments::new();
        let scraped =
            |error: &str| Health { last_scrape: Some(Millis(1)), last_error: error.to_owned(), ..Health::default() };
        show(&instruments, [scraped(""), scraped("refused"), Health::default(), scraped("")].iter());
        let page = instruments.encode();
        for line in ["{health=\"up\"} 2.0", "{health=\"down\"} 1.0", "{health=\"unknown\"} 1.0"] {
            assert!(page.contains(&format!("belfry_targets{line}\n")), "{page}");
        }
    }
}
