//! From words to trees.
//!
//! Invariant: the texts that Go's `text/template` accepts, and its errors for the others; only nesting is bounded more
//! narrowly, and complex numbers are refused. Functions are looked up here, so that a rendering finds all of them.

mod control;

use super::builtin;
use super::error::ParseError;
use super::function::Functions;
use super::lexer::{self, Kind, Token};
use super::limits::NESTING_MAX;
use super::number::Number;
use super::tree::{Callee, Command, Definition, Node, Operand, OperandKind, Pipeline, Source};
use crate::string;
use model::number::quoted;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The definitions of a text by their names; the main one has the name of the text.
pub(super) type Definitions = BTreeMap<String, Arc<Definition>>;

/// Reads a text.
pub(super) fn parse(source: &Arc<Source>, functions: &Functions) -> Result<Definitions, ParseError> {
    let mut tokens = lexer::words(&source.text);
    for token in &mut tokens {
        // Older functions may have the names of newer keywords.
        if matches!(token.kind, Kind::Break | Kind::Continue) && functions.get(token.text).is_some() {
            token.kind = Kind::Identifier;
        }
    }
    let mut parser = Parser {
        source,
        functions,
        tokens,
        at: 0,
        furthest: 0,
        variables: vec!["$".to_owned()],
        definitions: Definitions::new(),
        action_line: 0,
        ranges: 0,
        nesting: 0,
    };
    parser.template().map_err(|reason| parser.located(&reason))?;
    Ok(parser.definitions)
}

struct Parser<'t> {
    source: &'t Arc<Source>,
    functions: &'t Functions,
    tokens: Vec<Token<'t>>,
    at: usize,
    /// The furthest word that has been looked at, whose line errors tell.
    furthest: usize,
    /// The variables that exist here.
    variables: Vec<String>,
    definitions: Definitions,
    /// Where the action began; 0 outside of actions.
    action_line: usize,
    /// How many `range`s are around.
    ranges: usize,
    nesting: usize,
}

impl<'t> Parser<'t> {
    fn located(&self, reason: &str) -> ParseError {
        let (line, start) = self.tokens.get(self.furthest).map_or((1, 0), |token| (token.line, token.start));
        let before = self.source.text.get(..start).unwrap_or_default();
        let column = 1 + before.len() - before.rfind('\n').map_or(0, |newline| newline + 1);
        ParseError { line, column, text: format!("template: {}:{line}: {reason}", self.source.name) }
    }

    fn template(&mut self) -> Result<(), String> {
        let mut nodes = Vec::new();
        while self.peek().kind != Kind::Eof {
            if self.peek().kind == Kind::Open {
                let before = self.at;
                self.next();
                if self.next_word().kind == Kind::Define {
                    self.definition()?;
                    continue;
                }
                self.at = before;
            }
            match self.text_or_action()? {
                Part::Node(node) => nodes.push(node),
                Part::End => return Err("unexpected {{end}}".to_owned()),
                Part::Else => return Err("unexpected {{else}}".to_owned()),
            }
        }
        let name = self.source.name.clone();
        self.define(name, nodes)
    }

    fn definition(&mut self) -> Result<(), String> {
        const CONTEXT: &str = "define clause";
        let token = self.next_word();
        let name = self.template_name(&token, CONTEXT)?;
        self.expect(Kind::Close, CONTEXT)?;
        let nodes = self.own_body(CONTEXT)?;
        self.define(name, nodes)
    }

    /// The body of a template of its own, up to its `end`: it sees no variables and is in no `range`.
    fn own_body(&mut self, context: &str) -> Result<Vec<Node>, String> {
        let variables = std::mem::replace(&mut self.variables, vec!["$".to_owned()]);
        let ranges = std::mem::take(&mut self.ranges);
        let action_line = std::mem::take(&mut self.action_line);
        let (nodes, end) = self.nested(Self::list)?;
        if !matches!(end, Part::End) {
            return Err(format!("unexpected {{{{else}}}} in {context}"));
        }
        (self.variables, self.ranges, self.action_line) = (variables, ranges, action_line);
        Ok(nodes)
    }

    fn define(&mut self, name: String, nodes: Vec<Node>) -> Result<(), String> {
        let is_empty =
            |nodes: &[Node]| nodes.iter().all(|node| matches!(node, Node::Text(text) if text.trim().is_empty()));
        if self.definitions.get(&name).is_some_and(|earlier| !is_empty(&earlier.nodes)) {
            if !is_empty(&nodes) {
                return Err(format!("template: multiple definition of template {}", quoted(&name)));
            }
            return Ok(());
        }
        let definition = Definition { name: name.clone(), source: Arc::clone(self.source), nodes };
        self.definitions.insert(name, Arc::new(definition));
        Ok(())
    }

