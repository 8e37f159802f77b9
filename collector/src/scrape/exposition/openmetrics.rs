//! One line of OpenMetrics 1.0 text. Between the parts of a line stands exactly one space; there are no blank lines
//! and no comments but the four that are defined.

use super::braces::{Part, next_part};
use super::cursor::{Cursor, NameKind};
use super::error::Fault;
use super::escape::unescape;
use super::format::Format;
use super::series::RawExemplar;
use super::text::family_name;
use super::{Entry, Line, Sample, value};
use model::metadata::MetricKind;
use model::number::quoted;
use std::borrow::Cow;

/// Reads the line that starts at this offset of the page, under the type declared last.
pub(super) fn read_line(line: &str, offset: usize, kind: MetricKind) -> Result<Line<'_>, Fault> {
    let cursor = Cursor::new(line);
    match cursor.peek() {
        Some(b'#') => comment(cursor),
        _ => sample(cursor, offset, kind).map(|sample| Line::Entry(Entry::Sample(sample))),
    }
}

fn sample<'a>(mut cursor: Cursor<'a>, offset: usize, kind: MetricKind) -> Result<Sample<'a>, Fault> {
    let series = series(&mut cursor)?;
    let value = number(&mut cursor, "a value")?;
    let mut timestamp = None;
    if !cursor.is_at_end() && !cursor.rest().starts_with(" # ") {
        timestamp = Some(seconds(&mut cursor)?);
    }
    let exemplar = if cursor.is_at_end() { None } else { Some(exemplar(&mut cursor)?) };
    Ok(Sample { series, kind, value, timestamp, exemplar, offset })
}

/// The text of the name and the braces.
fn series<'a>(cursor: &mut Cursor<'a>) -> Result<&'a str, Fault> {
    let start = cursor.at();
    let mut named = cursor.take_name(NameKind::Metric).is_some();
    if !cursor.take(b'{') {
        return if named { Ok(cursor.since(start)) } else { Err(cursor.fault("a metric name")) };
    }
    loop {
        let part_at = cursor.at();
        match next_part(cursor, Format::OpenMetrics)? {
            Some(Part::MetricName(_)) if named => {
                return Err(Fault::expected(part_at, "a label, for the metric name is told already"));
            }
            Some(Part::MetricName(_)) => named = true,
            Some(Part::Label { .. }) => {}
            None if named => return Ok(cursor.since(start)),
            None => {
                return Err(Fault::because(start, "metric name is missing before or between the braces".to_owned()));
            }
        }
    }
}

/// ` # {labels} value [timestamp]`, up to the end of the line.
fn exemplar<'a>(cursor: &mut Cursor<'a>) -> Result<RawExemplar<'a>, Fault> {
    if !cursor.take_text(" # ") {
        return Err(cursor.fault("` # ` and an exemplar, or the end of the line"));
    }
    let start = cursor.at();
    if !cursor.take(b'{') {
        return Err(cursor.fault("`{` of the exemplar"));
    }
    loop {
        let part_at = cursor.at();
        match next_part(cursor, Format::OpenMetrics)? {
            Some(Part::Label { .. }) => {}
            Some(Part::MetricName(_)) => return Err(Fault::expected(part_at, "a label with a value")),
            None => break,
        }
    }
    let raw_labels = cursor.since(start);
    let value = number(cursor, "the exemplar's value")?;
    let timestamp = if cursor.is_at_end() { None } else { Some(seconds(cursor)?) };
    if !cursor.is_at_end() {
        return Err(cursor.fault("the end of the line after the exemplar"));
    }
    Ok(RawExemplar { raw_labels, value, timestamp })
}

/// One space and a number.
fn number(cursor: &mut Cursor<'_>, expected: &'static str) -> Result<f64, Fault> {
    let (at, token) = token(cursor)?;
    value::read(token).ok_or_else(|| Fault::expected(at, expected))
}

/// One space and a timestamp.
fn seconds(cursor: &mut Cursor<'_>) -> Result<model::time::Millis, Fault> {
    let (at, token) = token(cursor)?;
    value::read_seconds(token).ok_or_else(|| Fault::expected(at, "a timestamp in seconds, an exemplar or the end"))
}

fn token<'a>(cursor: &mut Cursor<'a>) -> Result<(usize, &'a str), Fault> {
    if !cursor.take(b' ') {
        return Err(cursor.fault("one space and a number"));
    }
    Ok((cursor.at(), cursor.take_token()))
}

/// `# EOF`, `# HELP`, `# TYPE` or `# UNIT`.
fn comment(mut cursor: Cursor<'_>) -> Result<Line<'_>, Fault> {
    if cursor.rest() == "# EOF" {
        return Ok(Line::End);
    }
    let word = ["# HELP ", "# TYPE ", "# UNIT "].into_iter().find(|word| cursor.take_text(word));
    let Some(word) = word else {
        return Err(cursor.fault("`# HELP`, `# TYPE`, `# UNIT` or `# EOF`"));
    };
    let family = family_name(&mut cursor)?;
    if !cursor.take(b' ') {
        return Err(cursor.fault("one space after the metric name"));
    }
    let entry = match word {
        "# HELP " => Entry::Help(family, unescape(cursor.rest())),
        "# UNIT " => unit(family, &cursor)?,
        _ => Entry::Type(family, kind(cursor.rest()).ok_or_else(|| cursor.fault("a metric type"))?),
    };
    Ok(Line::Entry(entry))
}

/// A unit is the last word of its family's name.
fn unit<'a>(family: Cow<'a, str>, cursor: &Cursor<'a>) -> Result<Entry<'a>, Fault> {
    let unit = cursor.rest();
    let fits = unit.is_empty() || family.strip_suffix(unit).is_some_and(|stem| stem.ends_with('_'));
    if !fits {
        let why = format!("unit {} is not the last word of metric {}", quoted(unit), quoted(&family));
        return Err(Fault::because(cursor.at(), why));
    }
    Ok(Entry::Unit(family, Cow::Borrowed(unit)))
}

fn kind(name: &str) -> Option<MetricKind> {
    match MetricKind::from_name(name) {
        MetricKind::Unknown if name != "unknown" => None,
        kind => Some(kind),
    }
}
