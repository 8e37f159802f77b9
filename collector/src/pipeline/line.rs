//! Stages that change the line.
//!
//! Invariant: labels stay, but for those that `pack` puts into the line.

mod decolorize;
mod output;
mod pack;
mod replace;
mod template;

pub(crate) use decolorize::decolorize;
pub(crate) use output::{Output, RawOutput};
pub(crate) use pack::{Pack, RawPack};
pub(crate) use replace::{RawReplace, Replace};
pub(crate) use template::{RawTemplate, TemplateStage};
