//! Binary operators between expressions, as PromQL and LogQL share them: how each is written, how strongly it binds,
//! and how the series of its two sides are matched.
//!
//! Invariant: nothing here computes; the engines do.

/// The binary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is named as PromQL names it")]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Pow,
    Atan2,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    And,
    Or,
    Unless,
    /// `</`: keeps the lower part of a native histogram.
    TrimUpper,
    /// `>/`: keeps the upper part of a native histogram.
    TrimLower,
}

/// Which labels decide that two series match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MatchOn {
    /// `on (...)`: only these.
    On(Vec<String>),
    /// `ignoring (...)`: all but these; empty when nothing was written.
    Ignoring(Vec<String>),
}

/// How many series may match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cardinality {
    /// At most one on each side.
    OneToOne,
    /// `group_left (...)`: many on the left; the named labels come from the right.
    ManyToOne(Vec<String>),
    /// `group_right (...)`: many on the right; the named labels come from the left.
    OneToMany(Vec<String>),
    /// `and`, `or`, `unless`.
    ManyToMany,
}

/// How strongly an operator binds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Precedence(u8);

impl Precedence {
    pub(crate) const LOWEST: Self = Self(0);

    pub(crate) const fn of(op: BinaryOp) -> Self {
        Self(match op {
            BinaryOp::Or => 1,
            BinaryOp::And | BinaryOp::Unless => 2,
            BinaryOp::Eq
            | BinaryOp::Ne
            | BinaryOp::Lt
            | BinaryOp::Le
            | BinaryOp::Gt
            | BinaryOp::Ge
            | BinaryOp::TrimUpper
            | BinaryOp::TrimLower => 3,
            BinaryOp::Add | BinaryOp::Sub => 4,
            BinaryOp::Mul | BinaryOp::Div | BinaryOp::Mod | BinaryOp::Atan2 => 5,
            BinaryOp::Pow => 6,
        })
    }

    /// What the right side of the operator must bind by at least: `^` groups to the right, all others to the left.
    pub(crate) const fn of_right_side(op: BinaryOp) -> Self {
        match op {
            BinaryOp::Pow => Self::of(op),
            _ => Self(Self::of(op).0 + 1),
        }
    }
}

impl BinaryOp {
    /// Its text in PromQL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Div => "/",
            Self::Mod => "%",
            Self::Pow => "^",
            Self::Atan2 => "atan2",
            Self::Eq => "==",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::And => "and",
            Self::Or => "or",
            Self::Unless => "unless",
            Self::TrimUpper => "</",
            Self::TrimLower => ">/",
        }
    }

    /// Whether it is `== != < <= > >=`.
    pub fn is_comparison(self) -> bool {
        matches!(self, Self::Eq | Self::Ne | Self::Lt | Self::Le | Self::Gt | Self::Ge)
    }

    /// Whether it is `and`, `or`, `unless`.
    pub fn is_set(self) -> bool {
        matches!(self, Self::And | Self::Or | Self::Unless)
    }
}
