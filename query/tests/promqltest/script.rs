//! Reads a script into commands.
//!
//! Invariant: a line that is not understood becomes a [`Command::Unknown`], so that the rest of the file still runs.

use super::sequence::{self, Described};
use std::time::Duration;

/// One command of a script.
#[derive(Debug)]
pub(crate) enum Command {
    Clear,
    Load { gap: Duration, with_custom_buckets: bool, series: Vec<Described> },
    Eval(Box<Eval>),
    Unknown { line: usize, why: String },
}

/// When an expression is evaluated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum When {
    Instant(i64),
    Range { start: i64, end: i64, step: i64 },
}

/// An expectation about an error or an annotation.
#[derive(Debug)]
pub(crate) enum Text {
    Any,
    Exactly(String),
    Matches(regex::Regex),
}

impl Text {
    pub(crate) fn matches(&self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exactly(expected) => expected == text,
            Self::Matches(regex) => regex.is_match(text),
        }
    }
}

/// What an `eval` expects.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    pub(crate) ordered: bool,
    pub(crate) fail: Option<Text>,
    pub(crate) warns: Vec<Text>,
    pub(crate) infos: Vec<Text>,
    pub(crate) no_warn: bool,
    pub(crate) no_info: bool,
    pub(crate) string: Option<String>,
    pub(crate) scalar: Option<f64>,
    pub(crate) series: Vec<Described>,
    /// Times of an expected range vector.
    pub(crate) range_vector: Option<(i64, i64, i64)>,
}

/// An `eval`.
#[derive(Debug)]
pub(crate) struct Eval {
    pub(crate) line: usize,
    pub(crate) expr: String,
    pub(crate) when: When,
    pub(crate) expected: Expected,
}

/// Reads a whole script.
pub(crate) fn parse(text: &str) -> Vec<Command> {
    let lines: Vec<&str> =
        text.lines().map(str::trim).map(|line| if line.starts_with('#') { "" } else { line }).collect();
    let mut commands = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at];
        if line.is_empty() {
            at += 1;
            continue;
        }
        let body_end = (at + 1..lines.len()).find(|next| lines[*next].is_empty()).unwrap_or(lines.len());
        let (command, used) = command(line, at + 1, &lines[at + 1..body_end]);
        commands.push(command.unwrap_or_else(|why| Command::Unknown { line: at + 1, why }));
        at += 1 + used;
    }
    commands
}

fn command(line: &str, number: usize, body: &[&str]) -> (Result<Command, String>, usize) {
    let word = line.split_whitespace().next().unwrap_or("");
    if word == "clear" {
        return (Ok(Command::Clear), 0);
    }
    if word.starts_with("load") {
        return (load(line, body), body.len());
    }
    if word.starts_with("eval") {
        return match eval(line, number) {
            Ok(mut eval) => match expectations(&mut eval.expected, body) {
                Ok(used) => (Ok(Command::Eval(eval)), used),
                Err(why) => (Err(why), body.len()),
            },
            Err(why) => (Err(why), body.len()),
        };
    }
    (Err(format!("invalid command {line:?}")), 0)
}

fn load(line: &str, body: &[&str]) -> Result<Command, String> {
    let (word, gap) = line.split_once(char::is_whitespace).ok_or("load without a step")?;
    let gap = model::duration::parse(gap.trim()).map_err(|error| error.to_string())?;
    let series = body.iter().map(|line| sequence::described(line)).collect::<Result<_, _>>()?;
    Ok(Command::Load { gap, with_custom_buckets: word == "load_with_nhcb", series })
}

fn millis(text: &str) -> Result<i64, String> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let duration = model::duration::parse(digits).map_err(|error| error.to_string())?;
    let millis = model::time::duration_millis(duration);
    Ok(if negative { -millis } else { millis })
}

