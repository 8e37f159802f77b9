//! A pod's log file as a container runtime writes it: CRI lines, long ones in parts, rotated by size.
//!
//! Invariant: a line is in the file when `write` returns, or it is counted as lost; the file has one writer.
//! It stands in for the kubelet and its runtime where the blog runs inside this process, so that its lines go the same
//! way as any pod's.
#![expect(clippy::disallowed_types, reason = "written next to the data folder; every error names the path")]

use crate::limits::{POD_LOG_BYTES, POD_LOG_PART_BYTES};
use model::clock::Clock;
use model::instrument::{Instrument, Instruments};
use model::rfc3339;
use model::time::Nanos;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// One container's log.
#[derive(Debug)]
pub(super) struct PodLog {
    folder: PathBuf,
    bytes_max: u64,
    clock: Arc<dyn Clock>,
    instruments: Arc<Instruments>,
    current: Mutex<Current>,
}

/// The file that is written.
#[derive(Debug, Default)]
struct Current {
    /// `None` before the first line, and after an error.
    file: Option<File>,
    bytes: u64,
    newest: i64,
    /// Whole lines of this call, to be written at once.
    buffer: Vec<u8>,
}

impl PodLog {
    /// The log of a container below `pods`; the folder is created with the first line.
    pub(super) fn new(
        pods: &Path,
        container: &Container<'_>,
        clock: Arc<dyn Clock>,
        instruments: Arc<Instruments>,
    ) -> Self {
        let Container { namespace, pod, uid, name } = container;
        let folder = pods.join(format!("{namespace}_{pod}_{uid}")).join(name);
        Self { folder, bytes_max: POD_LOG_BYTES, clock, instruments, current: Mutex::default() }
    }

    fn append(&self, line: &str) -> io::Result<()> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let current = &mut *current;
        // Never back, as a runtime's clock seldom goes: lines of one container stay in their order.
        current.newest = self.clock.now_nanos().0.max(current.newest.saturating_add(1));
        current.buffer.clear();
        put_cri(&mut current.buffer, Nanos(current.newest), line);
        let written = self.write_buffer(current);
        if written.is_err() {
            // Half a line may stand in the file; the next one begins behind a line break of its own.
            current.file = None;
        }
        written
    }

    fn write_buffer(&self, current: &mut Current) -> io::Result<()> {
        if current.file.is_some() && current.bytes >= self.bytes_max {
            current.file = None;
            self.rotate(Nanos(current.newest))?;
        }
        let file = match &mut current.file {
            Some(file) => file,
            None => {
                let (file, bytes) = self.open()?;
                current.bytes = bytes;
                current.file.insert(file)
            }
        };
        file.write_all(&current.buffer)?;
        current.bytes += current.buffer.len() as u64;
        Ok(())
    }

    fn path(&self) -> PathBuf {
        self.folder.join("0.log")
    }

    /// Opens the file behind what it holds. Half a line that a crash or a full disk left is ended.
    fn open(&self) -> io::Result<(File, u64)> {
        fs::create_dir_all(&self.folder)?;
        let mut file = OpenOptions::new().create(true).append(true).read(true).open(self.path())?;
        let bytes = file.metadata()?.len();
        if bytes > 0 && !ends_with_line_break(&file, bytes)? {
            file.write_all(b"\n")?;
            return Ok((file, bytes + 1));
        }
        Ok((file, bytes))
    }

    /// Renames the full file, as the kubelet does, and removes the one before it.
    fn rotate(&self, at: Nanos) -> io::Result<()> {
        let old = self.rotated()?;
        fs::rename(self.path(), self.folder.join(format!("0.log.{}", at.0)))?;
        for path in old {
            fs::remove_file(path)?;
        }
        Ok(())
    }

    fn rotated(&self) -> io::Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with("0.log.") {
                found.push(entry.path());
            }
        }
        Ok(found)
    }
}

