//! The cluster as its exporters show it: kube-state-metrics, cAdvisor and the kubelet, node_exporter's disk, and the
//! blog's own Micrometer page, all on one steered page with their real names and labels.
//!
//! Invariant: healthy, with a failed and a finished backup Job, until something ails it. Counters only grow, by what a
//! second of the present state adds.

use crate::exporter::{Exporter, Page};
use anyhow::Result;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Between two looks of the page.
const TURN: Duration = Duration::from_millis(100);

/// What can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ailment {
    /// was-0 was evicted: its phase is Failed.
    Evicted,
    /// was-0 waits for its image: Pending, ImagePullBackOff.
    NoImage,
    /// was-0 crashes again and again.
    CrashLoop,
    /// was-0 uses 95 % of its CPU limit.
    Busy,
    /// was-0 uses 88 % of its memory limit.
    Bloated,
    /// The node's disk is 90 % full.
    FullDisk,
    /// The database's volume is 90 % full.
    FullVolume,
    /// Every tenth request is answered 500.
    Errors,
    /// Every fifth request takes 5 s.
    Slow,
}

/// The steered page.
pub(crate) struct Cluster {
    exporter: Arc<Exporter>,
    ailments: Arc<Mutex<BTreeSet<Ailment>>>,
    closed: Arc<AtomicBool>,
}

impl Cluster {
    /// Healthy.
    pub(crate) fn start() -> Result<Self> {
        let exporter = Arc::new(Exporter::start(Page::text(""))?);
        let (ailments, closed) = (Arc::<Mutex<BTreeSet<Ailment>>>::default(), Arc::new(AtomicBool::new(false)));
        let cluster =
            Self { exporter: Arc::clone(&exporter), ailments: Arc::clone(&ailments), closed: Arc::clone(&closed) };
        let mut counters = Counters::default();
        exporter.show(Page::text(&counters.page(&BTreeSet::new())));
        std::thread::spawn(move || {
            let mut last = Instant::now();
            while !closed.load(Ordering::Relaxed) {
                std::thread::sleep(TURN);
                let ailments = ailments.lock().unwrap_or_else(PoisonError::into_inner).clone();
                counters.advance(last.elapsed().as_secs_f64(), &ailments);
                last = Instant::now();
                exporter.show(Page::text(&counters.page(&ailments)));
            }
        });
        Ok(cluster)
    }

    /// The page, as a target.
    pub(crate) fn target(&self) -> String {
        self.exporter.target()
    }

    /// From now on these ail it, and nothing else.
    pub(crate) fn ail(&self, ailments: &[Ailment]) {
        *self.ailments.lock().unwrap_or_else(PoisonError::into_inner) = ailments.iter().copied().collect();
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Relaxed);
    }
}

/// Requests by how long they took.
#[derive(Clone, Copy, Debug, Default)]
struct Requests {
    fast: f64,
    slow: f64,
}

#[derive(Debug, Default)]
struct Counters {
    cpu: f64,
    restarts: f64,
    /// Requests that were answered 200, and those that were answered 500.
    good: Requests,
    bad: Requests,
    probes: f64,
}

const POD: &str = r#"namespace="blog-system",pod="was-0""#;
const GIB: f64 = 1_073_741_824.0;

impl Counters {
    fn advance(&mut self, seconds: f64, ailments: &BTreeSet<Ailment>) {
        let ails = |ailment| ailments.contains(&ailment);
        self.cpu += seconds * if ails(Ailment::Busy) { 0.95 } else { 0.10 };
        self.restarts += seconds * if ails(Ailment::CrashLoop) { 1.0 } else { 0.0 };
        let bad = if ails(Ailment::Errors) { 0.1 } else { 0.0 };
        let slow = if ails(Ailment::Slow) { 0.2 } else { 0.0 };
        for (requests, share) in [(&mut self.good, 1.0 - bad), (&mut self.bad, bad)] {
            requests.fast += 10.0 * seconds * share * (1.0 - slow);
            requests.slow += 10.0 * seconds * share * slow;
        }
        self.probes += seconds * 4.0;
    }

    fn page(&self, ailments: &BTreeSet<Ailment>) -> String {
        let mut page = String::new();
        pods(&mut page, ailments, self.restarts);
        self.container(&mut page, ailments);
        disks(&mut page, ailments);
        self.requests(&mut page);
        page
    }

