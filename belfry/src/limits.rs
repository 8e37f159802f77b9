//! Bounds of the daemon itself. Each says what happens beyond it.

use std::time::Duration;

/// Time for an ordered stop, all stages together; what runs still is cut off, and everything acknowledged is in the WAL.
pub(crate) const STOP_WITHIN: Duration = Duration::from_secs(8);

/// Of that, time for what brings data in; scrapes that are still in flight then are dropped.
pub(crate) const STOP_COLLECTING_WITHIN: Duration = Duration::from_millis(1_500);

/// Of that, time for requests in flight; the server cuts them off itself half a second before.
pub(crate) const STOP_SERVING_WITHIN: Duration = Duration::from_millis(4_500);

/// Of that, time for the store's workers.
pub(crate) const STOP_STORING_WITHIN: Duration = Duration::from_secs(1);

/// Of that, time for the embedded blog; its last lines are still tailed.
pub(crate) const STOP_BLOG_WITHIN: Duration = Duration::from_millis(900);

/// Of that, time for the blog's requests in flight; then they are cut.
pub(crate) const BLOG_STOP_GRACE: Duration = Duration::from_millis(500);

/// Size at which the blog's log file is rotated, in bytes; one rotated file is kept, an older one is removed.
pub(crate) const POD_LOG_BYTES: u64 = 10 << 20;

/// Longest text of one CRI line, in bytes; a longer line is written in parts, as container runtimes do.
pub(crate) const POD_LOG_PART_BYTES: usize = 16 << 10;

/// Longest wait of `status` and `health` for an answer; beyond it the daemon counts as down.
pub(crate) const ASK_TIMEOUT: Duration = Duration::from_secs(5);

/// Largest config file in bytes; a larger one is refused before it is parsed.
pub(crate) const MOST_CONFIG_BYTES: u64 = 16 << 20;

/// Largest own metrics page that `status` reads, in bytes; a larger one is refused.
pub(crate) const MOST_PAGE_BYTES: usize = 16 << 20;

/// Queries that run at once, per core; further ones wait.
pub(crate) const CONCURRENT_QUERIES_PER_CORE: usize = 2;

/// Queries that may wait for a thread; beyond it they are answered with 503.
pub(crate) const QUERY_QUEUE: usize = 128;

/// Threads of the store's own work: one for its maintenance, one for flushing the WAL meanwhile.
pub(crate) const STORE_THREADS: usize = 2;

/// Work of the store that may wait for a thread: closing it while both are busy.
pub(crate) const STORE_QUEUE: usize = 2;

/// How often the store's maintenance runs; what is due waits at most that long,
/// and the store's gauges are as old.
pub(crate) const MAINTAIN_EVERY: Duration = Duration::from_secs(15);

/// How often the store of logs is looked after; a full head waits no longer to be sealed.
pub(crate) const MAINTAIN_LOGS_EVERY: Duration = Duration::from_secs(2);
