//! PromQL in the syntax of Prometheus 3.

pub mod ast;
pub mod function;
