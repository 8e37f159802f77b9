//! Reads, writes and waits of each disk, from `/proc/diskstats` and `/sys/block`; partitions and pseudo disks are
//! left out.

use super::source::{Problem, read};
use super::{Reading, Writer};
use model::metadata::MetricKind::{Counter, Gauge};
use procfs::DiskStat;

/// A sector in the kernel's counts, whatever the disk's own is.
const SECTOR_BYTES: f64 = 512.0;

/// A family of numbers: name, help, and what of the kernel's counts it tells.
type Column = (&'static str, &'static str, fn(&DiskStat) -> Option<f64>);

const COLUMNS: [Column; 17] = [
    ("reads_completed_total", "The total number of reads completed successfully.", |d| count(d.reads)),
    ("reads_merged_total", "The total number of reads merged.", |d| count(d.merged)),
    ("read_bytes_total", "The total number of bytes read successfully.", |d| bytes(d.sectors_read)),
    ("read_time_seconds_total", "The total number of seconds spent by all reads.", |d| seconds(d.time_reading)),
    ("writes_completed_total", "The total number of writes completed successfully.", |d| count(d.writes)),
    ("writes_merged_total", "The number of writes merged.", |d| count(d.writes_merged)),
    ("written_bytes_total", "The total number of bytes written successfully.", |d| bytes(d.sectors_written)),
    ("write_time_seconds_total", "This is the total number of seconds spent by all writes.", |d| {
        seconds(d.time_writing)
    }),
    ("io_now", "The number of I/Os currently in progress.", |d| count(d.in_progress)),
    ("io_time_seconds_total", "Total seconds spent doing I/Os.", |d| seconds(d.time_in_progress)),
    ("io_time_weighted_seconds_total", "The weighted # of seconds spent doing I/Os.", |d| {
        seconds(d.weighted_time_in_progress)
    }),
    ("discards_completed_total", "The total number of discards completed successfully.", |d| {
        d.discards.and_then(count)
    }),
    ("discards_merged_total", "The total number of discards merged.", |d| d.discards_merged.and_then(count)),
    ("discarded_sectors_total", "The total number of sectors discarded successfully.", |d| {
        d.sectors_discarded.and_then(count)
    }),
    ("discard_time_seconds_total", "This is the total number of seconds spent by all discards.", |d| {
        d.time_discarding.and_then(seconds)
    }),
    ("flush_requests_total", "The total number of flush requests completed successfully", |d| {
        d.flushes.and_then(count)
    }),
    ("flush_requests_time_seconds_total", "This is the total number of seconds spent by all flush requests.", |d| {
        d.time_flushing.and_then(seconds)
    }),
];

#[expect(clippy::cast_precision_loss, reason = "the wire is a float")]
fn count(count: u64) -> Option<f64> {
    Some(count as f64)
}

fn bytes(sectors: u64) -> Option<f64> {
    count(sectors).map(|sectors| sectors * SECTOR_BYTES)
}

fn seconds(millis: u64) -> Option<f64> {
    count(millis).map(|millis| millis / 1000.0)
}

pub(super) fn write(reading: &Reading<'_>, page: &mut Writer) -> Result<(), Problem> {
    let path = reading.roots.proc.join("diskstats");
    let text = read(&path)?;
    let mut disks = Vec::new();
    for line in text.lines() {
        let disk = DiskStat::from_line(line).map_err(|error| format!("reading {}: {error}", path.display()))?;
        if !is_excluded(&disk.name) {
            disks.push(disk);
        }
    }
    write_properties(reading, page, &disks);
    for (suffix, help, column) in COLUMNS {
        write_column(page, &disks, &format!("node_disk_{suffix}"), help, column);
    }
    Ok(())
}

/// A family, unless the kernel tells it of no disk.
fn write_column(page: &mut Writer, disks: &[DiskStat], name: &str, help: &str, column: fn(&DiskStat) -> Option<f64>) {
    let told: Vec<_> = disks.iter().filter_map(|disk| Some((disk.name.as_str(), column(disk)?))).collect();
    if told.is_empty() {
        return;
    }
    page.family(name, if name.ends_with("_total") { Counter } else { Gauge }, help);
    for (device, value) in told {
        page.sample(name, &[("device", device)], value);
    }
}

/// What udev and the kernel know of each disk; unknown properties are empty.
fn write_properties(reading: &Reading<'_>, page: &mut Writer, disks: &[DiskStat]) {
    page.family("node_disk_info", Gauge, "Info of /sys/block/<block_device>.");
    for disk in disks {
        let udev = reading.roots.root.join(format!("run/udev/data/b{}:{}", disk.major, disk.minor));
        let udev = read(&udev).unwrap_or_default();
        let property = |key: &str| {
            let value = udev.lines().find_map(|line| line.strip_prefix("E:")?.strip_prefix(key)?.strip_prefix('='));
            value.unwrap_or_default().to_owned()
        };
        let rotational = reading.roots.sys.join("block").join(&disk.name).join("queue/rotational");
        let labels = [
            ("device", disk.name.clone()),
            ("major", disk.major.to_string()),
            ("minor", disk.minor.to_string()),
            ("model", property("ID_MODEL")),
            ("path", property("ID_PATH")),
            ("revision", property("ID_REVISION")),
            ("rotational", read(&rotational).unwrap_or_default().trim().to_owned()),
            ("serial", property("ID_SERIAL_SHORT")),
            ("wwn", property("ID_WWN")),
        ];
        page.sample("node_disk_info", &labels.each_ref().map(|(name, value)| (*name, value.as_str())), 1.0);
    }
}

/// node_exporter's default: `^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$`.
fn is_excluded(device: &str) -> bool {
    let stem = device.trim_end_matches(|c: char| c.is_ascii_digit());
    if stem.len() == device.len() {
        return false;
    }
    let is_disk = |prefix: &str| {
        let letter = stem.strip_prefix(prefix).map(str::as_bytes);
        matches!(letter, Some([letter]) if letter.is_ascii_lowercase())
    };
    matches!(stem, "ram" | "zram" | "loop" | "fd")
        || ["hd", "sd", "vd", "xvd"].into_iter().any(is_disk)
        || is_nvme(stem)
}

/// `nvme\d+n\d+p`.
fn is_nvme(stem: &str) -> bool {
    let numbers =
        stem.strip_prefix("nvme").and_then(|rest| rest.strip_suffix('p')).and_then(|rest| rest.split_once('n'));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    numbers.is_some_and(|(controller, namespace)| is_number(controller) && is_number(namespace))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_and_pseudo_disks_are_excluded() {
        for excluded in ["ram0", "zram1", "loop12", "fd0", "hda1", "sda12", "vdb1", "xvda1", "nvme0n1p1", "nvme10n2p3"]
        {
            assert!(is_excluded(excluded), "{excluded}");
        }
        for kept in ["sda", "vda", "nvme0n1", "dm-0", "md127", "mmcblk0p1", "sdaa1", "sr0", "nvmen1p1", "zd0"] {
            assert!(!is_excluded(kept), "{kept}");
        }
    }
}
