//! The store's contract, on a file of SQLite.

use super::{Error, Posts as _, Sqlite};
use crate::limits::SEARCH_POSTS_MAX;
use crate::page::PageRequest;
use crate::post::{Change, NewPost, Post};
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

fn new(title: &str, created: i64) -> NewPost {
    NewPost { title: title.to_owned(), content: None, author: "a".to_owned(), created }
}

async fn open(folder: &TempDir) -> Sqlite {
    Sqlite::open(&folder.path().join("deep/er/posts.db")).await.unwrap()
}

async fn first_page(store: &Sqlite) -> (Vec<Post>, u64) {
    let slice = store.list(PageRequest { number: 0, size: 100 }).await.unwrap();
    (slice.posts, slice.total)
}

#[tokio::test]
async fn posts_survive_closing_and_opening() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder).await;
    let post = store.create(new("a", 5)).await.unwrap();
    let seen = store.view(post.id).await.unwrap().unwrap();
    assert_eq!(seen, Post { views: 1, ..post });
    store.close().await;
    assert!(matches!(store.view(1).await, Err(Error::Busy(_))));

    let store = open(&folder).await;
    assert_eq!(first_page(&store).await, (vec![seen], 1));
}

#[tokio::test]
async fn posts_survive_without_closing() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder).await;
    for created in 0..50 {
        store.create(new("a", created)).await.unwrap();
    }
    // As after a kill: the first is still open and folds nothing into the file.
    let again = open(&folder).await;
    assert_eq!(first_page(&again).await, first_page(&store).await);
    assert_eq!(again.create(new("b", 60)).await.unwrap().id, 51);
    assert_eq!(store.create(new("c", 61)).await.unwrap().id, 52);
}

#[tokio::test]
async fn changes_are_whole() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder).await;
    store.create(new("a", 5)).await.unwrap();
    let none = Change { title: None, content: None, author: None };
    let change = Change { content: Some("c".to_owned()), ..none.clone() };
    let changed = store.update(1, change.clone()).await.unwrap().unwrap();
    assert_eq!((changed.title.as_str(), changed.content.as_deref()), ("a", Some("c")));
    assert_eq!(store.update(1, none).await.unwrap(), Some(changed));
    assert_eq!(store.update(2, change).await.unwrap(), None);
    assert_eq!(store.view(2).await.unwrap(), None);
    assert_eq!((store.delete(1).await, store.delete(1).await), (Ok(true), Ok(false)));
    assert_eq!(first_page(&store).await, (vec![], 0));
}

#[tokio::test]
async fn searches_are_bounded() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder).await;
    let many = i64::from(SEARCH_POSTS_MAX) + 5;
    for created in 0..many {
        store.create(new("same", created)).await.unwrap();
    }
    let found = store.search("am").await.unwrap();
    assert_eq!(found.len(), usize::try_from(SEARCH_POSTS_MAX).unwrap());
    assert_eq!(found.first().unwrap().created, many - 1);
}

#[tokio::test]
async fn locks_of_others_are_busy_and_not_failed() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("posts.db");
    let store = Sqlite::open_waiting(&path, Duration::from_millis(10)).await.unwrap();
    let other = Sqlite::open(&path).await.unwrap();
    let mut lock = other.writer.acquire().await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut *lock).await.unwrap();
    let busy = store.create(new("a", 1)).await;
    assert!(matches!(&busy, Err(Error::Busy(text)) if text.contains("locked")), "{busy:?}");
    assert_eq!(first_page(&store).await, (vec![], 0), "readers do not wait for writers");
    sqlx::query("ROLLBACK").execute(&mut *lock).await.unwrap();
    assert_eq!(store.create(new("a", 1)).await.unwrap().id, 1);
    assert!(matches!(Error::from(sqlx::Error::PoolTimedOut), Error::Busy(_)));
    assert!(matches!(Error::from(sqlx::Error::RowNotFound), Error::Failed(_)));
}

#[tokio::test]
async fn readers_cannot_write() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder).await;
    let denied = sqlx::query("DELETE FROM posts").execute(&store.readers).await;
    assert!(denied.unwrap_err().to_string().contains("readonly"));
}

#[tokio::test]
async fn what_is_no_database_is_named() {
    let folder = TempDir::new().unwrap();
    let check = async |path: &Path, expected: &str| {
        let error = Sqlite::open(path).await.unwrap_err();
        assert!(error.is_database(), "{error}");
        let text = error.to_string();
        assert!(text.starts_with(&format!("{expected} {}: ", path.display())), "{text}");
    };
    let text = folder.path().join("text.db");
    std::fs::write(&text, "no database, but long enough to have a header of one hundred bytes".repeat(4)).unwrap();
    check(&text, "opening").await;
    check(folder.path(), "opening").await;
    check(&text.join("below/a/file.db"), "creating the folder of").await;
}

#[tokio::test]
async fn tables_of_a_later_version_are_left_alone() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder).await;
    let later = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
        VALUES (99, 'later', 1, x'00', 0)";
    sqlx::query(later).execute(&store.writer).await.unwrap();
    store.close().await;
    let error = Sqlite::open(&folder.path().join("deep/er/posts.db")).await.unwrap_err().to_string();
    assert!(error.starts_with("bringing up to date ") && error.contains("99"), "{error}");
}
