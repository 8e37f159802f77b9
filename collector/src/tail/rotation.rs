//! What a rotation did: from the files that are known and the files that are seen in a folder to what becomes of each.
//!
//! Invariant: pure; what a file holds is asked through `probe`. A file whose content was read under any name, before or
//! after a copy or a compression, is never begun again, and one that was not is begun once. A file of which nothing was
//! read is decided anew each time: a copy can be told from its original only when both are there whole.

use super::disk::Identity;
use super::names::{self, Form};
use super::proof::Proof;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// How much a file system's clock may lag, in nanoseconds: a file that was written right after another may tell the same
/// time. What was there before is known by its inode anyway.
const CLOCK_STEP: i64 = 1_000_000_000;

/// A file that was found before.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) id: u64,
    /// The name that the job's pattern named; a rotation does not change it.
    pub(super) base: String,
    /// The name under which it was seen last.
    pub(super) name: String,
    pub(super) identity: Identity,
    /// What was seen of it.
    pub(super) proof: Proof,
    /// Whether nothing was read of it yet: it may still turn out to be a copy of another.
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
    pub(super) bytes: u64,
    pub(super) form: Form,
    /// Whether the job's patterns name it.
    pub(super) is_named: bool,
    /// Whether what was rotated away before the file was first seen is read too.
    pub(super) has_past: bool,
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
    /// It begins with what was seen of the known file.
    Same,
    /// All of it stands at the beginning of the known file: a copy that is being made.
    Part,
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
    /// Nothing was read of the known file, and it is a copy of another: forget it.
    Drop { id: u64 },
    /// It was rotated away before we came, and such files are not read here.
    Pass { seen: usize, base: String },
}

/// Looks at the content of a file that is seen, and at the known file where that one is in the folder too.
pub(super) type Probe<'a> = &'a mut dyn FnMut(&Seen, &Known, Option<&Seen>) -> Content;

/// Decides for one folder. `bases` are the base names that are followed.
pub(super) fn decide(
    knowns: &[Known],
    seens: &[Seen],
    bases: &BTreeMap<String, Since>,
    probe: Probe<'_>,
) -> Vec<Action> {
    let fresh = seens.iter().filter(|seen| seen.is_named && !bases.contains_key(&seen.name));
    let fresh = fresh.map(|seen| (seen.name.as_str(), seen.has_past)).collect();
    let mut decision = Decision {
        knowns,
        seens,
        bases,
        fresh,
        actions: Vec::new(),
        present: BTreeMap::new(),
        dropped: BTreeSet::new(),
    };
    let unsure = decision.recognise(probe);
    decision.place(unsure, probe);
    let missing = knowns.iter().filter(|known| !decision.present.contains_key(&known.id));
    let missing: Vec<Action> = missing.map(|known| Action::Miss { id: known.id }).collect();
    decision.actions.extend(missing);
    decision.actions
}

struct Decision<'a> {
    knowns: &'a [Known],
    seens: &'a [Seen],
    bases: &'a BTreeMap<String, Since>,
    /// Base names that are not followed yet, and whether they have a past that is read.
    fresh: BTreeMap<&'a str, bool>,
    actions: Vec<Action>,
    /// Known files that are there, and as what they are seen.
    present: BTreeMap<u64, usize>,
    /// Known files that turned out to be copies.
    dropped: BTreeSet<u64>,
}

/// A file that has to be told from others by its content.
struct Unsure {
    seen: usize,
    /// As which it is known; `None` of one that is new.
    id: Option<u64>,
}

impl<'a> Decision<'a> {
    /// Finds the known files by what the file system calls them. Gives back what is left, and those that may be copies.
    fn recognise(&mut self, probe: Probe<'_>) -> Vec<Unsure> {
        let mut unsure = Vec::new();
        let mut inodes = BTreeSet::new();
        for (at, seen) in self.seens.iter().enumerate() {
            if !inodes.insert((seen.identity.device, seen.identity.inode)) {
                // A folder that is listed while a file is renamed may show it twice; so do hard links.
                continue;
            }
            match self.recognised(seen, probe) {
                Recognised::Keep(known) => {
                    self.present.insert(known.id, at);
                    self.actions.push(Action::Keep { id: known.id, seen: at });
                    if known.is_unread && seen.bytes > 0 && !names::origins(&seen.name).is_empty() {
                        unsure.push(Unsure { seen: at, id: Some(known.id) });
                    }
                }
                Recognised::Lost(id) => {
                    self.actions.push(Action::Lose { id });
                    unsure.push(Unsure { seen: at, id: None });
                }
                Recognised::Unknown => unsure.push(Unsure { seen: at, id: None }),
                Recognised::Later(id) => _ = self.present.insert(id, at),
            }
        }
        unsure
    }

