//! The `storage:` section: how long, how much, and how safely.
//!
//! Invariant: what [`RawStorage::validate`] returns can be opened. Prometheus's own keys (`tsdb`, `exemplars`) are
//! understood; ours win where both are written. It opens nothing.

use crate::fs::DataDir;
use crate::metrics::{Options, Sync, limits};
use model::finding::{Finding, Place};
use model::{bytes, duration};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize, Serializer};
use serde_saphyr::Spanned;
use std::time::Duration;

/// As written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawStorage {
    metrics: Option<RawMetrics>,
    sync: Option<Spanned<String>>,
    tsdb: Option<RawTsdb>,
    exemplars: Option<RawExemplars>,
    logs: Option<RawLogs>,
    retention_rules: Option<IgnoredAny>,
    max_disk: Option<IgnoredAny>,
    backup: Option<IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawMetrics {
    retention: Option<Spanned<String>>,
    retention_size: Option<Spanned<String>>,
    out_of_order_window: Option<Spanned<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawLogs {
    retention: Option<Spanned<String>>,
    retention_size: Option<Spanned<String>>,
}

/// Prometheus's `storage.tsdb`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawTsdb {
    out_of_order_time_window: Option<Spanned<String>>,
    retention: Option<RawTsdbRetention>,
    stale_series_compaction_threshold: Option<IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawTsdbRetention {
    time: Option<Spanned<String>>,
    size: Option<Spanned<String>>,
    percentage: Option<IgnoredAny>,
}

/// Prometheus's `storage.exemplars`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawExemplars {
    max_exemplars: Option<Spanned<i64>>,
}

/// The section, checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Storage {
    /// The store of metrics.
    pub metrics: MetricsStorage,
    /// The store of logs.
    pub logs: LogsStorage,
    /// When the WAL is flushed to the disk itself. Default 1s.
    #[serde(serialize_with = "write_sync")]
    pub sync: Sync,
}

/// The store of metrics.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MetricsStorage {
    /// How long samples are kept; zero keeps them for ever. Default 90d (Prometheus: 15d).
    #[serde(serialize_with = "write_duration")]
    pub retention: Duration,
    /// Most bytes of blocks on disk; 0 is no bound, which is the default, as Prometheus's.
    pub retention_size: u64,
    /// How much older than the newest sample of its series a sample may be. Default 30m (Prometheus: 0s).
    #[serde(serialize_with = "write_duration")]
    pub out_of_order_window: Duration,
    /// Most exemplars in memory.
    pub max_exemplars: usize,
}

/// The store of logs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogsStorage {
    /// How long lines are kept, at least an hour; zero keeps them for ever. Default 168h (Loki: for ever).
    #[serde(serialize_with = "write_duration")]
    pub retention: Duration,
    /// Most bytes of sealed lines on disk; 0 is no bound, which is the default.
    pub retention_size: u64,
}

impl Default for Storage {
    fn default() -> Self {
        let metrics = MetricsStorage {
            retention: Duration::from_secs(90 * 24 * 60 * 60),
            retention_size: 0,
            out_of_order_window: Duration::from_secs(30 * 60),
            max_exemplars: limits::EXEMPLARS_MAX,
        };
        let logs = LogsStorage { retention: Duration::from_secs(168 * 60 * 60), retention_size: 0 };
        Self { metrics, logs, sync: Sync::default() }
    }
}

impl Storage {
    /// How to open the metrics of a data folder.
    pub fn metrics_options(&self, dir: DataDir) -> Options {
        Options {
            retention: self.metrics.retention,
            retention_size: self.metrics.retention_size,
            out_of_order_window: self.metrics.out_of_order_window,
            sync: self.sync,
            exemplars_max: self.metrics.max_exemplars,
            ..Options::new(dir)
        }
    }
}

