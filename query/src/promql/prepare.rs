//! Makes a parsed expression ready for evaluation: resolves what is known once the query's range is, and marks the
//! largest parts that do not depend on the step, so that they are evaluated once.
//!
//! Invariant: afterwards every `@` is a time, every duration a literal, and no `start()`, `end()`, `range()` or
//! `step()` call is left. Parentheses around arguments go; the spans of what stands inside stay.

use crate::limits::EXPRESSION_DEPTH_MAX;
use crate::{Error, ErrorKind};
use language::promql::ast::{
    At, BinaryOp, ComputedDuration, DurationExpr, DurationNode, Expr, Node, NumberLiteral, Subquery, VectorSelector,
};
use language::promql::function::Function;

/// The range of the whole query, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QueryRange {
    pub(crate) start: i64,
    pub(crate) end: i64,
    /// Zero for an instant query.
    pub(crate) step: i64,
}

/// What is known of a part of the tree.
#[derive(Clone, Copy, Debug)]
struct Part {
    /// It has the same value at every step.
    invariant: bool,
    /// Evaluating it once is worth a wrapper.
    wrap: bool,
}

const VARIES: Part = Part { invariant: false, wrap: false };
const CONSTANT: Part = Part { invariant: true, wrap: false };
const INVARIANT: Part = Part { invariant: true, wrap: true };

/// Prepares a whole query.
///
/// # Errors
/// The expression nests too deep, or a duration that must be positive is not.
pub(crate) fn prepare(mut expr: Expr, range: QueryRange) -> Result<Expr, Error> {
    check_depth(&expr)?;
    let part = range.visit(&mut expr)?;
    Ok(if part.wrap { wrapped(expr) } else { expr })
}

/// Walks without recursion, since this is what protects the recursion of everything else.
fn check_depth(expr: &Expr) -> Result<(), Error> {
    let mut open = vec![(expr, 1_usize)];
    while let Some((expr, depth)) = open.pop() {
        if depth > EXPRESSION_DEPTH_MAX {
            return Err(Error::limit(format!("expression nests deeper than {EXPRESSION_DEPTH_MAX} levels")));
        }
        match &expr.node {
            Node::Number(_) | Node::String(_) | Node::VectorSelector(_) | Node::MatrixSelector(_) => {}
            Node::Subquery(subquery) => open.push((&subquery.expr, depth + 1)),
            Node::Call(call) => open.extend(call.args.iter().map(|arg| (arg, depth + 1))),
            Node::Aggregation(aggregation) => {
                open.push((&aggregation.expr, depth + 1));
                open.extend(aggregation.param.iter().map(|param| (param, depth + 1)));
            }
            Node::Binary(binary) => open.extend([(&binary.left, depth + 1), (&binary.right, depth + 1)]),
            Node::Unary(_, inner) | Node::Paren(inner) | Node::StepInvariant(inner) => open.push((inner, depth + 1)),
        }
    }
    Ok(())
}

fn wrapped(expr: Expr) -> Expr {
    Expr { span: expr.span, node: Node::StepInvariant(Box::new(expr)) }
}

fn wrap_in_place(expr: &mut Expr) {
    let placeholder = Expr { span: expr.span, node: Node::Number(NumberLiteral { value: 0.0, as_duration: false }) };
    let inner = std::mem::replace(expr, placeholder);
    *expr = wrapped(inner);
}

fn unwrap_parens(expr: &mut Expr) {
    while let Node::Paren(inner) = &mut expr.node {
        let placeholder = Expr { span: inner.span, node: Node::String(String::new()) };
        let inner = std::mem::replace(inner.as_mut(), placeholder);
        *expr = inner;
    }
}

