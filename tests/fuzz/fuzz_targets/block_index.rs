//! Any bytes behind a right head and checksum are read as an index of a block, or as a region of its chunks.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let series = store::probe::read_index_body(body);
    let chunks = store::probe::read_region_body(body);
    assert!(series <= body.len() && chunks <= body.len());
});
