//! What an operator does with two values.
//!
//! Invariant: floats follow IEEE 754; kinds that an operator does not know give nothing and an annotation.

use crate::Error;
use crate::promql::evaluator::Evaluator;
use crate::promql::native;
use crate::promql::native::sparse::{Incompatible, Sparse};
use crate::vector::arithmetic::{comparison, of_scalars};
use crate::vector::column::{Column, StepValue};
use language::promql::ast::{BinaryOp, Span};
use model::histogram::{Histogram, ResetHint};
use std::sync::Arc;

/// An operator with its modifier and its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operation {
    pub(super) op: BinaryOp,
    pub(super) return_bool: bool,
    pub(super) span: Span,
}

/// What an operator gave.
#[derive(Clone, Debug)]
pub(super) enum Result {
    Float(f64),
    Histogram(Arc<Histogram>),
}

impl From<Sparse> for Result {
    fn from(sparse: Sparse) -> Self {
        Self::Histogram(Arc::new(sparse.into_histogram()))
    }
}

/// Writes a result into a column; `None` takes the value of the step away.
pub(super) fn put(column: &mut Column, step: usize, result: Option<Result>) -> std::result::Result<(), Error> {
    match result {
        Some(Result::Float(float)) => column.set(step, float),
        Some(Result::Histogram(histogram)) => column.set_histogram(step, histogram)?,
        None => column.clear(step),
    }
    Ok(())
}

impl Operation {
    /// A comparison that keeps or drops its left value.
    pub(super) fn filters(self) -> bool {
        self.op.is_comparison() && !self.return_bool
    }

    /// Whether the result is another quantity than the operands, so that the metric name goes.
    pub(super) fn drops_name(self) -> bool {
        use BinaryOp::{Add, Atan2, Div, Mod, Mul, Pow, Sub};
        self.return_bool || matches!(self.op, Add | Sub | Mul | Div | Mod | Pow | Atan2)
    }

    /// Applies the operator; `None` where the comparison fails or the kinds do not fit.
    pub(super) fn apply(self, left: &StepValue<'_>, right: &StepValue<'_>, ev: &Evaluator<'_>) -> Option<Result> {
        match (left, right) {
            (StepValue::Float(left), StepValue::Float(right)) if !self.trims() => self.of_floats(*left, *right),
            (StepValue::Histogram(left), StepValue::Histogram(right)) => self.of_histograms(left, right, ev),
            (StepValue::Histogram(histogram), StepValue::Float(factor))
                if matches!(self.op, BinaryOp::Mul | BinaryOp::Div) =>
            {
                let mut sparse = Sparse::from(histogram.as_ref());
                if self.op == BinaryOp::Mul {
                    sparse.scale(*factor)
                } else {
                    sparse.divide(*factor)
                }
                Some(Result::from(sparse))
            }
            (StepValue::Float(factor), StepValue::Histogram(histogram)) if self.op == BinaryOp::Mul => {
                let mut sparse = Sparse::from(histogram.as_ref());
                sparse.scale(*factor);
                Some(Result::from(sparse))
            }
            _ => self.incompatible(kind(left), kind(right), ev),
        }
    }

    fn incompatible(self, left: &str, right: &str, ev: &Evaluator<'_>) -> Option<Result> {
        ev.query.notes.incompatible_types(self.span, left, symbol(self.op), right);
        None
    }

    fn of_histograms(self, left: &Arc<Histogram>, right: &Arc<Histogram>, ev: &Evaluator<'_>) -> Option<Result> {
        let (factor, operation) = match self.op {
            BinaryOp::Add => (1.0, "addition"),
            BinaryOp::Sub => (-1.0, "subtraction"),
            BinaryOp::Eq | BinaryOp::Ne => {
                let holds = native::is_equal(left, right) == (self.op == BinaryOp::Eq);
                return self.kept(holds, || Result::Histogram(Arc::clone(left)));
            }
            _ => return self.incompatible("histogram", "histogram", ev),
        };
        let mut sparse = Sparse::from(left.as_ref());
        match sparse.add(&Sparse::from(right.as_ref()), factor) {
            Ok(settled) => {
                ev.query.notes.settled(self.span, settled, operation);
                if self.op == BinaryOp::Sub {
                    sparse.reset_hint = ResetHint::Gauge;
                }
                Some(Result::from(sparse))
            }
            Err(Incompatible) => {
                ev.query.notes.incompatible_buckets(self.span, symbol(self.op));
                None
            }
        }
    }

    fn trims(self) -> bool {
        matches!(self.op, BinaryOp::TrimUpper | BinaryOp::TrimLower)
    }

    fn of_floats(self, left: f64, right: f64) -> Option<Result> {
        match comparison(self.op, left, right) {
            Some(holds) => self.kept(holds, || Result::Float(left)),
            None => Some(Result::Float(of_scalars(self.op, left, right))),
        }
    }

    fn kept(self, holds: bool, value: impl FnOnce() -> Result) -> Option<Result> {
        if self.return_bool {
            return Some(Result::Float(f64::from(u8::from(holds))));
        }
        holds.then(value)
    }
}

fn kind(value: &StepValue<'_>) -> &'static str {
    match value {
        StepValue::Float(_) => "float",
        StepValue::Histogram(_) => "histogram",
    }
}

fn symbol(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => "+",
        BinaryOp::Sub => "-",
        BinaryOp::Mul => "*",
        BinaryOp::Div => "/",
        BinaryOp::Mod => "%",
        BinaryOp::Pow => "^",
        BinaryOp::Atan2 => "atan2",
        BinaryOp::Eq => "==",
        BinaryOp::Ne => "!=",
        BinaryOp::Lt => "<",
        BinaryOp::Le => "<=",
        BinaryOp::Gt => ">",
        BinaryOp::Ge => ">=",
        BinaryOp::And => "and",
        BinaryOp::Or => "or",
        BinaryOp::Unless => "unless",
        BinaryOp::TrimUpper => "</",
        BinaryOp::TrimLower => ">/",
    }
}
