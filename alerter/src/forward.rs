//! Hands alerts to other Alertmanagers, as Prometheus does: what a prometheus.yml asks for goes on to work.
//!
//! Invariant: nobody waits for an Alertmanager. What one does not take is counted and not kept: rules post their alerts
//! again every minute. The queue is bounded; the oldest alerts give way.

use crate::config::alertmanagers::Alertmanager;
use crate::limits::{FORWARD_BATCH_MAX, FORWARD_QUEUE_MAX};
use crate::posted::PostedAlert;
use futures_util::future::join_all;
use model::instrument::{Instrument, Instruments};
use model::labels::Labels;
use model::rfc3339::format_millis;
use runtime::BoxError;
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Those that alerts are handed to, with their clients: making one can fail, using it cannot.
#[derive(Debug, Default)]
pub struct Prepared {
    peers: Vec<Arc<Peer>>,
}

#[derive(Debug)]
struct Peer {
    config: Alertmanager,
    client: reqwest::Client,
}

impl Prepared {
    /// Reads certificates and makes the clients.
    ///
    /// # Errors
    /// A phrase naming the file or setting that is of no use.
    pub fn new(configs: &[Alertmanager]) -> Result<Self, String> {
        let peer = |config: &Alertmanager| {
            let client = settings::client::build(&config.http)?;
            Ok(Arc::new(Peer { config: config.clone(), client }))
        };
        Ok(Self { peers: configs.iter().map(peer).collect::<Result<_, String>>()? })
    }
}

/// The queue and those that it is emptied to.
#[derive(Debug)]
pub struct Forwarder {
    instruments: Arc<Instruments>,
    peers: Mutex<Vec<Arc<Peer>>>,
    queue: Mutex<VecDeque<PostedAlert>>,
    filled: Notify,
}

impl Forwarder {
    /// With an empty queue.
    pub fn new(prepared: Prepared, instruments: Arc<Instruments>) -> Self {
        let peers = Mutex::new(prepared.peers);
        Self { instruments, peers, queue: Mutex::default(), filled: Notify::new() }
    }

    /// From now on to these.
    pub fn commit(&self, prepared: Prepared) {
        *self.peers() = prepared.peers;
    }

    /// Takes alerts; without anybody to hand them to they are let go.
    pub fn post(&self, alerts: &[PostedAlert]) {
        if alerts.is_empty() || self.peers().is_empty() {
            return;
        }
        let mut queue = self.queue();
        queue.extend(alerts.iter().cloned());
        let over = queue.len().saturating_sub(FORWARD_QUEUE_MAX);
        drop(queue.drain(..over));
        drop(queue);
        if over > 0 {
            self.instruments.add(Instrument::ForwardDropped, &[], u64::try_from(over).unwrap_or(u64::MAX));
        }
        self.filled.notify_one();
    }

    /// Hands over until it is told to stop; what is queued then is let go.
    ///
    /// # Errors
    /// None; the type is that of a task.
    pub async fn run(&self, stop: CancellationToken) -> Result<(), BoxError> {
        let emptied = async {
            loop {
                let batch: Vec<_> = {
                    let mut queue = self.queue();
                    let count = queue.len().min(FORWARD_BATCH_MAX);
                    queue.drain(..count).collect()
                };
                if batch.is_empty() {
                    self.filled.notified().await;
                } else {
                    self.hand_over(&batch).await;
                }
            }
        };
        let _: Option<()> = stop.run_until_cancelled(emptied).await;
        Ok(())
    }

    async fn hand_over(&self, batch: &[PostedAlert]) {
        let body: Vec<_> = batch.iter().map(Wire::new).collect();
        let body = match serde_json::to_vec(&body) {
            Ok(body) => body,
            Err(error) => {
                tracing::error!(%error, "alerts could not be written as JSON");
                return;
            }
        };
        let peers = self.peers().clone();
        let sends = peers.iter().flat_map(|peer| peer.config.urls().map(|url| self.send(peer, url, body.clone())));
        join_all(sends).await;
    }

    async fn send(&self, peer: &Peer, url: String, body: Vec<u8>) {
        let outcome = match peer.send(&url, body).await {
            Ok(()) => "sent",
            Err(error) => {
                tracing::warn!(%url, error, "an alertmanager did not take alerts");
                "failed"
            }
        };
        self.instruments.add(Instrument::Forwards, &[outcome], 1);
    }

    fn peers(&self) -> MutexGuard<'_, Vec<Arc<Peer>>> {
        self.peers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn queue(&self) -> MutexGuard<'_, VecDeque<PostedAlert>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where alerts are handed to, for `/api/v1/alertmanagers`.
    pub fn urls(&self) -> Vec<String> {
        self.peers().iter().flat_map(|peer| peer.config.urls().collect::<Vec<_>>()).collect()
    }
}

impl Peer {
    async fn send(&self, url: &str, body: Vec<u8>) -> Result<(), String> {
        let url = reqwest::Url::parse(url).map_err(|error| error.to_string())?;
        let headers = settings::client::headers(&self.config.http)?;
        let request = self.client.post(url.clone()).headers(headers).timeout(self.config.timeout);
        let request = request.header(reqwest::header::CONTENT_TYPE, "application/json").body(body);
        let trouble = |error: reqwest::Error| settings::client::Trouble::of_request(&url, &error).text;
        let status = request.send().await.map_err(trouble)?.status();
        if status.is_success() { Ok(()) } else { Err(format!("server returned HTTP status {status}")) }
    }
}

/// An alert as `/api/v2/alerts` takes it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    labels: BTreeMap<&'a str, &'a str>,
    annotations: BTreeMap<&'a str, &'a str>,
    starts_at: String,
    ends_at: String,
    #[serde(rename = "generatorURL")]
    generator_url: &'a str,
}

impl<'a> Wire<'a> {
    fn new(alert: &'a PostedAlert) -> Self {
        let map = |labels: &'a Labels| labels.iter().collect();
        Self {
            labels: map(&alert.labels),
            annotations: map(&alert.annotations),
            starts_at: format_millis(alert.starts_at),
            ends_at: format_millis(alert.ends_at),
            generator_url: &alert.generator_url,
        }
    }
}

#[cfg(test)]
mod tests;
