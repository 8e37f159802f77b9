//! What a rotation did: from the files that are known and the files that are seen in a folder to what becomes of each.
//!
//! Invariant: pure; what a file holds is asked through `probe`. A file whose content was read under any name, before or
//! after a copy or a compression, is never begun again, and one that was not is begun once.

use super::disk::Identity;
use super::names::{self, Form};
use super::proof::Proof;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// How much a file system's clock may lag, in nanoseconds: a file that was written right after another may tell the same
/// time. What was there before is known by its inode anyway.
const CLOCK_STEP: i64 = 1_000_000_000;

/// A file of which we know how far it was read.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) id: u64,
    /// The name that the job's pattern named; a rotation does not change it.
    pub(super) base: String,
    /// The name under which it was seen last.
    pub(super) name: String,
    pub(super) identity: Identity,
    /// What was read of it, or of an open one all it holds.
    pub(super) proof: Proof,
    /// Whether nothing was read of it yet: what it holds may still be taken from under it by a truncation.
    pub(super) is_unread: bool,
    /// Whether it is open: then its inode cannot have been given to another file.
    pub(super) is_open: bool,
    /// Whether the inode holds other content by now, so that only a copy can hold this one's.
    pub(super) is_lost: bool,
}

/// A file in the folder.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) name: String,
    pub(super) identity: Identity,
    pub(super) modified: i64,
    pub(super) form: Form,
    /// Whether the job's patterns name it.
    pub(super) is_named: bool,
}

/// Since when the files of one base name are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Since {
    /// The folder was looked at before: what is unknown now has come since.
    LastLook,
    /// Positions tell of it: what was written after this time has come while we were away.
    Written(i64),
}

/// What a look into a file's content tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// It begins with what was read of the known file.
    Same,
    /// It does not.
    Other,
    /// It could not be read; try again later.
    Unknown,
}

/// What becomes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// The known file is there, under this name.
    Keep { id: u64, seen: usize },
    /// The rest of the known file stands in this copy or compressed file.
    Adopt { id: u64, seen: usize },
    /// The inode of the known file holds other content.
    Lose { id: u64 },
    /// The known file is not in the folder.
    Miss { id: u64 },
    /// Nothing was read of it: read it from its start, as a file of this base name.
    Begin { seen: usize, base: String },
    /// It was rotated away before we came: never read it.
    Pass { seen: usize, base: String },
}

/// Looks at content.
pub(super) type Probe<'a> = &'a mut dyn FnMut(&Seen, &Known) -> Content;

/// Decides for one folder. `bases` are the base names that are followed.
pub(super) fn decide(
    knowns: &[Known],
    seens: &[Seen],
    bases: &BTreeMap<String, Since>,
    probe: Probe<'_>,
) -> Vec<Action> {
    let fresh = seens.iter().filter(|seen| seen.is_named && !bases.contains_key(&seen.name));
    let fresh = fresh.map(|seen| seen.name.as_str()).collect();
    let mut decision = Decision { knowns, seens, bases, fresh, actions: Vec::new(), present: BTreeSet::new() };
    let unknown = decision.recognise(probe);
    decision.place(unknown, probe);
    let missing = knowns.iter().filter(|known| !decision.present.contains(&known.id));
    let missing: Vec<Action> = missing.map(|known| Action::Miss { id: known.id }).collect();
    decision.actions.extend(missing);
    decision.actions
}

struct Decision<'a> {
    knowns: &'a [Known],
    seens: &'a [Seen],
    bases: &'a BTreeMap<String, Since>,
    /// Base names that are not followed yet.
    fresh: BTreeSet<&'a str>,
    actions: Vec<Action>,
    /// Known files that are there.
    present: BTreeSet<u64>,
}