    /// Parts up to an `end` or `else`, which is told.
    fn list(&mut self) -> Result<(Vec<Node>, Part), String> {
        let mut nodes = Vec::new();
        while self.peek_word().kind != Kind::Eof {
            match self.text_or_action()? {
                Part::Node(node) => nodes.push(node),
                end => return Ok((nodes, end)),
            }
        }
        Err("unexpected EOF".to_owned())
    }

    fn text_or_action(&mut self) -> Result<Part, String> {
        let token = self.next_word();
        match token.kind {
            Kind::Text => Ok(Part::Node(Node::Text(token.text.to_owned()))),
            Kind::Open => {
                self.action_line = token.line;
                let part = self.action();
                if part.is_ok() {
                    self.action_line = 0;
                }
                part
            }
            _ => Err(self.unexpected(&token, "input")),
        }
    }

    /// `$x := a | b c`, up to the word that ends it.
    fn pipeline(&mut self, context: &str, end: Kind) -> Result<Pipeline, String> {
        let at = self.peek_word().start;
        let mut pipeline = Pipeline { at, variables: Vec::new(), assigns: false, commands: Vec::new() };
        self.variables_of(&mut pipeline, context)?;
        loop {
            let before = self.at;
            let token = self.next_word();
            match token.kind {
                _ if token.kind == end => break,
                Kind::Bool
                | Kind::Character
                | Kind::Complex
                | Kind::Dot
                | Kind::Field
                | Kind::Identifier
                | Kind::Number
                | Kind::Nil
                | Kind::Raw
                | Kind::Quoted
                | Kind::Variable
                | Kind::LeftParen => {
                    self.at = before;
                    pipeline.commands.push(self.command()?);
                }
                _ => return Err(self.unexpected(&token, context)),
            }
        }
        check(&pipeline, context).map(|()| pipeline)
    }

    /// The variables that a pipeline sets.
    fn variables_of(&mut self, pipeline: &mut Pipeline, context: &str) -> Result<(), String> {
        loop {
            let before = self.at;
            let variable = self.next_word();
            if variable.kind != Kind::Variable {
                self.at = before;
                return Ok(());
            }
            let next = self.next_word();
            let is_comma = next.kind == Kind::Other && next.text == ",";
            if !is_comma && !matches!(next.kind, Kind::Assign | Kind::Declare) {
                self.at = before;
                return Ok(());
            }
            pipeline.variables.push(variable.text.to_owned());
            self.variables.push(variable.text.to_owned());
            if !is_comma {
                pipeline.assigns = next.kind == Kind::Assign;
                return Ok(());
            }
            if context != "range" || pipeline.variables.len() >= 2 {
                return Err(format!("too many declarations in {context}"));
            }
            if !matches!(self.peek_word().kind, Kind::Variable | Kind::Close | Kind::RightParen) {
                return Err("range can only initialize variables".to_owned());
            }
        }
    }

    fn command(&mut self) -> Result<Command, String> {
        let at = self.peek_word().start;
        let mut operands = Vec::new();
        loop {
            self.peek_word();
            operands.extend(self.operand()?);
            let before = self.at;
            let token = self.next();
            match token.kind {
                Kind::Space => continue,
                Kind::Close | Kind::RightParen => self.at = before,
                Kind::Pipe => {}
                _ => return Err(self.unexpected(&token, "operand")),
            }
            break;
        }
        let mut operands = operands.into_iter();
        let Some(first) = operands.next() else { return Err("empty command".to_owned()) };
        Ok(Command { at, first, arguments: operands.collect() })
    }

    /// A term with the fields behind it; `None` when something else comes next.
    fn operand(&mut self) -> Result<Option<Operand>, String> {
        let Some(mut operand) = self.term()? else { return Ok(None) };
        if self.peek().kind != Kind::Field {
            return Ok(Some(operand));
        }
        let at = self.peek().start;
        let mut further = Vec::new();
        while self.peek().kind == Kind::Field {
            further.push(field_name(self.next().text));
        }
        match &mut operand.kind {
            OperandKind::Field(fields) | OperandKind::Variable { fields, .. } => {
                fields.append(&mut further);
                operand.at = at;
            }
            OperandKind::Bool(_)
            | OperandKind::Text { .. }
            | OperandKind::Number(_)
            | OperandKind::Nil
            | OperandKind::Dot => {
                return Err(format!("unexpected . after term {}", quoted(&operand.to_string())));
            }
            _ => operand = Operand { at, kind: OperandKind::Chain { base: Box::new(operand), fields: further } },
        }
        Ok(Some(operand))
    }

