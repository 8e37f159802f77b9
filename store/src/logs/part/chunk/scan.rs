//! Which lines of a chunk pass filters.
//!
//! Invariant: exactly those entries whose line every filter keeps, ascending. Where a filter looks for one text, the
//! whole chunk is searched for it at once, and only lines that hold it are asked.

use super::Chunk;
use language::logql::line_filter::{Case, LineFilter};
use memchr::memmem::Finder;

impl Chunk {
    /// Puts the places of the entries whose lines pass all filters into `into`, whatever was in it before. The lines
    /// must have been read.
    pub(crate) fn matching(&self, filters: &[LineFilter], into: &mut Vec<u32>) {
        into.clear();
        let passes = |entry: usize| filters.iter().all(|filter| filter.keeps(self.line(entry)));
        let Some(text) = rarest(filters) else {
            into.extend((0..self.len()).filter(|entry| passes(*entry)).map(|entry| entry as u32));
            return;
        };
        let finder = Finder::new(text);
        let (mut entry, mut at) = (0, 0);
        while let Some(found) = self.text.as_bytes().get(at..).and_then(|rest| finder.find(rest)) {
            // What begins in one line may end in the next, so the line is asked in any case.
            entry += self.ends.get(entry..).unwrap_or(&[]).partition_point(|end| (*end as usize) < at + found);
            if passes(entry) {
                into.push(entry as u32);
            }
            let Some(end) = self.ends.get(entry) else { break };
            at = *end as usize + 1;
            entry += 1;
        }
    }
}

/// The longest text that every line must hold that passes, if that is more than nothing.
fn rarest(filters: &[LineFilter]) -> Option<&str> {
    let single = |filter: &'_ &LineFilter| matches!(filter.required(), Some([literal]) if literal.case == Case::Exact);
    let texts = filters.iter().filter(single).filter_map(|filter| filter.required()?.first());
    texts.map(|literal| literal.text.as_str()).filter(|text| !text.is_empty()).max_by_key(|text| text.len())
}
