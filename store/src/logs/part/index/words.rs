//! The words of a part: a tantivy segment whose documents are chunks, without positions, norms or stored text.
//!
//! Invariant: the number of a document is the number of its chunk. A term is a word as it stands in the line, upper
//! and lower case apart; looking without regard to case goes over the dictionary.

use super::blocks::Blocks;
use super::directory::{Directory, Place};
use super::gather::SEPARATOR;
use super::pages::{PageWriter, from_io};
use crate::{Error, ErrorKind};
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tantivy::directory::RamDirectory;
use tantivy::schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer, TokenizerManager};
use tantivy::{
    Directory as _, Index, IndexSettings, InvertedIndexReader, SegmentReader, SingleSegmentIndexWriter, TantivyDocument,
};

const FIELD: &str = "words";
const TOKENIZER: &str = "gathered";
/// The file that tells tantivy of its segment.
const META: &str = "meta.json";
/// What tantivy sizes its tables by; a segment of this crate needs less.
const MEMORY_BUDGET: usize = 3_000_000;

fn schema() -> (Schema, Field) {
    let mut builder = Schema::builder();
    let indexing = TextFieldIndexing::default()
        .set_tokenizer(TOKENIZER)
        .set_fieldnorms(false)
        .set_index_option(IndexRecordOption::Basic);
    let field = builder.add_text_field(FIELD, TextOptions::default().set_indexing_options(indexing));
    (builder.build(), field)
}

/// Splits what was gathered; nothing is changed.
#[derive(Clone, Default)]
struct Gathered {
    token: Token,
}

struct Words<'a> {
    words: std::str::SplitTerminator<'a, char>,
    token: &'a mut Token,
}

impl Tokenizer for Gathered {
    type TokenStream<'a> = Words<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Words<'a> {
        self.token.reset();
        Words { words: text.split_terminator(SEPARATOR), token: &mut self.token }
    }
}

impl TokenStream for Words<'_> {
    fn advance(&mut self) -> bool {
        let Some(word) = self.words.next() else { return false };
        self.token.text.clear();
        self.token.text.push_str(word);
        self.token.position = self.token.position.wrapping_add(1);
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

fn failed(path: &Path, error: tantivy::TantivyError) -> Error {
    Error::new(ErrorKind::Unavailable, format!("indexing the words of {}", path.display())).caused_by(error)
}

/// Words being indexed. They are in memory until the end; a dictionary takes a small part of what it indexes.
pub(super) struct WordWriter {
    directory: RamDirectory,
    writer: SingleSegmentIndexWriter,
    field: Field,
    path: PathBuf,
}

impl fmt::Debug for WordWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WordWriter({})", self.path.display())
    }
}

impl WordWriter {
    /// Begins; the path is for errors.
    pub(super) fn begin(path: &Path) -> Result<Self, Error> {
        let directory = RamDirectory::create();
        let (schema, field) = schema();
        let tokenizers = TokenizerManager::new();
        tokenizers.register(TOKENIZER, TextAnalyzer::builder(Gathered::default()).build());
        let settings = IndexSettings { docstore_compress_dedicated_thread: false, ..IndexSettings::default() };
        let builder = Index::builder().schema(schema).tokenizers(tokenizers).settings(settings);
        let writer = builder.single_segment_index_writer(directory.clone(), MEMORY_BUDGET);
        let writer = writer.map_err(|error| failed(path, error))?;
        Ok(Self { directory, writer, field, path: path.to_owned() })
    }

    /// Adds the words of the next chunk, each followed by [`SEPARATOR`].
    pub(super) fn add(&mut self, words: &str) -> Result<(), Error> {
        let mut document = TantivyDocument::new();
        document.add_text(self.field, words);
        self.writer.add_document(document).map_err(|error| failed(&self.path, error))
    }

