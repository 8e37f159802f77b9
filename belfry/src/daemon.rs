//! `belfry serve`: wires the crates together, starts them in order and stops them in order.
//!
//! Invariant: what is started is stopped in the reverse order, within [`STOP_WITHIN`]; the data folder is locked before
//! the port is taken, and the port answers before the WAL is replayed. No domain logic lives here: this is a list.

pub(crate) mod alerting;
mod allowance;
mod announce;
mod blog;
mod gauges;
mod pod_log;
mod reload;
mod rules;
mod stages;
mod supervisor;

use crate::cli::ServeFlags;
use crate::clock::SystemClock;
use crate::config::{self, Config};
use crate::exit::Exit;
use crate::limits::{STOP_WITHIN, STORE_QUEUE, STORE_THREADS};
use crate::{crypto, logging, version};
use alerter::rules::Engines;
use anyhow::{Context, anyhow};
use blog::BlogRunner;
use collector::{Collector, LogCollector, LogParts, Parts, Prepared};
use dashboards::{Backends, Phase, Server};
use model::clock::Clock;
use model::instrument::{Instrument, Instruments};
use model::time::Millis;
use reload::{Reloader, Running};
use runtime::pool::Pool;
use stages::Stages;
use std::net::SocketAddr;
use std::sync::Arc;
use store::fs::DataDir;
use store::logs::Logs;
use store::metrics::Metrics;
use supervisor::{End, Signals};
use tokio::net::TcpListener;
use tokio::signal::unix::Signal;
use tokio_util::sync::CancellationToken;

/// Runs until a signal, `/-/quit` or the end of a critical task.
pub(crate) fn serve(flags: ServeFlags) -> Result<(), Exit> {
    logging::start(flags.log_format, flags.log_level);
    let config = config::load(&flags).map_err(Exit::Config)?;
    config.notices.iter().for_each(|notice| tracing::warn!("{notice}"));
    let threads = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting threads")?;
    let end = threads.block_on(run(flags, config));
    // Whatever still blocks a thread had its time; all that was acknowledged is in the WAL.
    threads.shutdown_background();
    end
}

async fn run(flags: ServeFlags, config: Config) -> Result<(), Exit> {
    // Before anything that takes time: a hangup that nobody listens to ends the process.
    let (mut signals, hangups) = (Signals::listen()?, supervisor::hangups()?);
    let (daemon, prepared) = Daemon::prepare(flags, config).await?;
    let started = tokio::select! {
        started = daemon.start(prepared, hangups) => started,
        signal = signals.next() => {
            tracing::info!(reason = signal, "stopped while starting");
            return Ok(());
        }
    };
    started?;
    let end = supervisor::wait(&mut signals, &daemon.quit, daemon.stages.failed()).await;
    tracing::info!(reason = %end, "stopping");
    tokio::select! {
        () = daemon.stop() => tracing::info!("stopped"),
        signal = signals.next() => tracing::warn!(signal, "stopped at once"),
    }
    match end {
        End::Asked(_) => Ok(()),
        End::Failed(failure) => Err(Exit::Runtime(failure.into())),
    }
}

/// What every part is given.
#[derive(Clone, Debug)]
pub(crate) struct Base {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) instruments: Arc<Instruments>,
    /// Where the store's own work runs.
    pub(crate) store_pool: Pool,
    pub(crate) started: Millis,
}

impl Base {
    fn new() -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let instruments = Arc::new(Instruments::new());
        let started = clock.now();
        instruments.set(Instrument::BuildInfo, &[version::VERSION, version::COMMIT], 1.0);
        instruments.set(Instrument::StartTime, &[], started.as_seconds());
        Self { clock, instruments, store_pool: Pool::new(STORE_THREADS, STORE_QUEUE), started }
    }
}

