//! Calls and their arguments.
//!
//! Invariant: arguments are evaluated from left to right, each as its parameter takes it; `and` and `or` stop at the
//! first that decides.

use super::{Machine, Place, Rendered};
use crate::template::function::{Call, Kind};
use crate::template::limits::{BYTES_PER_STEP, OBJECT_STEPS, VALUE_DEPTH_MAX};
use crate::template::tree::{Callee, Operand, OperandKind};
use crate::template::value::Value;
use std::cell::Cell;

impl<'d> Machine<'d> {
    /// Calls a function of a name; `place` is where its own errors are.
    pub(super) fn call(
        &mut self,
        dot: &Value<'d>,
        place: Place<'d>,
        (name, callee): (&str, &'d Callee),
        arguments: &'d [Operand],
        last: Option<Value<'d>>,
    ) -> Rendered<Value<'d>> {
        let function = match callee {
            Callee::And => return self.until(dot, ("and", false), arguments, last),
            Callee::Or => return self.until(dot, ("or", true), arguments, last),
            Callee::Function(function) => function,
        };
        self.check_count(name, function.fixed, function.further, (arguments.len(), last.is_some()))?;
        let values = self.values(dot, (function.fixed, function.further), arguments, last)?;
        if let [Value::Text(name), dot] = values.as_slice()
            && function.renders
        {
            self.place = Some(place);
            return self.rendered(name, dot);
        }
        self.run(place, name, &values, |call| (function.run)(call))
    }

    /// The text of a defined template.
    fn rendered(&mut self, name: &str, dot: &Value<'d>) -> Rendered<Value<'d>> {
        let outside = std::mem::take(&mut self.output);
        // It becomes a value, which is escaped where it is written.
        let html = self.html.take();
        self.called(name, dot)?;
        self.html = html;
        Ok(Value::text(std::mem::replace(&mut self.output, outside)))
    }

    /// Runs what has been called, and charges for it.
    pub(super) fn run(
        &mut self,
        place: Place<'d>,
        name: &str,
        arguments: &[Value<'d>],
        run: impl FnOnce(&Call<'_, 'd>) -> Result<Value<'d>, String>,
    ) -> Rendered<Value<'d>> {
        let bytes: usize = arguments.iter().map(size).fold(0, usize::saturating_add);
        self.step(u64::try_from(bytes / BYTES_PER_STEP).unwrap_or(u64::MAX))?;
        let call = Call { arguments, top: &self.top, room: self.bytes, steps: Cell::new(0) };
        let result = run(&call);
        let further = call.steps.get();
        self.step(further)?;
        match result {
            Ok(value) => {
                self.charge(value.weight())?;
                if arguments.iter().any(is_nested) {
                    self.check_depth(&value, VALUE_DEPTH_MAX)?;
                }
                Ok(value)
            }
            Err(reason) => {
                self.place = Some(place);
                Err(self.error(&format!("error calling {name}: {reason}")))
            }
        }
    }

    /// Refuses a value that nests deeper than some levels; each part that is looked at is a step.
    fn check_depth(&mut self, value: &Value<'d>, levels: usize) -> Rendered<()> {
        if !is_nested(value) {
            return Ok(());
        }
        let Some(below) = levels.checked_sub(1) else {
            return Err(self.error(&format!("lists and maps nest deeper than {VALUE_DEPTH_MAX}")));
        };
        match value {
            Value::List(elements) => {
                self.step(steps(elements.len()))?;
                elements.iter().try_for_each(|element| self.check_depth(element, below))
            }
            Value::Map(map) => {
                self.step(steps(map.len()))?;
                map.values().try_for_each(|element| self.check_depth(element, below))
            }
            _ => Ok(()),
        }
    }

    /// Refuses a wrong number of arguments: those written, and whether one more comes from the pipeline.
    pub(super) fn check_count(
        &self,
        name: &str,
        fixed: &[Kind],
        further: Option<Kind>,
        (written, piped): (usize, bool),
    ) -> Rendered<()> {
        let (given, wanted) = (written + usize::from(piped), fixed.len());
        if further.is_some() && given < wanted {
            return Err(self.error(&format!("wrong number of args for {name}: want at least {wanted} got {written}")));
        }
        if further.is_none() && given != wanted {
            return Err(self.error(&format!("wrong number of args for {name}: want {wanted} got {given}")));
        }
        Ok(())
    }

    /// The arguments as the parameters take them.
    pub(super) fn values(
        &mut self,
        dot: &Value<'d>,
        (fixed, further): (&[Kind], Option<Kind>),
        arguments: &'d [Operand],
        last: Option<Value<'d>>,
    ) -> Rendered<Vec<Value<'d>>> {
        let kinds = fixed.iter().copied().chain(std::iter::repeat(further.unwrap_or(Kind::Any)));
        let mut kinds = kinds;
        let mut values = Vec::with_capacity(arguments.len() + 1);
        for argument in arguments {
            let kind = kinds.next().unwrap_or(Kind::Any);
            values.push(self.argument(dot, kind, argument)?);
        }
        if let Some(last) = last {
            values.push(self.checked(last, kinds.next().unwrap_or(Kind::Any))?);
        }
        Ok(values)
    }

