//! `label_replace` and `label_join`.
//!
//! Invariant: only labels change; two series that become equal are one if they never meet at a step.

use crate::limits::LABEL_MADE_BYTES_MAX;
use crate::promql::evaluator::Evaluator;
use crate::vector::column::Sink;
use crate::vector::merge::{Duplicates, Merge};
use crate::vector::replacement::Replacement;
use crate::{Error, promql::functions::text};
use language::promql::ast::Call;
use model::labels::Labels;
use model::number::quoted;

/// `label_replace(v, dst, replacement, src, regex)`
pub(super) fn replace(ev: &Evaluator<'_>, call: &Call, sink: &mut Sink<'_>) -> Result<(), Error> {
    let [dst, replacement, src, pattern] = [1, 2, 3, 4].map(|at| text(call, at));
    let Ok(regex) = model::regexp::compile_anchored(pattern) else {
        return Err(Error::execution(format!("invalid regular expression in label_replace(): {pattern}")));
    };
    if dst.is_empty() {
        return Err(Error::execution(format!("invalid destination label name in label_replace(): {dst}")));
    }
    let replacement = Replacement::new(replacement);
    relabel(ev, call, sink, |labels| {
        let Some(captures) = regex.captures(labels.get(src).unwrap_or("")) else { return Ok(None) };
        let Some(value) = replacement.expand(&regex, &captures) else { return Err(too_long(dst, "label_replace")) };
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

/// Whether the text can name a label: any UTF-8 but the empty text.
pub(crate) fn check_label_name(name: &str) -> Result<(), Error> {
    if name.is_empty() {
        return Err(Error::execution(format!("invalid label name {}", quoted(name))));
    }
    Ok(())
}
