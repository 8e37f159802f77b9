//! From text to a typed file, with findings that name file, line, column and key.
//!
//! Invariant: what cannot be read at all is one finding; a file that reads is never half-applied.

use super::environment::Prepared;
use super::tree::{Node, Start};
use model::finding::{Finding, Place};
use serde::de::DeserializeOwned;
use serde_saphyr::{Error, Options, PropertySyntax};

/// A file that was read, with what is needed to correct the places of later findings.
#[derive(Debug)]
pub(super) struct Parsed<T> {
    pub(super) value: T,
    pub(super) prepared: Prepared,
}

/// Where variables come from.
pub(super) type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The variables of this process; one that is not UTF-8 counts as not set.
pub(super) fn process_environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Reads a file's text into `T`.
pub(super) fn parse<T: DeserializeOwned>(
    file: &str,
    text: &str,
    lookup: Lookup<'_>,
) -> Result<Parsed<T>, Vec<Finding>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let reader = Reader { file, text };
    let tree: Node =
        serde_saphyr::from_str_with_options(text, literal()).map_err(|error| vec![reader.broken(&error)])?;
    let prepared = Prepared::new(text, &tree, lookup);
    if !prepared.missing.is_empty() {
        return Err(reader.missing_variables(&prepared, &tree));
    }
    match serde_saphyr::from_str_with_options(&prepared.text, expanding(&prepared)) {
        Ok(value) => Ok(Parsed { value, prepared }),
        Err(error) => Err(vec![reader.unfit(&error, &prepared, &tree)]),
    }
}

/// Findings of the typed sections, with the columns of the file as it is on disk.
pub(super) fn with_original_columns(prepared: &Prepared, file: &str, mut findings: Vec<Finding>) -> Vec<Finding> {
    for place in findings.iter_mut().map(|finding| &mut finding.place).filter(|place| place.file == file) {
        place.column = prepared.original_column(Start { line: place.line, column: place.column });
    }
    findings
}

/// Reads every `$` as it stands.
fn literal() -> Options {
    serde_saphyr::options! { with_snippet: false }
}

/// Expands the references; errors show them and not their values.
fn expanding(prepared: &Prepared) -> Options {
    serde_saphyr::options! { with_snippet: false, property_syntax: PropertySyntax::DockerCompose }
        .with_properties(prepared.values.clone())
}

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
}

impl Reader<'_> {
    fn place(&self, start: Start) -> Place {
        Place { file: self.file.to_owned(), line: start.line, column: start.column }
    }

    /// The YAML itself cannot be read.
    fn broken(&self, error: &Error) -> Finding {
        let start = start_of(error);
        let (key, what) = match error.without_snippet() {
            Error::DuplicateMappingKey { key: Some(key), .. } => (key.clone(), "duplicate key".to_owned()),
            other => (String::new(), format!("not YAML: {}", told(other))),
        };
        Finding { place: self.place(start), key, what }
    }

    fn missing_variables(&self, prepared: &Prepared, tree: &Node) -> Vec<Finding> {
        let finding = |missing: &super::environment::Missing| Finding {
            place: self.place(missing.place),
            key: tree.path_at(missing.place),
            what: format!("environment variable is not set, got ${{{}}}", missing.name),
        };
        prepared.missing.iter().map(finding).collect()
    }

    /// The YAML does not fit what is known.
    fn unfit(&self, error: &Error, prepared: &Prepared, tree: &Node) -> Finding {
        let mut start = start_of(error);
        start.column = prepared.original_column(start);
        let what = match error.without_snippet() {
            Error::SerdeUnknownField { expected, .. } => format!("unknown key, known are {}", expected.join(", ")),
            Error::SerdeUnknownVariant { variant, expected, .. } => {
                format!("expected one of {}, got {variant}", expected.join(", "))
            }
            Error::SerdeMissingField { field, .. } => format!("key {field} is missing"),
            other => format!("{}{}", told(other), self.got(start)),
        };
        Finding { place: self.place(start), key: tree.path_at(start), what }
    }

    /// `, got X` with what stands at the place, at most to the end of its line.
    fn got(&self, start: Start) -> String {
        let line = usize::try_from(start.line).ok().and_then(|line| self.text.lines().nth(line.checked_sub(1)?));
        let column = usize::try_from(start.column.saturating_sub(1)).unwrap_or(usize::MAX);
        let found: String = line.unwrap_or_default().chars().skip(column).take(MOST_QUOTED).collect();
        let found = found.split(" #").next().unwrap_or_default().trim();
        if found.is_empty() { String::new() } else { format!(", got {found}") }
    }
}

/// The most characters of a wrong value that a finding repeats.
const MOST_QUOTED: usize = 60;

fn start_of(error: &Error) -> Start {
    error.location().map_or(Start { line: 0, column: 0 }, |location| Start::from(&location))
}

/// The reader's own words, without the place at their end.
fn told(error: &Error) -> String {
    match error {
        Error::RecursiveReferencesRequireWeakTypes { .. } => return "an alias stands inside its own anchor".to_owned(),
        Error::UnknownAnchor { .. } => return "an alias has no anchor before it".to_owned(),
        Error::Budget { breach, .. } => return format!("more than is read of one file: {breach:?}"),
        _ => {}
    }
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
    match text {
        "expected sequence start" => "expected a list",
        "expected mapping start" => "expected a mapping",
        "expected string scalar" => "expected text",
        other => other,
    }
    .to_owned()
}
