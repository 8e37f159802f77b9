//! The lists of the head.

use super::LabelIndex;
use super::sets::union;
use model::labels::Labels;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Label name, value, series. References only grow, so a list is extended at its end.
#[derive(Debug, Default)]
pub(crate) struct MemoryPostings {
    names: HashMap<Box<str>, BTreeMap<Box<str>, Vec<u64>>>,
    all: Vec<u64>,
}

impl MemoryPostings {
    /// Takes in a series whose reference is greater than all before, or inserts it where it belongs.
    pub(crate) fn insert(&mut self, reference: u64, labels: &Labels) {
        push(&mut self.all, reference);
        for (name, value) in labels {
            if !self.names.contains_key(name) {
                self.names.insert(name.into(), BTreeMap::new());
            }
            let Some(values) = self.names.get_mut(name) else { continue };
            match values.get_mut(value) {
                Some(list) => push(list, reference),
                None => {
                    values.insert(value.into(), vec![reference]);
                }
            }
        }
    }

    /// Forgets series and the names and values that nobody carries any more. Only lists that hold one are walked.
    pub(crate) fn remove(&mut self, gone: &[(u64, &Labels)]) {
        let references: HashSet<u64> = gone.iter().map(|(reference, _)| *reference).collect();
        let pairs: HashSet<(&str, &str)> = gone.iter().flat_map(|(_, labels)| labels.iter()).collect();
        let stays = |reference: &u64| !references.contains(reference);
        self.all.retain(stays);
        for (name, value) in pairs {
            let Some(values) = self.names.get_mut(name) else { continue };
            if let Some(list) = values.get_mut(value) {
                list.retain(stays);
                if list.is_empty() {
                    values.remove(value);
                }
            }
            if values.is_empty() {
                self.names.remove(name);
            }
        }
    }

    /// Names in use, in no order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(|name| &**name)
    }

    /// Values of a name, ascending, with how many series carry each.
    pub(crate) fn values(&self, name: &str) -> impl Iterator<Item = (&str, usize)> {
        self.names.get(name).into_iter().flatten().map(|(value, list)| (&**value, list.len()))
    }
}

fn push(list: &mut Vec<u64>, reference: u64) {
    match list.last() {
        Some(last) if *last >= reference => {
            if let Err(position) = list.binary_search(&reference) {
                list.insert(position, reference);
            }
        }
        _ => list.push(reference),
    }
}

impl LabelIndex for MemoryPostings {
    fn all(&self) -> Cow<'_, [u64]> {
        Cow::Borrowed(&self.all)
    }

    fn with(&self, name: &str, value: &str) -> Cow<'_, [u64]> {
        let list = self.names.get(name).and_then(|values| values.get(value));
        Cow::Borrowed(list.map_or(&[], Vec::as_slice))
    }

    fn with_any(&self, name: &str, passes: &mut dyn FnMut(&str) -> bool) -> Vec<u64> {
        let values = self.names.get(name).into_iter().flatten();
        union(values.filter(|(value, _)| passes(value)).map(|(_, list)| Cow::Borrowed(list.as_slice())).collect())
    }
}
