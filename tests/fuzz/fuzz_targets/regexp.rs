//! Any pattern compiles within its bound or is refused; a literal one matches itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use model::regexp::{compile, compile_anchored};

fuzz_target!(|input: (&str, &str)| {
    let (pattern, text) = input;
    let (Ok(anywhere), Ok(whole)) = (compile(pattern), compile_anchored(pattern)) else { return };
    if pattern.chars().all(|c| c.is_alphanumeric()) {
        assert_eq!(whole.is_match(text), pattern == text);
        assert_eq!(anywhere.is_match(text), text.contains(pattern));
    }
});
