//! `sampling`: only a part of the lines stays.
//!
//! Invariant: which lines stay is the same for the same source read again.

use super::reason;
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;
use settings::report::{Report, Spot};
use std::sync::Arc;

/// As written.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RawSampling {
    #[serde(skip_serializing_if = "Option::is_none")]
    rate: Option<Spanned<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    drop_counter_reason: Option<String>,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Sampling {
    rate: f64,
    reason: Arc<str>,
}

/// The state of the generator.
#[derive(Debug, Default)]
pub(crate) struct SamplingMemory(u64);

impl Sampling {
    pub(crate) fn read(raw: RawSampling, spot: &Spot, report: &mut Report) -> Option<Self> {
        let rate = spot.read(report, "rate", raw.rate, |rate| match (0.0..=1.0).contains(&rate) {
            true => Ok(rate),
            false => Err(format!("expected a rate from 0 to 1, got {rate}")),
        });
        let Some(rate) = rate.ok()? else { return spot.refuse(report, "rate is required") };
        Some(Self { rate, reason: reason(raw.drop_counter_reason, "sampling_stage") })
    }

    /// Under which reason it counts.
    pub(crate) fn reason(&self) -> &Arc<str> {
        &self.reason
    }

    /// Whether the line is left out.
    #[expect(clippy::cast_precision_loss, reason = "53 bits of chance are enough")]
    pub(crate) fn drops(&self, memory: &mut SamplingMemory) -> bool {
        // splitmix64
        memory.0 = memory.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = memory.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        (mixed >> 11) as f64 / (1_u64 << 53) as f64 >= self.rate
    }
}
