//! `label_format a=b, c="{{.d}}"`: labels are renamed, or set to what a template gives.
//!
//! Invariant: the formats are applied in their order, each seeing what the earlier ones did. Templates are compiled and
//! rendered by the caller, who knows them by their position in the stage.

use super::entry::{ERROR, Entry};
use crate::logql::ast::{self, LabelValue};

/// The stage `label_format`.
#[derive(Clone, Debug)]
pub struct LabelFormat {
    formats: Vec<(String, LabelValue)>,
}

impl LabelFormat {
    /// The stage for a list.
    ///
    /// # Errors
    /// It sets a label twice, or the error label.
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
        let formats = formats.iter().map(|format| (format.label.clone(), format.value.clone())).collect();
        Ok(Self { formats })
    }

    /// The templates with their positions.
    pub fn templates(&self) -> impl Iterator<Item = (usize, &str)> {
        self.formats.iter().enumerate().filter_map(|(at, (_, value))| match value {
            LabelValue::Template(template) => Some((at, template.as_str())),
            LabelValue::Rename(_) => None,
        })
    }

    /// Applies the formats; `render` gives the text of the template at a position, or why there is none.
    pub fn apply(&self, entry: &mut Entry<'_>, mut render: impl FnMut(usize, &Entry<'_>) -> Result<String, String>) {
        for (at, (label, value)) in self.formats.iter().enumerate() {
            match value {
                LabelValue::Rename(source) => {
                    if let Some(value) = entry.get(source).map(str::to_owned) {
                        entry.set(label, &value);
                        entry.remove(source);
                    }
                }
                LabelValue::Template(_) => match render(at, entry) {
                    Ok(text) => entry.set(label, &text),
                    Err(reason) => entry.fail("TemplateFormatErr", reason),
                },
            }
        }
    }

    /// Applies a stage that has no templates.
    pub(super) fn rename(&self, entry: &mut Entry<'_>) {
        self.apply(entry, |_, _| Ok(String::new()));
    }
}
