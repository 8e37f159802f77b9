//! The notation of series and their values: `metric{a="b"} 1+2x3 _ stale {{schema:0 count:1}}x2`.

use model::histogram::{Histogram, ResetHint, Span};
use model::labels::{Labels, LabelsBuilder};

/// One value of a sequence.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Omitted,
    Float(f64),
    /// A histogram, and whether its reset hint was written.
    Histogram(Box<Histogram>, bool),
}

/// A series with its values.
#[derive(Clone, Debug)]
pub(crate) struct Described {
    pub(crate) labels: Labels,
    pub(crate) values: Vec<Value>,
    /// The values are start times (`metric@st`), not samples.
    pub(crate) is_start_line: bool,
}

impl Described {
    pub(crate) fn has_histograms(&self) -> bool {
        self.values.iter().any(|value| matches!(value, Value::Histogram(..)))
    }
}

/// Reads one line.
pub(crate) fn described(line: &str) -> Result<Described, String> {
    let end = metric_end(line);
    let (metric, rest) = line.split_at(end);
    let (is_start_line, rest) = rest.strip_prefix("@st").map_or((false, rest), |rest| (true, rest));
    let labels = labels(metric.trim())?;
    let values = if is_start_line { Vec::new() } else { values(rest.trim())? };
    Ok(Described { labels, values, is_start_line })
}

/// Where the metric ends: after the closing brace, or at the first white space where there is none.
fn metric_end(line: &str) -> usize {
    let mut quote: Option<char> = None;
    let mut escaped = false;
    let mut braces = 0;
    for (at, c) in line.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(open) if c == '\\' && open != '`' => escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'' | '`') => quote = Some(c),
            None if c == '{' => braces += 1,
            None if c == '}' => {
                braces -= 1;
                if braces == 0 {
                    return at + 1;
                }
            }
            None if braces == 0 && c == '@' => return at,
            // White space ends the name unless a brace follows.
            None if braces == 0 && c.is_whitespace() => {
                let next = line[at..].trim_start();
                if !next.starts_with('{') || next.starts_with("{{") {
                    return at;
                }
            }
            None => {}
        }
    }
    line.len()
}

fn labels(metric: &str) -> Result<Labels, String> {
    if metric.is_empty() || metric == "{}" {
        return Ok(Labels::empty());
    }
    let matchers = language::promql::parse_selector(metric).map_err(|error| format!("{metric:?}: {error}"))?;
    let mut builder = LabelsBuilder::new();
    for matcher in matchers {
        builder.set(matcher.name(), matcher.value());
    }
    Ok(builder.build())
}

fn values(mut rest: &str) -> Result<Vec<Value>, String> {
    let mut all = Vec::new();
    while !rest.is_empty() {
        rest = if rest.starts_with("{{") { histograms(rest, &mut all)? } else { floats(rest, &mut all)? }.trim_start();
    }
    Ok(all)
}

fn floats<'t>(rest: &'t str, all: &mut Vec<Value>) -> Result<&'t str, String> {
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let (item, after) = rest.split_at(end);
    if let Some(times) = item.strip_prefix('_') {
        let count = if times.is_empty() { 1 } else { count(times)? };
        all.extend(std::iter::repeat_n(Value::Omitted, count));
        return Ok(after);
    }
    let (first, tail) = match item.strip_prefix("stale") {
        Some(tail) => (model::sample::stale_marker(), tail),
        None => number(item).ok_or_else(|| format!("invalid value {item:?}"))?,
    };
    if tail.is_empty() {
        all.push(Value::Float(first));
        return Ok(after);
    }
    let (step, tail) = if tail.starts_with('x') {
        (None, tail)
    } else {
        number(tail).map(|(step, tail)| (Some(step), tail)).ok_or_else(|| format!("invalid value {item:?}"))?
    };
    let mut value = first;
    for _ in 0..=count(tail)? {
        all.push(Value::Float(value));
        if let Some(step) = step {
            value += step;
        }
    }
    Ok(after)
}

fn count(times: &str) -> Result<usize, String> {
    times.strip_prefix('x').and_then(|digits| digits.parse().ok()).ok_or_else(|| format!("invalid repeat {times:?}"))
}

/// A number at the beginning of a text, and what follows it.
pub(crate) fn number(text: &str) -> Option<(f64, &str)> {
    // Hexadecimal numbers do not exist here: "1+0x5" counts up by zero, five times.
    let regex = regex::Regex::new(r"^[+-]?(?i:inf(?:inity)?|nan|[0-9]*\.?[0-9]+(?:e[+-]?[0-9]+)?|[0-9]+\.)").ok()?;
    let (digits, rest) = text.split_at(regex.find(text)?.end());
    digits.parse().ok().map(|value| (value, rest))
}

