//! `label_replace(expr, "dst", "$1", "src", "regex")`.
//!
//! Invariant: only labels change; where the expression does not match they stay.

use super::evaluator::Evaluator;
use crate::limits::LABEL_MADE_BYTES_MAX;
use crate::vector::column::StepSeries;
use crate::vector::replacement::Replacement;
use crate::{Error, ErrorKind};
use language::logql::ast::LabelReplace;
use model::number::quoted;

/// Evaluates the operand and changes its labels.
pub(super) fn evaluate(ev: &Evaluator<'_>, replace: &LabelReplace) -> Result<Vec<StepSeries>, Error> {
    let regex = model::regexp::compile_anchored(&replace.regex)
        .map_err(|reason| Error::new(ErrorKind::Invalid, format!("invalid regex in label_replace: {reason}")))?;
    let replacement = Replacement::new(&replace.replacement);
    let mut all = ev.operand(&replace.expr)?;
    for series in &mut all {
        ev.query.work(16)?;
        let Some(captures) = regex.captures(series.labels.get(&replace.source).unwrap_or_default()) else { continue };
        let Some(value) = replacement.expand(&regex, &captures) else {
            let label = quoted(&replace.destination);
            let text = format!("label {label} made by label_replace() is longer than {LABEL_MADE_BYTES_MAX} bytes");
            return Err(Error::limit(text));
        };
        let labels = series.labels.to_builder().set(replace.destination.as_str(), value).build();
        series.column.charge_labels(labels.as_raw().len())?;
        series.labels = labels;
    }
    Ok(all)
}