fn eval(line: &str, number: usize) -> Result<Box<Eval>, String> {
    let pattern = r"^eval(?:_(fail|warn|ordered|info))?\s+(?:instant\s+(?:at\s+(\S+))?\s*|range\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+?)\s+)(.+)$";
    let regex = regex::Regex::new(pattern).map_err(|error| error.to_string())?;
    let parts = regex.captures(line).ok_or_else(|| format!("invalid eval {line:?}"))?;
    let part = |at: usize| parts.get(at).map(|part| part.as_str());
    let when = match (part(3), part(4), part(5)) {
        (Some(start), Some(end), Some(step)) => {
            When::Range { start: millis(start)?, end: millis(end)?, step: millis(step)? }
        }
        _ => When::Instant(millis(part(2).unwrap_or("0"))?),
    };
    let mut expected = Expected::default();
    match part(1) {
        Some("fail") => expected.fail = Some(Text::Any),
        Some("warn") => expected.warns.push(Text::Any),
        Some("info") => expected.infos.push(Text::Any),
        Some("ordered") => expected.ordered = true,
        _ => {}
    }
    Ok(Box::new(Eval { line: number, expr: part(6).unwrap_or("").to_owned(), when, expected }))
}

/// Reads the lines below an `eval` and tells how many belong to it.
fn expectations(expected: &mut Expected, body: &[&str]) -> Result<usize, String> {
    for (at, line) in body.iter().enumerate() {
        if let Some(message) = line.strip_prefix("expected_fail_message") {
            expected.fail = Some(Text::Exactly(message.trim().to_owned()));
            return Ok(at + 1);
        }
        if let Some(pattern) = line.strip_prefix("expected_fail_regexp") {
            expected.fail = Some(Text::Matches(go_regex(pattern.trim())?));
            return Ok(at + 1);
        }
        if let Some(times) = line.strip_prefix("expect range vector") {
            let words: Vec<&str> = times.split_whitespace().collect();
            let [_, from, _, to, _, step] = words[..] else { return Err(format!("invalid range vector {line:?}")) };
            expected.range_vector = Some((millis(from)?, millis(to)?, millis(step)?));
        } else if let Some(quoted) = line.strip_prefix("expect string ") {
            expected.string = Some(unquoted(quoted.trim())?);
        } else if line.split(' ').next() == Some("expect") {
            expect(expected, line)?;
        } else if let Some(number) = sequence::number(line).filter(|(_, rest)| rest.is_empty()) {
            expected.scalar = Some(number.0);
            return Ok(at + 1);
        } else {
            expected.series.push(sequence::described(line)?);
        }
    }
    Ok(body.len())
}

fn expect(expected: &mut Expected, line: &str) -> Result<(), String> {
    let regex = regex::Regex::new(r"^expect\s+(\w+)(?:\s+(msg|regex):(.+))?$").map_err(|error| error.to_string())?;
    let parts = regex.captures(line).ok_or_else(|| format!("invalid expectation {line:?}"))?;
    let text = match (parts.get(2).map(|part| part.as_str()), parts.get(3)) {
        (Some("msg"), Some(text)) => Text::Exactly(text.as_str().trim().to_owned()),
        (Some("regex"), Some(text)) => Text::Matches(go_regex(text.as_str().trim())?),
        _ => Text::Any,
    };
    match &parts[1] {
        "fail" => expected.fail = Some(text),
        "warn" => expected.warns.push(text),
        "info" => expected.infos.push(text),
        "no_warn" => expected.no_warn = true,
        "no_info" => expected.no_info = true,
        "ordered" => expected.ordered = true,
        other => return Err(format!("invalid expectation {other:?}")),
    }
    Ok(())
}

fn go_regex(pattern: &str) -> Result<regex::Regex, String> {
    model::regexp::compile(pattern)
}

fn unquoted(text: &str) -> Result<String, String> {
    match language::promql::parse(text, &language::promql::ParseOptions::default()).map(|expr| expr.node) {
        Ok(language::promql::ast::Node::String(text)) => Ok(text),
        other => Err(format!("invalid string {text:?}: {other:?}")),
    }
}
