//! Values as text: Go's `fmt.Sprint`, `Sprintln` and `Sprintf`.
//!
//! Invariant: what Go writes, its notes about wrong verbs and missing arguments included. No text grows beyond the room
//! that there is; a width or precision above [`WIDTH_MAX`] is refused as Go refuses it.

mod directive;
mod float;
mod leaf;

use super::function::Bounded;
use super::limits::WIDTH_MAX;
use super::value::{Contents, Value};

/// A value as an action prints it.
pub(super) fn display(value: &Value<'_>, room: usize) -> Result<String, String> {
    let mut printer = Printer::new(room);
    printer.argument(value, 'v')?;
    Ok(printer.out.into_string())
}

/// Values with spaces between those of which neither is text.
pub(super) fn sprint(values: &[Value<'_>], room: usize) -> Result<Bounded, String> {
    let mut printer = Printer::new(room);
    let mut after_text = true;
    for value in values {
        let is_text = value.as_text().is_some();
        if !is_text && !after_text {
            printer.out.push(" ")?;
        }
        printer.argument(value, 'v')?;
        after_text = is_text;
    }
    Ok(printer.out)
}

/// Values with spaces between them and a newline at the end.
pub(super) fn sprintln(values: &[Value<'_>], room: usize) -> Result<Bounded, String> {
    let mut printer = Printer::new(room);
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            printer.out.push(" ")?;
        }
        printer.argument(value, 'v')?;
    }
    printer.out.push("\n")?;
    Ok(printer.out)
}

/// Values in a format.
pub(super) fn sprintf(format: &str, values: &[Value<'_>], room: usize) -> Result<Bounded, String> {
    let mut printer = Printer::new(room);
    directive::run(&mut printer, format, values)?;
    Ok(printer.out)
}

/// What stands between `%` and the verb.
#[derive(Clone, Copy, Debug, Default)]
struct Flags {
    width: Option<usize>,
    precision: Option<usize>,
    minus: bool,
    plus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    /// `%#v`
    go_syntax: bool,
}

struct Printer {
    out: Bounded,
    flags: Flags,
    /// A note about a wrong verb is being written, in which values are plain.
    noting: bool,
}

impl Printer {
    fn new(room: usize) -> Self {
        Self { out: Bounded::new(room), flags: Flags::default(), noting: false }
    }

    /// A value that was passed.
    fn argument(&mut self, value: &Value<'_>, verb: char) -> Result<(), String> {
        match (value, verb) {
            (Value::Missing | Value::Nil, 'T' | 'v') => self.pad("<nil>"),
            (Value::Missing | Value::Nil, _) => self.out.push(&format!("%!{verb}(<nil>)")),
            (value, 'T') => self.text(value.type_name()),
            (value, 'p') => self.bad_verb(value, verb),
            (value, verb) => self.value(value, verb),
        }
    }

    fn value(&mut self, value: &Value<'_>, verb: char) -> Result<(), String> {
        match value {
            Value::Missing | Value::Nil => {
                self.out.push(if self.flags.go_syntax { "interface {}(nil)" } else { "<nil>" })
            }
            Value::Bool(truth) => match verb {
                't' | 'v' => self.pad(if *truth { "true" } else { "false" }),
                _ => self.bad_verb(value, verb),
            },
            Value::Int(int) => self.int(value, *int, verb),
            Value::Float(float) => self.float(value, *float, verb),
            Value::Text(text) => self.string(value, text, verb),
            Value::List(_) | Value::Map(_) => self.contents(value, verb),
            Value::Time(time) => self.stringer(value, &time.to_string(), verb),
            Value::Duration(nanos) => match verb {
                'v' | 's' | 'x' | 'X' | 'q' if !self.noting && !self.flags.go_syntax => {
                    self.string(value, &crate::go_duration::format(*nanos), verb)
                }
                _ => self.int(value, *nanos, verb),
            },
            Value::Function(_) => self.out.push("func"),
            Value::Object(object) => match object.text() {
                Some(text) => self.stringer(value, &text, verb),
                None => self.contents(value, verb),
            },
        }
    }

    /// A value that says itself how it is printed.
    fn stringer(&mut self, value: &Value<'_>, text: &str, verb: char) -> Result<(), String> {
        match verb {
            'v' | 's' | 'x' | 'X' | 'q' => self.string(value, text, verb),
            _ if self.noting => self.out.push(text),
            _ => self.bad_verb(value, verb),
        }
    }

    /// The elements of a list or map, each with the same verb.
    fn contents(&mut self, value: &Value<'_>, verb: char) -> Result<(), String> {
        let go_syntax = self.flags.go_syntax;
        let (opening, joint, closing) = match (go_syntax, matches!(value.contents(), Contents::Map(_))) {
            (true, _) => (format!("{}{{", value.type_name()), ", ", "}"),
            (false, true) => ("map[".to_owned(), " ", "]"),
            (false, false) => ("[".to_owned(), " ", "]"),
        };
        match value.contents() {
            Contents::None => self.out.push("{}"),
            Contents::List(elements) => {
                self.out.push(&opening)?;
                for (at, element) in elements.iter().enumerate() {
                    self.out.push(if at > 0 { joint } else { "" })?;
                    self.value(element, verb)?;
                }
                self.out.push(closing)
            }
            Contents::Map(pairs) => {
                self.out.push(&opening)?;
                for (at, (key, element)) in pairs.iter().enumerate() {
                    self.out.push(if at > 0 { joint } else { "" })?;
                    self.string(&Value::Text(key.clone()), key, verb)?;
                    self.out.push(":")?;
                    self.value(element, verb)?;
                }
                self.out.push(closing)
            }
        }
    }

    /// Notes that a verb is none for the value.
    fn bad_verb(&mut self, value: &Value<'_>, verb: char) -> Result<(), String> {
        if self.noting {
            return self.out.push("?");
        }
        self.noting = true;
        self.out.push(&format!("%!{verb}({}=", value.type_name()))?;
        self.value(value, 'v')?;
        self.noting = false;
        self.out.push(")")
    }

    /// Text at least as wide as it shall be.
    fn pad(&mut self, text: &str) -> Result<(), String> {
        let Some(missing) = self.missing_width(text) else { return self.out.push(text) };
        if self.flags.minus {
            self.out.push(text)?;
            return self.out.push_times(" ", missing);
        }
        self.out.push_times(if self.flags.zero { "0" } else { " " }, missing)?;
        self.out.push(text)
    }

    /// Characters that are missing; `None` when it is wide enough.
    fn missing_width(&self, text: &str) -> Option<usize> {
        self.flags.width?.checked_sub(text.chars().count()).filter(|missing| *missing > 0)
    }

    /// As [`Self::pad`], where zeros would be digits that are not there.
    fn pad_with_spaces(&mut self, text: &str) -> Result<(), String> {
        let zero = std::mem::take(&mut self.flags.zero);
        let result = self.pad(text);
        self.flags.zero = zero;
        result
    }
}

/// A width or precision that Go obeys.
fn within_width(number: i64) -> Option<i64> {
    (-WIDTH_MAX..=WIDTH_MAX).contains(&number).then_some(number)
}
