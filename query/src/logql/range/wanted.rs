//! Which labels a metric query wants of its parsers: those that name its series, and those that its stages read.
//!
//! Invariant: where it is not known which labels a stage reads, all are wanted.

use super::Extract;
use super::keys::Keys;
use language::logql::ast::{LabelFilter, LabelFilterNode, LabelValue, LogRange, Stage, StageNode, Unwrap};
use language::logql::stage::entry::{ERROR, Entry, Wanted};

/// The stages that samples depend on: those that only change the line go where nothing reads it afterwards.
pub(super) fn stages<'r>(range: &'r LogRange, extract: &Extract) -> Vec<&'r Stage> {
    let mut line_is_read = matches!(extract, Extract::Bytes);
    let mut kept: Vec<&Stage> = Vec::with_capacity(range.log.stages.len());
    for stage in range.log.stages.iter().rev() {
        match stage.node {
            StageNode::LineFormat(_) | StageNode::Decolorize if !line_is_read => continue,
            StageNode::LineFilter(_)
            | StageNode::Json(_)
            | StageNode::Logfmt(_)
            | StageNode::Regexp(_)
            | StageNode::Pattern(_)
            | StageNode::Unpack
            | StageNode::LabelFormat(_) => line_is_read = true,
            _ => {}
        }
        kept.push(stage);
    }
    kept.reverse();
    kept
}

/// The labels that a range aggregation wants.
pub(super) fn wanted(keys: &Keys, stages: &[&Stage], unwrap: Option<&Unwrap>) -> Wanted {
    let Keys::By(groups) = keys else { return Wanted::All };
    let mut names = groups.clone();
    for stage in stages {
        if !stage_reads(stage, &mut names) {
            return Wanted::All;
        }
    }
    if let Some(unwrap) = unwrap {
        names.push(unwrap.label.clone());
        unwrap.filters.iter().for_each(|filter| filter_reads(filter, &mut names));
    }
    names.sort_unstable();
    names.dedup();
    Wanted::Only(names)
}

/// Whether the query asks for errors by name, so that one of a parser does not end it.
pub(super) fn asks_for_errors(wanted: &Wanted) -> bool {
    matches!(wanted, Wanted::Only(names) if names.iter().any(|name| name == ERROR))
}

/// Whether it was a parser that failed on an entry.
pub(super) fn is_of_parser(entry: &Entry<'_>) -> bool {
    matches!(entry.get(ERROR), Some("JSONParserErr" | "LogfmtParserErr"))
}

/// Adds the labels that a stage reads; not when they are unknown.
fn stage_reads(stage: &Stage, names: &mut Vec<String>) -> bool {
    match &stage.node {
        StageNode::LabelFilter(filter) => filter_reads(filter, names),
        StageNode::LabelFormat(formats) => {
            for format in formats {
                match &format.value {
                    LabelValue::Rename(source) => names.push(source.clone()),
                    LabelValue::Template(_) => return false,
                }
            }
        }
        StageNode::LineFormat(_) => return false,
        // What is taken away is of no use later on.
        StageNode::LineFilter(_)
        | StageNode::Json(_)
        | StageNode::Logfmt(_)
        | StageNode::Regexp(_)
        | StageNode::Pattern(_)
        | StageNode::Unpack
        | StageNode::Decolorize
        | StageNode::Drop(_)
        | StageNode::Keep(_) => {}
    }
    true
}

fn filter_reads(filter: &LabelFilter, names: &mut Vec<String>) {
    match &filter.node {
        LabelFilterNode::Text(matcher) => names.push(matcher.name().to_owned()),
        LabelFilterNode::Number(comparison) => names.push(comparison.label.clone()),
        LabelFilterNode::Duration(comparison) => names.push(comparison.label.clone()),
        LabelFilterNode::Bytes(comparison) => names.push(comparison.label.clone()),
        LabelFilterNode::Ip { label, .. } => names.push(label.clone()),
        LabelFilterNode::And(left, right) | LabelFilterNode::Or(left, right) => {
            filter_reads(left, names);
            filter_reads(right, names);
        }
    }
}
