//! This machine's page, under node_exporter's names, labels and units, with its default exclusions.
//!
//! Invariant: one collector that fails leaves the others' families on the page and is told in
//! `node_scrape_collector_success`. Nothing here waits for a hanging file system longer than once.

mod conntrack;
mod cpu;
mod disk;
mod entropy;
mod file_descriptors;
mod filesystem;
mod interface;
mod load;
mod memory;
mod mount;
mod netstat;
mod network;
mod os_release;
mod pressure;
mod sockstat;
mod source;
mod stat;
mod statfs;
mod system_time;
mod uname;
mod vmstat;

pub use source::Roots;

use super::Page;
use super::page::Writer;
use crate::scrape::exposition::Format;
use model::metadata::MetricKind;
use model::time::Nanos;
use source::Problem;
use statfs::StatFs;
use std::time::Instant;

/// See the module.
#[derive(Debug)]
pub struct HostExporter {
    roots: Roots,
    stat_fs: StatFs,
}

/// What a collector reads: the machine at a time.
struct Reading<'a> {
    roots: &'a Roots,
    stat_fs: &'a StatFs,
    now: Nanos,
}

/// Writes the families of one collector. What it wrote before it failed stays.
type Collect = fn(&Reading<'_>, &mut Writer) -> Result<(), Problem>;

/// The collectors under node_exporter's names, in its order.
const COLLECTORS: [(&str, Collect); 18] = [
    ("conntrack", conntrack::write),
    ("cpu", cpu::write),
    ("diskstats", disk::write),
    ("entropy", entropy::write),
    ("filefd", file_descriptors::write),
    ("filesystem", filesystem::write),
    ("loadavg", load::write),
    ("meminfo", memory::write),
    ("netclass", interface::write),
    ("netdev", network::write),
    ("netstat", netstat::write),
    ("os", os_release::write),
    ("pressure", pressure::write),
    ("sockstat", sockstat::write),
    ("stat", stat::write),
    ("time", system_time::write),
    ("uname", uname::write),
    ("vmstat", vmstat::write),
];

impl HostExporter {
    /// An exporter of the machine whose file systems are mounted at these places.
    pub fn new(roots: Roots) -> Self {
        Self { roots, stat_fs: StatFs::new() }
    }

    /// Renders the page.
    pub fn page(&self, now: Nanos) -> Page {
        let reading = Reading { roots: &self.roots, stat_fs: &self.stat_fs, now };
        let mut page = Writer::default();
        let mut outcomes = Vec::with_capacity(COLLECTORS.len());
        for (name, collect) in COLLECTORS {
            let started = Instant::now();
            let outcome = collect(&reading, &mut page);
            if let Err(problem) = &outcome {
                tracing::debug!(collector = name, %problem, "host collector failed");
            }
            outcomes.push((name, started.elapsed().as_secs_f64(), f64::from(u8::from(outcome.is_ok()))));
        }
        write_outcomes(&mut page, &outcomes);
        Page { format: Format::Text, body: page.finish() }
    }
}

fn write_outcomes(page: &mut Writer, outcomes: &[(&str, f64, f64)]) {
    let name = "node_scrape_collector_duration_seconds";
    page.family(name, MetricKind::Gauge, "node_exporter: Duration of a collector scrape.");
    for (collector, seconds, _) in outcomes {
        page.sample(name, &[("collector", collector)], *seconds);
    }
    let name = "node_scrape_collector_success";
    page.family(name, MetricKind::Gauge, "node_exporter: Whether a collector succeeded.");
    for (collector, _, success) in outcomes {
        page.sample(name, &[("collector", collector)], *success);
    }
}

#[cfg(test)]
mod peer_tests;
#[cfg(test)]
mod tests;
