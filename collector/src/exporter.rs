//! Built-in targets, rendered in this process into the same exposition text that a scrape would fetch.
//!
//! Invariant: a page is valid exposition whatever the machine answers; what could not be read is left out and told.

pub mod host;
mod page;
pub mod self_;

use crate::scrape::exposition::Format;
use model::time::Nanos;

/// A built-in target.
#[derive(Debug)]
pub enum Exporter {
    /// The daemon itself.
    Itself(self_::SelfExporter),
    /// This machine, under node_exporter's names.
    Host(host::HostExporter),
}

/// A page as a target would answer it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The format that [`crate::scrape::exposition`] reads it in.
    pub format: Format,
    /// Its text.
    pub body: String,
}

impl Exporter {
    /// Renders the page. Blocks for the time that the kernel takes, a few milliseconds, and when a file system hangs
    /// for the first time at most [`crate::limits::HOST_STATFS_WAIT_MAX`]: call it where blocking is allowed.
    pub fn page(&self, now: Nanos) -> Page {
        match self {
            Self::Itself(exporter) => exporter.page(),
            Self::Host(exporter) => exporter.page(now),
        }
    }
}
