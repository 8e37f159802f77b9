//! Posts in a file of SQLite.
//!
//! Invariant: one connection writes, so that writers wait for each other in order instead of failing on the file's lock;
//! the others only read. Write-ahead log with `synchronous = NORMAL`: a commit survives a kill of the process, a power
//! cut may take the last ones but never tears the file.

use super::{Answer, Connections, Error, Posts};
use crate::limits::{DATABASE_READERS, DATABASE_WAIT_MAX, SEARCH_POSTS_MAX};
use crate::page::{PageRequest, Slice};
use crate::post::{Change, NewPost, Post};
use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Sqlite as Driver};
use std::path::Path;
use std::time::Duration;

/// The columns of a post in the order of [`Row`]. A macro, so that statements are constants.
macro_rules! columns {
    () => {
        "id, title, content, author, view_count, created_at"
    };
}

const LIST: &str = concat!("SELECT ", columns!(), " FROM posts ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?");
const COUNT: &str = "SELECT COUNT(*) FROM posts";
const VIEW: &str = concat!("UPDATE posts SET view_count = view_count + 1 WHERE id = ? RETURNING ", columns!());
const SEARCH: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM posts WHERE title LIKE ? ESCAPE '\\' ORDER BY created_at DESC, id DESC LIMIT ?"
);
const CREATE: &str =
    concat!("INSERT INTO posts (title, content, author, created_at) VALUES (?, ?, ?, ?) RETURNING ", columns!());
const UPDATE: &str = concat!(
    "UPDATE posts SET title = COALESCE(?, title), content = COALESCE(?, content), author = COALESCE(?, author) ",
    "WHERE id = ? RETURNING ",
    columns!()
);
const DELETE: &str = "DELETE FROM posts WHERE id = ?";

type Row = (i64, String, Option<String>, String, i64, i64);
type Query = sqlx::query::QueryAs<'static, Driver, Row, sqlx::sqlite::SqliteArguments>;

impl From<Row> for Post {
    fn from((id, title, content, author, views, created): Row) -> Self {
        Self { id, title, content, author, views, created }
    }
}

/// The database. Cloning shares it.
#[derive(Clone, Debug)]
pub(crate) struct Sqlite {
    pub(super) writer: SqlitePool,
    pub(super) readers: SqlitePool,
}

impl Sqlite {
    /// Opens the file, creates it when it is missing, and brings its tables up to date.
    ///
    /// # Errors
    /// The file cannot be opened, is no database, or was made by a later version of the blog.
    pub(crate) async fn open(path: &Path) -> Result<Self, crate::Error> {
        Self::open_waiting(path, DATABASE_WAIT_MAX).await
    }

    /// As [`Sqlite::open`]; statements wait for locks of other processes for `wait` at most.
    pub(super) async fn open_waiting(path: &Path, wait: Duration) -> Result<Self, crate::Error> {
        let failed = |doing: &str, error: &dyn std::fmt::Display| {
            crate::Error::database(format!("{doing} {}: {error}", path.display()))
        };
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|error| failed("creating the folder of", &error))?;
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(wait)
            .disable_statement_logging();
        let pool = |connections: u32| {
            let pool = SqlitePoolOptions::new().max_connections(connections).acquire_timeout(DATABASE_WAIT_MAX);
            pool.idle_timeout(None).max_lifetime(None).test_before_acquire(false)
        };
        let writer = pool(1).connect_with(options.clone()).await.map_err(|error| failed("opening", &error))?;
        migrations().run(&writer).await.map_err(|error| failed("bringing up to date", &error))?;
        let readers = pool(DATABASE_READERS).connect_lazy_with(options.pragma("query_only", "ON"));
        Ok(Self { writer, readers })
    }

    /// Runs a statement that changes at most one post to its end, which commits it.
    async fn write(&self, query: Query) -> Result<Option<Post>, Error> {
        let rows = query.fetch_all(&self.writer).await?;
        Ok(rows.into_iter().next().map(Post::from))
    }
}

