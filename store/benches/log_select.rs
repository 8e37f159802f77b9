//! Selections of sealed log lines: `cargo bench -p store --bench log_select`; `MEGABYTES=1000` for more.
//!
//! What a page asks for (the newest lines), a needle that is there once and one that is not, a regular expression over
//! everything, sizes of everything for a rate.
#![expect(clippy::print_stdout, clippy::indexing_slicing, reason = "a bench prints its figures")]

#[path = "lines/log_lines.rs"]
mod log_lines;

use language::logql::ast::{self, LineFilterOp, LineOperand};
use language::logql::line_filter::LineFilter;
use log_lines::{BEGIN, Failure, append, cpu_seconds, lines, megabytes, open, resident_mib};
use model::budget::Budget;
use model::cancel::Cancel;
use model::time::{LogRange, Millis};
use std::ops::ControlFlow;
use store::logs::{Direction, Logs, Order, Reads, Select};

struct Question {
    what: &'static str,
    order: Order,
    reads: Reads,
    filters: Vec<LineFilter>,
    most: usize,
}

fn filter(op: LineFilterOp, text: &str) -> Result<Vec<LineFilter>, Failure> {
    let operand = LineOperand { span: ast::Span::default(), text: text.to_owned(), ip: false };
    Ok(vec![LineFilter::new(&ast::LineFilter { op, operands: vec![operand] })?])
}

fn ask(logs: &Logs, question: &Question) -> Result<(), Failure> {
    let (budget, cancel) = (Budget::unlimited(), Cancel::default());
    let select = Select {
        matchers: &[],
        filters: &question.filters,
        range: LogRange::ALL,
        order: question.order,
        reads: question.reads,
        expected: question.most,
        budget: &budget,
        cancel: &cancel,
    };
    let began = cpu_seconds();
    let mut rounds = 0;
    let (visited, found, bytes) = loop {
        let (mut found, mut bytes) = (0_usize, 0_usize);
        let visited = logs.select(&select, &mut |entry| {
            found += 1;
            bytes += entry.line_bytes;
            if found == question.most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        rounds += 1;
        if cpu_seconds() - began > 0.5 || rounds == 100 {
            break (visited, found, bytes);
        }
    };
    println!(
        "{}: {:.1} ms; {found} lines of {bytes} bytes; looked at {} in {} chunks, {} left out",
        question.what,
        (cpu_seconds() - began) * 1e3 / f64::from(rounds),
        visited.entries,
        visited.chunks,
        visited.chunks_skipped,
    );
    Ok(())
}

fn main() -> Result<(), Failure> {
    let lines = lines(megabytes(256) * 1_000_000);
    let bytes: usize = lines.iter().map(String::len).sum();
    println!("{} lines, {:.0} MB", lines.len(), bytes as f64 / 1e6);
    let folder = tempfile::tempdir()?;
    let logs = open(folder.path())?;
    append(&logs, &lines, 0, 1, 0)?;
    let trace = lines[lines.len() / 3..]
        .iter()
        .find_map(|line| Some(line.split_once("trace_id\":\"")?.1.get(..32)?.to_owned()));
    drop(lines);
    // Five minutes later the rest of the head is due as well.
    (1..8).try_for_each(|round| logs.maintain(Millis(BEGIN + 3_600_000 + round * 400_000)))?;
    let trace = trace.ok_or("no trace")?;
    let backward = Order::ByTime(Direction::Backward);
    let all = |what, order, filters, most| Question { what, order, reads: Reads::All, filters, most };
    for question in [
        all("newest 100", backward, Vec::new(), 100),
        all("oldest 5000", Order::ByTime(Direction::Forward), Vec::new(), 5000),
        all("a trace id, newest first", backward, filter(LineFilterOp::Contains, &trace)?, 100),
        all("a word that is not there", backward, filter(LineFilterOp::Contains, "nowheretobefound")?, 100),
        all("newest 100 with a word that is everywhere", backward, filter(LineFilterOp::Contains, "status")?, 100),
        all("a regular expression", Order::ByStream, filter(LineFilterOp::Matches, "status\":5..,.*[0-9]{5}}")?, 0),
        all("every line", Order::ByStream, Vec::new(), 0),
        all("every line by time", backward, Vec::new(), 0),
        Question { reads: Reads::Sizes, ..all("every size", Order::ByStream, Vec::new(), 0) },
    ] {
        ask(&logs, &question)?;
    }
    println!("memory: {:.0} MiB now", resident_mib("VmRSS:"));
    Ok(())
}
