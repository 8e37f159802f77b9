//! Built-in targets, rendered in this process into the same exposition text that a scrape would fetch.
//!
//! Invariant: a page is valid exposition whatever the machine answers; what could not be read is left out and told.