impl Storage {
    /// How to open the logs of a data folder.
    pub fn logs_options(&self, dir: DataDir) -> crate::logs::Options {
        crate::logs::Options {
            retention: self.logs.retention,
            retention_size: self.logs.retention_size,
            sync: self.sync,
            ..crate::logs::Options::new(dir)
        }
    }
}

impl RawStorage {
    /// Keys that are written and take no effect yet.
    pub fn without_function(&self) -> Vec<&'static str> {
        let tsdb = self.tsdb.as_ref();
        let percentage = tsdb.and_then(|tsdb| tsdb.retention.as_ref()?.percentage.as_ref());
        let stale = tsdb.and_then(|tsdb| tsdb.stale_series_compaction_threshold.as_ref());
        let keys = [
            ("storage.retention_rules", self.retention_rules.as_ref()),
            ("storage.max_disk", self.max_disk.as_ref()),
            ("storage.backup", self.backup.as_ref()),
            ("storage.tsdb.retention.percentage", percentage),
            ("storage.tsdb.stale_series_compaction_threshold", stale),
        ];
        keys.into_iter().filter(|(_, written)| written.is_some()).map(|(key, _)| key).collect()
    }

    /// Checks the section. `file` is named in the findings.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn validate(self, file: &str) -> Result<Storage, Vec<Finding>> {
        let mut checks = Checks { file, findings: Vec::new() };
        let mut storage = Storage::default();
        checks.tsdb(self.tsdb.unwrap_or_default(), &mut storage.metrics);
        let max_exemplars = self.exemplars.unwrap_or_default().max_exemplars;
        if let Some(most) = checks.read("storage.exemplars.max_exemplars", max_exemplars, |most| exemplars(*most)) {
            storage.metrics.max_exemplars = most;
        }
        checks.metrics(self.metrics.unwrap_or_default(), &mut storage.metrics);
        checks.logs(self.logs.unwrap_or_default(), &mut storage.logs);
        if let Some(sync) = checks.read("storage.sync", self.sync, |text| sync(text)) {
            storage.sync = sync;
        }
        if checks.findings.is_empty() { Ok(storage) } else { Err(checks.findings) }
    }
}

struct Checks<'a> {
    file: &'a str,
    findings: Vec<Finding>,
}

impl Checks<'_> {
    fn tsdb(&mut self, raw: RawTsdb, metrics: &mut MetricsStorage) {
        let retention = raw.retention.unwrap_or_default();
        let window = raw.out_of_order_time_window;
        self.duration("storage.tsdb.out_of_order_time_window", window, &mut metrics.out_of_order_window);
        self.duration("storage.tsdb.retention.time", retention.time, &mut metrics.retention);
        self.bytes("storage.tsdb.retention.size", retention.size, &mut metrics.retention_size);
    }

    fn metrics(&mut self, raw: RawMetrics, metrics: &mut MetricsStorage) {
        self.duration("storage.metrics.retention", raw.retention, &mut metrics.retention);
        self.bytes("storage.metrics.retention_size", raw.retention_size, &mut metrics.retention_size);
        let window = raw.out_of_order_window;
        self.duration("storage.metrics.out_of_order_window", window, &mut metrics.out_of_order_window);
    }

    fn logs(&mut self, raw: RawLogs, logs: &mut LogsStorage) {
        if let Some(retention) = self.read("storage.logs.retention", raw.retention, |text| logs_retention(text)) {
            logs.retention = retention;
        }
        self.bytes("storage.logs.retention_size", raw.retention_size, &mut logs.retention_size);
    }

    fn duration(&mut self, key: &str, raw: Option<Spanned<String>>, into: &mut Duration) {
        if let Some(read) = self.read(key, raw, |text| duration::parse(text).map_err(|error| error.to_string())) {
            *into = read;
        }
    }

    fn bytes(&mut self, key: &str, raw: Option<Spanned<String>>, into: &mut u64) {
        if let Some(read) = self.read(key, raw, |text| bytes::parse(text).map_err(|error| error.to_string())) {
            *into = read;
        }
    }

    fn read<R, T>(&mut self, key: &str, raw: Option<Spanned<R>>, read: impl Fn(&R) -> Result<T, String>) -> Option<T> {
        let Spanned { value, referenced: at, .. } = raw?;
        let place = Place { file: self.file.to_owned(), line: at.line(), column: at.column() };
        let finding = |what| self.findings.push(Finding { place, key: key.to_owned(), what });
        read(&value).map_err(finding).ok()
    }
}

