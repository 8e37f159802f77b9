//! The tree of a PromQL expression. Every node knows the bytes of the text it came from.
//!
//! Invariant: a tree that the parser returns is type-checked: arguments have the types that their function wants,
//! vector matching stands only between vectors, an aggregation has its parameter exactly when it needs one.

pub use crate::operator::{BinaryOp, Cardinality, MatchOn};
pub use crate::span::Span;

use super::function::Function;
use model::matcher::Matcher;
use std::sync::Arc;

/// What an expression evaluates to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// One float per step.
    Scalar,
    /// A text; only as an argument or as a whole instant query.
    String,
    /// At most one sample per series and step.
    Vector,
    /// A range of samples per series and step; only as an argument or as a whole instant query.
    Matrix,
}

/// An expression with its place in the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub node: Node,
}

/// The kinds of expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// A number literal; `NaN` and `Inf` too, and durations in number position (`5m` is 300).
    Number(NumberLiteral),
    /// A string literal, unescaped.
    String(String),
    /// `metric{...} offset ... @ ...`
    VectorSelector(Box<VectorSelector>),
    /// `metric{...}[5m] offset ... @ ...`
    MatrixSelector(Box<MatrixSelector>),
    /// `expr[5m:30s] offset ... @ ...`
    Subquery(Box<Subquery>),
    /// `rate(...)`
    Call(Box<Call>),
    /// `sum by (a) (...)`
    Aggregation(Box<Aggregation>),
    /// `a + on (b) group_left c`
    Binary(Box<Binary>),
    /// `-a`, `+a`
    Unary(UnaryOp, Box<Expr>),
    /// `(a)`
    Paren(Box<Expr>),
    /// A step-invariant part of the tree: evaluated once, repeated for every step. Made by the engine, never parsed.
    StepInvariant(Box<Expr>),
}

/// A number and how it was written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NumberLiteral {
    /// Its value; durations in seconds.
    pub value: f64,
    /// Written as a duration, so printed as one.
    pub as_duration: bool,
}

/// `+` or `-` before an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `+`
    Plus,
    /// `-`
    Minus,
}

/// A point in time from the `@` modifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// `@ 1234.5`, in milliseconds.
    Time(i64),
    /// `@ start()`
    Start,
    /// `@ end()`
    End,
}

/// A length of time in the text: `5m`, or an arithmetic expression of durations (flag `promql-duration-expr`).
#[derive(Clone, Debug, PartialEq)]
pub enum DurationExpr {
    /// Milliseconds; negative where the text says so, never zero.
    Literal(i64),
    /// An expression evaluated when the query's start, end and step are known.
    Computed(Box<ComputedDuration>),
}

/// The arithmetic of durations.
#[derive(Clone, Debug, PartialEq)]
pub struct ComputedDuration {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub node: DurationNode,
}

/// The kinds of duration expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum DurationNode {
    /// A number or duration, in seconds.
    Number(NumberLiteral),
    /// `step()`
    Step,
    /// `range()`
    Range,
    /// `min(a, b)`
    Min(Box<ComputedDuration>, Box<ComputedDuration>),
    /// `max(a, b)`
    Max(Box<ComputedDuration>, Box<ComputedDuration>),
    /// `-a`
    Negate(Box<ComputedDuration>),
    /// `a + b` and the other arithmetic operators.
    Binary(BinaryOp, Box<ComputedDuration>, Box<ComputedDuration>),
    /// `(a)`
    Paren(Box<ComputedDuration>),
}

/// `smoothed` and `anchored` after a selector (flag `promql-extended-range-selectors`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeExtension {
    /// `anchored`
    Anchored,
    /// `smoothed`
    Smoothed,
}

/// `metric{...}` with its time modifiers.
#[derive(Clone, Debug, PartialEq)]
pub struct VectorSelector {
    /// The metric name when written before the braces; it is among `matchers` as well.
    pub name: Option<Arc<str>>,
    /// All conditions, the name's included, in the order of the text (the name first).
    pub matchers: Vec<Matcher>,
    /// `offset`; positive looks back.
    pub offset: Option<DurationExpr>,
    /// `@`
    pub at: Option<At>,
    /// `smoothed` or `anchored`.
    pub extension: Option<RangeExtension>,
}

/// A vector selector with a range. Its time modifiers are those of `selector`.
#[derive(Clone, Debug, PartialEq)]
pub struct MatrixSelector {
    /// What is selected, with `offset` and `@`.
    pub selector: VectorSelector,
    /// Bytes of the selector without the range.
    pub selector_span: Span,
    /// How far back.
    pub range: DurationExpr,
}

/// An expression evaluated over a range with a step of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Subquery {
    /// What is evaluated.
    pub expr: Expr,
    /// How far back.
    pub range: DurationExpr,
    /// Step; `None` is the server's default evaluation interval.
    pub step: Option<DurationExpr>,
    /// `offset`; positive looks back.
    pub offset: Option<DurationExpr>,
    /// `@`
    pub at: Option<At>,
}

