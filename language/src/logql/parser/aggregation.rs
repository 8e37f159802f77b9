//! Aggregations over series, and `label_replace`: `sum by (a) (x)`, `topk(3, x)`.
//!
//! Invariant: an aggregation has its parameter exactly when its operator needs one.

use super::{Parser, Tall, TallMetric};
use crate::logql::ast::{Expr, Grouping, LabelReplace, MetricNode, VectorAggregation, VectorOp};
use crate::logql::error::Fault;
use crate::logql::token::{Kind, Token};
use crate::operator::Precedence;
use crate::span::Span;

impl Parser<'_> {
    pub(super) fn vector_aggregation(&mut self, op: VectorOp) -> Result<Tall, Fault> {
        let name = self.advance();
        let mut grouping = self.grouping()?;
        self.expect(Kind::LeftParen, if grouping.is_some() { "(" } else { "( or by or without" })?;
        let (param, inner) = self.parameter_and_metric()?;
        self.expect(Kind::RightParen, "")?;
        if grouping.is_none() {
            grouping = self.grouping()?;
        }
        let span = Span { start: name.start, end: self.last_end };
        let height = self.grow(inner.height, span)?;
        let written = param.map(|token| token.text(self.text));
        let (param, fault) = match series_count(op, written, grouping.as_ref()) {
            Ok(count) => (count, None),
            Err(message) => (None, Some(Fault::about(param.map_or(span, |token| token.span), message))),
        };
        let fault = fault.or_else(|| sorted_by_group(op, grouping.as_ref(), span)).or(inner.fault);
        let grouping = grouping.filter(|grouping| grouping.without || !grouping.labels.is_empty());
        let aggregation = VectorAggregation { op, param, expr: inner.expr, grouping };
        Ok(Tall::metric(span, MetricNode::VectorAggregation(Box::new(aggregation)), height, fault))
    }

    /// `3, x` or `x`: a number right before a comma is the parameter.
    fn parameter_and_metric(&mut self) -> Result<(Option<Token>, TallMetric), Fault> {
        let first = self.peek()?;
        let Tall { expr, height, fault } = self.expr(Precedence::LOWEST)?;
        let next = self.peek()?;
        if first.kind == Kind::Number && self.last_end == first.span.end && next.kind == Kind::Comma {
            self.advance();
            return Ok((Some(first), self.metric_expr()?));
        }
        match expr {
            Expr::Metric(expr) => Ok((None, TallMetric { expr, height, fault })),
            Expr::Log(_) => Err(self.unexpected(next, "")),
        }
    }

    pub(super) fn grouping(&mut self) -> Result<Option<Grouping>, Fault> {
        let kind = self.peek()?.kind;
        if !matches!(kind, Kind::By | Kind::Without) {
            return Ok(None);
        }
        self.advance();
        Ok(Some(Grouping { without: kind == Kind::Without, labels: self.label_list()? }))
    }

    pub(super) fn label_replace(&mut self) -> Result<Tall, Fault> {
        let name = self.advance();
        self.expect(Kind::LeftParen, "(")?;
        let inner = self.metric_expr()?;
        self.expect(Kind::Comma, "")?;
        let (destination, _) = self.string("STRING")?;
        self.expect(Kind::Comma, ",")?;
        let (replacement, _) = self.string("STRING")?;
        self.expect(Kind::Comma, ",")?;
        let (source, _) = self.string("STRING")?;
        self.expect(Kind::Comma, ",")?;
        let (regex, regex_span) = self.string("STRING")?;
        let close = self.expect(Kind::RightParen, ")")?;
        let span = Span { start: name.start, end: close.span.end };
        self.admit_regex(&regex, regex_span)?;
        let fault = model::regexp::compile_anchored(&regex)
            .err()
            .map(|reason| Fault::about(regex_span, format!("invalid regex in label_replace: {reason}")));
        let height = self.grow(inner.height, span)?;
        let replace = LabelReplace { expr: inner.expr, destination, replacement, source, regex };
        Ok(Tall::metric(span, MetricNode::LabelReplace(Box::new(replace)), height, fault.or(inner.fault)))
    }
}

/// The parameter of an aggregation, or why it has none or a wrong one.
fn series_count(op: VectorOp, written: Option<&str>, grouping: Option<&Grouping>) -> Result<Option<u64>, String> {
    let name = op.name();
    let text = match (op.needs_param(), written) {
        (true, Some(text)) => text,
        (true, None) => return Err(format!("parameter required for operation {name}")),
        (false, Some(text)) => return Err(format!("unsupported parameter for operation {name}({text},")),
        (false, None) => return Ok(None),
    };
    match text.parse::<i64>().map(u64::try_from) {
        Err(_) | Ok(Err(_)) => Err(format!("invalid parameter {name}({text},")),
        Ok(Ok(0)) => Err(format!("invalid parameter (must be greater than 0) {name}({text}")),
        Ok(Ok(_)) if op == VectorOp::ApproxTopk && grouping.is_some() => {
            Err(format!("grouping not allowed for {name} aggregation"))
        }
        Ok(Ok(count)) => Ok(Some(count)),
    }
}

fn sorted_by_group(op: VectorOp, grouping: Option<&Grouping>, span: Span) -> Option<Fault> {
    let sorts = matches!(op, VectorOp::Sort | VectorOp::SortDesc);
    let refused = sorts && grouping.is_some_and(|grouping| !grouping.labels.is_empty());
    // The space at the end is Loki's.
    refused.then(|| Fault::about(span, "sort and sort_desc doesn't allow grouping by "))
}