fn histograms<'t>(rest: &'t str, all: &mut Vec<Value>) -> Result<&'t str, String> {
    let (first, hinted, mut tail) = one_histogram(rest)?;
    let mut step = None;
    for (sign, factor) in [('+', 1.0), ('-', -1.0)] {
        if let Some(delta) = tail.strip_prefix(sign).filter(|delta| delta.starts_with("{{")) {
            let (delta, _, after) = one_histogram(delta)?;
            step = Some((delta, factor));
            tail = after;
        }
    }
    let end = tail.find(char::is_whitespace).unwrap_or(tail.len());
    let (times, after) = tail.split_at(end);
    let repeats = if times.is_empty() { 0 } else { count(times)? };
    let mut value = first;
    for _ in 0..=repeats {
        all.push(Value::Histogram(Box::new(value.clone()), hinted));
        if let Some((delta, factor)) = &step {
            value = plus(&value, delta, *factor);
        }
    }
    Ok(after)
}

fn one_histogram(text: &str) -> Result<(Histogram, bool, &str), String> {
    let body = text.strip_prefix("{{").ok_or("histogram without braces")?;
    let (body, rest) = body.split_once("}}").ok_or("histogram without closing braces")?;
    let mut histogram = Histogram::default();
    let (mut offset, mut negative_offset, mut hinted) = (0, 0, false);
    let mut fields = body.trim();
    while !fields.is_empty() {
        let (key, after) = fields.split_once(':').ok_or_else(|| format!("invalid histogram {body:?}"))?;
        let (value, next) = match after.strip_prefix('[') {
            Some(list) => list.split_once(']').ok_or("list without closing bracket")?,
            None => after.split_at(after.find(char::is_whitespace).unwrap_or(after.len())),
        };
        let single = || number(value).map(|(number, _)| number).ok_or_else(|| format!("invalid number {value:?}"));
        let list =
            || value.split_whitespace().map(|text| number(text).map_or(f64::NAN, |(number, _)| number)).collect();
        #[expect(clippy::cast_possible_truncation, reason = "schemas and offsets are small")]
        match key.trim() {
            "schema" => histogram.schema = single()? as i32,
            "sum" => histogram.sum = single()?,
            "count" => histogram.count = single()?,
            "z_bucket" => histogram.zero_count = single()?,
            "z_bucket_w" => histogram.zero_threshold = single()?,
            "custom_values" => histogram.custom_values = list(),
            "buckets" => histogram.positive_buckets = list(),
            "offset" => offset = single()? as i32,
            "n_buckets" => histogram.negative_buckets = list(),
            "n_offset" => negative_offset = single()? as i32,
            "counter_reset_hint" => {
                hinted = true;
                histogram.reset_hint = match value {
                    "reset" => ResetHint::Reset,
                    "not_reset" => ResetHint::NotReset,
                    "gauge" => ResetHint::Gauge,
                    _ => ResetHint::Unknown,
                };
            }
            other => return Err(format!("unknown histogram field {other:?}")),
        }
        fields = next.trim_start();
    }
    histogram.positive_spans = spans(offset, histogram.positive_buckets.len());
    histogram.negative_spans = spans(negative_offset, histogram.negative_buckets.len());
    Ok((histogram, hinted, rest))
}

fn spans(offset: i32, buckets: usize) -> Vec<Span> {
    let length = u32::try_from(buckets).unwrap_or(u32::MAX);
    if buckets == 0 { Vec::new() } else { vec![Span { offset, length }] }
}

/// The sum of two histograms of one schema.
fn plus(left: &Histogram, right: &Histogram, factor: f64) -> Histogram {
    let mut sum = left.clone();
    sum.count += factor * right.count;
    sum.sum += factor * right.sum;
    sum.zero_count += factor * right.zero_count;
    (sum.positive_spans, sum.positive_buckets) =
        added((&left.positive_spans, &left.positive_buckets), (&right.positive_spans, &right.positive_buckets), factor);
    (sum.negative_spans, sum.negative_buckets) =
        added((&left.negative_spans, &left.negative_buckets), (&right.negative_spans, &right.negative_buckets), factor);
    sum
}

fn added(left: (&[Span], &[f64]), right: (&[Span], &[f64]), factor: f64) -> (Vec<Span>, Vec<f64>) {
    let mut counts = std::collections::BTreeMap::<i32, f64>::new();
    for ((spans, buckets), factor) in [(left, 1.0), (right, factor)] {
        let mut index = 0;
        let mut values = buckets.iter();
        for span in spans {
            index += span.offset;
            for _ in 0..span.length {
                *counts.entry(index).or_default() += factor * values.next().copied().unwrap_or_default();
                index += 1;
            }
        }
    }
    let (Some(first), Some(last)) = (counts.keys().next().copied(), counts.keys().last().copied()) else {
        return (Vec::new(), Vec::new());
    };
    let buckets: Vec<f64> = (first..=last).map(|index| counts.get(&index).copied().unwrap_or_default()).collect();
    (spans(first, buckets.len()), buckets)
}
