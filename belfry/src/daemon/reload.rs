//! Reload by SIGHUP and `/-/reload`: read and check everything, prepare every part, then put all of it in force.
//!
//! Invariant: any failure before the last step leaves the old config running in every part, and names the key. What
//! only a restart can change is refused by name.

use super::alerting::{self, Told};
use super::announce::{self, hostname};
use super::blog::BlogRunner;
use super::{Base, engines};
use crate::cli::ServeFlags;
use crate::config::{self, Config};
use alerter::rules::Engines;
use dashboards::{Backends, DaemonStatus, Phase, Server};
use model::clock::Clock;
use model::finding::Finding;
use model::instrument::Instrument;
use model::time::Millis;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::metrics::Sync;

/// Holds the config in force and replaces it.
#[derive(Debug)]
pub(crate) struct Reloader {
    flags: ServeFlags,
    base: Base,
    /// Held over a whole reload: two never mix.
    one_at_a_time: tokio::sync::Mutex<()>,
    current: Mutex<Current>,
    blog: Option<Arc<BlogRunner>>,
    /// Where we listen, the real port.
    address: SocketAddr,
}

#[derive(Debug)]
struct Current {
    config: Config,
    succeeded: bool,
    applied: Millis,
    /// `None` while the daemon starts and stops.
    running: Option<Running>,
}

/// What runs and what a reload changes.
#[derive(Clone, Debug)]
pub(super) struct Running {
    pub(super) server: Server,
    pub(super) backends: Arc<Backends>,
    pub(super) told: Told,
}

/// A config of which every part was prepared: putting it in force cannot fail.
struct Next {
    config: Config,
    web: dashboards::Prepared,
    scraping: collector::Prepared,
    telling: alerting::Prepared,
}

impl Reloader {
    /// With the config that the daemon starts with.
    pub(super) fn new(
        flags: ServeFlags,
        config: Config,
        base: Base,
        (address, blog): (SocketAddr, Option<Arc<BlogRunner>>),
    ) -> Self {
        let current = Current { config, succeeded: true, applied: base.started, running: None };
        let current = Mutex::new(current);
        let reloader = Self { flags, base, one_at_a_time: tokio::sync::Mutex::new(()), current, blog, address };
        reloader.show(true);
        reloader
    }

    /// Everything runs: from now on a reload is possible.
    pub(super) fn started(&self, running: Running) {
        self.current().running = Some(running);
    }

    /// No reload from now on. What answers queries; `None` when the daemon did not get so far.
    pub(super) fn end(&self) -> Option<Arc<Backends>> {
        self.current().running.take().map(|running| running.backends)
    }

    /// Reloads, and tells how it went.
    ///
    /// # Errors
    /// What is wrong, a finding a line; the old config stays.
    pub(crate) async fn reload(&self) -> Result<String, String> {
        let _held = self.one_at_a_time.lock().await;
        let outcome = self.prepare_and_commit().await;
        self.show(outcome.is_ok());
        match &outcome {
            Ok(()) => tracing::info!("config reloaded"),
            Err(findings) => tracing::error!(findings, "config not reloaded, the old one stays"),
        }
        outcome.map(|()| "config reloaded\n".to_owned())
    }

    async fn prepare_and_commit(&self) -> Result<(), String> {
        let running = self.current().running.clone().ok_or("belfry is starting or stopping, the config stays")?;
        let flags = self.flags.clone();
        let (address, clock) = (self.address, Arc::clone(&self.base.clock));
        let next = self
            .base
            .store_pool
            .run(move || prepare(&flags, address, clock))
            .await
            .map_err(|error| error.to_string())??;
        let refused = needs_restart(&self.current().config, &next.config);
        if !refused.is_empty() {
            return Err(refused.join("\n"));
        }
        let notices = next.config.notices.clone();
        self.commit(running, next)?;
        notices.iter().for_each(|notice| tracing::warn!("{notice}"));
        Ok(())
    }

    /// Fails only where the stop has begun meanwhile.
    fn commit(&self, running: Running, next: Next) -> Result<(), String> {
        let mut current = self.current();
        if current.running.is_none() {
            return Err("belfry is stopping, the config stays".to_owned());
        }
        let (metrics, logs) = (Arc::clone(&running.backends.metrics), Arc::clone(&running.backends.logs));
        let collector = Arc::clone(&running.backends.collector);
        let tail = Arc::clone(&running.backends.tail);
        collector.commit(next.scraping);
        tail.commit(&next.config.collector);
        running.told.commit(next.telling);
        let (dispatch, forward) = (Arc::clone(&running.told.dispatch), Arc::clone(&running.told.forward));
        let (engine, log_engine) = engines(&next.config, &metrics, &logs);
        let rules = Arc::clone(&running.backends.rules);
        let rule_engines = Engines { metrics: Arc::clone(&engine), logs: Arc::clone(&log_engine) };
        let links = announce::links(&next.config.web, self.address);
        rules.commit(super::rules::prepared(&next.config, links, rule_engines));
        let backends =
            Arc::new(Backends { engine, metrics, log_engine, logs, collector, tail, rules, dispatch, forward });
        running.server.commit(next.web);
        running.server.set_phase(Phase::Serving(Arc::clone(&backends)));
        current.config = next.config;
        current.applied = self.base.clock.now();
        current.running = Some(Running { backends, ..running });
        Ok(())
    }

