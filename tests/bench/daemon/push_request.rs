//! A Loki push, built by hand: streams of the load with their lines, then snappy.
//!
//! Invariant: the bytes depend only on what was added and in which order.

use crate::log_lines;
use crate::write_request::{push_bytes, push_varint};
use std::collections::BTreeMap;

/// A `logproto.PushRequest` being built.
#[derive(Default)]
pub(crate) struct PushRequest {
    streams: BTreeMap<u64, Vec<u8>>,
}

impl PushRequest {
    /// Adds a line of a stream of the load, its time in nanoseconds.
    pub(crate) fn line(&mut self, stream: u64, timestamp: i64, line: &str) {
        let entries = self.streams.entry(stream).or_insert_with(|| {
            let labels = log_lines::labels(stream);
            let pairs: Vec<_> = labels.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
            let mut body = Vec::new();
            push_bytes(&mut body, 1, format!("{{{}}}", pairs.join(", ")).as_bytes());
            body
        });
        let mut time = vec![0x08];
        push_varint(&mut time, (timestamp / 1_000_000_000) as u64);
        time.push(0x10);
        push_varint(&mut time, (timestamp % 1_000_000_000) as u64);
        let mut entry = Vec::with_capacity(line.len() + 24);
        push_bytes(&mut entry, 1, &time);
        push_bytes(&mut entry, 2, line.as_bytes());
        push_bytes(entries, 2, &entry);
    }

    /// The compressed body.
    pub(crate) fn compressed(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for stream in self.streams.values() {
            push_bytes(&mut bytes, 1, stream);
        }
        snap::raw::Encoder::new().compress_vec(&bytes).unwrap_or_default()
    }
}
