//! Every bound of the collector with what happens beyond it.

use std::time::Duration;

/// Largest compressed body of a push, in bytes. A larger one is refused (413).
pub const PUSH_BODY_BYTES_MAX: usize = 16 << 20;

/// Largest inflated body of a push, in bytes. Inflating stops there and the push is refused (413).
pub const PUSH_INFLATED_BYTES_MAX: usize = 64 << 20;

/// Largest scrape body after inflating, in bytes. Inflating stops there and the scrape fails.
pub const SCRAPE_INFLATED_BYTES_MAX: usize = 64 << 20;

/// Longest line of an exposition page, in bytes. A longer one is an error of that line.
pub const EXPOSITION_LINE_BYTES_MAX: usize = 1 << 20;

/// Most labels that one exposition line may carry, before relabeling. More is an error of that line.
pub const EXPOSITION_LABELS_MAX: usize = 1024;

/// Most samples that one exposition page may hold, before relabeling. More fail the scrape: a page of the shortest
/// lines would otherwise take fifty times its size while it is read.
pub const PAGE_SAMPLES_MAX: u64 = 500_000;

/// Most metric families that the last pages of one target may declare. More fail the scrape.
pub const PAGE_FAMILIES_MAX: usize = 100_000;

/// Bytes of scrape bodies that all targets together may hold until they are read, beside what each has for itself.
/// A body that finds no room waits for it, at most as long as its scrape may take.
pub const SCRAPE_BODIES_BYTES_MAX: usize = 256 << 20;

/// Bytes of each scrape body that need none of the room which bodies share, so that a few large ones cannot starve
/// targets of usual size.
pub const SCRAPE_BODY_OWN_BYTES: usize = 64 << 10;

/// Longest text that tells why a scrape failed, in bytes. The rest is cut off.
pub const FAILURE_TEXT_BYTES_MAX: usize = 2 << 10;

/// Longest label set of an OpenMetrics exemplar, names and values together, in characters (OpenMetrics 1.0).
/// A longer one is left out; its sample stays.
pub const EXEMPLAR_LABEL_CHARS_MAX: usize = 128;

/// Most bytes that the cache from a pushed series' label bytes to its reference holds, keys and overhead together.
/// Beyond it the series that were not pushed lately are forgotten, and cost building their labels once more.
pub const PUSH_SERIES_CACHE_BYTES_MAX: usize = 64 << 20;

/// Most metric families whose pushed metadata is remembered. Metadata of further families is not stored.
pub const PUSH_FAMILIES_MAX: usize = 20_000;

/// Most series, samples, exemplars and families together that one push may hold. One with more is refused (413): a
/// message of empty samples would otherwise take a hundred times its size while it is read.
pub const PUSH_PARTS_MAX: usize = 1_000_000;

/// Longest name, help and unit together of a pushed family, in bytes. Metadata that is longer is not stored.
pub const PUSH_FAMILY_BYTES_MAX: usize = 4 << 10;

/// Bytes of native histograms that one push may hold. One with more is refused (413): a bucket of one byte takes
/// sixteen while it is read.
pub const PUSH_HISTOGRAM_BYTES_MAX: usize = 8 << 20;

/// Longest line of a log, in bytes. The rest of a longer one is cut off, which its structured metadata tells
/// (`truncated_bytes`) and which is counted.
pub const LINE_BYTES_MAX: usize = 256 << 10;

/// Longest text of a pushed stream's labels, in bytes. The lines of a longer one are refused (400).
pub const STREAM_LABELS_BYTES_MAX: usize = 64 << 10;

/// Most labels of a pushed stream, `service_name` not counted (Loki: 15). The lines of one with more are refused (400).
pub const STREAM_LABELS_MAX: usize = 128;

/// Longest name of a pushed stream's label, in bytes (as Loki). The lines of one with a longer are refused (400).
pub const STREAM_LABEL_NAME_BYTES_MAX: usize = 1024;

