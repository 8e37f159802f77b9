//! `match`: stages for the lines that a LogQL selector with line filters selects, or their end.
//!
//! Invariant: a line that is not selected is not touched.

use super::reason;
use crate::config::pipeline::{RawStages, read_stages};
use crate::pipeline::{Entry, Stage};
use language::logql::ast::StageNode;
use language::logql::line_filter::LineFilter;
use language::logql::parse_log;
use model::matcher::Matcher;
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;
use settings::report::{Report, Spot};
use std::sync::Arc;

/// As written.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RawMatch {
    #[serde(skip_serializing_if = "Option::is_none")]
    selector: Option<Spanned<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stages: RawStages,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<Spanned<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pipeline_name: Option<Spanned<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    drop_counter_reason: Option<String>,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Match {
    matchers: Vec<Matcher>,
    filters: Vec<LineFilter>,
    action: Action,
}

#[derive(Debug)]
enum Action {
    Keep(Vec<Stage>),
    Drop(Arc<str>),
}

/// What becomes of a line.
pub(crate) enum Selected<'l> {
    /// It goes on as it is.
    No,
    /// It goes through the stages.
    Yes,
    /// It is dropped for this reason.
    Dropped(&'l Arc<str>),
}

/// What the config says is to be done.
#[derive(Clone, Copy)]
enum Wanted {
    Keep,
    Drop,
}

impl Match {
    pub(crate) fn read(raw: RawMatch, spot: &Spot, report: &mut Report) -> Option<Self> {
        let name = spot.read(report, "pipeline_name", raw.pipeline_name, |name| match name.is_empty() {
            true => Err("may be left out, but not be empty"),
            false => Ok(name),
        });
        name.ok()?;
        let wanted = spot.read(report, "action", raw.action, |action| match action.as_str() {
            "" | "keep" => Ok(Wanted::Keep),
            "drop" => Ok(Wanted::Drop),
            other => Err(format!("expected keep or drop, got {other}")),
        });
        let has_stages = raw.stages.as_ref().is_some_and(|stages| !stages.is_empty());
        let action = match (wanted.ok()?.unwrap_or(Wanted::Keep), has_stages) {
            (Wanted::Keep, true) => Action::Keep(read_stages(raw.stages, &spot.key.field("stages"), report)?),
            (Wanted::Keep, false) => return spot.refuse(report, "at least one stage is required"),
            (Wanted::Drop, false) => Action::Drop(reason(raw.drop_counter_reason, "match_stage")),
            (Wanted::Drop, true) => return spot.refuse(report, "stages have no meaning where lines are dropped"),
        };
        let selection = spot.read(report, "selector", raw.selector, |text| selection(&text)).ok()?;
        let Some((matchers, filters)) = selection else { return spot.refuse(report, "selector is required") };
        Some(Self { matchers, filters, action })
    }

    /// The stages for selected lines; none when those are dropped.
    pub(crate) fn stages(&self) -> &[Stage] {
        match &self.action {
            Action::Keep(stages) => stages,
            Action::Drop(_) => &[],
        }
    }

    /// What becomes of a line.
    pub(crate) fn selects(&self, entry: &Entry<'_>) -> Selected<'_> {
        let label = |matcher: &Matcher| matcher.matches(entry.labels.get(matcher.name()).unwrap_or_default());
        if !self.matchers.iter().all(label) || !self.filters.iter().all(|filter| filter.keeps(&entry.line)) {
            return Selected::No;
        }
        match &self.action {
            Action::Keep(_) => Selected::Yes,
            Action::Drop(reason) => Selected::Dropped(reason),
        }
    }
}

fn selection(text: &str) -> Result<(Vec<Matcher>, Vec<LineFilter>), String> {
    let log = parse_log(text).map_err(|error| error.to_string())?;
    let mut filters = Vec::new();
    for stage in &log.stages {
        let StageNode::LineFilter(filter) = &stage.node else {
            return Err(format!("expected a selector with line filters only, got {text}"));
        };
        filters.push(LineFilter::new(filter)?);
    }
    Ok((log.selector.matchers, filters))
}
