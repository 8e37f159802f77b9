//! The house's habits as checks: each rule is a function from files to findings, run over the whole tree by its own test.
//!
//! Invariant: every rule also has a test in which it finds something; a check that cannot fail is a defect.
//! Style that rustfmt and clippy can judge is left to them.
#![expect(clippy::indexing_slicing, clippy::panic, reason = "a test may end where it finds the unexpected")]

mod bans;
mod dependencies;
mod documents;
mod layout;
mod licences;
mod limits;
mod metrics;
mod packages;
mod scanner;
mod sizes;
mod tree;
