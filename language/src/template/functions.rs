//! Functions that the languages around templates add to Go's own.
//!
//! Invariant: one function, one meaning; which names a language gives them is decided in [`logql`].

mod arithmetic;
mod json;
pub mod logql;
mod regex;
mod text;
mod time;
