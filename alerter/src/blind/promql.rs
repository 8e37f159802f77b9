//! What a PromQL expression selects.
//!
//! Invariant: every selector of the tree is found; those whose absence is the point are marked.

use super::{LOOKBACK, Sight, Watched, Watching};
use language::promql::ast::{BinaryOp, Call, DurationExpr, Expr, Node, VectorSelector};
use language::promql::function::Function;
use std::time::Duration;

/// The selectors of a rule's expression.
pub fn watched(expr: &Expr) -> Watching {
    let mut walk = Walk::default();
    let sight = walk.expr(expr, Duration::ZERO, false);
    Watching { sight, ..walk.found }
}

#[derive(Default)]
struct Walk {
    found: Watching,
}

impl Walk {
    /// `back` is how far subqueries around it reach back.
    fn expr(&mut self, expr: &Expr, back: Duration, absent: bool) -> Sight {
        match &expr.node {
            Node::Number(_) | Node::String(_) => Sight::Always,
            Node::VectorSelector(selector) => self.selector(selector, back + LOOKBACK, absent),
            Node::MatrixSelector(matrix) => self.selector(&matrix.selector, back + length(&matrix.range), absent),
            Node::Subquery(subquery) => {
                let offset = subquery.offset.as_ref().map_or(Duration::ZERO, length);
                self.expr(&subquery.expr, back + length(&subquery.range) + offset, absent)
            }
            Node::Call(call) => self.call(call, back, absent),
            Node::Aggregation(aggregation) => {
                let parts = aggregation.param.iter().chain([&aggregation.expr]);
                all(parts.map(|part| self.expr(part, back, absent)).collect())
            }
            Node::Binary(binary) => {
                let left = self.expr(&binary.left, back, absent);
                let right = self.expr(&binary.right, back, absent || binary.op == BinaryOp::Unless);
                match binary.op {
                    BinaryOp::Or => Sight::Any(vec![left, right]),
                    BinaryOp::Unless => left,
                    _ => all(vec![left, right]),
                }
            }
            Node::Unary(_, inner) | Node::Paren(inner) | Node::StepInvariant(inner) => self.expr(inner, back, absent),
        }
    }

    fn call(&mut self, call: &Call, back: Duration, absent: bool) -> Sight {
        let is_absent = matches!(call.function, Function::Absent | Function::AbsentOverTime);
        let parts = call.args.iter().map(|argument| self.expr(argument, back, absent || is_absent)).collect();
        // A scalar of nothing is NaN, which is something.
        if is_absent || call.function == Function::Scalar_ { Sight::Always } else { all(parts) }
    }

    fn selector(&mut self, selector: &VectorSelector, reach: Duration, may_be_absent: bool) -> Sight {
        let offset = selector.offset.as_ref().map_or(Duration::ZERO, length);
        let matchers = selector.matchers.clone();
        Sight::Selector(self.found.add(Watched { matchers, reach: reach + offset, may_be_absent }))
    }
}

/// The sight of what needs all of these.
pub(super) fn all(mut parts: Vec<Sight>) -> Sight {
    parts.retain(|part| *part != Sight::Always);
    match parts.len() {
        0 => Sight::Always,
        1 => parts.pop().unwrap_or_default(),
        _ => Sight::All(parts),
    }
}

/// A length of time; an offset into the future looks back over nothing, and what is computed counts as the lookback.
fn length(duration: &DurationExpr) -> Duration {
    match duration {
        DurationExpr::Literal(millis) => Duration::from_millis(u64::try_from(*millis).unwrap_or(0)),
        DurationExpr::Computed(_) => LOOKBACK,
    }
}
