//! One line of the text format 0.0.4.

use super::braces::{Part, next_part};
use super::cursor::{Cursor, NameKind};
use super::error::Fault;
use super::escape::{unescape, unescape_help};
use super::format::Format;
use super::{Entry, Line, Sample, value};
use model::metadata::MetricKind;
use std::borrow::Cow;

/// Reads the line that starts at this offset of the page, under the type declared last.
pub(super) fn read_line(line: &str, offset: usize, kind: MetricKind) -> Result<Line<'_>, Fault> {
    let mut cursor = Cursor::new(line);
    cursor.skip_blanks();
    match cursor.peek() {
        None => Ok(Line::Blank),
        Some(b'#') => comment(cursor),
        Some(_) => sample(cursor, offset, kind).map(|sample| Line::Entry(Entry::Sample(sample))),
    }
}

fn sample<'a>(mut cursor: Cursor<'a>, offset: usize, kind: MetricKind) -> Result<Sample<'a>, Fault> {
    let series = series(&mut cursor)?;
    cursor.skip_blanks();
    let value_at = cursor.at();
    let value = value::read(cursor.take_token()).ok_or_else(|| Fault::expected(value_at, "a value"))?;
    cursor.skip_blanks();
    let timestamp_at = cursor.at();
    let timestamp = match cursor.take_token() {
        "" => None,
        token => {
            let refuse = || Fault::expected(timestamp_at, "a timestamp in milliseconds or the end of the line");
            Some(value::read_millis(token).ok_or_else(refuse)?)
        }
    };
    cursor.skip_blanks();
    if !cursor.is_at_end() {
        return Err(cursor.fault("the end of the line after the timestamp"));
    }
    Ok(Sample { series, kind, value, timestamp, exemplar: None, offset })
}

/// The text of the name and the braces.
fn series<'a>(cursor: &mut Cursor<'a>) -> Result<&'a str, Fault> {
    let start = cursor.at();
    let mut named = cursor.take_name(NameKind::Metric).is_some();
    let name_end = cursor.clone();
    let blank = cursor.skip_blanks();
    if cursor.peek() != Some(b'{') {
        return match (named, blank || cursor.is_at_end()) {
            (false, _) => Err(cursor.fault("a metric name")),
            (true, false) => Err(cursor.fault("`{` or a blank after the metric name")),
            (true, true) => Ok(name_end.since(start)),
        };
    }
    cursor.take(b'{');
    loop {
        let part_at = cursor.at();
        match next_part(cursor, Format::Text)? {
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

/// `# HELP`, `# TYPE` or any other comment. The cursor stands at the `#`.
fn comment(mut cursor: Cursor<'_>) -> Result<Line<'_>, Fault> {
    cursor.take(b'#');
    if !cursor.skip_blanks() {
        return Ok(Line::Blank);
    }
    let word = cursor.take_token();
    let about_family = matches!(word, "HELP" | "TYPE") && cursor.skip_blanks();
    if !about_family {
        return Ok(Line::Blank);
    }
    let family = family_name(&mut cursor)?;
    if !cursor.is_at_end() && !cursor.skip_blanks() {
        return Err(cursor.fault("a blank after the metric name"));
    }
    if word == "HELP" {
        return Ok(Line::Entry(Entry::Help(family, unescape_help(cursor.rest()))));
    }
    let kind = kind(cursor.rest()).ok_or_else(|| cursor.fault("a metric type"))?;
    Ok(Line::Entry(Entry::Type(family, kind)))
}

/// The name behind `# HELP` and its like, quoted or not.
pub(super) fn family_name<'a>(cursor: &mut Cursor<'a>) -> Result<Cow<'a, str>, Fault> {
    if cursor.peek() == Some(b'"') {
        return cursor.take_quoted("a quoted metric name").map(unescape);
    }
    cursor.take_name(NameKind::Metric).map(Cow::Borrowed).ok_or_else(|| cursor.fault("a metric name"))
}

fn kind(name: &str) -> Option<MetricKind> {
    match name {
        "counter" => Some(MetricKind::Counter),
        "gauge" => Some(MetricKind::Gauge),
        "histogram" => Some(MetricKind::Histogram),
        "summary" => Some(MetricKind::Summary),
        "untyped" => Some(MetricKind::Unknown),
        _ => None,
    }
}
