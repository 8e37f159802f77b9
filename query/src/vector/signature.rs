//! Which labels decide that two series match, and sets of steps.

use language::promql::ast::MatchOn;
use model::labels::{Labels, METRIC_NAME};

/// The part of the labels that must be equal on both sides.
pub(crate) fn signature(on: &MatchOn, labels: &Labels) -> Labels {
    match on {
        MatchOn::On(names) => labels.filtered(|name| names.iter().any(|wanted| wanted == name)),
        MatchOn::Ignoring(names) => {
            labels.filtered(|name| name != METRIC_NAME && !names.iter().any(|ignored| ignored == name))
        }
    }
}

/// A set of steps, one bit each.
#[derive(Clone, Debug, Default)]
pub(crate) struct StepSet {
    words: Vec<u64>,
}

impl StepSet {
    /// An empty set for that many steps.
    pub(crate) fn new(count: usize) -> Self {
        Self { words: vec![0; count.div_ceil(64)] }
    }

    /// Adds a step and tells whether it was new.
    pub(crate) fn insert(&mut self, step: usize) -> bool {
        let Some(word) = self.words.get_mut(step / 64) else { return false };
        let bit = 1 << (step % 64);
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    /// Whether the step is in it.
    pub(crate) fn contains(&self, step: usize) -> bool {
        self.words.get(step / 64).is_some_and(|word| word & (1 << (step % 64)) != 0)
    }

    /// The first step that is in both.
    pub(crate) fn first_common(&self, other: &Self) -> Option<usize> {
        let pairs = self.words.iter().zip(&other.words).enumerate();
        let mut common = pairs.map(|(at, (left, right))| (at, left & right)).filter(|(_, word)| *word != 0);
        common.next().map(|(at, word)| at * 64 + word.trailing_zeros() as usize)
    }
}
