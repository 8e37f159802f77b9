//! Parameters of a request: URL and form together, and their text forms of times, durations and limits.
//!
//! Invariant: a form is read only from a body that says it is one; its values stand before the URL's, as in Go, so a
//! single-valued parameter given in both counts as the form says. Errors carry Prometheus's texts.

mod form;
mod parse;

pub(crate) use form::Parameters;
pub(crate) use parse::{MAX_TIME, MIN_TIME};
