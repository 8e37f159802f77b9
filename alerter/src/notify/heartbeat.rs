//! Heartbeats: a URL that is requested at an interval while the daemon lives and its rules are evaluated, so that
//! whoever expects it (healthchecks.io, Uptime Kuma, another Belfry) raises the alarm when it stops.
//!
//! Invariant: no heartbeat is sent while `alive` says no. A request that fails is logged once until one succeeds, and
//! the next is sent at its time; nothing is made up for.

mod runner;

pub use runner::Heartbeats;

use super::Undelivered;
use super::http::{self, Outgoing, Sender};
use crate::config::receiver::Heartbeat as Config;
use crate::limits::SEND_TIMEOUT;
use model::clock::Clock;
use reqwest::Method;
use reqwest::header::HeaderMap;
use runtime::BoxError;
use std::fmt;
use std::sync::Arc;
use tokio::time::{self, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

/// Tells whether rules are being evaluated.
pub type Alive = Arc<dyn Fn() -> bool + Send + Sync>;

/// One heartbeat.
pub struct Heartbeat {
    name: String,
    config: Config,
    sender: Sender,
}

impl fmt::Debug for Heartbeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Heartbeat").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Heartbeat {
    /// Reads the certificates. `receiver` and `index` name it in tasks and logs.
    ///
    /// # Errors
    /// A phrase naming the certificate or setting that is of no use.
    pub fn new(receiver: &str, index: usize, config: &Config) -> Result<Self, String> {
        let name = format!("heartbeat {receiver}/heartbeat[{index}]");
        Ok(Self { name, config: config.clone(), sender: Sender::new(&config.http_config)? })
    }

    /// Its name, for the task that runs it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Sends at the interval until it is told to stop; the first at once.
    ///
    /// # Errors
    /// None; the type is that of a task.
    pub async fn run(&self, alive: Alive, clock: Arc<dyn Clock>, stop: CancellationToken) -> Result<(), BoxError> {
        let mut ticks = time::interval(self.config.interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut was_well = true;
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                _ = ticks.tick() => {}
            }
            let outcome = if alive() {
                tokio::select! {
                    () = stop.cancelled() => return Ok(()),
                    outcome = self.beat(&*clock) => outcome,
                }
            } else {
                Err(Undelivered::soon("not sent, because rules are not being evaluated"))
            };
            match &outcome {
                Ok(()) if !was_well => tracing::info!(heartbeat = self.name, "the heartbeat is back"),
                Err(error) if was_well => tracing::warn!(heartbeat = self.name, %error, "the heartbeat fails"),
                _ => {}
            }
            was_well = outcome.is_ok();
        }
    }

    /// Sends one.
    ///
    /// # Errors
    /// Why it did not arrive.
    pub async fn beat(&self, clock: &dyn Clock) -> Result<(), Undelivered> {
        let outgoing = Outgoing {
            method: Method::GET,
            url: http::secret(&self.config.url)?,
            headers: HeaderMap::new(),
            body: Vec::new(),
            timeout: self.config.timeout.unwrap_or(SEND_TIMEOUT),
            now: clock.now(),
        };
        self.sender.send(outgoing).await.map(drop)
    }
}

#[cfg(test)]
mod tests;
