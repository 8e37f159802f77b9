//! Aggregations over ranges of lines: `rate({...} | json [5m])`, the range before or after the stages.
//!
//! Invariant: stages stand on one side of the range only, and `unwrap` is the last of them.

use super::selector::selects_all;
use super::{Parser, Tall};
use crate::logql::ast::{Conversion, Grouping, LogExpr, LogRange, MetricNode, RangeAggregation, RangeOp, Unwrap};
use crate::logql::error::Fault;
use crate::logql::limits::STAGES_MAX;
use crate::logql::number;
use crate::logql::token::{Kind, Token};
use crate::span::Span;
use std::time::Duration;

/// The parts of a range in the order in which they are found.
struct Begun {
    start: usize,
    log: LogExpr,
    unwrap: Option<Unwrap>,
}

impl Parser<'_> {
    pub(super) fn range_aggregation(&mut self, op: RangeOp) -> Result<Tall, Fault> {
        let name = self.advance();
        self.expect(Kind::LeftParen, "(")?;
        let first = self.peek()?;
        let param = if first.kind == Kind::Number {
            self.advance();
            self.expect(Kind::Comma, ",")?;
            Some(first)
        } else {
            None
        };
        let expecting = if param.is_some() { "{ or (" } else { "NUMBER or { or (" };
        let range = self.log_range(expecting)?;
        self.expect(Kind::RightParen, ")")?;
        let grouping = self.grouping()?;
        let span = Span { start: name.start, end: self.last_end };
        let (quantile, fault) = match self.quantile(op, param) {
            Ok(quantile) => (quantile, misused(op, grouping.as_ref(), &range)),
            Err(message) => (None, Some(message)),
        };
        let fault = fault.map(|message| Fault::about(span, message)).or_else(|| selects_all(&range.log.selector));
        let aggregation = RangeAggregation { op, param: quantile, range, grouping };
        Ok(Tall::metric(span, MetricNode::RangeAggregation(Box::new(aggregation)), 1, fault))
    }

    fn quantile(&self, op: RangeOp, param: Option<Token>) -> Result<Option<f64>, String> {
        let name = op.name();
        match (op, param.map(|token| token.text(self.text))) {
            (RangeOp::QuantileOverTime, None) => Err(format!("parameter required for operation {name}")),
            (RangeOp::QuantileOverTime, Some(text)) => number::parse(text)
                .map(Some)
                .map_err(|reason| format!("invalid parameter for operation {name}: {reason}")),
            (_, Some(text)) => Err(format!("parameter {text} not supported for operation {name}")),
            (_, None) => Ok(None),
        }
    }

    fn log_range(&mut self, expecting: &str) -> Result<LogRange, Fault> {
        self.descend()?;
        let open = self.peek()?;
        let range = if open.kind == Kind::LeftParen {
            self.advance();
            self.parenthesized_range(open.span.start)?
        } else {
            let begun = self.begun_range(expecting)?;
            self.ranged(begun, false)?
        };
        self.depth -= 1;
        Ok(range)
    }

    /// `{...}) [5m]`, or a whole range with its parenthesis.
    fn parenthesized_range(&mut self, start: usize) -> Result<LogRange, Fault> {
        if self.peek()?.kind == Kind::LeftParen {
            let inner = self.log_range("")?;
            self.expect(Kind::RightParen, ")")?;
            return Ok(inner);
        }
        let mut begun = self.begun_range("{ or (")?;
        if self.accept(Kind::RightParen)? {
            begun.start = start;
            return self.ranged(begun, true);
        }
        let range = self.ranged_with(begun, "RANGE or ) or |")?;
        self.expect(Kind::RightParen, ")")?;
        Ok(range)
    }

    /// What stands before the range: the selector, and maybe all stages.
    fn begun_range(&mut self, expecting: &str) -> Result<Begun, Fault> {
        let selector = self.selector(expecting)?;
        let start = selector.span.start;
        let mut log = LogExpr { span: selector.span, selector, stages: Vec::new() };
        let unwrap = self.range_stages(&mut log)?;
        Ok(Begun { start, log, unwrap })
    }

    fn ranged(&mut self, begun: Begun, parenthesized: bool) -> Result<LogRange, Fault> {
        let expecting = match begun.unwrap {
            _ if parenthesized => "RANGE",
            Some(_) => "RANGE or |",
            None => "",
        };
        if !parenthesized {
            return self.ranged_with(begun, expecting);
        }
        let bare = begun.log.stages.is_empty() && begun.unwrap.is_none();
        let range = self.range_token(expecting)?;
        let offset = self.offset()?;
        let mut whole = finished(begun, range, offset);
        // After a parenthesis only `unwrap` may follow the range.
        if bare && self.peek()?.kind == Kind::Pipe {
            let pipe = self.advance();
            let token = self.peek()?;
            if token.kind != Kind::Unwrap {
                return Err(self.unexpected(token, "unwrap"));
            }
            whole.unwrap = Some(self.unwrap(pipe.start)?);
        }
        whole.span.end = self.last_end;
        Ok(whole)
    }

    /// The range, and the stages after it where none stand before.
    fn ranged_with(&mut self, begun: Begun, expecting: &str) -> Result<LogRange, Fault> {
        let expecting = if begun.unwrap.is_some() { expecting } else { "" };
        let bare = begun.log.stages.is_empty() && begun.unwrap.is_none();
        let range = self.range_token(expecting)?;
        let offset = self.offset()?;
        let mut whole = finished(begun, range, offset);
        if bare {
            whole.unwrap = self.range_stages(&mut whole.log)?;
        }
        whole.span.end = self.last_end;
        Ok(whole)
    }

    fn range_token(&mut self, expecting: &str) -> Result<Duration, Fault> {
        let token = self.peek()?;
        let Kind::Range(range) = token.kind else { return Err(self.unexpected(token, expecting)) };
        self.advance();
        Ok(range)
    }

    /// `offset 5m` in nanoseconds; 0 when none stands here.
    fn offset(&mut self) -> Result<i64, Fault> {
        if !self.accept(Kind::Offset)? {
            return Ok(0);
        }
        let token = self.peek()?;
        let Kind::Duration(offset) = token.kind else { return Err(self.unexpected(token, "DURATION")) };
        self.advance();
        Ok(offset)
    }

    fn range_stages(&mut self, log: &mut LogExpr) -> Result<Option<Unwrap>, Fault> {
        let found = self.stages(&mut log.stages)?;
        if let Some(last) = log.stages.last() {
            log.span.end = last.span.end;
        }
        // The pipe before `unwrap` has been taken.
        if found { self.unwrap(self.last_end.saturating_sub(1)).map(Some) } else { Ok(None) }
    }

    /// `unwrap x` with its filters, from the keyword on.
    fn unwrap(&mut self, start: usize) -> Result<Unwrap, Fault> {
        self.advance();
        let token = self.peek()?;
        let (label, conversion) = match token.kind {
            Kind::Conversion(conversion) => {
                self.advance();
                self.expect(Kind::LeftParen, "(")?;
                let (label, _) = self.identifier("IDENTIFIER")?;
                self.expect(Kind::RightParen, ")")?;
                (label, conversion)
            }
            _ => {
                let expecting = "IDENTIFIER or BYTES_CONV or DURATION_CONV or DURATION_SECONDS_CONV";
                (self.identifier(expecting)?.0, Conversion::Float)
            }
        };
        let mut filters = Vec::new();
        while self.accept(Kind::Pipe)? {
            if filters.len() == STAGES_MAX {
                return Err(super::stage::too_many(self.peek()?.span));
            }
            filters.push(self.label_filter("IDENTIFIER or (")?);
        }
        Ok(Unwrap { span: Span { start, end: self.last_end }, label, conversion, filters })
    }
}

fn finished(begun: Begun, range: Duration, offset: i64) -> LogRange {
    let Begun { start, log, unwrap } = begun;
    LogRange { span: Span { start, end: log.span.end }, log, unwrap, range, offset }
}

/// Why an aggregation cannot take its range.
fn misused(op: RangeOp, grouping: Option<&Grouping>, range: &LogRange) -> Option<String> {
    let name = op.name();
    if grouping.is_some() && !op.allows_grouping() {
        return Some(format!("grouping not allowed for {name} aggregation"));
    }
    match range.unwrap {
        Some(_) if !op.allows_unwrap() => Some(format!("invalid aggregation {name} with unwrap")),
        None if !op.allows_lines() => Some(format!("invalid aggregation {name} without unwrap")),
        _ => None,
    }
}
