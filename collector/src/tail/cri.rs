//! Lines as container runtimes write them, `TIME stdout|stderr F|P TEXT`, with the parts of long lines joined.
//!
//! Invariant: a line that is none passes as it is. At most one line waits per output of the container, and of one that
//! has more text than a line may have only the beginning is kept.

use crate::limits::LINE_BYTES_MAX;
use crate::pipeline::Span;
use model::rfc3339;
use model::time::Nanos;
use std::borrow::Cow;

/// Where a container wrote a line to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Output {
    Stdout,
    Stderr,
}

impl Output {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
        }
    }
}

/// What a container wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Joined<'a> {
    /// When its last part was written; `None` where the line does not tell.
    pub(super) timestamp: Option<Nanos>,
    /// `None` where the line is none of a container runtime.
    pub(super) output: Option<Output>,
    pub(super) text: Cow<'a, str>,
    /// Bytes that were left out.
    pub(super) cut: usize,
    pub(super) span: Span,
}

/// The parts that wait for the end of their line.
#[derive(Debug, Default)]
pub(super) struct Parts {
    stdout: Option<Waiting>,
    stderr: Option<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    start: u64,
    end: u64,
    timestamp: Nanos,
    text: String,
    cut: usize,
}

struct Part<'a> {
    timestamp: Nanos,
    output: Output,
    is_partial: bool,
    text: &'a str,
}

impl Parts {
    /// Takes a line; `None` when it is only a part.
    pub(super) fn join<'a>(&mut self, line: Cow<'a, str>, span: Span) -> Option<Joined<'a>> {
        let Some(part) = read(&line) else {
            return Some(Joined { timestamp: None, output: None, text: line, cut: 0, span });
        };
        let Part { timestamp, output, is_partial, text } = part;
        let slot = self.slot(output);
        if slot.is_none() && !is_partial {
            let skipped = line.len() - text.len();
            let text = match line {
                Cow::Borrowed(line) => Cow::Borrowed(line.get(skipped..).unwrap_or_default()),
                Cow::Owned(ref line) => Cow::Owned(line.get(skipped..).unwrap_or_default().to_owned()),
            };
            return Some(Joined { timestamp: Some(timestamp), output: Some(output), text, cut: 0, span });
        }
        let waiting = slot.get_or_insert_with(|| Waiting::new(span));
        waiting.add(&part, span);
        if is_partial { None } else { slot.take().map(|waiting| waiting.finish(output)) }
    }

    fn slot(&mut self, output: Output) -> &mut Option<Waiting> {
        match output {
            Output::Stdout => &mut self.stdout,
            Output::Stderr => &mut self.stderr,
        }
    }

    /// Where the oldest part that waits starts.
    pub(super) fn held_from(&self) -> Option<u64> {
        [&self.stdout, &self.stderr].into_iter().flatten().map(|waiting| waiting.start).min()
    }

    /// What waits, as far as it came, oldest first.
    pub(super) fn take_all(&mut self) -> Vec<Joined<'static>> {
        let stdout = self.stdout.take().map(|waiting| waiting.finish(Output::Stdout));
        let stderr = self.stderr.take().map(|waiting| waiting.finish(Output::Stderr));
        let mut lines: Vec<_> = stdout.into_iter().chain(stderr).collect();
        lines.sort_by_key(|line| line.span.start);
        lines
    }
}

impl Waiting {
    fn new(span: Span) -> Self {
        Self { start: span.start, end: span.end, timestamp: Nanos(0), text: String::new(), cut: 0 }
    }

    fn add(&mut self, part: &Part<'_>, span: Span) {
        let room = LINE_BYTES_MAX.saturating_sub(self.text.len());
        let kept = part.text.get(..part.text.floor_char_boundary(room)).unwrap_or_default();
        // Once something was left out, what comes later would stand beside what it does not follow.
        let kept = if self.cut > 0 { "" } else { kept };
        self.text.push_str(kept);
        self.cut += part.text.len() - kept.len();
        self.end = span.end;
        self.timestamp = part.timestamp;
    }

