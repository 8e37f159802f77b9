//! What a query answers. The front turns it into a dialect's JSON; nothing here is serializable on purpose.
//!
//! Invariant: label sets of one answer differ; points of a series ascend in time.

use model::histogram::Histogram;
use model::labels::Labels;
use model::sample::SampleValue;
use model::time::Millis;
use std::sync::Arc;

/// The answer of a query.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The result.
    pub value: Value,
    /// Things that probably make the result wrong, in Prometheus's words with their position; deduplicated, at most
    /// [`crate::limits::ANNOTATIONS_MAX`] and a line that counts the rest.
    pub warnings: Vec<String>,
    /// Things that may interest the author of the query; as `warnings`.
    pub infos: Vec<String>,
    /// What it cost.
    pub stats: Stats,
}

/// The result of a query.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number without labels; only of an instant query.
    Scalar {
        /// When it was evaluated.
        timestamp: Millis,
        /// The number.
        value: f64,
    },
    /// A text; only of an instant query.
    String {
        /// When it was evaluated.
        timestamp: Millis,
        /// The text.
        value: String,
    },
    /// One sample per series; of an instant query. Ordered where the expression orders it (`sort`, `topk`).
    Vector(Vec<VectorSample>),
    /// Series over time: of a range query ascending by labels, or of an instant query for `x[5m]`.
    Matrix(Vec<Series>),
}

/// One element of an instant vector.
#[derive(Clone, Debug, PartialEq)]
pub struct VectorSample {
    /// Its labels.
    pub labels: Labels,
    /// The time of the evaluation.
    pub timestamp: Millis,
    /// Its value.
    pub value: SampleValue,
}

/// A float at a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// When.
    pub timestamp: Millis,
    /// How much.
    pub value: f64,
}

/// A native histogram at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct HistogramPoint {
    /// When.
    pub timestamp: Millis,
    /// The distribution.
    pub value: Arc<Histogram>,
}

/// One series of a matrix. A time is either in `floats` or in `histograms`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Its labels.
    pub labels: Labels,
    /// Its floats, ascending in time; steps without a value are left out.
    pub floats: Vec<Point>,
    /// Its native histograms, ascending in time; empty for nearly every series.
    pub histograms: Vec<HistogramPoint>,
}

/// What a query cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Samples looked at, all steps together: a sample inside ten windows counts ten times (`totalQueryableSamples`).
    pub samples_total: u64,
    /// The most samples held at one time (`peakSamples`).
    pub samples_peak: u64,
    /// Series read from the store, every selector counted for itself.
    pub series: u64,
    /// The most bytes held at one time, as charged to the shared budget.
    pub bytes_peak: u64,
}