    /// `and` and `or`: the first argument whose truth is `decisive`, else the last.
    fn until(
        &mut self,
        dot: &Value<'d>,
        (name, decisive): (&str, bool),
        arguments: &'d [Operand],
        last: Option<Value<'d>>,
    ) -> Rendered<Value<'d>> {
        if arguments.is_empty() && last.is_none() {
            return Err(self.error(&format!("wrong number of args for {name}: want at least 1 got 0")));
        }
        let mut value = Value::Missing;
        for argument in arguments {
            value = self.argument(dot, Kind::Any, argument)?;
            if value.is_true() == decisive {
                return Ok(value);
            }
        }
        Ok(last.unwrap_or(value))
    }

    fn argument(&mut self, dot: &Value<'d>, kind: Kind, argument: &'d Operand) -> Rendered<Value<'d>> {
        self.place = Some(Place::Operand(argument));
        let found = |what: &str| format!("expected {what}; found {argument}");
        match (&argument.kind, kind) {
            (OperandKind::Nil, kind) if kind.takes_nil() => Ok(Value::Nil),
            (OperandKind::Nil, kind) => Err(self.error(&format!("cannot assign nil to {}", kind.name()))),
            (OperandKind::Bool(_), Kind::Bool) | (OperandKind::Text { .. }, Kind::Text) => self.operand(dot, argument),
            (OperandKind::Number(number), Kind::Int | Kind::Duration) => match number.int {
                Some(value) if kind == Kind::Int => Ok(Value::Int(value)),
                Some(value) => Ok(Value::Duration(value)),
                None => Err(self.error(&found("integer"))),
            },
            (OperandKind::Number(number), Kind::Float) => match number.float {
                Some(value) => Ok(Value::Float(value)),
                None => Err(self.error(&found("float"))),
            },
            (OperandKind::Bool(_) | OperandKind::Number(_) | OperandKind::Text { .. }, kind) => match kind {
                Kind::Any => self.operand(dot, argument),
                Kind::Text => Err(self.error(&found("string"))),
                Kind::Int | Kind::Duration => Err(self.error(&found("integer"))),
                Kind::Float => Err(self.error(&found("float"))),
                Kind::Bool => Err(self.error(&found("bool"))),
                Kind::Time | Kind::List => {
                    Err(self.error(&format!("can't handle {argument} for arg of type {}", kind.name())))
                }
            },
            _ => {
                let value = self.operand(dot, argument)?;
                self.checked(value, kind)
            }
        }
    }

    /// A value that a parameter takes.
    fn checked(&self, value: Value<'d>, kind: Kind) -> Rendered<Value<'d>> {
        if kind.takes(&value) {
            return Ok(value);
        }
        let (expected, got) = (kind.name(), value.type_name());
        Err(self.error(&if value.is_nil() {
            format!("invalid value; expected {expected}")
        } else {
            format!("wrong type for value; expected {expected}; got {got}")
        }))
    }

    /// The value of an operand that is given no arguments.
    pub(super) fn operand(&mut self, dot: &Value<'d>, operand: &'d Operand) -> Rendered<Value<'d>> {
        if !matches!(operand.kind, OperandKind::Pipeline(_)) {
            self.place = Some(Place::Operand(operand));
        }
        match &operand.kind {
            OperandKind::Dot => Ok(dot.clone()),
            OperandKind::Nil => Ok(Value::Nil),
            OperandKind::Bool(value) => Ok(Value::Bool(*value)),
            OperandKind::Number(number) => match (number.int, number.float) {
                (_, Some(float)) if number.is_written_as_float() => Ok(Value::Float(float)),
                (Some(int), _) => Ok(Value::Int(int)),
                _ => Err(self.error(&format!("{} overflows int", number.text))),
            },
            OperandKind::Text { text, .. } => Ok(Value::borrowed(text)),
            OperandKind::Field(fields) => self.chain(dot, dot.clone(), fields, &[], None),
            OperandKind::Variable { name, fields } => {
                let value = self.variable(name)?;
                self.chain(dot, value, fields, &[], None)
            }
            OperandKind::Chain { base, fields } => {
                let base = self.base(dot, operand, base)?;
                self.chain(dot, base, fields, &[], None)
            }
            OperandKind::Pipeline(pipeline) => self.pipeline(dot, pipeline),
            OperandKind::Function { name, function } => {
                self.step(1)?;
                self.call(dot, Place::Operand(operand), (name, function), &[], None)
            }
        }
    }
}

/// Bytes that a call goes through for an argument, at the first glance.
fn size(value: &Value<'_>) -> usize {
    match value {
        Value::Text(text) => text.len(),
        Value::List(elements) => elements.len().saturating_mul(BYTES_PER_STEP),
        Value::Map(map) => map.len().saturating_mul(BYTES_PER_STEP),
        Value::Object(_) => OBJECT_STEPS * BYTES_PER_STEP,
        _ => 0,
    }
}

const fn is_nested(value: &Value<'_>) -> bool {
    matches!(value, Value::List(_) | Value::Map(_))
}

fn steps(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
