//! Questions about labels and exemplars rather than samples.

use super::append::Exemplar;
use super::block::Block;
use super::blocks::Blocks;
use super::head::Head;
use super::postings::MemoryPostings;
use super::select::{TRUNCATED, canceled};
use super::series::Series;
use crate::Error;
use model::cancel::Cancel;
use model::labels::Labels;
use model::matcher::Matcher;
use model::time::MetricRange;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

/// Series looked at between two looks at the cancel flag.
const LOOKED_AT_ONCE: usize = 1024;

/// Asks for label names or values.
#[derive(Clone, Copy, Debug)]
pub struct LabelQuery<'a> {
    /// Series that pass every matcher of any of these sets count. Empty: all series.
    pub matcher_sets: &'a [Vec<Matcher>],
    /// Only series that may have samples inside it count; the store may answer for whole blocks.
    pub range: MetricRange,
    /// The most values to return; 0 is no limit. Beyond it the rest is left out with a warning.
    pub limit: usize,
    /// Asked between blocks and every few thousand series.
    pub cancel: &'a Cancel,
}

/// Label names or values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Ascending, each once.
    pub values: Vec<String>,
    /// What the caller should tell the user.
    pub warnings: Vec<String>,
}

/// Asks for exemplars.
#[derive(Clone, Copy, Debug)]
pub struct ExemplarQuery<'a> {
    /// Series that pass every matcher of any of these sets count.
    pub matcher_sets: &'a [Vec<Matcher>],
    /// Exemplars inside it are returned.
    pub range: MetricRange,
    /// Asked every few thousand exemplars.
    pub cancel: &'a Cancel,
}

/// The exemplars of one series.
#[derive(Clone, Debug)]
pub struct SeriesExemplars {
    /// Which series.
    pub labels: Labels,
    /// Ascending by time.
    pub exemplars: Vec<Exemplar>,
}

/// What is listed of each series.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Listed<'a> {
    /// The names of its labels.
    Names,
    /// Its value of one label.
    Values(&'a str),
}

/// Collects from the head.
pub(crate) fn collect_head(
    head: &Head,
    listed: Listed<'_>,
    query: &LabelQuery<'_>,
    into: &mut BTreeSet<String>,
) -> Result<(), Error> {
    let within = query.range.start.0..query.range.end.0;
    if query.matcher_sets.is_empty() && covers(head, &within) {
        collect_index(&head.postings(), listed, into);
        return Ok(());
    }
    if query.matcher_sets.is_empty() {
        return collect_series(&head.all(), &within, listed, query, into);
    }
    for matchers in query.matcher_sets {
        collect_series(&head.find(matchers), &within, listed, query, into)?;
    }
    Ok(())
}

/// Whether the newest sample of the head lies inside: then asking every series for its bounds would only drop those
/// that are about to leave the head anyway.
fn covers(head: &Head, within: &Range<i64>) -> bool {
    within.contains(&head.newest())
}

fn collect_index(postings: &MemoryPostings, listed: Listed<'_>, into: &mut BTreeSet<String>) {
    match listed {
        Listed::Names => into.extend(postings.names().map(str::to_owned)),
        Listed::Values(name) => into.extend(postings.values(name).map(|(value, _)| value.to_owned())),
    }
}

fn collect_series(
    series: &[Arc<Series>],
    within: &Range<i64>,
    listed: Listed<'_>,
    query: &LabelQuery<'_>,
    into: &mut BTreeSet<String>,
) -> Result<(), Error> {
    for series in series.chunks(LOOKED_AT_ONCE) {
        query.cancel.check().map_err(canceled)?;
        for series in series.iter().filter(|series| Head::overlaps(series, within)) {
            series.labels.iter().for_each(|(name, value)| collect_pair(name, value, listed, into));
        }
    }
    Ok(())
}

fn collect_pair(name: &str, value: &str, listed: Listed<'_>, into: &mut BTreeSet<String>) {
    let text = match listed {
        Listed::Names => name,
        Listed::Values(wanted) if wanted == name => value,
        Listed::Values(_) => return,
    };
    if !into.contains(text) {
        into.insert(text.to_owned());
    }
}

/// Collects from the blocks. Values of a block that lies inside as a whole come from its index alone.
pub(crate) fn collect_blocks(
    blocks: &Blocks,
    listed: Listed<'_>,
    query: &LabelQuery<'_>,
    collected: &mut Collected,
) -> Result<(), Error> {
    let within = query.range.start.0..query.range.end.0;
    let list = blocks.list();
    for block in list.iter().filter(|block| block.overlaps(&within)) {
        query.cancel.check().map_err(canceled)?;
        let Some(index) = blocks.index(block, &mut collected.warnings)? else { continue };
        if query.matcher_sets.is_empty() {
            match listed {
                Listed::Names => collected.values.extend(index.names().map(str::to_owned)),
                Listed::Values(name) => collected.values.extend(index.values(name).map(str::to_owned)),
            }
        }
        for matchers in query.matcher_sets {
            for number in Block::find(&index, matchers, &within) {
                for (name, value) in index.pairs(number) {
                    collect_pair(name, value, listed, &mut collected.values);
                }
            }
        }
    }
    blocks.trim();
    Ok(())
}

/// What was collected so far.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    pub(crate) values: BTreeSet<String>,
    pub(crate) warnings: Vec<String>,
}

/// The answer of what was collected.
pub(crate) fn finish(collected: Collected, limit: usize) -> Listing {
    let Collected { values, mut warnings } = collected;
    let limit = if limit == 0 { usize::MAX } else { limit };
    if values.len() > limit {
        warnings.push(TRUNCATED.to_owned());
    }
    Listing { values: values.into_iter().take(limit).collect(), warnings }
}