/// Longest value of a pushed stream's label, in bytes (as Loki). The lines of one with a longer are refused (400).
pub const STREAM_LABEL_VALUE_BYTES_MAX: usize = 2048;

/// Most pairs of structured metadata that a pushed line may have (as Loki). A line with more is refused (400).
pub const LINE_METADATA_MAX: usize = 128;

/// Largest structured metadata of a pushed line, names and values together, in bytes (as Loki). A line with more is
/// refused (400).
pub const LINE_METADATA_BYTES_MAX: usize = 64 << 10;

/// Most bytes that the cache from a pushed stream's label text to its labels holds. Beyond it the streams that were not
/// pushed lately are forgotten, and cost reading their labels once more.
pub const PUSH_STREAM_CACHE_BYTES_MAX: usize = 16 << 20;

/// How deep JSON of a push or a line may nest. What nests deeper counts as malformed.
pub const JSON_DEPTH_MAX: usize = 64;

/// How deep `match` stages may nest. Deeper ones are a config error.
pub const PIPELINE_DEPTH_MAX: usize = 8;

/// Most streams of one source that a pipeline stage remembers: blocks of lines, parts of lines, last times, rates. Lines
/// of further streams are not joined; times and rates begin anew.
pub const PIPELINE_STREAMS_MAX: usize = 1_000;

/// Most text of a line that `cri` joins from its parts, in bytes. The rest of a longer one is left out.
pub const JOINED_LINE_BYTES_MAX: usize = 1 << 20;

/// Label sets of streams that a tailed source remembers with what enrichment adds to them. Beyond it all are forgotten.
pub const ENRICHED_STREAMS_REMEMBERED_MAX: usize = 1024;

/// Sets of structured metadata that a tailed source remembers with their level. Beyond it all are forgotten.
pub const ENRICHED_METADATA_REMEMBERED_MAX: usize = 1024;

/// Most buffers for inflated pushes that are kept for the next push; more concurrent pushes allocate their own.
pub const PUSH_BUFFERS_KEPT_MAX: usize = 4;

/// Largest buffer that is kept for the next push, in bytes. A larger one is freed.
pub const PUSH_BUFFER_KEPT_BYTES_MAX: usize = 8 << 20;

/// How long a page of the host exporter waits for file systems to tell their size, all together. One that has not
/// answered by then is marked with `node_filesystem_device_error` and not asked again until it answers.
pub const HOST_STATFS_WAIT_MAX: Duration = Duration::from_secs(5);

/// Most file systems that may hang at once, each holding a thread. Further ones are marked as erroneous unasked.
pub const HOST_STATFS_HANGING_MAX: usize = 16;

/// How many pages are read and stored at once; others wait for their turn.
pub const PAGES_AT_ONCE: usize = 2;

/// Most targets whose page waits to be read. Beyond it a scrape is dropped, counted and tried again at the next tick.
pub const PAGES_WAITING_MAX: usize = 100_000;

/// For how many scrapes a series that is gone from its page is remembered, so that one that comes back at once need
/// not be relabeled again. After that its memory is given back.
pub const FORGET_AFTER_SCRAPES: u64 = 2;

/// Largest file of target groups, in bytes. A larger one is an error of that file; its last good groups stay.
pub const TARGET_FILE_BYTES_MAX: u64 = 16 << 20;

/// Updates of discovery that wait to be applied. When it is full, discovery waits.
pub const DISCOVERY_QUEUE: usize = 64;

/// How long stopping waits for scrapes in flight, in seconds. What still runs then is aborted.
pub const STOP_SECONDS_MAX: u64 = 1;

/// How many of its first bytes tell a tailed file from others. Files that begin alike and are alike before the position
/// count as one.
pub const TAIL_FINGERPRINT_BYTES_MAX: usize = 1 << 10;

/// How many bytes before the position are compared as well.
pub const TAIL_BEFORE_BYTES: usize = 64;

/// Bytes that are read of a tailed file at once; more than the longest line. Larger files take several reads.
pub const TAIL_READ_BYTES: usize = 512 << 10;

