//! `/loki/api/v1/index/stats` and `/loki/api/v1/index/volume`: how much there is, without reading a line.

use super::encode::{refuse_large, success};
use super::given::Given;
use super::selectors;
use crate::error::{Failure, LokiFailure};
use crate::json::Json;
use crate::limits::{QUERY_MAX, VOLUMES_DEFAULT};
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
        let targets = targets.map(str::to_owned).collect();
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
        let volumes = self.sum(&matchers, &backends.logs.volume(&query)?);
        let spans: usize = volumes.iter().map(|volume| volume.bytes.len()).sum();
        refuse_large(volumes.iter().map(|volume| volume.name.bytes()).sum::<usize>() + spans * VOLUME_BYTES)?;
        Ok(success(&[], |json| {
            let kind = if self.step.is_some() { "matrix" } else { "vector" };
            json.raw("{\"resultType\":\"").raw(kind).raw("\",\"result\":");
            json.array(&volumes, |json, volume| self.write(json, volume)).raw("}");
        }))
    }

    /// The largest volumes, largest first, those of one size in the order of their names.
    fn sum(&self, matchers: &[Matcher], streams: &[StreamVolume]) -> Vec<Volume> {
        let named: BTreeSet<&str> = if self.targets.is_empty() {
            matchers.iter().map(Matcher::name).collect()
        } else {
            self.targets.iter().map(String::as_str).collect()
        };
        let mut sums: BTreeMap<Name, Vec<u64>> = BTreeMap::new();
        for stream in streams {
            // A target that the stream has not leaves it out, as if the selector asked for it.
            if self.targets.iter().any(|target| stream.labels.get(target).is_none()) {
                continue;
            }
            let shown = stream.labels.filtered(|name| named.is_empty() || named.contains(name));
            match self.by {
                By::Series => add(sums.entry(Name::Series(shown)).or_default(), &stream.bytes),
                By::Labels => shown
                    .iter()
                    .for_each(|(name, _)| add(sums.entry(Name::Label(name.to_owned())).or_default(), &stream.bytes)),
            }
        }
        let volumes = sums.into_iter().map(|(name, bytes)| Volume { total: bytes.iter().sum(), name, bytes });
        let mut volumes: Vec<Volume> = volumes.filter(|volume| volume.total > 0).collect();
        volumes.sort_by_cached_key(|volume| (Reverse(volume.total), volume.name.to_string()));
        volumes.truncate(self.limit);
        volumes
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

fn add(sum: &mut Vec<u64>, bytes: &[u64]) {
    if sum.len() < bytes.len() {
        sum.resize(bytes.len(), 0);
    }
    sum.iter_mut().zip(bytes).for_each(|(sum, bytes)| *sum += bytes);
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
