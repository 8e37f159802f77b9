//! What the kernel counts since it booted, from `/proc/stat`.

use super::source::{Problem, number, read};
use super::{Reading, Writer};
use model::metadata::MetricKind::{self, Counter, Gauge};

/// A family: the line's first word, its name, type and help. The value is the line's first number.
type Line = (&'static str, &'static str, MetricKind, &'static str);

const LINES: [Line; 6] = [
    ("btime", "node_boot_time_seconds", Gauge, "Node boot time, in unixtime."),
    ("ctxt", "node_context_switches_total", Counter, "Total number of context switches."),
    ("processes", "node_forks_total", Counter, "Total number of forks."),
    ("intr", "node_intr_total", Counter, "Total number of interrupts serviced."),
    ("procs_blocked", "node_procs_blocked", Gauge, "Number of processes blocked waiting for I/O to complete."),
    ("procs_running", "node_procs_running", Gauge, "Number of processes in runnable state."),
];

pub(super) fn write(reading: &Reading<'_>, page: &mut Writer) -> Result<(), Problem> {
    let text = read(&reading.roots.proc.join("stat"))?;
    for (word, name, kind, help) in LINES {
        let line = text.lines().find_map(|line| line.strip_prefix(word)?.strip_prefix(' '));
        if let Some(value) = line.and_then(|line| line.split_ascii_whitespace().next()).and_then(number) {
            page.single(name, kind, help, value);
        }
    }
    Ok(())
}
