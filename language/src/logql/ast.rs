//! The tree of a LogQL expression. Every node knows the bytes of the text it came from.
//!
//! Invariant: a tree that the parser returns has been checked: its selectors select something, its range aggregations
//! have the unwrap and the parameter that they need, operators stand between metrics, arithmetic of literals is done,
//! and every regular expression and pattern compiles. Parentheses are not kept; the tree says what belongs together.

pub use crate::operator::{BinaryOp, Cardinality, MatchOn};
pub use crate::span::Span;

use model::matcher::Matcher;
use std::time::Duration;

/// What a query asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// Lines.
    Log(LogExpr),
    /// Samples.
    Metric(MetricExpr),
}

/// `{...} |= "x" | json`: the lines of some streams, filtered and changed.
#[derive(Clone, Debug, PartialEq)]
pub struct LogExpr {
    /// Where it stands, without parentheses around it.
    pub span: Span,
    /// Which streams.
    pub selector: Selector,
    /// What happens to each line, in this order; empty when nothing does.
    pub stages: Vec<Stage>,
}

/// `{a="b", c=~"d"}`
#[derive(Clone, Debug, PartialEq)]
pub struct Selector {
    /// Where it stands.
    pub span: Span,
    /// All conditions, in the order of the text. Empty only where the caller allowed it.
    pub matchers: Vec<Matcher>,
}

/// One step of a pipeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Where it stands, its `|` included.
    pub span: Span,
    /// What it does.
    pub node: StageNode,
}

/// The kinds of stages.
#[derive(Clone, Debug, PartialEq)]
pub enum StageNode {
    /// `|= "a" or "b"`
    LineFilter(LineFilter),
    /// `| json`, `| json a="b.c"`; without extractions every field becomes a label.
    Json(Vec<Extraction>),
    /// `| logfmt --strict a="b"`
    Logfmt(Logfmt),
    /// `| regexp "(?P<a>.*)"`
    Regexp(String),
    /// `| pattern "<a> <_>"`
    Pattern(String),
    /// `| unpack`
    Unpack,
    /// `| line_format "{{.a}}"`: the template's text.
    LineFormat(String),
    /// `| label_format a=b, c="{{.d}}"`
    LabelFormat(Vec<LabelFormat>),
    /// `| decolorize`
    Decolorize,
    /// `| drop a, b="c"`
    Drop(Vec<LabelChoice>),
    /// `| keep a, b="c"`
    Keep(Vec<LabelChoice>),
    /// `| a="b" and c > 5`
    LabelFilter(LabelFilter),
}

/// The line filter operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LineFilterOp {
    /// `|=`
    Contains,
    /// `!=`
    NotContains,
    /// `|~`
    Matches,
    /// `!~`
    NotMatches,
    /// `|>`
    Pattern,
    /// `!>`
    NotPattern,
}

/// `|= "a" or "b"`: keeps a line that has any of the operands. The negative operators keep one that has not; they have
/// one operand, and a chain of them is as many stages.
#[derive(Clone, Debug, PartialEq)]
pub struct LineFilter {
    /// Which operator.
    pub op: LineFilterOp,
    /// What is looked for, at least one.
    pub operands: Vec<LineOperand>,
}

/// One operand of a line filter.
#[derive(Clone, Debug, PartialEq)]
pub struct LineOperand {
    /// Where it stands.
    pub span: Span,
    /// Literal text, regular expression, pattern or address range, as the operator and `ip` say.
    pub text: String,
    /// Written as `ip("...")`.
    pub ip: bool,
}

/// `a="b.c"` after `json` or `logfmt`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extraction {
    /// Where it stands.
    pub span: Span,
    /// The label that is set.
    pub label: String,
    /// Path of the value; the label's name when none was written.
    pub path: String,
}

/// `logfmt` with its flags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logfmt {
    /// `--strict`: a malformed pair ends the parsing with an error.
    pub strict: bool,
    /// `--keep-empty`: keys without values become empty labels.
    pub keep_empty: bool,
    /// Which keys; empty for all.
    pub extractions: Vec<Extraction>,
}

/// `a=b` or `a="{{.b}}"` after `label_format`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelFormat {
    /// Where it stands.
    pub span: Span,
    /// The label that is set.
    pub label: String,
    /// To what.
    pub value: LabelValue,
}

/// The new value of a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LabelValue {
    /// The value of another label, which goes away.
    Rename(String),
    /// What a template gives.
    Template(String),
}

/// `a` or `a="b"` after `drop` or `keep`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LabelChoice {
    /// Whatever its value.
    Name(String),
    /// Only when its value matches.
    Matching(Matcher),
}

