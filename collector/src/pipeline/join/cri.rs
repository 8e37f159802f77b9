//! `cri`: lines as container runtimes write them, `TIME stdout|stderr F|P TEXT`, with the parts of long lines joined.
//!
//! Invariant: a line that is none passes as it is. Parts wait per stream; of a line that has more text than may wait
//! only the beginning is kept.

use crate::limits::{JOINED_LINE_BYTES_MAX, PIPELINE_STREAMS_MAX};
use crate::pipeline::{Entry, Value};
use model::labels::Labels;
use model::rfc3339;
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;
use settings::report::{Report, Spot};
use std::collections::HashMap;

/// As written.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RawCri {
    #[serde(skip_serializing_if = "Option::is_none")]
    max_partial_lines: Option<Spanned<usize>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_partial_line_size: Option<Spanned<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_partial_line_size_truncate: Option<bool>,
}

/// How many streams may have parts that wait, when the config does not say.
const PARTIAL_STREAMS_DEFAULT: usize = 100;

/// See the module.
#[derive(Debug)]
pub(crate) struct Cri {
    streams_max: usize,
    bytes_max: usize,
}

/// The parts that wait for their line's end, by the stream's labels.
#[derive(Debug, Default)]
pub(crate) struct CriMemory {
    waiting: HashMap<Labels, Entry<'static>>,
}

/// A line of a container runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct CriLine<'l> {
    time: &'l str,
    stream: &'l str,
    flags: &'l str,
    content: &'l str,
}

impl Cri {
    pub(crate) fn read(raw: RawCri, spot: &Spot, report: &mut Report) -> Option<Self> {
        let streams = spot.read(report, "max_partial_lines", raw.max_partial_lines, |most| match most {
            0..=PIPELINE_STREAMS_MAX => Ok(most),
            _ => Err(format!("expected at most {PIPELINE_STREAMS_MAX}, got {most}")),
        });
        let bytes = spot
            .read(report, "max_partial_line_size", raw.max_partial_line_size, |text| language::byte_size::parse(&text));
        let bytes = bytes.ok()?.filter(|_| raw.max_partial_line_size_truncate == Some(true));
        let bytes = bytes.map_or(JOINED_LINE_BYTES_MAX, |bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
        let streams = streams.ok()?.filter(|most| *most > 0).unwrap_or(PARTIAL_STREAMS_DEFAULT);
        Some(Self { streams_max: streams, bytes_max: bytes.min(JOINED_LINE_BYTES_MAX) })
    }

    /// `None` lets the entry go on, joined; else these go on in its stead.
    pub(crate) fn apply(&self, entry: &mut Entry<'_>, memory: &mut CriMemory) -> Option<Vec<Entry<'static>>> {
        let is_partial = unwrap(entry);
        let key = entry.labels.finish();
        if let Some(earlier) = memory.waiting.remove(&key) {
            super::spanning(&earlier, entry);
            let mut text = earlier.line.into_owned();
            let room = self.bytes_max.saturating_sub(text.len());
            text.push_str(entry.line.get(..entry.line.floor_char_boundary(room)).unwrap_or_default());
            entry.line = text.into();
        }
        if !is_partial {
            return None;
        }
        let let_go = if memory.waiting.len() >= self.streams_max { memory.take_all() } else { Vec::new() };
        memory.waiting.insert(key, entry.take().into_owned());
        Some(let_go)
    }
}

impl CriMemory {
    /// Where the oldest part that waits starts.
    pub(crate) fn held_from(&self) -> Option<u64> {
        self.waiting.values().map(|entry| entry.span.start).min()
    }

    /// Everything that waits, as far as it came, oldest first.
    pub(crate) fn take_all(&mut self) -> Vec<Entry<'static>> {
        let mut entries: Vec<_> = self.waiting.drain().map(|(_, entry)| entry).collect();
        entries.sort_by_key(|entry| entry.span.start);
        entries
    }
}

/// Takes a line out of its wrapping; whether it is only a part of one.
fn unwrap(entry: &mut Entry<'_>) -> bool {
    let Some(line) = read(&entry.line) else { return false };
    let (is_partial, stream) = (line.flags == "P", line.stream);
    let fields = [("time", line.time), ("stream", stream), ("flags", line.flags)];
    let values = fields.map(|(name, value)| (name, value.to_owned()));
    let time = rfc3339::parse(line.time);
    let content_at = entry.line.len() - line.content.len();
    entry.labels.set("stream", values.get(1).map(|(_, stream)| stream.as_str()).unwrap_or_default());
    if let Some(time) = time {
        entry.timestamp = time.as_nanos();
    }
    for (name, value) in values {
        entry.extracted.set(name, Value::Text(value));
    }
    let content = match &entry.line {
        std::borrow::Cow::Borrowed(line) => std::borrow::Cow::Borrowed(line.get(content_at..).unwrap_or_default()),
        std::borrow::Cow::Owned(line) => std::borrow::Cow::Owned(line.get(content_at..).unwrap_or_default().to_owned()),
    };
    entry.extracted.set("content", Value::Text(content.clone().into_owned()));
    entry.line = content;
    is_partial
}

fn read(line: &str) -> Option<CriLine<'_>> {
    let (time, rest) = line.split_once(' ')?;
    let (stream, rest) = rest.split_once(' ')?;
    let (flags, content) = rest.split_once(' ')?;
    let is_word = |text: &str| !text.is_empty() && !text.contains(char::is_whitespace);
    let is_line = matches!(stream, "stdout" | "stderr") && is_word(time) && is_word(flags);
    is_line.then_some(CriLine { time, stream, flags, content })
}
