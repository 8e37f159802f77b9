//! Which files a job has: its patterns walked, and for each folder what may belong to a file that is followed.
//!
//! Invariant: what cannot be looked at is a problem that is told, never a file that is taken for gone.

use super::disk::{self, Failure};
use super::names;
use super::pattern::Walk;
use super::rotation::Seen;
use super::target::{NoLabels, Target};
use crate::limits::TAIL_LOOKS_AT_A_MOVING_FOLDER;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the patterns of a job name.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Every file that is to be tailed, with its target. The first target that names a file has it.
    pub(super) named: BTreeMap<PathBuf, Arc<Target>>,
    /// Every folder that was read.
    pub(super) folders: BTreeMap<PathBuf, Vec<String>>,
    /// What could not be read, one line each, by path.
    pub(super) problems: BTreeMap<String, String>,
}

impl Listing {
    /// Walks the patterns.
    pub(super) fn of(targets: &[Arc<Target>]) -> Self {
        let mut listing = Self::default();
        let mut walk = Walk::default();
        for target in targets {
            target.pattern.walk(&mut walk);
            for path in std::mem::take(&mut walk.paths) {
                listing.name(path, target);
            }
            listing.take_failures(&mut walk, target);
        }
        if walk.is_cut {
            let what = format!("more than {} folders, the others are not read", crate::limits::TAIL_FOLDERS_MAX);
            listing.problems.insert(String::new(), what);
        }
        listing.folders = walk.folders;
        listing
    }

    fn name(&mut self, path: PathBuf, target: &Arc<Target>) {
        if target.excludes(&path) || self.named.contains_key(&path) {
            return;
        }
        match target.labels_of(&path) {
            Ok(_) => _ = self.named.insert(path, Arc::clone(target)),
            Err(NoLabels::Dropped) => {}
            Err(NoLabels::NotOfPod) => {
                let what = format!("{}: expected <namespace>_<pod>_<uid>/<container>/N.log", path.display());
                self.problems.insert(path.display().to_string(), what);
            }
        }
    }

    fn take_failures(&mut self, walk: &mut Walk, target: &Target) {
        for failure in walk.failures.drain(..) {
            // A pattern may be written before its first file exists.
            if !failure.is_missing || target.is_optional {
                self.problems.insert(target.pattern.text().to_owned(), failure.to_string());
            }
        }
    }

    /// The folders that are missing for a pattern: of each the first that does not exist.
    pub(super) fn awaited(&self, targets: &[Arc<Target>]) -> BTreeSet<PathBuf> {
        let roots = targets.iter().map(|target| target.pattern.root());
        let missing = roots.filter(|root| !self.folders.contains_key(*root));
        let first = |root: &Path| {
            let mut folders = root.ancestors().take_while(|folder| !disk::is_folder(folder));
            folders.by_ref().last().map(Path::to_owned)
        };
        missing.filter_map(first).collect()
    }

    /// The files in a folder that are named or may come from one of the names. `None` when it cannot be read.
    pub(super) fn seen_in(&mut self, folder: &Path, bases: &BTreeSet<String>) -> Option<Sight> {
        let mut names = self.names_in(folder)?;
        let mut times = 0;
        loop {
            let sight = self.look_at(folder, &names, bases);
            times += 1;
            if !sight.is_torn || times >= TAIL_LOOKS_AT_A_MOVING_FOLDER {
                return Some(sight);
            }
            names = self.list(folder)?;
        }
    }

    fn look_at(&mut self, folder: &Path, names: &[String], bases: &BTreeSet<String>) -> Sight {
        let named: BTreeSet<&str> =
            names.iter().map(String::as_str).filter(|name| self.named.contains_key(&folder.join(name))).collect();
        let mut sight = Sight::default();
        let mut inodes: BTreeMap<_, PathBuf> = BTreeMap::new();
        for name in names {
            let is_named = named.contains(name.as_str());
            let comes_from = |base: &String| bases.contains(base) || named.contains(base.as_str());
            if is_named || bases.contains(name) || names::origins(name).iter().any(comes_from) {
                let target = self.named.get(&folder.join(name));
                match look(&folder.join(name), is_named) {
                    Ok(Looked::File(mut seen)) => {
                        let path = folder.join(name);
                        let inode = (seen.identity.device, seen.identity.inode);
                        // A file with two names was renamed from one to the other meanwhile, and hides what had that one.
                        sight.is_torn |= inodes.get(&inode).is_some_and(|other| disk::have_one_name(other, &path));
                        inodes.insert(inode, path);
                        seen.has_past = target.is_some_and(|target| target.has_past());
                        sight.seens.push(seen);
                    }
                    Ok(Looked::Nothing) => {}
                    Ok(Looked::Moved) => sight.is_torn = true,
                    Err(failure) => {
                        self.problems.insert(folder.join(name).display().to_string(), failure.to_string());
                    }
                }
            }
        }
        sight
    }

    fn names_in(&mut self, folder: &Path) -> Option<Vec<String>> {
        match self.folders.get(folder) {
            Some(names) => Some(names.clone()),
            None => self.list(folder),
        }
    }

    fn list(&mut self, folder: &Path) -> Option<Vec<String>> {
        match disk::list(folder) {
            Ok(names) => {
                self.folders.insert(folder.to_owned(), names.clone());
                Some(names)
            }
            Err(failure) if failure.is_missing => Some(Vec::new()),
            Err(failure) => {
                self.problems.insert(folder.display().to_string(), failure.to_string());
                None
            }
        }
    }
}

/// What a look into a folder shows.
#[derive(Debug, Default)]
pub(super) struct Sight {
    pub(super) seens: Vec<Seen>,
    /// Whether files were renamed or deleted meanwhile: there may be more than is seen.
    pub(super) is_torn: bool,
}

/// What a look at a name shows.
enum Looked {
    File(Seen),
    /// A folder, or something else that is no file of ours.
    Nothing,
    /// The name has gone since the folder was listed.
    Moved,
}

/// Looks at one file. A link that leads nowhere is worth telling where the pattern names it.
fn look(path: &Path, is_named: bool) -> Result<Looked, Failure> {
    let facts = match disk::look(path) {
        Ok(facts) => facts,
        Err(_) if disk::is_folder(path) => return Ok(Looked::Nothing),
        Err(failure) if failure.is_missing && std::fs::symlink_metadata(path).is_err() => return Ok(Looked::Moved),
        Err(_) if !is_named => return Ok(Looked::Nothing),
        Err(failure) => return Err(failure),
    };
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let form = names::form(name);
    Ok(Looked::File(Seen {
        name: name.to_owned(),
        identity: facts.identity,
        modified: facts.modified,
        bytes: facts.bytes,
        form,
        is_named: is_named && form == names::Form::Plain,
        has_past: false,
    }))
}
