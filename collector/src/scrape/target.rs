//! One thing to scrape: from a discovered address and its labels to a URL, an interval and the labels of its series.
//!
//! Invariant: a target's labels hold no name that begins with `__`; equal targets have equal labels, URL and timing.
//! Semantics follow Prometheus `scrape/target.go`. Nothing here speaks HTTP.

use crate::config::{Job, Scheme};
use crate::relabel;
use model::duration;
use model::labels::{Labels, LabelsBuilder};
use model::number::quoted;
use reqwest::Url;
use std::collections::BTreeMap;
use std::time::Duration;

const ADDRESS: &str = "__address__";
const SCHEME: &str = "__scheme__";
const METRICS_PATH: &str = "__metrics_path__";
const SCRAPE_INTERVAL: &str = "__scrape_interval__";
const SCRAPE_TIMEOUT: &str = "__scrape_timeout__";
const PARAM_PREFIX: &str = "__param_";
const HIDDEN_PREFIX: &str = "__";
const JOB: &str = "job";
const INSTANCE: &str = "instance";

/// How a target's page is got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// By HTTP from the target's URL.
    Http,
    /// Rendered in this process: what it says of itself.
    Own,
    /// Rendered in this process: what this machine says.
    Host,
}

/// Something to scrape.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// What discovery said, before relabeling.
    pub discovered: Labels,
    /// The labels that its series carry.
    pub labels: Labels,
    /// Where its page is.
    pub url: Url,
    /// How often it is scraped.
    pub interval: Duration,
    /// How long a scrape may take.
    pub timeout: Duration,
    /// How the page is got.
    pub origin: Origin,
}

/// What became of a discovered address.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It is scraped.
    Active(Box<Target>),
    /// Relabeling dropped it; these are the discovered labels.
    Dropped(Labels),
    /// It makes no target: the discovered labels and why.
    Invalid(Labels, String),
}

impl Target {
    /// The URL as other machines reach it: a loopback host is replaced by this machine's name.
    pub fn global_url(&self, machine: &str) -> Url {
        let mut url = self.url.clone();
        let is_local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        if is_local && url.set_host(Some(machine)).is_err() {
            return self.url.clone();
        }
        url
    }
}

/// Makes a target of an address and the labels of its group.
pub fn resolve(job: &Job, group: &Labels, address: &str) -> Outcome {
    let discovered = discovered_labels(job, group, address);
    let mut labels = discovered.to_builder();
    if !relabel::apply(&job.relabel_configs, &mut labels) {
        return Outcome::Dropped(discovered);
    }
    match finish(job, labels, &discovered) {
        Ok(target) => Outcome::Active(Box::new(target)),
        Err(error) => Outcome::Invalid(discovered, error),
    }
}

/// A built-in target: the page is rendered here, `instance` names where it would be.
///
/// # Errors
/// When `instance` makes no URL.
pub fn built_in(job: &Job, origin: Origin, instance: &str) -> Result<Target, String> {
    match resolve(job, &Labels::empty(), instance) {
        Outcome::Active(target) => Ok(Target { origin, ..*target }),
        Outcome::Dropped(_) => Err("dropped by relabeling".to_owned()),
        Outcome::Invalid(_, error) => Err(error),
    }
}

fn discovered_labels(job: &Job, group: &Labels, address: &str) -> Labels {
    let mut labels = group.to_builder();
    labels.set(ADDRESS, address);
    let mut default = |name: &str, value: String| {
        if labels.get(name).is_none() {
            labels.set(name, value);
        }
    };
    default(JOB, job.job_name.clone());
    default(SCRAPE_INTERVAL, duration::format(job.scrape_interval));
    default(SCRAPE_TIMEOUT, duration::format(job.scrape_timeout));
    default(METRICS_PATH, job.metrics_path.clone());
    default(SCHEME, job.scheme.as_str().to_owned());
    for (name, values) in &job.params {
        if let Some(first) = values.first() {
            default(&format!("{PARAM_PREFIX}{name}"), first.clone());
        }
    }
    labels.build()
}

fn finish(job: &Job, mut labels: LabelsBuilder, discovered: &Labels) -> Result<Target, String> {
    let text = |name: &str| labels.get(name).unwrap_or("").to_owned();
    let address = text(ADDRESS);
    if address.is_empty() {
        return Err("no address".to_owned());
    }
    if address.contains('/') {
        return Err(format!("{} is not a valid hostname", quoted(&address)));
    }
    let scheme = Scheme::from_text(&text(SCHEME))?;
    let interval = read_duration("interval", &text(SCRAPE_INTERVAL))?;
    let timeout = read_duration("timeout", &text(SCRAPE_TIMEOUT))?;
    if timeout > interval {
        let (timeout, interval) = (text(SCRAPE_TIMEOUT), text(SCRAPE_INTERVAL));
        return Err(format!("scrape timeout cannot be greater than scrape interval ({timeout:?} > {interval:?})"));
    }
    let url = build_url(job, &labels, scheme, &address)?;
    if labels.get(INSTANCE).is_none() {
        labels.set(INSTANCE, address);
    }
    labels.retain(|name| !name.starts_with(HIDDEN_PREFIX));
    Ok(Target { discovered: discovered.clone(), labels: labels.build(), url, interval, timeout, origin: Origin::Http })
}

fn read_duration(what: &str, text: &str) -> Result<Duration, String> {
    let duration = duration::parse(text).map_err(|error| format!("error parsing scrape {what}: {error}"))?;
    if duration.is_zero() { Err(format!("scrape {what} cannot be 0")) } else { Ok(duration) }
}

fn build_url(job: &Job, labels: &LabelsBuilder, scheme: Scheme, address: &str) -> Result<Url, String> {
    let path = labels.get(METRICS_PATH).unwrap_or("");
    let slash = if path.starts_with('/') || path.is_empty() { "" } else { "/" };
    let text = format!("{}://{address}{slash}{path}", scheme.as_str());
    let mut url = Url::parse(&text).map_err(|error| format!("{} is not a valid URL: {error}", quoted(&text)))?;
    let mut params: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, values) in &job.params {
        params.insert(name, values.iter().map(String::as_str).collect());
    }
    for (name, value) in labels.iter().filter_map(|(name, value)| Some((name.strip_prefix(PARAM_PREFIX)?, value))) {
        let values = params.entry(name).or_default();
        match values.first_mut() {
            Some(first) => *first = value,
            None => values.push(value),
        }
    }
    let pairs = || params.iter().flat_map(|(name, values)| values.iter().map(move |value| (name, value)));
    if pairs().next().is_some() {
        url.query_pairs_mut().extend_pairs(pairs());
    }
    Ok(url)
}

#[cfg(test)]
mod tests;
