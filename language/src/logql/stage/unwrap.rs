//! `unwrap duration(x) | y > 5`: a label's value becomes the sample.
//!
//! Invariant: an entry without the label gives no sample. A value that cannot be read gives 0 and an error, which a
//! filter after the unwrap may drop and otherwise fails the query.

use super::entry::Entry;
use crate::byte_size;
use crate::logql::ast::{self, Conversion};
use crate::logql::label_filter::{LabelFilter, read_duration, read_number};

/// What `__error__` says when a value cannot be read.
const FAILED: &str = "SampleExtractionErr";

/// The end of a pipeline that yields samples.
#[derive(Clone, Debug)]
pub struct Unwrap {
    label: String,
    conversion: Conversion,
    filters: Vec<LabelFilter>,
}

impl Unwrap {
    /// Compiles the filters.
    ///
    /// # Errors
    /// Why one does not compile; never for what the parser has returned.
    pub fn new(unwrap: &ast::Unwrap) -> Result<Self, String> {
        let filters = unwrap.filters.iter().map(LabelFilter::new).collect::<Result<_, _>>()?;
        Ok(Self { label: unwrap.label.clone(), conversion: unwrap.conversion, filters })
    }

    /// The entry's sample; `None` when it gives none.
    pub fn sample(&self, entry: &mut Entry<'_>) -> Option<f64> {
        let text = entry.get(&self.label).filter(|text| !text.is_empty())?;
        let value = match self.read(text) {
            Ok(value) => value,
            Err(reason) => {
                entry.fail(FAILED, reason);
                0.0
            }
        };
        self.filters.iter().all(|filter| filter.keeps(entry)).then_some(value)
    }

    /// The label whose value is read. Loki's answers leave it out of the series.
    pub fn label(&self) -> &str {
        &self.label
    }

    #[expect(clippy::cast_precision_loss, reason = "samples are floats")]
    fn read(&self, text: &str) -> Result<f64, String> {
        match self.conversion {
            Conversion::Float => read_number(text),
            Conversion::Bytes => byte_size::parse(text).map(|bytes| bytes as f64),
            Conversion::Duration | Conversion::DurationSeconds => read_duration(text).map(|nanos| nanos as f64 / 1e9),
        }
    }
}
