//! Every bound of the write-ahead log, with what happens beyond it.

/// A segment that has reached it is followed by a new one. Replay holds one segment in memory.
pub(crate) const SEGMENT_BYTES: u64 = 32 << 20;

/// Payload of one record before compression. Longer: the append is refused; on disk: the record is damaged.
pub(crate) const RECORD_BYTES_MAX: usize = 64 << 20;

/// A segment or checkpoint file. One that is longer was not written by us and is set aside.
pub(crate) const FILE_BYTES_MAX: u64 = 8 << 30;

/// Shorter payloads are not worth compressing.
pub(crate) const COMPRESS_FROM_BYTES: usize = 256;
