//! What [`crate::probe`] shows of the write-ahead log.

use super::segment::{HEAD_BYTES, Records, head};

/// Visits the payloads of the records that follow a head; how many there are before the first damage.
pub(crate) fn read_records(bytes: &[u8], mut visit: impl FnMut(&[u8])) -> usize {
    let mut file = head().to_vec();
    file.extend_from_slice(bytes);
    debug_assert!(file.len() >= HEAD_BYTES);
    Records::new(&file).flatten().map(|record| visit(&record.payload)).count()
}