    /// What `status/*` tells.
    pub(crate) fn status(&self) -> DaemonStatus {
        let current = self.current();
        DaemonStatus {
            config_yaml: current.config.to_yaml(),
            flags: self.shown_flags(),
            started: self.base.started,
            directory: std::env::current_dir().map(|folder| folder.display().to_string()).unwrap_or_default(),
            hostname: hostname(),
            reload_succeeded: current.succeeded,
            reloaded: current.applied,
            retention: model::duration::format(current.config.storage.metrics.retention),
            blog: self.blog.as_ref().map(|blog| blog.status()),
        }
    }

    fn shown_flags(&self) -> Vec<(String, String)> {
        let flags = &self.flags;
        let path = |path: &Option<std::path::PathBuf>| {
            path.as_ref().map(|path| path.display().to_string()).unwrap_or_default()
        };
        let shown = [
            ("config", path(&flags.config)),
            ("data-dir", path(&flags.data_dir)),
            ("enable-feature", flags.enable_feature.join(",")),
            ("listen", flags.listen.clone().unwrap_or_default()),
            ("log-level", flags.log_level.as_str().to_owned()),
        ];
        shown.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn show(&self, succeeded: bool) {
        self.current().succeeded = succeeded;
        let instruments = &self.base.instruments;
        instruments.set(Instrument::ReloadSucceeded, &[], f64::from(u8::from(succeeded)));
        if succeeded {
            instruments.set(Instrument::ReloadTime, &[], self.base.clock.now().as_seconds());
        }
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads the config and the files that it names, and makes what it needs; blocks.
fn prepare(flags: &ServeFlags, address: SocketAddr, clock: Arc<dyn Clock>) -> Result<Next, String> {
    let config = config::load(flags).map_err(|findings| lines(&findings))?;
    let web = dashboards::Prepared::read(&config.web)?;
    let scraping = collector::Prepared::new(&config.collector).map_err(|findings| lines(&findings))?;
    let links = announce::links(&config.web, address);
    let telling = alerting::Prepared::new(&config.alerting, links, clock).map_err(|findings| lines(&findings))?;
    Ok(Next { config, web, scraping, telling })
}

fn lines(findings: &[Finding]) -> String {
    findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Keys that changed and that only a restart can change, each with its old and new value.
fn needs_restart(old: &Config, new: &Config) -> Vec<String> {
    let mut refused = Vec::new();
    let mut compare = |key: &str, old: String, new: String| {
        if old != new {
            refused.push(format!("{key}: needs a restart to change from {old}, got {new}"));
        }
    };
    let tls = |config: &Config| if config.web.tls.is_some() { "on" } else { "off" }.to_owned();
    compare("web.listen", old.web.listen.to_string(), new.web.listen.to_string());
    compare("web.tls", tls(old), tls(new));
    compare("blog_api.enabled", old.blog.enabled.to_string(), new.blog.enabled.to_string());
    compare("blog_api.listen", old.blog.listen.to_string(), new.blog.listen.to_string());
    let (old, new) = (&old.storage, &new.storage);
    let duration = |value| model::duration::format(value);
    let sync = |sync| match sync {
        Sync::Always => "always".to_owned(),
        Sync::Interval(every) => duration(every),
    };
    let (was, is) = (&old.metrics, &new.metrics);
    compare("storage.metrics.retention", duration(was.retention), duration(is.retention));
    compare("storage.metrics.retention_size", was.retention_size.to_string(), is.retention_size.to_string());
    let window = "storage.metrics.out_of_order_window";
    compare(window, duration(was.out_of_order_window), duration(is.out_of_order_window));
    compare("storage.exemplars.max_exemplars", was.max_exemplars.to_string(), is.max_exemplars.to_string());
    let (was, is) = (&old.logs, &new.logs);
    compare("storage.logs.retention", duration(was.retention), duration(is.retention));
    compare("storage.logs.retention_size", was.retention_size.to_string(), is.retention_size.to_string());
    compare("storage.sync", sync(old.sync), sync(new.sync));
    refused
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> Config {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("belfry.yml");
        std::fs::write(&file, text).expect("a file");
        config::load(&ServeFlags { config: Some(file), ..ServeFlags::default() }).expect(text)
    }

    #[test]
    fn what_only_a_restart_can_change_is_named() {
        let check = |old: &str, new: &str, expected: &[&str]| {
            assert_eq!(needs_restart(&config(old), &config(new)), expected, "{old} -> {new}");
        };
        check("", "global: {scrape_interval: 5s}\nfeatures: [promql-duration-expr]", &[]);
        check(
            "web: {listen: '127.0.0.1:1'}\nstorage: {sync: 1s}",
            "web: {listen: '127.0.0.1:2'}\nstorage: {sync: always, metrics: {retention: 15d}, logs: {retention_size: 1KB}}",
            &[
                "web.listen: needs a restart to change from 127.0.0.1:1, got 127.0.0.1:2",
                "storage.metrics.retention: needs a restart to change from 90d, got 15d",
                "storage.logs.retention_size: needs a restart to change from 0, got 1024",
                "storage.sync: needs a restart to change from 1s, got always",
            ],
        );
    }
}
