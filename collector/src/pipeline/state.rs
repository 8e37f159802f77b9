//! What the stages of one source remember between its lines.
//!
//! Invariant: bounded; a stage that holds lines back says from where on.

use super::join::{CriMemory, MultilineMemory};
use super::keep::{LimitMemory, SamplingMemory};
use super::stage::Stage;
use super::timestamp::TimestampMemory;
use std::sync::Arc;

/// Lines that stages dropped, by the reason that the config gives.
pub type Drops = Vec<(Arc<str>, u64)>;

/// The memory of one source: held lines, and drops that have not been counted yet.
#[derive(Debug, Default)]
pub struct PipelineState {
    pub(super) memories: Vec<Memory>,
    pub(super) drops: Drops,
}

/// What one stage remembers.
#[derive(Debug)]
pub(super) enum Memory {
    /// Nothing.
    None,
    Timestamp(TimestampMemory),
    Limit(LimitMemory),
    Sampling(SamplingMemory),
    Cri(CriMemory),
    Multiline(MultilineMemory),
    /// What its own stages remember.
    Match(Vec<Memory>),
}

impl PipelineState {
    pub(super) fn new(stages: &[Stage]) -> Self {
        Self { memories: Memory::of_all(stages), drops: Drops::new() }
    }

    /// The start of the oldest line that a stage holds back; `None` when none is held.
    pub fn held_from(&self) -> Option<u64> {
        self.memories.iter().filter_map(Memory::held_from).min()
    }

    /// The drops since the last call, to be counted.
    pub fn take_drops(&mut self) -> Drops {
        std::mem::take(&mut self.drops)
    }
}

impl Memory {
    fn of_all(stages: &[Stage]) -> Vec<Self> {
        stages.iter().map(Self::of).collect()
    }

    fn of(stage: &Stage) -> Self {
        match stage {
            Stage::Timestamp(_) => Self::Timestamp(TimestampMemory::default()),
            Stage::Limit(limit) => Self::Limit(limit.new_memory()),
            Stage::Sampling(_) => Self::Sampling(SamplingMemory::default()),
            Stage::Cri(_) => Self::Cri(CriMemory::default()),
            Stage::Multiline(_) => Self::Multiline(MultilineMemory::default()),
            Stage::Match(inner) => Self::Match(Self::of_all(inner.stages())),
            _ => Self::None,
        }
    }

    fn held_from(&self) -> Option<u64> {
        match self {
            Self::Cri(memory) => memory.held_from(),
            Self::Multiline(memory) => memory.held_from(),
            Self::Match(memories) => memories.iter().filter_map(Self::held_from).min(),
            _ => None,
        }
    }
}

/// Counts a dropped line.
pub(super) fn count_drop(drops: &mut Drops, reason: &Arc<str>) {
    match drops.iter_mut().find(|(known, _)| known == reason) {
        Some((_, count)) => *count += 1,
        None => drops.push((Arc::clone(reason), 1)),
    }
}
