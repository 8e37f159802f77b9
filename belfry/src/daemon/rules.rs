//! What the rules are given.

use super::Daemon;
use crate::config::Config;
use alerter::Rules;
use alerter::links::Links;
use alerter::rules::{Engines, Post, Prepared, RulesParts, Settings};
use anyhow::Context;
use std::sync::Arc;
use store::logs::Logs;
use store::metrics::Metrics;
use store::state::States;

/// The configured rules, to be put in force.
pub(super) fn prepared(config: &Config, links: Links, engines: Engines) -> Prepared {
    let global = &config.collector.global;
    let settings = Settings {
        evaluation_interval: global.evaluation_interval,
        query_offset: global.rule_query_offset,
        external_labels: global.external_labels.clone(),
        links,
        engines,
    };
    Prepared::new([&config.rules.metrics, &config.rules.logs], settings)
}

impl Daemon {
    /// Reads the state of the rules; they begin with it.
    pub(super) async fn open_rules(
        &self,
        (metrics, logs): (&Arc<Metrics>, &Arc<Logs>),
        engines: Engines,
        (states, post): (States, Post),
    ) -> anyhow::Result<Arc<Rules>> {
        let parts = RulesParts {
            metrics: Arc::clone(metrics),
            logs: Arc::clone(logs),
            states,
            clock: Arc::clone(&self.base.clock),
            instruments: Arc::clone(&self.base.instruments),
            post,
        };
        let prepared = prepared(&self.config, self.links(), engines);
        let opened = self.base.store_pool.run(move || Rules::new(prepared, parts)).await;
        Ok(Arc::new(opened.context("reading the state of the rules")??))
    }

    /// Links into our own pages.
    pub(super) fn links(&self) -> Links {
        super::announce::links(&self.config.web, self.address)
    }
}