/// All parts that exist before the store is open.
struct Daemon {
    base: Base,
    config: Config,
    lock: DataDir,
    /// The real one, also where port 0 was asked for.
    address: SocketAddr,
    server: Server,
    reloader: Arc<Reloader>,
    stages: Stages,
    blog: Option<Arc<BlogRunner>>,
    quit: CancellationToken,
}

/// Parts of the config that are ready to run.
struct Ready {
    scraping: Prepared,
    telling: alerting::Prepared,
}

impl Daemon {
    /// Locks the data folder, takes the port and answers on it: healthy, not ready.
    async fn prepare(flags: ServeFlags, config: Config) -> Result<(Self, Ready), Exit> {
        crypto::install();
        allowance::raise_open_files();
        let base = Base::new();
        let web = dashboards::Prepared::read(&config.web).map_err(|what| Exit::config("web", what))?;
        let scraping = Prepared::new(&config.collector).map_err(Exit::Config)?;
        let data_dir = config::data_dir(&flags).context("--data-dir")?;
        let lock = DataDir::open(data_dir.join("store")).map_err(anyhow::Error::from)?;
        let listener = bind(config.web.listen).await?;
        let address = listener.local_addr().context("the address that we listen on")?;
        let links = announce::links(&config.web, address);
        let telling =
            alerting::Prepared::new(&config.alerting, links, Arc::clone(&base.clock)).map_err(Exit::Config)?;
        let quit = CancellationToken::new();
        let blog = BlogRunner::new(&config.blog, &data_dir, &base);
        let reloader = Arc::new(Reloader::new(flags, config.clone(), base.clone(), (address, blog.clone())));
        let server = Server::new(announce::state(&base, &reloader, &quit), web).map_err(|what| anyhow!(what))?;
        let stages = Stages::new(&base.instruments);
        stages.serve(&server, listener);
        announce::told(&config.web, address, &data_dir);
        let ready = Ready { scraping, telling };
        Ok((Self { base, config, lock, address, server, reloader, stages, blog, quit }, ready))
    }

    /// Replays the WAL, then starts what queries and what collects, and says so.
    async fn start(&self, ready: Ready, hangups: Signal) -> Result<(), Exit> {
        let metrics = self.open_metrics().await?;
        let logs = self.open_logs().await?;
        self.stages.store(&metrics, &self.base, self.config.storage.sync);
        self.stages.store_logs(&logs, &self.base, self.config.storage.sync);
        let states = self.open_states().await?;
        let told = self.open_told(ready.telling, states.clone()).await?;
        self.stages.tell(&told);
        let collector = Arc::new(Collector::new(ready.scraping, self.collector_parts(&metrics)));
        self.stages.collect(&collector, &self.base);
        let tail = Arc::new(LogCollector::new(&self.config.collector, self.tail_parts(&logs)));
        self.stages.tail(&tail);
        let (engine, log_engine) = engines(&self.config, &metrics, &logs);
        let engines = Engines { metrics: Arc::clone(&engine), logs: Arc::clone(&log_engine) };
        let rules = self.open_rules((&metrics, &logs), engines, (states, told.post())).await?;
        self.stages.rule(&rules);
        self.stages.beat(&told.heartbeats, self.alive(&rules));
        let (dispatch, forward) = (Arc::clone(&told.dispatch), Arc::clone(&told.forward));
        let backends =
            Arc::new(Backends { engine, metrics, log_engine, logs, collector, tail, rules, dispatch, forward });
        self.server.set_phase(Phase::Starting(Arc::clone(&backends)));
        self.reloader.started(Running { server: self.server.clone(), backends: Arc::clone(&backends), told });
        self.reload_on_hangup(hangups);
        if let Some(blog) = &self.blog {
            self.stages.run_blog(blog);
        }
        self.server.set_phase(Phase::Serving(backends));
        tracing::info!("ready");
        Ok(())
    }

