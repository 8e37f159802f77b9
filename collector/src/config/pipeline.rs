//! `pipeline_stages` as written, with the stages of promtail 3.
//!
//! Invariant: every stage that promtail knows is here, so that one we do not support yet is told by name and is never
//! taken for a typing error, or ignored.

use crate::limits::PIPELINE_DEPTH_MAX;
use crate::pipeline::join::{Cri, Multiline, RawCri, RawMultiline};
use crate::pipeline::keep::{Drop, Limit, Match, RawDrop, RawLimit, RawMatch, RawSampling, Sampling};
use crate::pipeline::label::StructuredMetadata;
use crate::pipeline::label::{LabelAllow, LabelDrop, Labels, RawSources, RawStaticLabels, StaticLabels};
use crate::pipeline::line::{Output, Pack, RawOutput, RawPack, RawReplace, RawTemplate, Replace, TemplateStage};
use crate::pipeline::parse::{Json, Logfmt, RawJson, RawLogfmt, RawRegex, RegexStage};
use crate::pipeline::timestamp::{RawTimestamp, Timestamp};
use crate::pipeline::{Pipeline, Stage};
use serde::de::Deserializer;
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;
use settings::report::{Key, Report, Spot};
use settings::unsupported::Unsupported;

/// Stages as written; `None` when there are none.
pub(crate) type RawStages = Option<Vec<Spanned<RawStage>>>;

/// A stage as written: one of these keys.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RawStage {
    #[serde(skip_serializing_if = "Written::is_absent")]
    regex: Written<RawRegex>,
    #[serde(skip_serializing_if = "Written::is_absent")]
    json: Written<RawJson>,
    #[serde(skip_serializing_if = "Written::is_absent")]
    logfmt: Written<RawLogfmt>,
    #[serde(skip_serializing_if = "Written::is_absent")]
    cri: Written<RawCri>,
    #[serde(skip_serializing_if = "Written::is_absent")]
    docker: Written<RawDocker>,
    #[serde(skip_serializing_if = "Written::is_absent")]
    labels: Written<RawSources>,
    #[serde(skip_serializing_if = "Written::is_absent")]
    labeldrop: Written<Vec<String>>,
    #[serde(skip_serializing_if = "Written::is_absent")]
    labelallow: Written<Vec<String>>,
    #[serde(skip_serializing_if = "Written::is_absent")]
    static_labels: Written<RawStaticLabels>,
    #[serde(skip_serializing_if = "Written::is_absent")]
    structured_metadata: Written<RawSources>,
    #[serde(skip_serializing_if = "Written::is_absent")]
    timestamp: Written<RawTimestamp>,
    #[serde(skip_serializing_if = "Written::is_absent")]
    output: Written<RawOutput>,
    #[serde(skip_serializing_if = "Written::is_absent")]
    replace: Written<RawReplace>,
    #[serde(skip_serializing_if = "Written::is_absent")]
    template: Written<RawTemplate>,
    #[serde(skip_serializing_if = "Written::is_absent")]
    pack: Written<RawPack>,
    #[serde(skip_serializing_if = "Written::is_absent")]
    decolorize: Written<RawDecolorize>,
    #[serde(skip_serializing_if = "Written::is_absent")]
    multiline: Written<RawMultiline>,
    #[serde(skip_serializing_if = "Written::is_absent")]
    drop: Written<RawDrop>,
    #[serde(skip_serializing_if = "Written::is_absent")]
    limit: Written<RawLimit>,
    #[serde(skip_serializing_if = "Written::is_absent")]
    sampling: Written<RawSampling>,
    #[serde(rename = "match", skip_serializing_if = "Written::is_absent")]
    matching: Written<RawMatch>,
    #[serde(skip_serializing)]
    tenant: Unsupported,
    #[serde(skip_serializing)]
    metrics: Unsupported,
    #[serde(skip_serializing)]
    geoip: Unsupported,
    #[serde(skip_serializing)]
    eventlogmessage: Unsupported,
}

/// `docker`, which has no options.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct RawDocker {}

/// `decolorize`, which has no options.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct RawDecolorize {}

/// A key that may be written without a value. On the heap, so that stages of stages need little stack while they are
/// read.
#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Written<T>(Option<Box<Spanned<Option<T>>>>);

impl<T> Written<T> {
    fn is_absent(&self) -> bool {
        self.0.is_none()
    }
}

impl<T> Default for Written<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Written<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Spanned::deserialize(deserializer).map(|raw| Self(Some(Box::new(raw))))
    }
}

/// The stages of one list while they are read.
struct Reading<'a> {
    key: Key,
    report: &'a mut Report,
    stages: Vec<Stage>,
    /// How many of the keys of the stage that is read were written.
    keys: usize,
}

impl Reading<'_> {
    /// Reads a stage, if it was written.
    fn stage<T: Default>(
        &mut self,
        name: &str,
        raw: Written<T>,
        read: impl FnOnce(T, &Spot, &mut Report) -> Option<Stage>,
    ) {
        let Some(Spanned { value, referenced: place, .. }) = raw.0.map(|raw| *raw) else { return };
        self.keys += 1;
        let spot = Spot { key: self.key.field(name), place };
        self.stages.extend(read(value.unwrap_or_default(), &spot, self.report));
    }
}

