//! Reads a script into commands.

use model::labels::Labels;
use regex::Regex;

/// One command.
#[derive(Debug)]
pub(crate) enum Command {
    Clear,
    Load(Vec<Line>),
    Eval(Box<Eval>),
}

/// Lines of one stream.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) stream: Labels,
    /// Milliseconds.
    pub(crate) times: Vec<i64>,
    /// `{i}` in it is the number of the line.
    pub(crate) text: String,
    pub(crate) metadata: Labels,
}

/// What is evaluated. Times are milliseconds.
#[derive(Debug)]
pub(crate) enum Kind {
    Instant(i64),
    Range { start: i64, end: i64, step: i64 },
    Lines { start: i64, end: i64, backward: bool, limit: usize, interval: i64 },
}

/// A line that is expected.
#[derive(Debug, PartialEq)]
pub(crate) struct Expected {
    pub(crate) at: i64,
    pub(crate) stream: Labels,
    pub(crate) text: String,
    pub(crate) metadata: Labels,
    pub(crate) parsed: Labels,
}

/// An `eval`.
#[derive(Debug)]
pub(crate) struct Eval {
    pub(crate) line: usize,
    pub(crate) expr: String,
    pub(crate) kind: Kind,
    pub(crate) ordered: bool,
    pub(crate) fail: Option<Regex>,
    pub(crate) scalar: Option<f64>,
    /// `None` is a step without a value.
    pub(crate) series: Vec<(Labels, Vec<Option<f64>>)>,
    pub(crate) lines: Vec<Expected>,
}

/// Reads a whole script.
pub(crate) fn parse(text: &str) -> Result<Vec<Command>, String> {
    let mut commands = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let number = at + 1;
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let body = line.starts_with(' ');
        let result = match (commands.last_mut(), trimmed.split(' ').next()) {
            (Some(Command::Load(lines)), _) if body => load_line(trimmed).map(|line| lines.push(line)),
            (Some(Command::Eval(eval)), _) if body => expectation(eval, trimmed),
            (_, Some("clear")) => {
                commands.push(Command::Clear);
                Ok(())
            }
            (_, Some("load")) => {
                commands.push(Command::Load(Vec::new()));
                Ok(())
            }
            (_, Some("eval" | "eval_ordered")) => {
                eval(trimmed, number).map(|eval| commands.push(Command::Eval(Box::new(eval))))
            }
            _ => Err("not understood".to_owned()),
        };
        result.map_err(|why| format!("line {number}: {why}: {trimmed}"))?;
    }
    Ok(commands)
}

fn millis(text: &str) -> Result<i64, String> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let duration = model::duration::parse(digits).map_err(|error| error.to_string())?;
    Ok(sign * model::time::duration_millis(duration))
}

fn eval(line: &str, number: usize) -> Result<Eval, String> {
    let pattern = r"^eval(_ordered)? (?:instant at (\S+)|range from (\S+) to (\S+) step (\S+)|lines from (\S+) to (\S+)( backward)?(?: limit (\d+))?(?: interval (\S+))?) (.+)$";
    let regex = Regex::new(pattern).map_err(|error| error.to_string())?;
    let parts = regex.captures(line).ok_or("invalid eval")?;
    let part = |at: usize| parts.get(at).map(|part| part.as_str());
    let kind = match (part(2), part(3), part(6)) {
        (Some(at), ..) => Kind::Instant(millis(at)?),
        (_, Some(start), _) => Kind::Range { start: millis(start)?, end: millis(&parts[4])?, step: millis(&parts[5])? },
        (.., start) => Kind::Lines {
            start: millis(start.unwrap_or_default())?,
            end: millis(&parts[7])?,
            backward: part(8).is_some(),
            limit: part(9).map_or(Ok(100), str::parse).map_err(|_| "invalid limit")?,
            interval: part(10).map_or(Ok(0), millis)?,
        },
    };
    let expr = parts[11].to_owned();
    let ordered = part(1).is_some();
    let (series, lines) = (Vec::new(), Vec::new());
    Ok(Eval { line: number, expr, kind, ordered, fail: None, scalar: None, series, lines })
}

