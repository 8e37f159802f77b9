//! `multiline`: lines up to the next first line become one entry, with the labels and the time of its first line.
//!
//! Invariant: lines of one stream keep their order. Lines before the first first line of a stream pass as they are.
//! A block ends with the next first line, at its number of lines, at a bound of bytes, and when nothing came for long
//! enough.

use crate::limits::{LINE_BYTES_MAX, PIPELINE_STREAMS_MAX};
use crate::pipeline::Entry;
use crate::pipeline::keep::duration;
use model::labels::Labels;
use model::time::Nanos;
use regex::Regex;
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;
use settings::report::{Report, Spot};
use std::collections::HashMap;
use std::time::Duration;

const MAX_LINES_DEFAULT: u64 = 128;
const MAX_WAIT_DEFAULT: Duration = Duration::from_secs(3);

/// As written.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RawMultiline {
    #[serde(skip_serializing_if = "Option::is_none")]
    firstline: Option<Spanned<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_lines: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_wait_time: Option<Spanned<String>>,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Multiline {
    first_line: Regex,
    max_lines: u64,
    max_wait: Duration,
}

/// The blocks that are not complete, by their streams' labels.
#[derive(Debug, Default)]
pub(crate) struct MultilineMemory {
    blocks: HashMap<Labels, Block>,
}

#[derive(Debug)]
struct Block {
    /// The first line that began it; its text is not kept here.
    first: Entry<'static>,
    text: String,
    /// Lines in `text`; none after the block was let go of, until another line comes.
    lines: u64,
    last_came: Nanos,
}

impl Multiline {
    pub(crate) fn read(raw: RawMultiline, spot: &Spot, report: &mut Report) -> Option<Self> {
        let first_line = spot.read(report, "firstline", raw.firstline, |text| model::regexp::compile(&text)).ok()?;
        let max_wait = spot.read(report, "max_wait_time", raw.max_wait_time, |text| duration(&text)).ok()?;
        let Some(first_line) = first_line else { return spot.refuse(report, "firstline is required") };
        Some(Self {
            first_line,
            max_lines: raw.max_lines.unwrap_or(MAX_LINES_DEFAULT),
            max_wait: max_wait.unwrap_or(MAX_WAIT_DEFAULT),
        })
    }

    /// `None` lets the entry go on as it is; else these go on in its stead.
    pub(crate) fn apply(
        &self,
        entry: &mut Entry<'_>,
        memory: &mut MultilineMemory,
        now: Nanos,
    ) -> Option<Vec<Entry<'static>>> {
        let key = entry.labels.finish();
        let is_first = self.first_line.is_match(&entry.line);
        let mut let_go = Vec::new();
        if !memory.blocks.contains_key(&key) {
            // Streams beyond the bound are not joined.
            if !is_first || memory.blocks.len() >= PIPELINE_STREAMS_MAX {
                return None;
            }
            memory.blocks.insert(key.clone(), Block::new(entry, now));
        }
        let block = memory.blocks.get_mut(&key)?;
        // A block that is due ends although no one has looked after it meanwhile.
        if is_first || block.is_due(self, now) || block.text.len() + entry.line.len() >= LINE_BYTES_MAX {
            let_go.extend(block.take());
        }
        block.add(entry, is_first, now);
        if block.lines == self.max_lines {
            let_go.extend(block.take());
        }
        Some(let_go)
    }

    /// The blocks for which nothing came for long enough, oldest first.
    pub(crate) fn take_due(&self, memory: &mut MultilineMemory, now: Nanos) -> Vec<Entry<'static>> {
        memory.take(|block| block.is_due(self, now))
    }
}

impl MultilineMemory {
    /// Where the oldest line that is held starts.
    pub(crate) fn held_from(&self) -> Option<u64> {
        self.blocks.values().filter(|block| block.lines > 0).map(|block| block.first.span.start).min()
    }

    /// All blocks, oldest first.
    pub(crate) fn take_all(&mut self) -> Vec<Entry<'static>> {
        self.take(|_| true)
    }

    fn take(&mut self, chosen: impl Fn(&Block) -> bool) -> Vec<Entry<'static>> {
        let blocks = self.blocks.values_mut().filter(|block| chosen(block));
        let mut entries: Vec<_> = blocks.filter_map(Block::take).collect();
        entries.sort_by_key(|entry| entry.span.start);
        entries
    }
}

impl Block {
    fn new(entry: &Entry<'_>, now: Nanos) -> Self {
        let mut first = entry.clone();
        first.line = String::new().into();
        Self { first: first.into_owned(), text: String::new(), lines: 0, last_came: now }
    }

    fn is_due(&self, stage: &Multiline, now: Nanos) -> bool {
        self.lines > 0 && now >= self.last_came.plus(stage.max_wait)
    }

    fn add(&mut self, entry: &mut Entry<'_>, is_first: bool, now: Nanos) {
        if is_first {
            *self = Self::new(entry, now);
        }
        if self.lines == 0 {
            self.first.span.start = entry.span.start;
        } else {
            self.text.push('\n');
        }
        self.text.push_str(&entry.line);
        self.lines += 1;
        self.first.span.end = entry.span.end;
        self.last_came = now;
    }

    /// The block so far; what comes next is taken to belong to the same first line.
    fn take(&mut self) -> Option<Entry<'static>> {
        if self.lines == 0 {
            return None;
        }
        self.lines = 0;
        let mut entry = self.first.clone();
        entry.line = std::mem::take(&mut self.text).into();
        Some(entry)
    }
}
