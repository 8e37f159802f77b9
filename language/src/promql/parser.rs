//! From tokens to a tree: precedence climbing over binary operators, recursive descent for the rest.
//!
//! Invariant: parsing ends at the first mistake; mistakes are found in the order in which Prometheus's generated
//! parser reports them, so that the first is the same. Recursion and tree height stay within
//! [`super::limits`]. Types are checked after the whole text has been read.

mod aggregation;
mod binary;
mod call;
mod check;
mod duration;
mod modifier;
mod selector;

use super::Features;
use super::ast::{BinaryOp, Expr, Node, NumberLiteral, Span, UnaryOp};
use super::error::Fault;
use super::lexer::Lexer;
use super::limits::{HEIGHT_MAX, NESTING_MAX, QUERY_BYTES_MAX};
use super::number;
use super::token::{Kind, Token};
use crate::operator::Precedence;
use crate::string;
use model::matcher::Matcher;

/// An expression and the height of its tree.
struct Tall {
    expr: Expr,
    height: usize,
}

/// Where an unexpected token stands, for the text of the error. Prometheus names the innermost enclosing construct
/// that has a text of its own, however deep inside the token is.
#[derive(Clone, Copy)]
enum Context {
    Plain,
    Aggregation,
    Grouping(&'static str),
    Matching(&'static str),
    Offset,
    At,
    Range,
    RangeEnd,
    Step,
    StepEnd,
}

impl Context {
    fn explain(self) -> (&'static str, &'static str) {
        match self {
            Self::Plain => ("", ""),
            Self::Aggregation => ("aggregation", ""),
            Self::Grouping(expected) => ("grouping opts", expected),
            Self::Matching(expected) => ("label matching", expected),
            Self::Offset => ("offset", "number or duration"),
            Self::At => ("@", "timestamp"),
            Self::Range => ("subquery selector", "number or duration"),
            Self::RangeEnd => ("subquery or range", "\":\" or \"]\""),
            Self::Step => ("subquery selector", "number or duration or \"]\""),
            Self::StepEnd => ("subquery selector", "\"]\""),
        }
    }
}

/// The state of parsing one text.
pub(super) struct Parser<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    lookahead: Option<Token>,
    features: Features,
    context: Context,
    depth: usize,
    /// Operators and the like in the duration being read.
    duration_parts: usize,
    /// Compiled expressions, to be shared by the matchers that repeat them.
    regexes: Vec<Matcher>,
    /// Byte after the last token taken.
    last_end: usize,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str, features: Features) -> Result<Self, Fault> {
        if text.len() > QUERY_BYTES_MAX {
            let message = format!("query text of {} bytes exceeds the limit of {QUERY_BYTES_MAX} bytes", text.len());
            return Err(Fault::new(Span::default(), message));
        }
        Ok(Self {
            text,
            lexer: Lexer::new(text),
            lookahead: None,
            features,
            context: Context::Plain,
            depth: 0,
            duration_parts: 0,
            regexes: Vec::new(),
            last_end: 0,
        })
    }

    /// The whole text as an expression, type-checked.
    pub(super) fn expression(mut self) -> Result<Expr, Fault> {
        if self.peek()?.kind == Kind::Eof {
            return Err(Fault::new(Span::default(), "no expression found in input"));
        }
        let mut whole = self.expr(Precedence::LOWEST)?;
        self.expect(Kind::Eof)?;
        check::check(&mut whole.expr, false)?;
        Ok(whole.expr)
    }

    /// The whole text as a vector selector without modifiers.
    pub(super) fn metric_selector(mut self) -> Result<Vec<Matcher>, Fault> {
        let first = self.peek()?;
        if first.kind != Kind::LeftBrace && !first.kind.names_metric() {
            return Err(self.unexpected(first));
        }
        let selector = self.vector_selector()?;
        self.expect(Kind::Eof)?;
        match selector.node {
            Node::VectorSelector(selector) => Ok(selector.matchers),
            _ => Ok(Vec::new()),
        }
    }

