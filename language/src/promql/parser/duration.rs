//! Lengths of time in brackets and after `offset`: literals, and their arithmetic behind `promql-duration-expr`.
//!
//! Invariant: a literal is whole milliseconds within 2^63 nanoseconds, like Go's durations; a range is positive.
//! An offset takes arithmetic only in parentheses: `a offset 5m + b` adds `b` to the samples.

use super::Parser;
use crate::operator::Precedence;
use crate::promql::ast::{BinaryOp, ComputedDuration, DurationExpr, DurationNode, NumberLiteral, Span};
use crate::promql::error::Fault;
use crate::promql::limits::DURATION_PARTS_MAX;
use crate::promql::token::Kind;

/// Seconds that fit 64 bits of nanoseconds.
const SECONDS_MAX: f64 = 9_223_372_036.854_776;

type Parsed = Result<ComputedDuration, Fault>;

impl Parser<'_> {
    /// A range or step: more than zero.
    pub(super) fn positive_duration(&mut self) -> Result<DurationExpr, Fault> {
        self.duration_parts = 0;
        let duration = self.duration(Precedence::LOWEST)?;
        let span = duration.span;
        match duration.node {
            DurationNode::Number(number) => match millis(number.value) {
                1.. => Ok(DurationExpr::Literal(millis(number.value))),
                _ => Err(Fault::new(span, "duration must be greater than 0")),
            },
            _ => Ok(DurationExpr::Computed(Box::new(duration))),
        }
    }

    /// What follows `offset`; `None` when it is zero.
    pub(super) fn offset_duration(&mut self) -> Result<Option<DurationExpr>, Fault> {
        self.duration_parts = 0;
        let first = self.peek()?;
        let duration = match first.kind {
            Kind::LeftParen => self.duration(Precedence::LOWEST)?,
            Kind::Op(BinaryOp::Add | BinaryOp::Sub) => self.signed_duration(first.kind, first.span)?,
            _ => self.duration_atom()?,
        };
        Ok(match duration.node {
            DurationNode::Number(number) => match millis(number.value) {
                0 => None,
                millis => Some(DurationExpr::Literal(millis)),
            },
            _ => Some(DurationExpr::Computed(Box::new(duration))),
        })
    }

    /// Arithmetic of operators that bind at least as strongly as `least`.
    fn duration(&mut self, least: Precedence) -> Parsed {
        self.descend()?;
        let first = self.peek()?;
        let mut left = match first.kind {
            Kind::Op(BinaryOp::Add | BinaryOp::Sub) => {
                self.count_part(first.span)?;
                self.advance();
                let operand = self.duration(Precedence::of(BinaryOp::Pow))?;
                apply_sign(first.kind, first.span, operand)?
            }
            _ => self.duration_atom()?,
        };
        loop {
            let token = self.peek()?;
            let Kind::Op(op) = token.kind else { break };
            if !is_arithmetic(op) || Precedence::of(op) < least {
                break;
            }
            self.count_part(token.span)?;
            self.advance();
            let right = self.duration(Precedence::of_right_side(op))?;
            self.experimental(left.span)?;
            if matches!(&right.node, DurationNode::Number(number) if number.value == 0.0) {
                match op {
                    BinaryOp::Div => return Err(Fault::new(token.span, "division by zero")),
                    BinaryOp::Mod => return Err(Fault::new(token.span, "modulo by zero")),
                    _ => {}
                }
            }
            let span = Span { start: left.span.start, end: right.span.end };
            let node = DurationNode::Binary(op, Box::new(left), Box::new(right));
            left = ComputedDuration { span, node };
        }
        self.depth -= 1;
        Ok(left)
    }

    /// A sign after `offset`, and what it applies to.
    fn signed_duration(&mut self, sign: Kind, sign_span: Span) -> Parsed {
        self.count_part(sign_span)?;
        self.advance();
        let next = self.peek()?;
        let operand = match next.kind {
            Kind::Op(BinaryOp::Add | BinaryOp::Sub) => {
                self.descend()?;
                let operand = self.signed_duration(next.kind, next.span)?;
                self.depth -= 1;
                operand
            }
            // Out of range or not is said of the signed number.
            Kind::Number | Kind::Duration => {
                let node = DurationNode::Number(self.number()?);
                ComputedDuration { span: next.span, node }
            }
            _ => self.duration_atom()?,
        };
        apply_sign(sign, sign_span, operand)
    }

    fn duration_atom(&mut self) -> Parsed {
        let token = self.peek()?;
        match token.kind {
            Kind::Number | Kind::Duration => {
                let number = self.number()?;
                Ok(ComputedDuration { span: token.span, node: in_range(number, token.span)? })
            }
            Kind::Step | Kind::Range => {
                self.advance();
                self.expect(Kind::LeftParen)?;
                let close = self.expect(Kind::RightParen)?;
                let span = Span { start: token.span.start, end: close.span.end };
                self.experimental(span)?;
                let node = if token.kind == Kind::Step { DurationNode::Step } else { DurationNode::Range };
                Ok(ComputedDuration { span, node })
            }
            Kind::MinOf | Kind::MaxOf => {
                self.count_part(token.span)?;
                self.advance();
                self.expect(Kind::LeftParen)?;
                let left = Box::new(self.duration(Precedence::LOWEST)?);
                self.expect(Kind::Comma)?;
                let right = Box::new(self.duration(Precedence::LOWEST)?);
                let close = self.expect(Kind::RightParen)?;
                let span = Span { start: token.span.start, end: close.span.end };
                self.experimental(span)?;
                let node = match token.kind {
                    Kind::MinOf => DurationNode::Min(left, right),
                    _ => DurationNode::Max(left, right),
                };
                Ok(ComputedDuration { span, node })
            }
            Kind::LeftParen => self.duration_paren(),
            _ => Err(self.unexpected(token)),
        }
    }

    fn duration_paren(&mut self) -> Parsed {
        let open = self.advance();
        self.count_part(open)?;
        let inner = self.duration(Precedence::LOWEST)?;
        let close = self.expect(Kind::RightParen)?;
        self.experimental(inner.span)?;
        let span = Span { start: open.start, end: close.span.end };
        // Doubled parentheses are printed once.
        let node = match inner.node {
            DurationNode::Paren(inner) => DurationNode::Paren(inner),
            node => DurationNode::Paren(Box::new(ComputedDuration { span: inner.span, node })),
        };
        Ok(ComputedDuration { span, node })
    }

    /// Counts what adds to the height of the duration's tree.
    fn count_part(&mut self, span: Span) -> Result<(), Fault> {
        self.duration_parts += 1;
        if self.duration_parts <= DURATION_PARTS_MAX {
            return Ok(());
        }
        Err(Fault::new(span, format!("duration has more parts than the limit of {DURATION_PARTS_MAX}")))
    }

    fn experimental(&self, span: Span) -> Result<(), Fault> {
        if self.features.duration_expressions {
            return Ok(());
        }
        Err(Fault::new(span, "experimental duration expression is not enabled"))
    }
}

