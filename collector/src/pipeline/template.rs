//! Go templates of the stages `template` and `replace`.
//!
//! Invariant: a line costs no more than [`Limits::LINE`]; functions are those of LogQL's templates.

use super::Entry;
use language::template::functions::logql::functions;
use language::template::value::{Text, Value};
use language::template::{Limits, Template};

/// A template, ready to be rendered.
#[derive(Debug)]
pub(super) struct StageTemplate {
    template: Template,
}

/// What a template sees: everything that was found, the line as `.Entry`, and a value as `.Value`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown<'e> {
    pub(super) entry: &'e Entry<'e>,
    pub(super) value: Option<&'e str>,
}

impl StageTemplate {
    /// Reads a template.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let template = Template::parse("pipeline_template", text, functions());
        template.map(|template| Self { template }).map_err(|error| error.to_string())
    }

    /// The text for a line.
    pub(super) fn render(&self, shown: Shown<'_>) -> Result<String, String> {
        let Shown { entry, value } = shown;
        let mut pairs: Vec<(Text<'_>, Value<'_>)> = Vec::new();
        for (name, text) in entry.extracted.texts() {
            pairs.push((Text::Borrowed(name), Value::text(text.as_ref())));
        }
        if let Some(value) = value {
            pairs.push((Text::Borrowed("Value"), Value::borrowed(value)));
        }
        pairs.push((Text::Borrowed("Entry"), Value::borrowed(&entry.line)));
        self.template.render(Value::map(pairs), &Limits::LINE).map_err(|error| error.to_string())
    }
}
