//! The head as one file, which takes the place of the WAL segments it came from.
//!
//! Invariant: every sample that is in a segment before the checkpoint's number is in the checkpoint, in a later
//! segment or in a block: samples enter the head before their record enters the WAL.

use super::exemplars::Exemplars;
use super::families::Families;
use super::head::Head;
use super::journal::{self, BatchWriter};
use crate::Error;
use crate::wal::{CheckpointWriter, Wal};
use std::sync::Arc;

/// Payloads are written in records of about this size.
const RECORD_BYTES: usize = 128 << 10;

/// Writes the head, and drops the segments it takes the place of.
pub(crate) fn write(wal: &Wal, head: &Head, exemplars: &Exemplars, families: &Families) -> Result<(), Error> {
    let (number, next, series) = {
        let creation = head.creation();
        (wal.rotate()?, creation.next, head.all())
    };
    let mut writer = CheckpointWriter::begin(Arc::clone(wal.disk()), wal.folder().to_owned(), number)?;
    let mut payload = Vec::new();
    crate::codec::put_uvarint(&mut payload, next);
    writer.record(journal::NEXT_REFERENCE, &payload)?;
    payload.clear();
    for series in &series {
        journal::put_series(&mut payload, series.reference, &series.labels);
        write_if_long(&mut writer, journal::SERIES, &mut payload, RECORD_BYTES)?;
    }
    write_if_long(&mut writer, journal::SERIES, &mut payload, 0)?;
    let mut chunks = Vec::new();
    for series in &series {
        let window = series.window();
        chunks.clear();
        window.all_chunks(&mut chunks);
        if !chunks.is_empty() {
            journal::put_chunks(&mut payload, series.reference, &chunks, window.starts());
        }
        drop(window);
        write_if_long(&mut writer, journal::CHUNKS, &mut payload, RECORD_BYTES)?;
    }
    write_if_long(&mut writer, journal::CHUNKS, &mut payload, 0)?;
    let mut extras = BatchWriter::default();
    for (metric, metadata) in families.list(None, 0) {
        extras.metadata(&metric, &metadata);
        write_if_long(&mut writer, journal::BATCH, &mut extras.bytes, RECORD_BYTES)?;
    }
    write_if_long(&mut writer, journal::BATCH, &mut extras.bytes, 0)?;
    for mut batch in exemplar_batches(exemplars) {
        write_if_long(&mut writer, journal::BATCH, &mut batch.bytes, 0)?;
    }
    writer.finish()
}

fn exemplar_batches(exemplars: &Exemplars) -> Vec<BatchWriter> {
    let (mut batches, mut batch) = (Vec::new(), BatchWriter::default());
    exemplars.for_each(|series, exemplar| {
        batch.exemplar(series, exemplar);
        if batch.bytes.len() >= RECORD_BYTES {
            batches.push(std::mem::take(&mut batch));
        }
    });
    batches.push(batch);
    batches
}

fn write_if_long(
    writer: &mut CheckpointWriter,
    kind: u8,
    payload: &mut Vec<u8>,
    longer_than: usize,
) -> Result<(), Error> {
    if payload.len() > longer_than {
        writer.record(kind, payload)?;
        payload.clear();
    }
    Ok(())
}
