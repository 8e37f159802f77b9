//! Walks the tree of a metric expression.
//!
//! Invariant: an expression gives all its series at once, each with a column of one value per step; series of equal
//! labels may occur inside (as `label_replace` makes them) and are joined at the very end.

use super::query::Query;
use super::{aggregate, binary, label_replace, range};
use crate::vector::column::{Column, StepSeries};
use crate::vector::steps::Steps;
use crate::{Error, limits};
use language::logql::ast::{MetricExpr, MetricNode};
use model::labels::Labels;

/// Evaluates trees over its steps, whose times are nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evaluator<'q> {
    pub(super) query: &'q Query<'q>,
    pub(super) steps: Steps,
    /// Most series that a range aggregation may make, where all of them would be answered.
    pub(super) series_max: usize,
}

impl<'q> Evaluator<'q> {
    /// For the whole expression, whose series are answered.
    pub(super) fn new(query: &'q Query<'q>, steps: Steps) -> Self {
        Self { query, steps, series_max: limits::LOG_SERIES_MAX }
    }

    /// For an operand, whose series may go.
    fn of_operand(&self) -> Self {
        Self { series_max: usize::MAX, ..*self }
    }

    /// Evaluates an operand of an operator or a function.
    pub(super) fn operand(&self, expr: &MetricExpr) -> Result<Vec<StepSeries>, Error> {
        self.of_operand().evaluate(expr)
    }

    /// Evaluates an expression.
    pub(super) fn evaluate(&self, expr: &MetricExpr) -> Result<Vec<StepSeries>, Error> {
        self.query.cancel.check()?;
        match &expr.node {
            MetricNode::Number(value) | MetricNode::Vector(value) => {
                let column = Column::filled(&self.query.ledger, self.steps.count, *value)?;
                Ok(vec![StepSeries { labels: Labels::empty(), column }])
            }
            MetricNode::RangeAggregation(aggregation) => range::evaluate(self, aggregation, None),
            MetricNode::VectorAggregation(aggregation) => aggregate::evaluate(self, aggregation),
            MetricNode::LabelReplace(replace) => label_replace::evaluate(self, replace),
            MetricNode::Binary(binary) => binary::evaluate(self, binary),
        }
    }

    /// A column without values.
    pub(super) fn absent_column(&self) -> Result<Column, Error> {
        Column::absent(&self.query.ledger, self.steps.count)
    }
}
