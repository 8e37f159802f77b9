//! What a query cost, as Loki tells it.
//!
//! Invariant: the blocks and keys are those of Loki 3. What has no meaning in one process (caches, requests to other
//! processes) is zero.

use crate::json::Json;
use query::logql::LogStats;
use std::time::Duration;

/// How long a query took.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::loki) struct Took {
    /// From the request to the first work on it.
    pub(in crate::loki) queued: Duration,
    /// The evaluation.
    pub(in crate::loki) evaluated: Duration,
}

/// The caches of Loki, each told as one that nobody asked.
const CACHES: [&str; 8] =
    ["chunk", "index", "result", "statsResult", "volumeResult", "seriesResult", "labelResult", "instantMetricResult"];
const UNUSED_CACHE: &str = concat!(
    r#"{"entriesFound":0,"entriesRequested":0,"entriesStored":0,"bytesReceived":0,"bytesSent":0,"requests":0,"#,
    r#""downloadTime":0,"queryLengthServed":0}"#
);

pub(in crate::loki) fn write(json: &mut Json, stats: &LogStats, took: Took) {
    let seconds = took.evaluated.as_secs_f64();
    json.raw("{\"summary\":{\"bytesProcessedPerSecond\":").digits(per_second(stats.bytes, seconds));
    json.raw(",\"linesProcessedPerSecond\":").digits(per_second(stats.lines, seconds));
    json.raw(",\"totalBytesProcessed\":").digits(stats.bytes).raw(",\"totalLinesProcessed\":").digits(stats.lines);
    json.raw(",\"execTime\":").number(seconds).raw(",\"queueTime\":").number(took.queued.as_secs_f64());
    json.raw(",\"subqueries\":0,\"totalEntriesReturned\":").digits(stats.entries_returned);
    json.raw(",\"splits\":0,\"shards\":0,\"totalPostFilterLines\":").digits(stats.entries_returned);
    json.raw(",\"totalStructuredMetadataBytesProcessed\":0},\"querier\":{\"store\":");
    write_store(json, stats);
    json.raw("},\"ingester\":{\"totalReached\":0,\"totalChunksMatched\":0,\"totalBatches\":0,\"totalLinesSent\":0");
    json.raw(",\"store\":");
    write_store(json, &LogStats::default());
    json.raw("},\"cache\":").object(CACHES, |json, name| {
        json.raw("\"").raw(name).raw("\":").raw(UNUSED_CACHE);
    });
    json.raw(",\"index\":{\"totalChunks\":").digits(stats.chunks).raw(",\"postFilterChunks\":").digits(stats.chunks);
    json.raw(",\"shardsDuration\":0,\"usedBloomFilters\":false},\"store\":");
    // Grafana's inspector still looks for the chunks where Loki 2 told of them.
    write_store(json, stats);
    json.raw("}");
}

fn write_store(json: &mut Json, stats: &LogStats) {
    json.raw("{\"totalChunksRef\":").digits(stats.chunks).raw(",\"totalChunksDownloaded\":").digits(stats.chunks);
    json.raw(",\"chunksDownloadTime\":0,\"queryReferencedStructuredMetadata\":false");
    json.raw(",\"chunk\":{\"headChunkBytes\":0,\"headChunkLines\":0,\"decompressedBytes\":").digits(stats.bytes);
    json.raw(",\"decompressedLines\":").digits(stats.lines);
    json.raw(",\"compressedBytes\":0,\"totalDuplicates\":0,\"postFilterLines\":").digits(stats.entries_returned);
    json.raw(",\"headChunkStructuredMetadataBytes\":0,\"decompressedStructuredMetadataBytes\":0}");
    json.raw(",\"chunkRefsFetchTime\":0,\"congestionControlLatency\":0,\"pipelineWrapperFilteredLines\":0}");
}

/// Per second of work; nothing is said of work that took no time.
fn per_second(count: u64, seconds: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`as` saturates, and both are positive"
    )]
    if seconds > 0.0 { (count as f64 / seconds) as u64 } else { 0 }
}
