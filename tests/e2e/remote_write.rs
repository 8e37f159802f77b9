//! A remote-write 1.0 client, written by hand so that it shares no code with what it tests.
//!
//! Invariant: one request, one batch; what was answered 204 is acknowledged, everything else is not.

use crate::http::{Answer, Request, send};
use anyhow::Result;
use std::net::SocketAddr;

/// One sample of a series named by its labels.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    /// Sorted by name.
    pub(crate) labels: Vec<(String, String)>,
    /// Milliseconds since the epoch.
    pub(crate) timestamp: i64,
    /// Its value.
    pub(crate) value: f64,
}

/// Sends a batch.
pub(crate) fn write(address: SocketAddr, samples: &[Sample]) -> Result<Answer> {
    let body = snap::raw::Encoder::new().compress_vec(&encode(samples))?;
    post(address, &body)
}

/// Sends bytes as if they were a batch.
pub(crate) fn post(address: SocketAddr, body: &[u8]) -> Result<Answer> {
    let headers = [
        ("Content-Type", "application/x-protobuf"),
        ("Content-Encoding", "snappy"),
        ("X-Prometheus-Remote-Write-Version", "0.1.0"),
    ];
    send(address, &Request { method: "POST", path: "/api/v1/write", headers: &headers, body })
}

/// `WriteRequest`: field 1 a series each, of labels (1) and samples (2).
fn encode(samples: &[Sample]) -> Vec<u8> {
    let mut request = Vec::new();
    for sample in samples {
        let mut series = Vec::new();
        for (name, value) in &sample.labels {
            let mut label = Vec::new();
            field(&mut label, 1, name.as_bytes());
            field(&mut label, 2, value.as_bytes());
            field(&mut series, 1, &label);
        }
        let mut point = vec![0x09];
        point.extend_from_slice(&sample.value.to_le_bytes());
        point.push(0x10);
        varint(&mut point, sample.timestamp.cast_unsigned());
        field(&mut series, 2, &point);
        field(&mut request, 1, &series);
    }
    request
}

fn field(out: &mut Vec<u8>, number: u8, bytes: &[u8]) {
    out.push(number << 3 | 2);
    varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}
