//! Builds label sets by setting and deleting names in any order.

use super::{Labels, encoding};

/// A mutable label set. `build` sorts, so setting is cheap and order does not matter.
#[derive(Clone, Debug, Default)]
pub struct LabelsBuilder {
    /// Ascending by name, values never empty.
    pairs: Vec<(String, String)>,
}

impl LabelsBuilder {
    /// A builder without labels.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a label; an empty value deletes it.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) -> &mut Self {
        let (name, value) = (name.into(), value.into());
        match self.position(&name) {
            Ok(at) if value.is_empty() => {
                self.pairs.remove(at);
            }
            Ok(at) => {
                if let Some(pair) = self.pairs.get_mut(at) {
                    pair.1 = value;
                }
            }
            Err(_) if value.is_empty() => {}
            Err(at) => self.pairs.insert(at, (name, value)),
        }
        self
    }

    /// Deletes a label; nothing happens when it is absent.
    pub fn delete(&mut self, name: &str) -> &mut Self {
        if let Ok(at) = self.position(name) {
            self.pairs.remove(at);
        }
        self
    }

    /// Keeps only the labels whose name passes.
    pub fn retain(&mut self, mut keep: impl FnMut(&str) -> bool) -> &mut Self {
        self.pairs.retain(|(name, _)| keep(name));
        self
    }

    /// The value set for the name, or `None`.
    pub fn get(&self, name: &str) -> Option<&str> {
        let at = self.position(name).ok()?;
        self.pairs.get(at).map(|(_, value)| value.as_str())
    }

    /// The pairs set so far, ascending by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The finished set. The builder can go on being used.
    pub fn build(&self) -> Labels {
        let bytes = self.pairs.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
        let mut encoded = String::with_capacity(bytes);
        for (name, value) in &self.pairs {
            encoding::push_pair(&mut encoded, name, value);
        }
        Labels::from_encoded(encoded)
    }

    fn position(&self, name: &str) -> Result<usize, usize> {
        self.pairs.binary_search_by(|(candidate, _)| candidate.as_str().cmp(name))
    }
}

impl From<&Labels> for LabelsBuilder {
    fn from(labels: &Labels) -> Self {
        Self { pairs: labels.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect() }
    }
}
