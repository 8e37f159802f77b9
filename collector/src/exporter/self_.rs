//! The daemon's own page: its instruments, and what the kernel knows of its process.
//!
//! Invariant: the page is the one that `/metrics` serves, OpenMetrics with one `# EOF`. What the kernel does not tell
//! is left out.

use super::Page;
use super::page::Writer;
use crate::scrape::exposition::Format;
use model::instrument::Instruments;
use model::metadata::MetricKind;
use procfs::process::{LimitValue, Process};
use std::sync::Arc;

/// See the module.
#[derive(Debug)]
pub struct SelfExporter {
    instruments: Arc<Instruments>,
}

impl SelfExporter {
    /// An exporter of these instruments.
    pub fn new(instruments: Arc<Instruments>) -> Self {
        Self { instruments }
    }

    /// Renders the page.
    pub fn page(&self) -> Page {
        let mut page = Writer::default();
        // A process that may not read its own /proc still has its instruments.
        if let Ok(process) = Process::myself() {
            write_process(&mut page, &process);
        }
        let body = page.finish() + &self.instruments.encode();
        Page { format: Format::OpenMetrics, body }
    }
}

/// The families of Prometheus's client libraries.
#[expect(clippy::cast_precision_loss, reason = "bytes and ticks of a process are exact in 53 bits")]
fn write_process(page: &mut Writer, process: &Process) {
    if let Ok(stat) = process.stat() {
        let tick = 1.0 / procfs::ticks_per_second() as f64;
        let cpu = (stat.utime + stat.stime) as f64 * tick;
        page.family("process_cpu_seconds", MetricKind::Counter, "Total user and system CPU time spent in seconds.");
        page.sample("process_cpu_seconds_total", &[], cpu);
        gauge(page, "process_virtual_memory_bytes", "Virtual memory size in bytes.", stat.vsize as f64);
        let resident = (stat.rss * procfs::page_size()) as f64;
        gauge(page, "process_resident_memory_bytes", "Resident memory size in bytes.", resident);
        if let Ok(boot) = procfs::boot_time_secs() {
            let help = "Start time of the process since unix epoch in seconds.";
            gauge(page, "process_start_time_seconds", help, boot as f64 + stat.starttime as f64 * tick);
        }
        gauge(page, "process_threads", "Number of threads of the process.", stat.num_threads as f64);
    }
    if let Ok(open) = process.fd_count() {
        gauge(page, "process_open_fds", "Number of open file descriptors.", open as f64);
    }
    if let Ok(LimitValue::Value(max)) = process.limits().map(|limits| limits.max_open_files.soft_limit) {
        gauge(page, "process_max_fds", "Maximum number of open file descriptors.", max as f64);
    }
}

fn gauge(page: &mut Writer, name: &str, help: &str, value: f64) {
    page.single(name, MetricKind::Gauge, help, value);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scrape::exposition::{Entry, Mode, Parser};
    use std::collections::HashMap;

    #[test]
    fn the_page_is_openmetrics_and_tells_of_this_process() {
        let exporter = SelfExporter::new(Arc::new(Instruments::new()));
        let page = exporter.page();
        let mut values = HashMap::new();
        for entry in Parser::new(page.body.as_bytes(), page.format, Mode::Strict) {
            if let Entry::Sample(sample) = entry.expect("a valid page") {
                values.insert(sample.series, sample.value);
            }
        }
        let value = |name: &str| values.get(name).copied().unwrap_or(f64::NAN);
        let resident = value("process_resident_memory_bytes");
        assert!(resident > 1e6 && resident < value("process_virtual_memory_bytes"), "{resident}");
        assert!(value("process_cpu_seconds_total") >= 0.0);
        assert!(value("process_start_time_seconds") > 1.5e9);
        assert!(value("process_open_fds") >= 3.0 && value("process_open_fds") <= value("process_max_fds"));
        assert!(value("belfry_start_time_seconds") >= 0.0);
    }
}