/// A condition on labels.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelFilter {
    /// Where it stands, without parentheses around it.
    pub span: Span,
    /// What it asks.
    pub node: LabelFilterNode,
}

/// The kinds of label filters.
#[derive(Clone, Debug, PartialEq)]
pub enum LabelFilterNode {
    /// `a="b"`, `a=~"b.*"`
    Text(Matcher),
    /// `a > 5`
    Number(Comparison<f64>),
    /// `a > 5s`, in nanoseconds.
    Duration(Comparison<i64>),
    /// `a > 5KB`, in bytes.
    Bytes(Comparison<u64>),
    /// `a = ip("10.0.0.0/8")`, `a != ip("...")`
    Ip {
        /// Which label.
        label: String,
        /// `!=`
        negated: bool,
        /// Address, range `a-b` or CIDR block.
        pattern: String,
    },
    /// Both hold: `and`, a comma, or one after the other.
    And(Box<LabelFilter>, Box<LabelFilter>),
    /// One holds.
    Or(Box<LabelFilter>, Box<LabelFilter>),
}

/// The operators of numeric label filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is named as BinaryOp names it")]
pub enum CompareOp {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

/// A label compared with a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison<T> {
    /// Which label.
    pub label: String,
    /// How.
    pub op: CompareOp,
    /// With what.
    pub value: T,
}

/// An expression that yields samples.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricExpr {
    /// Where it stands, without parentheses around it.
    pub span: Span,
    /// What it is.
    pub node: MetricNode,
}

/// The kinds of metric expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum MetricNode {
    /// A literal, or what arithmetic of literals gives.
    Number(f64),
    /// `vector(1)`: one sample without labels per step.
    Vector(f64),
    /// `rate({...}[5m])`
    RangeAggregation(Box<RangeAggregation>),
    /// `sum by (a) (...)`
    VectorAggregation(Box<VectorAggregation>),
    /// `label_replace(...)`
    LabelReplace(Box<LabelReplace>),
    /// `a + on (b) group_left c`
    Binary(Box<Binary>),
}

/// `{...} | json | unwrap x [5m] offset 1m`
#[derive(Clone, Debug, PartialEq)]
pub struct LogRange {
    /// Where it stands.
    pub span: Span,
    /// Which lines.
    pub log: LogExpr,
    /// Which label's value is the sample; `None` counts lines or bytes.
    pub unwrap: Option<Unwrap>,
    /// How far back.
    pub range: Duration,
    /// `offset` in nanoseconds; positive looks back, 0 when none was written.
    pub offset: i64,
}

/// `| unwrap duration(x) | y > 5`
#[derive(Clone, Debug, PartialEq)]
pub struct Unwrap {
    /// Where it stands, its filters included.
    pub span: Span,
    /// Which label.
    pub label: String,
    /// How its value is read.
    pub conversion: Conversion,
    /// Conditions after the conversion, all of which must hold.
    pub filters: Vec<LabelFilter>,
}

/// How an unwrapped label's value is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Conversion {
    /// As a number.
    Float,
    /// `bytes(x)`: as a size such as `5KB`.
    Bytes,
    /// `duration(x)`: as a duration such as `5ms`, in seconds.
    Duration,
    /// `duration_seconds(x)`: the same.
    DurationSeconds,
}

/// `by (...)` or `without (...)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grouping {
    /// Drop the labels instead of keeping only them.
    pub without: bool,
    /// Which labels; empty with `by` is one group.
    pub labels: Vec<String>,
}

macro_rules! operators {
    ($(#[$doc:meta])* $name:ident { $($member:ident $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "each is named as LogQL names it")]
        pub enum $name { $($member,)* }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$member,)*];

            /// Its name in LogQL.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$member => $text,)* }
            }
        }
    };
}

operators! {
    /// The aggregations over a range of lines.
    RangeOp {
        Rate "rate",
        RateCounter "rate_counter",
        CountOverTime "count_over_time",
        BytesRate "bytes_rate",
        BytesOverTime "bytes_over_time",
        AvgOverTime "avg_over_time",
        SumOverTime "sum_over_time",
        MinOverTime "min_over_time",
        MaxOverTime "max_over_time",
        StdvarOverTime "stdvar_over_time",
        StddevOverTime "stddev_over_time",
        QuantileOverTime "quantile_over_time",
        FirstOverTime "first_over_time",
        LastOverTime "last_over_time",
        AbsentOverTime "absent_over_time",
    }
}

operators! {
    /// The aggregations over series.
    VectorOp {
        Sum "sum",
        Avg "avg",
        Max "max",
        Min "min",
        Count "count",
        Stddev "stddev",
        Stdvar "stdvar",
        Bottomk "bottomk",
        Topk "topk",
        Sort "sort",
        SortDesc "sort_desc",
        ApproxTopk "approx_topk",
    }
}

