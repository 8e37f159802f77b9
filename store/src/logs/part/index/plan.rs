//! From line filters to chunks: what of a literal's text must stand in a line as a token, and which chunks have that.
//!
//! The tokens inside of a literal are tokens of the line. The first and the last may be pieces of longer ones, for a
//! filter looks for text and not for words; they are looked up as ends or pieces of words.
//!
//! Invariant: a chunk with a line that all filters keep is never left out.

use super::Index;
use super::blocks::Blocks;
use super::gather::ID_SPAN_MIN;
use super::keys;
use super::tokens::{codes, is_trivial, spans, words};
use crate::Error;
use crate::logs::limits::{LITERALS_MAX, WORD_BYTES_MAX};
use language::logql::line_filter::{Case, LineFilter, Literal};
use memchr::memmem::Finder;
use std::ops::Range;

/// Going over this many words of the dictionary costs about what reading one chunk does.
const WORDS_PER_CHUNK: usize = 16 << 10;

/// A token of a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece<'a> {
    text: &'a str,
    /// In the line it may begin earlier.
    cut_before: bool,
    /// In the line it may end later.
    cut_behind: bool,
    /// It may be a word inside of an id, whose words are not always indexed.
    may_be_in_id: bool,
}

impl Piece<'_> {
    fn is_whole(&self) -> bool {
        !self.cut_before && !self.cut_behind
    }
}

/// The tokens of a literal.
#[derive(Debug, Default)]
struct Pieces<'a> {
    words: Vec<Piece<'a>>,
    codes: Vec<Piece<'a>>,
}

impl<'a> Pieces<'a> {
    fn of(text: &'a str) -> Self {
        let mut pieces = Self::default();
        spans(text.as_bytes(), |span, _| {
            let piece = |within: Range<usize>| {
                let range = span.start + within.start..span.start + within.end;
                let (cut_before, cut_behind) = (range.start == 0, range.end == text.len());
                Piece { text: text.get(range).unwrap_or(""), cut_before, cut_behind, may_be_in_id: false }
            };
            let bytes = text.as_bytes().get(span.clone()).unwrap_or(&[]);
            let is_cut = span.start == 0 || span.end == text.len();
            let may_be_in_id = is_cut || (span.len() >= ID_SPAN_MIN && bytes.iter().any(u8::is_ascii_digit));
            words(bytes, |range| pieces.words.push(Piece { may_be_in_id, ..piece(range) }));
            codes(bytes, |range| pieces.codes.push(piece(range)));
        });
        pieces.words.retain(|word| !is_trivial(word.text.as_bytes()) && word.text.len() <= WORD_BYTES_MAX);
        pieces
    }
}

/// The chunks in which a line may pass all filters; `None` when the index tells nothing.
pub(super) fn find(index: &Index, filters: &[LineFilter]) -> Result<Option<Blocks>, Error> {
    let mut left = Blocks::all(index.chunks);
    for filter in filters {
        let Some(literals) = filter.required() else { continue };
        if literals.len() > LITERALS_MAX {
            continue;
        }
        let mut united = Blocks::none(index.chunks);
        for literal in literals {
            united.unite(&of_literal(index, literal, &left)?);
        }
        left.intersect(&united);
        if left.count() == 0 {
            break;
        }
    }
    Ok((!left.is_all()).then_some(left))
}

/// Those of `left` in which a line may hold the literal. The cheapest and sharpest questions come first; those that
/// go over the dictionary only while more chunks are left than that costs.
fn of_literal(index: &Index, literal: &Literal, left: &Blocks) -> Result<Blocks, Error> {
    let pieces = Pieces::of(&literal.text);
    let mut left = left.clone();
    if literal.case == Case::Ignored {
        // Letters beyond ASCII may have other forms of another length.
        if literal.text.is_ascii() {
            for word in &pieces.words {
                keep_folded(index, word, &mut left)?;
            }
        }
        return Ok(left);
    }
    for code in &pieces.codes {
        keep_code(index, code, &mut left)?;
    }
    for word in pieces.words.iter().filter(|word| word.is_whole()) {
        keep_word(index, word, &mut left)?;
    }
    for word in pieces.words.iter().filter(|word| !word.is_whole()) {
        keep_word(index, word, &mut left)?;
    }
    Ok(left)
}

fn keep_code(index: &Index, code: &Piece<'_>, left: &mut Blocks) -> Result<(), Error> {
    let bytes = code.text.as_bytes();
    let ways = if code.is_whole() { keys::of_whole(bytes) } else { keys::of_piece(bytes) };
    let Some(ways) = ways.filter(|_| left.count() > 0) else { return Ok(()) };
    let mut found = index.codes_gaps.clone();
    for way in &ways {
        for group in &index.groups {
            group.find(way, &index.pages, &mut found)?;
        }
    }
    left.intersect(&found);
    Ok(())
}

fn keep_word(index: &Index, word: &Piece<'_>, left: &mut Blocks) -> Result<(), Error> {
    if left.count() == 0 {
        return Ok(());
    }
    let text = word.text;
    let mut found = match (word.cut_before, word.cut_behind) {
        (false, false) => index.words.exact(text)?,
        (false, true) => index.words.prefix(text)?,
        _ if !is_scan_worth(index, left) => return Ok(()),
        (true, false) => index.words.scan(|term| term.ends_with(text.as_bytes()))?,
        (true, true) => {
            let finder = Finder::new(text.as_bytes());
            index.words.scan(|term| finder.find(term).is_some())?
        }
    };
    keep(index, word, &mut found, left);
    Ok(())
}

fn keep_folded(index: &Index, word: &Piece<'_>, left: &mut Blocks) -> Result<(), Error> {
    if !is_scan_worth(index, left) {
        return Ok(());
    }
    // Words of ASCII have nothing to escape.
    let begin = if word.cut_before { "" } else { "^" };
    let end = if word.cut_behind { "" } else { "$" };
    let Ok(expression) = model::regexp::compile(&format!("(?i){begin}{}{end}", word.text)) else { return Ok(()) };
    let passes = |term: &[u8]| std::str::from_utf8(term).is_ok_and(|term| expression.is_match(term));
    let mut found = index.words.scan(passes)?;
    keep(index, word, &mut found, left);
    Ok(())
}

fn keep(index: &Index, word: &Piece<'_>, found: &mut Blocks, left: &mut Blocks) {
    found.unite(&index.word_gaps);
    if word.may_be_in_id {
        found.unite(&index.id_gaps);
    }
    left.intersect(found);
}

fn is_scan_worth(index: &Index, left: &Blocks) -> bool {
    (left.count() as usize).saturating_mul(WORDS_PER_CHUNK) > index.words.len()
}