    fn recognised(&self, seen: &Seen, probe: Probe<'_>) -> Recognised<'a> {
        let knowns: &'a [Known] = self.knowns;
        let living = || knowns.iter().filter(|known| !known.is_lost && !self.present.contains_key(&known.id));
        if let Some(known) = living().find(|known| known.identity.is(seen.identity)) {
            // A truncation is found where the file is read; until something was seen, an inode is all there is.
            if known.is_open || known.proof.at == 0 {
                return Recognised::Keep(known);
            }
            return match probe(seen, known, None) {
                Content::Same => Recognised::Keep(known),
                Content::Other | Content::Part => Recognised::Lost(known.id),
                Content::Unknown => Recognised::Later(known.id),
            };
        }
        let renumbered = living().filter(|known| known.proof.at > 0 && known.identity.same_inode(seen.identity));
        let origins = names::origins(&seen.name);
        let mut renumbered = renumbered.filter(|known| known.base == seen.name || is_related(known, &origins));
        match renumbered.find(|known| probe(seen, known, None) == Content::Same) {
            Some(known) => Recognised::Keep(known),
            None => Recognised::Unknown,
        }
    }

    /// Finds what the other files are, oldest first.
    fn place(&mut self, mut unsure: Vec<Unsure>, probe: Probe<'_>) {
        unsure.sort_by_cached_key(|unsure| self.seens.get(unsure.seen).map(|seen| self.age(seen)));
        for Unsure { seen: at, id } in unsure {
            let Some(seen) = self.seens.get(at) else { continue };
            if self.is_unfinished(seen) {
                continue;
            }
            let mut origins = names::origins(&seen.name);
            let copied = self.copied(seen, id, &origins, probe);
            origins.retain(|base| self.bases.contains_key(base) || self.fresh.contains_key(base.as_str()));
            match (copied, id) {
                (Copied::Nothing, None) => self.actions.extend(self.placed(at, seen, &origins)),
                (Copied::Nothing | Copied::Unknown, _) | (Copied::OfPresent, None) => {}
                (Copied::OfPresent, Some(id)) => self.drop(id),
                (Copied::Rest(rest), id) => {
                    id.into_iter().for_each(|id| self.drop(id));
                    self.present.insert(rest, at);
                    self.actions.push(Action::Adopt { id: rest, seen: at });
                }
            }
        }
    }

    fn drop(&mut self, id: u64) {
        self.dropped.insert(id);
        self.actions.push(Action::Drop { id });
    }

    /// Whether it is a compressed file that is still being made: the plain one goes only when it is whole.
    fn is_unfinished(&self, seen: &Seen) -> bool {
        let is_base = |other: &Seen| other.is_named || self.bases.contains_key(&other.name);
        let is_plain = |other: &Seen| names::compressed(&seen.name) == Some(other.name.as_str()) && !is_base(other);
        seen.form == Form::Gzip && self.seens.iter().any(is_plain)
    }

    /// Whether its content is that of a known file. The largest proof wins: a shorter one may be its beginning.
    fn copied(&self, seen: &Seen, own: Option<u64>, origins: &[String], probe: Probe<'_>) -> Copied {
        let tells = |known: &&Known| {
            known.proof.at > 0
                && own != Some(known.id)
                && !self.dropped.contains(&known.id)
                && is_related(known, origins)
        };
        let mut related: Vec<&Known> = self.knowns.iter().filter(tells).collect();
        related.sort_by_key(|known| (self.present.contains_key(&known.id), Reverse(known.proof.at)));
        for known in related {
            let present = self.present.get(&known.id).and_then(|at| self.seens.get(*at));
            match (probe(seen, known, present), present) {
                (Content::Other, _) | (Content::Part, None) => {}
                (Content::Same, None) => return Copied::Rest(known.id),
                (Content::Same | Content::Part, Some(_)) => return Copied::OfPresent,
                (Content::Unknown, _) => return Copied::Unknown,
            }
        }
        Copied::Nothing
    }

    fn placed(&self, at: usize, seen: &Seen, origins: &[String]) -> Option<Action> {
        let newer = |base: &&String| match self.bases.get(*base) {
            Some(Since::LastLook) => true,
            Some(Since::Written(time)) => seen.modified > time.saturating_sub(CLOCK_STEP),
            None => self.fresh.get(base.as_str()).is_some_and(|has_past| *has_past),
        };
        // An empty file has nothing to read, and may be a copy that is just being made.
        let is_base = seen.is_named || self.bases.contains_key(&seen.name);
        if seen.form == Form::Unreadable || seen.bytes == 0 && !is_base {
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

    fn age(&self, seen: &Seen) -> Age {
        let is_newest = seen.is_named || self.bases.contains_key(&seen.name);
        age(&seen.name, seen.modified, is_newest)
    }
}

/// Older files have smaller ones.
pub(super) type Age = (bool, String, i64, Reverse<u32>, String);

/// How old a file is beside others of one base name; what stands under that name itself is the newest.
///
/// A date in the name says more than when the file was last written: the kubelet compresses a file long after it
/// rotated it, and the compressed one tells the time of that.
pub(super) fn age(name: &str, modified: i64, is_newest: bool) -> Age {
    (is_newest, names::date(name).to_owned(), modified, Reverse(names::generation(name)), name.to_owned())
}

/// Whether a file with these origins may hold what a known one held: both were once called the same.
fn is_related(known: &Known, origins: &[String]) -> bool {
    let is_origin = |name: &String| origins.contains(name);
    is_origin(&known.base) || is_origin(&known.name) || names::origins(&known.base).iter().any(is_origin)
}

enum Recognised<'a> {
    Keep(&'a Known),
    Lost(u64),
    Later(u64),
    Unknown,
}

enum Copied {
    /// What was not read yet of a known file whose own content is gone.
    Rest(u64),
    /// Of a known file that is there itself.
    OfPresent,
    /// It cannot be told now.
    Unknown,
    Nothing,
}

#[cfg(test)]
mod tests;
