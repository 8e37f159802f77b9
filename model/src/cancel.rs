//! A flag that tells running CPU work to stop: the client left, or the time is up.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// Why work must stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancelled {
    /// Whoever asked has left.
    ByCaller,
    /// The time for it is up.
    TimedOut,
}

/// Shared between the work, which asks often (every few thousand samples), and whoever may stop it.
/// The default is a flag that nobody raises.
#[derive(Clone, Debug, Default)]
pub struct Cancel {
    state: Arc<AtomicU8>,
}

impl Cancel {
    /// Stops the work because whoever asked has left. The first reason given stays.
    pub fn cancel(&self) {
        self.raise(1);
    }

    /// Stops the work because its time is up. The first reason given stays.
    pub fn time_out(&self) {
        self.raise(2);
    }

    fn raise(&self, reason: u8) {
        let _ = self.state.compare_exchange(0, reason, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Goes on, or tells why to stop.
    ///
    /// # Errors
    /// The reason, once the flag is raised.
    pub fn check(&self) -> Result<(), Cancelled> {
        match self.state.load(Ordering::Relaxed) {
            0 => Ok(()),
            1 => Err(Cancelled::ByCaller),
            _ => Err(Cancelled::TimedOut),
        }
    }
}
