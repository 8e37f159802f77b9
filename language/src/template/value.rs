//! The values that templates work with.
//!
//! Invariant: a value lives within one rendering; copying one copies no text. Integers, floats and text are kept apart
//! as in Go, whose names of types the errors show. Text is UTF-8: what Go would cut inside a character is replaced.

use super::function::{Call, Function, Kind};
use super::time::Time;
use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::ops::Deref;
use std::rc::Rc;

/// Text that is borrowed for the rendering or was made in it.
#[derive(Clone)]
pub enum Text<'d> {
    /// From the template or from what is rendered.
    Borrowed(&'d str),
    /// Made by a function.
    Shared(Rc<str>),
    /// Declared to be safe in one place of HTML, as `safeHtml` does; elsewhere it is text like any other.
    Safe(Safe, Rc<str>),
}

/// Where in HTML a text is declared to be safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safe {
    /// It is HTML itself (`safeHtml`).
    Html,
    /// It is a URL whose scheme is meant (`safeUrl`).
    Url,
}

/// A value.
#[derive(Clone, Debug)]
pub enum Value<'d> {
    /// Nothing, not even nil: what a missing key of a map gives. Printed as `<no value>`.
    Missing,
    /// Nil, as JSON's null.
    Nil,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A float.
    Float(f64),
    /// Text.
    Text(Text<'d>),
    /// A list.
    List(Rc<[Value<'d>]>),
    /// A map; its keys are sorted.
    Map(Rc<BTreeMap<Text<'d>, Value<'d>>>),
    /// A time, with the methods of Go's `time.Time`.
    Time(Time),
    /// A duration in nanoseconds, with the methods of Go's `time.Duration`.
    Duration(i64),
    /// A function, for `call`.
    Function(Function),
    /// What the caller shows.
    Object(Rc<dyn Object<'d> + 'd>),
}

/// What an object consists of, for `range`, `len`, `index` and printing.
#[derive(Clone, Debug)]
pub enum Contents<'d> {
    /// It is neither list nor map.
    None,
    /// The elements.
    List(Rc<[Value<'d>]>),
    /// The keys with their values, in the order in which they are shown.
    Map(Vec<(Text<'d>, Value<'d>)>),
}

/// Something with fields and methods that a caller lends to templates.
///
/// Contract: the answers do not change while a template is rendered, and each costs about as much as it is long.
pub trait Object<'d>: Debug {
    /// Its type, as Go would name it in an error.
    fn type_name(&self) -> &'static str;

    /// A field, or the value of a key; `None` when a template that asks for it is wrong.
    fn field(&self, name: &str) -> Option<Value<'d>>;

    /// What a method takes; `None` when there is no such method.
    fn method(&self, name: &str) -> Option<&'static [Kind]> {
        let _ = name;
        None
    }

    /// Calls a method that [`Object::method`] knows, with arguments of the kinds that it takes.
    ///
    /// # Errors
    /// Why it fails, in the method's words.
    fn call(&self, name: &str, call: &Call<'_, 'd>) -> Result<Value<'d>, String> {
        let _ = call;
        Err(format!("{name} is no method of {}", self.type_name()))
    }

    /// Whether its fields are the keys of a map, as errors tell apart.
    fn is_map(&self) -> bool {
        false
    }

    /// What it consists of.
    fn contents(&self) -> Contents<'d> {
        Contents::None
    }

    /// How it prints itself; `None` prints what it consists of.
    fn text(&self) -> Option<String> {
        None
    }
}

impl<'d> Value<'d> {
    /// Text from the template or from what is rendered.
    pub fn borrowed(text: &'d str) -> Self {
        Self::Text(Text::Borrowed(text))
    }

    /// Text that was made.
    pub fn text(text: impl Into<Rc<str>>) -> Self {
        Self::Text(Text::Shared(text.into()))
    }

    /// A list.
    pub fn list(elements: impl IntoIterator<Item = Self>) -> Self {
        Self::List(elements.into_iter().collect())
    }

    /// A map.
    pub fn map(pairs: impl IntoIterator<Item = (Text<'d>, Self)>) -> Self {
        Self::Map(Rc::new(pairs.into_iter().collect()))
    }

    /// What a caller shows.
    pub fn object(object: impl Object<'d> + 'd) -> Self {
        Self::Object(Rc::new(object))
    }

    /// The text of a text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether there is nothing.
    pub fn is_nil(&self) -> bool {
        matches!(self, Self::Missing | Self::Nil)
    }

    /// The type as Go names it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Missing | Self::Nil => "<nil>",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float64",
            Self::Text(_) => "string",
            Self::List(_) => "[]interface {}",
            Self::Map(_) => "map[string]interface {}",
            Self::Time(_) => "time.Time",
            Self::Duration(_) => "time.Duration",
            Self::Function(_) => "func",
            Self::Object(object) => object.type_name(),
        }
    }

    /// Go's truth: not the zero of its type, and not empty.
    pub fn is_true(&self) -> bool {
        match self {
            Self::Missing | Self::Nil => false,
            Self::Bool(value) => *value,
            Self::Int(value) | Self::Duration(value) => *value != 0,
            // Not a number is true, as in Go.
            Self::Float(value) => *value != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::List(elements) => !elements.is_empty(),
            Self::Map(map) => !map.is_empty(),
            Self::Time(_) | Self::Function(_) => true,
            Self::Object(object) => match object.contents() {
                Contents::None => true,
                Contents::List(elements) => !elements.is_empty(),
                Contents::Map(pairs) => !pairs.is_empty(),
            },
        }
    }

    /// What it consists of.
    pub fn contents(&self) -> Contents<'d> {
        match self {
            Self::List(elements) => Contents::List(Rc::clone(elements)),
            Self::Map(map) => Contents::Map(map.iter().map(|(key, value)| (key.clone(), value.clone())).collect()),
            Self::Object(object) => object.contents(),
            _ => Contents::None,
        }
    }

    /// Bytes that it took to make it, as [`super::Limits`] counts them: text that was made, and the places of a list's
    /// or a map's elements. What they hold has been counted when it was made.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Text(Text::Shared(text) | Text::Safe(_, text)) => text.len(),
            Self::List(elements) => elements.len().saturating_mul(size_of::<Self>()),
            Self::Map(map) => map.len().saturating_mul(2 * size_of::<Self>()),
            _ => 0,
        }
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Shared(text) | Self::Safe(_, text) => text,
        }
    }
}

impl Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Debug::fmt(&**self, f)
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Text<'_> {}

impl PartialOrd for Text<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (**self).cmp(&**other)
    }
}

impl std::borrow::Borrow<str> for Text<'_> {
    fn borrow(&self) -> &str {
        self
    }
}

impl<'d> From<&'d str> for Text<'d> {
    fn from(text: &'d str) -> Self {
        Self::Borrowed(text)
    }
}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Self::Shared(text.into())
    }
}