impl QueryRange {
    fn visit(&self, expr: &mut Expr) -> Result<Part, Error> {
        if let Some(value) = self.folded(expr) {
            expr.node = Node::Number(NumberLiteral { value, as_duration: false });
        }
        match &mut expr.node {
            Node::Number(_) | Node::String(_) | Node::StepInvariant(_) => Ok(CONSTANT),
            Node::VectorSelector(selector) => {
                self.selector(selector)?;
                Ok(if selector.at.is_some() { INVARIANT } else { VARIES })
            }
            Node::MatrixSelector(matrix) => {
                self.selector(&mut matrix.selector)?;
                self.duration(&mut matrix.range, Sign::Positive)?;
                Ok(Part { invariant: matrix.selector.at.is_some(), wrap: false })
            }
            Node::Subquery(subquery) => self.subquery(subquery),
            Node::Call(_) => self.call(expr),
            Node::Aggregation(aggregation) => {
                unwrap_parens(&mut aggregation.expr);
                if let Some(param) = &mut aggregation.param {
                    unwrap_parens(param);
                }
                let inner = self.visit(&mut aggregation.expr)?;
                let Some(param) = &mut aggregation.param else { return Ok(inner) };
                let of_param = self.visit(param)?;
                self.both((&mut aggregation.expr, inner), (param, of_param))
            }
            Node::Binary(binary) => {
                let left = self.visit(&mut binary.left)?;
                let right = self.visit(&mut binary.right)?;
                self.both((&mut binary.left, left), (&mut binary.right, right))
            }
            Node::Unary(_, inner) | Node::Paren(inner) => self.visit(inner),
        }
    }

    /// Two parts under one node: invariant together, or each for itself.
    #[expect(clippy::unused_self, reason = "reads as the other visits do")]
    fn both(&self, left: (&mut Expr, Part), right: (&mut Expr, Part)) -> Result<Part, Error> {
        if left.1.invariant && right.1.invariant {
            return Ok(INVARIANT);
        }
        for (expr, part) in [left, right] {
            if part.wrap {
                wrap_in_place(expr);
            }
        }
        Ok(VARIES)
    }

    fn call(&self, expr: &mut Expr) -> Result<Part, Error> {
        let Node::Call(call) = &mut expr.node else { return Ok(VARIES) };
        let mut parts = Vec::with_capacity(call.args.len());
        for arg in &mut call.args {
            unwrap_parens(arg);
            parts.push(self.visit(arg)?);
        }
        let args_invariant = parts.iter().all(|part| part.invariant);
        let of_selector = matches!(call.args.first().map(|arg| &arg.node), Some(Node::VectorSelector(_)));
        let timestamp_of_selector = call.function == Function::Timestamp && of_selector;
        if args_invariant && (!reads_evaluation_time(call.function) || timestamp_of_selector) {
            return Ok(INVARIANT);
        }
        for (arg, part) in call.args.iter_mut().zip(parts) {
            if part.wrap {
                wrap_in_place(arg);
            }
        }
        Ok(VARIES)
    }

    fn subquery(&self, subquery: &mut Subquery) -> Result<Part, Error> {
        self.duration(&mut subquery.range, Sign::Positive)?;
        if let Some(step) = &mut subquery.step {
            self.duration(step, Sign::Positive)?;
        }
        if let Some(offset) = &mut subquery.offset {
            self.duration(offset, Sign::Any)?;
        }
        self.at(&mut subquery.at);
        let inner = self.visit(&mut subquery.expr)?;
        if inner.invariant {
            wrap_in_place(&mut subquery.expr);
        }
        Ok(Part { invariant: subquery.at.is_some(), wrap: false })
    }

    fn selector(&self, selector: &mut VectorSelector) -> Result<(), Error> {
        if let Some(offset) = &mut selector.offset {
            self.duration(offset, Sign::Any)?;
        }
        self.at(&mut selector.at);
        Ok(())
    }

    fn at(&self, at: &mut Option<At>) {
        *at = at.map(|at| match at {
            At::Time(time) => At::Time(time),
            At::Start => At::Time(self.start),
            At::End => At::Time(self.end),
        });
    }

