//! What stands after an expression: `[5m]`, `[5m:30s]`, `offset 5m`, `@ start()`, `anchored`, `smoothed`.
//!
//! Invariant: each modifier is set at most once and only on what can carry it.

use super::{Context, Parser, Tall};
use crate::promql::ast::{At, BinaryOp, DurationExpr, Expr, MatrixSelector, Node, RangeExtension, Span, Subquery};
use crate::promql::error::Fault;
use crate::promql::token::Kind;
use model::number::format_decimal;

impl Parser<'_> {
    /// The modifiers after an expression; they bind tighter than any operator.
    pub(super) fn modifiers(&mut self, mut tall: Tall) -> Result<Tall, Fault> {
        loop {
            let kind = self.peek()?.kind;
            match kind {
                Kind::LeftBracket => {
                    let open = self.advance();
                    tall = self.within(Context::Range, |parser| parser.range(tall, open))?;
                }
                Kind::Offset => {
                    self.advance();
                    let offset = self.within(Context::Offset, Self::offset_duration)?;
                    self.set_offset(&mut tall.expr, offset)?;
                }
                Kind::At => {
                    self.advance();
                    self.within(Context::At, |parser| parser.at(&mut tall.expr))?;
                }
                Kind::Anchored | Kind::Smoothed => {
                    self.advance();
                    self.set_extension(&mut tall.expr, kind)?;
                }
                _ => return Ok(tall),
            }
        }
    }

    /// `5m]` or `5m:30s]` or `5m:]`.
    fn range(&mut self, inner: Tall, open: Span) -> Result<Tall, Fault> {
        let range = self.positive_duration()?;
        self.context = Context::RangeEnd;
        let separator = self.peek()?;
        if separator.kind == Kind::RightBracket {
            self.advance();
            return self.matrix_selector(inner, range, open);
        }
        self.expect(Kind::Colon)?;
        self.context = Context::Step;
        let step = match self.peek()?.kind {
            Kind::RightBracket => None,
            _ => {
                let step = self.positive_duration()?;
                self.context = Context::StepEnd;
                Some(step)
            }
        };
        let close = self.expect(Kind::RightBracket)?;
        let span = Span { start: inner.expr.span.start, end: close.span.end };
        self.wrap(inner, span, |expr| Node::Subquery(Box::new(Subquery { expr, range, step, offset: None, at: None })))
    }

    fn matrix_selector(&self, inner: Tall, range: DurationExpr, open: Span) -> Result<Tall, Fault> {
        let Tall { expr, height } = inner;
        let refused = |message: &str| Err(Fault::new(open, message));
        let Node::VectorSelector(selector) = expr.node else {
            return refused("ranges only allowed for vector selectors");
        };
        if selector.offset.is_some() {
            return refused("no offset modifiers allowed before range");
        }
        if selector.at.is_some() {
            return refused("no @ modifiers allowed before range");
        }
        let span = Span { start: expr.span.start, end: self.last_end };
        let matrix = MatrixSelector { selector: *selector, selector_span: expr.span, range };
        Ok(Tall { expr: Expr { span, node: Node::MatrixSelector(Box::new(matrix)) }, height })
    }

    fn set_offset(&self, expr: &mut Expr, offset: Option<DurationExpr>) -> Result<(), Fault> {
        let span = expr.span;
        let slot = match &mut expr.node {
            Node::VectorSelector(selector) => &mut selector.offset,
            Node::MatrixSelector(matrix) => &mut matrix.selector.offset,
            Node::Subquery(subquery) => &mut subquery.offset,
            _ => {
                let carriers = "an instant vector selector or range vector selector or a subquery";
                return Err(Fault::new(span, format!("offset modifier must be preceded by {carriers}")));
            }
        };
        if slot.is_some() {
            return Err(Fault::new(span, "offset may not be set multiple times"));
        }
        *slot = offset;
        expr.span.end = self.last_end;
        Ok(())
    }

    /// What follows `@`: a number, `start()` or `end()`.
    fn at(&mut self, expr: &mut Expr) -> Result<(), Fault> {
        let span = expr.span;
        let mut token = self.peek()?;
        let at = if matches!(token.kind, Kind::Start | Kind::End) {
            self.advance();
            self.expect(Kind::LeftParen)?;
            self.expect(Kind::RightParen)?;
            if token.kind == Kind::Start { At::Start } else { At::End }
        } else {
            let negative = token.kind == Kind::Op(BinaryOp::Sub);
            if negative || token.kind == Kind::Op(BinaryOp::Add) {
                self.advance();
                token = self.peek()?;
            }
            if !matches!(token.kind, Kind::Number | Kind::Duration) {
                return Err(self.unexpected(token));
            }
            let seconds = self.number()?.value;
            timestamp(if negative { -seconds } else { seconds }, span)?
        };
        let slot = match &mut expr.node {
            Node::VectorSelector(selector) => &mut selector.at,
            Node::MatrixSelector(matrix) => &mut matrix.selector.at,
            Node::Subquery(subquery) => &mut subquery.at,
            _ => {
                let carriers = "an instant vector selector or range vector selector or a subquery";
                return Err(Fault::new(span, format!("@ modifier must be preceded by {carriers}")));
            }
        };
        if slot.is_some() {
            return Err(Fault::new(span, "@ <timestamp> may not be set multiple times"));
        }
        *slot = Some(at);
        expr.span.end = self.last_end;
        Ok(())
    }

    fn set_extension(&self, expr: &mut Expr, kind: Kind) -> Result<(), Fault> {
        let (name, extension) = match kind {
            Kind::Anchored => ("anchored", RangeExtension::Anchored),
            _ => ("smoothed", RangeExtension::Smoothed),
        };
        let refused = |message: String| Err(Fault::new(expr.span, message));
        if !self.features.extended_range_selectors {
            return refused(format!("{name} modifier is experimental and not enabled"));
        }
        let slot = match &mut expr.node {
            Node::VectorSelector(selector) => &mut selector.extension,
            Node::MatrixSelector(matrix) => &mut matrix.selector.extension,
            Node::Subquery(_) => return refused(format!("{name} modifier is not supported for subqueries")),
            _ => return refused(format!("{name} modifier not implemented")),
        };
        if slot.is_some_and(|other| other != extension) {
            return refused("anchored and smoothed modifiers cannot be used together".to_owned());
        }
        *slot = Some(extension);
        expr.span.end = self.last_end;
        Ok(())
    }
}

/// Seconds after `@` as a time in milliseconds.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "the range is checked before")]
fn timestamp(seconds: f64, span: Span) -> Result<At, Fault> {
    if !seconds.is_finite() || seconds >= i64::MAX as f64 || seconds <= i64::MIN as f64 {
        let written = if seconds.is_finite() { format!("{seconds:.6}") } else { format_decimal(seconds) };
        return Err(Fault::new(span, format!("timestamp out of bounds for @ modifier: {written}")));
    }
    Ok(At::Time((seconds * 1000.0).round() as i64))
}
