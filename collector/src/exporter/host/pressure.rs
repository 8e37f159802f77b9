//! Time that processes waited for a resource (pressure stall information), from `/proc/pressure`. A kernel without it
//! has no such folder.

use super::source::{Problem, number, read};
use super::{Reading, Writer};
use model::metadata::MetricKind::Counter;

/// A family: the resource, whether some or all processes waited, its name and its help.
type Line = (&'static str, &'static str, &'static str, &'static str);

const LINES: [Line; 6] = [
    (
        "cpu",
        "some",
        "node_pressure_cpu_waiting_seconds_total",
        "Total time in seconds that processes have waited for CPU time",
    ),
    (
        "io",
        "some",
        "node_pressure_io_waiting_seconds_total",
        "Total time in seconds that processes have waited due to IO congestion",
    ),
    (
        "io",
        "full",
        "node_pressure_io_stalled_seconds_total",
        "Total time in seconds no process could make progress due to IO congestion",
    ),
    (
        "memory",
        "some",
        "node_pressure_memory_waiting_seconds_total",
        "Total time in seconds that processes have waited for memory",
    ),
    (
        "memory",
        "full",
        "node_pressure_memory_stalled_seconds_total",
        "Total time in seconds no process could make progress due to memory congestion",
    ),
    (
        "irq",
        "full",
        "node_pressure_irq_stalled_seconds_total",
        "Total time in seconds no process could make progress due to IRQ congestion",
    ),
];

pub(super) fn write(reading: &Reading<'_>, page: &mut Writer) -> Result<(), Problem> {
    let folder = reading.roots.proc.join("pressure");
    for (resource, whom, name, help) in LINES {
        let text = match read(&folder.join(resource)) {
            Ok(text) => text,
            // Older kernels do not tell it of interrupts.
            Err(_) if resource == "irq" => continue,
            Err(problem) => return Err(problem),
        };
        let line = text.lines().find_map(|line| line.strip_prefix(whom));
        if let Some(micros) = line.and_then(|line| line.rsplit_once("total=")).and_then(|(_, total)| number(total)) {
            page.single(name, Counter, help, micros / 1e6);
        }
    }
    Ok(())
}
