//! Writing and searching a part of the log store: `cargo bench -p store --bench log_part -- [megabytes]`.
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![expect(clippy::indexing_slicing, reason = "the bench knows what it made")]

mod lines;

use language::logql::ast::{Expr, StageNode};
use language::logql::line_filter::LineFilter;
use lines::{Numbers, Stream};
use std::time::Instant;
use store::probe::{LogEffort, LogPart};

type Failure = Box<dyn std::error::Error>;

/// Seconds that this thread has run: what others do on the machine does not count.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|nanos| nanos.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

fn filters(text: &str) -> Result<Vec<LineFilter>, Failure> {
    let Expr::Log(log) =
        language::logql::parse(&format!("{{a=\"b\"}} {text}")).map_err(|error| format!("{error:?}"))?
    else {
        return Err("not a log query".into());
    };
    let filters = log.stages.iter().filter_map(|stage| match &stage.node {
        StageNode::LineFilter(filter) => Some(LineFilter::new(filter)),
        _ => None,
    });
    Ok(filters.collect::<Result<_, _>>()?)
}

/// The quickest of a few runs, in milliseconds.
fn best<T>(mut run: impl FnMut() -> Result<T, Failure>) -> Result<(f64, T), Failure> {
    let mut best = (f64::MAX, run()?);
    for _ in 0..10 {
        let began = Instant::now();
        let answer = run()?;
        let taken = began.elapsed().as_secs_f64() * 1e3;
        if taken < best.0 {
            best = (taken, answer);
        }
    }
    Ok(best)
}

/// Places a UUID and a phrase that occur nowhere else.
fn place(streams: &mut [Stream], needle: &str) {
    for (stream, place) in [(3, 11), (41, 700), (88, 90)] {
        if let Some((_, line)) = streams[stream].1.get_mut(place) {
            line.push_str(&format!(" id={needle}"));
        }
    }
    for stream in [5, 17, 29, 60, 77] {
        if let Some((_, line)) = streams[stream].1.get_mut(123) {
            line.push_str(" snapshot transfer stalled unexpectedly");
        }
    }
}

fn search(part: &LogPart, streams: &[Stream], needle: &str) -> Result<(), Failure> {
    let trace = streams.iter().flat_map(|stream| &stream.1).find_map(|(_, line)| line.split_once("\"trace_id\":\""));
    let trace = trace.and_then(|(_, rest)| rest.get(..32)).unwrap_or("").to_owned();
    let questions = [
        ("uuid, 3 lines", format!("|= \"{needle}\"")),
        ("trace id", format!("|= \"{trace}\"")),
        ("span id's field", format!("|= `\"trace_id\":\"{trace}\"`")),
        ("rare phrase, 5 lines", "|= \"transfer stalled\"".to_owned()),
        ("middle of a rare word", "|= \"napsho\"".to_owned()),
        ("middle of a word", "|= \"onsume\"".to_owned()),
        ("common word", "|= \"error\"".to_owned()),
        ("regex with literal", "|~ \"order=[0-9]+5, took\"".to_owned()),
        ("without case", "|~ \"(?i)STALLED\"".to_owned()),
        ("negative", "!= \"info\"".to_owned()),
    ];
    println!("{:<24} {:>9} {:>9} {:>9} {:>8} {:>8}", "milliseconds", "index", "search", "scan", "chunks", "lines");
    for (name, text) in questions {
        let filters = filters(&text)?;
        let (asked, candidates) = best(|| Ok(part.candidates(&filters)?))?;
        let (found, (lines, chunks)) = best(|| Ok(part.search(&filters, Some(&candidates))?))?;
        let began = cpu_seconds();
        let (all, _) = part.search(&filters, None)?;
        let scanned = (cpu_seconds() - began) * 1e3;
        assert_eq!(lines, all, "{text}");
        println!("{name:<24} {asked:>9.2} {:>9.2} {scanned:>9.1} {chunks:>8} {lines:>8}", asked + found);
    }
    let (sizes, bytes) = best(|| Ok(part.sizes()?))?;
    println!("{:<24} {:>9} {sizes:>9.2} {:>9} {:>8} {bytes:>8}", "sizes of all lines", "", "", "");
    Ok(())
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<i64> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let megabytes = arguments.first().copied().unwrap_or(100) as usize;
    let mut streams = lines::streams(megabytes << 20);
    let needle = Numbers(0xbe1f).uuid();
    place(&mut streams, &needle);
    let raw: usize = streams.iter().flat_map(|stream| &stream.1).map(|(_, line)| line.len()).sum();
    let count: usize = streams.iter().map(|stream| stream.1.len()).sum();
    println!("{:.1} MB in {count} lines of {} streams", raw as f64 / 1e6, streams.len());
    let text: String =
        streams.iter().flat_map(|stream| &stream.1).flat_map(|(_, line)| [line.as_str(), "\n"]).collect();
    let began = cpu_seconds();
    let stored = zstd::bulk::compress(text.as_bytes(), 3)?.len();
    let taken = cpu_seconds() - began;
    drop(text);
    println!(
        "zstd -3, one file       {:.4} of raw, {:.1} CPU-s/GB",
        stored as f64 / raw as f64,
        taken / raw as f64 * 1e9
    );
    let folder = tempfile::tempdir()?;
    let mut last = None;
    for effort in [LogEffort::Quick, LogEffort::Thorough] {
        let path = folder.path().join(format!("{effort:?}"));
        let (began, wall) = (cpu_seconds(), Instant::now());
        let part = LogPart::write(&path, effort, streams.iter().map(|(labels, entries)| (labels, entries.as_slice())))?;
        let (taken, wall) = (cpu_seconds() - began, wall.elapsed().as_secs_f64());
        let part = part.ok_or("no entries")?;
        let of_raw = |bytes: u64| bytes as f64 / raw as f64;
        let [table, chunks, index] = part.bytes();
        println!(
            "part, {effort:<14?}   {:.4} of raw (chunks {:.4}, index {:.4}, table {:.4}), {:.1} CPU-s/GB, {:.0} MB/s",
            of_raw(table + chunks + index),
            of_raw(chunks),
            of_raw(index),
            of_raw(table),
            taken / raw as f64 * 1e9,
            raw as f64 / wall / 1e6,
        );
        last = Some(part);
    }
    let part = last.ok_or("no part")?;
    search(&part, &streams, &needle)?;
    println!("table and index in memory: {:.0} KB", part.loaded() as f64 / 1e3);
    Ok(())
}
