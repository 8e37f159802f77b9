//! The templates of `line_format` and `label_format`.
//!
//! Invariant: a label that the entry has not is empty text.

use super::entry::Entry;

/// What `__error__` says of an entry whose template failed.
pub(super) const FAILED: &str = "TemplateFormatErr";

/// A template, ready to be rendered.
#[derive(Clone, Debug)]
pub(super) struct Format {
    /// Text and labels in turn; `None` for a template that does more.
    pieces: Option<Vec<Piece>>,
}

/// What a simple template is made of.
#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    Label(String),
}

impl Format {
    /// Compiles a template.
    pub(super) fn new(_name: &str, template: &str) -> Result<Self, String> {
        Ok(Self { pieces: pieces(template) })
    }

    /// The text for an entry.
    pub(super) fn render(&self, entry: &Entry<'_>) -> Result<String, String> {
        let Some(pieces) = &self.pieces else { return Err("templates that do more than name labels".to_owned()) };
        let mut text = String::new();
        for piece in pieces {
            text.push_str(match piece {
                Piece::Text(text) => text,
                Piece::Label(name) => entry.get(name).unwrap_or_default(),
            });
        }
        Ok(text)
    }
}

/// The pieces of a template of text and `{{.label}}` only.
fn pieces(template: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some((text, after)) = rest.split_once("{{") {
        let (action, after) = after.split_once("}}")?;
        let name = action.trim_matches([' ', '\t', '\r', '\n']).strip_prefix('.')?;
        let is_name = name.bytes().all(super::belongs_to_name) && !name.is_empty();
        if !is_name || name.as_bytes().first().is_some_and(u8::is_ascii_digit) {
            return None;
        }
        pieces.push(Piece::Text(text.to_owned()));
        pieces.push(Piece::Label(name.to_owned()));
        rest = after;
    }
    pieces.push(Piece::Text(rest.to_owned()));
    Some(pieces)
}
