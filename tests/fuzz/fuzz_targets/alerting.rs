//! Any text is matchers, rules or an alertmanager.yml, or an error; what was read as matchers is written and read as
//! the same.
#![no_main]

use alerter::config::rules::{Dialect, Language, read_text};
use alerter::matchers::{parse_all, text};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|given: &str| {
    if let Ok(matchers) = parse_all(given) {
        for matcher in &matchers {
            let written = text(matcher);
            let again = parse_all(&written).unwrap_or_else(|error| panic!("{written:?} of {given:?}: {error}"));
            assert_eq!(again.first().map(text), Some(written), "{given:?}");
        }
    }
    for language in [Language::PromQl, Language::LogQl] {
        // What is wrong is told.
        let _ = read_text("fuzz.yml", given, Dialect { language, features: query::Features::default() });
    }
});
