//! What the Targets page shows of tailing.
//!
//! Invariant: made after a step, so that whoever looks never waits for a disk.

use super::family::Family;
use super::job::RunningJob;
use model::labels::Labels;
use model::time::Millis;
use std::path::PathBuf;

/// One job and its files.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TailedJob {
    /// Its name.
    pub name: String,
    /// What it cannot read, one sentence each; tried again all the time.
    pub problems: Vec<String>,
    /// Its files, ascending by path.
    pub files: Vec<TailedFile>,
}

/// One path with everything that was ever written to it.
#[derive(Clone, Debug, PartialEq)]
pub struct TailedFile {
    /// The path.
    pub path: PathBuf,
    /// The labels of its lines before any stage.
    pub labels: Labels,
    /// How it goes.
    pub state: FileState,
    /// Why it cannot be read; empty when it can.
    pub last_error: String,
    /// How far the newest file of this path was read, in bytes.
    pub position: u64,
    /// How large it is, in bytes.
    pub size: u64,
    /// Bytes that are there and not read yet, in all files of this path.
    pub lag: u64,
    /// When something was read last; `None` before the first time.
    pub last_read: Option<Millis>,
    /// Lines read since the start of this process.
    pub lines: u64,
}

/// How a tailed path goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileState {
    /// It is followed.
    Following,
    /// It was rotated away or deleted, and no new file has come.
    Gone,
    /// It cannot be read.
    Failing,
}

impl FileState {
    /// The name that the page shows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Following => "following",
            Self::Gone => "gone",
            Self::Failing => "failing",
        }
    }
}

impl TailedJob {
    pub(super) fn of(name: &str, job: &RunningJob) -> Self {
        Self {
            name: name.to_owned(),
            problems: job.problems.values().cloned().collect(),
            files: job.families.values().map(file).collect(),
        }
    }
}

impl RunningJob {
    /// Bytes that are there and not read yet.
    pub(super) fn lag(&self) -> u64 {
        self.families.values().map(lag).sum()
    }

    /// How many folders and files cannot be read.
    pub(super) fn problems(&self) -> usize {
        let has_failed = |family: &&Family| family.members.iter().any(|member| member.error.is_some());
        self.problems.len() + self.families.values().filter(has_failed).count()
    }
}

fn lag(family: &Family) -> u64 {
    let open = family.members.iter().filter(|member| !member.is_done());
    open.map(|member| member.facts.bytes.saturating_sub(member.offset)).sum()
}

fn file(family: &Family) -> TailedFile {
    let open = || family.members.iter().filter(|member| !member.is_done());
    let newest = open().next_back();
    let last_error = open().rev().find_map(|member| member.error.clone()).unwrap_or_default();
    let state = match newest {
        _ if !last_error.is_empty() => FileState::Failing,
        Some(member) if !member.is_gone() => FileState::Following,
        _ => FileState::Gone,
    };
    TailedFile {
        path: family.path.clone(),
        labels: family.outlet.labels.clone(),
        state,
        last_error,
        position: newest.map_or(0, |member| member.offset),
        size: newest.map_or(0, |member| member.facts.bytes),
        lag: lag(family),
        last_read: family.members.iter().filter_map(|member| member.last_read).max().map(|at| at.to_millis()),
        lines: family.outlet.lines,
    }
}
