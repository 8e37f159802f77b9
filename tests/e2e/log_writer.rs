//! Programs that write log files and rotate them in every way, and know exactly what they wrote.
//!
//! Invariant: a line is whole and unique (writer and number), and whatever a rotation would make unreadable by its own
//! nature does not happen: nobody writes while a file is truncated, and a file is deleted only when its lines were seen.

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// How a writer's file is rotated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rotation {
    /// Renamed, and a new file begun: what the kubelet does.
    Rename,
    /// Renamed; the one renamed before is compressed to `.gz`, as the kubelet does from the second on.
    RenameAndCompress,
    /// Copied and truncated.
    CopyTruncate,
    /// Renamed several times at once, faster than anybody looks.
    Burst,
    /// Never.
    None,
}

/// How the lines of a file are framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// Only the text.
    Plain,
    /// `time stream tag text`, now and then in parts.
    Cri,
}

/// One file that is written and rotated.
#[derive(Debug)]
pub(crate) struct LogWriter {
    path: PathBuf,
    name: String,
    rotation: Rotation,
    framing: Framing,
    written: u64,
    rotations: u64,
    random: u64,
}

impl LogWriter {
    /// A writer of `path`, whose folder is created.
    pub(crate) fn new(path: &Path, name: &str, rotation: Rotation, framing: Framing) -> Result<Self> {
        fs::create_dir_all(path.parent().context("a path without folder")?)?;
        let random = name.bytes().fold(0x9e37_79b9_7f4a_7c15, |seed: u64, byte| {
            seed.rotate_left(5).wrapping_mul(31).wrapping_add(u64::from(byte))
        });
        let path = path.to_owned();
        Ok(Self { path, name: name.to_owned(), rotation, framing, written: 0, rotations: 0, random })
    }

    /// Its name, which begins each of its lines.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Lines written so far.
    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    /// The text of a line: the same number always gives the same text.
    pub(crate) fn text(&self, number: u64) -> String {
        let filling = "lorem ipsum ".repeat((number % 7) as usize);
        format!("writer={} number={number} {filling}end", self.name)
    }

    /// Appends lines with one write, as buffered programs do. `now` is their time in nanoseconds.
    pub(crate) fn write(&mut self, lines: u64, now: i64) -> Result<()> {
        let mut bytes = Vec::new();
        for number in self.written..self.written + lines {
            let text = self.text(number);
            match self.framing {
                Framing::Plain => bytes.extend_from_slice(format!("{text}\n").as_bytes()),
                Framing::Cri => self.put_cri(&mut bytes, &text, now + (number - self.written).cast_signed()),
            }
        }
        // Sometimes the line break comes later than the line, and a part of a line later than its beginning.
        let cut = bytes.len() - self.random(3) as usize * usize::from(bytes.len() > 9);
        let mut file = OpenOptions::new().create(true).append(true).open(&self.path)?;
        file.write_all(&bytes[..cut])?;
        file.write_all(&bytes[cut..])?;
        self.written += lines;
        Ok(())
    }

    fn put_cri(&mut self, into: &mut Vec<u8>, text: &str, now: i64) {
        let time = model::rfc3339::format(model::time::Nanos(now));
        let (first, rest) = text.split_at(text.len() / 2);
        match self.random(4) {
            0 => into.extend_from_slice(format!("{time} stdout P {first}\n{time} stdout F {rest}\n").as_bytes()),
            _ => into.extend_from_slice(format!("{time} stderr F {text}\n").as_bytes()),
        }
    }

    /// Rotates the file in the writer's way.
    pub(crate) fn rotate(&mut self) -> Result<()> {
        match self.rotation {
            Rotation::None => Ok(()),
            Rotation::Rename => self.rename().map(drop),
            Rotation::RenameAndCompress => {
                let before = self.rotated(self.rotations);
                self.rename()?;
                if before.exists() { compress(&before) } else { Ok(()) }
            }
            Rotation::CopyTruncate => {
                self.rotations += 1;
                fs::copy(&self.path, self.rotated(self.rotations))?;
                OpenOptions::new().write(true).open(&self.path)?.set_len(0)?;
                Ok(())
            }
            Rotation::Burst => {
                for _ in 0..3 {
                    self.rename()?;
                    let now = model::time::Nanos(i64::try_from(self.written)?);
                    self.write(2, now.0)?;
                }
                Ok(())
            }
        }
    }

    /// Removes the file and begins it again; its inode may be given out anew.
    pub(crate) fn delete(&mut self) -> Result<()> {
        fs::remove_file(&self.path).context("deleting a log file")
    }

    fn rename(&mut self) -> Result<()> {
        self.rotations += 1;
        fs::rename(&self.path, self.rotated(self.rotations))?;
        Ok(())
    }

    fn rotated(&self, number: u64) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        // As the kubelet names them, a second apart.
        name.push(format!(".20261128-{:02}{:02}{:02}", number / 3_600, number / 60 % 60, number % 60));
        PathBuf::from(name)
    }

    /// A number below `below`; the same run always gives the same numbers.
    pub(crate) fn random(&mut self, below: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % below
    }
}

fn compress(path: &Path) -> Result<()> {
    let bytes = fs::read(path)?;
    let mut name = path.to_owned().into_os_string();
    name.push(".gz");
    // Written under another name first, as the kubelet does: nobody sees half of it.
    let mut temporary = path.to_owned().into_os_string();
    temporary.push(".tmp");
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&bytes)?;
    fs::write(&temporary, encoder.finish()?)?;
    fs::rename(&temporary, name)?;
    fs::remove_file(path)?;
    Ok(())
}
