//! What the machine allows: how much memory all queries together may hold (256 MB, or 40 % of what the cgroup allows if
//! that is less), and how many files may be open.
//!
//! Invariant: a machine that tells nothing gets the 256 MB. The limits are read when an engine is made, not per query.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::path::{Path, PathBuf};

/// What all queries may hold where memory is plentiful, in bytes; a query over it is refused.
const QUERY_BYTES_MAX: u64 = 256 << 20;

/// The share of the cgroup's limit that queries may take, in percent: the rest is for the head, pages and the WAL.
const QUERY_SHARE_PERCENT: u64 = 40;

/// Where the unified hierarchy is mounted.
const UNIFIED: &str = "/sys/fs/cgroup";

/// The memory of all queries on this machine, in bytes.
pub(super) fn query_bytes() -> u64 {
    share_of(cgroup_limit())
}

/// Raises the number of files that may be open to what the system allows us: connections, targets and blocks each hold
/// some, and the usual soft limit of 1024 is meant for programs that use `select`.
pub(super) fn raise_open_files() {
    let allowed = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: allowed.maximum, maximum: allowed.maximum };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, limit = ?allowed.current, "raising the number of open files failed");
    }
}

fn share_of(limit: Option<u64>) -> u64 {
    limit.map_or(QUERY_BYTES_MAX, |limit| QUERY_BYTES_MAX.min(limit / 100 * QUERY_SHARE_PERCENT))
}

/// The tightest limit of our cgroup and those above it; `None` when there is none.
fn cgroup_limit() -> Option<u64> {
    let own = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let unified = limits_above(Path::new(UNIFIED), own_group(&own, "")).into_iter();
    let version_one = limits_above(&Path::new(UNIFIED).join("memory"), own_group(&own, "memory")).into_iter();
    unified.chain(version_one).min()
}

/// Our group in the hierarchy of that controller (empty: the unified one), from the lines of `/proc/self/cgroup`.
fn own_group<'a>(lines: &'a str, controller: &str) -> &'a str {
    let group = |line: &'a str| {
        let mut parts = line.splitn(3, ':').skip(1);
        let controllers = parts.next()?;
        let path = parts.next()?;
        controllers.split(',').any(|name| name == controller).then_some(path)
    };
    lines.lines().find_map(group).unwrap_or("/")
}

/// Limits of a group and of all above it. Inside a container the mount may begin at the group itself.
fn limits_above(mount: &Path, group: &str) -> Vec<u64> {
    let folder: PathBuf = mount.join(group.trim_start_matches('/'));
    folder.ancestors().take_while(|folder| folder.starts_with(mount)).filter_map(limit_in).collect()
}

fn limit_in(folder: &Path) -> Option<u64> {
    let text = ["memory.max", "memory.limit_in_bytes"].iter().find_map(|name| {
        // A missing file is no limit, and so is one that we may not read.
        std::fs::read_to_string(folder.join(name)).ok()
    })?;
    read_limit(&text)
}

/// The limit in a file of the kernel; `max` and version one's near-2^63 are none.
fn read_limit(text: &str) -> Option<u64> {
    text.trim().parse().ok().filter(|limit| *limit < 1 << 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_take_a_share_of_small_machines() {
        for (limit, expected) in [
            (None, 256 << 20),
            (Some(8 << 30), 256 << 20),
            (Some(100_000_000), 40_000_000),
            (read_limit("max\n"), 256 << 20),
            (read_limit("9223372036854771712\n"), 256 << 20),
            (read_limit("1000000\n"), 400_000),
        ] {
            assert_eq!(share_of(limit), expected, "{limit:?}");
        }
    }

    #[test]
    fn our_group_is_found_in_both_hierarchies() {
        let lines = "12:memory:/docker/abc\n3:cpu,cpuacct:/x\n0::/user.slice\n";
        assert_eq!(own_group(lines, "memory"), "/docker/abc");
        assert_eq!(own_group(lines, "cpuacct"), "/x");
        assert_eq!(own_group(lines, ""), "/user.slice");
        assert_eq!(own_group("", ""), "/");
    }

    #[test]
    fn limits_of_all_groups_above_count() {
        let mount = tempfile::tempdir().expect("a folder");
        let inner = mount.path().join("a/b");
        std::fs::create_dir_all(&inner).expect("folders");
        std::fs::write(mount.path().join("a/memory.max"), "1000\n").expect("a file");
        std::fs::write(inner.join("memory.max"), "max\n").expect("a file");
        assert_eq!(limits_above(mount.path(), "/a/b"), [1000]);
    }
}
