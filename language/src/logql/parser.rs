//! From tokens to a tree: precedence climbing over binary operators, recursive descent for the rest.
//!
//! Invariant: a mistake of syntax wins over a mistake of meaning, as in Loki, whose generated parser reads the whole
//! text before anything is validated: the latter are carried upwards in [`Tall::fault`], an outer one hiding those
//! inside. What an error says was expected is what Loki says: its parser names the possible tokens only where there
//! are at most four and none of them ends a construct. Recursion and tree height stay within [`super::limits`].

mod aggregation;
mod binary;
mod label_filter;
mod range;
mod selector;
mod stage;

use super::ast::{Expr, LogExpr, MetricExpr, MetricNode};
use super::error::Fault;
use super::lexer::Lexer;
use super::limits::{HEIGHT_MAX, NESTING_MAX, QUERY_BYTES_MAX, REGEXES_MAX};
use super::number;
use super::token::{Kind, Token};
use crate::operator::{BinaryOp, Precedence};
use crate::span::Span;
use crate::string;
use std::collections::HashSet;

/// What a selector that selects everything is told.
const NO_MATCHER: &str = "queries require at least one regexp or equality matcher that does not have an \
    empty-compatible value. For instance, app=~\".*\" does not meet this requirement, but app=~\".+\" will";

/// An expression, the height of its tree, and what is wrong with its meaning.
struct Tall {
    expr: Expr,
    height: usize,
    fault: Option<Fault>,
}

/// The same for what must yield samples.
struct TallMetric {
    expr: MetricExpr,
    height: usize,
    fault: Option<Fault>,
}

impl Tall {
    fn metric(span: Span, node: MetricNode, height: usize, fault: Option<Fault>) -> Self {
        Self { expr: Expr::Metric(MetricExpr { span, node }), height, fault }
    }
}

