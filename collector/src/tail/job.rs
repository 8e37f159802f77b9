//! The files of one job while it runs: found, recognised after rotations, and read.
//!
//! Invariant: a file that was read is in a family as long as its folder shows it, so that it is never begun again.

use super::disk;
use super::family::{Family, Hands, Left};
use super::listing::{Listing, Sight};
use super::member::{Member, parts};
use super::names::Form;
use super::position::Position;
use super::probe::{self, Probed};
use super::rotation::{self, Action, Known, Seen, Since};
use super::target::Target;
use super::watch::Changed;
use crate::config::LogJob;
use crate::limits::{TAIL_FILES_MAX, TAIL_TORN_LISTINGS_MAX};
use model::time::Nanos;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Gives numbers to positions.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    next: u64,
}

impl Numbers {
    /// Never the number of a position that is there already.
    pub(super) fn after(&mut self, taken: u64) {
        self.next = self.next.max(taken.saturating_add(1));
    }

    fn take(&mut self) -> u64 {
        let number = self.next;
        self.next += 1;
        number
    }
}

/// A job that runs.
#[derive(Debug)]
pub(super) struct RunningJob {
    pub(super) config: Arc<LogJob>,
    pub(super) families: BTreeMap<PathBuf, Family>,
    /// What cannot be read, by path.
    pub(super) problems: BTreeMap<String, String>,
    /// The folders that the last listing read.
    folders: BTreeSet<PathBuf>,
    /// The folders that it missed.
    awaited: BTreeSet<PathBuf>,
    pub(super) was_listed: bool,
    /// Whether a file asks for its folder to be listed.
    pub(super) wants_listing: bool,
    /// How often in a row files were moved while folders were listed.
    torn: u32,
    /// Paths that are read at the next step whatever changed.
    pub(super) waiting: BTreeSet<PathBuf>,
    /// From the path of each file to that of its family.
    index: HashMap<PathBuf, PathBuf>,
}

impl RunningJob {
    /// With what was read of its files before.
    pub(super) fn new(config: Arc<LogJob>) -> Self {
        Self {
            config,
            families: BTreeMap::new(),
            problems: BTreeMap::new(),
            folders: BTreeSet::new(),
            awaited: BTreeSet::new(),
            was_listed: false,
            wants_listing: false,
            torn: 0,
            waiting: BTreeSet::new(),
            index: HashMap::new(),
        }
    }

    /// The target that names a path.
    pub(super) fn target_of(&self, path: &Path) -> Option<Arc<Target>> {
        let names = |target: &&Arc<Target>| target.pattern.names(path) && !target.excludes(path);
        self.config.targets().iter().find(names).cloned()
    }

    /// Takes over what the store tells of one path. `false` when no target names it any more.
    pub(super) fn resume(&mut self, path: &Path, positions: Vec<(u64, Position)>) -> bool {
        let Some(target) = self.target_of(path) else { return false };
        let Ok(labels) = target.labels_of(path) else { return false };
        // Only before a file is read is all that is older known; one that was merely found tells nothing.
        let read = positions.iter().filter(|(_, position)| !position.is_unread());
        let written = read.map(|(_, position)| position.modified).max().unwrap_or(i64::MIN);
        let mut family = Family::new(path, target, labels, Since::Written(written));
        family.resume(positions);
        self.families.insert(path.to_owned(), family);
        true
    }

    /// Lists the job's folders, and begins, keeps and gives up files as they show.
    pub(super) fn list(&mut self, numbers: &mut Numbers, now: Nanos) {
        let mut listing = Listing::of(self.config.targets());
        self.index.clear();
        let folder_of = |path: &Path| parts(path).map(|(folder, _)| folder.to_owned());
        let folders: BTreeSet<PathBuf> =
            listing.named.keys().chain(self.families.keys()).filter_map(|path| folder_of(path)).collect();
        let mut is_torn = false;
        for folder in &folders {
            is_torn |= self.list_folder(folder, &mut listing, numbers, now) == Listed::Torn;
        }
        self.torn = if is_torn { self.torn.saturating_add(1) } else { 0 };
        self.families.retain(|path, family| {
            family.wants_listing = false;
            !family.members.is_empty() || listing.named.contains_key(path)
        });
        self.wants_listing = is_torn && self.torn < TAIL_TORN_LISTINGS_MAX;
        for (path, family) in &self.families {
            self.index.extend(family.paths().map(|file| (file, path.clone())));
        }
        self.awaited = listing.awaited(self.config.targets());
        self.folders = listing.folders.into_keys().collect();
        self.tell_problems(listing.problems);
        self.was_listed = true;
    }

