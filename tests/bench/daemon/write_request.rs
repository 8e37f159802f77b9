//! A remote-write 1.0 request, built by hand: series with their labels and samples, then snappy.
//!
//! Invariant: the bytes depend only on what was added and in which order.

/// A `prometheus.WriteRequest` being built.
#[derive(Default)]
pub(crate) struct WriteRequest {
    bytes: Vec<u8>,
}

impl WriteRequest {
    /// Adds a series: its labels as they are given, and its samples as time in milliseconds and value.
    pub(crate) fn series(&mut self, labels: &[(&str, String)], samples: impl IntoIterator<Item = (i64, f64)>) {
        let mut body = Vec::new();
        for (name, text) in labels {
            let mut label = Vec::new();
            push_bytes(&mut label, 1, name.as_bytes());
            push_bytes(&mut label, 2, text.as_bytes());
            push_bytes(&mut body, 1, &label);
        }
        for (timestamp, value) in samples {
            let mut sample = vec![0x09];
            sample.extend_from_slice(&value.to_le_bytes());
            sample.push(0x10);
            push_varint(&mut sample, timestamp as u64);
            push_bytes(&mut body, 2, &sample);
        }
        push_bytes(&mut self.bytes, 1, &body);
    }

    /// The compressed body.
    pub(crate) fn compressed(&self) -> Vec<u8> {
        snap::raw::Encoder::new().compress_vec(&self.bytes).unwrap_or_default()
    }
}

/// Appends a field of bytes.
pub(crate) fn push_bytes(into: &mut Vec<u8>, field: u8, bytes: &[u8]) {
    into.push(field << 3 | 2);
    push_varint(into, bytes.len() as u64);
    into.extend_from_slice(bytes);
}

/// Appends a varint.
pub(crate) fn push_varint(into: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        into.push((value as u8 & 0x7f) | 0x80);
        value >>= 7;
    }
    into.push(value as u8);
}