    async fn open_metrics(&self) -> anyhow::Result<Arc<Metrics>> {
        let options = self.config.storage.metrics_options(self.lock.clone());
        self.server.set_phase(Phase::Replaying(Arc::clone(&options.progress)));
        let (clock, instruments) = (Arc::clone(&self.base.clock), Arc::clone(&self.base.instruments));
        let opened = self.base.store_pool.run(move || Metrics::open(options, clock, instruments)).await;
        Ok(Arc::new(opened.context("opening the store of metrics")??))
    }

    async fn open_logs(&self) -> anyhow::Result<Arc<Logs>> {
        let options = self.config.storage.logs_options(self.lock.clone());
        let (clock, instruments) = (Arc::clone(&self.base.clock), Arc::clone(&self.base.instruments));
        let opened = self.base.store_pool.run(move || Logs::open(options, clock, instruments)).await;
        Ok(Arc::new(opened.context("opening the store of logs")??))
    }

    fn collector_parts(&self, metrics: &Arc<Metrics>) -> Parts {
        let port = self.address.port();
        let local = self.address.ip().is_loopback() || self.address.ip().is_unspecified();
        Parts {
            metrics: Arc::clone(metrics),
            clock: Arc::clone(&self.base.clock),
            instruments: Arc::clone(&self.base.instruments),
            own_instance: if local { format!("localhost:{port}") } else { self.address.to_string() },
            host_instance: announce::hostname(),
        }
    }

    fn tail_parts(&self, logs: &Arc<Logs>) -> LogParts {
        LogParts {
            logs: Arc::clone(logs),
            clock: Arc::clone(&self.base.clock),
            instruments: Arc::clone(&self.base.instruments),
        }
    }

    /// A hangup that came while the daemon started is answered now.
    fn reload_on_hangup(&self, hangups: Signal) {
        let mut hangups = Some(hangups);
        let reloader = Arc::clone(&self.reloader);
        self.stages.serve_task("reload-on-sighup", move |stop| {
            let (hangups, reloader) = (hangups.take(), Arc::clone(&reloader));
            async move {
                let Some(mut hangups) = hangups else { return Err("the signal is gone".into()) };
                while stop.run_until_cancelled(hangups.recv()).await.flatten().is_some() {
                    // How it went is in the log.
                    let _ = reloader.reload().await;
                }
                Ok(())
            }
        });
    }

    /// Stops in order: what brings data in, what answers, what keeps.
    async fn stop(&self) {
        let backends = self.reloader.end();
        if let Some(backends) = &backends {
            self.server.set_phase(Phase::Stopping(Arc::clone(backends)));
        }
        let in_order = async {
            self.stages.stop().await;
            if let Some(backends) = backends {
                self.close_store(&backends).await;
            }
        };
        if tokio::time::timeout(STOP_WITHIN, in_order).await.is_err() {
            tracing::warn!(seconds = STOP_WITHIN.as_secs(), "the stop took too long and was cut off");
        }
    }

    async fn close_store(&self, backends: &Arc<Backends>) {
        let backends = Arc::clone(backends);
        let closed = self.base.store_pool.run(move || [backends.logs.close(), backends.metrics.close()]).await;
        match closed {
            Ok(closed) => {
                for error in closed.into_iter().filter_map(Result::err) {
                    tracing::error!(%error, "closing the store failed");
                }
            }
            Err(error) => tracing::error!(%error, "closing the store failed"),
        }
    }
}

/// The query engines as configured, over the stores; they share one memory.
fn engines(config: &Config, metrics: &Arc<Metrics>, logs: &Arc<Logs>) -> (Arc<query::Engine>, Arc<query::LogEngine>) {
    let settings = query::Config {
        subquery_step: config.collector.global.evaluation_interval,
        memory_bytes: allowance::query_bytes(),
        features: config.features,
        ..query::Config::default()
    };
    let engine = query::Engine::new(settings.clone(), Arc::clone(metrics));
    let log_engine = query::LogEngine::new(settings, Arc::clone(logs), Arc::clone(engine.pool()));
    (Arc::new(engine), Arc::new(log_engine))
}

async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address} (choose another with --listen or web.listen)"))
}