    /// Each problem is logged once, not at every look.
    fn tell_problems(&mut self, problems: BTreeMap<String, String>) {
        for (path, problem) in &problems {
            if self.problems.get(path) != Some(problem) {
                tracing::warn!(job = self.config.job_name, problem, "cannot be tailed, tried again");
            }
        }
        self.problems = problems;
    }

    /// Paths of files that were written to, as paths of families; and the families of these folders.
    pub(super) fn changed(&self, changed: &Changed) -> BTreeSet<PathBuf> {
        let mut paths = self.waiting.clone();
        paths.extend(changed.files.iter().filter_map(|file| self.index.get(file).cloned()));
        for folder in &changed.folders {
            let inside = self.families.range(folder.clone()..).map(|(path, _)| path);
            paths.extend(inside.take_while(|path| path.starts_with(folder)).cloned());
        }
        paths
    }

    /// Folders in which a change is worth a look: where files are or may come, and where a missing folder will appear.
    pub(super) fn watched_folders(&self) -> impl Iterator<Item = &Path> {
        let above = self.awaited.iter().filter_map(|folder| folder.parent());
        self.folders_of_files().chain(above)
    }

    fn folders_of_files(&self) -> impl Iterator<Item = &Path> {
        let of_files = self.index.keys().filter_map(|path| path.parent());
        self.folders.iter().map(PathBuf::as_path).chain(of_files)
    }

    /// Whether a change in these folders may have brought files. One above a missing folder may be a busy place that has
    /// nothing to do with us.
    pub(super) fn is_touched(&self, folders: &BTreeSet<PathBuf>) -> bool {
        let has_come = |awaited: &PathBuf| {
            awaited.parent().is_some_and(|above| folders.contains(above)) && disk::is_folder(awaited)
        };
        !folders.is_empty()
            && (self.folders_of_files().any(|folder| folders.contains(folder)) || self.awaited.iter().any(has_come))
    }

    /// Notes where the files of a family are and whether it waits.
    fn note(&mut self, path: &Path) {
        let Some(family) = self.families.get(path) else { return };
        let paths = family.paths().map(|file| (file, path.to_owned()));
        self.index.extend(paths);
        self.wants_listing |= family.wants_listing;
        if family.is_waiting() {
            self.waiting.insert(path.to_owned());
        } else {
            self.waiting.remove(path);
        }
    }

    fn list_folder(&mut self, folder: &Path, listing: &mut Listing, numbers: &mut Numbers, now: Nanos) -> Listed {
        let mut knowns = Vec::new();
        let mut bases = BTreeMap::new();
        for (path, family) in &self.families {
            if let Some((_, name)) = parts(path).filter(|(parent, _)| *parent == folder) {
                bases.insert(name.to_owned(), family.since);
                knowns.extend(family.knowns());
            }
        }
        let Some(Sight { seens, mut is_torn }) = listing.seen_in(folder, &bases.keys().cloned().collect()) else {
            self.settle(folder, &knowns);
            return Listed::Whole;
        };
        let mut probe = |seen: &Seen, known: &Known, present: Option<&Seen>| {
            let probed = probe::probe(folder, seen, known, present);
            is_torn |= probed == Probed::Moved;
            probed.content()
        };
        let actions = rotation::decide(&knowns, &seens, &bases, &mut probe);
        let has_to_do = self.torn >= TAIL_TORN_LISTINGS_MAX;
        for action in actions {
            if !(is_torn && !has_to_do && matches!(action, Action::Miss { .. })) {
                self.act(folder, &action, (&knowns, &seens), (listing, numbers, now));
            }
        }
        for family in self.families.values_mut() {
            if parts(&family.path).is_some_and(|(parent, _)| parent == folder) {
                family.since = Since::LastLook;
                family.put_unread_in_order();
            }
        }
        if !is_torn || has_to_do {
            self.settle(folder, &knowns);
        }
        if is_torn { Listed::Torn } else { Listed::Whole }
    }