/// A function call. `args` have been checked against the function's signature.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Which function.
    pub function: Function,
    /// Bytes of the function's name.
    pub name_span: Span,
    /// Its arguments.
    pub args: Vec<Expr>,
}

/// The aggregation operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is named as PromQL names it")]
pub enum AggregateOp {
    Sum,
    Avg,
    Count,
    Min,
    Max,
    Group,
    Stddev,
    Stdvar,
    Topk,
    Bottomk,
    CountValues,
    Quantile,
    Limitk,
    LimitRatio,
}

/// `by (...)` or `without (...)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// Neither, or `by ()`: everything in one group.
    None,
    /// Keep these labels.
    By(Vec<String>),
    /// Drop these labels.
    Without(Vec<String>),
}

/// An aggregation over series.
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregation {
    /// Which operator.
    pub op: AggregateOp,
    /// The parameter of topk, bottomk, limitk, limit_ratio, quantile (scalar) and count_values (string).
    pub param: Option<Expr>,
    /// What is aggregated.
    pub expr: Expr,
    /// How series are grouped.
    pub grouping: Grouping,
}

/// How the two sides of a binary operation between vectors are matched.
#[derive(Clone, Debug, PartialEq)]
pub struct VectorMatching {
    /// By which labels.
    pub on: MatchOn,
    /// How many.
    pub cardinality: Cardinality,
    /// `fill_left(v)` or `fill(v)`: value for a missing left side (flag `promql-binop-fill-modifiers`).
    pub fill_left: Option<f64>,
    /// `fill_right(v)` or `fill(v)`: value for a missing right side.
    pub fill_right: Option<f64>,
}

/// A binary operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Binary {
    /// Which operator.
    pub op: BinaryOp,
    /// Bytes of the operator.
    pub op_span: Span,
    /// Left side.
    pub left: Expr,
    /// Right side.
    pub right: Expr,
    /// A comparison with `bool`: 0 or 1 instead of filtering.
    pub return_bool: bool,
    /// Only between two vectors.
    pub matching: Option<VectorMatching>,
}

impl ValueType {
    /// What the documentation calls it.
    pub const fn documented(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::String => "string",
            Self::Vector => "instant vector",
            Self::Matrix => "range vector",
        }
    }

    /// What the HTTP API calls it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::String => "string",
            Self::Vector => "vector",
            Self::Matrix => "matrix",
        }
    }
}

impl Expr {
    /// The type that it evaluates to.
    pub fn value_type(&self) -> ValueType {
        match &self.node {
            Node::Number(_) => ValueType::Scalar,
            Node::String(_) => ValueType::String,
            Node::VectorSelector(_) | Node::Aggregation(_) => ValueType::Vector,
            Node::MatrixSelector(_) | Node::Subquery(_) => ValueType::Matrix,
            Node::Call(call) => call.function.signature().returns,
            Node::Binary(binary) => match (binary.left.value_type(), binary.right.value_type()) {
                (ValueType::Scalar, ValueType::Scalar) => ValueType::Scalar,
                _ => ValueType::Vector,
            },
            Node::Unary(_, inner) | Node::Paren(inner) | Node::StepInvariant(inner) => inner.value_type(),
        }
    }

    /// The expression inside any parentheses and step-invariant wrappers.
    pub fn unwrapped(&self) -> &Expr {
        match &self.node {
            Node::Paren(inner) | Node::StepInvariant(inner) => inner.unwrapped(),
            _ => self,
        }
    }
}

impl AggregateOp {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Sum,
        Self::Avg,
        Self::Count,
        Self::Min,
        Self::Max,
        Self::Group,
        Self::Stddev,
        Self::Stdvar,
        Self::Topk,
        Self::Bottomk,
        Self::CountValues,
        Self::Quantile,
        Self::Limitk,
        Self::LimitRatio,
    ];

    /// Its name in PromQL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Avg => "avg",
            Self::Count => "count",
            Self::Min => "min",
            Self::Max => "max",
            Self::Group => "group",
            Self::Stddev => "stddev",
            Self::Stdvar => "stdvar",
            Self::Topk => "topk",
            Self::Bottomk => "bottomk",
            Self::CountValues => "count_values",
            Self::Quantile => "quantile",
            Self::Limitk => "limitk",
            Self::LimitRatio => "limit_ratio",
        }
    }

    /// The type of the parameter before the vector; `None` when it takes none.
    pub const fn param_type(self) -> Option<ValueType> {
        match self {
            Self::Topk | Self::Bottomk | Self::Quantile | Self::Limitk | Self::LimitRatio => Some(ValueType::Scalar),
            Self::CountValues => Some(ValueType::String),
            _ => None,
        }
    }

    /// Whether it needs the flag `promql-experimental-functions`.
    pub const fn is_experimental(self) -> bool {
        matches!(self, Self::Limitk | Self::LimitRatio)
    }
}