fn is_arithmetic(op: BinaryOp) -> bool {
    matches!(op, BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Mod | BinaryOp::Pow)
}

fn apply_sign(sign: Kind, sign_span: Span, operand: ComputedDuration) -> Parsed {
    let span = Span { start: sign_span.start, end: operand.span.end };
    let negative = sign == Kind::Op(BinaryOp::Sub);
    let node = match operand.node {
        DurationNode::Number(number) => {
            let value = if negative { -number.value } else { number.value };
            in_range(NumberLiteral { value, ..number }, sign_span)?
        }
        _ if negative => DurationNode::Negate(Box::new(operand)),
        node => return Ok(ComputedDuration { span: operand.span, node }),
    };
    Ok(ComputedDuration { span, node })
}

fn in_range(number: NumberLiteral, span: Span) -> Result<DurationNode, Fault> {
    if number.value > SECONDS_MAX || number.value < -SECONDS_MAX {
        return Err(Fault::new(span, "duration out of range"));
    }
    Ok(DurationNode::Number(number))
}

/// Seconds, at most [`SECONDS_MAX`], in whole milliseconds: rounded to nanoseconds, then cut, as Go's durations are.
#[expect(clippy::cast_possible_truncation, reason = "the value is in range, and NaN becomes 0")]
fn millis(seconds: f64) -> i64 {
    (seconds * 1e9).round() as i64 / 1_000_000
}
