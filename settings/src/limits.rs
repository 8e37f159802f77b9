//! Bounds of what settings read and of the clients made of them, with what happens beyond them.

/// Largest file of a password, token or header, in bytes. A larger one fails the request.
pub const SECRET_FILE_BYTES_MAX: u64 = 1 << 20;

/// Most names of hosts that are looked up at once, each holding a thread until the system answers or gives up. Others
/// wait, at most as long as their request may take.
pub const LOOKUPS_AT_ONCE: usize = 128;

/// Most lookups that wait for a thread. Beyond it a request fails at once.
pub const LOOKUPS_WAITING_MAX: usize = 100_000;

/// Most redirects that one request follows. One more fails the request.
pub const REDIRECTS_MAX: usize = 10;

/// How long an unused connection stays open, in seconds. Longer pauses connect anew each time.
pub const IDLE_CONNECTION_SECONDS: u64 = 300;

/// Most unused connections that are kept to one host and port. Others are closed after their request.
pub const IDLE_CONNECTIONS_PER_HOST: usize = 2;
