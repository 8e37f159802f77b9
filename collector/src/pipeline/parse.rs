//! Stages that find values in a text.
//!
//! Invariant: a stage sets values only; the line and its labels stay.

mod json;
mod logfmt;
mod path;
mod regex;

pub(crate) use json::{Json, RawJson};
pub(crate) use logfmt::{Logfmt, RawLogfmt};
pub(crate) use regex::{RawRegex, RegexStage, read_expression};

use serde_saphyr::Spanned;
use settings::report::{Refused, Report, Spot};

/// The value that a stage reads instead of the line.
pub(crate) fn read_source(
    raw: Option<Spanned<String>>,
    spot: &Spot,
    report: &mut Report,
) -> Result<Option<String>, Refused> {
    spot.read(report, "source", raw, |source| if source.is_empty() { Err("empty source") } else { Ok(source) })
}
