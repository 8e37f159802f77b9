//! Function calls. A name that is not followed by parentheses is a metric's.
//!
//! Invariant: a call's function exists and is enabled; how many arguments it has, and of which types, is the check's.

use super::{Parser, Tall};
use crate::operator::Precedence;
use crate::promql::ast::{Call, Expr, Node, Span};
use crate::promql::error::Fault;
use crate::promql::function::Function;
use crate::promql::token::Kind;
use model::number::quoted;

impl Parser<'_> {
    /// What a name begins.
    pub(super) fn call_or_selector(&mut self) -> Result<Tall, Fault> {
        let token = self.next()?;
        if self.peek()?.kind != Kind::LeftParen {
            return Ok(Tall { expr: self.named_selector(token)?, height: 1 });
        }
        let (args, end) = self.arguments()?;
        let name = token.text(self.text);
        let Some(function) = Function::from_name(name) else {
            return Err(Fault::new(token.span, format!("unknown function with name {}", quoted(name))));
        };
        if function.signature().experimental && !self.features.experimental_functions {
            return Err(Fault::new(token.span, format!("function {} is not enabled", quoted(name))));
        }
        let span = Span { start: token.span.start, end };
        let below = args.iter().map(|arg| arg.height).max().unwrap_or(0);
        let height = self.grow(below, span)?;
        let args = args.into_iter().map(|arg| arg.expr).collect();
        let call = Call { function, name_span: token.span, args };
        Ok(Tall { expr: Expr { span, node: Node::Call(Box::new(call)) }, height })
    }

    /// `(a, b)`: the arguments and where the parenthesis closes.
    pub(super) fn arguments(&mut self) -> Result<(Vec<Tall>, usize), Fault> {
        self.expect(Kind::LeftParen)?;
        let mut args = Vec::new();
        if self.peek()?.kind != Kind::RightParen {
            loop {
                args.push(self.expr(Precedence::LOWEST)?);
                if self.peek()?.kind != Kind::Comma {
                    break;
                }
                let comma = self.advance();
                if !self.peek()?.kind.begins_expression() {
                    return Err(Fault::new(comma, "trailing commas not allowed in function call args"));
                }
            }
        }
        let close = self.expect(Kind::RightParen)?;
        Ok((args, close.span.end))
    }
}
