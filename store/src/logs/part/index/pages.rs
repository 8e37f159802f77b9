//! The file of an index: bytes in pages, each with a checksum, and a trailer that says what they are.
//!
//! Invariant: nothing is given out whose page has a wrong checksum, so whoever reads (tantivy does not check) sees
//! only what was written. Reading a range costs the pages that it touches.

use crate::codec::{Cursor, Malformed, put_uvarint};
use crate::fs::{Disk, DiskFile, OpenAs};
use crate::logs::limits::INDEX_TRAILER_BYTES_MAX;
use crate::{Error, ErrorKind};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const MAGIC: [u8; 8] = *b"BelfrLIX";
/// The format of indexes that this code writes and reads.
pub(crate) const FORMAT_VERSION: u32 = 1;
/// Magic (8), version (4), CRC32C of both (4).
const HEAD_BYTES: usize = 16;
/// Length of the trailer (4) and its CRC32C (4), at the end of the file.
const TAIL_BYTES: usize = 8;
/// Bytes of a page; the last one may be shorter.
const PAGE: usize = 4096;

fn head() -> [u8; HEAD_BYTES] {
    let mut head = [0; HEAD_BYTES];
    let (front, checksum) = head.split_at_mut(12);
    let (magic, version) = front.split_at_mut(8);
    magic.copy_from_slice(&MAGIC);
    version.copy_from_slice(&FORMAT_VERSION.to_le_bytes());
    checksum.copy_from_slice(&crc32c::crc32c(front).to_le_bytes());
    head
}

/// Pages being written.
#[derive(Debug)]
pub(super) struct PageWriter {
    file: Arc<dyn DiskFile>,
    /// Bytes behind the last whole page.
    pending: Vec<u8>,
    checksums: Vec<u32>,
    len: u64,
}

impl PageWriter {
    /// Begins a file.
    pub(super) fn begin(disk: &dyn Disk, path: &Path) -> Result<Self, Error> {
        let file = disk.open(path, OpenAs::New)?;
        file.append(&head())?;
        Ok(Self { file, pending: Vec::new(), checksums: Vec::new(), len: 0 })
    }

    /// Appends bytes; where they begin.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<u64, Error> {
        let at = self.len;
        self.len += bytes.len() as u64;
        self.pending.extend_from_slice(bytes);
        let whole = self.pending.len() / PAGE * PAGE;
        if whole > 0 {
            let pages = self.pending.get(..whole).unwrap_or(&[]);
            self.checksums.extend(pages.chunks(PAGE).map(crc32c::crc32c));
            self.file.append(pages)?;
            self.pending.drain(..whole);
        }
        Ok(at)
    }

    /// Ends the file with a trailer that begins with `trailer`, and flushes it; how many bytes it has.
    pub(super) fn finish(mut self, mut trailer: Vec<u8>) -> Result<u64, Error> {
        if !self.pending.is_empty() {
            self.checksums.push(crc32c::crc32c(&self.pending));
            self.file.append(&self.pending)?;
        }
        put_uvarint(&mut trailer, self.len);
        for checksum in &self.checksums {
            trailer.extend_from_slice(&checksum.to_le_bytes());
        }
        let (len, checksum) = (trailer.len() as u32, crc32c::crc32c(&trailer));
        trailer.extend_from_slice(&len.to_le_bytes());
        trailer.extend_from_slice(&checksum.to_le_bytes());
        self.file.append(&trailer)?;
        self.file.sync()?;
        self.file.bytes()
    }
}

/// The pages of a file.
#[derive(Debug)]
pub(super) struct Pages {
    file: Arc<dyn DiskFile>,
    path: PathBuf,
    checksums: Vec<u32>,
    len: u64,
}

