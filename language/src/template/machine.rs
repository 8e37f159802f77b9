//! Rendering: the walk over a tree.
//!
//! Invariant: what Go's `text/template` writes, and its errors with the same place. Every part, command and turn of a
//! loop is a step, every text that is made is charged, and the recursion is counted: a rendering ends within its
//! limits whatever the template.

mod call;
mod field;

use super::Template;
use super::error::RenderError;
use super::format;
use super::html::Escaper;
use super::limits::{DEPTH_MAX, Limits};
use super::parser::Definitions;
use super::tree::{Branches, Command, Definition, Node, Operand, OperandKind, Pipeline};
use super::value::{Contents, Text, Value};
use model::number::quoted;

/// Renders a definition, as HTML where an escaper is given.
pub(super) fn render<'d>(
    template: &'d Template,
    top: Value<'d>,
    limits: &Limits,
    html: Option<Escaper>,
) -> Result<String, RenderError> {
    let main = template.main.as_ref();
    let mut machine = Machine {
        definitions: &template.definitions,
        zero_for_missing: template.zero_for_missing,
        definition: main,
        top: top.clone(),
        place: None,
        variables: vec![("$", top.clone())],
        frame: 0,
        depth: 0,
        output: String::new(),
        html,
        bytes: limits.bytes,
        steps: limits.steps,
        limits: *limits,
    };
    machine.list(&top, &main.nodes)?;
    Ok(machine.output)
}

struct Machine<'d> {
    definitions: &'d Definitions,
    zero_for_missing: bool,
    /// The one that is being walked.
    definition: &'d Definition,
    /// What the whole rendering began with.
    top: Value<'d>,
    /// Where an error would be.
    place: Option<Place<'d>>,
    variables: Vec<(&'d str, Value<'d>)>,
    /// Where this definition's variables begin.
    frame: usize,
    depth: usize,
    output: String,
    /// What values are escaped for; `None` writes them as they are.
    html: Option<Escaper>,
    /// What is left of the limits.
    bytes: usize,
    steps: u64,
    limits: Limits,
}

