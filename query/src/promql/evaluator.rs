//! The evaluation of one tree over one range of steps.
//!
//! Invariant: series flow one by one from the selectors through the operators into the answer; an operator holds
//! only what its meaning demands, and what it holds is charged. Nothing here outlives the query.

use super::native::sparse::Sparse;
use super::note::Notes;
use super::selector::Take;
use super::{aggregate, binary, functions};
use crate::vector::column::{Column, Sink, StepSeries, StepValue};
use crate::vector::ledger::Ledger;
use crate::vector::merge::{Duplicates, Merge};
use crate::vector::steps::Steps;
use crate::{Error, limits};
use language::promql::ast::{Expr, Node, UnaryOp, ValueType};
use model::cancel::Cancel;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use store::metrics::Metrics;

/// What all parts of one query share.
#[derive(Debug)]
pub(crate) struct Query<'q> {
    pub(crate) metrics: &'q Metrics,
    pub(crate) ledger: Rc<Ledger>,
    pub(crate) cancel: &'q Cancel,
    /// How far instant selectors look back, in milliseconds.
    pub(crate) lookback: i64,
    /// The step of subqueries that name none, in milliseconds.
    pub(crate) subquery_step: i64,
    pub(crate) notes: Notes,
    pub(crate) store_warnings: RefCell<Vec<String>>,
    pub(crate) samples: Cell<u64>,
    pub(crate) series: Cell<u64>,
    pub(crate) since_check: Cell<u64>,
}

impl Query<'_> {
    /// Counts samples that were looked at, and looks at the cancel flag now and then.
    pub(crate) fn saw_samples(&self, count: u64) -> Result<(), Error> {
        self.samples.set(self.samples.get().saturating_add(count));
        self.work(count.saturating_add(16))
    }

    /// Counts a series that the store gave.
    pub(crate) fn saw_series(&self) {
        self.series.set(self.series.get().saturating_add(1));
    }

    /// Looks at the cancel flag when enough work was done since the last look.
    pub(crate) fn work(&self, amount: u64) -> Result<(), Error> {
        let since = self.since_check.get().saturating_add(amount);
        if since < limits::VALUES_PER_CANCEL_CHECK {
            self.since_check.set(since);
            return Ok(());
        }
        self.since_check.set(0);
        Ok(self.cancel.check()?)
    }

    /// Keeps what the store wants to tell the user.
    pub(crate) fn store_warnings(&self, warnings: &[String]) {
        let mut kept = self.store_warnings.borrow_mut();
        for warning in warnings {
            if kept.len() < limits::ANNOTATIONS_MAX && !kept.contains(warning) {
                kept.push(warning.clone());
            }
        }
    }
}

/// A scalar over the steps.
#[derive(Debug)]
pub(crate) enum Scalars {
    Constant(f64),
    PerStep(Column),
}

impl Scalars {
    /// The value at a step.
    pub(crate) fn get(&self, step: usize) -> f64 {
        match self {
            Self::Constant(value) => *value,
            Self::PerStep(column) => column.floats().get(step).copied().unwrap_or(f64::NAN),
        }
    }

    /// Its values; one where it is constant.
    pub(crate) fn distinct(&self) -> &[f64] {
        match self {
            Self::Constant(value) => std::slice::from_ref(value),
            Self::PerStep(column) => column.floats(),
        }
    }

    /// As a column of that many steps.
    pub(crate) fn into_column(self, ledger: &Rc<Ledger>, count: usize) -> Result<Column, Error> {
        match self {
            Self::Constant(value) => Column::filled(ledger, count, value),
            Self::PerStep(column) => Ok(column),
        }
    }
}

/// Evaluates trees over its steps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Evaluator<'q> {
    pub(crate) query: &'q Query<'q>,
    pub(crate) steps: Steps,
}

