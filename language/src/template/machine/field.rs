//! Fields, keys and methods: `.a.b`, `$x.Format "15:04"`.
//!
//! Invariant: a method goes before a field of the same name. Nothing has no fields, and asking it for one gives nothing.

use super::{Machine, Rendered};
use crate::template::function::Kind;
use crate::template::time::methods;
use crate::template::tree::{Operand, OperandKind};
use crate::template::value::Value;

impl<'d> Machine<'d> {
    /// What stands before the fields of a chain.
    pub(super) fn base(&mut self, dot: &Value<'d>, chain: &'d Operand, base: &'d Operand) -> Rendered<Value<'d>> {
        self.place = Some(super::Place::Operand(chain));
        if matches!(base.kind, OperandKind::Nil) {
            return Err(self.error(&format!("indirection through explicit nil in {chain}")));
        }
        self.operand(dot, base)
    }

    /// Follows fields from a value; only the last may be a method that is given arguments.
    pub(super) fn chain(
        &mut self,
        dot: &Value<'d>,
        from: Value<'d>,
        fields: &'d [String],
        arguments: &'d [Operand],
        last: Option<Value<'d>>,
    ) -> Rendered<Value<'d>> {
        let Some((final_field, fields)) = fields.split_last() else { return Ok(from) };
        // What comes out of a map may be anything, and errors say so.
        let (mut value, mut anything) = (from, false);
        for field in fields {
            let from_map = matches!(value, Value::Map(_));
            value = self.field(dot, (&value, anything), field, &[], None)?;
            anything = from_map;
        }
        self.field(dot, (&value, anything), final_field, arguments, last)
    }

    fn field(
        &mut self,
        dot: &Value<'d>,
        (from, anything): (&Value<'d>, bool),
        name: &'d str,
        arguments: &'d [Operand],
        last: Option<Value<'d>>,
    ) -> Rendered<Value<'d>> {
        let type_name = if anything { "interface {}" } else { from.type_name() };
        match from {
            Value::Missing => return Ok(Value::Missing),
            Value::Nil => return Err(self.error(&format!("nil pointer evaluating interface {{}}.{name}"))),
            _ => {}
        }
        if let Some(parameters) = parameters(from, name) {
            return self.method(dot, (from, name), parameters, arguments, last);
        }
        let found = match from {
            Value::Map(map) => {
                Some(map.get(name).cloned().unwrap_or(if self.zero_for_missing { Value::Nil } else { Value::Missing }))
            }
            Value::Object(object) => object.field(name),
            _ => None,
        };
        match found {
            Some(_) if !arguments.is_empty() || last.is_some() => {
                let is_struct = matches!(from, Value::Object(object) if !object.is_map());
                Err(self.error(&if is_struct {
                    format!("{name} has arguments but cannot be invoked as function")
                } else {
                    format!("{name} is not a method but has arguments")
                }))
            }
            Some(value) => Ok(value),
            None => Err(self.error(&format!("can't evaluate field {name} in type {type_name}"))),
        }
    }

    fn method(
        &mut self,
        dot: &Value<'d>,
        (from, name): (&Value<'d>, &'d str),
        parameters: &'static [Kind],
        arguments: &'d [Operand],
        last: Option<Value<'d>>,
    ) -> Rendered<Value<'d>> {
        self.check_count(name, parameters, None, (arguments.len(), last.is_some()))?;
        let place = self.place;
        let values = self.values(dot, (parameters, None), arguments, last)?;
        let Some(place) = place else { return Ok(Value::Missing) };
        self.run(place, name, &values, |call| match from {
            Value::Time(time) => methods::call_time(time, name, call),
            Value::Duration(nanos) => Ok(methods::call_duration(*nanos, name)),
            Value::Object(object) => object.call(name, call),
            _ => Err("is no method".to_owned()),
        })
    }
}

/// What a method takes; `None` when a value has none of that name.
fn parameters(value: &Value<'_>, name: &str) -> Option<&'static [Kind]> {
    match value {
        Value::Time(_) => methods::of_time(name),
        Value::Duration(_) => methods::of_duration(name),
        Value::Object(object) => object.method(name),
        _ => None,
    }
}