    /// Writes the segment; its files.
    pub(super) fn finish(self, pages: &mut PageWriter) -> Result<BTreeMap<PathBuf, Place>, Error> {
        let failed = |error| failed(&self.path, error);
        let index = self.writer.finalize().map_err(failed)?;
        let names = index.load_metas().map_err(failed)?.list_segment_files();
        let mut files = BTreeMap::new();
        for name in names.into_iter().chain([PathBuf::from(META)]) {
            if !self.directory.exists(&name).is_ok_and(|exists| exists) {
                continue;
            }
            let read = self.directory.atomic_read(&name);
            let bytes = read.map_err(|error| failed(error.into()))?;
            let offset = pages.append(&bytes)?;
            files.insert(name, Place { offset, bytes: bytes.len() as u64 });
        }
        Ok(files)
    }
}

/// The words of a part.
pub(super) struct WordReader {
    inverted: Arc<InvertedIndexReader>,
    path: PathBuf,
    chunks: u32,
    memory: usize,
}

impl fmt::Debug for WordReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WordReader({}, {} words)", self.path.display(), self.inverted.terms().num_terms())
    }
}

impl WordReader {
    /// Opens a segment of that many chunks; loads its dictionary.
    pub(super) fn open(directory: Directory, path: &Path, chunks: u32) -> Result<Self, Error> {
        let memory = directory.dictionary_bytes();
        let damaged = |error: tantivy::TantivyError| {
            Error::new(ErrorKind::Corrupt, format!("reading {}", path.display())).caused_by(error)
        };
        let index = Index::open(directory).map_err(damaged)?;
        let field = index.schema().get_field(FIELD).map_err(damaged)?;
        let segments = index.searchable_segments().map_err(damaged)?;
        let unexpected = || Error::new(ErrorKind::Corrupt, format!("reading {}: not one segment", path.display()));
        let [segment] = segments.as_slice() else { return Err(unexpected()) };
        let reader = SegmentReader::open(segment).map_err(damaged)?;
        if reader.max_doc() != chunks {
            return Err(unexpected());
        }
        let inverted = reader.inverted_index(field).map_err(damaged)?;
        Ok(Self { inverted, path: path.to_owned(), chunks, memory })
    }

    /// About the bytes of memory that it takes.
    pub(super) fn memory(&self) -> usize {
        self.memory + 4096
    }

    /// How many words.
    pub(super) fn len(&self) -> usize {
        self.inverted.terms().num_terms()
    }

    /// The chunks that have the word.
    pub(super) fn exact(&self, word: &str) -> Result<Blocks, Error> {
        let mut found = Blocks::none(self.chunks);
        let read = || -> io::Result<()> {
            if let Some(term) = self.inverted.terms().get(word)? {
                self.collect(&term, &mut found)?;
            }
            Ok(())
        };
        self.checked(read).map(|()| found)
    }

    /// The chunks that have a word that begins so.
    pub(super) fn prefix(&self, prefix: &str) -> Result<Blocks, Error> {
        let mut found = Blocks::none(self.chunks);
        let read = || -> io::Result<()> {
            let mut terms = self.inverted.terms().range().ge(prefix).into_stream()?;
            while terms.advance() && terms.key().starts_with(prefix.as_bytes()) {
                self.collect(terms.value(), &mut found)?;
            }
            Ok(())
        };
        self.checked(read).map(|()| found)
    }

    /// The chunks that have a word that passes; goes over the dictionary.
    pub(super) fn scan(&self, mut passes: impl FnMut(&[u8]) -> bool) -> Result<Blocks, Error> {
        let mut found = Blocks::none(self.chunks);
        let read = || -> io::Result<()> {
            let mut terms = self.inverted.terms().stream()?;
            while terms.advance() {
                if passes(terms.key()) {
                    self.collect(terms.value(), &mut found)?;
                }
            }
            Ok(())
        };
        self.checked(read).map(|()| found)
    }

    fn collect(&self, term: &tantivy::postings::TermInfo, into: &mut Blocks) -> io::Result<()> {
        let mut postings = self.inverted.read_block_postings_from_terminfo(term, IndexRecordOption::Basic)?;
        while !postings.docs().is_empty() {
            postings.docs().iter().for_each(|block| into.insert(*block));
            postings.advance();
        }
        Ok(())
    }

    fn checked(&self, read: impl FnOnce() -> io::Result<()>) -> Result<(), Error> {
        read().map_err(|error| from_io(&self.path, error))
    }
}