/// How many bytes beyond a buffer are looked through for the end of a line that is cut. Of a longer one
/// `truncated_bytes` tells less than was left out.
pub const TAIL_CUT_COUNTED_BYTES_MAX: usize = 64 << 20;

/// Bytes that a compressed file inflates to at once; the rest follows in the next step.
pub const TAIL_INFLATE_BYTES: usize = 8 << 20;

/// Bytes of tailed lines that are appended together. What was read beyond it waits for the next batch.
pub const TAIL_BATCH_BYTES: usize = 1 << 20;

/// Bytes that are read in one step, so that a reload or a stop need not wait long. The rest follows in the next step.
pub const TAIL_STEP_BYTES: u64 = 16 << 20;

/// Bytes of lines of one file that may wait for an older line which is held back. Beyond it the older one is let go as
/// it is.
pub const TAIL_DELAYED_BYTES_MAX: usize = 1 << 20;

/// How long they may wait. After that the older line is let go as it is.
pub const TAIL_DELAYED_MAX: Duration = Duration::from_secs(5);

/// How long a rotated or deleted file stays open after its end was reached. What is written to it later is not read.
pub const TAIL_LEFT_FILE_OPEN: Duration = Duration::from_secs(10);

/// How often a folder is listed without a file before the file counts as gone: a listing during a rename may miss one.
pub const TAIL_LOOKS_BEFORE_GONE: u32 = 2;

/// How often a folder is looked at again at once when files are renamed or deleted meanwhile. Beyond it what was seen has
/// to do.
pub const TAIL_LOOKS_AT_A_MOVING_FOLDER: u32 = 4;

/// How often in a row the folders of a job are listed again because files moved meanwhile, before what was seen has to do.
pub const TAIL_TORN_LISTINGS_MAX: u32 = 16;

/// How long the position of a file that is gone is kept, in case a copy of it shows up. A copy that shows up later is new.
pub const TAIL_GONE_KEPT: Duration = Duration::from_secs(60 * 60);

/// Most files that are gone whose positions are kept for one path. The oldest are forgotten first.
pub const TAIL_GONE_FILES_MAX: usize = 64;

/// Most paths that one job tails. Further ones are told on the Targets page and not tailed.
pub const TAIL_FILES_MAX: usize = 20_000;

/// Most folders that one job's patterns go through. Further ones are told on the Targets page and not read.
pub const TAIL_FOLDERS_MAX: usize = 50_000;

/// How deep a pattern goes into folders. What is deeper is not found.
pub const TAIL_FOLDER_DEPTH_MAX: usize = 32;

/// Most files that are held open. Beyond it files are opened for each read, and what is written to a file between its
/// last read and its deletion is lost.
pub const TAIL_OPEN_FILES_MAX: usize = 8_192;

/// Most folders in which the system is asked to tell of changes. Beyond it all files are polled.
pub const TAIL_FOLDERS_WATCHED_MAX: usize = 16_384;

/// Most changes that are kept until someone looks. Beyond it everything is looked at.
pub const TAIL_CHANGES_MAX: usize = 4_096;

/// How often tailed files are looked at where the system does not tell of changes, and where lines wait for a time.
pub const TAIL_POLL_EVERY: Duration = Duration::from_millis(250);

/// How long changes gather after a look before the next one.
pub const TAIL_GATHER_FOR: Duration = Duration::from_millis(100);

/// How often all files are looked at at most, also where the system tells of changes: not every file system does. Many
/// files are looked at less often, so that they cost the same.
pub const TAIL_FILES_EVERY: Duration = Duration::from_secs(1);

/// The same for folders.
pub const TAIL_SWEEP_EVERY: Duration = Duration::from_secs(5);

/// How much later the next look is for each file of the last one.
pub const TAIL_FILE_COSTS: Duration = Duration::from_millis(1);

/// How often a batch that the store refused is offered again. Meanwhile nothing is read.
pub const TAIL_RETRY_EVERY: Duration = Duration::from_millis(500);
