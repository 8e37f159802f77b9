//! Finds a live series by its reference or by its raw labels.
//!
//! Invariant: both ways lead to the same series; a reference is given once in the life of a store.

use super::append::SeriesRef;
use super::series::Series;
use std::borrow::Borrow;
use std::collections::HashSet;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64_with_seed;

const PAGE: u64 = 256;

/// A series that is found by its raw labels.
#[derive(Debug)]
struct ByRaw(Arc<Series>);

impl Borrow<[u8]> for ByRaw {
    fn borrow(&self) -> &[u8] {
        self.0.labels.as_raw()
    }
}

impl Hash for ByRaw {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.labels.as_raw().hash(state);
    }
}

impl PartialEq for ByRaw {
    fn eq(&self, other: &Self) -> bool {
        self.0.labels == other.0.labels
    }
}

impl Eq for ByRaw {}

/// Hashes raw labels with XXH3. The seed is this process's own, since labels come from outside.
#[derive(Clone, Debug)]
pub(crate) struct RawHash {
    seed: u64,
}

impl Default for RawHash {
    fn default() -> Self {
        Self { seed: RandomState::new().hash_one(0_u8) }
    }
}

impl BuildHasher for RawHash {
    type Hasher = RawHasher;

    fn build_hasher(&self) -> RawHasher {
        RawHasher { state: self.seed }
    }
}

/// See [`RawHash`].
#[derive(Debug)]
pub(crate) struct RawHasher {
    state: u64,
}

impl Hasher for RawHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.state = xxh3_64_with_seed(bytes, self.state);
    }

    fn write_usize(&mut self, length: usize) {
        self.state = self.state.wrapping_add(length as u64);
    }

    fn finish(&self) -> u64 {
        self.state
    }
}

type Page = [Option<Arc<Series>>; PAGE as usize];

/// The live series.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    by_raw: HashSet<ByRaw, RawHash>,
    /// By reference; a page whose series have all gone is given back.
    pages: Vec<Option<Box<Page>>>,
    label_bytes: usize,
}

impl Registry {
    #[inline]
    pub(crate) fn by_ref(&self, reference: SeriesRef) -> Option<&Arc<Series>> {
        let page = self.pages.get(usize::try_from(reference.0 / PAGE).ok()?)?.as_ref()?;
        page.get((reference.0 % PAGE) as usize)?.as_ref()
    }

    pub(crate) fn by_raw(&self, raw: &[u8]) -> Option<&Arc<Series>> {
        self.by_raw.get(raw).map(|found| &found.0)
    }

    pub(crate) fn len(&self) -> usize {
        self.by_raw.len()
    }

    /// Bytes of the labels of all series.
    pub(crate) fn label_bytes(&self) -> usize {
        self.label_bytes
    }

    /// All series, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Series>> {
        self.by_raw.iter().map(|series| &series.0)
    }

    /// Takes in a series whose labels and reference are new.
    pub(crate) fn insert(&mut self, series: Arc<Series>) {
        let page = (series.reference.0 / PAGE) as usize;
        if self.pages.len() <= page {
            self.pages.resize_with(page + 1, || None);
        }
        let page = self.pages.get_mut(page).map(|page| page.get_or_insert_with(|| Box::new([const { None }; 256])));
        if let Some(slot) = page.and_then(|page| page.get_mut((series.reference.0 % PAGE) as usize)) {
            *slot = Some(Arc::clone(&series));
        }
        self.label_bytes += series.labels.as_raw().len();
        self.by_raw.insert(ByRaw(series));
    }

    pub(crate) fn remove(&mut self, series: &Series) {
        if self.by_raw.remove(series.labels.as_raw()) {
            self.label_bytes -= series.labels.as_raw().len();
        }
        if let Some(slot) = self.pages.get_mut((series.reference.0 / PAGE) as usize)
            && let Some(page) = slot
        {
            if let Some(held) = page.get_mut((series.reference.0 % PAGE) as usize) {
                *held = None;
            }
            if page.iter().all(Option::is_none) {
                *slot = None;
            }
        }
    }
}
