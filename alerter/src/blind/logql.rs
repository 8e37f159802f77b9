//! What a LogQL expression selects: streams.
//!
//! Invariant: every selector of the tree is found; those whose absence is the point are marked.

use super::promql::all;
use super::{Sight, Watched, Watching};
use language::logql::ast::{BinaryOp, LogRange, MetricExpr, MetricNode, RangeOp};
use std::time::Duration;

/// The selectors of a rule's expression.
pub fn watched(expr: &MetricExpr) -> Watching {
    let mut found = Watching::default();
    let sight = walk(expr, false, &mut found);
    Watching { sight, ..found }
}

fn walk(expr: &MetricExpr, absent: bool, found: &mut Watching) -> Sight {
    match &expr.node {
        MetricNode::Number(_) | MetricNode::Vector(_) => Sight::Always,
        MetricNode::RangeAggregation(aggregation) => {
            let is_absent = aggregation.op == RangeOp::AbsentOverTime;
            let sight = selector(&aggregation.range, absent || is_absent, found);
            if is_absent { Sight::Always } else { sight }
        }
        MetricNode::VectorAggregation(aggregation) => walk(&aggregation.expr, absent, found),
        MetricNode::LabelReplace(replace) => walk(&replace.expr, absent, found),
        MetricNode::Binary(binary) => {
            let left = walk(&binary.left, absent, found);
            let right = walk(&binary.right, absent || binary.op == BinaryOp::Unless, found);
            match binary.op {
                BinaryOp::Or => Sight::Any(vec![left, right]),
                BinaryOp::Unless => left,
                _ => all(vec![left, right]),
            }
        }
    }
}

fn selector(range: &LogRange, may_be_absent: bool, found: &mut Watching) -> Sight {
    let offset = Duration::from_nanos(u64::try_from(range.offset).unwrap_or(0));
    let matchers = range.log.selector.matchers.clone();
    Sight::Selector(found.add(Watched { matchers, reach: range.range + offset, may_be_absent }))
}
