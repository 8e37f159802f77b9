//! What Go makes of a corpus of templates, and what we make of it.
//!
//! `golden.go` writes the corpus; where Go is installed, a test compares with it directly.

use crate::template::function::{Call, Function, Functions, Kind};
use crate::template::time::Time;
use crate::template::value::{Contents, Object, Text, Value};
use crate::template::{Limits, Template};
use model::time::Nanos;

/// As `object` in `golden.go`.
#[derive(Debug)]
struct Thing;

impl<'d> Object<'d> for Thing {
    fn type_name(&self) -> &'static str {
        "main.object"
    }

    fn field(&self, name: &str) -> Option<Value<'d>> {
        match name {
            "Name" => Some(Value::borrowed("thing")),
            "Count" => Some(Value::Int(21)),
            _ => None,
        }
    }

    fn method(&self, name: &str) -> Option<&'static [Kind]> {
        match name {
            "Double" | "Fail" => Some(&[]),
            "Join" => Some(&[Kind::Text, Kind::Text]),
            _ => None,
        }
    }

    fn call(&self, name: &str, call: &Call<'_, 'd>) -> Result<Value<'d>, String> {
        match name {
            "Double" => Ok(Value::Int(42)),
            "Join" => Ok(Value::text(format!("{}thing{}", call.text(0), call.text(1)))),
            _ => Err("failed on purpose".to_owned()),
        }
    }

    fn text(&self) -> Option<String> {
        Some("{thing 21}".to_owned())
    }
}

/// A `map[string]string`.
#[derive(Debug)]
struct Words;

const WORDS: [(&str, &str); 2] = [("app", "x"), ("env", "prod")];

impl<'d> Object<'d> for Words {
    fn type_name(&self) -> &'static str {
        "map[string]string"
    }

    fn field(&self, name: &str) -> Option<Value<'d>> {
        let found = WORDS.iter().find(|(known, _)| *known == name);
        Some(found.map_or(Value::Missing, |(_, value)| Value::borrowed(value)))
    }

    fn is_map(&self) -> bool {
        true
    }

    fn contents(&self) -> Contents<'d> {
        Contents::Map(WORDS.iter().map(|(name, value)| (Text::from(*name), Value::borrowed(value))).collect())
    }
}

/// As `data` in `golden.go`.
pub(super) fn data<'d>() -> Value<'d> {
    let map = |pairs: Vec<(&'static str, Value<'d>)>| {
        Value::map(pairs.into_iter().map(|(name, value)| (Text::Borrowed(name), value)))
    };
    let words = |words: &[&'static str]| Value::list(words.iter().map(|word| Value::borrowed(word)));
    let fn_value = Function::new(&[Kind::Text, Kind::Int], |call| {
        Ok(Value::text(call.text(0).repeat(usize::try_from(call.int(1)).unwrap_or(0))))
    });
    map(vec![
        ("i", Value::Int(42)),
        ("zero", Value::Int(0)),
        ("neg", Value::Int(-7)),
        ("f", Value::Float(1.5)),
        ("big", Value::Float(1e21)),
        ("small", Value::Float(1e-7)),
        ("whole", Value::Float(3.0)),
        ("s", Value::borrowed("text")),
        ("empty", Value::borrowed("")),
        ("quote", Value::borrowed("a\"b")),
        ("html", Value::borrowed("<a href=\"x\">'&'</a>")),
        ("korean", Value::borrowed("한글 로그")),
        ("yes", Value::Bool(true)),
        ("no", Value::Bool(false)),
        ("nil", Value::Nil),
        ("list", Value::list([Value::borrowed("a"), Value::Int(1), Value::Float(2.5), Value::Bool(true), Value::Nil])),
        ("none", Value::list([])),
        ("words", words(&["one", "two", "three"])),
        (
            "map",
            map(vec![
                ("b", Value::Int(2)),
                ("a", Value::borrowed("one")),
                ("c", map(vec![("d", Value::borrowed("deep"))])),
            ]),
        ),
        ("hollow", map(vec![])),
        ("labels", Value::object(Words)),
        ("t", Value::Time(Time::utc(Nanos(1_795_374_245_060_708_009)))),
        ("d", Value::Duration(5_401_500_000_000)),
        ("o", Value::object(Thing)),
        ("fn", Value::Function(fn_value)),
    ])
}

/// As `funcs` in `golden.go`.
pub(super) fn functions() -> Functions {
    let mut functions = Functions::new();
    functions
        .add("upper", Function::new(&[Kind::Text], |call| Ok(Value::text(call.text(0).to_uppercase()))))
        .add(
            "repeat",
            Function::new(&[Kind::Int, Kind::Text], |call| {
                let mut into = call.bounded();
                into.push_times(call.text(1), usize::try_from(call.int(0)).unwrap_or(0))?;
                Ok(into.into_value())
            }),
        )
        .add("half", Function::new(&[Kind::Float], |call| Ok(Value::Float(call.float(0) / 2.0))))
        .add(
            "add",
            Function::new(&[], |call| Ok(Value::Int((0..call.rest(0).len()).map(|at| call.int(at)).sum())))
                .with_further(Kind::Int),
        )
        .add("fail", Function::new(&[], |_| Err("no way".to_owned())))
        .add("flip", Function::new(&[Kind::Bool], |call| Ok(Value::Bool(!call.value(0).is_true()))))
        .add(
            "year",
            Function::new(&[Kind::Time], |call| {
                Ok(Value::Int(call.time(0).format("2006").parse().expect("a year is a number")))
            }),
        )
        .add("args", Function::new(&[], |call| Ok(Value::list(call.rest(0).to_vec()))).with_further(Kind::Any));
    functions
}

/// What a template gives, as the corpus writes it.
pub(super) fn outcome(text: &str) -> String {
    match Template::parse("t", text, &functions()) {
        Err(error) => format!("! {error}"),
        Ok(template) => match template.render(data(), &Limits::MESSAGE) {
            Err(error) => format!("! {error}"),
            Ok(text) => format!("= {text}"),
        },
    }
}

/// A template of the corpus: its text, what Go makes of it, and what we make of it on purpose.
pub(super) struct Case<'c> {
    pub(super) template: &'c str,
    pub(super) go: &'c str,
    ours: Option<&'c str>,
}

pub(super) const CORPUS: &str = include_str!("corpus.txt");

pub(super) fn cases(corpus: &str) -> Vec<Case<'_>> {
    let mut cases: Vec<Case<'_>> = Vec::new();
    for line in corpus.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match (line.get(..2), cases.last_mut()) {
            (Some("= " | "! "), Some(case)) => case.go = line,
            (Some("~ "), Some(case)) => case.ours = line.get(2..),
            _ => cases.push(Case { template: line, go: "", ours: None }),
        }
    }
    cases
}

#[test]
fn templates_give_what_go_gives() {
    let cases = cases(CORPUS);
    let mut wrong = Vec::new();
    for Case { template, go, ours } in &cases {
        let given = outcome(&template.replace('⏎', "\n")).replace('\n', "⏎");
        if given != ours.unwrap_or(go) {
            wrong.push(format!("{template}\n  go   {go}\n  ours {given}\n"));
        }
    }
    assert!(cases.len() > 300, "{} templates only", cases.len());
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}
