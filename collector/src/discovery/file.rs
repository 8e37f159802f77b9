//! Targets that files hold (`file_sd_configs`), in JSON or YAML.
//!
//! Invariant: a file that cannot be read or parsed keeps the groups it held before; a file that is gone takes its
//! groups with it. Files are read again when the system tells of a change in their folder, and at an interval, since
//! not every file system tells.

use super::{Discoverer, Found, Group};
use crate::config::FileDiscovery;
use crate::limits::TARGET_FILE_BYTES_MAX;
use model::labels::Labels;
use model::number::quoted;
use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use serde::Deserialize;
use settings::glob;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::Notify;
use tokio::time::Instant;

const FILE_PATH_LABEL: &str = "__meta_filepath";

/// Reads target files again and again.
#[derive(Debug)]
pub struct Files {
    config: FileDiscovery,
    last_good: BTreeMap<PathBuf, Vec<Group>>,
    changed: Arc<Notify>,
    watcher: Option<RecommendedWatcher>,
    watched: BTreeSet<PathBuf>,
    next_read: Option<Instant>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawGroup {
    targets: Option<Vec<String>>,
    labels: Option<BTreeMap<String, String>>,
}

impl Files {
    /// Nothing is read before the first [`Discoverer::next`].
    pub fn new(config: FileDiscovery) -> Self {
        let changed = Arc::new(Notify::new());
        let watcher = watcher(Arc::clone(&changed));
        Self { config, last_good: BTreeMap::new(), changed, watcher, watched: BTreeSet::new(), next_read: None }
    }

    /// Reads all files. Small files on a local disk: done on the reactor.
    fn read(&mut self) -> Found {
        let mut errors = Vec::new();
        let mut good = BTreeMap::new();
        for pattern in &self.config.paths {
            let paths = match glob::expand(pattern) {
                Ok(paths) => paths,
                Err(error) => {
                    errors.push(format!("{}: {error}", pattern.display()));
                    continue;
                }
            };
            for path in paths {
                let groups = read_file(&path).unwrap_or_else(|error| {
                    errors.push(error);
                    self.last_good.get(&path).cloned().unwrap_or_default()
                });
                good.insert(path, groups);
            }
        }
        self.last_good = good;
        Found { groups: self.last_good.values().flatten().cloned().collect(), errors }
    }

