//! How long to wait before trying again: doubling, capped, with jitter from a seed.
//!
//! Invariant: the same seed gives the same waits, so tests and replays are exact. It does not sleep.

use std::time::Duration;

/// The bounds of the waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The first wait, before jitter.
    pub first: Duration,
    /// The longest wait, before jitter. Not shorter than `first` in practice; if it is, it wins.
    pub longest: Duration,
}

/// A sequence of growing waits.
#[derive(Clone, Debug)]
pub struct Backoff {
    bounds: Bounds,
    doublings: u32,
    random: u64,
}

impl Backoff {
    /// A sequence within the bounds. Give every user another seed (a hash of its name), so that they do not wake together.
    pub fn new(bounds: Bounds, seed: u64) -> Self {
        Self { bounds, doublings: 0, random: seed }
    }

    /// The next wait: between half and all of `first * 2^n`, never more than `longest`.
    pub fn next_wait(&mut self) -> Duration {
        let factor = 1_u32.checked_shl(self.doublings).unwrap_or(u32::MAX);
        let full = self.bounds.first.saturating_mul(factor).min(self.bounds.longest);
        self.doublings = self.doublings.saturating_add(1).min(u32::BITS);
        full.mul_f64(0.5 + 0.5 * self.next_fraction())
    }

    /// Begins again with the first wait; the jitter goes on.
    pub fn reset(&mut self) {
        self.doublings = 0;
    }

    /// A number in `0.0..1.0`, from the generator splitmix64.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit a float exactly")]
    fn next_fraction(&mut self) -> f64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        (mixed >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A seed from a name (FNV-1a), the same in every process.
pub fn seed(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds { first: Duration::from_millis(200), longest: Duration::from_secs(30) };

    #[test]
    fn waits_double_up_to_the_longest_and_jitter_by_half() {
        let mut backoff = Backoff::new(BOUNDS, seed("scrape"));
        for n in 0..80 {
            let full = Duration::from_millis(200).saturating_mul(1 << n.min(20)).min(BOUNDS.longest);
            let wait = backoff.next_wait();
            assert!(wait >= full / 2 && wait <= full, "wait {n} is {wait:?}, expected at most {full:?}");
        }
    }

    #[test]
    fn a_seed_decides_the_waits() {
        let waits = |name: &str| {
            let mut backoff = Backoff::new(BOUNDS, seed(name));
            (0..5).map(|_| backoff.next_wait()).collect::<Vec<_>>()
        };
        assert_eq!(waits("a"), waits("a"));
        assert_ne!(waits("a"), waits("b"));
    }

    #[test]
    fn reset_begins_again() {
        let mut backoff = Backoff::new(BOUNDS, 1);
        for _ in 0..10 {
            backoff.next_wait();
        }
        backoff.reset();
        assert!(backoff.next_wait() <= BOUNDS.first);
    }
}
