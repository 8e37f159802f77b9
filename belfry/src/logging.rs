//! Belfry's own log: stderr, one line each, as text or JSON.
//!
//! Invariant: one event is one line, whatever its text holds, and a panic is an event like any other.

use crate::cli::{LogFormat, LogLevel};
use std::io::{self, Write};
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Starts logging for the whole process; a second call changes nothing.
pub(crate) fn start(format: LogFormat, level: LogLevel) {
    let filter = EnvFilter::new(level.as_str());
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(OneLine(io::stderr));
    let started = match format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().flatten_event(true).with_current_span(false).with_span_list(false).try_init(),
    };
    if started.is_ok() {
        std::panic::set_hook(Box::new(log_panic));
    }
}

fn log_panic(panic: &std::panic::PanicHookInfo<'_>) {
    let text = panic.payload_as_str().unwrap_or("no text");
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(place, "BUG: panicked: {text}");
}

/// Makes writers that keep an event on one line.
struct OneLine<M>(M);

impl<M: Fn() -> W, W: Write> MakeWriter<'_> for OneLine<M> {
    type Writer = OneLineWriter<W>;

    fn make_writer(&self) -> Self::Writer {
        OneLineWriter((self.0)())
    }
}

/// Each call to `write` holds one whole event; newlines inside of it are written as `\n`.
struct OneLineWriter<W>(W);

impl<W: Write> Write for OneLineWriter<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let line = event.strip_suffix(b"\n").unwrap_or(event);
        let mut flat = Vec::with_capacity(event.len() + 8);
        for byte in line {
            match byte {
                b'\n' => flat.extend_from_slice(b"\\n"),
                b'\r' => flat.extend_from_slice(b"\\r"),
                other => flat.push(*other),
            }
        }
        flat.push(b'\n');
        self.0.write_all(&flat)?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(event: &str, expected: &str) {
        let mut written = Vec::new();
        OneLineWriter(&mut written).write_all(event.as_bytes()).expect("memory takes every byte");
        assert_eq!(String::from_utf8_lossy(&written), expected);
    }

    #[test]
    fn an_event_is_one_line() {
        check("plain\n", "plain\n");
        check("first\nsecond\r\nthird\n", "first\\nsecond\\r\\nthird\n");
        check("no end", "no end\n");
    }
}
