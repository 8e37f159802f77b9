//! The limits of one scrape, as `global` and each job write them.
//!
//! Invariant: a resolved limit of zero means no limit, but for the body, which is always bounded.

use crate::limits::SCRAPE_INFLATED_BYTES_MAX;
use serde::Serialize;
use serde_saphyr::Spanned;
use settings::report::{Key, Report};

/// The limits as written.
#[derive(Debug, Default)]
pub(super) struct RawLimits {
    pub(super) body_size_limit: Option<Spanned<String>>,
    pub(super) sample_limit: Option<u64>,
    pub(super) target_limit: Option<u64>,
    pub(super) label_limit: Option<u64>,
    pub(super) label_name_length_limit: Option<u64>,
    pub(super) label_value_length_limit: Option<u64>,
    pub(super) keep_dropped_targets: Option<u64>,
}

/// The limits of each scrape of a job. Zero means no limit (the body: the collector's own limit).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// Largest body after inflating, in bytes; a larger one fails the scrape.
    #[serde(skip_serializing_if = "is_unset")]
    pub body_size_limit: u64,
    /// Most samples after metric relabeling; more fail the scrape.
    #[serde(skip_serializing_if = "is_unset")]
    pub sample_limit: u64,
    /// Most targets after relabeling; more fail every target of the job.
    #[serde(skip_serializing_if = "is_unset")]
    pub target_limit: u64,
    /// Most labels of a sample; more fail the scrape.
    #[serde(skip_serializing_if = "is_unset")]
    pub label_limit: u64,
    /// Longest label name in bytes; a longer one fails the scrape.
    #[serde(skip_serializing_if = "is_unset")]
    pub label_name_length_limit: u64,
    /// Longest label value in bytes; a longer one fails the scrape.
    #[serde(skip_serializing_if = "is_unset")]
    pub label_value_length_limit: u64,
    /// Most dropped targets that are kept to be shown, per job.
    #[serde(skip_serializing_if = "is_unset")]
    pub keep_dropped_targets: u64,
}

fn is_unset(limit: &u64) -> bool {
    *limit == 0
}

impl Limits {
    /// The bound that is enforced on a body, in bytes; never zero.
    pub fn body_bytes_max(&self) -> usize {
        match usize::try_from(self.body_size_limit) {
            Ok(0) | Err(_) => SCRAPE_INFLATED_BYTES_MAX,
            Ok(bytes) => bytes,
        }
    }
}

impl RawLimits {
    /// Resolves against what holds for all jobs: zero and absent take the value of `global`.
    pub(super) fn validate(self, key: &Key, global: &Limits, report: &mut Report) -> Limits {
        let body = report.read(&key.field("body_size_limit"), self.body_size_limit, |text| model::bytes::parse(&text));
        let or = |own: Option<u64>, global: u64| own.filter(|limit| *limit > 0).unwrap_or(global);
        Limits {
            body_size_limit: or(body, global.body_size_limit),
            sample_limit: or(self.sample_limit, global.sample_limit),
            target_limit: or(self.target_limit, global.target_limit),
            label_limit: or(self.label_limit, global.label_limit),
            label_name_length_limit: or(self.label_name_length_limit, global.label_name_length_limit),
            label_value_length_limit: or(self.label_value_length_limit, global.label_value_length_limit),
            keep_dropped_targets: or(self.keep_dropped_targets, global.keep_dropped_targets),
        }
    }
}
