//! Functions: closures that a caller registers under names, and what they are called with.
//!
//! Invariant: a function is only called with as many arguments as it takes, of the kinds that it takes. It sees nothing
//! but its arguments and what is rendered, and makes no more text than there is room for.

use super::time::Time;
use super::value::Value;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::sync::Arc;

/// What a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Anything, nil too.
    Any,
    /// `string`
    Text,
    /// `int`
    Int,
    /// `float64`
    Float,
    /// `bool`
    Bool,
    /// `time.Time`
    Time,
    /// `time.Duration`
    Duration,
    /// A list; nil is an empty one.
    List,
}

impl Kind {
    /// Its name in Go.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Any => "interface {}",
            Self::Text => "string",
            Self::Int => "int",
            Self::Float => "float64",
            Self::Bool => "bool",
            Self::Time => "time.Time",
            Self::Duration => "time.Duration",
            Self::List => "[]interface {}",
        }
    }

    /// Whether nil may be given.
    pub(super) const fn takes_nil(self) -> bool {
        matches!(self, Self::Any | Self::List)
    }

    /// Whether a value may be given.
    pub(super) fn takes(self, value: &Value<'_>) -> bool {
        match (self, value) {
            (Self::Any, _)
            | (Self::Text, Value::Text(_))
            | (Self::Int, Value::Int(_))
            | (Self::Float, Value::Float(_))
            | (Self::Bool, Value::Bool(_))
            | (Self::Time, Value::Time(_))
            | (Self::Duration, Value::Duration(_))
            | (Self::List, Value::List(_)) => true,
            (kind, value) => kind.takes_nil() && value.is_nil(),
        }
    }
}

/// What a call passes.
#[derive(Debug)]
pub struct Call<'c, 'd> {
    /// The arguments.
    pub(super) arguments: &'c [Value<'d>],
    /// What the whole template is rendered with.
    pub(super) top: &'c Value<'d>,
    /// Bytes that the result may have.
    pub(super) room: usize,
    /// Steps that the call costs beyond those for its arguments.
    pub(super) steps: Cell<u64>,
}

impl<'d> Call<'_, 'd> {
    /// An argument; nothing when fewer were passed.
    pub fn value(&self, at: usize) -> &Value<'d> {
        self.arguments.get(at).unwrap_or(&Value::Missing)
    }

    /// All arguments from one on.
    pub fn rest(&self, from: usize) -> &[Value<'d>] {
        self.arguments.get(from..).unwrap_or_default()
    }

    /// An argument of [`Kind::Text`].
    pub fn text(&self, at: usize) -> &str {
        self.value(at).as_text().unwrap_or_default()
    }

    /// An argument of [`Kind::Int`].
    pub fn int(&self, at: usize) -> i64 {
        if let Value::Int(value) = self.value(at) { *value } else { 0 }
    }

    /// An argument of [`Kind::Float`].
    pub fn float(&self, at: usize) -> f64 {
        if let Value::Float(value) = self.value(at) { *value } else { 0.0 }
    }

    /// An argument of [`Kind::Time`].
    pub fn time(&self, at: usize) -> Time {
        if let Value::Time(time) = self.value(at) { time.clone() } else { Time::default() }
    }

    /// An argument of [`Kind::Duration`] in nanoseconds.
    pub fn duration(&self, at: usize) -> i64 {
        if let Value::Duration(nanos) = self.value(at) { *nanos } else { 0 }
    }

    /// What the whole template is rendered with, whatever the dot is where the function is called.
    pub fn top(&self) -> &Value<'d> {
        self.top
    }

    /// Counts more steps than the arguments' size says.
    pub(super) fn cost(&self, steps: u64) {
        self.steps.set(self.steps.get().saturating_add(steps));
    }

    /// Text that may grow to the room that is left.
    pub fn bounded(&self) -> Bounded {
        Bounded { text: String::new(), room: self.room }
    }
}

/// Text that grows only as far as there is room.
#[derive(Debug)]
pub struct Bounded {
    text: String,
    room: usize,
}

impl Bounded {
    pub(super) fn new(room: usize) -> Self {
        Self { text: String::new(), room }
    }

    /// Appends text.
    ///
    /// # Errors
    /// There is no room for it.
    pub fn push(&mut self, text: &str) -> Result<(), String> {
        self.admit(text.len())?;
        self.text.push_str(text);
        Ok(())
    }

    /// Appends a text several times.
    ///
    /// # Errors
    /// There is no room for it; nothing has been appended then.
    pub fn push_times(&mut self, text: &str, times: usize) -> Result<(), String> {
        self.admit(text.len().saturating_mul(times))?;
        self.text.extend(std::iter::repeat_n(text, times));
        Ok(())
    }

    fn admit(&self, bytes: usize) -> Result<(), String> {
        let wanted = self.text.len().saturating_add(bytes);
        if wanted <= self.room {
            return Ok(());
        }
        Err(format!("text of {wanted} bytes is more than the {} that are left", self.room))
    }

    /// Bytes that may still be appended.
    pub(super) fn room_left(&self) -> usize {
        self.room.saturating_sub(self.text.len())
    }

    /// What has been appended.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What has been appended.
    pub fn into_string(self) -> String {
        self.text
    }

    /// What has been appended, as a value.
    pub fn into_value<'d>(self) -> Value<'d> {
        Value::text(self.text)
    }
}

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text).map_err(|_| fmt::Error)
    }
}

type Run = dyn for<'d> Fn(&Call<'_, 'd>) -> Result<Value<'d>, String> + Send + Sync;

/// A function.
#[derive(Clone)]
pub struct Function {
    pub(super) fixed: &'static [Kind],
    /// What further arguments are; `None` when there may be none.
    pub(super) further: Option<Kind>,
    pub(super) run: Arc<Run>,
    /// It renders the template that its first argument names, with its second as the dot.
    pub(super) renders: bool,
}

impl Function {
    /// A function of so many parameters. An error is told with the name of the function before it.
    pub fn new<F>(parameters: &'static [Kind], run: F) -> Self
    where
        F: for<'d> Fn(&Call<'_, 'd>) -> Result<Value<'d>, String> + Send + Sync + 'static,
    {
        Self { fixed: parameters, further: None, run: Arc::new(run), renders: false }
    }

    /// The function that renders a defined template: `tmpl "name" .`; unlike `template` it takes a name that is computed.
    pub fn rendering() -> Self {
        let never = Self::new(&[Kind::Text, Kind::Any], |_| Err("templates are not rendered here".to_owned()));
        Self { renders: true, ..never }
    }

    /// Lets any number of further arguments follow the parameters.
    #[must_use]
    pub fn with_further(mut self, kind: Kind) -> Self {
        self.further = Some(kind);
        self
    }
}

impl Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Function").field("fixed", &self.fixed).field("further", &self.further).finish_non_exhaustive()
    }
}

/// Functions by their names. Those of Go's templates (`printf`, `eq`, `len`, ...) need not be registered.
#[derive(Clone, Debug, Default)]
pub struct Functions {
    table: BTreeMap<String, Function>,
}

impl Functions {
    /// No functions but Go's own.
    pub fn new() -> Self {
        Self::default()
    }

    /// Registers a function, in place of another of that name.
    pub fn add(&mut self, name: impl Into<String>, function: Function) -> &mut Self {
        self.table.insert(name.into(), function);
        self
    }

    /// The function of a name.
    pub fn get(&self, name: &str) -> Option<&Function> {
        self.table.get(name)
    }
}
