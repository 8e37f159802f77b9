//! Any body of a push is stored in part, or refused; the store goes on either way.
#![no_main]

use collector::push::remote_write::Receiver;
use libfuzzer_sys::fuzz_target;
use model::clock::ManualClock;
use model::instrument::Instruments;
use model::time::Millis;
use std::sync::{Arc, OnceLock};
use store::fs::DataDir;
use store::metrics::{Metrics, Options};

fuzz_target!(|message: &[u8]| {
    let Ok(body) = snap::raw::Encoder::new().compress_vec(message) else { return };
    let receiver = Receiver::new();
    if let Ok(outcome) = receiver.append(&body, store()) {
        assert!(outcome.stored <= message.len(), "more samples than bytes");
    }
    // The same bytes as if they were compressed already.
    let _ = receiver.append(message, store());
});

/// One store for the whole run, in a folder that is left to the system's cleaning.
fn store() -> &'static Metrics {
    static STORE: OnceLock<Metrics> = OnceLock::new();
    STORE.get_or_init(|| {
        let folder = tempfile::tempdir().map(tempfile::TempDir::keep).unwrap_or_else(|error| panic!("{error}"));
        let dir = DataDir::open(folder.join("store")).unwrap_or_else(|error| panic!("{error}"));
        let clock = Arc::new(ManualClock::new(Millis(0)));
        let opened = Metrics::open(Options::new(dir), clock, Arc::new(Instruments::new()));
        opened.unwrap_or_else(|error| panic!("{error}"))
    })
}
