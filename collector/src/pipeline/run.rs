//! Sends entries through stages.
//!
//! Invariant: entries that a stage lets go of come out of it before the one that made it do so; each goes through the
//! stages that follow, in their order.

use super::entry::Entry;
use super::keep::Selected;
use super::stage::Stage;
use super::state::{Drops, Memory, count_drop};
use super::{Flush, Sink};
use model::time::Nanos;
use std::sync::Arc;

/// What holds while one line is run.
pub(super) struct Turn<'a, 'b> {
    pub(super) now: Nanos,
    pub(super) drops: &'a mut Drops,
    pub(super) out: Sink<'b>,
}

/// What a stage does with an entry.
enum Verdict<'l> {
    /// It goes on.
    Next,
    /// It is dropped for a reason that is counted; without one it is only held back.
    Gone(Option<&'l Arc<str>>),
    /// These go on in its stead.
    Many(Vec<Entry<'static>>),
}

/// Runs one entry through the stages.
pub(super) fn run(stages: &[Stage], memories: &mut [Memory], mut entry: Entry<'_>, turn: &mut Turn<'_, '_>) {
    let (mut stages, mut memories) = (stages, memories);
    while let ([stage, further @ ..], [memory, rest @ ..]) = (stages, memories) {
        match apply(stage, memory, &mut entry, turn) {
            Verdict::Next => {}
            Verdict::Gone(reason) => {
                if let Some(reason) = reason {
                    count_drop(turn.drops, reason);
                }
                return;
            }
            Verdict::Many(entries) => {
                for entry in entries {
                    run(further, rest, entry, turn);
                }
                return;
            }
        }
        (stages, memories) = (further, rest);
    }
    (turn.out)(entry);
}

fn apply<'l>(stage: &'l Stage, memory: &mut Memory, entry: &mut Entry<'_>, turn: &mut Turn<'_, '_>) -> Verdict<'l> {
    match (stage, memory) {
        (Stage::Regex(stage), _) => stage.apply(entry),
        (Stage::Json(stage), _) if !stage.apply(entry) => return Verdict::Gone(Some(stage.drop_reason())),
        (Stage::Json(_), _) => {}
        (Stage::Logfmt(stage), _) => stage.apply(entry),
        (Stage::Labels(stage), _) => stage.apply(entry),
        (Stage::LabelDrop(stage), _) => stage.apply(entry),
        (Stage::LabelAllow(stage), _) => stage.apply(entry),
        (Stage::StaticLabels(stage), _) => stage.apply(entry),
        (Stage::StructuredMetadata(stage), _) => stage.apply(entry),
        (Stage::Timestamp(stage), Memory::Timestamp(memory)) => stage.apply(entry, memory, turn.now),
        (Stage::Output(stage), _) => stage.apply(entry),
        (Stage::Replace(stage), _) => stage.apply(entry),
        (Stage::Template(stage), _) => stage.apply(entry),
        (Stage::Pack(stage), _) => stage.apply(entry, turn.now),
        (Stage::Decolorize, _) => super::line::decolorize(entry),
        (Stage::Drop(stage), _) if stage.drops(entry, turn.now) => return Verdict::Gone(Some(stage.reason())),
        (Stage::Limit(stage), Memory::Limit(memory)) => {
            return gone_if(stage.drops(entry, memory, turn.now), stage.reason());
        }
        (Stage::Sampling(stage), Memory::Sampling(memory)) => return gone_if(stage.drops(memory), stage.reason()),
        (Stage::Cri(stage), Memory::Cri(memory)) => return held(stage.apply(entry, memory)),
        (Stage::Multiline(stage), Memory::Multiline(memory)) => return held(stage.apply(entry, memory, turn.now)),
        (Stage::Match(stage), Memory::Match(memories)) => match stage.selects(entry) {
            Selected::No => {}
            Selected::Dropped(reason) => return Verdict::Gone(Some(reason)),
            Selected::Yes => return Verdict::Many(run_nested(stage.stages(), memories, entry, turn)),
        },
        _ => {}
    }
    Verdict::Next
}

fn gone_if(dropped: bool, reason: &Arc<str>) -> Verdict<'_> {
    if dropped { Verdict::Gone(Some(reason)) } else { Verdict::Next }
}

/// `None` lets the entry go on.
fn held<'l>(instead: Option<Vec<Entry<'static>>>) -> Verdict<'l> {
    match instead {
        None => Verdict::Next,
        Some(entries) if entries.is_empty() => Verdict::Gone(None),
        Some(entries) => Verdict::Many(entries),
    }
}

fn run_nested(
    stages: &[Stage],
    memories: &mut [Memory],
    entry: &mut Entry<'_>,
    turn: &mut Turn<'_, '_>,
) -> Vec<Entry<'static>> {
    let mut came = Vec::new();
    let mut entry = entry.take();
    entry.extracted.adopt(&entry.labels);
    let out: Sink<'_> = &mut |entry| came.push(entry.into_owned());
    run(stages, memories, entry, &mut Turn { now: turn.now, drops: turn.drops, out });
    came
}

/// Lets go of what the stages hold.
pub(super) fn flush(stages: &[Stage], memories: &mut [Memory], which: Flush, turn: &mut Turn<'_, '_>) {
    let (mut stages, mut memories) = (stages, memories);
    while let ([stage, further @ ..], [memory, rest @ ..]) = (stages, memories) {
        let let_go = match (stage, memory) {
            // A partial line has no time limit: its rest comes, or the source ends.
            (Stage::Cri(_), Memory::Cri(memory)) if which == Flush::All => memory.take_all(),
            (Stage::Multiline(stage), Memory::Multiline(memory)) => match which {
                Flush::Due => stage.take_due(memory, turn.now),
                Flush::All => memory.take_all(),
            },
            (Stage::Match(stage), Memory::Match(memories)) => {
                let mut came = Vec::new();
                let out: Sink<'_> = &mut |entry| came.push(entry.into_owned());
                flush(stage.stages(), memories, which, &mut Turn { now: turn.now, drops: turn.drops, out });
                came
            }
            _ => Vec::new(),
        };
        for entry in let_go {
            run(further, rest, entry, turn);
        }
        (stages, memories) = (further, rest);
    }
}
