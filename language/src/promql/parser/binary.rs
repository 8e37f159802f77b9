//! Binary operators: how strongly each binds, and what may stand between the operator and its right side.
//!
//! Invariant: the matching is kept for every operator here and dropped by the check where one side is no vector.

use super::{Context, Parser, Tall};
use crate::operator::Precedence;
use crate::promql::ast::{Binary, BinaryOp, Cardinality, Expr, MatchOn, Node, Span, VectorMatching};
use crate::promql::error::Fault;
use crate::promql::token::Kind;
use crate::string;

impl Parser<'_> {
    /// The rest of a binary expression, after its operator.
    pub(super) fn binary(&mut self, left: Tall, op: BinaryOp, op_span: Span) -> Result<Tall, Fault> {
        let return_bool = self.peek()?.kind == Kind::Bool;
        if return_bool {
            self.advance();
        }
        let matching = self.matching()?;
        let right = self.expr(Precedence::of_right_side(op))?;
        let span = Span { start: left.expr.span.start, end: right.expr.span.end };
        if !self.features.binop_fill_modifiers && (matching.fill_left.is_some() || matching.fill_right.is_some()) {
            return Err(Fault::new(span, "binop fill modifiers are experimental and not enabled"));
        }
        let height = self.grow(left.height.max(right.height), op_span)?;
        let binary = Binary { op, op_span, left: left.expr, right: right.expr, return_bool, matching: Some(matching) };
        Ok(Tall { expr: Expr { span, node: Node::Binary(Box::new(binary)) }, height })
    }

    fn matching(&mut self) -> Result<VectorMatching, Fault> {
        let mut matching = VectorMatching {
            on: MatchOn::Ignoring(Vec::new()),
            cardinality: Cardinality::OneToOne,
            fill_left: None,
            fill_right: None,
        };
        let kind = self.peek()?.kind;
        if matches!(kind, Kind::On | Kind::Ignoring) {
            self.advance();
            let labels = self.grouping_labels()?;
            matching.on = if kind == Kind::On { MatchOn::On(labels) } else { MatchOn::Ignoring(labels) };
            matching.cardinality = self.cardinality()?;
        }
        self.fill(&mut matching)?;
        Ok(matching)
    }

    fn cardinality(&mut self) -> Result<Cardinality, Fault> {
        let kind = self.peek()?.kind;
        if !matches!(kind, Kind::GroupLeft | Kind::GroupRight) {
            return Ok(Cardinality::OneToOne);
        }
        self.advance();
        let next = self.peek()?.kind;
        let no_labels = next != Kind::LeftParen && (next.begins_expression() || next.begins_fill());
        let include = if no_labels { Vec::new() } else { self.grouping_labels()? };
        Ok(if kind == Kind::GroupLeft { Cardinality::ManyToOne(include) } else { Cardinality::OneToMany(include) })
    }

    /// `fill(v)`, or `fill_left(v)` and `fill_right(v)` in either order.
    fn fill(&mut self, matching: &mut VectorMatching) -> Result<(), Fault> {
        match self.peek()?.kind {
            Kind::Fill => {
                self.advance();
                let value = self.fill_value()?;
                (matching.fill_left, matching.fill_right) = (Some(value), Some(value));
            }
            Kind::FillLeft => {
                self.advance();
                matching.fill_left = Some(self.fill_value()?);
                if self.peek()?.kind == Kind::FillRight {
                    self.advance();
                    matching.fill_right = Some(self.fill_value()?);
                }
            }
            Kind::FillRight => {
                self.advance();
                matching.fill_right = Some(self.fill_value()?);
                if self.peek()?.kind == Kind::FillLeft {
                    self.advance();
                    matching.fill_left = Some(self.fill_value()?);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn fill_value(&mut self) -> Result<f64, Fault> {
        self.expect(Kind::LeftParen)?;
        let mut token = self.peek()?;
        let negative = token.kind == Kind::Op(BinaryOp::Sub);
        if negative || token.kind == Kind::Op(BinaryOp::Add) {
            self.advance();
            token = self.peek()?;
        }
        if !matches!(token.kind, Kind::Number | Kind::Duration) {
            return Err(self.unexpected(token));
        }
        let value = self.number()?.value;
        self.expect(Kind::RightParen)?;
        Ok(if negative { -value } else { value })
    }

    /// `(a, "b.c", d)` after `by`, `without`, `on`, `ignoring`, `group_left`, `group_right`.
    pub(super) fn grouping_labels(&mut self) -> Result<Vec<String>, Fault> {
        self.within(Context::Grouping("\"(\""), |parser| parser.expect(Kind::LeftParen))?;
        let mut labels = Vec::new();
        loop {
            let token = self.peek()?;
            if token.kind == Kind::RightParen {
                self.advance();
                return Ok(labels);
            }
            labels.push(self.within(Context::Grouping("label"), Self::grouping_label)?);
            let separator = self.peek()?;
            match separator.kind {
                Kind::Comma => _ = self.advance(),
                Kind::RightParen => {}
                _ => {
                    self.context = Context::Grouping("\",\" or \")\"");
                    return Err(self.unexpected(separator));
                }
            }
        }
    }

    fn grouping_label(&mut self) -> Result<String, Fault> {
        let token = self.next()?;
        let label = match token.kind {
            Kind::String => string::unquote(token.text(self.text)).map_err(|text| Fault::new(token.span, text))?,
            kind if kind.names_label() => token.text(self.text).to_owned(),
            _ => return Err(self.unexpected(token)),
        };
        if label.is_empty() {
            return Err(Fault::new(token.span, "invalid label name for grouping: \"\""));
        }
        Ok(label)
    }
}
