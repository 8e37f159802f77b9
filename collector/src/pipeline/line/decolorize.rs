//! `decolorize`: the escape sequences with which terminals color text go away.
//!
//! Invariant: the same as of LogQL's stage of that name, which does it.

use crate::pipeline::Entry;
use language::logql::stage::decolorize::apply;
use language::logql::stage::entry::{Entry as LogqlEntry, Scratch, Stored};
use model::labels::Labels;

/// Takes the sequences out of the line.
pub(crate) fn decolorize(entry: &mut Entry<'_>) {
    if !entry.line.contains(['\u{1b}', '\u{9b}']) {
        return;
    }
    let (none, mut scratch) = (Labels::empty(), Scratch::default());
    let stored = Stored { at: entry.timestamp, line: &entry.line, stream: &none, metadata: &none };
    let mut colored = LogqlEntry::new(stored, &mut scratch);
    apply(&mut colored);
    let plain = colored.line().to_owned();
    entry.line = plain.into();
}