    /// The value of a call that names a property of the query itself.
    #[expect(clippy::cast_precision_loss, reason = "times of the next millennia are exact in 53 bits")]
    fn folded(&self, expr: &Expr) -> Option<f64> {
        let Node::Call(call) = &expr.node else { return None };
        let millis = match call.function {
            Function::Start => self.start,
            Function::End => self.end,
            Function::Range => self.end.saturating_sub(self.start),
            Function::Step if self.start == self.end => 0,
            Function::Step => self.step,
            _ => return None,
        };
        Some(millis as f64 / 1000.0)
    }

    fn duration(&self, duration: &mut DurationExpr, sign: Sign) -> Result<(), Error> {
        let DurationExpr::Computed(computed) = duration else { return Ok(()) };
        let seconds = self.seconds(computed)?;
        let refused = |why: &str| Err(refusal(computed, why));
        if !seconds.is_finite() {
            return refused("duration is NaN or infinite");
        }
        if sign == Sign::Positive && seconds <= 0.0 {
            return refused("duration must be greater than 0");
        }
        if seconds.abs() > DURATION_SECONDS_MAX {
            return refused("duration is out of range");
        }
        #[expect(clippy::cast_possible_truncation, reason = "checked against the bound above")]
        let millis = (seconds * 1000.0) as i64;
        *duration = DurationExpr::Literal(millis);
        Ok(())
    }

    #[expect(clippy::cast_precision_loss, reason = "durations are far below 2^53 milliseconds")]
    fn seconds(&self, duration: &ComputedDuration) -> Result<f64, Error> {
        Ok(match &duration.node {
            DurationNode::Number(number) => number.value,
            DurationNode::Step => self.step as f64 / 1000.0,
            DurationNode::Range => self.end.saturating_sub(self.start) as f64 / 1000.0,
            DurationNode::Min(left, right) => self.seconds(left)?.min(self.seconds(right)?),
            DurationNode::Max(left, right) => self.seconds(left)?.max(self.seconds(right)?),
            DurationNode::Negate(inner) => -self.seconds(inner)?,
            DurationNode::Paren(inner) => self.seconds(inner)?,
            DurationNode::Binary(op, left, right) => {
                let (left, right) = (self.seconds(left)?, self.seconds(right)?);
                match op {
                    BinaryOp::Add => left + right,
                    BinaryOp::Sub => left - right,
                    BinaryOp::Mul => left * right,
                    BinaryOp::Div if right == 0.0 => return Err(refusal(duration, "division by zero")),
                    BinaryOp::Div => left / right,
                    BinaryOp::Mod if right == 0.0 => return Err(refusal(duration, "modulo by zero")),
                    BinaryOp::Mod => left % right,
                    BinaryOp::Pow => left.powf(right),
                    _ => return Err(refusal(duration, "unexpected duration expression operator")),
                }
            }
        })
    }
}

/// Beyond 2^63 nanoseconds a duration is refused.
const DURATION_SECONDS_MAX: f64 = 9_223_372_036.0;

/// The error names bytes, not line and column, as Prometheus does here.
fn refusal(duration: &ComputedDuration, why: &str) -> Error {
    Error::new(ErrorKind::Invalid, format!("{}:{}: {why}", duration.span.start, duration.span.end))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    Any,
    Positive,
}

/// Functions whose value depends on the time of the step even when their arguments do not.
fn reads_evaluation_time(function: Function) -> bool {
    use Function::{
        DayOfMonth, DayOfWeek, DayOfYear, DaysInMonth, Hour, Minute, Month, PredictLinear, Time, Timestamp, Year,
    };
    matches!(
        function,
        DaysInMonth
            | DayOfMonth
            | DayOfWeek
            | DayOfYear
            | Hour
            | Minute
            | Month
            | Year
            | PredictLinear
            | Time
            | Timestamp
    )
}
