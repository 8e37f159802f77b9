//! Questions about labels and exemplars rather than samples.

use super::append::Exemplar;
use model::cancel::Cancel;
use model::labels::Labels;
use model::matcher::Matcher;
use model::time::MetricRange;

/// Asks for label names or values.
#[derive(Clone, Copy, Debug)]
pub struct LabelQuery<'a> {
    /// Series that pass every matcher of any of these sets count. Empty: all series.
    pub matcher_sets: &'a [Vec<Matcher>],
    /// Only series that may have samples inside it count; the store may answer for whole blocks.
    pub range: MetricRange,
    /// The most values to return; 0 is no limit. Beyond it the rest is left out with a warning.
    pub limit: usize,
    /// Asked between blocks and every few thousand series.
    pub cancel: &'a Cancel,
}

/// Label names or values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Ascending, each once.
    pub values: Vec<String>,
    /// What the caller should tell the user.
    pub warnings: Vec<String>,
}

/// Asks for exemplars.
#[derive(Clone, Copy, Debug)]
pub struct ExemplarQuery<'a> {
    /// Series that pass every matcher of any of these sets count.
    pub matcher_sets: &'a [Vec<Matcher>],
    /// Exemplars inside it are returned.
    pub range: MetricRange,
    /// Asked every few thousand exemplars.
    pub cancel: &'a Cancel,
}

/// The exemplars of one series.
#[derive(Clone, Debug)]
pub struct SeriesExemplars {
    /// Which series.
    pub labels: Labels,
    /// Ascending by time.
    pub exemplars: Vec<Exemplar>,
}