fn expectation(eval: &mut Eval, line: &str) -> Result<(), String> {
    if let Some(pattern) = line.strip_prefix("expect fail regex:") {
        eval.fail = Some(Regex::new(pattern).map_err(|error| error.to_string())?);
    } else if matches!(eval.kind, Kind::Lines { .. }) {
        eval.lines.push(expected_line(line)?);
    } else if line.starts_with('{') {
        let (labels, rest) = labels(line)?;
        let mut values = Vec::new();
        for word in rest.split_whitespace() {
            let (word, times) = word.split_once('x').map_or(Ok((word, 1)), |(word, times)| {
                times.parse().map(|times: usize| (word, times)).map_err(|_| "invalid repeat")
            })?;
            values.extend(std::iter::repeat_n(value(word)?, times));
        }
        eval.series.push((labels, values));
    } else {
        eval.scalar = value(line)?;
    }
    Ok(())
}

fn value(word: &str) -> Result<Option<f64>, String> {
    if word == "_" { Ok(None) } else { word.parse().map(Some).map_err(|_| format!("invalid value {word:?}")) }
}

fn load_line(line: &str) -> Result<Line, String> {
    let (stream, rest) = labels(line)?;
    let (time, rest) = rest.split_once(' ').ok_or("no text")?;
    let times = match time.split_once('+') {
        None => vec![millis(time)?],
        Some((start, more)) => {
            let (step, count) = more.split_once('x').ok_or("no repeat")?;
            let count: i64 = count.parse().map_err(|_| "invalid repeat")?;
            let (start, step) = (millis(start)?, millis(step)?);
            (0..=count).map(|number| start + number * step).collect()
        }
    };
    let (text, rest) = quoted(rest.trim_start())?;
    let metadata = if rest.is_empty() { Labels::empty() } else { labels(rest)?.0 };
    Ok(Line { stream, times, text, metadata })
}

fn expected_line(line: &str) -> Result<Expected, String> {
    let (time, rest) = line.split_once(' ').ok_or("no labels")?;
    let (stream, rest) = labels(rest)?;
    let (text, mut rest) = quoted(rest)?;
    let mut expected = Expected { at: millis(time)?, stream, text, metadata: Labels::empty(), parsed: Labels::empty() };
    while let Some((kind, after)) = rest.split_once(' ') {
        let (labels, after) = labels(after)?;
        match kind {
            "meta" => expected.metadata = labels,
            "parsed" => expected.parsed = labels,
            other => return Err(format!("invalid category {other:?}")),
        }
        rest = after;
    }
    Ok(expected)
}

/// A label set at the beginning of a text, and what follows it.
fn labels(text: &str) -> Result<(Labels, &str), String> {
    let mut quote = false;
    let mut escaped = false;
    let end = text.char_indices().find(|(_, c)| {
        let found = !quote && *c == '}';
        quote ^= *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        found
    });
    let end = end.ok_or("no labels")?.0 + 1;
    let (set, rest) = text.split_at(end);
    if set == "{}" {
        return Ok((Labels::empty(), rest.trim_start()));
    }
    let matchers = language::logql::parse_selector(set).map_err(|error| error.to_string())?;
    Ok((Labels::from_pairs(matchers.iter().map(|matcher| (matcher.name(), matcher.value()))), rest.trim_start()))
}

/// A quoted text at the beginning of a text, and what follows it.
fn quoted(text: &str) -> Result<(String, &str), String> {
    if let Some(raw) = text.strip_prefix('`') {
        let (raw, rest) = raw.split_once('`').ok_or("no closing quote")?;
        return Ok((raw.to_owned(), rest.trim_start()));
    }
    let mut escaped = false;
    let closing = text.char_indices().skip(1).find(|(_, c)| {
        let found = *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        found
    });
    let (word, rest) = text.split_at(closing.ok_or("no closing quote")?.0 + 1);
    match language::promql::parse(word, &language::promql::ParseOptions::default()).map(|expr| expr.node) {
        Ok(language::promql::ast::Node::String(text)) => Ok((text, rest.trim_start())),
        other => Err(format!("invalid string {word:?}: {other:?}")),
    }
}
