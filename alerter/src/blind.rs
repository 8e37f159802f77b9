//! Rules that cannot see: what the selectors of a rule match, and why one matches nothing.
//!
//! Invariant: whether a rule is blind follows from its expression and from what an [`Index`] knows; no sample is read.
//! A selector whose absence is the point (inside `absent`, on the right of `unless`) never makes a rule blind.

mod explain;
mod lookup;

pub mod logql;
pub mod promql;

pub use explain::{Index, Missing, Part, explain};
pub use lookup::{Looked, look};
pub(crate) use lookup::{Stores, look_all};

use model::labels::{METRIC_NAME, is_legacy_metric_name};
use model::matcher::{MatchOp, Matcher};
use std::fmt;
use std::time::Duration;

/// How far back a selector without a range looks, as the engine's default.
pub(crate) const LOOKBACK: Duration = Duration::from_secs(300);

/// One selector of a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Watched {
    /// All conditions, the metric name's included.
    pub matchers: Vec<Matcher>,
    /// How far back it looks from the time of the evaluation.
    pub reach: Duration,
    /// Whether the rule is meant to work while it matches nothing.
    pub may_be_absent: bool,
}

/// The selectors of a rule and what depends on them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Watching {
    /// The selectors, in the order of the text, each once.
    pub selectors: Vec<Watched>,
    /// When the whole sees something.
    pub sight: Sight,
}

/// When an expression can yield something.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Sight {
    /// Always: numbers, `vector(1)`, `absent(...)`.
    #[default]
    Always,
    /// When the selector of that number matches something.
    Selector(usize),
    /// When all of these can.
    All(Vec<Sight>),
    /// When one of these can.
    Any(Vec<Sight>),
}

impl Watched {
    /// The metric that it names with `=`, where it names one.
    pub fn metric(&self) -> Option<&str> {
        self.matchers.iter().find_map(metric_of)
    }

    /// Whether its conditions are those of another one and more.
    fn narrows(&self, other: &Self) -> bool {
        self.matchers.len() > other.matchers.len() && other.matchers.iter().all(|m| self.matchers.contains(m))
    }
}

/// The metric name that a matcher demands.
pub(crate) fn metric_of(matcher: &Matcher) -> Option<&str> {
    (matcher.name() == METRIC_NAME && matcher.op() == MatchOp::Equal).then(|| matcher.value())
}

/// As it would be written, without its range and offset.
impl fmt::Display for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.metric().filter(|name| is_legacy_metric_name(name));
        f.write_str(name.unwrap_or_default())?;
        let rest = self.matchers.iter().filter(|m| name.is_none() || metric_of(m).is_none());
        let rest: Vec<String> = rest.map(ToString::to_string).collect();
        if name.is_none() || !rest.is_empty() { write!(f, "{{{}}}", rest.join(",")) } else { Ok(()) }
    }
}

impl Watching {
    /// Adds a selector; its number.
    fn add(&mut self, watched: Watched) -> usize {
        let same = |known: &Watched| known.matchers == watched.matchers && known.may_be_absent == watched.may_be_absent;
        if let Some((at, known)) = self.selectors.iter_mut().enumerate().find(|(_, known)| same(known)) {
            known.reach = known.reach.max(watched.reach);
            return at;
        }
        self.selectors.push(watched);
        self.selectors.len() - 1
    }

    /// Whether the rule cannot see, given what its selectors match (in their order).
    ///
    /// A selector that only narrows one which does match, by a value that is not there now, does not make it blind:
    /// `errors / requests` of the same metric is without errors as long as all goes well.
    pub fn is_blind(&self, looked: &[Looked]) -> bool {
        !self.sees(&self.sight, looked)
    }

    fn sees(&self, sight: &Sight, looked: &[Looked]) -> bool {
        match sight {
            Sight::Always => true,
            Sight::All(parts) => parts.iter().all(|part| self.sees(part, looked)),
            Sight::Any(parts) => parts.iter().any(|part| self.sees(part, looked)),
            Sight::Selector(at) => match (self.selectors.get(*at), looked.get(*at)) {
                (Some(watched), Some(found)) => found.series > 0 || self.merely_narrows(watched, found, looked),
                _ => true,
            },
        }
    }

    fn merely_narrows(&self, watched: &Watched, found: &Looked, looked: &[Looked]) -> bool {
        let by_value = found.missing.as_ref().is_some_and(|missing| missing.part == Part::Value);
        let wider = |(other, seen): (&Watched, &Looked)| seen.series > 0 && watched.narrows(other);
        by_value && self.selectors.iter().zip(looked).any(wider)
    }
}

#[cfg(test)]
mod tests;
