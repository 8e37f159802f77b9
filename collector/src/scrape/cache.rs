//! What a target's scrapes remember: which series a text on its page means, and which series it said last.
//!
//! Invariant: in a steady scrape no label set is built and no text is hashed: lines are first compared with the line
//! that stood at the same place in the last page. A series that was stored and is said no more is due a stale marker,
//! exactly once. A page that fails, or is not stored, changes nothing but which texts were seen.

use crate::limits::FORGET_AFTER_SCRAPES;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;
use store::metrics::SeriesRef;

/// Where a text stands in the cache.
pub(crate) type Slot = usize;

/// What a text means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// Metric relabeling drops it.
    Dropped,
    /// This series.
    Series(SeriesRef),
}

#[derive(Debug)]
struct Entry {
    text: Arc<str>,
    meaning: Meaning,
    /// The page that said it last.
    seen: u64,
    /// Whether a stale marker is due when it is said no more.
    tracked: bool,
    /// Its place in the order of the page that said it last.
    at: usize,
}

/// The memory of one target. It outlives a reload of the config when the target's series stay the same.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    by_text: HashMap<Arc<str>, Slot, BuildHasherDefault<TextHasher>>,
    entries: Vec<Option<Entry>>,
    free: Vec<Slot>,
    /// The slots of the last page in its order, and of this page so far. Only a hint: texts are compared.
    order: Vec<Slot>,
    next_order: Vec<Slot>,
    /// Where in `order` the next line should stand.
    expected: usize,
    /// Number of the page that is being read.
    page: u64,
    /// Series of before a reload whose texts mean nothing any more, still due a stale marker.
    orphans: Vec<SeriesRef>,
}

impl Cache {
    /// A new page is read.
    pub(crate) fn begin_page(&mut self) {
        // Here and not where a page was stored, or the texts of pages that all fail would stay for ever.
        self.forget_old();
        self.page += 1;
        self.expected = 0;
        std::mem::swap(&mut self.order, &mut self.next_order);
        self.next_order.clear();
    }

    /// What the text means, if it was said before; marks it as seen on this page.
    pub(crate) fn look_up(&mut self, text: &str) -> Option<(Slot, Meaning)> {
        let expected = self.order.get(self.expected).copied().filter(|slot| self.text_at(*slot) == Some(text));
        let slot = expected.or_else(|| self.by_text.get(text).copied())?;
        let (page, next_at) = (self.page, self.next_order.len());
        let entry = self.entries.get_mut(slot)?.as_mut()?;
        // After lines that came, went or moved, the next one is expected behind this one's old place.
        self.expected = if expected.is_some() { self.expected + 1 } else { entry.at + 1 };
        entry.seen = page;
        entry.at = next_at;
        let meaning = entry.meaning;
        self.next_order.push(slot);
        Some((slot, meaning))
    }

