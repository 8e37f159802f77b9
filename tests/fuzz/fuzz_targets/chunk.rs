//! Any bytes are read as a chunk of either encoding, and never as more samples than told.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (bool, u16, &[u8])| {
    let (histograms, count, bytes) = input;
    let encoding = if histograms { 2 } else { 1 };
    assert!(store::probe::read_chunk(encoding, count.max(1), bytes) <= usize::from(count.max(1)));
});
