//! What an append of log lines carries and what it answers. One call, one batch; positions travel in its WAL record.
//!
//! Invariant: a refused entry never stops the others.

use model::labels::Labels;
use model::time::Nanos;

/// One line.
#[derive(Clone, Copy, Debug)]
pub struct AppendEntry<'a> {
    /// When it was written.
    pub timestamp: Nanos,
    /// Its text, without the line break. May be empty.
    pub line: &'a str,
    /// Labels of this line alone (structured metadata); empty for nearly every line.
    pub metadata: &'a Labels,
}

/// Lines of one stream, in the order in which they came. Times may go back; they are read in the order of time, and
/// lines of one time in the order in which they came.
#[derive(Clone, Copy, Debug)]
pub struct AppendStream<'a> {
    /// The labels that name the stream; never empty.
    pub labels: &'a Labels,
    /// Its lines.
    pub entries: &'a [AppendEntry<'a>],
}

/// Whether a line that the stream holds already (same nanosecond, text and metadata) is stored again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duplicates {
    /// It is counted as repeated: a client sent its push again.
    Drop,
    /// It is stored: a file holds the line twice, and positions see to it that no line is read twice.
    Keep,
}

/// How far a source has been read, as its reader writes it; the store only keeps it.
#[derive(Clone, Copy, Debug)]
pub struct PositionUpdate<'a> {
    /// Names the source, such as a file. At most a few hundred bytes.
    pub key: &'a [u8],
    /// Where it stands now; `None` forgets the source.
    pub value: Option<&'a [u8]>,
}

/// What is appended together.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// The lines; a stream may stand in it more than once.
    pub streams: &'a [AppendStream<'a>],
    /// Positions that hold once the lines are stored. After a crash both are there or neither.
    pub positions: &'a [PositionUpdate<'a>],
    /// What becomes of lines that are there already.
    pub duplicates: Duplicates,
}

/// Why an entry was not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Older than the retention keeps.
    BeforeRetention,
    /// Later than the clock by more than [`super::super::logs`] allows.
    TooFarAhead,
    /// No labels, or a name, a value, their count or the metadata is beyond its limit.
    InvalidLabels,
    /// Longer than a line may be; whoever appends cuts lines before.
    LineTooLong,
    /// A new stream would pass the limit of streams.
    TooManyStreams,
}

impl Refused {
    /// The name that the metrics of our own give it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BeforeRetention => "before_retention",
            Self::TooFarAhead => "too_far_ahead",
            Self::InvalidLabels => "invalid_labels",
            Self::LineTooLong => "line_too_long",
            Self::TooManyStreams => "too_many_streams",
        }
    }
}

/// An entry that was not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The place of its stream in the batch.
    pub stream: usize,
    /// Its place in the stream.
    pub entry: usize,
    /// Why.
    pub why: Refused,
}

/// What became of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Lines that are in the WAL now.
    pub stored: u64,
    /// Lines that were there before; as good as stored.
    pub repeated: u64,
    /// The rest, in the order of the batch.
    pub refused: Vec<Refusal>,
}
