//! How parts of the section are written back: as alertmanager.yml writes them.
//!
//! Invariant: what is written reads back as the same.

use crate::matchers::{self, Matchers};
use serde::Serializer;
use std::time::Duration;

/// `1h30m`, or nothing.
pub(super) fn duration_if_any<S: Serializer>(duration: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    match duration {
        Some(duration) => serializer.serialize_str(&model::duration::format(*duration)),
        None => serializer.serialize_none(),
    }
}

/// A list of texts, one a matcher.
pub(super) fn matchers<S: Serializer>(matchers: &Matchers, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(matchers.iter().map(matchers::text))
}
