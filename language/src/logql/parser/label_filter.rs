//! Label filters: `a="b" and (c > 5 or d = 5s), e != ip("10.0.0.0/8")`.
//!
//! Invariant: `and` binds tighter than `or`; a comma, or nothing at all between two filters, takes everything to its
//! right, as in Loki's generated parser.

use super::selector::match_op;
use super::{Parser, broken_stage};
use crate::logql::ast::{CompareOp, Comparison, LabelFilter, LabelFilterNode};
use crate::logql::error::Fault;
use crate::logql::label_filter::ip;
use crate::logql::token::Kind;
use crate::operator::BinaryOp;
use crate::span::Span;
use model::matcher::MatchOp;

/// What stands to the left of a filter being read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    Or,
    And,
    /// A comma, another filter, or the beginning.
    Other,
}

/// A filter and the height of its tree.
struct Tall {
    filter: LabelFilter,
    height: usize,
}

impl Parser<'_> {
    pub(super) fn label_filter(&mut self, expecting: &str) -> Result<LabelFilter, Fault> {
        self.filters(After::Other, expecting).map(|tall| tall.filter)
    }

    fn filters(&mut self, after: After, expecting: &str) -> Result<Tall, Fault> {
        self.descend()?;
        let mut left = self.filter(expecting)?;
        loop {
            let (next, is_or) = match self.peek()?.kind {
                Kind::Op(BinaryOp::And) if after != After::And => (After::And, false),
                Kind::Op(BinaryOp::Or) if after == After::Other => (After::Or, true),
                Kind::Comma | Kind::Identifier | Kind::LeftParen => (After::Other, false),
                _ => break,
            };
            if matches!(self.peek()?.kind, Kind::Op(_) | Kind::Comma) {
                self.advance();
            }
            let right = self.filters(next, "IDENTIFIER or (")?;
            left = self.joined(left, right, is_or)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn joined(&self, left: Tall, right: Tall, is_or: bool) -> Result<Tall, Fault> {
        let span = Span { start: left.filter.span.start, end: right.filter.span.end };
        let height = self.grow(left.height.max(right.height), span)?;
        let (left, right) = (Box::new(left.filter), Box::new(right.filter));
        let node = if is_or { LabelFilterNode::Or(left, right) } else { LabelFilterNode::And(left, right) };
        Ok(Tall { filter: LabelFilter { span, node }, height })
    }

    fn filter(&mut self, expecting: &str) -> Result<Tall, Fault> {
        if self.peek()?.kind == Kind::LeftParen {
            self.advance();
            let inner = self.filters(After::Other, "IDENTIFIER or (")?;
            self.expect(Kind::RightParen, "")?;
            return Ok(inner);
        }
        let (label, span) = self.identifier(expecting)?;
        let node = self.condition(label, span)?;
        let span = Span { start: span.start, end: self.last_end };
        Ok(Tall { filter: LabelFilter { span, node }, height: 1 })
    }

    /// The rest of a condition after its label.
    fn condition(&mut self, label: String, span: Span) -> Result<LabelFilterNode, Fault> {
        let token = self.peek()?;
        let (compare, text) = (compare_op(token.kind), match_op(token.kind));
        if compare.is_none() && text.is_none() {
            return Err(self.unexpected(token, ""));
        }
        self.advance();
        let value = self.peek()?;
        match (value.kind, text, compare) {
            (Kind::String, Some(op), _) | (_, Some(op), None) => {
                self.matcher_value(label, op, span).map(LabelFilterNode::Text)
            }
            (Kind::Ip, Some(op), _) => self.address(label, op == MatchOp::NotEqual, span),
            (Kind::Duration(value), _, Some(op)) => {
                self.advance();
                Ok(LabelFilterNode::Duration(Comparison { label, op, value }))
            }
            (Kind::Bytes(value), _, Some(op)) => {
                self.advance();
                Ok(LabelFilterNode::Bytes(Comparison { label, op, value }))
            }
            (Kind::Number | Kind::Op(BinaryOp::Add | BinaryOp::Sub), _, Some(op)) => {
                match self.literal("unable to parse literal as a float")? {
                    (value, None) => Ok(LabelFilterNode::Number(Comparison { label, op, value })),
                    (_, Some(fault)) => Err(fault),
                }
            }
            _ => Err(self.unexpected(value, "")),
        }
    }

    /// `ip("...")`
    fn address(&mut self, label: String, negated: bool, span: Span) -> Result<LabelFilterNode, Fault> {
        let pattern = self.ip_argument()?;
        let node = LabelFilterNode::Ip { label, negated, pattern: pattern.clone() };
        let span = Span { start: span.start, end: self.last_end };
        if let Err(reason) = ip::Pattern::parse(&pattern) {
            let stage = crate::logql::printer::label_filter(&LabelFilter { span, node: node.clone() });
            self.stage_fault.get_or_insert_with(|| broken_stage(span, &format!("| {stage}"), &reason));
        }
        Ok(node)
    }

    /// `ip("...")` with the keyword: the text.
    pub(super) fn ip_argument(&mut self) -> Result<String, Fault> {
        self.advance();
        self.expect(Kind::LeftParen, "(")?;
        let (pattern, _) = self.string("STRING")?;
        self.expect(Kind::RightParen, ")")?;
        Ok(pattern)
    }
}

fn compare_op(kind: Kind) -> Option<CompareOp> {
    match kind {
        Kind::Equal | Kind::Op(BinaryOp::Eq) => Some(CompareOp::Eq),
        Kind::Op(BinaryOp::Ne) => Some(CompareOp::Ne),
        Kind::Op(BinaryOp::Lt) => Some(CompareOp::Lt),
        Kind::Op(BinaryOp::Le) => Some(CompareOp::Le),
        Kind::Op(BinaryOp::Gt) => Some(CompareOp::Gt),
        Kind::Op(BinaryOp::Ge) => Some(CompareOp::Ge),
        _ => None,
    }
}
