//! Looks into files to tell whether one holds what another held.
//!
//! Invariant: a file is opened by the name under which it was seen and counts only if it is still the same inode.

use super::disk::{Failure, Identity, OpenFile};
use super::names::Form;
use super::proof::Proof;
use super::rotation::{Content, Known, Seen};
use super::source;
use std::path::Path;

/// What came of a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Probed {
    /// This.
    Told(Content),
    /// A file was renamed or deleted meanwhile.
    Moved,
}

impl Probed {
    /// What it tells.
    pub(super) fn content(self) -> Content {
        match self {
            Self::Told(content) => content,
            Self::Moved => Content::Unknown,
        }
    }
}

/// Whether a file holds what was seen of a known one, which is in the folder as `present`.
pub(super) fn probe(folder: &Path, seen: &Seen, known: &Known, present: Option<&Seen>) -> Probed {
    let path = folder.join(&seen.name);
    let file = match open(&path, seen.identity) {
        Ok(Some(file)) => file,
        Ok(None) => return Probed::Moved,
        Err(_) => return Probed::Told(Content::Unknown),
    };
    match seen.form {
        Form::Plain => match (known.proof.holds(&file), present.filter(|present| present.form == Form::Plain)) {
            (Ok(true), _) => Probed::Told(Content::Same),
            (Ok(false), Some(present)) => part(&file, folder, present),
            (Ok(false), None) => Probed::Told(Content::Other),
            (Err(_), _) => Probed::Told(Content::Unknown),
        },
        Form::Gzip => Probed::Told(match source::gzip_head(file, &path) {
            Ok(head) if known.proof.head_is(&head) => Content::Same,
            Ok(_) => Content::Other,
            Err(_) => Content::Unknown,
        }),
        Form::Unreadable => Probed::Told(Content::Other),
    }
}

/// Whether all that a file holds stands at the beginning of another: then it is a copy that is being made.
fn part(file: &OpenFile, folder: &Path, of: &Seen) -> Probed {
    let whole = match open(&folder.join(&of.name), of.identity) {
        Ok(Some(whole)) => whole,
        Ok(None) => return Probed::Moved,
        Err(_) => return Probed::Told(Content::Unknown),
    };
    match Proof::of_whole(file).and_then(|part| part.map(|part| part.holds(&whole)).transpose()) {
        Ok(Some(true)) => Probed::Told(Content::Part),
        Ok(Some(false)) => Probed::Told(Content::Other),
        Ok(None) | Err(_) => Probed::Told(Content::Unknown),
    }
}

/// What proves all that a file holds.
pub(super) fn proof_of_whole(path: &Path, identity: Identity) -> Option<Proof> {
    let file = open(path, identity).ok().flatten()?;
    Proof::of_whole(&file).ok().flatten()
}

/// Opens the file that was seen under a path; `None` when another or none is there by now.
fn open(path: &Path, identity: Identity) -> Result<Option<OpenFile>, Failure> {
    let file = match OpenFile::at(path) {
        Ok(file) => file,
        Err(failure) if failure.is_missing => return Ok(None),
        Err(failure) => return Err(failure),
    };
    let is_it = file.facts()?.identity.is(identity);
    Ok(is_it.then_some(file))
}
