//! Against a real node_exporter on this machine: the same series, the same types, equal or close values.
//! Skipped, loudly, where none is installed; with `CI=true` that fails.

use super::tests::values;
use super::*;
use crate::scrape::exposition::{Entry, Mode, Parser, base_name};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Families that are not compared, and why.
const UNTOLD: [(&str, &str); 4] = [
    ("node_disk_info", "its label rotational is new, and 0 where the peer cannot read the disk's queue"),
    ("node_filesystem_purgeable_bytes", "of macOS alone, always 0 here"),
    ("node_time_zone_offset_seconds", "a time zone is of a process, not of a machine"),
    ("node_nf_conntrack_stat_", "needs the counters of each CPU; entries and their limit are told"),
];

/// What the peer's families begin with, that our collectors tell.
const OURS: [&str; 22] = [
    "node_boot_time_",
    "node_context_switches_",
    "node_cpu_seconds",
    "node_cpu_guest_",
    "node_disk_",
    "node_entropy_",
    "node_filefd_",
    "node_filesystem_",
    "node_forks_",
    "node_intr_",
    "node_load",
    "node_memory_",
    "node_netstat_",
    "node_network_",
    "node_nf_conntrack_",
    "node_os_",
    "node_pressure_",
    "node_procs_",
    "node_sockstat_",
    "node_time_",
    "node_uname_",
    "node_vmstat_",
];

/// The exclusions of the newest release, for older ones exclude less.
const EXCLUSIONS: [&str; 3] = [
    r"--collector.diskstats.device-exclude=^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$",
    "--collector.filesystem.mount-points-exclude=^/(dev|proc|run|sys|mnt|media|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)",
    "--collector.filesystem.fs-types-exclude=^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|iso9660|mqueue|nsfs|overlay|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|erofs|sysfs|tracefs)$",
];

/// A running node_exporter, killed when dropped.
struct Peer {
    child: Child,
    address: SocketAddr,
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Peer {
    /// Starts one that is in `PATH`; `None` where there is none.
    fn start() -> Option<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let program = ["prometheus-node-exporter", "node_exporter"]
            .iter()
            .flat_map(|name| std::env::split_paths(&path).map(move |folder| folder.join(name)))
            .find(|candidate| candidate.is_file())?;
        // Nobody else is given this port between here and its start, as the kernel hands them out in turn.
        let address = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port");
        let child = Command::new(program)
            .args([&format!("--web.listen-address={address}"), "--no-collector.systemd"])
            .args(EXCLUSIONS)
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("node_exporter starts");
        let peer = Self { child, address };
        let give_up = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(address).is_err() {
            assert!(Instant::now() < give_up, "node_exporter does not listen at {address}");
            std::thread::yield_now();
        }
        Some(peer)
    }

    fn page(&self) -> String {
        let mut stream = TcpStream::connect(self.address).expect("node_exporter listens");
        let request = "GET /metrics HTTP/1.0\r\nHost: peer\r\nAccept: text/plain\r\n\r\n";
        stream.write_all(request.as_bytes()).expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer.split_once("\r\n\r\n").expect("a body").1.to_owned()
    }
}

fn kinds(body: &str) -> BTreeMap<String, MetricKind> {
    let entries = Parser::new(body.as_bytes(), Format::Text, Mode::Strict);
    let kinds = entries.filter_map(|entry| match entry.expect("a valid page") {
        Entry::Type(family, kind) => Some((family.into_owned(), kind)),
        _ => None,
    });
    kinds.collect()
}

/// The metric name in the text of labels.
fn metric(series: &str) -> &str {
    let name = series.strip_prefix("{__name__=\"").unwrap_or(series);
    base_name(name.split('"').next().unwrap_or(name))
}

fn is_compared(metric: &str) -> bool {
    OURS.iter().any(|prefix| metric.starts_with(prefix)) && !UNTOLD.iter().any(|(name, _)| metric.starts_with(name))
}

/// Values that stand still between two pages.
fn is_constant(metric: &str) -> bool {
    let suffixes = ["_size_bytes", "MemTotal_bytes", "SwapTotal_bytes", "boot_time_seconds", "_info", "mtu_bytes"];
    suffixes.iter().any(|suffix| metric.ends_with(suffix)) || metric == "node_filesystem_files"
}

#[test]
fn the_page_is_node_exporter_s() {
    let Some(peer) = Peer::start() else {
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "CI needs node_exporter in PATH");
        println!("SKIPPED the_page_is_node_exporter_s: no prometheus-node-exporter or node_exporter in PATH");
        return;
    };
    let exporter = HostExporter::new(Roots::default());
    let before = peer.page();
    let ours = exporter.page(Nanos(1)).body;
    let after = peer.page();
    compare_kinds(&kinds(&ours), &kinds(&after));
    compare_values(&values(&before), &values(&ours), &values(&after));
}

fn compare_kinds(ours: &BTreeMap<String, MetricKind>, theirs: &BTreeMap<String, MetricKind>) {
    for (family, kind) in theirs.iter().filter(|(family, _)| is_compared(family)) {
        assert_eq!(ours.get(family), Some(kind), "type of {family}");
    }
}

/// The value of the series. Of an info series newer labels may be told too.
fn find<'a>(ours: &'a BTreeMap<String, f64>, series: &str) -> Option<&'a f64> {
    let labels = |series: &'a str| -> BTreeSet<&'a str> { series.trim_matches(['{', '}']).split(", ").collect() };
    ours.get(series).or_else(|| {
        let is_info = metric(series).ends_with("_info");
        let told =
            |ours: &'a str| series.trim_matches(['{', '}']).split(", ").all(|label| labels(ours).contains(label));
        ours.iter().find(|(ours, _)| is_info && told(ours)).map(|(_, value)| value)
    })
}

/// Every series of the peer is ours; constants are equal, counters lie between the peer's two pages.
fn compare_values(before: &BTreeMap<String, f64>, ours: &BTreeMap<String, f64>, after: &BTreeMap<String, f64>) {
    let mut compared = 0;
    for (series, last) in after.iter().filter(|(series, _)| is_compared(metric(series))) {
        let value = find(ours, series).unwrap_or_else(|| panic!("our page lacks {series}"));
        compared += 1;
        let metric = metric(series);
        if is_constant(metric) {
            assert_eq!(value, last, "{series}");
        } else if metric.ends_with("_total") {
            // The peer multiplies where we divide, and the kernel's idle time steps back by a tick now and then.
            let first = before.get(series).copied().unwrap_or(0.0);
            let slack = if metric.contains("_seconds_") { 0.05 } else { 0.0 };
            assert!(first - slack <= *value && *value <= last + slack, "{series}: {first} <= {value} <= {last}");
        }
    }
    assert!(compared > 200, "only {compared} series compared");
    // Older releases lack families, labels of infos, fields of memory, and the loopback's traffic.
    let families: BTreeSet<&str> = after.keys().map(|series| metric(series)).collect();
    let is_newer = |series: &str| metric(series).ends_with("_info") || series.contains("device=\"lo\"");
    let is_unexpected = |series: &&String| {
        let is_shared = families.contains(metric(series)) && is_compared(metric(series));
        is_shared && !is_newer(series) && !after.contains_key(*series)
    };
    let unexpected: Vec<&String> = ours.keys().filter(is_unexpected).collect();
    assert!(unexpected.is_empty(), "the peer lacks {unexpected:?}");
}
