//! Vector selectors: `metric`, `metric{a="b"}`, `{"metric.name", "label.name"=~"x"}`.
//!
//! Invariant: matchers stand in the order of the text, the name's first, and their regular expressions are compiled.

use super::{Context, Parser};
use crate::promql::ast::{Expr, Node, Span, VectorSelector};
use crate::promql::error::Fault;
use crate::promql::limits::REGEXES_MAX;
use crate::promql::token::{Kind, Token};
use crate::string;
use model::matcher::{MatchOp, Matcher};
use std::sync::Arc;

/// The label that holds a metric's name.
const METRIC_NAME: &str = "__name__";

impl Parser<'_> {
    /// A selector that begins with the next token, a metric's name or a brace.
    pub(super) fn vector_selector(&mut self) -> Result<Expr, Fault> {
        let token = self.peek()?;
        if token.kind != Kind::LeftBrace {
            self.advance();
            return self.named_selector(token);
        }
        let mut matchers = Vec::new();
        let span = self.label_matchers(&mut matchers)?;
        Ok(selector(span, None, matchers))
    }

    /// The rest of a selector after its metric's name.
    pub(super) fn named_selector(&mut self, token: Token) -> Result<Expr, Fault> {
        let name: Arc<str> = token.text(self.text).into();
        let mut matchers = vec![Matcher::equal(METRIC_NAME, Arc::clone(&name))];
        let mut span = token.span;
        if self.peek()?.kind == Kind::LeftBrace {
            span.end = self.label_matchers(&mut matchers)?.end;
        }
        Ok(selector(span, Some(name), matchers))
    }

    fn label_matchers(&mut self, into: &mut Vec<Matcher>) -> Result<Span, Fault> {
        let open = self.expect(Kind::LeftBrace)?.span;
        self.within(Context::Matching("identifier or \"}\""), |parser| {
            // A comma may stand after the last matcher, but not alone.
            let mut first = true;
            loop {
                let token = parser.peek()?;
                if token.kind == Kind::RightBrace {
                    parser.advance();
                    return Ok(Span { start: open.start, end: token.span.end });
                }
                if !first && token.kind == Kind::Comma {
                    return Err(parser.unexpected(token));
                }
                first = false;
                into.push(parser.label_matcher()?);
                let separator = parser.peek()?;
                match separator.kind {
                    Kind::Comma => _ = parser.advance(),
                    Kind::RightBrace => {}
                    _ => {
                        parser.context = Context::Matching("\",\" or \"}\"");
                        return Err(parser.unexpected(separator));
                    }
                }
            }
        })
    }

    fn label_matcher(&mut self) -> Result<Matcher, Fault> {
        let label = self.next()?;
        let name = match label.kind {
            Kind::Identifier => label.text(self.text).to_owned(),
            Kind::String => self.unquoted(label)?,
            _ => return Err(self.unexpected(label)),
        };
        let op = match self.peek()?.kind {
            Kind::Equal => MatchOp::Equal,
            Kind::Op(crate::promql::ast::BinaryOp::Ne) => MatchOp::NotEqual,
            Kind::EqualRegex => MatchOp::Regex,
            Kind::NotEqualRegex => MatchOp::NotRegex,
            _ if label.kind == Kind::String => return Ok(Matcher::equal(METRIC_NAME, name)),
            _ => {
                let found = self.next()?;
                self.context = Context::Matching("label matching operator");
                return Err(self.unexpected(found));
            }
        };
        self.advance();
        let value = self.within(Context::Matching("string"), |parser| parser.expect(Kind::String))?;
        let span = Span { start: label.span.start, end: value.span.end };
        let value = self.unquoted(value)?;
        match op {
            MatchOp::Equal => Ok(Matcher::equal(name, value)),
            MatchOp::NotEqual => Matcher::new(name, op, value).map_err(|message| Fault::new(span, message)),
            MatchOp::Regex | MatchOp::NotRegex => self.regex_matcher(name, op, value, span),
        }
    }

    fn regex_matcher(&mut self, name: String, op: MatchOp, value: String, span: Span) -> Result<Matcher, Fault> {
        if let Some(known) = self.regexes.iter().find(|known| known.op() == op && known.value() == value) {
            return Ok(known.renamed(name));
        }
        if self.regexes.len() == REGEXES_MAX {
            let message = format!("query has more different regular expressions than the limit of {REGEXES_MAX}");
            return Err(Fault::new(span, message));
        }
        let matcher = Matcher::new(name, op, value).map_err(|message| Fault::new(span, message))?;
        self.regexes.push(matcher.clone());
        Ok(matcher)
    }

    fn unquoted(&self, token: Token) -> Result<String, Fault> {
        string::unquote(token.text(self.text)).map_err(|message| Fault::new(token.span, message))
    }
}

fn selector(span: Span, name: Option<Arc<str>>, matchers: Vec<Matcher>) -> Expr {
    let selector = VectorSelector { name, matchers, offset: None, at: None, extension: None };
    Expr { span, node: Node::VectorSelector(Box::new(selector)) }
}