impl<'q> Evaluator<'q> {
    /// The same query over other steps.
    pub(crate) fn over(self, steps: Steps) -> Evaluator<'q> {
        Evaluator { query: self.query, steps }
    }

    /// A column without values.
    pub(crate) fn absent_column(&self) -> Result<Column, Error> {
        Column::absent(&self.query.ledger, self.steps.count)
    }

    /// Evaluates an instant vector, series by series. A scalar comes as one series without labels.
    pub(crate) fn vector(&self, expr: &Expr, sink: &mut Sink<'_>) -> Result<(), Error> {
        self.query.cancel.check()?;
        if self.steps.count == 0 {
            return Ok(());
        }
        if expr.value_type() == ValueType::Scalar {
            let column = self.scalar(expr)?.into_column(&self.query.ledger, self.steps.count)?;
            return sink(StepSeries { labels: model::labels::Labels::empty(), column });
        }
        match &expr.node {
            Node::VectorSelector(selector) => self.select(selector, Take::Value, sink),
            Node::Call(call) => functions::call(self, call, sink),
            Node::Aggregation(aggregation) => aggregate::evaluate(self, aggregation, expr.span, sink),
            Node::Binary(binary) => binary::evaluate(self, binary, expr.span, sink),
            Node::Paren(inner) | Node::Unary(UnaryOp::Plus, inner) => self.vector(inner, sink),
            Node::Unary(UnaryOp::Minus, inner) => self.negate(inner, sink),
            Node::StepInvariant(inner) => self.once(inner, sink),
            Node::Number(_) | Node::String(_) | Node::MatrixSelector(_) | Node::Subquery(_) => {
                Err(Error::execution(format!("expected an instant vector, got {:?}", expr.value_type())))
            }
        }
    }

    /// Evaluates a vector and keeps all of it.
    pub(crate) fn collect(&self, expr: &Expr) -> Result<Vec<StepSeries>, Error> {
        let mut all = Vec::new();
        self.vector(expr, &mut |series| {
            all.push(series);
            Ok(())
        })?;
        Ok(all)
    }

    /// Evaluates a scalar.
    pub(crate) fn scalar(&self, expr: &Expr) -> Result<Scalars, Error> {
        self.query.work(self.steps.count as u64)?;
        match &expr.node {
            Node::Number(number) => Ok(Scalars::Constant(number.value)),
            Node::Paren(inner) | Node::Unary(UnaryOp::Plus, inner) => self.scalar(inner),
            Node::Unary(UnaryOp::Minus, inner) => Ok(match self.scalar(inner)? {
                Scalars::Constant(value) => Scalars::Constant(-value),
                Scalars::PerStep(mut column) => {
                    column.map_floats(|value| -value);
                    Scalars::PerStep(column)
                }
            }),
            Node::Binary(binary) => binary::scalars(self, binary),
            Node::Call(call) => functions::scalar(self, call),
            Node::StepInvariant(inner) => {
                let first = self.over(self.steps.first()).scalar(inner)?;
                Ok(Scalars::Constant(first.get(0)))
            }
            _ => Err(Error::execution(format!("expected a scalar, got {:?}", expr.value_type()))),
        }
    }

    /// Evaluates at the first step and repeats the values for the others.
    fn once(&self, expr: &Expr, sink: &mut Sink<'_>) -> Result<(), Error> {
        if self.steps.count == 1 {
            return self.vector(expr, sink);
        }
        self.over(self.steps.first()).vector(expr, &mut |series| {
            let column = match series.column.histogram(0) {
                None => {
                    let value = series.column.floats().first().copied().unwrap_or(f64::NAN);
                    Column::filled(&self.query.ledger, self.steps.count, value)?
                }
                Some(histogram) => {
                    let mut column = self.absent_column()?;
                    for step in 0..self.steps.count {
                        column.set_histogram(step, histogram.clone())?;
                    }
                    column
                }
            };
            self.query.work(self.steps.count as u64)?;
            sink(StepSeries { labels: series.labels, column })
        })
    }

    fn negate(&self, expr: &Expr, sink: &mut Sink<'_>) -> Result<(), Error> {
        self.rename(expr, Duplicates::Fill, sink, |mut series| {
            for step in 0..self.steps.count {
                let negated = match series.column.value(step) {
                    Some(StepValue::Histogram(histogram)) => {
                        let mut sparse = Sparse::from(histogram.as_ref());
                        sparse.scale(-1.0);
                        sparse.into_histogram()
                    }
                    Some(StepValue::Float(value)) => {
                        series.column.set(step, -value);
                        continue;
                    }
                    None => continue,
                };
                series.column.set_histogram(step, Arc::new(negated))?;
            }
            Ok(Some(series.column))
        })
    }

    /// Evaluates a vector, changes each column, and drops the metric name.
    ///
    /// Where the operand can have one metric name only, the series stay distinct without it and flow through;
    /// otherwise they are collected to find those that became equal.
    pub(crate) fn rename(
        &self,
        expr: &Expr,
        duplicates: Duplicates,
        sink: &mut Sink<'_>,
        mut change: impl FnMut(StepSeries) -> Result<Option<Column>, Error>,
    ) -> Result<(), Error> {
        let unique = has_one_name(expr);
        let mut merge = Merge::new(duplicates);
        self.vector(expr, &mut |series| {
            let labels = series.labels.without_metric_name();
            self.query.work(self.steps.count as u64)?;
            let Some(column) = change(series)? else { return Ok(()) };
            if column.is_empty() {
                return Ok(());
            }
            let renamed = StepSeries { labels, column };
            if unique { sink(renamed) } else { merge.add(renamed) }
        })?;
        merge.drain(sink)
    }
}

/// Whether all series of the operand surely have the same metric name (or all none), so that dropping it cannot make
/// two of them equal.
pub(crate) fn has_one_name(expr: &Expr) -> bool {
    match &expr.node {
        Node::VectorSelector(selector) => selects_one_name(&selector.matchers),
        Node::MatrixSelector(matrix) => selects_one_name(&matrix.selector.matchers),
        Node::Subquery(subquery) => has_one_name(&subquery.expr),
        Node::Paren(inner) | Node::StepInvariant(inner) | Node::Unary(_, inner) => has_one_name(inner),
        Node::Aggregation(aggregation) => aggregate::drops_name(aggregation) || has_one_name(&aggregation.expr),
        Node::Call(call) => functions::keeps_one_name(call),
        Node::Binary(_) => false,
        Node::Number(_) | Node::String(_) => true,
    }
}

fn selects_one_name(matchers: &[model::matcher::Matcher]) -> bool {
    matchers
        .iter()
        .any(|matcher| matcher.name() == model::labels::METRIC_NAME && matcher.op() == model::matcher::MatchOp::Equal)
}