    /// An expression of operators that bind at least as strongly as `least`.
    fn expr(&mut self, least: Precedence) -> Result<Tall, Fault> {
        self.descend()?;
        let mut left = self.unary()?;
        loop {
            let token = self.peek()?;
            let Kind::Op(op) = token.kind else { break };
            let precedence = Precedence::of(op);
            if precedence < least {
                break;
            }
            self.advance();
            left = self.binary(left, op, token.span)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn unary(&mut self) -> Result<Tall, Fault> {
        let token = self.peek()?;
        let op = match token.kind {
            Kind::Op(BinaryOp::Add) => UnaryOp::Plus,
            Kind::Op(BinaryOp::Sub) => UnaryOp::Minus,
            _ => return self.primary(),
        };
        self.advance();
        // The sign binds like `*`: `-2 ^ 2` is -(2 ^ 2), and `-a * b` is (-a) * b.
        let mut operand = self.expr(Precedence::of(BinaryOp::Pow))?;
        if let Node::Number(number) = &mut operand.expr.node {
            if op == UnaryOp::Minus {
                number.value = -number.value;
            }
            operand.expr.span.start = token.span.start;
            return Ok(operand);
        }
        let span = Span { start: token.span.start, end: operand.expr.span.end };
        self.wrap(operand, span, |inner| Node::Unary(op, Box::new(inner)))
    }

    fn primary(&mut self) -> Result<Tall, Fault> {
        let token = self.peek()?;
        let atom = match token.kind {
            Kind::LeftParen => self.paren()?,
            Kind::Number | Kind::Duration => {
                let number = self.number()?;
                Tall { expr: Expr { span: token.span, node: Node::Number(number) }, height: 1 }
            }
            Kind::String => {
                let node = Node::String(self.string()?);
                Tall { expr: Expr { span: token.span, node }, height: 1 }
            }
            Kind::Aggregate(op) => self.aggregation_or_selector(op)?,
            kind if kind.names_function() => self.call_or_selector()?,
            kind if kind.names_metric() || kind == Kind::LeftBrace => Tall { expr: self.vector_selector()?, height: 1 },
            _ => return Err(self.unexpected(token)),
        };
        self.modifiers(atom)
    }

    fn paren(&mut self) -> Result<Tall, Fault> {
        let open = self.advance();
        let inner = self.expr(Precedence::LOWEST)?;
        let close = self.expect(Kind::RightParen)?;
        let span = Span { start: open.start, end: close.span.end };
        self.wrap(inner, span, |inner| Node::Paren(Box::new(inner)))
    }

    /// A number or duration token, which the caller has seen.
    fn number(&mut self) -> Result<NumberLiteral, Fault> {
        let token = self.next()?;
        let text = token.text(self.text);
        if token.kind == Kind::Duration {
            let duration = number::parse_duration(text).map_err(|message| Fault::new(token.span, message))?;
            return Ok(NumberLiteral { value: duration.as_secs_f64(), as_duration: true });
        }
        let value = number::parse(text).map_err(|message| Fault::new(token.span, message))?;
        Ok(NumberLiteral { value, as_duration: false })
    }

    /// A string token, which the caller has seen.
    fn string(&mut self) -> Result<String, Fault> {
        let token = self.next()?;
        string::unquote(token.text(self.text)).map_err(|message| Fault::new(token.span, message))
    }

    /// Puts a node on top of a tree.
    fn wrap(&self, inner: Tall, span: Span, node: impl FnOnce(Expr) -> Node) -> Result<Tall, Fault> {
        let height = self.grow(inner.height, span)?;
        Ok(Tall { expr: Expr { span, node: node(inner.expr) }, height })
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

    /// Runs a part of the grammar in which an unexpected token is explained by `context`.
    fn within<T>(&mut self, context: Context, part: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        let outer = std::mem::replace(&mut self.context, context);
        // After a fault nothing more is parsed, so that the context need not be restored then.
        let result = part(self)?;
        self.context = outer;
        Ok(result)
    }

    fn peek(&mut self) -> Result<Token, Fault> {
        match self.lookahead {
            Some(token) => Ok(token),
            None => Ok(*self.lookahead.insert(self.lexer.next()?)),
        }
    }

    fn next(&mut self) -> Result<Token, Fault> {
        let token = self.peek()?;
        self.advance();
        Ok(token)
    }

    /// Takes the token that has been seen: its place.
    fn advance(&mut self) -> Span {
        let span = self.lookahead.take().map_or_else(Span::default, |token| token.span);
        self.last_end = span.end;
        span
    }

    fn expect(&mut self, kind: Kind) -> Result<Token, Fault> {
        let token = self.peek()?;
        if token.kind != kind {
            return Err(self.unexpected(token));
        }
        self.advance();
        Ok(token)
    }

    fn unexpected(&self, token: Token) -> Fault {
        let mut message = format!("unexpected {}", token.describe(self.text));
        let (place, expected) = self.context.explain();
        if !place.is_empty() {
            message.push_str(" in ");
            message.push_str(place);
        }
        if !expected.is_empty() {
            message.push_str(", expected ");
            message.push_str(expected);
        }
        Fault::new(token.span, message)
    }
}

fn too_deep(span: Span, limit: usize) -> Fault {
    Fault::new(span, format!("expression nests deeper than the limit of {limit} levels"))
}
