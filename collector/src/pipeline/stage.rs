//! One stage of a pipeline.
//!
//! Invariant: a stage here is checked and compiled; what it remembers is elsewhere.

use super::join::{Cri, Multiline};
use super::keep::{Drop, Limit, Match, Sampling};
use super::label::{LabelAllow, LabelDrop, Labels, StaticLabels, StructuredMetadata};
use super::line::{Output, Pack, Replace, TemplateStage};
use super::parse::{Json, Logfmt, RegexStage};
use super::timestamp::Timestamp;

/// See the module. Each variant is documented where its stage is.
#[derive(Debug)]
pub(crate) enum Stage {
    Regex(RegexStage),
    Json(Json),
    Logfmt(Logfmt),
    Labels(Labels),
    LabelDrop(LabelDrop),
    LabelAllow(LabelAllow),
    StaticLabels(StaticLabels),
    StructuredMetadata(StructuredMetadata),
    Timestamp(Timestamp),
    Output(Output),
    Replace(Replace),
    Template(TemplateStage),
    Pack(Pack),
    Decolorize,
    Drop(Drop),
    Limit(Limit),
    Sampling(Sampling),
    Cri(Cri),
    Multiline(Multiline),
    Match(Match),
}
