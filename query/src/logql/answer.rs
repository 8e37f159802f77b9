//! What a LogQL query answers. The front turns it into Loki's JSON.
//!
//! Invariant: lines stand in the order of the query's direction over all streams; label sets of samples differ, and
//! points ascend in time.

use crate::answer::Point;
use model::labels::Labels;
use model::time::Nanos;

/// The answer of a query.
#[derive(Clone, Debug, PartialEq)]
pub struct LogAnswer {
    /// The result.
    pub value: LogValue,
    /// What the user should know, such as a limit that cut.
    pub warnings: Vec<String>,
    /// What it cost.
    pub stats: LogStats,
}

/// The result of a query.
#[derive(Clone, Debug, PartialEq)]
pub enum LogValue {
    /// Lines, in the order of the direction over all streams; the front groups them.
    Lines(Vec<LogLine>),
    /// One number without labels, of an instant query of a literal.
    Scalar(Point),
    /// One sample per label set, of an instant query.
    Vector(Vec<LogVectorSample>),
    /// Samples over time, of a range query.
    Matrix(Vec<LogSeries>),
}

/// One line, its labels by where they came from (Loki's `categorize-labels`). Their union names the stream for clients
/// that do not ask for categories.
#[derive(Clone, Debug, PartialEq)]
pub struct LogLine {
    /// When it was written.
    pub timestamp: Nanos,
    /// Its text, as the pipeline left it.
    pub line: String,
    /// Labels of the stream that are left.
    pub stream: Labels,
    /// Structured metadata that is left.
    pub metadata: Labels,
    /// Labels that stages made, `__error__` included.
    pub parsed: Labels,
}

/// One element of an instant vector.
#[derive(Clone, Debug, PartialEq)]
pub struct LogVectorSample {
    /// Its labels.
    pub labels: Labels,
    /// Its time and value.
    pub point: Point,
}

/// One series of a matrix.
#[derive(Clone, Debug, PartialEq)]
pub struct LogSeries {
    /// Its labels.
    pub labels: Labels,
    /// Ascending in time; steps without a value are left out.
    pub points: Vec<Point>,
}

/// What a query cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogStats {
    /// Lines that were looked at.
    pub lines: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Chunks that were opened.
    pub chunks: u64,
    /// Lines or samples that left the pipelines.
    pub entries_returned: u64,
}