    /// Learns or corrects what a text of this page means.
    pub(crate) fn learn(&mut self, text: &str, meaning: Meaning) -> Slot {
        let page = self.page;
        if let Some(slot) = self.by_text.get(text).copied() {
            if let Some(Some(entry)) = self.entries.get_mut(slot) {
                entry.meaning = meaning;
                entry.seen = page;
            }
            return slot;
        }
        let text: Arc<str> = text.into();
        let at = self.next_order.len();
        let entry = Entry { text: Arc::clone(&text), meaning, seen: page, tracked: false, at };
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => {
                self.entries.push(None);
                self.entries.len() - 1
            }
        };
        if let Some(place) = self.entries.get_mut(slot) {
            *place = Some(entry);
        }
        self.by_text.insert(text, slot);
        self.next_order.push(slot);
        slot
    }

    /// The series that are due a stale marker because this page does not say them, given those that it does say
    /// (under whatever text).
    pub(crate) fn vanished(&self, said: impl Iterator<Item = SeriesRef>) -> Vec<SeriesRef> {
        let page = self.page;
        let mut gone: Vec<SeriesRef> = self.tracked(|entry| entry.seen != page).collect();
        gone.extend(&self.orphans);
        if !gone.is_empty() {
            let said: HashSet<SeriesRef> = said.collect();
            gone.retain(|series| !said.contains(series));
            gone.sort_unstable();
            gone.dedup();
        }
        gone
    }

    /// All series that are due a stale marker when the target fails or goes.
    pub(crate) fn all_tracked(&self) -> Vec<SeriesRef> {
        let mut all: Vec<SeriesRef> = self.tracked(|_| true).chain(self.orphans.iter().copied()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    fn tracked(&self, keep: impl Fn(&Entry) -> bool) -> impl Iterator<Item = SeriesRef> {
        self.entries.iter().flatten().filter(move |entry| entry.tracked && keep(entry)).filter_map(|entry| match entry
            .meaning
        {
            Meaning::Series(series) => Some(series),
            Meaning::Dropped => None,
        })
    }

    /// The page was stored, with these lines (and whether each is due a stale marker later): what it did not say has
    /// got its markers.
    pub(crate) fn page_stored(&mut self, lines: impl Iterator<Item = (Slot, bool)>) {
        self.orphans.clear();
        let page = self.page;
        for entry in self.entries.iter_mut().flatten().filter(|entry| entry.seen != page) {
            entry.tracked = false;
        }
        for (slot, tracked) in lines {
            if let Some(Some(entry)) = self.entries.get_mut(slot) {
                entry.tracked = tracked;
            }
        }
    }

    /// Every series has got its stale marker.
    pub(crate) fn all_marked(&mut self) {
        self.orphans.clear();
        self.entries.iter_mut().flatten().for_each(|entry| entry.tracked = false);
    }

    /// The rules of the job changed, so texts may mean other series now; what was said stays due its stale marker.
    pub(crate) fn forget_texts(&mut self) {
        let orphans = self.all_tracked();
        let page = self.page;
        *self = Self { orphans, page, ..Self::default() };
    }

    fn forget_old(&mut self) {
        let Some(oldest) = self.page.checked_sub(FORGET_AFTER_SCRAPES) else { return };
        for (slot, place) in self.entries.iter_mut().enumerate() {
            if let Some(old) = place.take_if(|entry| entry.seen < oldest && !entry.tracked) {
                self.by_text.remove(&old.text);
                self.free.push(slot);
            }
        }
    }

    fn text_at(&self, slot: Slot) -> Option<&str> {
        self.entries.get(slot)?.as_ref().map(|entry| &*entry.text)
    }
}

/// XXH3 over the text; strings hash themselves in one write and an end mark.
#[derive(Debug, Default)]
struct TextHasher(u64);

impl Hasher for TextHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxhash_rust::xxh3::xxh3_64_with_seed(bytes, self.0);
    }

    fn write_u8(&mut self, _end: u8) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: [u64; 0] = [];

    /// Reads and stores a page whose lines mean the series of the same number.
    fn page(cache: &mut Cache, lines: &[(&str, u64)]) -> Vec<u64> {
        cache.begin_page();
        let slots: Vec<Slot> = lines
            .iter()
            .map(|(text, series)| match cache.look_up(text) {
                Some((slot, _)) => slot,
                None => cache.learn(text, Meaning::Series(SeriesRef(*series))),
            })
            .collect();
        let gone = cache.vanished(lines.iter().map(|(_, series)| SeriesRef(*series)));
        cache.page_stored(slots.into_iter().map(|slot| (slot, true)));
        gone.into_iter().map(|series| series.0).collect()
    }

    #[test]
    fn a_series_that_vanishes_is_marked_once() {
        let mut cache = Cache::default();
        assert_eq!(page(&mut cache, &[("a", 1), ("b", 2), ("c", 3)]), NONE);
        assert_eq!(page(&mut cache, &[("c", 3), ("a", 1)]), [2]);
        assert_eq!(page(&mut cache, &[("a", 1), ("c", 3)]), NONE);
        assert_eq!(page(&mut cache, &[]), [1, 3]);
        assert_eq!(page(&mut cache, &[("a", 1)]), NONE);
        assert_eq!(page(&mut cache, &[]), [1]);
    }

    #[test]
    fn a_series_under_another_text_has_not_vanished() {
        let mut cache = Cache::default();
        page(&mut cache, &[("x{a,b}", 1)]);
        assert_eq!(page(&mut cache, &[("x{b,a}", 1)]), NONE);
    }

    #[test]
    fn texts_that_are_gone_for_long_are_forgotten_and_their_slots_used_again() {
        let mut cache = Cache::default();
        page(&mut cache, &[("a", 1), ("b", 2)]);
        for _ in 0..=FORGET_AFTER_SCRAPES {
            page(&mut cache, &[("b", 2)]);
        }
        cache.begin_page();
        assert_eq!((cache.by_text.len(), cache.free.len()), (1, 1));
        page(&mut cache, &[("b", 2), ("c", 3)]);
        assert_eq!((cache.entries.len(), cache.free.len()), (2, 0));
    }

    #[test]
    fn a_page_that_was_not_stored_leaves_the_markers_due() {
        let mut cache = Cache::default();
        page(&mut cache, &[("a", 1), ("b", 2)]);
        cache.begin_page();
        assert!(cache.look_up("a").is_some());
        assert_eq!(cache.all_tracked(), [SeriesRef(1), SeriesRef(2)]);
        assert_eq!(page(&mut cache, &[("a", 1)]), [2]);
    }

    #[test]
    fn pages_that_are_never_stored_do_not_pile_up() {
        let mut cache = Cache::default();
        page(&mut cache, &[("a", 1)]);
        for number in 0..100 {
            cache.begin_page();
            cache.learn(&format!("dropped{number}"), Meaning::Dropped);
        }
        assert_eq!(cache.all_tracked(), [SeriesRef(1)], "its marker is still due");
        assert!(cache.by_text.len() <= 5, "{}", cache.by_text.len());
    }

    #[test]
    fn after_a_reload_only_what_is_really_gone_is_marked() {
        let mut cache = Cache::default();
        page(&mut cache, &[("a", 1), ("b", 2)]);
        cache.forget_texts();
        assert_eq!(page(&mut cache, &[("a", 1)]), [2]);
        assert_eq!(page(&mut cache, &[("a", 1)]), NONE);
    }
}
