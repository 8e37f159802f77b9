//! `labeldrop` takes labels away, `labelallow` all but some.
//!
//! Invariant: structured metadata stays.

use crate::pipeline::Entry;
use settings::report::{Report, Spot};

/// `labeldrop`.
#[derive(Debug)]
pub(crate) struct LabelDrop {
    names: Vec<String>,
}

/// `labelallow`.
#[derive(Debug)]
pub(crate) struct LabelAllow {
    names: Vec<String>,
}

impl LabelDrop {
    pub(crate) fn read(names: Vec<String>, spot: &Spot, report: &mut Report) -> Option<Self> {
        if names.is_empty() { spot.refuse(report, "at least one label is required") } else { Some(Self { names }) }
    }

    pub(crate) fn apply(&self, entry: &mut Entry<'_>) {
        for name in &self.names {
            entry.labels.delete(name);
        }
    }
}

impl LabelAllow {
    pub(crate) fn read(names: Vec<String>, spot: &Spot, report: &mut Report) -> Option<Self> {
        if names.is_empty() { spot.refuse(report, "at least one label is required") } else { Some(Self { names }) }
    }

    pub(crate) fn apply(&self, entry: &mut Entry<'_>) {
        entry.labels.retain(|name| self.names.iter().any(|allowed| allowed == name));
    }
}
