//! No compressed body inflates beyond its cap.
#![no_main]

use collector::push::decompress::{gzip, snappy};
use libfuzzer_sys::fuzz_target;

const CAP: usize = 1 << 16;

fuzz_target!(|body: &[u8]| {
    let mut into = Vec::new();
    if snappy(body, &mut into, CAP).is_ok() {
        assert!(into.len() <= CAP);
    }
    if gzip(body, &mut into, CAP).is_ok() {
        assert!(into.len() <= CAP);
    }
});
