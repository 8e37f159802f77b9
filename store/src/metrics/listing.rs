//! Questions about labels and exemplars rather than samples.

use super::append::Exemplar;
use super::block::Block;
use super::blocks::Blocks;
use super::head::Head;
use super::limits::LISTING_BYTES_MAX;
use super::postings::MemoryPostings;
use super::select::{TRUNCATED, canceled};
use super::series::Series;
use crate::{Error, ErrorKind};
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
    into: &mut Collected,
) -> Result<(), Error> {
    let within = query.range.start.0..query.range.end.0;
    if query.matcher_sets.is_empty() && covers(head, &within) {
        return collect_index(&head.postings(), listed, into);
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

fn collect_index(postings: &MemoryPostings, listed: Listed<'_>, into: &mut Collected) -> Result<(), Error> {
    match listed {
        Listed::Names => postings.names().try_for_each(|name| into.add(name)),
        Listed::Values(name) => postings.values(name).try_for_each(|(value, _)| into.add(value)),
    }
}

fn collect_series(
    series: &[Arc<Series>],
    within: &Range<i64>,
    listed: Listed<'_>,
    query: &LabelQuery<'_>,
    into: &mut Collected,
) -> Result<(), Error> {
    for series in series.chunks(LOOKED_AT_ONCE) {
        query.cancel.check().map_err(canceled)?;
        for series in series.iter().filter(|series| Head::overlaps(series, within)) {
            series.labels.iter().try_for_each(|(name, value)| collect_pair(name, value, listed, into))?;
        }
    }
    Ok(())
}

fn collect_pair(name: &str, value: &str, listed: Listed<'_>, into: &mut Collected) -> Result<(), Error> {
    match listed {
        Listed::Names => into.add(name),
        Listed::Values(wanted) if wanted == name => into.add(value),
        Listed::Values(_) => Ok(()),
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
                Listed::Names => index.names().try_for_each(|name| collected.add(name))?,
                Listed::Values(name) => index.values(name).try_for_each(|value| collected.add(value))?,
            }
        }
        for matchers in query.matcher_sets {
            for number in Block::find(&index, matchers, &within) {
                for (name, value) in index.pairs(number) {
                    collect_pair(name, value, listed, collected)?;
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
    values: BTreeSet<String>,
    bytes: usize,
    pub(crate) warnings: Vec<String>,
}

impl Collected {
    fn add(&mut self, text: &str) -> Result<(), Error> {
        if self.values.contains(text) {
            return Ok(());
        }
        self.bytes += text.len() + size_of::<String>();
        if self.bytes > LISTING_BYTES_MAX {
            let context = format!("label listing holds over {LISTING_BYTES_MAX} bytes, ask for fewer series");
            return Err(Error::new(ErrorKind::Limit, context));
        }
        self.values.insert(text.to_owned());
        Ok(())
    }
}

/// The answer of what was collected.
pub(crate) fn finish(collected: Collected, limit: usize) -> Listing {
    let Collected { values, mut warnings, .. } = collected;
    let limit = if limit == 0 { usize::MAX } else { limit };
    if values.len() > limit {
        warnings.push(TRUNCATED.to_owned());
    }
    Listing { values: values.into_iter().take(limit).collect(), warnings }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_do_not_fill_the_memory() {
        let mut collected = Collected::default();
        let long = "x".repeat(1 << 20);
        let refused = (0..100).find_map(|number| collected.add(&format!("{number}{long}")).err()).expect("a limit");
        assert_eq!(refused.kind(), ErrorKind::Limit);
        assert!((60..64).contains(&finish(collected, 0).values.len()));
    }
}
