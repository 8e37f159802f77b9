//! The bytes of one file, plain or compressed, from a place on.
//!
//! Invariant: no more than [`TAIL_READ_BYTES`] are held, whatever a compressed file inflates to, and one call inflates at
//! most [`TAIL_INFLATE_BYTES`].

use super::disk::{Facts, Failure, OpenFile};
use super::names::Form;
use super::proof::Proof;
use crate::limits::{TAIL_FINGERPRINT_BYTES_MAX, TAIL_INFLATE_BYTES, TAIL_READ_BYTES};
use flate2::bufread::MultiGzDecoder;
use std::io::{self, BufReader, Read};
use std::path::Path;

/// An open file.
#[derive(Debug)]
pub(super) enum Source {
    /// Read as it is.
    Plain(OpenFile),
    /// Inflated as it is read.
    Gzip(Box<Inflater>),
}

/// What a call found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filled {
    /// The buffer holds all there is up to the limit.
    AtEnd,
    /// There is more: call again.
    More,
}

impl Source {
    /// Opens a file.
    pub(super) fn open(path: &Path, form: Form) -> Result<Self, Failure> {
        let file = OpenFile::at(path)?;
        Ok(match form {
            Form::Gzip => Self::Gzip(Box::new(Inflater::new(file, path))),
            Form::Plain | Form::Unreadable => Self::Plain(file),
        })
    }

    /// What the file is now.
    pub(super) fn facts(&self) -> Result<Facts, String> {
        let facts = match self {
            Self::Plain(file) => file.facts(),
            Self::Gzip(inflater) => inflater.decoder.get_ref().get_ref().file.facts(),
        };
        facts.map_err(|failure| failure.to_string())
    }

    /// Whether it holds what was read.
    pub(super) fn holds(&self, proof: &Proof) -> Result<bool, String> {
        match self {
            Self::Plain(file) => proof.holds(file).map_err(|failure| failure.to_string()),
            // Compressed files are not written to: their inode is proof enough.
            Self::Gzip(_) => Ok(true),
        }
    }

    /// Puts what stands from `offset` up to `limit` into the buffer, at most [`TAIL_READ_BYTES`].
    pub(super) fn fill(&mut self, offset: u64, limit: u64, into: &mut Vec<u8>) -> Result<Filled, String> {
        match self {
            Self::Plain(file) => fill_plain(file, offset, limit, into).map_err(|failure| failure.to_string()),
            Self::Gzip(inflater) => inflater.fill(offset, into),
        }
    }
}

fn fill_plain(file: &OpenFile, offset: u64, limit: u64, into: &mut Vec<u8>) -> Result<Filled, Failure> {
    let wanted = usize::try_from(limit.saturating_sub(offset)).unwrap_or(usize::MAX);
    into.resize(wanted.min(TAIL_READ_BYTES), 0);
    let read = file.read_at(offset, into)?;
    into.truncate(read);
    Ok(if wanted > read && read == TAIL_READ_BYTES { Filled::More } else { Filled::AtEnd })
}

/// The first bytes that a compressed file inflates to.
pub(super) fn gzip_head(file: OpenFile, path: &Path) -> Result<Vec<u8>, String> {
    let mut inflater = Inflater::new(file, path);
    let mut head = vec![0; TAIL_FINGERPRINT_BYTES_MAX];
    let mut filled = 0;
    while let Some(rest) = head.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match inflater.read(rest)? {
            0 => break,
            read => filled += read,
        }
    }
    head.truncate(filled);
    Ok(head)
}

/// Inflates a file from its start and keeps what was not used yet.
#[derive(Debug)]
pub(super) struct Inflater {
    decoder: MultiGzDecoder<BufReader<Bytes>>,
    name: String,
    /// Inflated and not used.
    kept: Vec<u8>,
    /// Where `kept` begins.
    start: u64,
    has_ended: bool,
}

/// The compressed bytes.
#[derive(Debug)]
struct Bytes {
    file: OpenFile,
    offset: u64,
}