/// The state of parsing one text.
pub(super) struct Parser<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    lookahead: Option<Token>,
    depth: usize,
    /// Regular expressions seen so far.
    regexes: HashSet<String>,
    /// The first stage that cannot be built. Loki finds these after everything else.
    stage_fault: Option<Fault>,
    /// Byte after the last token taken.
    last_end: usize,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str) -> Result<Self, Fault> {
        if text.len() > QUERY_BYTES_MAX {
            let message = format!("input size too long ({} > {QUERY_BYTES_MAX})", text.len());
            return Err(Fault::about(Span::default(), message));
        }
        Ok(Self {
            text,
            lexer: Lexer::new(text),
            lookahead: None,
            depth: 0,
            regexes: HashSet::new(),
            stage_fault: None,
            last_end: 0,
        })
    }

    /// The whole text as an expression.
    pub(super) fn expression(mut self) -> Result<Expr, Fault> {
        let whole = self.expr(Precedence::LOWEST)?;
        self.expect(Kind::Eof, "")?;
        match whole.fault.or(self.stage_fault) {
            Some(fault) => Err(fault),
            None => Ok(whole.expr),
        }
    }

    /// The whole text as a selector without stages.
    pub(super) fn only_selector(mut self) -> Result<LogExpr, Fault> {
        let whole = self.expr(Precedence::LOWEST)?;
        self.expect(Kind::Eof, "")?;
        match whole.expr {
            Expr::Log(log) if log.stages.is_empty() => Ok(log),
            other => Err(Fault::about(other.span(), "only label matchers are supported")),
        }
    }

    /// The whole text as a selector with stages, whatever it selects.
    pub(super) fn only_log(mut self) -> Result<LogExpr, Fault> {
        let whole = self.expr(Precedence::LOWEST)?;
        self.expect(Kind::Eof, "")?;
        match (self.stage_fault, whole.expr) {
            (Some(fault), _) => Err(fault),
            (None, Expr::Log(log)) => Ok(log),
            (None, other) => Err(Fault::about(other.span(), "only a selector with stages is supported")),
        }
    }

    /// An expression of operators that bind at least as strongly as `least`.
    fn expr(&mut self, least: Precedence) -> Result<Tall, Fault> {
        self.descend()?;
        let mut left = self.primary()?;
        loop {
            let token = self.peek()?;
            let Kind::Op(op) = token.kind else { break };
            if Precedence::of(op) < least {
                break;
            }
            self.advance();
            left = self.binary(left, op, token.span)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn primary(&mut self) -> Result<Tall, Fault> {
        let token = self.peek()?;
        match token.kind {
            Kind::LeftParen => {
                self.advance();
                let inner = self.expr(Precedence::LOWEST)?;
                self.expect(Kind::RightParen, "")?;
                Ok(inner)
            }
            Kind::LeftBrace => self.log_expr(),
            Kind::Number | Kind::Op(BinaryOp::Add | BinaryOp::Sub) => {
                let (value, fault) = self.literal("unable to parse literal as a float")?;
                let span = Span { start: token.span.start, end: self.last_end };
                Ok(Tall::metric(span, MetricNode::Number(value), 1, fault))
            }
            Kind::RangeOp(op) => self.range_aggregation(op),
            Kind::VectorOp(op) => self.vector_aggregation(op),
            Kind::LabelReplace => self.label_replace(),
            Kind::Vector => self.vector(),
            _ => Err(self.refused_start(token)),
        }
    }

    /// A token that begins no expression. `variants` would begin one of Loki's that few know and none depend on.
    fn refused_start(&mut self, token: Token) -> Fault {
        if token.kind == Kind::Identifier && token.text(self.text).eq_ignore_ascii_case("variants") {
            self.advance();
            if self.peek().is_ok_and(|next| next.kind == Kind::LeftParen) {
                return Fault::at(token.span, "variants(...) of (...) is not supported");
            }
        }
        self.unexpected(token, "")
    }

    fn metric_expr(&mut self) -> Result<TallMetric, Fault> {
        let Tall { expr, height, fault } = self.expr(Precedence::LOWEST)?;
        match expr {
            Expr::Metric(expr) => Ok(TallMetric { expr, height, fault }),
            Expr::Log(_) => {
                let after = self.peek()?;
                Err(self.unexpected(after, ""))
            }
        }
    }

    /// `5`, `+5`, `-5`: its value, and what is wrong with it.
    fn literal(&mut self, refusal: &str) -> Result<(f64, Option<Fault>), Fault> {
        let sign = self.peek()?.kind;
        if matches!(sign, Kind::Op(BinaryOp::Add | BinaryOp::Sub)) {
            self.advance();
        }
        let token = self.expect(Kind::Number, "NUMBER")?;
        match number::parse(token.text(self.text)) {
            Ok(value) if sign == Kind::Op(BinaryOp::Sub) => Ok((-value, None)),
            Ok(value) => Ok((value, None)),
            Err(reason) => Ok((0.0, Some(Fault::about(token.span, format!("{refusal}: {reason}"))))),
        }
    }

    /// `vector(1)`
    fn vector(&mut self) -> Result<Tall, Fault> {
        let name = self.advance();
        self.expect(Kind::LeftParen, "(")?;
        let next = self.peek()?;
        if next.kind != Kind::Number {
            return Err(self.unexpected(next, "NUMBER"));
        }
        let (value, fault) = self.literal("unable to parse vectorExpr as a float")?;
        let close = self.expect(Kind::RightParen, ")")?;
        let span = Span { start: name.start, end: close.span.end };
        Ok(Tall::metric(span, MetricNode::Vector(value), 1, fault))
    }

    /// A string token: its content and place.
    fn string(&mut self, expecting: &str) -> Result<(String, Span), Fault> {
        let token = self.expect(Kind::String, expecting)?;
        match string::unquote(token.text(self.text)) {
            Ok(text) => Ok((text, token.span)),
            Err(message) => Err(Fault::at(token.span, message)),
        }
    }

    fn identifier(&mut self, expecting: &str) -> Result<(String, Span), Fault> {
        let token = self.expect(Kind::Identifier, expecting)?;
        Ok((token.text(self.text).to_owned(), token.span))
    }

    /// Counts an expression that is about to be compiled.
    fn admit_regex(&mut self, pattern: &str, span: Span) -> Result<(), Fault> {
        if self.regexes.contains(pattern) {
            return Ok(());
        }
        if self.regexes.len() == REGEXES_MAX {
            let message = format!("query has more different regular expressions than the limit of {REGEXES_MAX}");
            return Err(Fault::about(span, message));
        }
        self.regexes.insert(pattern.to_owned());
        Ok(())
    }

    /// The height of a tree on top of one of height `below`.
    fn grow(&self, below: usize, span: Span) -> Result<usize, Fault> {
        if below < HEIGHT_MAX { Ok(below + 1) } else { Err(too_deep(span, HEIGHT_MAX)) }
    }

    /// Counts one level of recursion; the caller takes it back.
    fn descend(&mut self) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth <= NESTING_MAX { Ok(()) } else { Err(too_deep(self.peek()?.span, NESTING_MAX)) }
    }

    fn peek(&mut self) -> Result<Token, Fault> {
        match self.lookahead {
            Some(token) => Ok(token),
            None => Ok(*self.lookahead.insert(self.lexer.next()?)),
        }
    }

    /// Takes the token that has been seen: its place.
    fn advance(&mut self) -> Span {
        let span = self.lookahead.take().map_or_else(Span::default, |token| token.span);
        self.last_end = span.end;
        span
    }

    /// Takes a token of one kind; `expecting` is what the error names, empty for nothing.
    fn expect(&mut self, kind: Kind, expecting: &str) -> Result<Token, Fault> {
        let token = self.peek()?;
        if token.kind != kind {
            return Err(self.unexpected(token, expecting));
        }
        self.advance();
        Ok(token)
    }

    /// Takes a token of one kind where it stands: whether it did.
    fn accept(&mut self, kind: Kind) -> Result<bool, Fault> {
        let stands = self.peek()?.kind == kind;
        if stands {
            self.advance();
        }
        Ok(stands)
    }

    fn unexpected(&self, token: Token, expecting: &str) -> Fault {
        let mut message = format!("syntax error: unexpected {}", token.kind.name());
        if !expecting.is_empty() {
            message.push_str(", expecting ");
            message.push_str(expecting);
        }
        Fault::at(token.span, message)
    }
}

fn too_deep(span: Span, limit: usize) -> Fault {
    Fault::at(span, format!("expression nests deeper than the limit of {limit} levels"))
}

/// A stage that reads well but cannot be built.
fn broken_stage(span: Span, stage: &str, reason: &str) -> Fault {
    Fault::about(span, format!("stage '{stage}' : {reason}"))
}
