//! Enrichment for whoever reads line by line: label sets that came before are found, not made.
//!
//! Invariant: bounded; when there is no room everything is forgotten and made anew.

use super::level::{DETECTED_LEVEL, Level, Told};
use super::{line_level, with_service_name};
use crate::limits::{ENRICHED_METADATA_REMEMBERED_MAX, ENRICHED_STREAMS_REMEMBERED_MAX};
use model::labels::Labels;
use std::collections::HashMap;

/// Remembers what it added to which labels. One per source; a set that comes again costs a look-up.
#[derive(Debug, Default)]
pub struct Enricher {
    streams: HashMap<Labels, Stream>,
    metadata: HashMap<(Labels, Told), Labels>,
}

/// A stream as it is stored, and what its labels say of the level.
#[derive(Clone, Debug)]
pub struct Stream {
    /// Its labels, with `service_name`.
    pub labels: Labels,
    /// What they tell of the level of its lines.
    pub told: Told,
}

impl Enricher {
    /// The stream that these labels name.
    pub fn stream(&mut self, labels: &Labels) -> Stream {
        if let Some(known) = self.streams.get(labels) {
            return known.clone();
        }
        if self.streams.len() >= ENRICHED_STREAMS_REMEMBERED_MAX {
            self.streams.clear();
        }
        let stream = Stream { labels: with_service_name(labels), told: Told::by_labels(labels) };
        self.streams.insert(labels.clone(), stream.clone());
        stream
    }

    /// The structured metadata of a line: its own, and its level.
    pub fn metadata(&mut self, told: &Told, own: &Labels, line: &str) -> Labels {
        let told = match told {
            Told::Nothing => Told::by_metadata(own),
            told => told.clone(),
        };
        let told = match told {
            Told::Nothing => Told::Level(line_level(line)),
            told => told,
        };
        match &told {
            Told::Level(level) if own.is_empty() => level.metadata().clone(),
            _ => self.with_level(own, told),
        }
    }

    fn with_level(&mut self, own: &Labels, told: Told) -> Labels {
        let key = (own.clone(), told);
        if let Some(known) = self.metadata.get(&key) {
            return known.clone();
        }
        if self.metadata.len() >= ENRICHED_METADATA_REMEMBERED_MAX {
            self.metadata.clear();
        }
        let made = with_level(own, &key.1);
        self.metadata.insert(key, made.clone());
        made
    }
}

/// Structured metadata with a level. One that holds a level already keeps it, in our spelling.
pub(crate) fn with_level(own: &Labels, told: &Told) -> Labels {
    let level = match (own.get(DETECTED_LEVEL), told) {
        (Some(own), _) => match Level::from_word(own) {
            Some(level) => level.as_str(),
            None => own,
        },
        (None, Told::Level(level)) => level.as_str(),
        (None, Told::Other(text)) => text,
        (None, Told::Nothing) => Level::Unknown.as_str(),
    };
    own.to_builder().set(DETECTED_LEVEL, level).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        Labels::from_pairs(pairs.iter().copied())
    }

    #[test]
    fn labels_tell_before_metadata_and_metadata_before_the_line() {
        let mut enricher = Enricher::default();
        let mut check = |stream: &[(&str, &str)], own: &[(&str, &str)], line: &str, expected: &[(&str, &str)]| {
            let stream = enricher.stream(&labels(stream));
            assert_eq!(enricher.metadata(&stream.told, &labels(own), line), labels(expected), "{line}");
        };
        check(&[("app", "a")], &[], "level=warn", &[("detected_level", "warn")]);
        check(&[("level", "Notice")], &[], "level=warn", &[("detected_level", "Notice")]);
        check(&[("level", "ERR")], &[("lvl", "info")], "", &[("detected_level", "error"), ("lvl", "info")]);
        check(&[], &[("lvl", "info")], "error", &[("detected_level", "info"), ("lvl", "info")]);
        check(&[], &[("stream", "stderr")], "error", &[("detected_level", "error"), ("stream", "stderr")]);
        check(&[], &[("stream", "stderr")], "fine", &[("detected_level", "unknown"), ("stream", "stderr")]);
        check(&[], &[("detected_level", "WRN")], "error", &[("detected_level", "warn")]);
        check(&[], &[("detected_level", "odd")], "error", &[("detected_level", "odd")]);
    }

    #[test]
    fn the_memory_is_bounded() {
        let mut enricher = Enricher::default();
        for number in 0..ENRICHED_METADATA_REMEMBERED_MAX * 2 {
            let own = labels(&[("trace_id", &number.to_string())]);
            let stream = enricher.stream(&own);
            assert_eq!(stream.labels.get("service_name"), Some("unknown_service"));
            assert_eq!(enricher.metadata(&stream.told, &own, "").len(), 2);
        }
        assert!(enricher.metadata.len() <= ENRICHED_METADATA_REMEMBERED_MAX);
        assert!(enricher.streams.len() <= ENRICHED_STREAMS_REMEMBERED_MAX);
    }
}