/// Reads a pipeline; what is wrong is a finding, and the stage is left out.
pub(crate) fn read_pipeline(raw: RawStages, key: &Key, report: &mut Report) -> Pipeline {
    let written = raw.iter().flatten().filter_map(|stage| serde_json::to_value(&stage.value).ok()).collect();
    Pipeline::new(read_stages(raw, key, report).unwrap_or_default(), written)
}

/// The same for the stages of a stage; `None` when they nest too deep, which is then a finding.
pub(crate) fn read_stages(raw: RawStages, key: &Key, report: &mut Report) -> Option<Vec<Stage>> {
    let mut stages = Vec::new();
    for (index, Spanned { value: raw, referenced: place, .. }) in raw.into_iter().flatten().enumerate() {
        let key = key.index(index);
        if key.to_string().matches(".match.").count() >= PIPELINE_DEPTH_MAX {
            report.add(&key, place, format!("stages nest deeper than {PIPELINE_DEPTH_MAX} times"));
            return None;
        }
        let mut reading = Reading { key: key.clone(), report, stages: Vec::new(), keys: 0 };
        read_stage(raw, &mut reading);
        let Reading { stages: read, keys, .. } = reading;
        if keys != 1 {
            report.add(&key, place, format!("expected a stage of one key, got {keys}"));
        }
        stages.extend(read);
    }
    Some(stages)
}

fn read_stage(raw: RawStage, reading: &mut Reading<'_>) {
    let unsupported = [
        ("tenant", raw.tenant),
        ("metrics", raw.metrics),
        ("geoip", raw.geoip),
        ("eventlogmessage", raw.eventlogmessage),
    ];
    for (name, written) in unsupported {
        reading.keys += usize::from(written.is_written());
        written.refuse(name, &reading.key, reading.report);
    }
    reading.stage("regex", raw.regex, |raw, spot, report| RegexStage::read(raw, spot, report).map(Stage::Regex));
    reading.stage("json", raw.json, |raw, spot, report| Json::read(raw, spot, report).map(Stage::Json));
    reading.stage("logfmt", raw.logfmt, |raw, spot, report| Logfmt::read(raw, spot, report).map(Stage::Logfmt));
    reading.stage("cri", raw.cri, |raw, spot, report| Cri::read(raw, spot, report).map(Stage::Cri));
    reading.stage("labels", raw.labels, |raw, spot, report| Labels::read(raw, spot, report).map(Stage::Labels));
    reading.stage("labeldrop", raw.labeldrop, |raw, spot, report| {
        LabelDrop::read(raw, spot, report).map(Stage::LabelDrop)
    });
    reading.stage("labelallow", raw.labelallow, |raw, spot, report| {
        LabelAllow::read(raw, spot, report).map(Stage::LabelAllow)
    });
    reading.stage("static_labels", raw.static_labels, |raw, spot, report| {
        StaticLabels::read(raw, spot, report).map(Stage::StaticLabels)
    });
    reading.stage("structured_metadata", raw.structured_metadata, |raw, spot, report| {
        StructuredMetadata::read(raw, spot, report).map(Stage::StructuredMetadata)
    });
    reading.stage("timestamp", raw.timestamp, |raw, spot, report| {
        Timestamp::read(raw, spot, report).map(Stage::Timestamp)
    });
    reading.stage("output", raw.output, |raw, spot, report| Output::read(raw, spot, report).map(Stage::Output));
    reading.stage("replace", raw.replace, |raw, spot, report| Replace::read(raw, spot, report).map(Stage::Replace));
    reading.stage("template", raw.template, |raw, spot, report| {
        TemplateStage::read(raw, spot, report).map(Stage::Template)
    });
    reading.stage("pack", raw.pack, |raw, spot, report| Pack::read(raw, spot, report).map(Stage::Pack));
    reading.stage("decolorize", raw.decolorize, |_, _, _| Some(Stage::Decolorize));
    reading.stage("multiline", raw.multiline, |raw, spot, report| {
        Multiline::read(raw, spot, report).map(Stage::Multiline)
    });
    reading.stage("drop", raw.drop, |raw, spot, report| Drop::read(raw, spot, report).map(Stage::Drop));
    reading.stage("limit", raw.limit, |raw, spot, report| Limit::read(raw, spot, report).map(Stage::Limit));
    reading.stage("sampling", raw.sampling, |raw, spot, report| Sampling::read(raw, spot, report).map(Stage::Sampling));
    reading.stage("match", raw.matching, |raw, spot, report| Match::read(raw, spot, report).map(Stage::Match));
    if !raw.docker.is_absent() {
        reading.keys += 1;
        reading.stages.extend(docker());
    }
}

/// What `docker` stands for.
fn docker() -> [Stage; 4] {
    [
        Stage::Json(Json::docker()),
        Stage::Labels(Labels::of("stream")),
        Stage::Timestamp(Timestamp::rfc3339("timestamp")),
        Stage::Output(Output::of("output")),
    ]
}
