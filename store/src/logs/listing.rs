//! Questions about streams rather than lines.
//!
//! Invariant: nothing here reads a line; chunks are judged by what their headers say.

mod volume;

pub(super) use volume::Extent;

use super::head::Buffer;
use super::limits::LISTING_BYTES_MAX;
use super::part::ChunkHeader;
use super::parts::Parts;
use super::view::View;
use crate::metrics::{Listing, RawHash, TRUNCATED, canceled};
use crate::{Error, ErrorKind};
use model::cancel::Cancel;
use model::labels::Labels;
use model::matcher::Matcher;
use model::time::LogRange;
use std::collections::{BTreeSet, HashSet};
use std::time::Duration;
use volume::Volumes;

/// Streams looked at between two looks at the cancel flag.
const LOOKED_AT_ONCE: usize = 1024;

/// Asks for streams.
#[derive(Clone, Copy, Debug)]
pub struct StreamQuery<'a> {
    /// Streams that pass every matcher of any of these sets count. Empty: all streams.
    pub matcher_sets: &'a [Vec<Matcher>],
    /// Only streams that may have entries inside it count.
    pub range: LogRange,
    /// The most values to return; 0 is no limit. Beyond it the rest is left out with a warning.
    pub limit: usize,
    /// Asked between parts and every few thousand streams.
    pub cancel: &'a Cancel,
}

/// What a selector would go over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogStats {
    /// Streams.
    pub streams: u64,
    /// Chunks, an unsealed stream's head counting as one.
    pub chunks: u64,
    /// Bytes of lines, uncompressed.
    pub bytes: u64,
    /// Lines.
    pub entries: u64,
}

/// Asks for bytes over time.
#[derive(Clone, Copy, Debug)]
pub struct VolumeQuery<'a> {
    /// Streams that pass every matcher count.
    pub matchers: &'a [Matcher],
    /// Which time.
    pub range: LogRange,
    /// The length of the spans, the first beginning at the start of the range; `None` for one span over the range.
    pub step: Option<Duration>,
    /// Asked every few thousand chunks.
    pub cancel: &'a Cancel,
}

/// Bytes of one stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamVolume {
    /// Which stream.
    pub labels: Labels,
    /// Bytes of lines per span; a chunk that reaches over spans is shared out by time.
    pub bytes: Vec<u64>,
}

/// Streams, ascending, and warnings.
pub(super) type Listed = (BTreeSet<Labels>, Vec<String>);

/// The streams that a query names.
pub(super) fn streams(view: &View, parts: &Parts, query: &StreamQuery<'_>) -> Result<Listed, Error> {
    let mut found = Found::default();
    each_stream(view, parts, query.range, query.cancel, &mut |labels, counted| match counted {
        Counted::Head(buffer) if !buffer.overlaps(query.range) => Ok(()),
        _ if !query.names(labels) => Ok(()),
        _ => found.add(labels),
    })
    .map(|warnings| found.warnings.extend(warnings))?;
    Ok((found.streams.into_iter().collect(), found.warnings))
}

/// What a selector would go over.
pub(super) fn stats(view: &View, parts: &Parts, query: &StreamQuery<'_>) -> Result<LogStats, Error> {
    let mut found = Found::default();
    let mut stats = LogStats::default();
    each_stream(view, parts, query.range, query.cancel, &mut |labels, counted| {
        if !query.names(labels) {
            return Ok(());
        }
        match counted {
            Counted::Head(buffer) if buffer.overlaps(query.range) => {
                stats.chunks += 1;
                stats.bytes += buffer.text_bytes() as u64;
                stats.entries += buffer.entries() as u64;
            }
            Counted::Head(_) => return Ok(()),
            Counted::Part(headers) => {
                for header in headers {
                    stats.chunks += 1;
                    stats.bytes += u64::from(header.line_bytes);
                    stats.entries += u64::from(header.entries);
                }
            }
        }
        found.add(labels)
    })?;
    stats.streams = found.streams.len() as u64;
    Ok(stats)
}

