//! `sort`, `sort_desc`, `sort_by_label`, `sort_by_label_desc`.
//!
//! Invariant: they order the answer of an instant query and do nothing in a range query, whose series are ordered by
//! their labels.

use crate::Error;
use crate::promql::evaluator::Evaluator;
use crate::vector::column::{Sink, StepSeries, is_present};
use crate::vector::quantile::ascending;
use language::promql::ast::Call;
use language::promql::function::Function;
use std::cmp::Ordering;

/// Evaluates one of the sorting functions.
pub(super) fn evaluate(ev: &Evaluator<'_>, call: &Call, sink: &mut Sink<'_>) -> Result<(), Error> {
    let arg = super::argument(call, 0)?;
    let by_value = matches!(call.function, Function::Sort | Function::SortDesc);
    if ev.steps.count != 1 {
        ev.query.notes.sort_in_range_query(call.name_span);
        return ev.vector(arg, &mut |mut series| {
            if by_value {
                series.column.drop_histograms();
            }
            if series.column.is_empty() { Ok(()) } else { sink(series) }
        });
    }
    let mut all = ev.collect(arg)?;
    match call.function {
        Function::Sort => by_values(&mut all, |left, right| nan_last(left, right, ascending(left, right))),
        Function::SortDesc => by_values(&mut all, |left, right| nan_last(left, right, ascending(right, left))),
        _ => by_labels(&mut all, call),
    }
    all.into_iter().try_for_each(sink)
}

fn by_values(all: &mut Vec<StepSeries>, mut order: impl FnMut(f64, f64) -> Ordering) {
    all.retain(|series| series.column.floats().first().copied().is_some_and(is_present));
    let value = |series: &StepSeries| series.column.floats().first().copied().unwrap_or(f64::NAN);
    all.sort_by(|left, right| order(value(left), value(right)));
}

fn nan_last(left: f64, right: f64, otherwise: Ordering) -> Ordering {
    match (left.is_nan(), right.is_nan()) {
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        _ => otherwise,
    }
}

fn by_labels(all: &mut [StepSeries], call: &Call) {
    let names: Vec<&str> = (1..call.args.len()).map(|at| super::text(call, at)).collect();
    let compare = |left: &StepSeries, right: &StepSeries| {
        let value = |series: &StepSeries, name: &str| series.labels.get(name).unwrap_or("").to_owned();
        names
            .iter()
            .map(|name| natural(&value(left, name), &value(right, name)))
            .find(|order| order.is_ne())
            .unwrap_or_else(|| left.labels.cmp(&right.labels))
    };
    if call.function == Function::SortByLabelDesc {
        all.sort_by(|left, right| compare(right, left));
    } else {
        all.sort_by(compare);
    }
}

/// Texts in natural order: runs of digits compare as numbers.
fn natural(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left, right);
    while !left.is_empty() && !right.is_empty() {
        let (left_chunk, left_rest) = chunk(left);
        let (right_chunk, right_rest) = chunk(right);
        let digits = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
        let order = if digits(left_chunk) && digits(right_chunk) {
            let (left_number, right_number) = (left_chunk.trim_start_matches('0'), right_chunk.trim_start_matches('0'));
            left_number.len().cmp(&right_number.len()).then_with(|| left_number.cmp(right_number))
        } else {
            left_chunk.cmp(right_chunk)
        };
        if order.is_ne() {
            return order;
        }
        (left, right) = (left_rest, right_rest);
    }
    left.len().cmp(&right.len())
}

fn chunk(text: &str) -> (&str, &str) {
    let digits = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_texts_count_as_numbers() {
        let check = |left: &str, right: &str, expected: Ordering| assert_eq!(natural(left, right), expected);
        check("a2", "a10", Ordering::Less);
        check("a10b1", "a10b02", Ordering::Less);
        check("4m5", "4m600", Ordering::Less);
        check("a", "", Ordering::Greater);
        check("x9", "x9", Ordering::Equal);
    }
}
