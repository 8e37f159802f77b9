//! Size and room of each mounted file system. One that cannot be asked is told by `node_filesystem_device_error`.

use super::mount::{self, Mount};
use super::source::{Problem, read};
use super::statfs::Usage;
use super::{Reading, Writer};
use model::metadata::MetricKind::Gauge;
use std::path::PathBuf;

/// A mounted file system and what it answered.
struct Asked {
    mount: Mount,
    usage: Result<Usage, String>,
}

/// A family of file systems that answered.
type Column = (&'static str, &'static str, fn(&Usage) -> f64);

const COLUMNS: [Column; 5] = [
    ("node_filesystem_avail_bytes", "Filesystem space available to non-root users in bytes.", |u| u.available),
    ("node_filesystem_files", "Filesystem total file nodes.", |u| u.files),
    ("node_filesystem_files_free", "Filesystem total free file nodes.", |u| u.files_free),
    ("node_filesystem_free_bytes", "Filesystem free space in bytes.", |u| u.free),
    ("node_filesystem_size_bytes", "Filesystem size in bytes.", |u| u.size),
];

pub(super) fn write(reading: &Reading<'_>, page: &mut Writer) -> Result<(), Problem> {
    let proc = &reading.roots.proc;
    // The first process sees the machine's mounts, ours perhaps only a container's; not everyone may look at it.
    let text = read(&proc.join("1/mountinfo")).or_else(|_| read(&proc.join("self/mountinfo")))?;
    let mounts = mount::parse(&text, &reading.roots.root);
    let paths: Vec<PathBuf> = mounts.iter().map(|mount| mount.path.clone()).collect();
    let asked: Vec<Asked> =
        mounts.into_iter().zip(reading.stat_fs.ask(paths)).map(|(mount, usage)| Asked { mount, usage }).collect();
    for (name, help, column) in COLUMNS {
        page.family(name, Gauge, help);
        for Asked { mount, usage } in &asked {
            if let Ok(usage) = usage {
                page.sample(name, &labels(mount, ""), column(usage));
            }
        }
    }
    write_states(page, &asked);
    Ok(())
}

/// What is told of a file system that did not answer, too.
fn write_states(page: &mut Writer, asked: &[Asked]) {
    let name = "node_filesystem_device_error";
    page.family(name, Gauge, "Whether an error occurred while getting statistics for the given device.");
    for Asked { mount, usage } in asked {
        let error = usage.as_ref().err().map_or("", String::as_str);
        page.sample(name, &labels(mount, error), f64::from(u8::from(usage.is_err())));
    }
    let name = "node_filesystem_readonly";
    page.family(name, Gauge, "Filesystem read-only status.");
    for Asked { mount, usage } in asked {
        let error = usage.as_ref().err().map_or("", String::as_str);
        page.sample(name, &labels(mount, error), f64::from(u8::from(mount.is_read_only)));
    }
    let name = "node_filesystem_mount_info";
    page.family(name, Gauge, "Filesystem mount information.");
    for Asked { mount, .. } in asked {
        let Mount { device, major, minor, mount_point, .. } = mount;
        let labels = [("device", device), ("major", major), ("minor", minor), ("mountpoint", mount_point)];
        page.sample(name, &labels.map(|(name, value)| (name, value.as_str())), 1.0);
    }
}

fn labels<'a>(mount: &'a Mount, error: &'a str) -> [(&'static str, &'a str); 4] {
    [("device", &mount.device), ("device_error", error), ("fstype", &mount.fs_type), ("mountpoint", &mount.mount_point)]
}
