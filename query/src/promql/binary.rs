//! The binary operators.
//!
//! Invariant: between scalars they give a scalar; between a vector and a scalar series flow through; between vectors
//! one side is held, as the meaning of matching demands (`and`, `or` and `unless` hold only which steps are taken).

mod arithmetic;
mod matching;
mod set;

use super::evaluator::{Evaluator, Scalars};
use crate::Error;
use crate::vector::column::{Sink, StepSeries, StepValue};
use crate::vector::merge::{Duplicates, Merge};
use arithmetic::Operation;
use language::promql::ast::{Binary, Expr, Span, ValueType};

/// Evaluates an operation of which at least one side is a vector.
pub(crate) fn evaluate(ev: &Evaluator<'_>, binary: &Binary, span: Span, sink: &mut Sink<'_>) -> Result<(), Error> {
    let operation = Operation { op: binary.op, return_bool: binary.return_bool, span };
    match (binary.left.value_type(), binary.right.value_type()) {
        (ValueType::Scalar, _) => {
            let scalars = ev.scalar(&binary.left)?;
            with_scalar(ev, operation, &binary.right, &scalars, Side::Left, sink)
        }
        (_, ValueType::Scalar) => {
            let scalars = ev.scalar(&binary.right)?;
            with_scalar(ev, operation, &binary.left, &scalars, Side::Right, sink)
        }
        _ if binary.op.is_set() => set::evaluate(ev, binary, sink),
        _ => matching::evaluate(ev, binary, operation, sink),
    }
}

/// On which side of the operator the scalar stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

fn with_scalar(
    ev: &Evaluator<'_>,
    operation: Operation,
    vector: &Expr,
    scalars: &Scalars,
    side: Side,
    sink: &mut Sink<'_>,
) -> Result<(), Error> {
    let apply = |series: &mut StepSeries| -> Result<(), Error> {
        for step in 0..ev.steps.count {
            let Some(value) = series.column.value(step) else { continue };
            let scalar = StepValue::Float(scalars.get(step));
            let result = match side {
                Side::Left => operation.apply(&scalar, &value, ev),
                Side::Right => operation.apply(&value, &scalar, ev),
            };
            // A comparison keeps the vector's value, wherever it stands.
            let kept = match (side, operation.filters(), &value, result) {
                (Side::Left, true, StepValue::Float(value), Some(_)) => Some(arithmetic::Result::Float(*value)),
                (_, _, _, result) => result,
            };
            arithmetic::put(&mut series.column, step, kept)?;
        }
        ev.query.work(ev.steps.count as u64)
    };
    if operation.drops_name() {
        return ev.rename(vector, Duplicates::Fill, sink, |mut series| {
            apply(&mut series)?;
            Ok(Some(series.column))
        });
    }
    ev.vector(vector, &mut |mut series| {
        apply(&mut series)?;
        if series.column.is_empty() { Ok(()) } else { sink(series) }
    })
}

/// Evaluates an operation between scalars.
pub(crate) fn scalars(ev: &Evaluator<'_>, binary: &Binary) -> Result<Scalars, Error> {
    let op = binary.op;
    pairwise(ev, &binary.left, &binary.right, |left, right| crate::vector::arithmetic::of_scalars(op, left, right))
}

/// Applies a function to two scalars at every step; once where both are constant.
pub(crate) fn pairwise(
    ev: &Evaluator<'_>,
    left: &Expr,
    right: &Expr,
    apply: impl Fn(f64, f64) -> f64,
) -> Result<Scalars, Error> {
    Ok(match (ev.scalar(left)?, ev.scalar(right)?) {
        (Scalars::Constant(left), Scalars::Constant(right)) => Scalars::Constant(apply(left, right)),
        (Scalars::PerStep(mut column), right) => {
            column
                .floats_mut()
                .iter_mut()
                .enumerate()
                .for_each(|(step, value)| *value = apply(*value, right.get(step)));
            Scalars::PerStep(column)
        }
        (left, Scalars::PerStep(mut column)) => {
            column.floats_mut().iter_mut().enumerate().for_each(|(step, value)| *value = apply(left.get(step), *value));
            Scalars::PerStep(column)
        }
    })
}

/// A collection for results whose labels may have become equal.
fn collected() -> Merge {
    Merge::new(Duplicates::Fill)
}