    fn finish(self, output: Output) -> Joined<'static> {
        let span = Span { start: self.start, end: self.end };
        Joined { timestamp: Some(self.timestamp), output: Some(output), text: self.text.into(), cut: self.cut, span }
    }
}

fn read(line: &str) -> Option<Part<'_>> {
    let (time, rest) = line.split_once(' ')?;
    let (output, rest) = rest.split_once(' ')?;
    let output = match output {
        "stdout" => Output::Stdout,
        "stderr" => Output::Stderr,
        _ => return None,
    };
    // Tags after the first are to come: they stand behind a colon.
    let (tags, text) = rest.split_once(' ').unwrap_or((rest, ""));
    let is_partial = match tags.split(':').next() {
        Some("F") => false,
        Some("P") => true,
        _ => return None,
    };
    let timestamp = rfc3339::parse(time)?.as_nanos();
    Some(Part { timestamp, output, is_partial, text })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: &str = "2026-11-28T12:00:00.000000001Z";

    fn join(parts: &mut Parts, lines: &[&str]) -> Vec<(String, Option<Output>, u64, u64)> {
        let mut at = 0;
        let mut found = Vec::new();
        for line in lines {
            let span = Span { start: at, end: at + line.len() as u64 + 1 };
            at = span.end;
            let joined = parts.join(Cow::Owned(line.replace('T', TIME)), span);
            found.extend(
                joined.map(|joined| (joined.text.into_owned(), joined.output, joined.span.start, joined.span.end)),
            );
        }
        found
    }

    #[test]
    fn whole_lines_lose_their_wrapping() {
        let check = |line: &str, expected: &str, output: Option<Output>| {
            let found = join(&mut Parts::default(), &[line]);
            assert_eq!(found, [(expected.to_owned(), output, 0, line.len() as u64 + 1)]);
        };
        check("T stdout F hello  world", "hello  world", Some(Output::Stdout));
        check("T stderr F ", "", Some(Output::Stderr));
        check("T stderr F", "", Some(Output::Stderr));
        check("T stdout F:x tagged", "tagged", Some(Output::Stdout));
        for other in ["", "no", "T stdlog F x", "T stdout X x", "yesterday stdout F x", "{\"a\": 1}"] {
            check(other, &other.replace('T', TIME), None);
        }
    }

    #[test]
    fn parts_wait_for_their_end_per_output() {
        let mut parts = Parts::default();
        let found = join(&mut parts, &["T stdout P a", "T stderr F x", "T stderr P y", "T stdout F b"]);
        let texts: Vec<_> = found.iter().map(|(text, ..)| text.as_str()).collect();
        assert_eq!(texts, ["x", "ab"]);
        assert_eq!((found[1].2, found[1].3), (0, 52));
        assert_eq!(parts.held_from(), Some(26));
        assert_eq!(parts.take_all()[0].text, "y");
        assert_eq!(parts.held_from(), None);
    }

    #[test]
    fn a_joined_line_is_bounded() {
        let mut parts = Parts::default();
        let part = format!("{TIME} stdout P {}", "é".repeat(8_000));
        for _ in 0..1_000 {
            assert_eq!(parts.join(Cow::Borrowed(&part), Span::default()), None);
        }
        let last = format!("{TIME} stdout F end");
        let joined = parts.join(Cow::Borrowed(&last), Span::default()).expect("whole");
        assert_eq!(joined.text.len() + joined.cut, 16_000_000 + 3);
        assert!(joined.text.len() <= LINE_BYTES_MAX && joined.text.chars().all(|letter| letter == 'é'));
    }

    #[test]
    fn the_time_is_read_to_the_nanosecond() {
        let line = format!("{TIME} stdout F x");
        let joined = Parts::default().join(Cow::Borrowed(&line), Span::default()).expect("whole");
        assert_eq!(joined.timestamp.map(|time| time.0 % 1_000_000_000), Some(1));
    }
}
