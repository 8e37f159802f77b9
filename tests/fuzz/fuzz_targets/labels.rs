//! Bytes are a label set in exactly one way, or are refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use model::labels::Labels;

fuzz_target!(|raw: &[u8]| {
    let Ok(labels) = Labels::from_raw(raw) else { return };
    assert_eq!(labels.as_raw(), raw);
    let pairs: Vec<_> = labels.iter().collect();
    assert!(pairs.windows(2).all(|pair| pair[0].0 < pair[1].0), "out of order");
    assert_eq!(Labels::from_pairs(pairs.iter().copied()), labels);
});
