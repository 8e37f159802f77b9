//! What is added to every line that comes in, however it comes: the label `service_name` and the level that was
//! detected, as Loki adds them.
//!
//! Invariant: the same line under the same labels always gets the same; nothing that a sender has told is changed, but
//! for the spelling of `detected_level`. A line is looked at once, in time linear to its length.

pub mod level;
mod line_level;
mod long_line;
mod memory;
mod naming;

pub use level::{Level, Told};
pub use line_level::line_level;
pub use long_line::{TRUNCATED, cut_line};
pub(crate) use memory::with_level;
pub use memory::{Enricher, Stream};
pub use naming::{SERVICE_NAME, with_service_name};
