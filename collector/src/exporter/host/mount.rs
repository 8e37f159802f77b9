//! Which file systems are mounted, from `/proc/PID/mountinfo`, without those that node_exporter excludes by default.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// A mounted file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mount {
    pub(super) device: String,
    pub(super) major: String,
    pub(super) minor: String,
    pub(super) fs_type: String,
    /// As the machine itself names it.
    pub(super) mount_point: String,
    /// Where this process finds it.
    pub(super) path: PathBuf,
    pub(super) is_read_only: bool,
}

/// Types of file systems that hold no files of anyone.
const EXCLUDED_TYPES: [&str; 25] = [
    "autofs",
    "binfmt_misc",
    "bpf",
    "cgroup",
    "cgroup2",
    "configfs",
    "debugfs",
    "devpts",
    "devtmpfs",
    "erofs",
    "fusectl",
    "hugetlbfs",
    "iso9660",
    "mqueue",
    "nsfs",
    "overlay",
    "proc",
    "procfs",
    "pstore",
    "rpc_pipefs",
    "securityfs",
    "selinuxfs",
    "squashfs",
    "sysfs",
    "tracefs",
];
/// Places below which nothing is told.
const EXCLUDED_TREES: [&str; 6] = ["/dev", "/proc", "/run", "/sys", "/mnt", "/media"];
/// Places below which nothing is told, but which are told themselves.
const EXCLUDED_CONTENTS: [&str; 2] = ["/var/lib/docker/", "/var/lib/containers/storage/"];

/// Reads mounts. `root` is where the machine's root is mounted. Of equal ones the first counts.
pub(super) fn parse(text: &str, root: &Path) -> Vec<Mount> {
    let mut seen = HashSet::new();
    let mounts = text.lines().filter_map(|line| mount(line, root));
    mounts.filter(|mount| seen.insert((mount.device.clone(), mount.mount_point.clone()))).collect()
}

/// `ID PARENT MAJOR:MINOR ROOT MOUNT-POINT OPTIONS [TAGS...] - TYPE DEVICE SUPER-OPTIONS`.
fn mount(line: &str, root: &Path) -> Option<Mount> {
    let (mounted, system) = line.split_once(" - ")?;
    let mut mounted = mounted.split(' ').skip(2);
    let (major, minor) = mounted.next()?.split_once(':')?;
    let path = unescape(mounted.nth(1)?);
    let options = mounted.next()?;
    let mut system = system.split(' ');
    let fs_type = system.next()?;
    let device = unescape(system.next()?);
    let super_options = system.next().unwrap_or_default();
    let mount_point = without_root(&path, root)?;
    if is_excluded(&mount_point) || EXCLUDED_TYPES.binary_search(&fs_type).is_ok() {
        return None;
    }
    let is_read_only = [options, super_options].into_iter().flat_map(|options| options.split(',')).any(|o| o == "ro");
    let path = root.join(mount_point.trim_start_matches('/'));
    let [major, minor, fs_type] = [major, minor, fs_type].map(str::to_owned);
    Some(Mount { device, major, minor, fs_type, mount_point, path, is_read_only })
}

/// The mount point as the machine names it. Seen from a container, mounts below `root` carry it in front; the first
/// process of the machine names them without it.
fn without_root(path: &str, root: &Path) -> Option<String> {
    match Path::new(path).strip_prefix(root) {
        Ok(rest) => Some(format!("/{}", rest.to_str()?)),
        Err(_) => Some(path.to_owned()),
    }
}

/// Undoes the kernel's escapes of blanks and backslashes: `\040` and its like.
fn unescape(text: &str) -> String {
    let mut parts = text.split('\\');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let octal = part.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match (octal, part.get(3..)) {
            (Some(byte), Some(rest)) if byte.is_ascii() => {
                plain.push(char::from(byte));
                plain.push_str(rest);
            }
            _ => {
                plain.push('\\');
                plain.push_str(part);
            }
        }
    }
    plain
}

/// node_exporter's default: `^/(dev|proc|run|sys|mnt|media|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)`.
fn is_excluded(mount_point: &str) -> bool {
    let in_tree =
        |tree: &&str| mount_point.strip_prefix(tree).is_some_and(|below| below.is_empty() || below.starts_with('/'));
    let in_contents = |tree: &&str| mount_point.strip_prefix(tree).is_some_and(|below| !below.is_empty());
    EXCLUDED_TREES.iter().any(in_tree) || EXCLUDED_CONTENTS.iter().any(in_contents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_are_read_and_excluded() {
        let text = "27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard\n\
                    28 27 0:25 / /data\\040disk ro,nosuid - xfs /dev/sdb\\0401 rw\n\
                    29 27 0:26 / /backup rw - nfs server:/x ro\n\
                    30 27 0:22 / /sys rw - sysfs sysfs rw\n\
                    31 27 0:23 / /dev/shm rw - tmpfs tmpfs rw\n\
                    32 27 0:24 / /var/lib/docker/overlay2 rw - ext4 /dev/vdc rw\n\
                    33 27 0:27 / /o rw - overlay overlay rw\n\
                    34 27 254:0 / / rw - ext4 /dev/vda rw\n\
                    broken line\n";
        let told: Vec<_> = parse(text, Path::new("/"))
            .into_iter()
            .map(|mount| (mount.device, mount.mount_point, mount.path.display().to_string(), mount.is_read_only))
            .collect();
        let expected = [
            ("/dev/vda", "/", "/", false),
            ("/dev/sdb 1", "/data disk", "/data disk", true),
            ("server:/x", "/backup", "/backup", true),
        ];
        assert_eq!(told, expected.map(|(d, m, p, ro)| (d.to_owned(), m.to_owned(), p.to_owned(), ro)));
    }

    #[test]
    fn a_container_sees_the_machine_below_its_root() {
        let text = "1 1 8:1 / /host rw - ext4 /dev/sda1 rw\n2 1 8:2 / /host/home rw - ext4 /dev/sda2 rw\n";
        let told: Vec<_> =
            parse(text, Path::new("/host")).into_iter().map(|mount| (mount.mount_point, mount.path)).collect();
        assert_eq!(
            told,
            [("/".to_owned(), PathBuf::from("/host/")), ("/home".to_owned(), PathBuf::from("/host/home"))]
        );
    }

    #[test]
    fn default_exclusions_hold() {
        for excluded in ["/dev", "/dev/shm", "/run/user/0", "/mnt/x", "/media", "/var/lib/docker/x/y"] {
            assert!(is_excluded(excluded), "{excluded}");
        }
        for kept in ["/", "/device", "/var/lib/docker", "/var/lib/docker/", "/home/mnt", "/var/lib/containers/storage"]
        {
            assert!(!is_excluded(kept), "{kept}");
        }
        assert!(EXCLUDED_TYPES.is_sorted());
    }
}
