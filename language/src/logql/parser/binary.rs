//! Binary operators: what may stand between the operator and its right side, and the arithmetic of literals.
//!
//! Invariant: both sides yield samples, and at most one is a literal.

use super::{Parser, Tall};
use crate::logql::ast::{Binary, Cardinality, Expr, LogExpr, MatchOn, MetricExpr, MetricNode, VectorMatching};
use crate::logql::error::Fault;
use crate::logql::token::Kind;
use crate::operator::{BinaryOp, Precedence};
use crate::span::Span;

impl Parser<'_> {
    /// The rest of a binary expression, after its operator.
    pub(super) fn binary(&mut self, left: Tall, op: BinaryOp, op_span: Span) -> Result<Tall, Fault> {
        let return_bool = self.accept(Kind::Bool)?;
        let matching = self.matching()?;
        let right = self.expr(Precedence::of_right_side(op))?;
        let height = self.grow(left.height.max(right.height), op_span)?;
        let span = Span { start: left.expr.span().start, end: self.last_end };
        let (left_expr, right_expr) = match (left.expr, right.expr) {
            (Expr::Metric(left), Expr::Metric(right)) => (left, right),
            (Expr::Log(log), other) => return Ok(mistyped("left", op, &log, other)),
            (other, Expr::Log(log)) => return Ok(mistyped("right", op, &log, other)),
        };
        let fault = literal_in_set(op, &left_expr, &right_expr).or(left.fault).or(right.fault);
        if let (MetricNode::Number(left), MetricNode::Number(right)) = (&left_expr.node, &right_expr.node) {
            return Ok(Tall::metric(span, MetricNode::Number(calculated(op, *left, *right)), 1, fault));
        }
        let binary = Binary { op, op_span, left: left_expr, right: right_expr, return_bool, matching };
        Ok(Tall::metric(span, MetricNode::Binary(Box::new(binary)), height, fault))
    }

    fn matching(&mut self) -> Result<VectorMatching, Fault> {
        let mut matching = VectorMatching { on: MatchOn::Ignoring(Vec::new()), cardinality: Cardinality::OneToOne };
        let kind = self.peek()?.kind;
        if !matches!(kind, Kind::On | Kind::Ignoring) {
            return Ok(matching);
        }
        self.advance();
        let labels = self.label_list()?;
        matching.on = if kind == Kind::On { MatchOn::On(labels) } else { MatchOn::Ignoring(labels) };
        let group = self.peek()?.kind;
        if matches!(group, Kind::GroupLeft | Kind::GroupRight) {
            self.advance();
            let include = if self.peek()?.kind == Kind::LeftParen { self.label_list()? } else { Vec::new() };
            matching.cardinality = match group {
                Kind::GroupLeft => Cardinality::ManyToOne(include),
                _ => Cardinality::OneToMany(include),
            };
        }
        Ok(matching)
    }

    /// `(a, b)` after `by`, `without`, `on`, `ignoring`, `group_left`, `group_right`.
    pub(super) fn label_list(&mut self) -> Result<Vec<String>, Fault> {
        self.expect(Kind::LeftParen, "(")?;
        let mut labels = Vec::new();
        if self.accept(Kind::RightParen)? {
            return Ok(labels);
        }
        labels.push(self.identifier("IDENTIFIER or )")?.0);
        while !self.accept(Kind::RightParen)? {
            self.expect(Kind::Comma, ", or )")?;
            labels.push(self.identifier("IDENTIFIER")?.0);
        }
        Ok(labels)
    }
}

/// An operator between lines. The tree of the mistake is not looked at again.
fn mistyped(leg: &str, op: BinaryOp, log: &LogExpr, rest: Expr) -> Tall {
    // Loki names its own types, and clients show them.
    let found = if log.stages.is_empty() { "*syntax.MatchersExpr" } else { "*syntax.PipelineExpr" };
    let message = format!("unexpected type for {leg} leg of binary operation ({}): {found}", op.as_str());
    let span = rest.span();
    let node = match rest {
        Expr::Metric(MetricExpr { node, .. }) => node,
        Expr::Log(_) => MetricNode::Vector(0.0),
    };
    Tall::metric(span, node, 1, Some(Fault::about(log.span, message)))
}

/// The refusal of `and`, `or`, `unless` beside a literal.
fn literal_in_set(op: BinaryOp, left: &MetricExpr, right: &MetricExpr) -> Option<Fault> {
    if !op.is_set() {
        return None;
    }
    [("left", left), ("right", right)].into_iter().find_map(|(leg, side)| match side.node {
        MetricNode::Number(value) => {
            let op = op.as_str();
            let message =
                format!("unexpected literal for {leg} leg of logical/set binary operation ({op}): {value:.6}");
            Some(Fault::about(side.span, message))
        }
        _ => None,
    })
}

/// What an operator gives between two literals.
#[expect(clippy::float_cmp, reason = "LogQL compares floats exactly")]
fn calculated(op: BinaryOp, left: f64, right: f64) -> f64 {
    let truth = |holds: bool| f64::from(u8::from(holds));
    match op {
        BinaryOp::Add => left + right,
        BinaryOp::Sub => left - right,
        BinaryOp::Mul => left * right,
        BinaryOp::Div | BinaryOp::Mod if right == 0.0 => f64::NAN,
        BinaryOp::Div => left / right,
        BinaryOp::Mod => left % right,
        BinaryOp::Pow => left.powf(right),
        BinaryOp::Eq => truth(left == right),
        BinaryOp::Ne => truth(left != right),
        BinaryOp::Gt => truth(left > right),
        BinaryOp::Ge => truth(left >= right),
        BinaryOp::Lt => truth(left < right),
        BinaryOp::Le => truth(left <= right),
        // Sets of literals are refused, and the others have no word in LogQL.
        _ => f64::NAN,
    }
}
