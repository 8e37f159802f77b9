//! The demonstration blog inside this process: started, watched and stopped as a pod would be.
//!
//! Invariant: whatever happens to the blog, Belfry runs. The blog knows nothing of Belfry: it is seen by its metrics
//! page and by the lines that a [`PodLog`] writes.

use super::Base;
use super::pod_log::{Container, PodLog};
use crate::config::Blog;
use crate::limits::BLOG_STOP_GRACE;
use blog_api::{Config, Database, Server};
use dashboards::BlogStatus;
use model::instrument::Instrument;
use runtime::BoxError;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio_util::sync::CancellationToken;

/// The pod that the blog's lines are written as; the streams and the rules know it by these names.
const CONTAINER: Container<'_> = Container { namespace: "blog-system", pod: "was-0", uid: "embedded", name: "was" };

/// What a start of the blog needs, and how the last one went.
#[derive(Debug)]
pub(crate) struct BlogRunner {
    listen: SocketAddr,
    database: PathBuf,
    lines: Arc<PodLog>,
    base: Base,
    status: Mutex<BlogStatus>,
}

impl BlogRunner {
    /// The blog of a data folder: its database below `blog`, its lines below `pods`. `None` when it is not to run.
    pub(super) fn new(config: &Blog, data_dir: &Path, base: &Base) -> Option<Arc<Self>> {
        if !config.enabled {
            return None;
        }
        let (clock, instruments) = (Arc::clone(&base.clock), Arc::clone(&base.instruments));
        Some(Arc::new(Self {
            listen: config.listen,
            database: data_dir.join("blog").join("blog.db"),
            lines: Arc::new(PodLog::new(&data_dir.join("pods"), &CONTAINER, clock, instruments)),
            base: base.clone(),
            status: Mutex::new(BlogStatus { address: config.listen.to_string(), failure: None, running: false }),
        }))
    }

    /// Runs until the stop. A start that fails is told on the page and tried again by the task set.
    pub(super) async fn run(&self, stop: CancellationToken) -> Result<(), BoxError> {
        let ended = self.serve(stop).await;
        self.set(false, ended.as_ref().err().map(ToString::to_string));
        ended.map_err(Into::into)
    }

    async fn serve(&self, stop: CancellationToken) -> Result<(), blog_api::Error> {
        let config = Config {
            listen: self.listen,
            database: Database::Sqlite(self.database.clone()),
            stop_grace: BLOG_STOP_GRACE,
            ..Config::default()
        };
        let server = Server::new(config, Arc::clone(&self.lines) as Arc<dyn blog_api::LineSink>).await?;
        let listener = server.bind().await?;
        if let Ok(address) = listener.local_addr() {
            self.status.lock().unwrap_or_else(PoisonError::into_inner).address = address.to_string();
        }
        self.set(true, None);
        server.serve(listener, stop).await;
        Ok(())
    }

    /// Whether it runs, and why not.
    pub(crate) fn status(&self) -> BlogStatus {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, running: bool, failure: Option<String>) {
        self.base.instruments.set(Instrument::BlogRunning, &[], f64::from(u8::from(running)));
        let mut status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
        status.running = running;
        status.failure = failure;
    }
}
