//! `/loki/api/v1/index/stats` and `/loki/api/v1/index/volume`: how much there is, without reading a line.

use super::encode::{refuse_large, success};
use super::given::Given;
use super::selectors;
use crate::error::{ErrorKind, Failure, LokiFailure};
use crate::json::Json;
use crate::limits::{LISTING_BYTES_MAX, QUERY_MAX, TARGET_LABELS_MAX, VOLUMES_DEFAULT};
use crate::state::{Backends, Front};
use axum::Extension;
use axum::extract::State;
use model::cancel::Cancel;
use model::labels::Labels;
use model::matcher::Matcher;
use model::time::{LogRange, Nanos};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use store::logs::{StreamQuery, StreamVolume, VolumeQuery};

/// Bytes that a volume takes in the answer beside its labels, about.
const VOLUME_BYTES: usize = 64;

pub(super) async fn stats(
    State(front): State<Front>,
    Extension(backends): Extension<Arc<Backends>>,
    given: Given,
) -> Result<Json, LokiFailure> {
    let range = given.range()?;
    given.query()?;
    let work = move |cancel: &Cancel| {
        let matcher_sets = selectors::query_set(&given)?;
        let stats = backends.logs.stats(&StreamQuery { matcher_sets: &matcher_sets, range, limit: 0, cancel })?;
        let mut json = Json::new();
        json.raw("{\"streams\":").digits(stats.streams).raw(",\"chunks\":").digits(stats.chunks);
        json.raw(",\"bytes\":").digits(stats.bytes).raw(",\"entries\":").digits(stats.entries).raw("}");
        Ok(json)
    };
    Ok(front.compute(QUERY_MAX, work).await?)
}

pub(super) async fn volume(
    State(front): State<Front>,
    Extension(backends): Extension<Arc<Backends>>,
    given: Given,
) -> Result<Json, LokiFailure> {
    let asked = Asked::read(&given, None)?;
    Ok(front.compute(QUERY_MAX, move |cancel| asked.answer(&given, &backends, cancel)).await?)
}

pub(super) async fn volume_range(
    State(front): State<Front>,
    Extension(backends): Extension<Arc<Backends>>,
    given: Given,
) -> Result<Json, LokiFailure> {
    let step = given.step(given.range()?)?;
    let asked = Asked::read(&given, Some(step))?;
    Ok(front.compute(QUERY_MAX, move |cancel| asked.answer(&given, &backends, cancel)).await?)
}

/// What a question for volumes is besides its selector.
struct Asked {
    range: LogRange,
    /// The length of the spans; `None` for one over the range.
    step: Option<Duration>,
    limit: usize,
    /// Labels to show; empty for those that the selector names.
    targets: BTreeSet<String>,
    by: By,
}

/// What is summed up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    /// Streams that agree in the labels that are shown.
    Series,
    /// Streams that have a label, whatever its value.
    Labels,
}

impl Asked {
    fn read(given: &Given, step: Option<Duration>) -> Result<Self, Failure> {
        given.query()?;
        let range = given.range()?;
        let limit = given.positive("limit", VOLUMES_DEFAULT)?;
        let targets = given.parameters().first("targetLabels").split(',').filter(|name| !name.is_empty());
        let targets: BTreeSet<String> = targets.take(TARGET_LABELS_MAX + 1).map(str::to_owned).collect();
        if targets.len() > TARGET_LABELS_MAX {
            return Err(Failure::bad_data(format!("more than {TARGET_LABELS_MAX} targetLabels")));
        }
        let by = match given.parameters().first("aggregateBy") {
            "" | "series" => By::Series,
            "labels" => By::Labels,
            _ => return Err(Failure::bad_data("invalid aggregation option")),
        };
        Ok(Self { range, step, limit, targets, by })
    }

    fn answer(&self, given: &Given, backends: &Backends, cancel: &Cancel) -> Result<Json, Failure> {
        let matchers = selectors::query(given)?;
        let query = VolumeQuery { matchers: &matchers, range: self.range, step: self.step, cancel };
        let volumes = self.sum(&matchers, &backends.logs.volume(&query)?, cancel)?;
        let spans: usize = volumes.iter().map(|volume| volume.bytes.len()).sum();
        refuse_large(volumes.iter().map(|volume| volume.name.bytes()).sum::<usize>() + spans * VOLUME_BYTES)?;
        Ok(success(&[], |json| {
            let kind = if self.step.is_some() { "matrix" } else { "vector" };
            json.raw("{\"resultType\":\"").raw(kind).raw("\",\"result\":");
            json.array(&volumes, |json, volume| self.write(json, volume)).raw("}");
        }))
    }

