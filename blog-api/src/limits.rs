//! Every bound of the blog, each with what happens beyond it.

use std::time::Duration;

/// Characters of a title. A longer one is answered with 400.
pub(crate) const TITLE_CHARS_MAX: usize = 200;

/// Characters of an author's name. A longer one is answered with 400.
pub(crate) const AUTHOR_CHARS_MAX: usize = 50;

/// Bytes of a content, which is what a `TEXT` column of MySQL holds. A longer one is answered with 400.
pub(crate) const CONTENT_BYTES_MAX: usize = 65_535;

/// Posts of one page. A larger `size` is answered with 400.
pub(crate) const PAGE_SIZE_MAX: u32 = 100;

/// Posts of a page when the request does not say.
pub(crate) const PAGE_SIZE_DEFAULT: u32 = 10;

/// Highest page number, that of a Java `int`. A higher one is answered with 400.
pub(crate) const PAGE_NUMBER_MAX: u32 = 2_147_483_647;

/// Posts that a search answers with, newest first. Older ones are left out.
pub(crate) const SEARCH_POSTS_MAX: u32 = 100;

/// Characters of a search keyword: longer than any title. A longer one is answered with 400.
pub(crate) const KEYWORD_CHARS_MAX: usize = TITLE_CHARS_MAX;

/// Bytes of a request body: the largest content with every character escaped. A longer one is answered with 413.
pub(crate) const BODY_BYTES_MAX: usize = 512 << 10;

/// How long the body of a request may take. Then the answer is 408.
pub(crate) const BODY_READ_MAX: Duration = Duration::from_secs(10);

/// Bytes of a path with its query. A longer one is answered with 414.
pub(crate) const TARGET_BYTES_MAX: usize = 2 << 10;

/// Bytes of a request's head. A longer one is answered with 431 and the connection closed.
pub(crate) const HEADER_BYTES_MAX: usize = 16 << 10;

/// Fields of a request's head. More are answered with 431 and the connection closed.
pub(crate) const HEADERS_MAX: usize = 64;

/// How long the head of a request may take, which is also how long a connection may idle. Then it is closed.
pub(crate) const HEADER_READ_MAX: Duration = Duration::from_secs(30);

/// How long a client may leave an answer unread while there is more to write. Then the connection is closed.
pub(crate) const WRITE_STALL_MAX: Duration = Duration::from_secs(30);

/// Open connections. Further ones wait in the kernel's backlog until one closes.
pub(crate) const CONNECTIONS_MAX: usize = 256;

/// Requests for posts that are answered at once, each holding a page of posts at most. Further ones wait, for
/// [`SLOT_WAIT_MAX`] at most; the actuator's pages are not counted, so that a probe is answered under load.
pub(crate) const REQUESTS_MAX: usize = 16;

/// How long a request waits until there are fewer than [`REQUESTS_MAX`]. Then the answer is 503 with `Retry-After`.
pub(crate) const SLOT_WAIT_MAX: Duration = Duration::from_secs(1);

/// How long a request may take, its body included. Then the answer is 503.
pub(crate) const REQUEST_MAX: Duration = Duration::from_secs(15);

/// How long the database may take to answer a probe. Then the blog is not ready.
pub(crate) const PING_MAX: Duration = Duration::from_secs(1);

/// Connections of the database that read. Further readers wait, for [`DATABASE_WAIT_MAX`] at most.
pub(crate) const DATABASE_READERS: u32 = 4;

/// How long a request waits for a connection of the database or a lock in it. Then the answer is 503.
pub(crate) const DATABASE_WAIT_MAX: Duration = Duration::from_secs(5);

/// How long requests in flight may go on after the stop when the configuration does not say; then they are cut.
pub(crate) const STOP_GRACE: Duration = Duration::from_secs(3);

/// How long the database may take to close after the last request. Then it is left as after a kill.
pub(crate) const CLOSE_MAX: Duration = Duration::from_secs(2);

/// Characters of an error's detail in a log line. The rest is cut.
pub(crate) const DETAIL_CHARS_MAX: usize = 2_000;

/// Bytes of the shortest token. A shorter one is a config error.
pub(crate) const TOKEN_BYTES_MIN: usize = 16;

/// Bytes of the longest token. A longer one is a config error.
pub(crate) const TOKEN_BYTES_MAX: usize = 512;

/// Tokens of a configuration. More are a config error.
pub(crate) const TOKENS_MAX: usize = 16;

/// What a client is told to wait when the blog is busy, in seconds.
pub(crate) const RETRY_AFTER_SECONDS: &str = "1";
