//! Every bound of the log store, with what happens beyond it.

use std::time::Duration;

/// Labels of one stream. More: its entries are refused as `InvalidLabels`.
pub const LABELS_MAX: usize = 128;

/// Bytes of a label's name or value. Longer: the stream's entries are refused as `InvalidLabels`.
pub const LABEL_BYTES_MAX: usize = 2 << 10;

/// Bytes of the structured metadata of one entry. More: the entry is refused as `InvalidLabels`.
pub const METADATA_BYTES_MAX: usize = 64 << 10;

/// Bytes of one line, with some room above the 256 KiB at which lines are cut for the mark that says so. Longer: the
/// entry is refused as `LineTooLong`.
pub const LINE_BYTES_MAX: usize = (256 << 10) + 1024;

/// How far an entry may lie ahead of the clock. Later: it is refused as `TooFarAhead`.
pub const FUTURE_MAX: Duration = Duration::from_secs(10 * 60);

/// Streams with entries in the last [`STREAMS_COUNTED`]. Entries of further ones are refused as `TooManyStreams`.
pub const STREAMS_MAX: usize = 100_000;

/// How long a stream counts after it first got an entry; after up to twice as long it counts anew.
pub const STREAMS_COUNTED: Duration = Duration::from_secs(30 * 60);

/// Bytes of a record of the WAL before compression. A batch beyond it takes several.
pub const RECORD_BYTES: usize = 4 << 20;

/// Bytes of lines in one chunk of the head; a longer line has one of its own.
pub const HEAD_CHUNK_BYTES: usize = 64 << 10;

/// Entries in one chunk of the head.
pub const HEAD_CHUNK_ENTRIES: usize = 4096;

/// Entries that wait for a subscriber. Beyond it the newest are dropped and counted.
pub const TAIL_WAITING_MAX: usize = 10_000;

/// Bytes of the lines that wait for a subscriber. Beyond it the newest are dropped and counted.
pub const TAIL_WAITING_BYTES_MAX: usize = 8 << 20;

/// Bytes of the names or values that one label listing collects. Beyond it the listing is refused.
pub const LISTING_BYTES_MAX: usize = 64 << 20;

/// Spans of one question for volumes. More: it is refused.
pub const VOLUME_SPANS_MAX: usize = 11_000;

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

/// Bytes of a word in the index. A chunk with a longer one is read by every query that looks for words.
pub const WORD_BYTES_MAX: usize = 256;

/// Different words of a chunk. A chunk with more is read by every query that looks for words.
pub const CHUNK_WORDS_MAX: usize = 8 << 10;

/// Different words inside of the ids of a chunk. Where there are more, those are not indexed, and the chunk is read by
/// every query for a word that may be a piece of an id.
pub const CHUNK_ID_WORDS_MAX: usize = 256;

/// Keys of different ids and numbers of a chunk. A chunk with more is read by every query that looks for one.
pub const CHUNK_CODES_MAX: usize = 16 << 10;

/// Texts of one line filter (its `or`s) that the index looks up. A filter with more reads every chunk.
pub const LITERALS_MAX: usize = 64;

/// Bytes of the trailer of an index. A part whose index says more is read without it.
pub const INDEX_TRAILER_BYTES_MAX: usize = 64 << 20;

/// Bytes of a part's meta that the store keeps there for itself.
pub const PART_OWNER_BYTES_MAX: usize = 32 << 10;

/// Tables and indexes of parts in memory, all parts together. Those used least lately go first.
pub const TABLE_CACHE_BYTES: usize = 64 << 20;

/// Memory of the head from which it is sealed.
pub const HEAD_BYTES: usize = 24 << 20;

/// Memory of the head at which whoever appends seals it first, or waits for who does.
pub const HEAD_BYTES_MAX: usize = 32 << 20;

/// How long an entry stays in the head at most, in milliseconds. Then the head is sealed however small it is.
pub const HEAD_AGE_MAX_MS: i64 = 5 * 60 * 1000;

/// Segments of the WAL since its last checkpoint. Beyond it the head is sealed and a checkpoint written, so that replay
/// stays short.
pub const SEGMENTS_MAX: u64 = 4;

/// Chunks of parts that are read to find out whether the lines of one batch are stored already. Lines that would need
/// more are stored, twice if they are repeats.
pub const REPEAT_CHUNKS_MAX: usize = 1024;

/// Lines of read chunks that are remembered for that; beyond it they are forgotten and read again.
pub const REPEAT_LINES_MAX: usize = 500_000;

/// How far the clock may be ahead of the newest part for the retention to believe it. Beyond it parts stay longer.
pub const CLOCK_AHEAD_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// Parts of about one size that make one larger part.
pub const MERGED_PARTS: usize = 8;

/// Bytes of lines of parts that are merged into one. Where they have more together, they stay apart.
pub const MERGED_BYTES_MAX: u64 = 1 << 30;

/// How long after the end of a partition its small parts are merged, in nanoseconds: late entries have come by then.
pub const FINISHED_AFTER: Duration = Duration::from_secs(60 * 60);
