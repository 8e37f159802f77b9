//! What the system says about this process, from `/proc`; nothing where there is none.
//!
//! Invariant: a file that is missing or reads otherwise leaves its readings out and disturbs no other.

use crate::meters::Reading;

/// Ticks of a second in `/proc/self/stat`: `USER_HZ`, 100 on every architecture of Linux.
const TICKS_PER_SECOND: f64 = 100.0;

/// The process's readings.
pub(crate) fn readings() -> Vec<Reading> {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let mut readings = Vec::new();
    if let Some(value) = cpu_seconds(&read("/proc/self/stat")) {
        let help = "Processor time of the process";
        let cpu = Reading::gauge("process_cpu_seconds_total", help, value);
        readings.push(Reading { kind: "counter", ..cpu });
    }
    if let Some(value) = resident_bytes(&read("/proc/self/status")) {
        readings.push(Reading::gauge("process_resident_memory_bytes", "Memory of the process", value));
    }
    if let Ok(files) = std::fs::read_dir("/proc/self/fd") {
        let open = u32::try_from(files.count()).map_or(f64::MAX, f64::from);
        readings.push(Reading::gauge("process_files_open_files", "Open file descriptors", open));
    }
    if let Some(value) = files_max(&read("/proc/self/limits")) {
        readings.push(Reading::gauge("process_files_max_files", "Most file descriptors that may be open", value));
    }
    readings
}

/// User and system time; the name of the process may hold spaces and parentheses.
fn cpu_seconds(stat: &str) -> Option<f64> {
    let (_, fields) = stat.rsplit_once(')')?;
    // The field behind the name is the third of the file; the times are the 14th and the 15th.
    let mut times = fields.split_whitespace().skip(11).map(|field| field.parse::<u32>().ok());
    let ticks = f64::from(times.next()??) + f64::from(times.next()??);
    Some(ticks / TICKS_PER_SECOND)
}

fn resident_bytes(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u32 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(f64::from(kibibytes) * 1_024.0)
}

fn files_max(limits: &str) -> Option<f64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse::<u32>().ok().map(f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read() {
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 5 0 100 1000 200 18446744073709551615";
        assert_eq!(cpu_seconds(stat), Some(3.0));
        assert_eq!(resident_bytes("Name:\ta\nVmRSS:\t    2048 kB\nVmData:\t 1 kB\n"), Some(2_097_152.0));
        assert_eq!(files_max("Limit  Soft  Hard\nMax open files            1024   4096   files\n"), Some(1_024.0));
    }

    #[test]
    fn what_reads_otherwise_is_left_out() {
        for text in ["", "7 (a) S 1", "VmRSS: many", "Max open files unlimited unlimited files"] {
            assert_eq!((cpu_seconds(text), resident_bytes(text), files_max(text)), (None, None, None), "{text}");
        }
    }
}
