//! Our host exporter beside a real node_exporter, both scraped by the same Belfry.

use crate::daemon::Belfry;
use crate::node_exporter::NodeExporter;
use crate::poll::await_until;
use crate::prometheus::Labels;
use crate::scene::Scene;
use anyhow::{Context, Result, ensure};
use std::collections::BTreeSet;
use std::time::Duration;

/// Both have been scraped often enough for a rate over half a minute.
const SETTLED_WITHIN: Duration = Duration::from_secs(30);

/// Names that not every version of node_exporter has: learned after the one in Debian 12, or (the memory) only from
/// lines of the kernel that it knows.
const NOT_ALWAYS: &[&str] = &[
    "node_filesystem_mount_info",
    "node_netstat_TcpExt_TCPOFOQueue",
    "node_netstat_TcpExt_TCPRcvQDrop",
    "node_memory_",
];

/// What does not change while a test runs: an expression with `JOB` for the job.
const EQUAL: &[&str] = &[
    "count(count by (cpu) (node_cpu_seconds_total{JOB}))",
    "count(node_cpu_seconds_total{JOB})",
    "node_memory_MemTotal_bytes{JOB}",
    "node_memory_SwapTotal_bytes{JOB}",
    "node_boot_time_seconds{JOB}",
    "sum by (sysname, release, machine, nodename) (node_uname_info{JOB})",
    "sum by (device, mountpoint, fstype) (node_filesystem_size_bytes{JOB})",
    "sum by (device, mountpoint, fstype) (node_filesystem_files{JOB})",
    "sum by (device, mountpoint, fstype) (node_filesystem_readonly{JOB})",
];

/// What moves: an expression, the part by which the two may differ, and the absolute difference that is always fine.
const CLOSE: &[(&str, f64, f64)] = &[
    ("node_memory_MemAvailable_bytes{JOB}", 0.15, 64e6),
    ("sum by (mountpoint) (node_filesystem_avail_bytes{JOB})", 0.02, 512e6),
    ("sum by (mode) (node_cpu_seconds_total{JOB})", 0.02, 8.0),
    ("sum(rate(node_cpu_seconds_total{JOB}[15s]))", 0.2, 0.2),
    ("node_load1{JOB}", 0.3, 1.0),
    ("sum by (device) (node_network_receive_bytes_total{JOB})", 0.05, 64e6),
    ("sum by (device) (node_disk_reads_completed_total{JOB})", 0.02, 2e3),
    ("sum by (device) (node_disk_written_bytes_total{JOB})", 0.05, 512e6),
    ("node_filefd_allocated{JOB}", 0.2, 1e3),
    ("node_context_switches_total{JOB}", 0.02, 1e6),
];

pub(crate) fn host_agrees_with_node_exporter(scene: &Scene) -> Result<()> {
    let peer = NodeExporter::start()?;
    let belfry = Belfry::start(
        scene,
        &format!(
            "global: {{scrape_interval: 1s, scrape_timeout: 1s}}
exporters: {{self: false, host: true}}
scrape_configs:
  - job_name: peer
    static_configs: [{{targets: [\"{}\"]}}]
",
            peer.target()
        ),
    )?;
    await_until("both were scraped for a while", SETTLED_WITHIN, || {
        for job in ["node", "peer"] {
            let scrapes = belfry.value(&format!("count_over_time(up{{job=\"{job}\"}}[1m]) * up{{job=\"{job}\"}}"))?;
            ensure!(scrapes >= 8.0, "{job} was scraped {scrapes} times");
        }
        Ok(())
    })?;

    let ours = names(&belfry, "node")?;
    let theirs = names(&belfry, "peer")?;
    let unknown: Vec<_> =
        ours.difference(&theirs).filter(|name| !NOT_ALWAYS.iter().any(|known| name.starts_with(known))).collect();
    ensure!(unknown.is_empty(), "names that node_exporter does not have: {unknown:?}");
    ensure!(ours.len() > 80, "only {} names: {ours:?}", ours.len());
    for query in EQUAL {
        compare(&belfry, query, 0.0, 0.0)?;
    }
    for (query, part, fine) in CLOSE {
        compare(&belfry, query, *part, *fine)?;
    }
    Ok(())
}

/// Metric names of a job, of the node alone.
fn names(belfry: &Belfry, job: &str) -> Result<BTreeSet<String>> {
    let vector = belfry.instant(&format!("count by (__name__) ({{job=\"{job}\", __name__=~\"node_.*\"}})"))?;
    Ok(vector.into_iter().filter_map(|(labels, _)| labels.get("__name__").cloned()).collect())
}

fn compare(belfry: &Belfry, query: &str, part: f64, fine: f64) -> Result<()> {
    let of = |job: &str| belfry.instant(&query.replace("JOB", &format!("job=\"{job}\"")));
    let without_job = |labels: &Labels| {
        let mut labels = labels.clone();
        labels.retain(|name, _| name != "job" && name != "instance");
        labels
    };
    let (ours, theirs) = (of("node")?, of("peer")?);
    ensure!(ours.len() == theirs.len(), "{query}: ours {ours:?}, node_exporter's {theirs:?}");
    ensure!(!ours.is_empty() || query.contains("disk"), "{query}: nothing on either side");
    for (labels, our) in &ours {
        let same = theirs.iter().find(|(found, _)| without_job(found) == without_job(labels));
        let (_, their) = same.with_context(|| format!("{query}: node_exporter has no {labels:?}"))?;
        let difference = (our - their).abs();
        ensure!(
            difference <= fine || difference <= part * their.abs(),
            "{query}: {labels:?} ours {our}, node_exporter's {their}"
        );
    }
    Ok(())
}