/// An aggregation over a range of lines.
#[derive(Clone, Debug, PartialEq)]
pub struct RangeAggregation {
    /// Which operator.
    pub op: RangeOp,
    /// The quantile; only `quantile_over_time` has it, and always.
    pub param: Option<f64>,
    /// What is aggregated.
    pub range: LogRange,
    /// How series are grouped; `None` keeps all labels.
    pub grouping: Option<Grouping>,
}

/// An aggregation over series.
#[derive(Clone, Debug, PartialEq)]
pub struct VectorAggregation {
    /// Which operator.
    pub op: VectorOp,
    /// How many series; only `topk`, `bottomk` and `approx_topk` have it, and always.
    pub param: Option<u64>,
    /// What is aggregated.
    pub expr: MetricExpr,
    /// How series are grouped; `None` is one group, as is `by ()`.
    pub grouping: Option<Grouping>,
}

/// `label_replace(expr, "dst", "$1", "src", "regex")`
#[derive(Clone, Debug, PartialEq)]
pub struct LabelReplace {
    /// Whose labels.
    pub expr: MetricExpr,
    /// The label that is set.
    pub destination: String,
    /// To what; `$1` and `${name}` stand for groups of the expression.
    pub replacement: String,
    /// The label that is read.
    pub source: String,
    /// Must match the whole value of the source. It compiles.
    pub regex: String,
}

/// How the two sides of a binary operation are matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VectorMatching {
    /// By which labels.
    pub on: MatchOn,
    /// How many.
    pub cardinality: Cardinality,
}

/// A binary operation; at most one side is a literal.
#[derive(Clone, Debug, PartialEq)]
pub struct Binary {
    /// Which operator; never `atan2` or a histogram's.
    pub op: BinaryOp,
    /// Bytes of the operator.
    pub op_span: Span,
    /// Left side.
    pub left: MetricExpr,
    /// Right side.
    pub right: MetricExpr,
    /// A comparison with `bool`: 0 or 1 instead of filtering.
    pub return_bool: bool,
    /// By which labels series match.
    pub matching: VectorMatching,
}

impl Expr {
    /// Where it stands, without parentheses around it.
    pub fn span(&self) -> Span {
        match self {
            Self::Log(log) => log.span,
            Self::Metric(metric) => metric.span,
        }
    }
}

impl LineFilterOp {
    /// Its text in LogQL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Contains => "|=",
            Self::NotContains => "!=",
            Self::Matches => "|~",
            Self::NotMatches => "!~",
            Self::Pattern => "|>",
            Self::NotPattern => "!>",
        }
    }

    /// Whether it keeps the lines that do not have its operands.
    pub const fn is_negative(self) -> bool {
        matches!(self, Self::NotContains | Self::NotMatches | Self::NotPattern)
    }
}

impl CompareOp {
    /// Its text in LogQL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Eq => "==",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
        }
    }

    /// Whether it holds between two values; never for NaN, but for `!=`.
    pub fn holds<T: PartialOrd>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Eq => left == right,
            Self::Ne => left != right,
            Self::Lt => left < right,
            Self::Le => left <= right,
            Self::Gt => left > right,
            Self::Ge => left >= right,
        }
    }
}

impl Conversion {
    /// The function's name; empty for plain numbers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Float => "",
            Self::Bytes => "bytes",
            Self::Duration => "duration",
            Self::DurationSeconds => "duration_seconds",
        }
    }
}

impl RangeOp {
    /// Whether it may stand with `by (...)` or `without (...)`.
    pub const fn allows_grouping(self) -> bool {
        matches!(
            self,
            Self::AvgOverTime
                | Self::StddevOverTime
                | Self::StdvarOverTime
                | Self::QuantileOverTime
                | Self::MaxOverTime
                | Self::MinOverTime
                | Self::FirstOverTime
                | Self::LastOverTime
        )
    }

    /// Whether it can aggregate unwrapped values.
    pub const fn allows_unwrap(self) -> bool {
        !matches!(self, Self::CountOverTime | Self::BytesRate | Self::BytesOverTime)
    }

    /// Whether it can aggregate lines.
    pub const fn allows_lines(self) -> bool {
        matches!(self, Self::Rate | Self::CountOverTime | Self::BytesRate | Self::BytesOverTime | Self::AbsentOverTime)
    }
}

impl VectorOp {
    /// Whether it needs the number of series.
    pub const fn needs_param(self) -> bool {
        matches!(self, Self::Topk | Self::Bottomk | Self::ApproxTopk)
    }
}