/// Bytes of lines per stream and span; what is not retained counts for nothing.
pub(super) fn volume(
    view: &View,
    parts: &Parts,
    query: &VolumeQuery<'_>,
    retained: LogRange,
) -> Result<Vec<StreamVolume>, Error> {
    let mut volumes = Volumes::new(query, retained)?;
    each_stream(view, parts, retained, query.cancel, &mut |labels, counted| {
        if !query.matchers.iter().all(|matcher| matcher.matches_labels(labels)) {
            return Ok(());
        }
        match counted {
            Counted::Head(buffer) => buffer.extents().into_iter().try_for_each(|extent| volumes.add(labels, extent)),
            Counted::Part(headers) => {
                for header in headers {
                    let bounds = (header.min.0, header.max.0);
                    volumes.add(labels, Extent { bounds, bytes: u64::from(header.line_bytes) })?;
                }
                Ok(())
            }
        }
    })?;
    Ok(volumes.finish())
}

/// What is counted of one stream in one place.
enum Counted<'a> {
    /// All entries that a head has of it.
    Head(&'a Buffer),
    /// The headers of its chunks in one part that may have entries inside; at least one.
    Part(&'a mut dyn Iterator<Item = &'a ChunkHeader>),
}

/// Calls `each` with every stream of every head and part; what to tell the user.
fn each_stream(
    view: &View,
    parts: &Parts,
    range: LogRange,
    cancel: &Cancel,
    each: &mut dyn FnMut(&Labels, Counted<'_>) -> Result<(), Error>,
) -> Result<Vec<String>, Error> {
    let mut warnings = Vec::new();
    let mut seen = 0_usize;
    let mut check = || {
        seen += 1;
        if seen.is_multiple_of(LOOKED_AT_ONCE) { cancel.check().map_err(canceled) } else { Ok(()) }
    };
    for stream in view.heads().flat_map(|head| head.all()) {
        check()?;
        each(&stream.labels, Counted::Head(&stream.buffer()))?;
    }
    let tick = parts.tick();
    for part in view.parts.iter().filter(|part| part.part.overlaps(range)) {
        cancel.check().map_err(canceled)?;
        let table = match part.part.table(tick) {
            Ok(table) => table,
            Err(error) if error.kind() == ErrorKind::Corrupt => {
                warnings.push(part.note_unreadable(&error));
                continue;
            }
            Err(error) => return Err(error),
        };
        for (number, labels) in table.streams().iter().enumerate() {
            check()?;
            let chunks = table.chunks_within(number, range);
            if !chunks.is_empty() {
                each(labels, Counted::Part(&mut chunks.filter_map(|chunk| table.header(chunk))))?;
            }
        }
    }
    Parts::trim(&view.parts);
    Ok(warnings)
}

/// Names or values that some streams have, ascending.
pub(super) fn texts<'a>(streams: &'a Listed, limit: usize, texts: impl Fn(&'a Labels) -> Vec<&'a str>) -> Listing {
    let values: BTreeSet<&str> = streams.0.iter().flat_map(texts).collect();
    let limit = if limit == 0 { usize::MAX } else { limit };
    let mut warnings = streams.1.clone();
    if values.len() > limit {
        warnings.push(TRUNCATED.to_owned());
    }
    Listing { values: values.into_iter().take(limit).map(str::to_owned).collect(), warnings }
}

impl StreamQuery<'_> {
    fn names(&self, labels: &Labels) -> bool {
        let passes = |set: &Vec<Matcher>| set.iter().all(|matcher| matcher.matches_labels(labels));
        self.matcher_sets.is_empty() || self.matcher_sets.iter().any(passes)
    }
}

/// Streams found so far.
#[derive(Debug, Default)]
struct Found {
    streams: HashSet<Labels, RawHash>,
    bytes: usize,
    warnings: Vec<String>,
}

impl Found {
    fn add(&mut self, labels: &Labels) -> Result<(), Error> {
        if self.streams.insert(labels.clone()) {
            self.bytes += labels.as_raw().len() + size_of::<Labels>();
        }
        if self.bytes > LISTING_BYTES_MAX {
            let context = format!("listing holds over {LISTING_BYTES_MAX} bytes of labels, ask for fewer streams");
            return Err(Error::new(ErrorKind::Limit, context));
        }
        Ok(())
    }
}