impl Decision<'_> {
    /// Finds the known files by what the file system calls them. Gives back what is left.
    fn recognise(&mut self, probe: Probe<'_>) -> Vec<usize> {
        let mut unknown = Vec::new();
        let mut inodes = BTreeSet::new();
        for (at, seen) in self.seens.iter().enumerate() {
            if !inodes.insert((seen.identity.device, seen.identity.inode)) {
                // A folder that is listed while a file is renamed may show it twice; so do hard links.
                continue;
            }
            match self.recognised(seen, probe) {
                Recognised::Keep(id) => {
                    self.present.insert(id);
                    self.actions.push(Action::Keep { id, seen: at });
                }
                Recognised::Lost(id) => {
                    self.actions.push(Action::Lose { id });
                    unknown.push(at);
                }
                Recognised::Unknown => unknown.push(at),
                Recognised::Later(id) => _ = self.present.insert(id),
            }
        }
        unknown
    }

    fn recognised(&self, seen: &Seen, probe: Probe<'_>) -> Recognised {
        let living = || self.knowns.iter().filter(|known| !known.is_lost && !self.present.contains(&known.id));
        if let Some(known) = living().find(|known| known.identity.is(seen.identity)) {
            // A truncation is found where the file is read; until something was read, an inode is all there is.
            if known.is_open || known.proof.at == 0 {
                return Recognised::Keep(known.id);
            }
            return match probe(seen, known) {
                Content::Same => Recognised::Keep(known.id),
                Content::Other => Recognised::Lost(known.id),
                Content::Unknown => Recognised::Later(known.id),
            };
        }
        let renumbered = living().filter(|known| known.proof.at > 0 && known.identity.same_inode(seen.identity));
        let origins = names::origins(&seen.name);
        let mut renumbered = renumbered.filter(|known| known.base == seen.name || is_related(known, &origins));
        match renumbered.find(|known| probe(seen, known) == Content::Same) {
            Some(known) => Recognised::Keep(known.id),
            None => Recognised::Unknown,
        }
    }

    /// Finds what the other files are, oldest first.
    fn place(&mut self, mut unknown: Vec<usize>, probe: Probe<'_>) {
        unknown.sort_by_cached_key(|at| self.seens.get(*at).map(|seen| self.age(seen)));
        for at in unknown {
            let Some(seen) = self.seens.get(at) else { continue };
            let mut origins = names::origins(&seen.name);
            let copied = self.copied(seen, &origins, probe);
            origins.retain(|base| self.bases.contains_key(base) || self.fresh.contains(base.as_str()));
            match copied {
                Copied::Rest(id) => {
                    self.present.insert(id);
                    self.actions.push(Action::Adopt { id, seen: at });
                }
                Copied::OfPresent => {}
                Copied::Nothing => self.actions.extend(self.placed(at, seen, &origins)),
            }
        }
    }

    /// Whether its content is that of a known file. The largest position wins: a shorter one may be its beginning.
    fn copied(&self, seen: &Seen, origins: &[String], probe: Probe<'_>) -> Copied {
        // A plain copy of an unread file may be all that is left of it in a moment; a compressed one never is.
        let tells = |known: &&Known| known.proof.at > 0 && !(known.is_unread && seen.form == Form::Plain);
        let mut related: Vec<&Known> =
            self.knowns.iter().filter(tells).filter(|known| is_related(known, origins)).collect();
        related.sort_by_key(|known| (self.present.contains(&known.id), Reverse(known.proof.at)));
        for known in related {
            match (probe(seen, known), self.present.contains(&known.id)) {
                (Content::Other, _) => {}
                (Content::Same, false) => return Copied::Rest(known.id),
                (Content::Same, true) | (Content::Unknown, _) => return Copied::OfPresent,
            }
        }
        Copied::Nothing
    }

    fn placed(&self, at: usize, seen: &Seen, origins: &[String]) -> Option<Action> {
        let newer = |base: &&String| match self.bases.get(*base) {
            Some(Since::LastLook) => true,
            Some(Since::Written(time)) => seen.modified > time.saturating_sub(CLOCK_STEP),
            None => false,
        };
        if seen.form == Form::Unreadable {
            return None;
        }
        if self.bases.contains_key(&seen.name) && seen.is_named {
            return Some(Action::Begin { seen: at, base: seen.name.clone() });
        }
        if let Some(base) = origins.iter().find(newer) {
            return Some(Action::Begin { seen: at, base: base.clone() });
        }
        if seen.is_named && seen.form == Form::Plain {
            return Some(Action::Begin { seen: at, base: seen.name.clone() });
        }
        Some(Action::Pass { seen: at, base: origins.first()?.clone() })
    }

    /// Older files have smaller keys; what stands under a base name is the newest.
    ///
    /// A date in the name says more than when the file was last written: the kubelet compresses a file long after it
    /// rotated it, and the compressed one tells the time of that.
    fn age(&self, seen: &Seen) -> (bool, String, i64, Reverse<u32>, String) {
        let is_newest = seen.is_named || self.bases.contains_key(&seen.name);
        let (date, generation) = (names::date(&seen.name).to_owned(), Reverse(names::generation(&seen.name)));
        (is_newest, date, seen.modified, generation, seen.name.clone())
    }
}

/// Whether a file with these origins may hold what a known one held: both were once called the same.
fn is_related(known: &Known, origins: &[String]) -> bool {
    let is_origin = |name: &String| origins.contains(name);
    is_origin(&known.base) || is_origin(&known.name) || names::origins(&known.base).iter().any(is_origin)
}

enum Recognised {
    Keep(u64),
    Lost(u64),
    Later(u64),
    Unknown,
}

enum Copied {
    Rest(u64),
    OfPresent,
    Nothing,
}

#[cfg(test)]
mod tests;
