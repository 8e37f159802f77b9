//! Labels and annotations of alerts, expanded from the templates of their rule.
//!
//! Invariant: an alert always gets all of its labels and annotations; a template that fails leaves its error in its
//! place, in Prometheus's words. What templates may cost is bounded.

use crate::limits::{EXPANDED_BYTES_MAX, RULE_TEMPLATE};
use language::template::functions::prometheus::{self, Outside, Sample};
use language::template::{Contents, Functions, Object, Template, Text, Value};
use model::labels::Labels;
use std::collections::HashMap;
use std::sync::Arc;

/// The variables that templates need not define.
const PRELUDE: &str = "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}\
    {{$externalURL := .ExternalURL}}{{$value := .Value}}";

/// Whether a template of the alert of that name parses.
///
/// # Errors
/// Why not, in Go's words.
pub(crate) fn check(alert: &str, text: &str) -> Result<(), String> {
    let outside = Outside { query: Arc::new(|_| Ok(Vec::new())), external_url: String::new() };
    parse(&template_name(alert), text, &prometheus::functions(outside)).map(drop)
}

fn template_name(alert: &str) -> String {
    format!("__alert_{alert}")
}

fn parse(name: &str, text: &str, functions: &Functions) -> Result<Template, String> {
    let template = Template::parse(name, &format!("{PRELUDE}{text}"), functions);
    template.map(Template::with_zero_for_missing).map_err(|error| error.to_string())
}

/// Answers `query "..."` in templates.
pub(crate) type Query = dyn Fn(&str) -> Result<Vec<Sample>, String> + Send + Sync;

/// Expands the templates of one rule in one evaluation. A template is parsed once, however many alerts there are.
pub(crate) struct Expansion<'a> {
    name: String,
    functions: Functions,
    templates: HashMap<&'a str, Result<Template, String>>,
    external_labels: &'a Labels,
    external_url: &'a str,
}

/// One series that was found.
#[derive(Clone, Copy)]
pub(crate) struct Of<'a> {
    pub(crate) labels: &'a Labels,
    pub(crate) value: f64,
}

impl<'a> Expansion<'a> {
    /// For the alert of that name; `query` answers the function of that name.
    pub(crate) fn new(alert: &str, external_labels: &'a Labels, external_url: &'a str, query: Arc<Query>) -> Self {
        let functions = prometheus::functions(Outside { query, external_url: external_url.to_owned() });
        let name = template_name(alert);
        Self { name, functions, templates: HashMap::new(), external_labels, external_url }
    }

    /// The text for one series.
    pub(crate) fn expand(&mut self, text: &'a str, of: Of<'_>) -> String {
        if !text.contains("{{") {
            return text.to_owned();
        }
        let (name, functions) = (&self.name, &self.functions);
        let template = self.templates.entry(text).or_insert_with(|| parse(name, text, functions));
        let rendered = match template {
            Ok(template) => {
                let dot = Value::object(Dot { of, labels: self.external_labels, url: self.external_url });
                let rendered = template.render(dot, &RULE_TEMPLATE);
                rendered.map_err(|error| format!("error executing template {name}: {error}"))
            }
            Err(error) => Err(format!("error parsing template {name}: {error}")),
        };
        let mut text = rendered.unwrap_or_else(|error| format!("<error expanding template: {error}>"));
        if text.len() > EXPANDED_BYTES_MAX {
            text.truncate(text.floor_char_boundary(EXPANDED_BYTES_MAX));
        }
        text
    }
}

/// What templates see: `.Labels .ExternalLabels .ExternalURL .Value`.
#[derive(Clone, Copy)]
struct Dot<'d> {
    of: Of<'d>,
    labels: &'d Labels,
    url: &'d str,
}

impl std::fmt::Debug for Dot<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dot").field("labels", self.of.labels).field("value", &self.of.value).finish_non_exhaustive()
    }
}

impl<'d> Object<'d> for Dot<'d> {
    fn type_name(&self) -> &'static str {
        "struct { Labels map[string]string; ExternalLabels map[string]string; ExternalURL string; Value interface {} }"
    }

    fn field(&self, name: &str) -> Option<Value<'d>> {
        match name {
            "Labels" => Some(Value::object(LabelMap(self.of.labels))),
            "ExternalLabels" => Some(Value::object(LabelMap(self.labels))),
            "ExternalURL" => Some(Value::borrowed(self.url)),
            "Value" => Some(Value::Float(self.of.value)),
            _ => None,
        }
    }
}

/// A map from texts to texts: a missing key is the empty text.
#[derive(Clone, Copy, Debug)]
struct LabelMap<'d>(&'d Labels);

impl<'d> Object<'d> for LabelMap<'d> {
    fn type_name(&self) -> &'static str {
        "map[string]string"
    }

    fn field(&self, name: &str) -> Option<Value<'d>> {
        Some(Value::borrowed(self.0.get(name).unwrap_or_default()))
    }

    fn is_map(&self) -> bool {
        true
    }

    fn contents(&self) -> Contents<'d> {
        let pair = |(name, value): (&'d str, &'d str)| (Text::from(name), Value::borrowed(value));
        Contents::Map(self.0.iter().map(pair).collect())
    }
}

#[cfg(test)]
mod tests;
