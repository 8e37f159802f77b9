//! The terms of one chunk: its words, each once, and the keys of its codes.
//!
//! Invariant: what is left out is told by [`Terms::gaps`], so that a chunk with more than is worth indexing is never
//! left out of an answer. Tokens seen before are known by a hash of 64 bits.

use super::keys::{self, Key};
use super::tokens::{DASH, DIGIT, HIGH, codes, is_trivial, spans, words};
use crate::logs::limits::{CHUNK_CODES_MAX, CHUNK_ID_WORDS_MAX, CHUNK_WORDS_MAX, WORD_BYTES_MAX};
use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};
use xxhash_rust::xxh3::xxh3_64;

/// Spans with a digit of at least this length are ids rather than words; what letters they have is set apart.
pub(super) const ID_SPAN_MIN: usize = 16;

/// Words are told apart in the text by this.
pub(super) const SEPARATOR: char = '\n';

/// What is not indexed of a chunk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Gaps {
    /// Some word: there were too many, or one was too long.
    pub(super) words: bool,
    /// The letters inside of ids.
    pub(super) ids: bool,
    /// Some code.
    pub(super) codes: bool,
}

/// The terms of one chunk. Keep it for the next one: it keeps its memory.
#[derive(Debug, Default)]
pub(super) struct Terms {
    words: Gathered,
    id_words: Gathered,
    codes_seen: HashSet<u64, BuildHasherDefault<Unhashed>>,
    keys_seen: HashSet<u64, BuildHasherDefault<Unhashed>>,
    keys: Vec<Key>,
    gaps: Gaps,
}

#[derive(Debug, Default)]
struct Gathered {
    seen: HashSet<u64, BuildHasherDefault<Unhashed>>,
    text: String,
}

/// The hash of what is a hash already.
#[derive(Debug, Default)]
pub(super) struct Unhashed(u64);

impl Hasher for Unhashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64(bytes);
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

impl Gathered {
    #[inline]
    fn add(&mut self, hash: u64, word: &str) {
        if self.seen.insert(hash) {
            self.text.push_str(word);
            self.text.push(SEPARATOR);
        }
    }

    fn clear(&mut self) {
        self.seen.clear();
        self.text.clear();
    }
}

impl Terms {
    /// Gathers the terms of the text, whatever was gathered before.
    pub(super) fn gather(&mut self, text: &str) {
        self.words.clear();
        self.id_words.clear();
        self.codes_seen.clear();
        self.keys_seen.clear();
        self.keys.clear();
        self.gaps = Gaps::default();
        spans(text.as_bytes(), |range, seen| {
            let Some(span) = text.get(range) else { return };
            if seen & (DIGIT | DASH | HIGH) == 0 {
                // Most spans are one word.
                self.word(span, false);
                return;
            }
            let is_id = seen & DIGIT != 0 && span.len() >= ID_SPAN_MIN;
            words(span.as_bytes(), |range| self.word(span.get(range).unwrap_or(""), is_id));
            if seen & DIGIT != 0 {
                codes(span.as_bytes(), |range| self.code(span.as_bytes().get(range).unwrap_or(&[])));
            }
        });
        self.close();
    }

    #[inline]
    fn word(&mut self, word: &str, is_in_id: bool) {
        if is_trivial(word.as_bytes()) {
            return;
        }
        if word.len() > WORD_BYTES_MAX {
            self.gaps.words = true;
            return;
        }
        let hash = xxh3_64(word.as_bytes());
        let (into, most) =
            if is_in_id { (&mut self.id_words, CHUNK_ID_WORDS_MAX) } else { (&mut self.words, CHUNK_WORDS_MAX) };
        // One more than the bound tells that it was passed.
        if into.seen.len() <= most {
            into.add(hash, word);
        }
    }

    fn code(&mut self, run: &[u8]) {
        if self.keys.len() > CHUNK_CODES_MAX || !self.codes_seen.insert(xxh3_64(run)) {
            return;
        }
        keys::of_run(run, |key| {
            if self.keys_seen.insert(key.hash) {
                self.keys.push(key);
            }
        });
    }

    fn close(&mut self) {
        if self.id_words.seen.len() > CHUNK_ID_WORDS_MAX {
            self.gaps.ids = true;
        } else {
            for word in self.id_words.text.split_terminator(SEPARATOR) {
                self.words.add(xxh3_64(word.as_bytes()), word);
            }
        }
        if self.words.seen.len() > CHUNK_WORDS_MAX {
            self.gaps.words = true;
            self.words.clear();
        }
        if self.keys.len() > CHUNK_CODES_MAX {
            self.gaps.codes = true;
            self.keys.clear();
        }
    }

    /// The words, each followed by [`SEPARATOR`].
    pub(super) fn words(&self) -> &str {
        &self.words.text
    }

    /// The keys of its codes, each once.
    pub(super) fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// What was left out.
    pub(super) fn gaps(&self) -> Gaps {
        self.gaps
    }
}
