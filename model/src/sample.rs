//! One sample: a time and a float or a native histogram.

use crate::histogram::Histogram;
use crate::time::Millis;
use std::sync::Arc;

/// The bits of the NaN that marks a series as gone (Prometheus `model/value`: StaleNaN). Any other NaN is a value.
pub const STALE_NAN_BITS: u64 = 0x7ff0_0000_0000_0002;

/// The stale marker as a float.
pub fn stale_marker() -> f64 {
    f64::from_bits(STALE_NAN_BITS)
}

/// Whether the value is the stale marker, and not just any NaN.
pub fn is_stale(value: f64) -> bool {
    value.to_bits() == STALE_NAN_BITS
}

/// What was measured.
#[derive(Clone, Debug, PartialEq)]
pub enum SampleValue {
    /// A float, or the stale marker.
    Float(f64),
    /// A native histogram; stale when its sum is the stale marker.
    Histogram(Arc<Histogram>),
}

/// A value at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// When.
    pub timestamp: Millis,
    /// What.
    pub value: SampleValue,
}

impl SampleValue {
    /// Whether it marks the series as gone.
    pub fn is_stale(&self) -> bool {
        match self {
            Self::Float(value) => is_stale(*value),
            Self::Histogram(histogram) => is_stale(histogram.sum),
        }
    }
}
