//! Wakes the tailer when the system tells of a change in a folder, and keeps what changed until it looks.
//!
//! Invariant: it only says where to look; what is missed here is found by the next sweep. What is kept is bounded.

use crate::limits::{TAIL_CHANGES_MAX, TAIL_FOLDERS_WATCHED_MAX};
use notify::event::{EventKind, ModifyKind};
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// Where something changed since someone looked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Changed {
    /// Folders in which names came, went or changed.
    pub(super) folders: BTreeSet<PathBuf>,
    /// Files that were written to.
    pub(super) files: HashSet<PathBuf>,
    /// Whether more changed than is kept.
    pub(super) is_everything: bool,
}

/// Changes on their way from the system to the tailer.
#[derive(Debug, Default)]
pub(super) struct Changes {
    changed: Mutex<Changed>,
    told: Notify,
}

impl Changes {
    /// What changed since the last call.
    pub(super) fn take(&self) -> Changed {
        std::mem::take(&mut self.changed.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until something changed.
    pub(super) async fn wait(&self) {
        self.told.notified().await;
    }

    fn note(&self, event: notify::Result<Event>) {
        let mut changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        let Changed { folders, files, is_everything } = &mut *changed;
        match event {
            Ok(event) if !event.need_rescan() => match event.kind {
                // Our own reading must not wake us, and what was written has been told before the file is closed.
                EventKind::Access(_) => return,
                EventKind::Modify(ModifyKind::Data(_)) => files.extend(event.paths),
                _ => folders.extend(event.paths.iter().filter_map(|path| path.parent()).map(Path::to_owned)),
            },
            _ => *is_everything = true,
        }
        if folders.len() + files.len() > TAIL_CHANGES_MAX {
            *changed = Changed { is_everything: true, ..Changed::default() };
        }
        drop(changed);
        self.told.notify_one();
    }
}

/// Watches folders.
#[derive(Debug)]
pub(super) struct FolderWatch {
    watcher: Option<RecommendedWatcher>,
    /// By inode: a folder that was removed and made again is another one.
    watched: BTreeMap<PathBuf, u64>,
    /// Whether every folder that was asked for is watched.
    pub(super) is_whole: bool,
}

impl FolderWatch {
    /// Watches nothing yet.
    pub(super) fn new(changes: &Arc<Changes>) -> Self {
        let changes = Arc::clone(changes);
        let watcher = notify::recommended_watcher(move |event| changes.note(event));
        let watcher = watcher.inspect_err(|error| tracing::warn!(%error, "tailed files are polled")).ok();
        Self { is_whole: watcher.is_some(), watcher, watched: BTreeMap::new() }
    }

    /// Watches these folders and no others. One that cannot be watched is tried again the next time. Gives back those that
    /// were not watched before: what came into them until now was not told.
    pub(super) fn follow(&mut self, folders: &BTreeSet<PathBuf>) -> BTreeSet<PathBuf> {
        let Some(watcher) = &mut self.watcher else { return BTreeSet::new() };
        let there: BTreeMap<&PathBuf, u64> =
            folders.iter().filter_map(|folder| Some((folder, std::fs::metadata(folder).ok()?.ino()))).collect();
        self.watched.retain(|folder, inode| {
            let stays = there.get(folder) == Some(inode);
            if !stays {
                // A folder that was removed took its watch with it.
                let _ = watcher.unwatch(folder);
            }
            stays
        });
        let mut is_whole = true;
        let mut added = BTreeSet::new();
        for (folder, inode) in there {
            if self.watched.contains_key(folder) {
                continue;
            }
            let has_room = self.watched.len() < TAIL_FOLDERS_WATCHED_MAX;
            if has_room && watcher.watch(folder, RecursiveMode::NonRecursive).is_ok() {
                self.watched.insert(folder.clone(), inode);
                added.insert(folder.clone());
            } else {
                is_whole = false;
            }
        }
        if self.is_whole && !is_whole {
            tracing::warn!(
                watched = self.watched.len(),
                "not all folders of tailed files can be watched, they are polled"
            );
        }
        self.is_whole = is_whole;
        added
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test]
    async fn writes_and_renames_wake_and_tell_where() {
        let folder = tempfile::tempdir().expect("temp dir");
        let path = folder.path().join("a.log");
        std::fs::write(&path, "1").expect("written");
        let changes = Arc::new(Changes::default());
        let mut watch = FolderWatch::new(&changes);
        let folders = BTreeSet::from([folder.path().to_owned(), folder.path().join("missing")]);
        assert_eq!(watch.follow(&folders), BTreeSet::from([folder.path().to_owned()]));
        assert!(watch.is_whole && watch.follow(&folders).is_empty());
        let soon = Duration::from_secs(20);
        std::fs::write(&path, "12").expect("written");
        let mut seen = Changed::default();
        while !seen.files.contains(&path) {
            tokio::time::timeout(soon, changes.wait()).await.expect("a write wakes");
            seen = changes.take();
        }
        std::fs::rename(&path, folder.path().join("a.log.1")).expect("renamed");
        while !seen.folders.contains(folder.path()) {
            tokio::time::timeout(soon, changes.wait()).await.expect("a rename wakes");
            seen = changes.take();
        }
        watch.follow(&BTreeSet::new());
        assert!(watch.watched.is_empty());
    }

    #[test]
    fn too_many_changes_are_everything() {
        let changes = Changes::default();
        for number in 0..=TAIL_CHANGES_MAX {
            let kind = EventKind::Modify(ModifyKind::Data(notify::event::DataChange::Any));
            changes.note(Ok(Event::new(kind).add_path(PathBuf::from(number.to_string()))));
        }
        let changed = changes.take();
        assert!(changed.is_everything && changed.files.is_empty());
        assert_eq!(changes.take(), Changed::default());
    }
}
