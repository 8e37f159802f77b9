//! Where targets come from.
//!
//! Invariant: a discovery that fails keeps what it found last and tells its error; it never empties a job.

mod file;
mod r#static;

pub use file::Files;
pub use r#static::Static;

use model::labels::Labels;

/// Targets that share labels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// Their addresses, `host:port`.
    pub targets: Vec<String>,
    /// Labels of all of them, meta labels (`__meta_`) among them.
    pub labels: Labels,
}

/// Everything that a discovery knows at one time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// All groups, also those that did not change.
    pub groups: Vec<Group>,
    /// What could not be read this time; the groups that it held before are still in `groups`.
    pub errors: Vec<String>,
}

/// A way to find targets. Two implementations: [`Static`] and [`Files`].
///
/// Contract: the first call returns as soon as something is known; each later call returns when something may have
/// changed, and always with everything. It may be dropped while it waits.
pub trait Discoverer: Send + 'static {
    /// Waits for news.
    fn next(&mut self) -> impl Future<Output = Found> + Send;
}
