//! `label_replace` and `label_join`.
//!
//! Invariant: only labels change; two series that become equal are one if they never meet at a step.

use crate::limits::LABEL_MADE_BYTES_MAX;
use crate::promql::column::Sink;
use crate::promql::evaluator::Evaluator;
use crate::promql::merge::{Duplicates, Merge};
use crate::{Error, promql::functions::text};
use language::promql::ast::Call;
use model::labels::Labels;
use model::number::quoted;
use regex::Regex;

/// `label_replace(v, dst, replacement, src, regex)`
pub(super) fn replace(ev: &Evaluator<'_>, call: &Call, sink: &mut Sink<'_>) -> Result<(), Error> {
    let [dst, replacement, src, pattern] = [1, 2, 3, 4].map(|at| text(call, at));
    let Ok(regex) = model::regexp::compile_anchored(pattern) else {
        return Err(Error::execution(format!("invalid regular expression in label_replace(): {pattern}")));
    };
    if dst.is_empty() {
        return Err(Error::execution(format!("invalid destination label name in label_replace(): {dst}")));
    }
    let template = template(replacement);
    relabel(ev, call, sink, |labels| {
        let Some(captures) = regex.captures(labels.get(src).unwrap_or("")) else { return Ok(None) };
        let Some(value) = template.expand(&regex, &captures) else { return Err(too_long(dst, "label_replace")) };
        Ok(Some(labels.to_builder().set(dst, value).build()))
    })
}

/// `label_join(v, dst, separator, src...)`
pub(super) fn join(ev: &Evaluator<'_>, call: &Call, sink: &mut Sink<'_>) -> Result<(), Error> {
    let (dst, separator) = (text(call, 1), text(call, 2));
    let sources: Vec<&str> = (3..call.args.len()).map(|at| text(call, at)).collect();
    if let Some(src) = sources.iter().find(|src| src.is_empty()) {
        return Err(Error::execution(format!("invalid source label name in label_join(): {src}")));
    }
    if dst.is_empty() {
        return Err(Error::execution(format!("invalid destination label name in label_join(): {dst}")));
    }
    relabel(ev, call, sink, |labels| {
        let values: Vec<&str> = sources.iter().map(|src| labels.get(src).unwrap_or("")).collect();
        let bytes: usize = values.iter().map(|value| value.len() + separator.len()).sum();
        if bytes > LABEL_MADE_BYTES_MAX + separator.len() {
            return Err(too_long(dst, "label_join"));
        }
        Ok(Some(labels.to_builder().set(dst, values.join(separator)).build()))
    })
}

fn relabel(
    ev: &Evaluator<'_>,
    call: &Call,
    sink: &mut Sink<'_>,
    mut change: impl FnMut(&Labels) -> Result<Option<Labels>, Error>,
) -> Result<(), Error> {
    let mut merge = Merge::new(Duplicates::Fill);
    ev.vector(super::argument(call, 0)?, &mut |mut series| {
        if let Some(labels) = change(&series.labels)? {
            series.column.charge_labels(labels.as_raw().len())?;
            series.labels = labels;
        }
        merge.add(series)
    })?;
    merge.drain(sink)
}

fn too_long(label: &str, function: &str) -> Error {
    let label = quoted(label);
    Error::limit(format!("label {label} made by {function}() is longer than {LABEL_MADE_BYTES_MAX} bytes"))
}

/// A replacement text, split once: Go's `$1`, `${name}`, `$$`.
#[derive(Debug, PartialEq)]
struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, PartialEq)]
enum Part {
    Literal(String),
    Group(String),
}

fn template(text: &str) -> Template {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        parts.push(Part::Literal(before.to_owned()));
        if let Some(after) = after.strip_prefix('$') {
            parts.push(Part::Literal("$".to_owned()));
            rest = after;
        } else if let Some((name, after)) = group_name(after) {
            parts.push(Part::Group(name.to_owned()));
            rest = after;
        } else {
            // Not the name of a group: the dollar stands for itself.
            parts.push(Part::Literal("$".to_owned()));
            rest = after;
        }
    }
    parts.push(Part::Literal(rest.to_owned()));
    Template { parts }
}

fn group_name(text: &str) -> Option<(&str, &str)> {
    if let Some(braced) = text.strip_prefix('{') {
        let (name, after) = braced.split_once('}')?;
        let valid = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        return valid.then_some((name, after));
    }
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    let (name, after) = text.split_at(end);
    (!name.is_empty()).then_some((name, after))
}

impl Template {
    /// The text with the groups in place, or `None` when it is longer than a label may be made.
    fn expand(&self, regex: &Regex, captures: &regex::Captures<'_>) -> Option<String> {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(text) => out.push_str(text),
                Part::Group(name) => {
                    let found = match name.parse::<usize>() {
                        Ok(number) => captures.get(number),
                        Err(_) => regex.capture_names().flatten().find(|n| n == name).and_then(|n| captures.name(n)),
                    };
                    out.push_str(found.map_or("", |group| group.as_str()));
                }
            }
            if out.len() > LABEL_MADE_BYTES_MAX {
                return None;
            }
        }
        Some(out)
    }
}

/// Whether the text can name a label: any UTF-8 but the empty text.
pub(crate) fn check_label_name(name: &str) -> Result<(), Error> {
    if name.is_empty() {
        return Err(Error::execution(format!("invalid label name {}", quoted(name))));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replacements_expand_as_in_go() {
        let check = |pattern: &str, value: &str, replacement: &str, expected: &str| {
            let regex = model::regexp::compile_anchored(pattern).expect("compiles");
            let captures = regex.captures(value).expect("matches");
            assert_eq!(template(replacement).expand(&regex, &captures).as_deref(), Some(expected));
        };
        check("(.*)-(.*)", "a-b", "$2:$1", "b:a");
        check("(.*)-(.*)", "a-b", "${2}x$1x", "bx");
        check("(?P<first>.*)-.*", "a-b", "${first}$$", "a$");
        check("a", "a", "100%$", "100%$");
        check("a", "a", "${", "${");
    }
}
