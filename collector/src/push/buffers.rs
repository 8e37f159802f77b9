//! Buffers into which pushes are inflated, kept for the next push.
//!
//! Invariant: neither more of them nor larger ones are kept than the limits say.

use crate::limits::{PUSH_BUFFER_KEPT_BYTES_MAX, PUSH_BUFFERS_KEPT_MAX};
use std::sync::{Mutex, PoisonError};

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    kept: Mutex<Vec<Vec<u8>>>,
}

impl Buffers {
    /// A buffer that was kept, with whatever it holds, or a new one.
    pub(super) fn take(&self) -> Vec<u8> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// Keeps a buffer, or frees it.
    pub(super) fn give(&self, buffer: Vec<u8>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < PUSH_BUFFERS_KEPT_MAX && buffer.capacity() <= PUSH_BUFFER_KEPT_BYTES_MAX {
            kept.push(buffer);
        }
    }
}
