//! The tree of routes, ready to be walked: which routes an alert takes, and with which settings.
//!
//! Invariant: what a route does not say comes from the one above, but for its times, which are its own. Keys and ids are
//! Alertmanager's texts, for group keys are made of them.

use crate::config::alerting;
use crate::matchers::Matchers;
use model::labels::Labels;
use std::collections::BTreeSet;
use std::time::Duration;

/// Settings of the root where it says nothing, as in Alertmanager.
const GROUP_WAIT: Duration = Duration::from_secs(30);
const GROUP_INTERVAL: Duration = Duration::from_secs(5 * 60);
const REPEAT_INTERVAL: Duration = Duration::from_secs(4 * 3_600);

/// By what alerts are put together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum GroupBy {
    /// All of their labels: each alone.
    All,
    /// These labels.
    Labels(BTreeSet<String>),
}

impl GroupBy {
    /// The labels that name the alert's group.
    pub(crate) fn labels_of(&self, labels: &Labels) -> Labels {
        match self {
            Self::All => labels.clone(),
            Self::Labels(names) => labels.filtered(|name| names.contains(name)),
        }
    }
}

/// What holds for the alerts of a route.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Route {
    /// Tells routes apart, also over a reload.
    pub(crate) id: String,
    /// The first part of its groups' keys; not unique.
    pub(crate) key: String,
    pub(crate) receiver: String,
    pub(crate) group_by: GroupBy,
    pub(crate) group_wait: Duration,
    pub(crate) group_interval: Duration,
    pub(crate) repeat_interval: Duration,
    pub(crate) mute_times: Vec<String>,
    pub(crate) active_times: Vec<String>,
    matchers: Matchers,
    goes_on: bool,
    below: Vec<usize>,
}

/// All routes of a config. Each is named by its index.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Routes {
    routes: Vec<Route>,
    root: Option<usize>,
}

impl Routes {
    /// Of a config; without a root no alert takes any route.
    pub(crate) fn new(root: Option<&alerting::Route>) -> Self {
        let mut routes = Self::default();
        routes.root = root.map(|root| routes.add(root, None, 0));
        routes
    }

    fn add(&mut self, config: &alerting::Route, parent: Option<&Route>, position: usize) -> usize {
        let matchers = Matchers::sorted(config.matchers.iter().cloned().collect());
        let (id, key) = match parent {
            None => (matchers.to_string(), matchers.to_string()),
            Some(parent) => (format!("{}/{matchers}/{position}", parent.id), format!("{}/{matchers}", parent.key)),
        };
        let group_by = match &config.group_by {
            Some(_) if config.groups_by_all() => GroupBy::All,
            Some(labels) => GroupBy::Labels(labels.iter().cloned().collect()),
            None => parent.map_or(GroupBy::Labels(BTreeSet::new()), |parent| parent.group_by.clone()),
        };
        let inherited = |own: Option<Duration>, above: Option<Duration>, default| own.or(above).unwrap_or(default);
        let route = Route {
            id,
            key,
            receiver: config.receiver.clone().or(parent.map(|parent| parent.receiver.clone())).unwrap_or_default(),
            group_by,
            group_wait: inherited(config.group_wait, parent.map(|p| p.group_wait), GROUP_WAIT),
            group_interval: inherited(config.group_interval, parent.map(|p| p.group_interval), GROUP_INTERVAL),
            repeat_interval: inherited(config.repeat_interval, parent.map(|p| p.repeat_interval), REPEAT_INTERVAL),
            mute_times: config.mute_time_intervals.clone(),
            active_times: config.active_time_intervals.clone(),
            matchers,
            goes_on: config.goes_on,
            below: Vec::new(),
        };
        let below = config.routes.iter().enumerate();
        let below = below.map(|(position, config)| self.add(config, Some(&route), position)).collect();
        self.routes.push(Route { below, ..route });
        self.routes.len() - 1
    }

    /// The route of this index.
    pub(crate) fn get(&self, index: usize) -> Option<&Route> {
        self.routes.get(index)
    }

    /// The routes that the alert takes, depth first: the deepest ones that match, and after each the next ones only
    /// where it says `continue`.
    pub(crate) fn taken_by(&self, labels: &Labels) -> Vec<usize> {
        let mut taken = Vec::new();
        if let Some(root) = self.root {
            self.walk(root, labels, &mut taken);
        }
        taken
    }

    /// Whether the route, or one below it, takes the alert.
    fn walk(&self, index: usize, labels: &Labels, taken: &mut Vec<usize>) -> bool {
        let Some(route) = self.routes.get(index).filter(|route| route.matchers.matches(labels)) else { return false };
        let before = taken.len();
        for below in &route.below {
            let goes_on = self.routes.get(*below).is_some_and(|route| route.goes_on);
            if self.walk(*below, labels, taken) && !goes_on {
                break;
            }
        }
        if taken.len() == before {
            taken.push(index);
        }
        true
    }
}

#[cfg(test)]
mod tests;