impl Read for Bytes {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(self.offset, into).map_err(|failure| io::Error::other(failure.to_string()))?;
        self.offset += read as u64;
        Ok(read)
    }
}

impl Inflater {
    fn new(file: OpenFile, path: &Path) -> Self {
        let decoder = MultiGzDecoder::new(BufReader::new(Bytes { file, offset: 0 }));
        Self { decoder, name: path.display().to_string(), kept: Vec::new(), start: 0, has_ended: false }
    }

    fn read(&mut self, into: &mut [u8]) -> Result<usize, String> {
        self.decoder.read(into).map_err(|error| format!("inflating {}: {error}", self.name))
    }

    fn fill(&mut self, offset: u64, into: &mut Vec<u8>) -> Result<Filled, String> {
        let mut inflated = 0;
        let mut chunk = vec![0; TAIL_READ_BYTES / 8];
        self.drop_before(offset);
        while !self.has_ended && self.kept.len() + chunk.len() <= TAIL_READ_BYTES && inflated < TAIL_INFLATE_BYTES {
            let read = self.read(&mut chunk)?;
            self.has_ended = read == 0;
            inflated += read;
            self.kept.extend(chunk.get(..read).unwrap_or_default());
            self.drop_before(offset);
        }
        into.clear();
        if self.start == offset {
            into.extend_from_slice(&self.kept);
        }
        Ok(if self.has_ended { Filled::AtEnd } else { Filled::More })
    }

    /// Lets go of what stands before the place.
    fn drop_before(&mut self, offset: u64) {
        let surplus = usize::try_from(offset.saturating_sub(self.start)).unwrap_or(usize::MAX).min(self.kept.len());
        self.kept.drain(..surplus);
        self.start += surplus as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn gzip(folder: &Path, text: &[u8]) -> std::path::PathBuf {
        let path = folder.join("file.gz");
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).expect("in memory");
        std::fs::write(&path, encoder.finish().expect("in memory")).expect("written");
        path
    }

    fn read(source: &mut Source, mut offset: u64) -> Vec<u8> {
        let (mut all, mut buffer) = (Vec::new(), Vec::new());
        loop {
            let filled = source.fill(offset, u64::MAX, &mut buffer).expect("fills");
            assert!(buffer.len() <= TAIL_READ_BYTES);
            all.extend_from_slice(&buffer);
            offset += buffer.len() as u64;
            if filled == Filled::AtEnd && buffer.is_empty() {
                return all;
            }
        }
    }

    #[test]
    fn compressed_and_plain_files_read_alike_from_any_place() {
        let folder = tempfile::tempdir().expect("temp dir");
        let text: Vec<u8> = (0..400_000_u32).flat_map(|n| n.to_string().into_bytes()).collect();
        let plain = folder.path().join("plain");
        std::fs::write(&plain, &text).expect("written");
        let compressed = gzip(folder.path(), &text);
        for offset in [0, 1, 600_000, text.len() - 1, text.len()] {
            for (path, form) in [(&plain, Form::Plain), (&compressed, Form::Gzip)] {
                let mut source = Source::open(path, form).expect("opens");
                assert!(read(&mut source, offset as u64) == text[offset..], "{form:?} from {offset}");
            }
        }
        assert_eq!(
            gzip_head(OpenFile::at(&compressed).expect("opens"), &compressed).expect("inflates"),
            text[..TAIL_FINGERPRINT_BYTES_MAX]
        );
    }

    #[test]
    fn what_is_no_gzip_is_an_error_that_names_the_file() {
        let folder = tempfile::tempdir().expect("temp dir");
        let path = gzip(folder.path(), b"some text");
        let bytes = std::fs::read(&path).expect("read");
        std::fs::write(&path, &bytes[..bytes.len() - 9]).expect("written");
        let mut source = Source::open(&path, Form::Gzip).expect("opens");
        let error = source.fill(0, u64::MAX, &mut Vec::new()).expect_err("cut off");
        assert!(error.starts_with("inflating ") && error.contains("file.gz: "), "{error}");
    }
}
