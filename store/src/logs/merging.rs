//! Which parts become one, and how.
//!
//! Invariant: only parts of one partition that follow each other in the order in which their entries came are merged,
//! so that the order of entries of one time stays. The plan is pure; a part takes part in one merge per class of size,
//! and classes are a factor of [`MERGED_PARTS`] apart, so a line is rewritten a few times at most.

use super::Logs;
use super::limits::{FINISHED_AFTER, MERGED_BYTES_MAX, MERGED_PARTS};
use super::part::merge::{Target, merge};
use super::part::{Chunk, Columns, Effort};
use super::parts::{PartList, SealedPart, owner, sort};
use crate::{Error, ErrorKind};
use model::time::{Millis, Nanos};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Parts of fewer bytes of lines are of the lowest class.
const LOWEST_CLASS_BYTES: u64 = 1 << 20;

/// A part, as far as the plan is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Candidate {
    /// Bytes of lines.
    bytes: u64,
    /// It can be merged.
    whole: bool,
}

/// The class of a size.
fn class(bytes: u64) -> u32 {
    (bytes / LOWEST_CLASS_BYTES).checked_ilog(MERGED_PARTS as u64).map_or(0, |class| class + 1)
}

/// The parts of one partition that become one, in their order; `None` when nothing is worth it. In a partition that is
/// finished few small parts are worth it as well.
fn plan(parts: &[Candidate], finished: bool) -> Option<Range<usize>> {
    let highest = class(MERGED_BYTES_MAX / 2);
    if finished {
        return run(parts, highest - 1, |chosen| chosen.len() >= 2);
    }
    (0..highest).find_map(|level| {
        let of_level = |part: &&Candidate| class(part.bytes) == level;
        run(parts, level, |chosen| chosen.iter().filter(of_level).count() >= MERGED_PARTS)
    })
}

/// The first run of parts of at most a class, not too large together, that is worth merging.
fn run(parts: &[Candidate], highest: u32, is_worth: impl Fn(&[Candidate]) -> bool) -> Option<Range<usize>> {
    let mut start = 0;
    while start < parts.len() {
        let mut bytes = 0_u64;
        let fits = |part: &&Candidate| {
            bytes = bytes.saturating_add(part.bytes);
            part.whole && class(part.bytes) <= highest && bytes <= MERGED_BYTES_MAX
        };
        let length = parts.get(start..)?.iter().take_while(fits).count();
        if is_worth(parts.get(start..start + length)?) {
            return Some(start..start + length);
        }
        start += length.max(1);
    }
    None
}

/// Merges at most once, so that one round does not take long.
///
/// # Errors
/// What could not be read or written; all parts stay.
pub(super) fn merge_one(logs: &Logs, now: Millis) -> Result<(), Error> {
    let list = Arc::clone(&logs.present.get().parts);
    let finished_until = Nanos::from(now).minus(FINISHED_AFTER);
    let chosen = list.chunk_by(|a, b| a.span == b.span).find_map(|partition| {
        let candidate = |part: &Arc<SealedPart>| Candidate {
            bytes: part.part.meta().line_bytes,
            whole: !part.damaged.load(Ordering::Relaxed),
        };
        let candidates: Vec<_> = partition.iter().map(candidate).collect();
        let finished = partition.first().is_some_and(|part| part.span.end() <= finished_until);
        partition.get(plan(&candidates, finished)?)
    });
    let Some(parts) = chosen else { return Ok(()) };
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return Ok(()) };
    let place = logs.parts.new_place(first.span, last.sealing);
    let sources: Vec<_> = parts.iter().map(|part| Arc::clone(&part.part)).collect();
    let owner = owner(parts);
    let bytes: u64 = parts.iter().map(|part| part.part.meta().line_bytes).sum();
    // What becomes that large is not merged again.
    let effort = if class(bytes) >= class(MERGED_BYTES_MAX / 2) { Effort::Thorough } else { Effort::Quick };
    let target = Target { path: logs.parts.make_path(place)?, effort, owner: &owner };
    match merge(Arc::clone(logs.parts.disk()), &sources, &target) {
        Ok(merged) => {
            tracing::debug!(parts = parts.len(), bytes, partition = first.span.name(), "merged log parts");
            let merged = merged.map(|part| Arc::new(SealedPart::new(part, place)));
            replace(logs, parts, merged);
            logs.parts.bury(parts.iter().cloned());
            Ok(())
        }
        Err(error) if error.kind() == ErrorKind::Corrupt => {
            parts.iter().map(|part| &**part).for_each(find_damage);
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// Reads a part and notes what of it cannot be read.
fn find_damage(part: &SealedPart) {
    let mut chunk = Chunk::default();
    let read = part.part.table(0).map_err(|error| part.note_unreadable(&error)).and_then(|table| {
        let mut headers = (0..).map_while(|number| table.header(number));
        let mut read = |header| part.part.read(header, Columns::All, &mut chunk);
        headers.try_for_each(|header| read(header).map_err(|error| part.note_damage(&error)))
    });
    if read.is_err() {
        tracing::warn!(path = %part.part.path().display(), "a damaged log part stays as it is and is not merged");
    }
}

/// Takes parts out of the list, and one in.
pub(super) fn replace(logs: &Logs, gone: &[Arc<SealedPart>], come: Option<Arc<SealedPart>>) {
    logs.present.replace(|view| {
        let stays = |part: &&Arc<SealedPart>| !gone.iter().any(|gone| Arc::ptr_eq(gone, part));
        let mut parts: PartList = view.parts.iter().filter(stays).cloned().chain(come).collect();
        sort(&mut parts);
        view.parts = Arc::new(parts);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    fn check(mib: &[u64], finished: bool, expected: Option<Range<usize>>) {
        // 0 stands for a part that cannot be merged.
        let candidate = |mib: &u64| Candidate { bytes: mib * MIB, whole: *mib > 0 };
        let candidates: Vec<_> = mib.iter().map(candidate).collect();
        assert_eq!(plan(&candidates, finished), expected, "{mib:?}");
    }

    #[test]
    fn parts_of_one_size_are_merged() {
        assert_eq!(
            [MIB - 1, MIB, 8 * MIB - 1, 8 * MIB, 64 * MIB, 511 * MIB, 512 * MIB].map(class),
            [0, 1, 1, 2, 3, 3, 4]
        );
        check(&[], false, None);
        check(&[30; 7], false, None);
        check(&[30; 8], false, Some(0..8));
        check(&[30; 12], false, Some(0..12));
        check(&[600, 30, 30, 30, 30, 30, 30, 30, 30], false, Some(1..9));
        check(&[100, 100, 30, 30, 30, 30, 30, 30, 30], false, None);
        check(&[100, 30, 30, 30, 30, 0, 30, 30, 30, 30], false, None);
        check(&[120; 9], false, Some(0..8));
        check(&[700; 9], false, None);
    }

    #[test]
    fn a_finished_partition_becomes_few_parts() {
        check(&[30], true, None);
        check(&[30, 2], true, Some(0..2));
        check(&[700, 30, 2, 0, 5], true, Some(1..3));
        check(&[400, 400, 400], true, Some(0..2));
        check(&[700, 400, 700, 400], true, None);
    }
}
