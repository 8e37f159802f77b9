//! Where the posts are kept, whichever database that is.
//!
//! Invariant: texts come and go plain, times are milliseconds since the epoch; what a database does otherwise stays in
//! its own file.

mod sqlite;

pub(crate) use sqlite::Sqlite;

use crate::page::{PageRequest, Slice};
use crate::post::{Change, NewPost, Post};
use std::fmt::Debug;
use std::pin::Pin;

/// Why the database did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Error {
    /// All its connections or a lock are taken: trying again may help. The text is for the log.
    Busy(String),
    /// Anything else. The text is for the log.
    Failed(String),
}

/// What a store answers in its own time.
pub(crate) type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The database's connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Connections {
    pub(crate) open: u32,
    pub(crate) idle: u32,
}

/// The posts of the blog.
///
/// An acknowledged write survives a kill of the process. Each call is atomic: it happens as a whole or not at all, also
/// when its future is dropped.
pub(crate) trait Posts: Debug + Send + Sync {
    /// One page, newest first, and the number of all posts at the same moment.
    fn list(&self, page: PageRequest) -> Answer<'_, Result<Slice, Error>>;

    /// Counts a view and answers with the post as it is then; `None` when there is none.
    fn view(&self, id: i64) -> Answer<'_, Result<Option<Post>, Error>>;

    /// The newest posts whose title holds `keyword` as it stands, letters of ASCII in either case.
    fn search<'a>(&'a self, keyword: &'a str) -> Answer<'a, Result<Vec<Post>, Error>>;

    /// Keeps a post under an id that no post had before.
    fn create(&self, post: NewPost) -> Answer<'_, Result<Post, Error>>;

    /// Changes what `change` names; `None` when there is no such post.
    fn update(&self, id: i64, change: Change) -> Answer<'_, Result<Option<Post>, Error>>;

    /// Whether there was such a post, which is gone now.
    fn delete(&self, id: i64) -> Answer<'_, Result<bool, Error>>;

    /// Whether the database answers.
    fn ping(&self) -> Answer<'_, Result<(), Error>>;

    /// The connections at this moment.
    fn connections(&self) -> Connections;

    /// Waits for what is under way and closes the database. Later calls fail.
    fn close(&self) -> Answer<'_, ()>;
}

#[cfg(test)]
mod tests;
