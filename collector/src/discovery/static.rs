//! Targets that are written in the config.

use super::{Discoverer, Found, Group};
use crate::config::TargetGroup;

/// Gives its groups once; they change only with the config.
#[derive(Clone, Debug)]
pub struct Static {
    groups: Option<Vec<Group>>,
}

impl Static {
    /// The groups of a job.
    pub fn new(groups: &[TargetGroup]) -> Self {
        let group = |group: &TargetGroup| Group { targets: group.targets.clone(), labels: group.labels.clone() };
        Self { groups: Some(groups.iter().map(group).collect()) }
    }
}

impl Discoverer for Static {
    async fn next(&mut self) -> Found {
        match self.groups.take() {
            Some(groups) => Found { groups, errors: Vec::new() },
            None => std::future::pending().await,
        }
    }
}
