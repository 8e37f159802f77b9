//! What a query sees: the growing head, the head that is being sealed, and the parts.
//!
//! Invariant: replaced as a whole, so whoever holds one finds every entry in exactly one place.

use super::head::Generation;
use super::parts::PartList;
use std::sync::{Arc, PoisonError, RwLock};

/// Where the entries of one moment are. Entries that are appended later come into its growing head.
#[derive(Clone, Debug, Default)]
pub(crate) struct View {
    /// Grows.
    pub(crate) active: Arc<Generation>,
    /// Is being sealed, if any is.
    pub(crate) frozen: Option<Arc<Generation>>,
    /// What is sealed.
    pub(crate) parts: Arc<PartList>,
}

impl View {
    /// The heads, the older first.
    pub(crate) fn heads(&self) -> impl Iterator<Item = &Arc<Generation>> {
        self.frozen.iter().chain([&self.active])
    }
}

/// The present view.
#[derive(Debug, Default)]
pub(crate) struct Present {
    view: RwLock<Arc<View>>,
}

impl Present {
    pub(crate) fn new(view: View) -> Self {
        Self { view: RwLock::new(Arc::new(view)) }
    }

    pub(crate) fn get(&self) -> Arc<View> {
        Arc::clone(&self.view.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts another view in place of the present one.
    pub(crate) fn replace(&self, change: impl FnOnce(&mut View)) {
        let mut held = self.view.write().unwrap_or_else(PoisonError::into_inner);
        let mut next = View::clone(&held);
        change(&mut next);
        *held = Arc::new(next);
    }
}
