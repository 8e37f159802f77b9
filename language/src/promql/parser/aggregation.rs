//! Aggregations: `sum by (a) (x)`, `sum(x) by (a)`, `topk(3, x)`.
//!
//! Invariant: an aggregation has its parameter exactly when its operator needs one. An operator's name that is not
//! followed by an aggregation is a metric's name.

use super::{Context, Parser, Tall};
use crate::promql::ast::{AggregateOp, Aggregation, Expr, Grouping, Node, Span};
use crate::promql::error::Fault;
use crate::promql::token::Kind;

impl Parser<'_> {
    /// What an aggregation operator's name begins.
    pub(super) fn aggregation_or_selector(&mut self, op: AggregateOp) -> Result<Tall, Fault> {
        let name = self.next()?;
        if matches!(self.peek()?.kind, Kind::LeftParen | Kind::By | Kind::Without) {
            return self.within(Context::Aggregation, |parser| parser.aggregation(op, name.span));
        }
        Ok(Tall { expr: self.named_selector(name)?, height: 1 })
    }

    fn aggregation(&mut self, op: AggregateOp, name: Span) -> Result<Tall, Fault> {
        let before = self.grouping()?;
        let (mut args, mut end) = self.arguments()?;
        let grouping = match before {
            Some(grouping) => grouping,
            None => match self.grouping()? {
                Some(grouping) => {
                    end = self.last_end;
                    grouping
                }
                None => Grouping::None,
            },
        };
        let span = Span { start: name.start, end };
        if args.is_empty() {
            return Err(Fault::new(span, "no arguments for aggregate expression provided"));
        }
        if op.is_experimental() && !self.features.experimental_functions {
            let flag = "must be enabled with --enable-feature=promql-experimental-functions";
            return Err(Fault::new(span, format!("{}() is experimental and {flag}", op.name())));
        }
        let expected = if op.param_type().is_some() { 2 } else { 1 };
        if args.len() != expected {
            let message = format!(
                "wrong number of arguments for aggregate expression provided, expected {expected}, got {}",
                args.len()
            );
            return Err(Fault::new(span, message));
        }
        let below = args.iter().map(|arg| arg.height).max().unwrap_or(0);
        let height = self.grow(below, span)?;
        let Some(last) = args.pop() else {
            return Err(Fault::new(span, "no arguments for aggregate expression provided"));
        };
        let param = args.pop().map(|param| param.expr);
        let aggregation = Aggregation { op, param, expr: last.expr, grouping };
        Ok(Tall { expr: Expr { span, node: Node::Aggregation(Box::new(aggregation)) }, height })
    }

    fn grouping(&mut self) -> Result<Option<Grouping>, Fault> {
        let kind = self.peek()?.kind;
        if !matches!(kind, Kind::By | Kind::Without) {
            return Ok(None);
        }
        self.advance();
        let labels = self.grouping_labels()?;
        Ok(Some(match kind {
            Kind::Without => Grouping::Without(labels),
            _ if labels.is_empty() => Grouping::None,
            _ => Grouping::By(labels),
        }))
    }
}