impl blog_api::LineSink for PodLog {
    fn write(&self, line: &str) {
        if let Err(error) = self.append(line) {
            self.instruments.add(Instrument::PodLogLinesLost, &[], 1);
            tracing::warn!(%error, folder = %self.folder.display(), "a line of the blog is lost");
        }
    }
}

/// Which container a log is of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Container<'a> {
    pub(super) namespace: &'a str,
    pub(super) pod: &'a str,
    pub(super) uid: &'a str,
    pub(super) name: &'a str,
}

fn ends_with_line_break(file: &File, bytes: u64) -> io::Result<bool> {
    use std::os::unix::fs::FileExt as _;
    let mut last = [0];
    file.read_exact_at(&mut last, bytes.saturating_sub(1))?;
    Ok(last == *b"\n")
}

/// One line as CRI lines: `time stream tag text`, the tag `P` on all parts but the last.
fn put_cri(into: &mut Vec<u8>, at: Nanos, line: &str) {
    let mut rest = line;
    loop {
        let mut end = rest.len().min(POD_LOG_PART_BYTES);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let (part, behind) = rest.split_at(end);
        let tag = if behind.is_empty() { "F" } else { "P" };
        into.extend_from_slice(rfc3339::format(at).as_bytes());
        into.extend_from_slice(b" stdout ");
        into.extend_from_slice(tag.as_bytes());
        into.push(b' ');
        into.extend_from_slice(part.as_bytes());
        into.push(b'\n');
        if behind.is_empty() {
            return;
        }
        rest = behind;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use blog_api::LineSink as _;
    use model::clock::ManualClock;
    use model::time::Millis;

    const CONTAINER: Container<'_> = Container { namespace: "ns", pod: "was-0", uid: "u", name: "was" };

    fn log(folder: &Path) -> PodLog {
        let clock = Arc::new(ManualClock::new(Millis(1_700_000_000_000)));
        PodLog::new(folder, &CONTAINER, clock, Arc::new(Instruments::new()))
    }

    fn read(folder: &Path) -> String {
        fs::read_to_string(folder.join("ns_was-0_u/was/0.log")).expect("readable")
    }

    #[test]
    fn lines_are_cri_lines_in_order() {
        let folder = tempfile::tempdir().expect("a folder");
        let log = log(folder.path());
        log.write("a");
        log.write("");
        let expected = "2023-11-14T22:13:20Z stdout F a\n2023-11-14T22:13:20.000000001Z stdout F \n";
        assert_eq!(read(folder.path()), expected);
    }

    #[test]
    fn long_lines_are_written_in_parts_between_characters() {
        let mut written = Vec::new();
        let line = format!("{}한", "x".repeat(POD_LOG_PART_BYTES - 1));
        put_cri(&mut written, Nanos(0), &line);
        let text = String::from_utf8(written).expect("text");
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("1970-01-01T00:00:00Z stdout P xxx"), "{}", &lines[0][..50]);
        assert_eq!(lines[1], "1970-01-01T00:00:00Z stdout F 한");
    }

    #[test]
    fn a_full_file_is_rotated_and_one_old_one_is_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let log = PodLog { bytes_max: 100, ..log(folder.path()) };
        for number in 0..20 {
            log.write(&format!("line {number}"));
        }
        let rotated = log.rotated().expect("readable");
        assert_eq!(rotated.len(), 1, "{rotated:?}");
        let texts = fs::read_to_string(&rotated[0]).expect("readable") + &read(folder.path());
        assert!(texts.ends_with("line 19\n") && texts.contains("line 16\n"), "{texts}");
    }

    #[test]
    fn half_a_line_of_a_crash_is_ended() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ns_was-0_u/was");
        fs::create_dir_all(&path).expect("created");
        fs::write(path.join("0.log"), "2023-11-14T22:13:19.0Z stdout F hal").expect("written");
        log(folder.path()).write("whole");
        let expected = "2023-11-14T22:13:19.0Z stdout F hal\n2023-11-14T22:13:20Z stdout F whole\n";
        assert_eq!(read(folder.path()), expected);
    }
}
