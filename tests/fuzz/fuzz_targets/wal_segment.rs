//! Any bytes behind the head of a WAL segment are read to the first damage, and any payload as any record.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let records = store::probe::read_segment(bytes);
    assert!(records * 10 <= bytes.len(), "more records than bytes for their heads");
});
