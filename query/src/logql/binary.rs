//! The binary operators.
//!
//! Invariant: a literal meets every sample of the other side, whose labels stay. Division by zero is no number, as in
//! Loki.

mod matching;
mod set;

use super::evaluator::Evaluator;
use crate::Error;
use crate::vector::arithmetic::{comparison, of_scalars};
use crate::vector::column::{ABSENT, StepSeries, is_present};
use language::logql::ast::{Binary, BinaryOp, MetricExpr, MetricNode};

/// Evaluates an operation.
pub(super) fn evaluate(ev: &Evaluator<'_>, binary: &Binary) -> Result<Vec<StepSeries>, Error> {
    let operation = Operation { op: binary.op, return_bool: binary.return_bool };
    match (&binary.left.node, &binary.right.node) {
        (MetricNode::Number(literal), _) => {
            with_literal(ev, &binary.right, |value| operation.apply(*literal, value, value))
        }
        (_, MetricNode::Number(literal)) => {
            with_literal(ev, &binary.left, |value| operation.apply(value, *literal, value))
        }
        _ => {
            let (left, right) = (ev.operand(&binary.left)?, ev.operand(&binary.right)?);
            match binary.op {
                BinaryOp::And | BinaryOp::Or | BinaryOp::Unless => set::evaluate(ev, binary, left, right),
                _ => matching::evaluate(ev, binary, operation, left, right),
            }
        }
    }
}

fn with_literal(
    ev: &Evaluator<'_>,
    expr: &MetricExpr,
    apply: impl Fn(f64) -> Option<f64>,
) -> Result<Vec<StepSeries>, Error> {
    let mut all = ev.operand(expr)?;
    for series in &mut all {
        ev.query.work(ev.steps.count as u64)?;
        for value in series.column.floats_mut().iter_mut().filter(|value| is_present(**value)) {
            *value = apply(*value).unwrap_or(ABSENT);
        }
    }
    all.retain(|series| !series.column.is_empty());
    Ok(all)
}

/// An operator with its modifier.
#[derive(Clone, Copy, Debug)]
struct Operation {
    op: BinaryOp,
    return_bool: bool,
}

impl Operation {
    /// What two values come to; `None` where a comparison fails. One that holds gives `kept`.
    fn apply(self, left: f64, right: f64, kept: f64) -> Option<f64> {
        match comparison(self.op, left, right) {
            Some(holds) if self.return_bool => Some(f64::from(u8::from(holds))),
            Some(holds) => holds.then_some(kept),
            None if right == 0.0 && matches!(self.op, BinaryOp::Div | BinaryOp::Mod) => Some(f64::NAN),
            None => Some(of_scalars(self.op, left, right)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_do_what_loki_does() {
        let check = |op: BinaryOp, return_bool: bool, expected: Option<f64>| {
            let found = Operation { op, return_bool }.apply(7.0, 0.0, 7.0);
            let same = found == expected || (found.is_some_and(f64::is_nan) && expected.is_some_and(f64::is_nan));
            assert!(same, "{op:?} {return_bool}: {found:?}");
        };
        check(BinaryOp::Add, false, Some(7.0));
        check(BinaryOp::Div, false, Some(f64::NAN));
        check(BinaryOp::Mod, false, Some(f64::NAN));
        check(BinaryOp::Pow, false, Some(1.0));
        check(BinaryOp::Gt, false, Some(7.0));
        check(BinaryOp::Lt, false, None);
        check(BinaryOp::Gt, true, Some(1.0));
        check(BinaryOp::Lt, true, Some(0.0));
    }
}