    /// Watches the folders of the files. One that does not exist yet is tried again at every read.
    fn watch(&mut self) {
        let Some(watcher) = &mut self.watcher else { return };
        for folder in self.config.paths.iter().filter_map(|path| path.parent()) {
            if !self.watched.contains(folder) && watcher.watch(folder, RecursiveMode::NonRecursive).is_ok() {
                self.watched.insert(folder.to_owned());
            }
        }
    }
}

impl Discoverer for Files {
    async fn next(&mut self) -> Found {
        if let Some(next_read) = self.next_read {
            tokio::select! {
                () = self.changed.notified() => {}
                () = tokio::time::sleep_until(next_read) => {}
            }
        }
        self.next_read = Some(Instant::now() + self.config.refresh_interval);
        self.watch();
        self.read()
    }
}

/// Wakes on what may change a file's text; our own reading of it must not wake us.
fn watcher(changed: Arc<Notify>) -> Option<RecommendedWatcher> {
    let on_event = move |event: notify::Result<notify::Event>| match event.map(|event| event.kind) {
        Ok(EventKind::Access(AccessKind::Close(AccessMode::Write))) | Err(_) => changed.notify_one(),
        Ok(EventKind::Access(_)) => {}
        Ok(_) => changed.notify_one(),
    };
    notify::recommended_watcher(on_event)
        .inspect_err(|error| tracing::warn!(%error, "target files are only read at their interval"))
        .ok()
}

fn read_file(path: &Path) -> Result<Vec<Group>, String> {
    let place = path.display();
    let metadata = std::fs::metadata(path).map_err(|error| format!("reading {place}: {error}"))?;
    let size = metadata.len();
    if !metadata.is_file() {
        // Opening a named pipe would wait for a writer, and a device may never end.
        return Err(format!("reading {place}: not a regular file"));
    }
    if size > TARGET_FILE_BYTES_MAX {
        return Err(format!("reading {place}: {size} bytes, at most {TARGET_FILE_BYTES_MAX} allowed"));
    }
    let text = std::fs::read_to_string(path).map_err(|error| format!("reading {place}: {error}"))?;
    let is_json = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    let raw: Vec<RawGroup> = if is_json {
        serde_json::from_str(&text).map_err(|error| format!("{place}: {error}"))?
    } else {
        let groups: Option<Vec<RawGroup>> =
            crate::config::parse_yaml(&text, &place.to_string()).map_err(|finding| finding.to_string())?;
        groups.unwrap_or_default()
    };
    raw.into_iter().map(|group| check_group(group, path)).collect()
}

fn check_group(raw: RawGroup, path: &Path) -> Result<Group, String> {
    let mut labels = Labels::from_pairs(raw.labels.unwrap_or_default()).to_builder();
    labels.set(FILE_PATH_LABEL, path.display().to_string());
    let targets = raw.targets.unwrap_or_default();
    match targets.iter().find(|target| target.contains('/')) {
        Some(target) => Err(format!("{}: {} is not a valid hostname", path.display(), quoted(target))),
        None => Ok(Group { targets, labels: labels.build() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn files(folder: &Path, glob: &str, refresh: Duration) -> Files {
        let paths = vec![folder.join(glob)];
        Files::new(FileDiscovery { files: vec![glob.to_owned()], paths, refresh_interval: refresh })
    }

    fn write(folder: &Path, name: &str, text: &str) {
        std::fs::write(folder.join(name), text).expect("written");
    }

    fn targets(found: &Found) -> Vec<&str> {
        found.groups.iter().flat_map(|group| group.targets.iter().map(String::as_str)).collect()
    }

    const LONG: Duration = Duration::from_secs(3600);

    #[tokio::test]
    async fn json_and_yaml_are_read_with_their_path() {
        let folder = tempfile::tempdir().expect("temp dir");
        write(folder.path(), "a.json", r#"[{"targets": ["h:1"], "labels": {"env": "x"}}]"#);
        write(folder.path(), "b.yml", "- targets: [h:2]\n  labels: {n: 5}\n- targets: [h:3]\n");
        write(folder.path(), "c.txt", "nothing of ours");
        let found = files(folder.path(), "*.json", LONG).next().await;
        assert_eq!((targets(&found), found.errors.len()), (vec!["h:1"], 0));
        let labels = &found.groups[0].labels;
        assert_eq!(labels.get("env"), Some("x"));
        assert_eq!(labels.get("__meta_filepath"), folder.path().join("a.json").to_str());
        let found = files(folder.path(), "*.yml", LONG).next().await;
        assert_eq!(targets(&found), ["h:2", "h:3"]);
        assert_eq!(found.groups[0].labels.get("n"), Some("5"));
    }

    #[tokio::test]
    async fn a_broken_file_keeps_its_last_good_groups_and_a_removed_one_does_not() {
        let folder = tempfile::tempdir().expect("temp dir");
        write(folder.path(), "a.json", r#"[{"targets": ["h:1"]}]"#);
        write(folder.path(), "b.json", r#"[{"targets": ["h:2"]}]"#);
        let mut files = files(folder.path(), "*.json", LONG);
        assert_eq!(targets(&files.next().await), ["h:1", "h:2"]);
        let broken = [
            (r#"[{"targets": ["#, "EOF while parsing"),
            (r#"[{"tragets": []}]"#, "unknown field `tragets`"),
            (r#"[{"targets": ["http://h/m"]}]"#, "\"http://h/m\" is not a valid hostname"),
        ];
        for (text, expected) in broken {
            write(folder.path(), "a.json", text);
            let found = files.read();
            assert_eq!(targets(&found), ["h:1", "h:2"]);
            assert!(found.errors[0].contains("a.json") && found.errors[0].contains(expected), "{:?}", found.errors);
        }
        std::fs::remove_file(folder.path().join("a.json")).expect("removed");
        let found = files.read();
        assert_eq!((targets(&found), found.errors.len()), (vec!["h:2"], 0));
        std::os::unix::fs::symlink("/dev/zero", folder.path().join("c.json")).expect("linked");
        let found = files.read();
        assert!(found.errors[0].ends_with("c.json: not a regular file"), "{:?}", found.errors);
        assert_eq!(targets(&found), ["h:2"]);
    }

    #[tokio::test]
    async fn a_change_wakes_at_once() {
        let folder = tempfile::tempdir().expect("temp dir");
        write(folder.path(), "a.json", r#"[{"targets": ["h:1"]}]"#);
        let mut files = files(folder.path(), "*.json", LONG);
        files.next().await;
        write(folder.path(), "a.json", r#"[{"targets": ["h:9"]}]"#);
        let changed = async {
            loop {
                if targets(&files.next().await) == ["h:9"] {
                    return;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), changed).await.expect("woken by the change");
    }

    #[tokio::test]
    async fn without_a_change_it_reads_at_its_interval() {
        let folder = tempfile::tempdir().expect("temp dir");
        let mut files = files(&folder.path().join("later"), "*.json", Duration::from_millis(5));
        assert_eq!(files.next().await, Found::default());
        std::fs::create_dir(folder.path().join("later")).expect("created");
        write(&folder.path().join("later"), "a.json", r#"[{"targets": ["h:1"]}]"#);
        assert_eq!(targets(&files.next().await), ["h:1"]);
    }
}
