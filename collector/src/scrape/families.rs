//! What the families of a target said of themselves last, so that the store is told only what changed.
//!
//! Invariant: bounded by the families of the last pages; a family not declared for a while is forgotten.

use crate::limits::FORGET_AFTER_SCRAPES;
use model::metadata::Metadata;
use std::collections::HashMap;

#[derive(Debug)]
struct Family {
    /// What the store was told (or will be, when the page at hand is stored).
    metadata: Metadata,
    /// The page that declared it last.
    seen: u64,
    /// Whether the page at hand says something else than the one before.
    changed: bool,
}

/// The families of one target.
#[derive(Debug, Default)]
pub(super) struct Families {
    by_name: HashMap<Box<str>, Family>,
    current: Option<Box<str>>,
    page: u64,
}

impl Families {
    /// A new page is read.
    pub(super) fn begin_page(&mut self) {
        // Here and not where a page was stored, or the families of pages that all fail would stay for ever.
        if let Some(oldest) = self.page.checked_sub(FORGET_AFTER_SCRAPES) {
            self.by_name.retain(|_, family| family.seen >= oldest);
        }
        self.page += 1;
        self.current = None;
    }

    /// The page says something of a family, which is the one at hand from now on.
    pub(super) fn declare(&mut self, name: &str, change: impl FnOnce(&mut Metadata)) {
        if self.current.as_deref() != Some(name) {
            self.current = Some(name.into());
        }
        let page = self.page;
        let family = self.by_name.entry(name.into()).or_insert_with(|| Family {
            metadata: Metadata { family: name.to_owned(), ..Metadata::default() },
            seen: page,
            changed: true,
        });
        family.seen = page;
        let before = family.metadata.clone();
        change(&mut family.metadata);
        family.changed |= family.metadata != before;
    }

    /// The family at hand, what it says, and whether that is news.
    pub(super) fn current(&self) -> Option<(&str, &Metadata, bool)> {
        let name = self.current.as_deref()?;
        let family = self.by_name.get(name)?;
        Some((name, &family.metadata, family.changed))
    }

    /// The store has been told.
    pub(super) fn page_stored(&mut self) {
        self.by_name.values_mut().for_each(|family| family.changed = false);
    }

    /// How many families are remembered.
    pub(super) fn len(&self) -> usize {
        self.by_name.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::metadata::MetricKind;

    #[test]
    fn families_of_pages_that_are_never_stored_do_not_pile_up() {
        let mut families = Families::default();
        for number in 0..100 {
            families.begin_page();
            families.declare(&format!("m{number}"), |metadata| metadata.kind = MetricKind::Gauge);
        }
        assert!(families.len() <= 4, "{}", families.len());
    }

    #[test]
    fn only_news_are_news() {
        let mut families = Families::default();
        let mut page = |help: &str| {
            families.begin_page();
            families.declare("a", |metadata| metadata.help = help.to_owned());
            families.declare("a", |metadata| metadata.kind = MetricKind::Gauge);
            let news = families.current().map(|(name, metadata, news)| (name.to_owned(), metadata.help.clone(), news));
            families.page_stored();
            news
        };
        assert_eq!(page("x"), Some(("a".to_owned(), "x".to_owned(), true)));
        assert_eq!(page("x"), Some(("a".to_owned(), "x".to_owned(), false)));
        assert_eq!(page("y"), Some(("a".to_owned(), "y".to_owned(), true)));
    }
}
