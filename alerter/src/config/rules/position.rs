//! Where a place inside a YAML value stands in the file.
//!
//! Invariant: a place is only computed where the line of the value is found in the file as it is; what was folded or
//! escaped is told at the start of the value.

use model::finding::Place;

/// A value of a YAML file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value<'a> {
    /// The whole file.
    pub(super) file: &'a str,
    /// The value as it was read.
    pub(super) text: &'a str,
    /// The line of the file where it starts, from 1.
    pub(super) line: u64,
    /// The column where it starts, in characters from 1.
    pub(super) column: u64,
}

impl Value<'_> {
    /// The place in the file of a line and column (in characters, from 1) of the value.
    pub(super) fn place(self, line: usize, column: usize) -> Place {
        let start = Place { file: String::new(), line: self.line, column: self.column };
        self.found(line, column).unwrap_or(start)
    }

    fn found(self, line: usize, column: usize) -> Option<Place> {
        let (line, column) = self.within(line, column)?;
        let wanted = self.text.lines().nth(line.checked_sub(1)?)?.trim_end();
        if wanted.is_empty() {
            return None;
        }
        let first = usize::try_from(self.line).ok()?.checked_sub(1)?;
        // Where the value starts for a plain or quoted one and where the content of a block does, or one later for
        // readers that take a block's start for its `|`.
        for at in [first + line - 1, first + line] {
            let source = self.file.lines().nth(at)?;
            if let Some(bytes) = source.find(wanted) {
                let before = source.get(..bytes)?.chars().count();
                let place = (u64::try_from(at + 1).ok()?, u64::try_from(before + column).ok()?);
                return Some(Place { file: String::new(), line: place.0, column: place.1 });
            }
        }
        None
    }

    /// What is wrong at the end stands behind the last line that is not empty.
    fn within(self, line: usize, column: usize) -> Option<(usize, usize)> {
        let line_of = |line: usize| self.text.lines().nth(line.checked_sub(1)?).map(str::trim_end);
        if line_of(line).is_some_and(|text| !text.is_empty()) {
            return Some((line, column));
        }
        let (last, text) = self.text.lines().enumerate().filter(|(_, text)| !text.trim().is_empty()).last()?;
        (last < line).then(|| (last + 1, text.trim_end().chars().count() + 1))
    }
}
