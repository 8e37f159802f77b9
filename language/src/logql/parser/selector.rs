//! Stream selectors `{a="b", c=~"d"}` and the matchers of selectors, label filters, `drop` and `keep`.
//!
//! Invariant: a matcher's regular expression compiles. Whether a selector selects too much is said of the expression
//! that holds it.

use super::{NO_MATCHER, Parser, Tall};
use crate::logql::ast::{Expr, LineFilterOp, LogExpr, Selector};
use crate::logql::error::Fault;
use crate::logql::token::Kind;
use crate::operator::BinaryOp;
use crate::span::Span;
use model::matcher::{MatchOp, Matcher};

impl Parser<'_> {
    /// A selector with its stages, outside of ranges.
    pub(super) fn log_expr(&mut self) -> Result<Tall, Fault> {
        let selector = self.selector("")?;
        let mut log = LogExpr { span: selector.span, selector, stages: Vec::new() };
        if self.stages(&mut log.stages)? {
            let unwrap = self.peek()?;
            return Err(self.unexpected(unwrap, ""));
        }
        log.span.end = self.last_end;
        let fault = selects_all(&log.selector);
        Ok(Tall { expr: Expr::Log(log), height: 1, fault })
    }

    pub(super) fn selector(&mut self, expecting: &str) -> Result<Selector, Fault> {
        let open = self.expect(Kind::LeftBrace, expecting)?.span;
        let mut matchers = Vec::new();
        let mut expecting = "IDENTIFIER or }";
        if !self.accept(Kind::RightBrace)? {
            loop {
                let (label, span) = self.identifier(expecting)?;
                matchers.push(self.matcher(label, span)?);
                if self.accept(Kind::RightBrace)? {
                    break;
                }
                self.expect(Kind::Comma, "} or ,")?;
                expecting = "IDENTIFIER";
            }
        }
        Ok(Selector { span: Span { start: open.start, end: self.last_end }, matchers })
    }

    /// The rest of a matcher after its label.
    fn matcher(&mut self, label: String, span: Span) -> Result<Matcher, Fault> {
        let token = self.peek()?;
        let Some(op) = match_op(token.kind) else { return Err(self.unexpected(token, "= or =~ or !~ or !=")) };
        self.advance();
        self.matcher_value(label, op, span)
    }

    /// The rest of a matcher after its operator.
    pub(super) fn matcher_value(&mut self, label: String, op: MatchOp, span: Span) -> Result<Matcher, Fault> {
        let (value, value_span) = self.string("STRING")?;
        let span = Span { start: span.start, end: value_span.end };
        if matches!(op, MatchOp::Regex | MatchOp::NotRegex) {
            self.admit_regex(&value, span)?;
        }
        Matcher::new(label, op, value).map_err(|message| Fault::about(span, message))
    }
}

/// The operator that a token is in a matcher.
pub(super) fn match_op(kind: Kind) -> Option<MatchOp> {
    match kind {
        Kind::Equal => Some(MatchOp::Equal),
        Kind::Op(BinaryOp::Ne) => Some(MatchOp::NotEqual),
        Kind::EqualRegex => Some(MatchOp::Regex),
        Kind::Filter(LineFilterOp::NotMatches) => Some(MatchOp::NotRegex),
        _ => None,
    }
}

/// The refusal of a selector that no condition narrows: at least one must be `=` or `=~` and not match the empty value.
pub(super) fn selects_all(selector: &Selector) -> Option<Fault> {
    let narrows =
        |matcher: &Matcher| matches!(matcher.op(), MatchOp::Equal | MatchOp::Regex) && !matcher.matches_empty();
    if selector.matchers.iter().any(narrows) { None } else { Some(Fault::about(selector.span, NO_MATCHER)) }
}
