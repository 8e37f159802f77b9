//! Go templates: text with actions in `{{` and `}}`, as `line_format`, annotations and notifications use them.
//!
//! Invariant: a template is parsed once and rendered many times; what it gives is what Go's `text/template` gives for
//! the same values, and what it may cost is bounded by [`Limits`]. It knows no clock, no files and no functions but
//! Go's own and those that it was parsed with.

mod builtin;
mod calls;
mod error;
mod format;
pub mod function;
pub mod functions;
mod html;
mod lexer;
pub mod limits;
mod machine;
pub(crate) mod number;
mod parser;
pub mod time;
mod tree;
pub mod value;

pub use error::{ParseError, RenderError};
pub use function::{Call, Function, Functions, Kind};
pub use limits::Limits;
pub use value::{Contents, Object, Safe, Text, Value};

use parser::Definitions;
use std::sync::Arc;
use tree::{Definition, Node, OperandKind, Source};

/// A template, ready to be rendered.
#[derive(Clone, Debug)]
pub struct Template {
    main: Arc<Definition>,
    /// All that it can call, itself too.
    definitions: Definitions,
    zero_for_missing: bool,
}

/// Templates that others call by their names, as those of files.
#[derive(Clone, Debug, Default)]
pub struct Library {
    definitions: Definitions,
}

/// A piece of a template that only puts text and fields together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text as it is.
    Text(String),
    /// `{{.name}}`
    Field(String),
}

impl Library {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what a text defines, and the text itself under its name. Later definitions replace earlier ones.
    ///
    /// # Errors
    /// The first mistake of the text, which adds nothing.
    pub fn add(&mut self, name: &str, text: &str, functions: &Functions) -> Result<(), ParseError> {
        self.definitions.extend(definitions(name, text, functions)?);
        Ok(())
    }

    /// A text that can call all of them.
    ///
    /// # Errors
    /// The first mistake of the text.
    pub fn parse(&self, name: &str, text: &str, functions: &Functions) -> Result<Template, ParseError> {
        let mut all = self.definitions.clone();
        all.extend(definitions(name, text, functions)?);
        Template::of(name, all)
    }
}

impl Template {
    /// Reads a text; `name` stands in its errors.
    ///
    /// # Errors
    /// The first mistake, in Go's words.
    pub fn parse(name: &str, text: &str, functions: &Functions) -> Result<Self, ParseError> {
        Self::of(name, definitions(name, text, functions)?)
    }

    fn of(name: &str, definitions: Definitions) -> Result<Self, ParseError> {
        match definitions.get(name).map(Arc::clone) {
            Some(main) => Ok(Self { main, definitions, zero_for_missing: false }),
            None => Err(ParseError { line: 0, column: 0, text: format!("template: {name}: nothing is defined") }),
        }
    }

    /// Takes a missing key of a map for nil, as Go's option `missingkey=zero` does.
    #[must_use]
    pub fn with_zero_for_missing(mut self) -> Self {
        self.zero_for_missing = true;
        self
    }

    /// The text for a value, which is the dot.
    ///
    /// # Errors
    /// Why it cannot be rendered, in Go's words, or which limit was passed.
    pub fn render<'d>(&'d self, dot: Value<'d>, limits: &Limits) -> Result<String, RenderError> {
        machine::render(self, dot, limits, None)
    }

    /// The text for a value as HTML: what actions print is escaped for where it stands, as Go's `html/template` does,
    /// but for what `safeHtml` and `safeUrl` declared.
    ///
    /// # Errors
    /// Why it cannot be rendered, in Go's words, or which limit was passed.
    pub fn render_html<'d>(&'d self, dot: Value<'d>, limits: &Limits) -> Result<String, RenderError> {
        machine::render(self, dot, limits, Some(html::Escaper::default()))
    }

    /// The first template that it may come to call (`{{template "x" .}}`) and that is not defined; a rendering fails
    /// where it comes to call it.
    pub fn undefined(&self) -> Option<&str> {
        calls::undefined(self)
    }

    /// Text and fields in turn when the template does nothing else, so that no rendering is needed.
    pub fn pieces(&self) -> Option<Vec<Piece>> {
        let piece = |node: &Node| match node {
            Node::Text(text) => Some(Piece::Text(text.clone())),
            Node::Action(pipeline) if pipeline.variables.is_empty() => match pipeline.commands.as_slice() {
                [command] if command.arguments.is_empty() => match &command.first.kind {
                    OperandKind::Field(fields) => match fields.as_slice() {
                        [field] => Some(Piece::Field(field.clone())),
                        _ => None,
                    },
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        };
        self.main.nodes.iter().map(piece).collect()
    }
}

fn definitions(name: &str, text: &str, functions: &Functions) -> Result<Definitions, ParseError> {
    if text.len() > limits::TEXT_BYTES_MAX {
        let (length, most) = (text.len(), limits::TEXT_BYTES_MAX);
        return Err(ParseError {
            line: 0,
            column: 0,
            text: format!("template: {name}: {length} bytes, more than {most}"),
        });
    }
    parser::parse(&Arc::new(Source { name: name.to_owned(), text: text.to_owned() }), functions)
}

#[cfg(test)]
mod tests;
