//! Functions that the languages around templates add to Go's own.
//!
//! Invariant: one function, one meaning; which names a language gives them is decided in [`logql`], [`prometheus`] and
//! [`alertmanager`].

pub mod alertmanager;
mod arithmetic;
mod humanize;
mod json;
pub mod logql;
pub mod prometheus;
mod regex;
mod text;
mod time;

#[cfg(test)]
mod tests;
