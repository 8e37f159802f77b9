//! Templates of messages: Alertmanager's data and functions, our own default texts under Alertmanager's names, and the
//! users' own templates over them.
//!
//! Invariant: a template that Alertmanager accepts is accepted, and gives the same text for the same alerts. What a
//! rendering may cost is bounded; `now` is the time of the notification, so that a message says the same however often
//! it is tried.

mod data;

pub use data::{AlertData, Data};

use language::template::functions::alertmanager;
use language::template::value::Contents;
use language::template::{Call, Function, Functions, Kind, Library, Limits, ParseError, Template, Value};
use model::finding::{Finding, Place};
use model::time::Nanos;
use std::path::Path;
use std::sync::{Arc, LazyLock};

/// Alertmanager's reason of a notification where none is known. Ours are decided before a message is made.
pub(crate) const REASON: &str = "unknown";

/// Names and texts of what is built in.
const BUILT_IN: [(&str, &str); 4] = [
    ("default.tmpl", include_str!("template/default.tmpl")),
    ("slack.tmpl", include_str!("template/slack.tmpl")),
    ("chat.tmpl", include_str!("template/chat.tmpl")),
    ("email.tmpl", include_str!("template/email.tmpl")),
];

/// What every template may call.
static FUNCTIONS: LazyLock<Functions> = LazyLock::new(functions);

/// The templates that messages can call: the built-in ones, and the users' over them.
#[derive(Clone, Debug)]
pub struct Templates {
    library: Library,
}

impl Default for Templates {
    /// The built-in ones alone.
    fn default() -> Self {
        let mut library = Library::new();
        for (name, text) in BUILT_IN {
            if let Err(error) = library.add(name, text, &FUNCTIONS) {
                tracing::error!(name, %error, "BUG: a built-in template does not parse");
            }
        }
        Self { library }
    }
}

impl Templates {
    /// Reads users' files (name and text) over the built-in templates: a later definition replaces an earlier one.
    ///
    /// # Errors
    /// The first mistake of each file that has one, with its line and column.
    pub fn read(files: &[(String, String)]) -> Result<Self, Vec<Finding>> {
        let mut templates = Self::default();
        let mut findings = Vec::new();
        for (path, text) in files {
            // As in Alertmanager, a file's own text is called by the file's name without its folder.
            let name = Path::new(path).file_name().map_or_else(|| path.clone(), |name| name.display().to_string());
            if let Err(error) = templates.library.add(&name, text, &FUNCTIONS) {
                findings.push(Finding { place: place(path, &error), key: String::new(), what: error.to_string() });
            }
        }
        if findings.is_empty() { Ok(templates) } else { Err(findings) }
    }

    /// A text of the config, ready to be rendered; `kind` and `name` are its keys, which stand in its errors.
    ///
    /// # Errors
    /// The first mistake of the text, or a template that it calls and that does not exist.
    pub fn compile(&self, kind: &str, name: &str, text: &str) -> Result<Template, String> {
        // No user's template has a name like this, which would hide it.
        let template = self.parse(&format!("{kind}.{name}"), text).map_err(|error| format!("{name}: {error}"))?;
        match template.undefined() {
            Some(called) => Err(format!("{name}: template {} not defined", model::number::quoted(called))),
            None => Ok(template),
        }
    }

    /// A text that can call all of them; `name` stands in its errors.
    ///
    /// # Errors
    /// The first mistake of the text.
    pub fn parse(&self, name: &str, text: &str) -> Result<Template, ParseError> {
        Ok(self.library.parse(name, text, &FUNCTIONS)?.with_zero_for_missing())
    }
}

fn place(path: &str, error: &ParseError) -> Place {
    let count = |number: usize| u64::try_from(number).unwrap_or(0);
    Place { file: path.to_owned(), line: count(error.line), column: count(error.column) }
}

/// Whether a text of the config parses, whatever templates there will be.
///
/// # Errors
/// The first mistake, in Go's words, with line and column within the text.
pub fn check(name: &str, text: &str) -> Result<(), String> {
    Template::parse(name, text, &FUNCTIONS).map(drop).map_err(|error| format!("{error} (column {})", error.column))
}

/// Renders a template for a notification.
///
/// # Errors
/// Why it fails, in Go's words.
pub fn text(template: &Template, data: &Data) -> Result<String, String> {
    template.render(data.value(), &Limits::MESSAGE).map_err(|error| error.to_string())
}

/// Renders a template for a notification as HTML: values are escaped for where they stand.
///
/// # Errors
/// Why it fails, in Go's words.
pub fn html(template: &Template, data: &Data) -> Result<String, String> {
    template.render_html(data.value(), &Limits::MESSAGE).map_err(|error| error.to_string())
}

fn functions() -> Functions {
    let mut functions = alertmanager::functions(Arc::new(|| Nanos(0)));
    functions
        .add("now", Function::new(&[], |call| Ok(Value::Time(now(call)))))
        .add(
            "since",
            Function::new(&[Kind::Time], |call| {
                Ok(Value::Duration(now(call).nanos().saturating_sub(call.time(0).nanos())))
            }),
        )
        .add("tmpl", Function::rendering())
        .add("slackEscape", Function::new(&[Kind::Text], slack_escaped))
        .add("limit", Function::new(&[Kind::Int, Kind::Any], |call| Ok(limited(call))));
    functions
}

/// The time of the notification; the epoch where something else is rendered.
fn now(call: &Call<'_, '_>) -> language::template::time::Time {
    let time = if let Value::Object(top) = call.top() { top.field(data::NOW) } else { None };
    match time {
        Some(Value::Time(time)) => time,
        _ => language::template::time::Time::utc(Nanos(0)),
    }
}

/// What Slack would take for markup, so that a label's value can neither notify everybody nor hide what follows it.
fn slack_escaped<'d>(call: &Call<'_, 'd>) -> Result<Value<'d>, String> {
    let mut into = call.bounded();
    for character in call.text(0).chars() {
        match character {
            '&' => into.push("&amp;")?,
            '<' => into.push("&lt;")?,
            '>' => into.push("&gt;")?,
            other => into.push(other.encode_utf8(&mut [0; 4]))?,
        }
    }
    Ok(into.into_value())
}

/// At most so many of the first elements of a list.
fn limited<'d>(call: &Call<'_, 'd>) -> Value<'d> {
    let most = usize::try_from(call.int(0)).unwrap_or(0);
    match call.value(1).contents() {
        Contents::List(elements) => Value::list(elements.iter().take(most).cloned()),
        _ => Value::list([]),
    }
}

#[cfg(test)]
mod tests;
