//! Time of each CPU by mode, from `/proc/stat`. Time of guests is in `user` and `nice` too, as the kernel counts.

use super::source::{Problem, number, read};
use super::{Reading, Writer};
use model::metadata::MetricKind::Counter;

/// The modes in the order of the kernel's columns; guests' follow them.
const MODES: [&str; 8] = ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"];
/// The guests' columns.
const GUEST_MODES: [&str; 2] = ["user", "nice"];

pub(super) fn write(reading: &Reading<'_>, page: &mut Writer) -> Result<(), Problem> {
    let text = read(&reading.roots.proc.join("stat"))?;
    let cpus: Vec<(&str, Vec<f64>)> = text.lines().filter_map(cpu).collect();
    write_modes(page, "node_cpu_guest_seconds_total", &cpus, &GUEST_MODES, MODES.len());
    write_modes(page, "node_cpu_seconds_total", &cpus, &MODES, 0);
    Ok(())
}

/// The number of a CPU and its seconds, of a line `cpu0 ...`; `None` for the line of all CPUs and other lines.
fn cpu(line: &str) -> Option<(&str, Vec<f64>)> {
    let mut columns = line.strip_prefix("cpu")?.split_ascii_whitespace();
    let cpu = columns.next().filter(|_| !line.starts_with("cpu "))?;
    #[expect(clippy::cast_precision_loss, reason = "the kernel counts about 100 ticks a second")]
    let tick = 1.0 / procfs::ticks_per_second() as f64;
    Some((cpu, columns.filter_map(number).map(|ticks| ticks * tick).collect()))
}

fn write_modes(page: &mut Writer, name: &str, cpus: &[(&str, Vec<f64>)], modes: &[&str], first: usize) {
    let help = match first {
        0 => "Seconds the CPUs spent in each mode.",
        _ => "Seconds the CPUs spent in guests (VMs) for each mode.",
    };
    page.family(name, Counter, help);
    for (cpu, seconds) in cpus {
        for (mode, seconds) in modes.iter().zip(seconds.iter().skip(first)) {
            page.sample(name, &[("cpu", cpu), ("mode", mode)], *seconds);
        }
    }
}
