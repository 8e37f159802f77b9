//! Every bound of the front, each with what happens beyond it.

use std::time::Duration;

/// Largest request body, in bytes. A longer one is answered with 413, unread when its length is announced.
pub const BODY_BYTES_MAX: usize = 16 << 20;

/// Bytes of request bodies that all connections together may hold. A body that does not fit is answered with 503 and
/// `Retry-After`.
pub const BODIES_BYTES_MAX: usize = 64 << 20;

/// Largest head of a request (request line and header fields), in bytes. hyper answers a longer one with 431.
pub const HEADER_BYTES_MAX: usize = 128 << 10;

/// Open connections. Further ones wait in the kernel's backlog until one closes.
pub const CONNECTIONS_MAX: usize = 512;

/// How long the head of a request may take, which is also how long a connection may idle. Then it is closed.
pub const HEADER_READ_MAX: Duration = Duration::from_secs(30);

/// How long the body of a request may take. Then the answer is 408; 503 to a push, which is then sent again.
pub const BODY_READ_MAX: Duration = Duration::from_secs(30);

/// How long a client may take for [`WRITE_STALL_BYTES_MIN`] of an answer while we want to write more of it. Then the
/// connection is closed.
pub const WRITE_STALL_MAX: Duration = Duration::from_secs(30);

/// Bytes of an answer that a client takes at least in [`WRITE_STALL_MAX`], or all that is left.
pub const WRITE_STALL_BYTES_MIN: usize = 64 << 10;

/// How long a TLS handshake may take. Then the connection is closed.
pub const TLS_HANDSHAKE_MAX: Duration = Duration::from_secs(10);

/// Pushes that are stored at once, each holding its inflated body. Further ones wait.
pub const PUSH_THREADS: usize = 2;

/// Pushes that may wait for a thread. Beyond it they are answered with 503 and `Retry-After`.
pub const PUSHES_QUEUED_MAX: usize = 64;

/// How long a query may run, waiting in the queue included. A smaller `timeout` parameter counts, a larger one does
/// not. Then the answer is 503.
pub const QUERY_MAX: Duration = Duration::from_secs(30);

/// How long we wait for a query that was told to stop before we answer without it; its thread stays busy until it
/// notices.
pub const QUERY_STOP_GRACE: Duration = Duration::from_millis(500);

/// How long requests in flight may go on after the stop; then their queries are canceled.
pub const STOP_GRACE: Duration = Duration::from_secs(3);

/// How long connections have to send the answers of canceled queries before they are cut.
pub const STOP_CUT: Duration = Duration::from_secs(1);

/// Points of one series in an answer to `query_range`. A query that asks for more is answered with 400.
pub const RANGE_POINTS_MAX: i64 = 11_000;

/// Parameters of one request, URL and form together. A request with more is answered with 400.
pub const PARAMETERS_MAX: usize = 4_096;

/// Longest query text, in bytes. A longer one is answered with 400.
pub const QUERY_TEXT_BYTES_MAX: usize = 64 << 10;

/// Bytes of all selectors (`match[]`) of one request together. Longer ones are answered with 400.
pub const SELECTORS_BYTES_MAX: usize = 64 << 10;

/// Regular expressions in all selectors of one request together. More are answered with 400; each may take a mebibyte
/// and some milliseconds.
pub const SELECTOR_REGEXES_MAX: usize = 256;

/// Series that `/api/v1/series` lists without a `limit`. The rest is left out with a warning.
pub const SERIES_LISTED_MAX: usize = 1_000_000;

/// Bytes that one `/api/v1/series` may hold in the store while it looks, or one `index/volume` while it sums up. Beyond
/// it the answer is 422; 400 in Loki's API.
pub const LISTING_BYTES_MAX: u64 = 64 << 20;

/// Largest answer to a query or a listing, in bytes as estimated before it is written. A larger one is refused with 422.
pub const ANSWER_BYTES_MAX: usize = 128 << 20;

/// Bytes of finished answers that all connections together may hold until they are read. An answer that does not fit
/// is replaced by 503 and `Retry-After`.
pub const ANSWERS_BYTES_MAX: usize = 256 << 20;

/// Answers up to this size, in bytes, need none of the room that answers share, so that health, metrics and small
/// questions are always answered.
pub const ANSWER_OWN_BYTES: usize = 64 << 10;

/// Answers that are compressed at once.
pub const GZIP_THREADS: usize = 2;

/// Answers that may wait to be compressed. Beyond it they go out as they are.
pub const GZIP_QUEUED_MAX: usize = 4;

/// Answers shorter than this, in bytes, are not compressed.
pub const GZIP_BYTES_MIN: usize = 1 << 10;

/// Answers up to this size, in bytes, are compressed where they are made; longer ones on the pool.
pub const GZIP_INLINE_BYTES_MAX: usize = 32 << 10;

/// Verified passwords that are remembered (as keyed hashes). When it is full it is emptied.
pub const PASSWORDS_REMEMBERED_MAX: usize = 1_024;

/// Passwords that may wait for their bcrypt. Beyond it a login is answered with 503.
pub const PASSWORDS_QUEUED_MAX: usize = 16;

/// Highest bcrypt cost of a configured hash; 2^14 rounds take about a second. A higher one is a config error.
pub const BCRYPT_COST_MAX: u32 = 14;

/// What the client is told to wait when the server is busy or not ready, in seconds.
pub const RETRY_AFTER_SECONDS: u64 = 5;

/// Lines of an answer to `query_range` when no `limit` is given.
pub const LOG_LINES_DEFAULT: usize = 100;

/// Entries of an answer to `index/volume` when no `limit` is given.
pub const VOLUMES_DEFAULT: usize = 100;

/// Labels in `targetLabels` of `index/volume`. More are answered with 400.
pub const TARGET_LABELS_MAX: usize = 128;

/// Live tails that may run at once. A further one is answered with 429 and `Retry-After`.
pub const TAILS_MAX: usize = 32;

/// Longest `delay_for` of a live tail, in seconds. A longer one is answered with 400.
pub const TAIL_DELAY_SECONDS_MAX: usize = 5;

/// Lines that a live tail takes at a time from those that wait for it. The next ones come in the next message.
pub const TAIL_LINES_MAX: usize = 500;

/// Bytes after which a message of a live tail is sent, and what follows begins another; one line may be longer.
pub const TAIL_MESSAGE_BYTES: usize = 1 << 20;

/// Bytes of lines that go through the stages of a live tail before other connections have their turn.
pub const TAIL_WORK_BYTES: usize = 64 << 10;

/// How often a live tail asks its client whether it is still there.
pub const TAIL_PING_EVERY: Duration = Duration::from_secs(1);

/// Pings in a row that a client may leave unanswered. Then the connection is closed.
pub const TAIL_PINGS_UNANSWERED_MAX: u32 = 30;

/// Longest message that a client of a live tail may send, in bytes; it has nothing to say. A longer one ends the tail.
pub const TAIL_SAID_BYTES_MAX: usize = 4 << 10;