    /// cAdvisor: the app beside its sidecar, and the pod's own row without a container.
    fn container(&self, page: &mut String, ailments: &BTreeSet<Ailment>) {
        let app = if ailments.contains(&Ailment::Bloated) { 0.88 } else { 0.40 };
        for (container, share, limit, cpu) in
            [("was", app, 1.0, self.cpu), ("istio-proxy", 0.05, 2.0, self.cpu * 0.01), ("", 0.45, 0.0, self.cpu * 1.01)]
        {
            let labels = format!(r#"{{{POD},container="{container}"}}"#);
            let lines = [
                ("container_cpu_usage_seconds_total", cpu),
                ("container_memory_working_set_bytes", share * GIB),
                ("container_spec_memory_limit_bytes", limit * GIB),
            ];
            lines.iter().for_each(|(name, value)| push(page, name, &labels, *value));
            if limit > 0.0 {
                push(page, "container_spec_cpu_quota", &labels, limit * 100_000.0);
                push(page, "container_spec_cpu_period", &labels, 100_000.0);
            }
        }
    }

    /// Micrometer: every request counted by its answer and its time, and the probes that would dilute both.
    fn requests(&self, page: &mut String) {
        let labels = |status: u16, outcome: &str, uri: &str| {
            format!(
                r#"{POD},method="GET",uri="{uri}",status="{status}",outcome="{outcome}",exception="none",error="none""#
            )
        };
        for (labels, Requests { fast, slow }) in [
            (labels(200, "SUCCESS", "/api/posts/{id}"), self.good),
            (labels(500, "SERVER_ERROR", "/api/posts/{id}"), self.bad),
        ] {
            for (edge, value) in [("0.1", fast), ("2.0", fast), ("10.0", fast + slow), ("+Inf", fast + slow)] {
                push(page, "http_server_requests_seconds_bucket", &format!(r#"{{{labels},le="{edge}"}}"#), value);
            }
            push(page, "http_server_requests_seconds_count", &format!("{{{labels}}}"), fast + slow);
            push(page, "http_server_requests_seconds_sum", &format!("{{{labels}}}"), fast * 0.05 + slow * 5.0);
        }
        let probes = labels(200, "SUCCESS", "/actuator/health");
        push(page, "http_server_requests_seconds_count", &format!("{{{probes}}}"), self.probes);
        for edge in ["0.1", "2.0", "10.0", "+Inf"] {
            let labels = format!(r#"{{{probes},le="{edge}"}}"#);
            push(page, "http_server_requests_seconds_bucket", &labels, self.probes);
        }
    }
}

/// kube-state-metrics: the blog's pods and two backup Jobs, of which one failed.
fn pods(page: &mut String, ailments: &BTreeSet<Ailment>, restarts: f64) {
    let ails = |ailment| ailments.contains(&ailment);
    let was = match () {
        () if ails(Ailment::Evicted) => "Failed",
        () if ails(Ailment::NoImage) => "Pending",
        () => "Running",
    };
    let pods = [
        ("web-0", "Running", "ReplicaSet"),
        ("was-0", was, "ReplicaSet"),
        ("mysql-0", "Running", "StatefulSet"),
        ("mysql-backup-1", "Succeeded", "Job"),
        ("mysql-backup-2", "Failed", "Job"),
    ];
    for (pod, phase, owner) in pods {
        let pod_labels = format!(r#"namespace="blog-system",pod="{pod}""#);
        for one in ["Pending", "Running", "Succeeded", "Failed", "Unknown"] {
            let is = f64::from(u8::from(one == phase));
            push(page, "kube_pod_status_phase", &format!(r#"{{{pod_labels},phase="{one}"}}"#), is);
        }
        let ready = phase == "Running" && !(pod == "was-0" && ails(Ailment::CrashLoop));
        for (condition, is) in [("true", ready), ("false", !ready)] {
            let labels = format!(r#"{{{pod_labels},condition="{condition}"}}"#);
            push(page, "kube_pod_status_ready", &labels, f64::from(u8::from(is)));
        }
        push(page, "kube_pod_owner", &format!(r#"{{{pod_labels},owner_kind="{owner}",owner_name="{pod}"}}"#), 1.0);
    }
    let reasons = [("CrashLoopBackOff", Ailment::CrashLoop), ("ImagePullBackOff", Ailment::NoImage)];
    for (reason, _) in reasons.iter().filter(|(_, ailment)| ails(*ailment)) {
        let labels = format!(r#"{{{POD},container="was",reason="{reason}"}}"#);
        push(page, "kube_pod_container_status_waiting_reason", &labels, 1.0);
    }
    let labels = format!(r#"{{{POD},container="was"}}"#);
    push(page, "kube_pod_container_status_restarts_total", &labels, restarts.floor());
}

/// node_exporter's root, and the kubelet's volume of the database.
fn disks(page: &mut String, ailments: &BTreeSet<Ailment>) {
    let free = |ailment| if ailments.contains(&ailment) { 0.10 } else { 0.60 };
    let labels = r#"{instance="node-1",device="/dev/sda1",fstype="ext4",mountpoint="/"}"#;
    push(page, "node_filesystem_avail_bytes", labels, free(Ailment::FullDisk) * 40.0 * GIB);
    push(page, "node_filesystem_size_bytes", labels, 40.0 * GIB);
    let labels = r#"{namespace="blog-system",persistentvolumeclaim="mysql-data"}"#;
    push(page, "kubelet_volume_stats_used_bytes", labels, (1.0 - free(Ailment::FullVolume)) * 10.0 * GIB);
    push(page, "kubelet_volume_stats_capacity_bytes", labels, 10.0 * GIB);
}

fn push(page: &mut String, name: &str, labels: &str, value: f64) {
    // Writing to a String cannot fail.
    let _ = writeln!(page, "{name}{labels} {value}");
}
