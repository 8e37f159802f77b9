//! Any page of any format is read to its end or to an error with a place; what is yielded has labels or a reason.
#![no_main]

use collector::scrape::exposition::{Entry, Format, Mode, Parser, series};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (bool, bool, &[u8])| {
    let (open, lenient, page) = input;
    let format = if open { Format::OpenMetrics } else { Format::Text };
    let mode = if lenient { Mode::Lenient } else { Mode::Strict };
    let mut parser = Parser::new(page, format, mode);
    let mut yielded = 0;
    while let Some(entry) = parser.next() {
        yielded += 1;
        let Ok(Entry::Sample(sample)) = entry else { continue };
        if let Err(why) = series::labels(sample.series, sample.kind) {
            assert_eq!(parser.refuse(&sample, &why).is_ok(), lenient);
        }
        if let Some(exemplar) = sample.exemplar {
            // Too long or told twice is fine; only a panic is not.
            let _ = exemplar.labels();
        }
    }
    assert!(yielded <= page.len() + 1, "more entries than bytes");
    assert!(lenient || parser.skipped() == 0, "a strict parser skipped");
});
