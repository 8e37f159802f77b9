//! Tasks with names: started, restarted, counted and stopped in order; and a bounded pool for CPU work.
//!
//! Invariant: this is the only crate that spawns. What is spawned has a name, belongs to one set, and ends with it.
//! It knows nothing of what runs in the tasks.
#![forbid(unsafe_code)]

pub mod backoff;
pub mod limits;
pub mod pool;
pub mod task_set;

pub use task_set::{BoxError, Class, Failure, Stragglers, Task, TaskSet};
