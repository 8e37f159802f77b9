//! Every bound of the log store, with what happens beyond it.

/// Bytes of lines that a chunk gathers. The next line begins a new chunk.
pub const CHUNK_BYTES: usize = 512 << 10;

/// Bytes of lines that one chunk may have on disk, which a single long line can reach. A line beyond it is refused by
/// the writer of a part; a chunk whose header says more is damaged.
pub const CHUNK_BYTES_MAX: usize = 16 << 20;

/// Entries of a chunk. The next one begins a new chunk; a chunk whose header says more is damaged.
pub const CHUNK_ENTRIES_MAX: usize = 64 << 10;

/// Bytes of the distinct structured metadata of a chunk. The next new set begins a new chunk; a chunk that says more
/// than this and one set is damaged.
pub const CHUNK_METADATA_BYTES: usize = 256 << 10;

/// Chunks of a part. A part whose table says more is set aside; a writer that reaches it refuses to go on.
pub const PART_CHUNKS_MAX: usize = 4 << 20;

/// Bytes of a part's meta file. A part whose meta is longer is set aside.
pub const PART_META_BYTES_MAX: u64 = 64 << 10;

/// Bytes of a part's table of streams and chunks, as stored and as inflated. A part whose table is longer is set aside.
pub const PART_TABLE_BYTES_MAX: u64 = 1 << 30;