impl Pages {
    /// Opens a file of that many bytes and gives its trailer to `decode`, which leaves what it does not know.
    pub(super) fn open<T>(
        disk: &dyn Disk,
        path: &Path,
        bytes: u64,
        decode: impl FnOnce(&mut Cursor<'_>) -> Result<T, Malformed>,
    ) -> Result<(Self, T), Error> {
        let file = disk.open(path, OpenAs::Read)?;
        let damaged = |malformed: Malformed| super::super::corrupt(path, malformed);
        let found = file.bytes()?;
        if found != bytes || bytes < (HEAD_BYTES + TAIL_BYTES) as u64 {
            let context = format!("{} has {found} bytes, expected {bytes}", path.display());
            return Err(Error::new(ErrorKind::Corrupt, context));
        }
        let mut start = [0; HEAD_BYTES];
        file.read_at(0, &mut start)?;
        if start != head() {
            return Err(damaged(Malformed { what: "head of a log index of version 1", at: 0 }));
        }
        let mut tail = [0; TAIL_BYTES];
        file.read_at(bytes - TAIL_BYTES as u64, &mut tail)?;
        let mut cursor = Cursor::new(&tail);
        let (len, checksum) = (cursor.u32().map_err(damaged)?, cursor.u32().map_err(damaged)?);
        let at = bytes - TAIL_BYTES as u64;
        let misplaced = Malformed { what: "length of the trailer", at: at as usize };
        let begins = at.checked_sub(u64::from(len)).filter(|begins| *begins >= HEAD_BYTES as u64);
        let begins = begins.filter(|_| len as usize <= INDEX_TRAILER_BYTES_MAX).ok_or_else(|| damaged(misplaced))?;
        let mut trailer = vec![0; len as usize];
        file.read_at(begins, &mut trailer)?;
        if crc32c::crc32c(&trailer) != checksum {
            return Err(damaged(Malformed { what: "right checksum of a log index's trailer", at: begins as usize }));
        }
        let mut cursor = Cursor::new(&trailer);
        let decoded = decode(&mut cursor).map_err(damaged)?;
        let checksums = take_checksums(&mut cursor, begins - HEAD_BYTES as u64).map_err(damaged)?;
        let len = begins - HEAD_BYTES as u64;
        Ok((Self { file, path: path.to_owned(), checksums, len }, decoded))
    }

    /// Bytes in all pages.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Bytes of memory.
    pub(super) fn memory(&self) -> usize {
        self.checksums.len() * 4
    }

    /// Reads `len` bytes from `at` on.
    pub(super) fn read(&self, at: u64, len: usize) -> Result<Vec<u8>, Error> {
        let end = at.checked_add(len as u64).filter(|end| *end <= self.len);
        let end = end.ok_or_else(|| self.damaged("range inside of the pages", at))?;
        let first = at / PAGE as u64;
        let begins = first * PAGE as u64;
        let ends = end.next_multiple_of(PAGE as u64).min(self.len);
        let mut bytes = vec![0; ends.saturating_sub(begins) as usize];
        self.file.read_at(HEAD_BYTES as u64 + begins, &mut bytes)?;
        for (page, number) in bytes.chunks(PAGE).zip(first..) {
            if self.checksums.get(number as usize) != Some(&crc32c::crc32c(page)) {
                return Err(self.damaged("right checksum of a page", number * PAGE as u64));
            }
        }
        bytes.truncate((end - begins) as usize);
        bytes.drain(..(at - begins) as usize);
        Ok(bytes)
    }

    fn damaged(&self, what: &'static str, at: u64) -> Error {
        super::super::corrupt(&self.path, Malformed { what, at: HEAD_BYTES + at as usize })
    }
}

fn take_checksums(cursor: &mut Cursor<'_>, len: u64) -> Result<Vec<u32>, Malformed> {
    if cursor.uvarint()? != len {
        return Err(cursor.malformed("bytes of the pages"));
    }
    let checksums: Result<Vec<_>, _> = (0..cursor.remaining() / 4).map(|_| cursor.u32()).collect();
    let checksums = checksums?;
    let whole = cursor.is_empty() && checksums.len() as u64 == len.div_ceil(PAGE as u64);
    if whole { Ok(checksums) } else { Err(cursor.malformed("checksum of every page")) }
}

/// The error that an [`io::Error`] from below carries, or one that says what tantivy could not read.
pub(super) fn from_io(path: &Path, error: io::Error) -> Error {
    match error.downcast::<Error>() {
        Ok(error) => error,
        Err(error) => Error::new(ErrorKind::Corrupt, format!("reading {}", path.display())).caused_by(error),
    }
}
