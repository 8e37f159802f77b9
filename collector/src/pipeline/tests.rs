//! What pipelines make of lines. Each case is a config as promtail reads it and lines that go through it.

mod hold;
mod refuse;
mod stages;

use super::*;
use crate::config::pipeline::{RawStages, read_pipeline};
use model::labels::Labels;
use serde::Deserialize;
use settings::report::{Key, Report};

/// 2026-01-01T00:00:05Z, when every line is read.
pub(super) const NOW: Nanos = Nanos(1_767_225_605_000_000_000);

#[derive(Deserialize)]
struct Written {
    pipeline_stages: RawStages,
}

/// The pipeline of a config, or its findings as `line: key: what`.
pub(super) fn read(stages: &str) -> Result<Pipeline, Vec<String>> {
    let text = format!("pipeline_stages:\n{stages}");
    let written: Written = serde_saphyr::from_str(&text).map_err(|error| vec![error.to_string()])?;
    let mut report = Report::new("f".to_owned());
    let pipeline = read_pipeline(written.pipeline_stages, &Key::root("s"), &mut report);
    report.finish(pipeline).map_err(|findings| {
        findings.iter().map(|finding| format!("{}: {}: {}", finding.place.line, finding.key, finding.what)).collect()
    })
}

/// A source that goes through a pipeline.
pub(super) struct Source {
    pipeline: Pipeline,
    pub(super) state: PipelineState,
    at: u64,
    pub(super) now: Nanos,
}

impl Source {
    pub(super) fn new(stages: &str) -> Self {
        let pipeline = read(stages).expect("a pipeline");
        Self { state: pipeline.new_state(), pipeline, at: 0, now: NOW }
    }

    /// Sends a line of the stream `{app="a"}`; what comes out.
    pub(super) fn send(&mut self, line: &str) -> Vec<Entry<'static>> {
        let labels = Labels::from_pairs([("app", "a")]);
        let start = self.at;
        self.at += line.len() as u64 + 1;
        let entry = Entry::new(line, NOW, &labels, Span { start, end: self.at });
        let mut came = Vec::new();
        self.pipeline.process(&mut self.state, entry, self.now, &mut |entry| came.push(entry.into_owned()));
        came
    }

    pub(super) fn flush_due(&mut self) -> Vec<Entry<'static>> {
        let mut came = Vec::new();
        self.pipeline.flush_due(&mut self.state, self.now, &mut |entry| came.push(entry.into_owned()));
        came
    }

    pub(super) fn flush_all(&mut self) -> Vec<Entry<'static>> {
        let mut came = Vec::new();
        self.pipeline.flush_all(&mut self.state, self.now, &mut |entry| came.push(entry.into_owned()));
        came
    }
}

/// An entry as text: labels, time when it is not the time of reading, line, structured metadata when there is some.
pub(super) fn shown(entry: &Entry<'_>) -> String {
    let mut text = entry.labels.finish().to_string();
    if entry.timestamp != NOW {
        text.push_str(&format!(" {}", model::rfc3339::format(entry.timestamp)));
    }
    text.push_str(&format!(" {}", entry.line));
    let metadata = entry.metadata.finish();
    if !metadata.is_empty() {
        text.push_str(&format!(" {metadata}"));
    }
    text
}

pub(super) fn all_shown(entries: &[Entry<'_>]) -> Vec<String> {
    entries.iter().map(shown).collect()
}
