//! Native histograms: exponential buckets with absolute float counts.
//!
//! Invariant: a value holds as many counts as its spans name buckets; [`Histogram::validate`] checks what came from
//! outside. Integer histograms of the wire become floats when they are read. Semantics follow Prometheus
//! `model/histogram`.

/// What is known of a counter reset between the previous value of the series and this one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ResetHint {
    /// Nothing; a reader must compare.
    #[default]
    Unknown,
    /// A reset happened.
    Reset,
    /// No reset happened.
    NotReset,
    /// A gauge histogram: resets do not exist.
    Gauge,
}

/// A run of consecutive buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// Distance from the end of the previous span (the first: the index of its first bucket).
    pub offset: i32,
    /// How many buckets.
    pub length: u32,
}

/// The schema of histograms with custom bucket bounds.
pub const CUSTOM_BUCKETS_SCHEMA: i32 = -53;

/// One native histogram sample.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram {
    /// What is known of a reset before it.
    pub reset_hint: ResetHint,
    /// Resolution: bucket bounds grow by 2^(2^-schema); -4 to 8, or [`CUSTOM_BUCKETS_SCHEMA`].
    pub schema: i32,
    /// Half the width of the bucket around zero.
    pub zero_threshold: f64,
    /// Observations in the bucket around zero.
    pub zero_count: f64,
    /// All observations.
    pub count: f64,
    /// Their sum; NaN's stale bits mark a stale series, as for floats.
    pub sum: f64,
    /// Where the positive buckets are.
    pub positive_spans: Vec<Span>,
    /// Their absolute counts.
    pub positive_buckets: Vec<f64>,
    /// Where the negative buckets are.
    pub negative_spans: Vec<Span>,
    /// Their absolute counts.
    pub negative_buckets: Vec<f64>,
    /// Upper bounds of custom buckets, ascending; empty for exponential schemas.
    pub custom_values: Vec<f64>,
}

impl Histogram {
    /// Checks what a wire or a disk gave.
    ///
    /// # Errors
    /// A phrase with the offending numbers: spans and buckets differ, a schema that does not exist, a negative gap.
    pub fn validate(&self) -> Result<(), String> {
        let known = (-4..=8).contains(&self.schema) || self.schema == CUSTOM_BUCKETS_SCHEMA;
        if !known {
            return Err(format!(
                "histogram schema {} does not exist, expected -4 to 8 or {CUSTOM_BUCKETS_SCHEMA}",
                self.schema
            ));
        }
        check_side("positive", &self.positive_spans, self.positive_buckets.len())?;
        check_side("negative", &self.negative_spans, self.negative_buckets.len())
    }
}

fn check_side(side: &str, spans: &[Span], buckets: usize) -> Result<(), String> {
    let named: u64 = spans.iter().map(|span| u64::from(span.length)).sum();
    if named != buckets as u64 {
        return Err(format!("{side} side: spans need {named} buckets, have {buckets} buckets"));
    }
    match spans.iter().skip(1).position(|span| span.offset < 0) {
        Some(index) => Err(format!("{side} side: span number {} has negative offset", index + 2)),
        None => Ok(()),
    }
}
