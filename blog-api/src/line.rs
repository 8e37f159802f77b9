//! Where log lines go.
//!
//! Invariant: a sink gets whole lines, one call each, without the line break.

use std::io::Write as _;

/// Takes the log lines: standard output in the binary, a file or a memory where the blog is a part of something else.
pub trait LineSink: Send + Sync {
    /// Takes one line of JSON. It holds no line break.
    ///
    /// Called by the tasks that answer requests, several at a time: an implementation must not wait for long, and what
    /// it cannot keep it drops and counts by itself.
    fn write(&self, line: &str);
}

/// Writes the lines to standard output. A line that standard output refuses is dropped: there is nowhere to say so.
#[derive(Clone, Copy, Debug)]
pub struct Stdout;

impl LineSink for Stdout {
    fn write(&self, line: &str) {
        let mut text = String::with_capacity(line.len() + 1);
        text.push_str(line);
        text.push('\n');
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }
}