/// A part that an error can quote.
#[derive(Clone, Copy)]
enum Place<'d> {
    Action(&'d Pipeline),
    Pipeline(&'d Pipeline),
    Command(&'d Command),
    Operand(&'d Operand),
    Template(usize, &'d str, Option<&'d Pipeline>),
}

/// How a list of parts ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Next,
    Break,
    Continue,
}

type Rendered<T> = Result<T, RenderError>;

impl<'d> Machine<'d> {
    fn list(&mut self, dot: &Value<'d>, nodes: &'d [Node]) -> Rendered<Flow> {
        self.deeper(|machine| {
            for node in nodes {
                let flow = machine.node(dot, node)?;
                if flow != Flow::Next {
                    return Ok(flow);
                }
            }
            Ok(Flow::Next)
        })
    }

    fn node(&mut self, dot: &Value<'d>, node: &'d Node) -> Rendered<Flow> {
        self.step(1)?;
        match node {
            Node::Text(text) => {
                if let Some(html) = &mut self.html {
                    html.pass(text);
                }
                self.write(text)?;
            }
            Node::Action(pipeline) => {
                let value = self.pipeline(dot, pipeline)?;
                if pipeline.variables.is_empty() {
                    self.print(pipeline, &value)?;
                }
            }
            Node::If(branches) => return self.branches(dot, branches, |_, outer| outer),
            Node::With(branches) => return self.branches(dot, branches, |value, _| value),
            Node::Range { pipeline, body, otherwise } => return self.range(dot, pipeline, body, otherwise),
            Node::Template { at, name, pipeline } => self.template(dot, *at, name, pipeline.as_ref())?,
            Node::Break => return Ok(Flow::Break),
            Node::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::Next)
    }

    /// Walks the first arm whose condition is true; `choose` gives its dot, from the condition's value and the dot outside.
    fn branches(
        &mut self,
        dot: &Value<'d>,
        branches: &'d Branches,
        choose: impl Fn(Value<'d>, Value<'d>) -> Value<'d>,
    ) -> Rendered<Flow> {
        let mark = self.variables.len();
        let mut flow = None;
        for (pipeline, body) in &branches.arms {
            let value = self.pipeline(dot, pipeline)?;
            if value.is_true() {
                flow = Some(self.list(&choose(value, dot.clone()), body)?);
                break;
            }
        }
        let flow = match flow {
            Some(flow) => flow,
            None => self.list(dot, &branches.otherwise)?,
        };
        self.variables.truncate(mark);
        Ok(flow)
    }

    fn range(
        &mut self,
        dot: &Value<'d>,
        pipeline: &'d Pipeline,
        body: &'d [Node],
        otherwise: &'d [Node],
    ) -> Rendered<Flow> {
        let outer = self.variables.len();
        let value = self.pipeline(dot, pipeline)?;
        let mark = self.variables.len();
        let turns = self.turns(pipeline, &value)?;
        let mut turned = false;
        for (index, element) in turns {
            turned = true;
            self.step(1)?;
            self.set_turn(pipeline, index, element.clone())?;
            let flow = self.list(&element, body)?;
            self.variables.truncate(mark);
            if flow == Flow::Break {
                break;
            }
        }
        let flow = if turned { Flow::Next } else { self.list(dot, otherwise)? };
        self.variables.truncate(outer);
        Ok(flow)
    }

    /// What `range` goes through: index and element.
    fn turns(
        &mut self,
        pipeline: &Pipeline,
        value: &Value<'d>,
    ) -> Rendered<Box<dyn Iterator<Item = (Value<'d>, Value<'d>)> + 'd>> {
        if let Value::Int(count) = value {
            if pipeline.variables.len() > 1 {
                return Err(self.error(&format!("can't use {count} to iterate over more than one variable")));
            }
            return Ok(Box::new((0..*count).map(|at| (Value::Missing, Value::Int(at)))));
        }
        match value.contents() {
            Contents::List(elements) => {
                let at = move |at: usize| elements.get(at).cloned();
                let turns = (0..).map_while(move |index| Some((index_value(index), at(index)?)));
                Ok(Box::new(turns))
            }
            Contents::Map(pairs) => {
                self.step(u64::try_from(pairs.len()).unwrap_or(u64::MAX))?;
                Ok(Box::new(pairs.into_iter().map(|(key, value)| (Value::Text(key), value))))
            }
            Contents::None if value.is_nil() => Ok(Box::new(std::iter::empty())),
            Contents::None => {
                let shown = format::display(value, self.bytes).map_err(|reason| self.error(&reason))?;
                Err(self.error(&format!("range can't iterate over {shown}")))
            }
        }
    }

    /// Sets what a `range` declares or assigns.
    fn set_turn(&mut self, pipeline: &'d Pipeline, index: Value<'d>, element: Value<'d>) -> Rendered<()> {
        match pipeline.variables.as_slice() {
            [] => {}
            [first] if pipeline.assigns => self.assign(first, element)?,
            [first, second, ..] if pipeline.assigns => {
                self.assign(first, index)?;
                self.assign(second, element)?;
            }
            [_] => self.set_top(1, element),
            [_, _, ..] => {
                self.set_top(1, element);
                self.set_top(2, index);
            }
        }
        Ok(())
    }

    fn set_top(&mut self, from_top: usize, value: Value<'d>) {
        let at = self.variables.len().checked_sub(from_top);
        if let Some(variable) = at.and_then(|at| self.variables.get_mut(at)) {
            variable.1 = value;
        }
    }

    fn template(&mut self, dot: &Value<'d>, at: usize, name: &'d str, pipeline: Option<&'d Pipeline>) -> Rendered<()> {
        self.place = Some(Place::Template(at, name, pipeline));
        if !self.definitions.contains_key(name) {
            return Err(self.not_defined(name));
        }
        let dot = match pipeline {
            Some(pipeline) => self.pipeline(dot, pipeline)?,
            None => Value::Missing,
        };
        self.called(name, &dot)
    }

    /// Walks another template, which sees none of the variables here.
    fn called(&mut self, name: &str, dot: &Value<'d>) -> Rendered<()> {
        let Some(called) = self.definitions.get(name) else { return Err(self.not_defined(name)) };
        let (frame, caller) = (self.frame, self.definition);
        (self.frame, self.definition) = (self.variables.len(), called);
        self.variables.push(("$", dot.clone()));
        // An error ends the rendering where it stands.
        self.list(dot, &called.nodes)?;
        self.variables.truncate(self.frame);
        (self.frame, self.definition) = (frame, caller);
        Ok(())
    }

    fn not_defined(&self, name: &str) -> RenderError {
        self.error(&format!("template {} not defined", quoted(name)))
    }

    /// The value of a pipeline; what it declares stays until the block ends.
    fn pipeline(&mut self, dot: &Value<'d>, pipeline: &'d Pipeline) -> Rendered<Value<'d>> {
        self.deeper(|machine| {
            machine.place = Some(Place::Pipeline(pipeline));
            let mut value = None;
            for command in &pipeline.commands {
                machine.step(1)?;
                value = Some(match machine.command(dot, command, value)? {
                    Value::Nil => Value::Missing,
                    value => value,
                });
            }
            let value = value.unwrap_or(Value::Missing);
            for variable in &pipeline.variables {
                if pipeline.assigns {
                    machine.assign(variable, value.clone())?;
                } else {
                    machine.variables.push((variable, value.clone()));
                }
            }
            Ok(value)
        })
    }

    fn command(&mut self, dot: &Value<'d>, command: &'d Command, last: Option<Value<'d>>) -> Rendered<Value<'d>> {
        let first = &command.first;
        let arguments = command.arguments.as_slice();
        match &first.kind {
            OperandKind::Field(fields) => {
                self.place = Some(Place::Operand(first));
                self.chain(dot, dot.clone(), fields, arguments, last)
            }
            OperandKind::Chain { base, fields } => {
                let base = self.base(dot, first, base)?;
                self.chain(dot, base, fields, arguments, last)
            }
            OperandKind::Variable { name, fields } if !fields.is_empty() => {
                self.place = Some(Place::Operand(first));
                let value = self.variable(name)?;
                self.chain(dot, value, fields, arguments, last)
            }
            OperandKind::Function { name, function } => {
                self.place = Some(Place::Operand(first));
                self.call(dot, Place::Command(command), (name, function), arguments, last)
            }
            _ => {
                if !matches!(first.kind, OperandKind::Pipeline(_)) {
                    self.place = Some(Place::Operand(first));
                }
                if !arguments.is_empty() || last.is_some() {
                    return Err(self.error(&format!("can't give argument to non-function {first}")));
                }
                if matches!(first.kind, OperandKind::Nil) {
                    return Err(self.error("nil is not a command"));
                }
                self.operand(dot, first)
            }
        }
    }

    fn variable(&self, name: &str) -> Rendered<Value<'d>> {
        let own = self.variables.get(self.frame..).unwrap_or_default();
        match own.iter().rev().find(|(known, _)| *known == name) {
            Some((_, value)) => Ok(value.clone()),
            None => Err(self.error(&format!("undefined variable: {name}"))),
        }
    }

    fn assign(&mut self, name: &str, value: Value<'d>) -> Rendered<()> {
        let own = self.variables.get_mut(self.frame..).unwrap_or_default();
        match own.iter_mut().rev().find(|(known, _)| *known == name) {
            Some((_, variable)) => *variable = value,
            None => return Err(self.error(&format!("undefined variable: {name}"))),
        }
        Ok(())
    }

    fn print(&mut self, pipeline: &'d Pipeline, value: &Value<'d>) -> Rendered<()> {
        if let Value::Text(text) = value {
            return self.write_value(text);
        }
        self.place = Some(Place::Action(pipeline));
        if matches!(value, Value::Function(_)) {
            return Err(self.error(&format!("can't print {{{{{pipeline}}}}} of type func")));
        }
        let text = match (value.is_nil(), &self.html) {
            (true, None) => "<no value>".to_owned(),
            (true, Some(_)) => String::new(),
            (false, _) => format::display(value, self.bytes).map_err(|reason| self.error(&reason))?,
        };
        self.write_value(&Text::Borrowed(&text))
    }

    /// Writes a value, escaped for where it stands if this is HTML.
    fn write_value(&mut self, text: &Text<'_>) -> Rendered<()> {
        match &mut self.html {
            None => self.write(text),
            Some(html) => {
                let escaped = html.value(text);
                self.write(&escaped)
            }
        }
    }

    fn write(&mut self, text: &str) -> Rendered<()> {
        self.charge(text.len())?;
        self.output.push_str(text);
        Ok(())
    }

    /// Takes bytes from what is left.
    fn charge(&mut self, bytes: usize) -> Rendered<()> {
        match self.bytes.checked_sub(bytes) {
            Some(left) => self.bytes = left,
            None => return Err(self.error(&format!("more than {} bytes of text", self.limits.bytes))),
        }
        Ok(())
    }

    /// Takes steps from what is left.
    fn step(&mut self, steps: u64) -> Rendered<()> {
        match self.steps.checked_sub(steps) {
            Some(left) => self.steps = left,
            None => return Err(self.error(&format!("more than {} steps", self.limits.steps))),
        }
        Ok(())
    }

    fn deeper<T>(&mut self, walk: impl FnOnce(&mut Self) -> Rendered<T>) -> Rendered<T> {
        if self.depth >= DEPTH_MAX {
            return Err(self.error(&format!("exceeded maximum template depth ({DEPTH_MAX})")));
        }
        self.depth += 1;
        let result = walk(self);
        self.depth -= 1;
        result
    }

    #[cold]
    fn error(&self, reason: &str) -> RenderError {
        let Some(place) = self.place else {
            return RenderError { text: format!("template: {}: {reason}", self.definition.name) };
        };
        let (at, part) = match place {
            Place::Action(pipeline) => (pipeline.at, format!("{{{{{pipeline}}}}}")),
            Place::Pipeline(pipeline) => (pipeline.at, pipeline.to_string()),
            Place::Command(command) => (command.at, command.to_string()),
            Place::Operand(operand) => (operand.at, operand.to_string()),
            Place::Template(at, name, None) => (at, format!("{{{{template {}}}}}", quoted(name))),
            Place::Template(at, name, Some(pipeline)) => (at, format!("{{{{template {} {pipeline}}}}}", quoted(name))),
        };
        let source = &self.definition.source;
        let before = source.text.get(..at).unwrap_or(&source.text);
        let line = 1 + before.matches('\n').count();
        let column = before.len() - before.rfind('\n').map_or(0, |newline| newline + 1);
        let (file, name) = (&source.name, quoted(&self.definition.name));
        RenderError { text: format!("template: {file}:{line}:{column}: executing {name} at <{part}>: {reason}") }
    }
}

fn index_value<'d>(index: usize) -> Value<'d> {
    i64::try_from(index).map_or(Value::Missing, Value::Int)
}
