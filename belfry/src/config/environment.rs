//! `${NAME}` in scalar values, from the environment.
//!
//! Invariant: only `${NAME}` with a name of letters, digits and `_` that does not begin with a digit is a reference, so
//! `${1}` and `$1` stay what they are; under [`VERBATIM_KEYS`] nothing is. `$${NAME}` stands for the text `${NAME}`.
//! A variable that is not set is a finding. The YAML structure is decided before expansion: a value cannot add keys.

use super::tree::{Node, Start};
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

/// Keys whose values use `${...}` for themselves: capture groups of relabeling.
const VERBATIM_KEYS: [&str; 2] = ["replacement", "regex"];

/// A text in which every `$` that is no reference is doubled, for the YAML reader to expand.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    /// The text to parse.
    pub(super) text: String,
    /// The variables that are referred to, with their values.
    pub(super) values: HashMap<String, String>,
    /// References to what is not set.
    pub(super) missing: Vec<Missing>,
    /// Where a `$` was doubled: line to columns, ascending, both of the original text.
    doubled: BTreeMap<u64, Vec<u64>>,
}

/// A reference to a variable that is not set.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Missing {
    pub(super) name: String,
    pub(super) place: Start,
}

impl Prepared {
    /// Finds the references in the scalars of the text; `lookup` knows the environment.
    pub(super) fn new(text: &str, tree: &Node, lookup: &dyn Fn(&str) -> Option<String>) -> Self {
        let mut prepared = Self { text: String::with_capacity(text.len()), ..Self::default() };
        let (mut copied, mut places) = (0, Places { text, byte: 0, line: 1, line_begin: 0 });
        for (scalar, verbatim) in scalars_in_order(tree) {
            let (Some(before), Some(inside)) = (text.get(copied..scalar.start), text.get(scalar.clone())) else {
                continue;
            };
            prepared.text.push_str(before);
            copied = scalar.end;
            prepared.take(&Scalar { begin: scalar.start, inside, verbatim }, &mut places, lookup);
        }
        prepared.text.push_str(text.get(copied..).unwrap_or_default());
        prepared
    }

    fn take(&mut self, scalar: &Scalar<'_>, places: &mut Places<'_>, lookup: &dyn Fn(&str) -> Option<String>) {
        let mut rest = scalar.inside;
        while let Some((before, from_dollar)) = rest.find('$').and_then(|at| rest.split_at_checked(at)) {
            self.text.push_str(before);
            let at = scalar.begin + (scalar.inside.len() - from_dollar.len());
            let taken = match read_dollar(from_dollar) {
                Dollar::Reference { name, len } if !scalar.verbatim => {
                    match lookup(name) {
                        Some(value) => drop(self.values.insert(name.to_owned(), value)),
                        None => self.missing.push(Missing { name: name.to_owned(), place: places.at(at) }),
                    }
                    len
                }
                Dollar::Escaped { len } if !scalar.verbatim => len,
                _ => {
                    let place = places.at(at);
                    self.doubled.entry(place.line).or_default().push(place.column);
                    self.text.push('$');
                    1
                }
            };
            let (kept, after) = from_dollar.split_at_checked(taken).unwrap_or((from_dollar, ""));
            self.text.push_str(kept);
            rest = after;
        }
        self.text.push_str(rest);
    }

    /// The column in the original text of a place in the prepared text.
    pub(super) fn original_column(&self, place: Start) -> u64 {
        let mut shift = 0;
        for column in self.doubled.get(&place.line).into_iter().flatten() {
            if place.column > column + shift {
                shift += 1;
            }
        }
        place.column - shift
    }
}

struct Scalar<'a> {
    begin: usize,
    inside: &'a str,
    verbatim: bool,
}

/// Each scalar's bytes once (an alias names its anchor's), in the order of the text, and whether it is verbatim.
fn scalars_in_order(tree: &Node) -> Vec<(Range<usize>, bool)> {
    let mut scalars: Vec<(Range<usize>, bool)> =
        tree.scalars().into_iter().map(|scalar| (scalar.bytes, VERBATIM_KEYS.contains(&scalar.key))).collect();
    scalars.sort_by_key(|(bytes, _)| bytes.start);
    scalars.dedup_by_key(|(bytes, _)| bytes.start);
    scalars
}

/// What a `$` begins.
enum Dollar<'a> {
    Reference { name: &'a str, len: usize },
    Escaped { len: usize },
    Literal,
}

fn read_dollar(text: &str) -> Dollar<'_> {
    if let Some(name) = braced_name(text) {
        return Dollar::Reference { name, len: name.len() + "${}".len() };
    }
    match text.strip_prefix('$').and_then(braced_name) {
        Some(name) => Dollar::Escaped { len: name.len() + "$${}".len() },
        None => Dollar::Literal,
    }
}

/// The name in a leading `${NAME}`.
fn braced_name(text: &str) -> Option<&str> {
    let (name, _) = text.strip_prefix("${")?.split_once('}')?;
    let begins = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    (begins && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')).then_some(name)
}

/// Lines and columns of bytes that are asked in ascending order, so that the text is walked once.
struct Places<'a> {
    text: &'a str,
    byte: usize,
    line: u64,
    line_begin: usize,
}

impl Places<'_> {
    /// Where a byte stands, counted in characters from 1.
    fn at(&mut self, byte: usize) -> Start {
        let passed = self.text.get(self.byte..byte).unwrap_or_default();
        if let Some(newline) = passed.rfind('\n') {
            self.line += passed.matches('\n').count() as u64;
            self.line_begin = self.byte + newline + 1;
        }
        self.byte = byte;
        let before = self.text.get(self.line_begin..byte).unwrap_or_default();
        Start { line: self.line, column: before.chars().count() as u64 + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepare(text: &str) -> Prepared {
        let tree = serde_saphyr::from_str(text).expect("it parses");
        Prepared::new(text, &tree, &|name| (name == "HOME").then(|| "/root".to_owned()))
    }

    #[test]
    fn references_stay_and_every_other_dollar_is_doubled() {
        for (text, expected) in [
            ("a: ${HOME}/x", "a: ${HOME}/x"),
            ("a: '$HOME ${1} ${a-b} ${HOME'", "a: '$$HOME $${1} $${a-b} $${HOME'"),
            ("a: $${HOME}", "a: $${HOME}"),
            ("a: $$x", "a: $$$$x"),
            ("replacement: ${HOME}:${1}", "replacement: $${HOME}:$${1}"),
            ("r: [{regex: \"(.+)$\", x: \"${HOME}\"}]", "r: [{regex: \"(.+)$$\", x: \"${HOME}\"}]"),
            ("# costs $5\na: |\n  ${HOME}\n  $5\n", "# costs $5\na: |\n  ${HOME}\n  $$5\n"),
        ] {
            assert_eq!(prepare(text).text, expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_set_is_found_with_its_place() {
        let missing = prepare("a: 1\nb:\n  - 한글 ${NOWHERE}\n").missing;
        assert_eq!(missing, [Missing { name: "NOWHERE".to_owned(), place: Start { line: 3, column: 8 } }]);
    }

    #[test]
    fn columns_lead_back_to_the_original() {
        let prepared = prepare("{regex: \"$1\", replacement: \"$2\", x: y}");
        for (column, original) in [(1, 1), (10, 10), (12, 11), (15, 14), (29, 28), (34, 32)] {
            assert_eq!(prepared.original_column(Start { line: 1, column }), original, "column {column}");
        }
    }
}