fn sync(text: &str) -> Result<Sync, String> {
    if text == "always" {
        return Ok(Sync::Always);
    }
    match duration::parse(text) {
        Ok(every) if !every.is_zero() => Ok(Sync::Interval(every)),
        _ => Err(format!("not a duration above zero or `always`, got {text}")),
    }
}

/// Partitions are an hour long at least, so nothing shorter can be kept to.
fn logs_retention(text: &str) -> Result<Duration, String> {
    let retention = duration::parse(text).map_err(|error| error.to_string())?;
    if !retention.is_zero() && retention < Duration::from_secs(60 * 60) {
        return Err(format!("not 0s or at least 1h, got {text}"));
    }
    Ok(retention)
}

fn exemplars(most: i64) -> Result<usize, String> {
    usize::try_from(most.max(0)).map_err(|_| format!("too many exemplars, got {most}"))
}

fn write_duration<S: Serializer>(value: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&duration::format(*value))
}

fn write_sync<S: Serializer>(value: &Sync, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Sync::Always => serializer.serialize_str("always"),
        Sync::Interval(every) => write_duration(every, serializer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Storage, Vec<String>> {
        let raw: RawStorage = serde_saphyr::from_str(text).expect("the shape is right");
        raw.validate("f.yml").map_err(|findings| findings.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn ours_and_prometheus_keys_are_read() {
        let storage = read("metrics: {retention: 30d, retention_size: 10GB}\nsync: always\n").expect("it is right");
        assert_eq!(storage.metrics.retention, Duration::from_secs(30 * 24 * 3600));
        assert_eq!(storage.metrics.retention_size, 10 << 30);
        assert_eq!(storage.sync, Sync::Always);
        let tsdb = "tsdb: {out_of_order_time_window: 1h, retention: {time: 15d}}\nexemplars: {max_exemplars: 7}\n";
        let storage = read(tsdb).expect("it is right");
        assert_eq!(storage.metrics.out_of_order_window, Duration::from_secs(3600));
        assert_eq!(storage.metrics.retention, Duration::from_secs(15 * 24 * 3600));
        assert_eq!(storage.metrics.max_exemplars, 7);
        let storage = read("logs: {retention: 30d, retention_size: 5GB}").expect("it is right");
        assert_eq!(
            storage.logs,
            LogsStorage { retention: Duration::from_secs(30 * 24 * 3600), retention_size: 5 << 30 }
        );
        assert_eq!(read("logs: {retention: 0s}").expect("for ever").logs.retention, Duration::ZERO);
        assert_eq!(read("{}"), Ok(Storage::default()));
    }

    #[test]
    fn everything_wrong_is_found_with_its_place() {
        let found = read("metrics:\n  retention: 5x\nsync: 0s\n").expect_err("two keys are wrong");
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("f.yml:2:14: storage.metrics.retention: "), "{found:?}");
        assert_eq!(found[1], "f.yml:3:7: storage.sync: not a duration above zero or `always`, got 0s");
        let found = read("logs:\n  retention: 10m\n  retention_size: much\n").expect_err("two keys are wrong");
        assert_eq!(found[0], "f.yml:2:14: storage.logs.retention: not 0s or at least 1h, got 10m");
        assert!(found[1].starts_with("f.yml:3:19: storage.logs.retention_size: "), "{found:?}");
    }
}