    fn act(
        &mut self,
        folder: &Path,
        action: &Action,
        (knowns, seens): (&[Known], &[Seen]),
        (listing, numbers, now): (&mut Listing, &mut Numbers, Nanos),
    ) {
        let mut change = |id: u64, change: &dyn Fn(&mut Member)| {
            if let Some(known) = knowns.iter().find(|known| known.id == id) {
                self.with_member(&folder.join(&known.base), id, change);
            }
        };
        match action {
            Action::Keep { id, seen } => {
                let Some(seen) = seens.get(*seen) else { return };
                let is_as_before = |known: &Known| known.id == *id && known.is_open && known.name == seen.name;
                if !knowns.iter().any(is_as_before) {
                    change(*id, &|member| member.keep(seen));
                }
            }
            Action::Adopt { id, seen } => {
                let Some(seen) = seens.get(*seen) else { return };
                change(*id, &|member| member.adopt(seen));
            }
            Action::Lose { id } => change(*id, &Member::lose),
            Action::Miss { id } => change(*id, &|member| member.miss(now)),
            Action::Drop { id } => change(*id, &|member| member.is_dropped = true),
            Action::Begin { seen, base } | Action::Pass { seen, base } => {
                let Some(seen) = seens.get(*seen) else { return };
                let begins = if matches!(action, Action::Begin { .. }) { Begins::AtStart } else { Begins::Never };
                self.add(&folder.join(base), seen, begins, (listing, numbers));
            }
        }
    }

    /// The folder was listed: what was found in it before has nothing older that is not known.
    fn settle(&mut self, folder: &Path, knowns: &[Known]) {
        for known in knowns {
            let family = self.families.get_mut(&folder.join(&known.base));
            let mut members = family.into_iter().flat_map(|family| &mut family.members);
            if let Some(member) = members.find(|member| member.id == known.id) {
                member.settle();
            }
        }
    }

    fn with_member(&mut self, path: &Path, id: u64, change: impl FnOnce(&mut Member)) {
        let family = self.families.get_mut(path);
        if let Some(member) = family.and_then(|family| family.members.iter_mut().find(|member| member.id == id)) {
            change(member);
            self.waiting.insert(path.to_owned());
        }
    }

    /// A file that was not known joins the family of a path.
    fn add(&mut self, path: &Path, seen: &Seen, begins: Begins, with: (&mut Listing, &mut Numbers)) {
        let (listing, numbers) = with;
        if !self.families.contains_key(path) {
            let Some(target) = listing.named.get(path) else { return };
            let Ok(labels) = target.labels_of(path) else { return };
            if self.families.len() >= TAIL_FILES_MAX {
                let what = format!("more than {TAIL_FILES_MAX} files, the others are not tailed");
                listing.problems.insert(String::new(), what);
                return;
            }
            let family = Family::new(path, Arc::clone(target), labels, Since::LastLook);
            self.families.insert(path.to_owned(), family);
        }
        let Some(family) = self.families.get_mut(path) else { return };
        let mut position = Position {
            job: self.config.job_name.clone(),
            path: path.to_owned(),
            name: seen.name.clone(),
            identity: seen.identity,
            form: seen.form,
            modified: seen.modified,
            ..Position::default()
        };
        if begins == Begins::Never {
            position = passed(position);
        }
        family.join(numbers.take(), position);
        self.waiting.insert(path.to_owned());
    }

    /// Reads what is new. Stops when the batch is full.
    pub(super) fn read(&mut self, path: &Path, hands: &mut Hands<'_>) -> Left {
        let Some(family) = self.families.get_mut(path) else {
            self.waiting.remove(path);
            return Left::Nothing;
        };
        let left = family.read(hands);
        if !hands.may_keep_open && left == Left::Nothing {
            family.close_idle();
        }
        self.note(path);
        left
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Begins {
    AtStart,
    Never,
}

/// How a listing of a folder went.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Listed {
    /// What is there was seen.
    Whole,
    /// Files moved meanwhile: it has to be listed again.
    Torn,
}

/// The position of a file that was there before us, as if all of it had been read: so its copies and its compressed
/// sibling are known for what they are.
fn passed(position: Position) -> Position {
    let path = position.path.with_file_name(&position.name);
    let proof = match position.form {
        Form::Plain => probe::proof_of_whole(&path, position.identity).unwrap_or_default(),
        _ => super::proof::Proof::default(),
    };
    Position { is_done: true, offset: proof.at, proof, ..position }
}
