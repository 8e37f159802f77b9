//! What [`crate::probe`] shows of the metrics store.

pub(crate) use super::columns::Columns;
pub(crate) use super::postings::intersect;

use super::chunk::{Chunk, Encoding, XorEncoder};
use super::index::{self, Index};
use super::{block, journal};
use crate::codec::Cursor;
use std::sync::Arc;

const ALL: std::ops::Range<i64> = i64::MIN..i64::MAX;

#[derive(Clone, Debug)]
pub(crate) struct FloatChunk(Chunk);

impl FloatChunk {
    pub(crate) fn encode(samples: &[(i64, f64)]) -> Option<Self> {
        let (&(timestamp, value), rest) = samples.split_first()?;
        let mut encoder = XorEncoder::new(timestamp, value);
        rest.iter().for_each(|(timestamp, value)| encoder.push(*timestamp, *value));
        Some(Self(encoder.snapshot()))
    }

    pub(crate) fn bytes(&self) -> usize {
        self.0.bytes.len()
    }

    pub(crate) fn decode(&self, into: &mut Columns) -> usize {
        let before = into.len();
        let _ = self.0.decode(ALL, into);
        into.len() - before
    }
}

pub(crate) fn read_chunk(encoding: u8, count: u16, bytes: &[u8]) -> usize {
    let Some(encoding) = Encoding::from_byte(encoding) else { return 0 };
    let mut columns = Columns::default();
    let _ = Chunk { encoding, count, min: 0, max: 0, bytes: Arc::from(bytes) }.decode(ALL, &mut columns);
    columns.restore_order();
    columns.len()
}

pub(crate) fn read_index_body(body: &[u8]) -> usize {
    let Ok(index) = Index::decode(&index::seal(body), 16) else { return 0 };
    for number in 0..index.len() as u64 {
        let labels = index.labels(number);
        debug_assert!(labels.len() <= index.pairs(number).count());
    }
    let named = index.names().map(|name| index.values(name).count()).sum::<usize>();
    debug_assert!(named <= body.len());
    index.len()
}

pub(crate) fn read_region_body(body: &[u8]) -> usize {
    let mut bytes = crc32c::crc32c(body).to_le_bytes().to_vec();
    bytes.extend_from_slice(body);
    block::decode_region(&bytes).map_or(0, |region| region.chunks.len())
}

pub(crate) fn read_batch(payload: &[u8]) {
    let mut reader = journal::BatchReader::new(payload);
    while let Ok(Some(_)) = reader.next() {}
    let mut cursor = Cursor::new(payload);
    while !cursor.is_empty() && journal::take_chunks(&mut cursor).is_ok() {}
}

pub(crate) fn read_series(cursor: &mut Cursor<'_>) -> bool {
    !cursor.is_empty() && journal::take_series(cursor).is_ok()
}