    fn term(&mut self) -> Result<Option<Operand>, String> {
        let before = self.at;
        let token = self.next_word();
        let kind = match token.kind {
            Kind::Identifier => {
                let Some(function) = self.function(token.text) else {
                    return Err(format!("function {} not defined", quoted(token.text)));
                };
                OperandKind::Function { name: token.text.to_owned(), function }
            }
            Kind::Dot => OperandKind::Dot,
            Kind::Nil => OperandKind::Nil,
            Kind::Variable => {
                if !self.variables.iter().any(|variable| variable == token.text) {
                    return Err(format!("undefined variable {}", quoted(token.text)));
                }
                OperandKind::Variable { name: token.text.to_owned(), fields: Vec::new() }
            }
            Kind::Field => OperandKind::Field(vec![field_name(token.text)]),
            Kind::Bool => OperandKind::Bool(token.text == "true"),
            Kind::Character => OperandKind::Number(Number::parse_character(token.text)?),
            Kind::Number | Kind::Complex => OperandKind::Number(Number::parse(token.text)?),
            Kind::LeftParen => {
                let inner = |parser: &mut Self| parser.pipeline("parenthesized pipeline", Kind::RightParen);
                let pipeline = self.nested(inner)?;
                return Ok(Some(Operand { at: pipeline.at, kind: OperandKind::Pipeline(Box::new(pipeline)) }));
            }
            Kind::Quoted | Kind::Raw => {
                OperandKind::Text { quoted: token.text.to_owned(), text: unquoted(token.text)? }
            }
            _ => {
                self.at = before;
                return Ok(None);
            }
        };
        Ok(Some(Operand { at: token.start, kind }))
    }

    fn function(&self, name: &str) -> Option<Callee> {
        match self.functions.get(name) {
            Some(function) => Some(Callee::Function(function.clone())),
            None => builtin::callee(name),
        }
    }

    fn template_name(&self, token: &Token<'_>, context: &str) -> Result<String, String> {
        match token.kind {
            Kind::Quoted | Kind::Raw => unquoted(token.text),
            _ => Err(self.unexpected(token, context)),
        }
    }

    /// Reads what stands deeper.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, String>) -> Result<T, String> {
        if self.nesting >= NESTING_MAX {
            return Err(format!("max expression depth exceeded: more than {NESTING_MAX} blocks and parentheses nest"));
        }
        self.nesting += 1;
        let result = read(self);
        self.nesting -= 1;
        result
    }

    fn expect(&mut self, kind: Kind, context: &str) -> Result<Token<'t>, String> {
        let token = self.next_word();
        if token.kind == kind { Ok(token) } else { Err(self.unexpected(&token, context)) }
    }

    fn unexpected(&self, token: &Token<'_>, context: &str) -> String {
        if token.kind != Kind::Error {
            return format!("unexpected {token} in {context}");
        }
        if self.action_line == 0 || self.action_line == token.line {
            return token.to_string();
        }
        let started = format!("started at {}:{}", self.source.name, self.action_line);
        let joint = if token.mistake.ends_with(" action") { "" } else { " in action" };
        format!("{token}{joint} {started}")
    }

    /// The next word; the last one again and again.
    fn next(&mut self) -> Token<'t> {
        let token = self.peek();
        self.at += 1;
        token
    }

    fn peek(&mut self) -> Token<'t> {
        let at = self.at.min(self.tokens.len().saturating_sub(1));
        self.furthest = self.furthest.max(at);
        let nothing = || Token { kind: Kind::Eof, text: "", start: 0, line: 1, mistake: String::new() };
        self.tokens.get(at).cloned().unwrap_or_else(nothing)
    }

    /// The next word that is no space.
    fn next_word(&mut self) -> Token<'t> {
        loop {
            let token = self.next();
            if token.kind != Kind::Space {
                return token;
            }
        }
    }

    /// As [`Self::next_word`], which stays next; spaces before it are gone.
    fn peek_word(&mut self) -> Token<'t> {
        while self.peek().kind == Kind::Space {
            self.at += 1;
        }
        self.peek()
    }
}

/// What stands between two other parts.
enum Part {
    Node(Node),
    End,
    Else,
}

/// A pipeline computes something, and only its first command may be a plain value.
fn check(pipeline: &Pipeline, context: &str) -> Result<(), String> {
    if pipeline.commands.is_empty() {
        return Err(format!("missing value for {context}"));
    }
    for (at, command) in pipeline.commands.iter().enumerate().skip(1) {
        if matches!(
            command.first.kind,
            OperandKind::Bool(_)
                | OperandKind::Dot
                | OperandKind::Nil
                | OperandKind::Number(_)
                | OperandKind::Text { .. }
        ) {
            return Err(format!("non executable command in pipeline stage {}", at + 1));
        }
    }
    Ok(())
}

fn field_name(token: &str) -> String {
    token.trim_start_matches('.').to_owned()
}

fn unquoted(token: &str) -> Result<String, String> {
    let quote = token.bytes().next().unwrap_or(b'"');
    match string::scan(token, quote, None) {
        // Go's raw strings hold no carriage returns.
        Ok(_) if quote == b'`' => Ok(token.trim_matches('`').replace('\r', "")),
        Ok(_) => string::unquote(token).map_err(|_| "invalid syntax".to_owned()),
        Err(_) => Err("invalid syntax".to_owned()),
    }
}
