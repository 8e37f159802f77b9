//! Replay: the latest checkpoint, then every segment behind it.
//!
//! Invariant: records are visited in the order they were written. Damage never stops it: what is damaged is set aside
//! and logged, the rest is visited.

use super::limits::FILE_BYTES_MAX;
use super::segment::{HEAD_BYTES, Head, Records, read_head};
use super::{checkpoint, filenames, repair};
use crate::Error;
use crate::codec::Malformed;
use crate::fs::{Disk, finish_what_a_crash_left, read_whole, set_aside};
use std::path::Path;

/// What a replay tells its engine. Two implementations: an engine, and a checkpoint's look-out for its last record.
pub(crate) trait Replaying {
    /// Which segments there are, first and last; before the first record.
    fn begin(&mut self, first: u64, last: u64);
    /// Which segment comes next.
    fn reach(&mut self, segment: u64);
    /// A record. An error means that its bytes make no sense; it is logged and left out.
    fn record(&mut self, kind: u8, payload: &[u8]) -> Result<(), Malformed>;
}

/// What a replay found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Replayed {
    /// The number of the next segment to write.
    pub(crate) next_segment: u64,
    /// Something was set aside: write a checkpoint, so that what could be read stays.
    pub(crate) damaged: bool,
}

/// Visits everything that the log in a folder holds.
///
/// # Errors
/// The folder or a file cannot be read at all.
pub(crate) fn replay(disk: &dyn Disk, folder: &Path, replaying: &mut impl Replaying) -> Result<Replayed, Error> {
    disk.create_folder(folder)?;
    finish_what_a_crash_left(disk, folder)?;
    let names = disk.list(folder)?;
    let mut segments: Vec<u64> = names.iter().filter_map(|name| filenames::segment_number(name)).collect();
    segments.sort_unstable();
    let checkpoints = checkpoint::numbers(&names);
    let highest = segments.last().max(checkpoints.first()).copied().unwrap_or(0);
    let mut replayed = Replayed { next_segment: highest + 1, damaged: false };
    replaying.begin(segments.first().copied().unwrap_or(highest), highest);
    // Should the latest be damaged, what it was to take the place of may still be there.
    for number in checkpoints {
        if !checkpoint::read(disk, &filenames::checkpoint(folder, number), replaying)? {
            checkpoint::remove_obsolete(disk, folder, number)?;
            segments.retain(|segment| *segment >= number);
            break;
        }
        replayed.damaged = true;
    }
    for number in segments {
        replaying.reach(number);
        replayed.damaged |= read_segment(disk, &filenames::segment(folder, number), replaying)?;
    }
    replaying.reach(highest);
    Ok(replayed)
}

/// Visits a segment's records; whether it was damaged. One without any record is removed.
fn read_segment(disk: &dyn Disk, path: &Path, replaying: &mut impl Replaying) -> Result<bool, Error> {
    let bytes = match read_whole(disk, path, FILE_BYTES_MAX) {
        Ok(bytes) => bytes,
        Err(error) if error.is_shortage() => return Err(error),
        Err(error) => {
            set_aside(disk, path, &error)?;
            return Ok(true);
        }
    };
    match read_head(&bytes) {
        Head::Known => {}
        Head::Cut => {
            // Its creation was cut, so no record of it was ever acknowledged.
            disk.remove(path)?;
            return Ok(false);
        }
        Head::Foreign(why) => {
            set_aside(disk, path, &why)?;
            return Ok(true);
        }
    }
    let mut records = Records::new(&bytes);
    let damage = visit(&mut records, path, replaying);
    let good = records.good_bytes();
    match damage {
        Some(malformed) => {
            repair::cut_tail(disk, path, &bytes, good, &malformed)?;
            Ok(true)
        }
        None if good == HEAD_BYTES => {
            disk.remove(path)?;
            Ok(false)
        }
        None => Ok(false),
    }
}

/// Visits records until the end or the first that is damaged, which is returned.
pub(super) fn visit(records: &mut Records<'_>, path: &Path, replaying: &mut impl Replaying) -> Option<Malformed> {
    loop {
        let at = records.good_bytes();
        match records.next()? {
            Err(malformed) => return Some(malformed),
            Ok(record) => {
                if let Err(malformed) = replaying.record(record.kind, &record.payload) {
                    let kind = record.kind;
                    tracing::error!(path = %path.display(), at, kind, %malformed, "left out a wal record");
                }
            }
        }
    }
}
