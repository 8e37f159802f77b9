//! The templates of `line_format` and `label_format`.
//!
//! Invariant: a label that the entry has not is empty text. A template of text and labels only is put together without
//! the machinery of templates; any other costs a line no more than [`Limits::LINE`].

use super::entry::Entry;
use crate::template::functions::logql::{self, LINE, NOW, TIMESTAMP};
use crate::template::time::Time;
use crate::template::value::{Contents, Object, Text, Value};
use crate::template::{Call, Limits, Piece, Template};
use std::cell::OnceCell;

/// What `__error__` says of an entry whose template failed.
pub(super) const FAILED: &str = "TemplateFormatErr";

/// A template, ready to be rendered.
#[derive(Clone, Debug)]
pub(super) enum Format {
    /// Text and labels in turn.
    Pieces(Vec<Piece>),
    Template(Template),
}

impl Format {
    /// Compiles a template; `name` stands in its errors.
    pub(super) fn new(name: &str, text: &str) -> Result<Self, String> {
        let template = Template::parse(name, text, logql::functions()).map_err(|error| error.to_string())?;
        Ok(match template.pieces() {
            Some(pieces) => Self::Pieces(pieces),
            None => Self::Template(template.with_zero_for_missing()),
        })
    }

    /// The text for an entry.
    pub(super) fn render(&self, entry: &Entry<'_>) -> Result<String, String> {
        match self {
            Self::Pieces(pieces) => {
                let mut text = String::new();
                for piece in pieces {
                    let part = match piece {
                        Piece::Text(text) => text,
                        Piece::Field(name) => entry.get(name).unwrap_or_default(),
                    };
                    if text.len() + part.len() > Limits::LINE.bytes {
                        return Err(format!("template: more than {} bytes of text", Limits::LINE.bytes));
                    }
                    text.push_str(part);
                }
                Ok(text)
            }
            Self::Template(template) => template
                .render(Value::object(Shown { entry, labels: OnceCell::new() }), &Limits::LINE)
                .map_err(|error| error.to_string()),
        }
    }
}

/// An entry as templates see it: its labels.
#[derive(Debug)]
struct Shown<'e> {
    entry: &'e Entry<'e>,
    /// All labels, once a template has asked for them.
    labels: OnceCell<Vec<(Text<'e>, Value<'e>)>>,
}

impl<'e> Object<'e> for Shown<'e> {
    fn type_name(&self) -> &'static str {
        "map[string]string"
    }

    fn field(&self, name: &str) -> Option<Value<'e>> {
        Some(Value::borrowed(self.entry.get(name).unwrap_or_default()))
    }

    fn is_map(&self) -> bool {
        true
    }

    fn call(&self, name: &str, _call: &Call<'_, 'e>) -> Result<Value<'e>, String> {
        match name {
            LINE => Ok(Value::borrowed(self.entry.line())),
            TIMESTAMP => Ok(Value::Time(Time::utc(self.entry.at()))),
            NOW => Ok(Value::Time(Time::utc(self.entry.now()))),
            other => Err(format!("a line has no {other}")),
        }
    }

    fn contents(&self) -> Contents<'e> {
        let labels = self.labels.get_or_init(|| {
            let pair = |(name, value): (&str, &str)| (Text::from(name.to_owned()), Value::text(value));
            self.entry.labels().iter().map(pair).collect()
        });
        Contents::Map(labels.clone())
    }
}

#[cfg(test)]
mod tests;