    /// The largest volumes, largest first, those of one size in the order of their names.
    fn sum(&self, matchers: &[Matcher], streams: &[StreamVolume], cancel: &Cancel) -> Result<Vec<Volume>, Failure> {
        let named: BTreeSet<&str> = if self.targets.is_empty() {
            matchers.iter().map(Matcher::name).collect()
        } else {
            self.targets.iter().map(String::as_str).collect()
        };
        let mut sums = Sums::default();
        for stream in streams {
            cancel.check().map_err(|reason| Failure::from(query::Error::from(reason)))?;
            // A target that the stream has not leaves it out, as if the selector asked for it.
            if self.targets.iter().any(|target| stream.labels.get(target).is_none()) {
                continue;
            }
            let shown = stream.labels.filtered(|name| named.is_empty() || named.contains(name));
            match self.by {
                By::Series => sums.add(Name::Series(shown), &stream.bytes)?,
                By::Labels => {
                    for (name, _) in shown.iter() {
                        sums.add(Name::Label(name.to_owned()), &stream.bytes)?;
                    }
                }
            }
        }
        let volumes = sums.by_name.into_iter().map(|(name, bytes)| Volume { total: bytes.iter().sum(), name, bytes });
        let mut volumes: Vec<Volume> = volumes.filter(|volume| volume.total > 0).collect();
        volumes.sort_by_cached_key(|volume| (Reverse(volume.total), volume.name.to_string()));
        volumes.truncate(self.limit);
        Ok(volumes)
    }

    fn write(&self, json: &mut Json, volume: &Volume) {
        json.raw("{\"metric\":");
        match &volume.name {
            Name::Series(labels) => _ = json.labels(labels),
            Name::Label(name) => _ = json.raw("{").text(name).raw(":\"\"}"),
        }
        match self.step {
            None => {
                json.raw(",\"value\":");
                write_bytes(json, self.range.end, volume.total);
            }
            Some(step) => {
                let start =
                    |span: usize| self.range.start.plus(step.saturating_mul(u32::try_from(span).unwrap_or(u32::MAX)));
                let filled = volume.bytes.iter().enumerate().filter(|(_, bytes)| **bytes > 0);
                json.raw(",\"values\":").array(filled, |json, (span, bytes)| write_bytes(json, start(span), *bytes));
            }
        }
        json.raw("}");
    }
}

/// Bytes summed up so far.
#[derive(Default)]
struct Sums {
    by_name: BTreeMap<Name, Vec<u64>>,
    /// Bytes of memory, about.
    held: u64,
}

impl Sums {
    /// Adds a stream's bytes to those of its name. Streams have many labels, so that names may be far more than streams.
    fn add(&mut self, name: Name, bytes: &[u64]) -> Result<(), Failure> {
        if let Some(sum) = self.by_name.get_mut(&name) {
            sum.iter_mut().zip(bytes).for_each(|(sum, bytes)| *sum += bytes);
            return Ok(());
        }
        self.held += (name.bytes() + size_of_val(bytes)) as u64;
        if self.held > LISTING_BYTES_MAX {
            let what = format!("volumes take over {LISTING_BYTES_MAX} bytes, ask for fewer streams, labels or spans");
            return Err(Failure::new(ErrorKind::Execution, what));
        }
        self.by_name.insert(name, bytes.to_vec());
        Ok(())
    }
}

fn write_bytes(json: &mut Json, at: Nanos, bytes: u64) {
    json.raw("[").seconds(at.to_millis()).raw(",\"").digits(bytes).raw("\"]");
}

/// Bytes of what has one name.
struct Volume {
    name: Name,
    /// Per span.
    bytes: Vec<u64>,
    total: u64,
}

/// What bytes are summed up under.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    Series(Labels),
    Label(String),
}

impl Name {
    /// Bytes that it takes in the answer, about.
    fn bytes(&self) -> usize {
        match self {
            Self::Series(labels) => super::encode::labels_bytes(labels),
            Self::Label(name) => name.len() + VOLUME_BYTES,
        }
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Series(labels) => labels.fmt(f),
            Self::Label(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_bounded_by_what_they_take() {
        let mut sums = Sums::default();
        let bytes = vec![1; 10_000];
        let refused = (0..10_000).find_map(|number| sums.add(Name::Label(number.to_string()), &bytes).err());
        assert_eq!(refused.expect("refused").kind, ErrorKind::Execution);
        let again = Name::Label("0".to_owned());
        assert_eq!(sums.add(again.clone(), &bytes), Ok(()), "what is there takes nothing more");
        assert_eq!(sums.by_name.get(&again).and_then(|sum| sum.first()), Some(&2));
    }
}
