//! The tree of a template.
//!
//! Invariant: every part knows the byte that its errors point at, and prints as Go prints it, since errors quote it.

use super::function::Function;
use super::number::Number;
use std::fmt;

/// A template by its name: the main one, or what `define` and `block` made.
#[derive(Debug)]
pub(super) struct Definition {
    pub(super) name: String,
    /// The text that it stands in, and the name of that.
    pub(super) source: std::sync::Arc<Source>,
    pub(super) nodes: Vec<Node>,
}

/// The text of templates.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) name: String,
    pub(super) text: String,
}

/// A part of a template.
#[derive(Debug)]
pub(super) enum Node {
    Text(String),
    /// `{{pipeline}}`
    Action(Pipeline),
    /// `{{if}}` and its `{{else if}}`s.
    If(Branches),
    /// `{{with}}` and its `{{else with}}`s.
    With(Branches),
    Range {
        pipeline: Pipeline,
        body: Vec<Node>,
        otherwise: Vec<Node>,
    },
    Template {
        at: usize,
        name: String,
        pipeline: Option<Pipeline>,
    },
    Break,
    Continue,
}

/// Conditions in turn.
#[derive(Debug)]
pub(super) struct Branches {
    pub(super) arms: Vec<(Pipeline, Vec<Node>)>,
    pub(super) otherwise: Vec<Node>,
}

/// `$x := a | b c`
#[derive(Debug)]
pub(super) struct Pipeline {
    pub(super) at: usize,
    /// The variables that it sets, their `$` included.
    pub(super) variables: Vec<String>,
    /// They exist already.
    pub(super) assigns: bool,
    pub(super) commands: Vec<Command>,
}

/// An operand with its arguments.
#[derive(Debug)]
pub(super) struct Command {
    pub(super) at: usize,
    pub(super) first: Operand,
    pub(super) arguments: Vec<Operand>,
}

/// A value, a call, or a pipeline in parentheses.
#[derive(Debug)]
pub(super) struct Operand {
    pub(super) at: usize,
    pub(super) kind: OperandKind,
}

#[derive(Debug)]
pub(super) enum OperandKind {
    Function {
        name: String,
        function: Callee,
    },
    Dot,
    Nil,
    Bool(bool),
    Number(Number),
    Text {
        quoted: String,
        text: String,
    },
    /// `.a.b`
    Field(Vec<String>),
    /// `$x.a.b`
    Variable {
        name: String,
        fields: Vec<String>,
    },
    /// `(pipeline).a.b`, `function.a.b`
    Chain {
        base: Box<Operand>,
        fields: Vec<String>,
    },
    Pipeline(Box<Pipeline>),
}

/// What a name calls.
#[derive(Debug)]
pub(super) enum Callee {
    /// `and`: stops at the first that is false.
    And,
    /// `or`: stops at the first that is true.
    Or,
    Function(Function),
}

impl fmt::Display for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.variables.is_empty() {
            write!(f, "{} {} ", self.variables.join(", "), if self.assigns { "=" } else { ":=" })?;
        }
        for (at, command) in self.commands.iter().enumerate() {
            write!(f, "{}{command}", if at > 0 { " | " } else { "" })?;
        }
        Ok(())
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Parenthesized(&self.first))?;
        self.arguments.iter().try_for_each(|argument| write!(f, " {}", Parenthesized(argument)))
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dotted =
            |f: &mut fmt::Formatter<'_>, fields: &[String]| fields.iter().try_for_each(|field| write!(f, ".{field}"));
        match &self.kind {
            OperandKind::Function { name, .. } => f.write_str(name),
            OperandKind::Dot => f.write_str("."),
            OperandKind::Nil => f.write_str("nil"),
            OperandKind::Bool(value) => write!(f, "{value}"),
            OperandKind::Number(number) => f.write_str(&number.text),
            OperandKind::Text { quoted, .. } => f.write_str(quoted),
            OperandKind::Field(fields) => dotted(f, fields),
            OperandKind::Variable { name, fields } => {
                f.write_str(name)?;
                dotted(f, fields)
            }
            OperandKind::Chain { base, fields } => {
                write!(f, "{}", Parenthesized(base))?;
                dotted(f, fields)
            }
            OperandKind::Pipeline(pipeline) => write!(f, "{pipeline}"),
        }
    }
}

/// An operand as it stands among others.
struct Parenthesized<'a>(&'a Operand);

impl fmt::Display for Parenthesized<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if matches!(self.0.kind, OperandKind::Pipeline(_)) {
            write!(f, "({})", self.0)
        } else {
            write!(f, "{}", self.0)
        }
    }
}
