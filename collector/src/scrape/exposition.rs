//! Reads exposition pages: the text format 0.0.4 and OpenMetrics 1.0, without copying them.
//!
//! Invariant: a sample's series is yielded as the very text of its line, so that a scrape can find the series it
//! knows by that text alone; [`series::labels`] turns the text of a new one into labels with the same grammar.
//! A page is judged as Prometheus 3 judges it, with two differences: a quoted text must end on its line, and a value
//! must be set off from an unbraced name by a blank. Nothing here relabels, limits or stores.

mod braces;
mod cursor;
mod error;
mod escape;
mod family;
mod format;
mod openmetrics;
pub mod series;
mod text;
mod value;

pub use error::ParseError;
pub use family::{base_name, belongs_to};
pub use format::{Format, FormatError, choose_format};
pub use series::{RawExemplar, SeriesError};

use crate::limits::EXPOSITION_LINE_BYTES_MAX;
use error::Fault;
use memchr::memchr;
use model::metadata::MetricKind;
use model::time::Millis;
use std::borrow::Cow;

/// What to do with a line that is not valid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// It ends the page with an error, as in Prometheus.
    #[default]
    Strict,
    /// It is skipped and counted. Truncation (no `# EOF`) and data behind `# EOF` stay errors.
    Lenient,
}

/// One thing that a page says. Comments and blank lines are not yielded.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry<'a> {
    /// `# TYPE`: the family's name and type.
    Type(Cow<'a, str>, MetricKind),
    /// `# HELP`: the family's name and help, unescaped; the help may be empty.
    Help(Cow<'a, str>, Cow<'a, str>),
    /// `# UNIT` (OpenMetrics): the family's name and unit; the unit may be empty.
    Unit(Cow<'a, str>, Cow<'a, str>),
    /// A sample.
    Sample(Sample<'a>),
}

/// A line with a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample<'a> {
    /// The text of the name and the braces, as it stands on the line; [`series::labels`] reads it.
    pub series: &'a str,
    /// The type that the last `# TYPE` before this line declared, of whatever family; [`series::labels`] wants it.
    pub kind: MetricKind,
    /// The value. A NaN is always the ordinary one, never the stale marker.
    pub value: f64,
    /// When it was measured, where the line says so.
    pub timestamp: Option<Millis>,
    /// What follows ` # ` (OpenMetrics).
    pub exemplar: Option<RawExemplar<'a>>,
    /// Where the line starts in the page, in bytes; [`Parser::refuse`] makes a place of it.
    pub offset: usize,
}

/// Reads one page, entry by entry. After an error it yields nothing more.
#[derive(Debug)]
pub struct Parser<'a> {
    page: &'a [u8],
    /// The part of the page before its first byte that is not UTF-8.
    valid: &'a str,
    at: usize,
    format: Format,
    mode: Mode,
    kind: MetricKind,
    finished: bool,
    skipped: u64,
    first_skipped: Option<ParseError>,
}

/// What a line turned out to be.
enum Line<'a> {
    Blank,
    Entry(Entry<'a>),
    End,
}

impl<'a> Parser<'a> {
    /// A parser at the start of the page.
    pub fn new(page: &'a [u8], format: Format, mode: Mode) -> Self {
        Self {
            page,
            valid: valid_prefix(page),
            at: 0,
            format,
            mode,
            kind: MetricKind::Unknown,
            finished: false,
            skipped: 0,
            first_skipped: None,
        }
    }

    /// How many lines were skipped so far; always 0 in strict mode.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Why the first of the skipped lines was skipped.
    pub fn first_skipped(&self) -> Option<&ParseError> {
        self.first_skipped.as_ref()
    }

    /// Refuses a sample that was yielded, because its series text makes no label set: skipped and counted in lenient
    /// mode, where the caller then goes on with the next entry.
    ///
    /// # Errors
    /// In strict mode, with the place of the sample's line.
    pub fn refuse(&mut self, sample: &Sample<'_>, why: &SeriesError) -> Result<(), ParseError> {
        self.judge(sample.offset, &Fault::because(0, why.to_string()))
    }

    fn judge(&mut self, line_start: usize, fault: &Fault) -> Result<(), ParseError> {
        if self.mode == Mode::Strict || fault.ends_page() {
            self.finished = true;
            return Err(fault.locate(self.page, line_start));
        }
        self.skipped += 1;
        // Finding the place counts all lines before it: once a page, not once a line.
        self.first_skipped.get_or_insert_with(|| fault.locate(self.page, line_start));
        Ok(())
    }

    fn next_line(&mut self) -> Result<Line<'a>, Fault> {
        let start = self.at;
        let rest = self.page.get(start..).unwrap_or_default();
        let length = memchr(b'\n', rest).unwrap_or(rest.len());
        self.at = start + length + 1;
        if length > EXPOSITION_LINE_BYTES_MAX {
            return Err(Fault::because(
                0,
                format!("line of {length} bytes, at most {EXPOSITION_LINE_BYTES_MAX} allowed"),
            ));
        }
        let line = match self.valid.get(start..start + length) {
            Some(line) => line,
            None => late_line(rest.get(..length).unwrap_or_default())?,
        };
        match self.format {
            Format::Text => text::read_line(line, start, self.kind),
            Format::OpenMetrics => openmetrics::read_line(line, start, self.kind),
        }
    }

    /// What the end of the page means: fine in text, a truncated page in OpenMetrics.
    fn end(&mut self) -> Option<Result<Entry<'a>, ParseError>> {
        self.finished = true;
        match self.format {
            Format::Text => None,
            Format::OpenMetrics => Some(Err(Fault::truncated().locate(self.page, self.page.len()))),
        }
    }

    /// What follows `# EOF`: nothing, or an error.
    fn after_end(&mut self) -> Option<Result<Entry<'a>, ParseError>> {
        self.finished = true;
        if self.at >= self.page.len() {
            return None;
        }
        Some(Err(Fault::data_after_end().locate(self.page, self.at)))
    }
}

impl<'a> Iterator for Parser<'a> {
    type Item = Result<Entry<'a>, ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.finished {
                return None;
            }
            let start = self.at;
            if start >= self.page.len() {
                return self.end();
            }
            match self.next_line() {
                Ok(Line::Blank) => {}
                Ok(Line::End) => return self.after_end(),
                Ok(Line::Entry(entry)) => {
                    if let Entry::Type(_, kind) = &entry {
                        self.kind = *kind;
                    }
                    return Some(Ok(entry));
                }
                Err(fault) => {
                    if let Err(error) = self.judge(start, &fault) {
                        return Some(Err(error));
                    }
                }
            }
        }
    }
}

/// One pass over the whole page is far cheaper than a check of every line.
fn valid_prefix(page: &[u8]) -> &str {
    match std::str::from_utf8(page) {
        Ok(text) => text,
        Err(error) => {
            let valid = page.get(..error.valid_up_to()).unwrap_or_default();
            std::str::from_utf8(valid).unwrap_or_default()
        }
    }
}

/// A line that is not within the valid prefix: the bad one itself, or one after it.
fn late_line(line: &[u8]) -> Result<&str, Fault> {
    std::str::from_utf8(line).map_err(|error| {
        let at = error.valid_up_to();
        let byte = line.get(at).copied().unwrap_or_default();
        Fault::because(at, format!("expected UTF-8 text, got byte 0x{byte:02x}"))
    })
}

#[cfg(test)]
mod oracle_tests;
#[cfg(test)]
mod tests;
