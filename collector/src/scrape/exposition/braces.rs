//! What stands between braces: labels, and a quoted metric name.
//!
//! Invariant: the one grammar of braces; the parsers use it to find where a series ends, [`super::series`] to read it.

use super::cursor::{Cursor, NameKind};
use super::error::Fault;
use super::format::Format;

/// One part between braces. Texts are still escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// A quoted text without a value: the metric name.
    MetricName(&'a str),
    /// A label.
    Label { name: &'a str, value: &'a str },
}

/// The next part, or `None` behind the closing brace. The cursor stands behind the opening brace or a part.
///
/// The text format allows blanks anywhere and, as Prometheus reads it, a missing comma; OpenMetrics neither.
pub(super) fn next_part<'a>(cursor: &mut Cursor<'a>, format: Format) -> Result<Option<Part<'a>>, Fault> {
    skip_blanks(cursor, format);
    if cursor.take(b'}') {
        return Ok(None);
    }
    let quoted = cursor.peek() == Some(b'"');
    let name = if quoted {
        cursor.take_quoted("a quoted name")?
    } else {
        cursor.take_name(NameKind::Label).ok_or_else(|| cursor.fault("a label name or `}`"))?
    };
    skip_blanks(cursor, format);
    if quoted && matches!(cursor.peek(), Some(b',' | b'}')) {
        cursor.take(b',');
        return Ok(Some(Part::MetricName(name)));
    }
    if !cursor.take(b'=') {
        return Err(cursor.fault("`=` after the label name"));
    }
    skip_blanks(cursor, format);
    let value = cursor.take_quoted("a quoted label value")?;
    skip_blanks(cursor, format);
    let separated = cursor.take(b',') || cursor.peek() == Some(b'}');
    if !separated && format == Format::OpenMetrics {
        return Err(cursor.fault("`,` or `}` after the label value"));
    }
    Ok(Some(Part::Label { name, value }))
}

fn skip_blanks(cursor: &mut Cursor<'_>, format: Format) {
    if format == Format::Text {
        cursor.skip_blanks();
    }
}
