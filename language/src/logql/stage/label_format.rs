//! `label_format a=b, c="{{.d}}"`: labels are renamed, or set to what a template gives.
//!
//! Invariant: the formats are applied in their order; templates see the labels as they were before the stage's first
//! template, as in Loki. A template that cannot be rendered leaves its label as it was, and `__error__` says so.

use super::entry::{ERROR, Entry};
use super::format::{FAILED, Format};
use crate::logql::ast::{self, LabelValue};

/// The stage `label_format`.
#[derive(Clone, Debug)]
pub struct LabelFormat {
    formats: Vec<(String, Source)>,
}

/// Where a label's new value comes from.
#[derive(Clone, Debug)]
enum Source {
    /// Another label, which goes away.
    Label(String),
    Template(Format),
}

impl LabelFormat {
    /// The stage for a list.
    ///
    /// # Errors
    /// It sets a label twice, or the error label, or a template does not compile; in Loki's words.
    pub fn new(formats: &[ast::LabelFormat]) -> Result<Self, String> {
        for (at, format) in formats.iter().enumerate() {
            let label = &format.label;
            if label == ERROR {
                return Err(format!("{label} cannot be formatted"));
            }
            if formats.iter().take(at).any(|earlier| earlier.label == *label) {
                return Err(format!("multiple label name '{label}' not allowed in a single format operation"));
            }
        }
        let compiled = formats.iter().map(|format| Ok((format.label.clone(), Source::new(format)?)));
        Ok(Self { formats: compiled.collect::<Result<_, String>>()? })
    }

    /// Sets the labels.
    pub fn apply(&self, entry: &mut Entry<'_>) {
        let mut rendered: Option<std::vec::IntoIter<Result<String, String>>> = None;
        for (label, source) in &self.formats {
            match source {
                Source::Label(source) => {
                    if let Some(value) = entry.get(source).map(str::to_owned) {
                        entry.set(label, &value);
                        entry.remove(source);
                    }
                }
                Source::Template(_) => match rendered.get_or_insert_with(|| self.render(entry)).next() {
                    Some(Ok(text)) => entry.set(label, &text),
                    Some(Err(reason)) => entry.fail(FAILED, reason),
                    None => {}
                },
            }
        }
    }

    /// The texts of all templates.
    fn render(&self, entry: &Entry<'_>) -> std::vec::IntoIter<Result<String, String>> {
        let texts = self.formats.iter().filter_map(|(_, source)| match source {
            Source::Template(format) => Some(format.render(entry)),
            Source::Label(_) => None,
        });
        texts.collect::<Vec<_>>().into_iter()
    }
}

impl Source {
    fn new(format: &ast::LabelFormat) -> Result<Self, String> {
        match &format.value {
            LabelValue::Rename(source) => Ok(Self::Label(source.clone())),
            LabelValue::Template(template) => match Format::new("label", template) {
                Ok(compiled) => Ok(Self::Template(compiled)),
                Err(reason) => Err(format!("invalid template for label '{}': {reason}", format.label)),
            },
        }
    }
}