/// The steps to the present tables. A step that was released never changes.
fn migrations() -> Migrator {
    let posts = include_str!("../../migrations/0001_posts.sql").into_sql_str();
    Migrator::with_migrations(vec![Migration::new(1, "posts".into(), MigrationType::Simple, posts, false)])
}

impl Posts for Sqlite {
    fn list(&self, page: PageRequest) -> Answer<'_, Result<Slice, Error>> {
        Box::pin(async move {
            let mut snapshot = self.readers.begin().await?;
            let total: i64 = sqlx::query_scalar(COUNT).fetch_one(&mut *snapshot).await?;
            let query = sqlx::query_as(LIST).bind(i64::from(page.size));
            let offset = i64::try_from(page.offset()).unwrap_or(i64::MAX);
            let rows: Vec<Row> = query.bind(offset).fetch_all(&mut *snapshot).await?;
            snapshot.rollback().await?;
            Ok(Slice { posts: rows.into_iter().map(Post::from).collect(), total: total.unsigned_abs() })
        })
    }

    fn view(&self, id: i64) -> Answer<'_, Result<Option<Post>, Error>> {
        Box::pin(self.write(sqlx::query_as(VIEW).bind(id)))
    }

    fn search<'a>(&'a self, keyword: &'a str) -> Answer<'a, Result<Vec<Post>, Error>> {
        Box::pin(async move {
            let query = sqlx::query_as(SEARCH).bind(pattern(keyword)).bind(SEARCH_POSTS_MAX);
            let rows: Vec<Row> = query.fetch_all(&self.readers).await?;
            Ok(rows.into_iter().map(Post::from).collect())
        })
    }

    fn create(&self, post: NewPost) -> Answer<'_, Result<Post, Error>> {
        let query = sqlx::query_as(CREATE).bind(post.title).bind(post.content).bind(post.author).bind(post.created);
        Box::pin(async move {
            let kept = self.write(query).await?;
            kept.ok_or_else(|| Error::Failed("inserting a post gave no row back".to_owned()))
        })
    }

    fn update(&self, id: i64, change: Change) -> Answer<'_, Result<Option<Post>, Error>> {
        let query = sqlx::query_as(UPDATE).bind(change.title).bind(change.content).bind(change.author);
        Box::pin(self.write(query.bind(id)))
    }

    fn delete(&self, id: i64) -> Answer<'_, Result<bool, Error>> {
        Box::pin(async move {
            let deleted = sqlx::query(DELETE).bind(id).execute(&self.writer).await?;
            Ok(deleted.rows_affected() > 0)
        })
    }

    fn ping(&self) -> Answer<'_, Result<(), Error>> {
        Box::pin(async move {
            sqlx::query("SELECT id FROM posts LIMIT 1").fetch_optional(&self.readers).await?;
            Ok(())
        })
    }

    fn connections(&self) -> Connections {
        let idle = self.writer.num_idle() + self.readers.num_idle();
        let open = self.writer.size() + self.readers.size();
        Connections { open, idle: u32::try_from(idle).unwrap_or(open).min(open) }
    }

    fn close(&self) -> Answer<'_, ()> {
        Box::pin(async move {
            // The writer last: the connection that closes last folds the log into the file.
            self.readers.close().await;
            self.writer.close().await;
        })
    }
}

/// A `LIKE` pattern that finds `keyword` as it stands anywhere.
fn pattern(keyword: &str) -> String {
    let mut pattern = String::from("%");
    for character in keyword.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        /// `SQLITE_BUSY` and `SQLITE_LOCKED`; the extended codes carry them in their low byte.
        const LOCKS: [u32; 2] = [5, 6];
        let code = error.as_database_error().and_then(|error| error.code()?.parse::<u32>().ok());
        let locked = code.is_some_and(|code| LOCKS.contains(&(code & 0xff)));
        let text = format!("database: {error}");
        match error {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => Self::Busy(text),
            _ if locked => Self::Busy(text),
            _ => Self::Failed(text),
        }
    }
}
