//! The index of a part: which chunks may hold a text. Words go into a dictionary (tantivy), ids and numbers into
//! filters, see `docs/format/log_index.md`.
//!
//! Invariant: it may name a chunk too many, never one too few. A damaged index is an error and never an answer: the
//! entries can be read without it.

mod blocks;
mod directory;
mod filter;
mod gather;
mod keys;
mod pages;
mod plan;
mod tokens;
mod words;

use super::Candidates;
use crate::Error;
use crate::codec::{Cursor, Malformed, put_bytes, put_uvarint};
use crate::fs::Disk;
use blocks::Blocks;
use directory::{Directory, Place};
use filter::{FilterWriter, Group, put_blocks, take_blocks};
use gather::Terms;
use language::logql::line_filter::LineFilter;
use pages::{PageWriter, Pages};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use words::{WordReader, WordWriter};

/// An index being written.
#[derive(Debug)]
pub(super) struct IndexWriter {
    pages: PageWriter,
    words: WordWriter,
    filters: FilterWriter,
    terms: Terms,
    chunks: u32,
    gaps: [Vec<u32>; 3],
}

impl IndexWriter {
    /// Begins a file.
    pub(super) fn begin(disk: &dyn Disk, path: &Path) -> Result<Self, Error> {
        Ok(Self {
            pages: PageWriter::begin(disk, path)?,
            words: WordWriter::begin(path)?,
            filters: FilterWriter::default(),
            terms: Terms::default(),
            chunks: 0,
            gaps: Default::default(),
        })
    }

    /// Adds the text of the next chunk, each line followed by a line break.
    pub(super) fn add(&mut self, text: &str) -> Result<(), Error> {
        self.terms.gather(text);
        self.words.add(self.terms.words())?;
        self.filters.add(self.chunks, self.terms.keys(), &mut self.pages)?;
        let gaps = self.terms.gaps();
        for (into, has_gap) in self.gaps.iter_mut().zip([gaps.words, gaps.ids, gaps.codes]) {
            if has_gap {
                into.push(self.chunks);
            }
        }
        self.chunks += 1;
        Ok(())
    }

    /// Ends the file and flushes it; how many bytes it has.
    pub(super) fn finish(mut self) -> Result<u64, Error> {
        let groups = self.filters.finish(&mut self.pages)?;
        let files = self.words.finish(&mut self.pages)?;
        let mut trailer = Vec::new();
        put_uvarint(&mut trailer, u64::from(self.chunks));
        put_uvarint(&mut trailer, files.len() as u64);
        for (name, place) in &files {
            put_bytes(&mut trailer, name.as_os_str().as_encoded_bytes());
            put_uvarint(&mut trailer, place.offset);
            put_uvarint(&mut trailer, place.bytes);
        }
        put_uvarint(&mut trailer, groups.len() as u64);
        groups.iter().for_each(|group| group.put(&mut trailer));
        for gaps in &self.gaps {
            put_blocks(&mut trailer, gaps.iter().copied());
        }
        self.pages.finish(trailer)
    }
}

/// The index of a part.
#[derive(Debug)]
pub(super) struct Index {
    pages: Arc<Pages>,
    words: WordReader,
    groups: Vec<Group>,
    chunks: u32,
    /// Chunks in which not every word is indexed.
    word_gaps: Blocks,
    /// Chunks in which the letters inside of ids are not.
    id_gaps: Blocks,
    /// Chunks in which not every code is.
    codes_gaps: Blocks,
}

struct Trailer {
    files: BTreeMap<PathBuf, Place>,
    groups: Vec<Group>,
    gaps: [Blocks; 3],
}

impl Index {
    /// Opens a file of that many bytes that tells of that many chunks.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Corrupt`] when it is damaged, [`crate::ErrorKind::Io`].
    pub(super) fn open(disk: &dyn Disk, path: &Path, bytes: u64, chunks: u32) -> Result<Self, Error> {
        let (pages, trailer) = Pages::open(disk, path, bytes, |cursor| take_trailer(cursor, chunks))?;
        let inside = |place: &Place| place.offset.checked_add(place.bytes).is_some_and(|end| end <= pages.len());
        if !trailer.files.values().all(inside) {
            return Err(super::corrupt(path, Malformed { what: "files inside of the pages", at: 0 }));
        }
        let pages = Arc::new(pages);
        let words = WordReader::open(Directory::new(Arc::clone(&pages), trailer.files), path, chunks)?;
        let [word_gaps, id_gaps, codes_gaps] = trailer.gaps;
        Ok(Self { pages, words, groups: trailer.groups, chunks, word_gaps, id_gaps, codes_gaps })
    }

    /// About the bytes of memory that it takes.
    pub(super) fn memory(&self) -> usize {
        let groups: usize = self.groups.iter().map(Group::memory).sum();
        self.pages.memory() + self.words.memory() + groups + 3 * self.word_gaps.memory()
    }

    /// The chunks in which a line may pass all filters.
    pub(super) fn candidates(&self, filters: &[LineFilter]) -> Result<Candidates, Error> {
        let found = plan::find(self, filters)?;
        Ok(found.map_or(Candidates::All, |blocks| Candidates::Some(blocks.into_words())))
    }
}

fn take_trailer(cursor: &mut Cursor<'_>, chunks: u32) -> Result<Trailer, Malformed> {
    if cursor.uvarint()? != u64::from(chunks) {
        return Err(cursor.malformed("number of the part's chunks"));
    }
    let mut files = BTreeMap::new();
    for _ in 0..cursor.count()? {
        let name = PathBuf::from(cursor.text()?);
        files.insert(name, Place { offset: cursor.uvarint()?, bytes: cursor.uvarint()? });
    }
    let mut groups = Vec::new();
    for _ in 0..cursor.count()? {
        groups.push(Group::take(cursor, chunks)?);
    }
    let mut gaps = [Blocks::none(chunks), Blocks::none(chunks), Blocks::none(chunks)];
    for gap in &mut gaps {
        take_blocks(cursor, chunks)?.into_iter().for_each(|block| gap.insert(block));
    }
    Ok(Trailer { files, groups, gaps })
}

#[cfg(test)]
mod tests;
