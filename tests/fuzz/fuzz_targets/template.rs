//! Any text is a template or an error with its line; rendering ends within its limits.
#![no_main]

use language::template::functions::logql;
use language::template::{Limits, Template, Text, Value};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(template) = Template::parse("fuzz", text, logql::functions()) else { return };
    let list = Value::list([Value::Int(-3), Value::Float(0.5), Value::borrowed("한 a"), Value::Nil]);
    let fields = [("a", Value::borrowed("text 12ms 5KB")), ("b", list), ("c", Value::Duration(1_500_000_000))];
    let dot = Value::map(fields.map(|(name, value)| (Text::from(name), value)));
    let limits = Limits { bytes: 1 << 16, steps: 20_000 };
    if let Ok(rendered) = template.render(dot, &limits) {
        assert!(rendered.len() <= limits.bytes, "{} bytes of {text:?}", rendered.len());
    }
});
