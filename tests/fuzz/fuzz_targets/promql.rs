//! Any text is an expression or an error with a place; what is printed reads as the same expression.
#![no_main]

use language::promql::{Features, ParseOptions, parse, pretty, print};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let options = ParseOptions { features: Features::ALL };
    let Ok(expression) = parse(text, &options) else { return };
    let printed = print(&expression);
    match parse(&printed, &options) {
        Ok(again) => assert_eq!(print(&again), printed, "of {text:?}"),
        Err(error) => panic!("{printed:?} of {text:?}: {error}"),
    }
    let pretty = pretty(&expression);
    match parse(&pretty, &options) {
        Ok(again) => assert_eq!(print(&again), printed, "of {text:?}, pretty {pretty:?}"),
        Err(error) => panic!("pretty {pretty:?} of {text:?}: {error}"),
    }
});
