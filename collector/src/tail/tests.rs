//! Real files in a temporary folder, rotated in every way, with a tailer that is stepped by hand.

use super::*;
use crate::config::{Config, PodTree, Sections, Source as ConfigSource, parse_yaml};
use model::budget::Budget;
use model::cancel::Cancel;
use model::clock::ManualClock;
use model::labels::Labels;
use model::time::{LogRange, Millis};
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use store::fs::DataDir;
use store::logs::{Direction, Options, Order, Reads, Select};

mod compressed;
mod interleaved;
mod rotations;
mod stages;
mod torture;
mod woken;

/// A folder of logs, a store, and the tailer between them.
struct Bench {
    folder: tempfile::TempDir,
    clock: Arc<ManualClock>,
    instruments: Arc<Instruments>,
    logs: Arc<Logs>,
    jobs: Vec<Arc<LogJob>>,
    tailer: Tailer,
    store: tempfile::TempDir,
}

/// One stored line.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stored {
    labels: Labels,
    text: String,
    metadata: Labels,
}

impl Bench {
    /// With one job that tails this pattern in the folder.
    fn new(pattern: &str) -> Self {
        Self::with(&format!(
            "log_configs: [{{job_name: j, static_configs: [{{labels: {{app: x, __path__: '{pattern}'}}}}]}}]"
        ))
    }

    fn with(yaml: &str) -> Self {
        let folder = tempfile::tempdir().expect("temp dir");
        let jobs = super::jobs(&config(yaml, folder.path()));
        let store = tempfile::tempdir().expect("temp dir");
        let clock = Arc::new(ManualClock::new(Millis(1_795_867_210_000)));
        let instruments = Arc::new(Instruments::new());
        let logs = open(store.path(), &clock, &instruments);
        let tailer = tailer(&logs, &clock, &instruments, &jobs);
        Self { folder, clock, instruments, logs, jobs, tailer, store }
    }

    /// As after `kill -9`: what was not in the store is gone.
    fn restart(&mut self) {
        self.tailer = tailer(&self.logs, &self.clock, &self.instruments, &self.jobs);
    }

    /// The store is closed and opened from its folder, and so are we.
    fn reopen(&mut self) {
        let nowhere = tempfile::tempdir().expect("temp dir");
        self.logs = open(nowhere.path(), &self.clock, &self.instruments);
        self.restart();
        self.logs = open(self.store.path(), &self.clock, &self.instruments);
        self.restart();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn append(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("created");
        let mut file = std::fs::OpenOptions::new().append(true).create(true).open(path).expect("opened");
        file.write_all(text.as_ref()).expect("written");
    }

    fn rename(&self, from: &str, to: &str) {
        std::fs::rename(self.path(from), self.path(to)).expect("renamed");
    }

    fn remove(&self, name: &str) {
        std::fs::remove_file(self.path(name)).expect("removed");
    }

    fn copy(&self, from: &str, to: &str) {
        std::fs::copy(self.path(from), self.path(to)).expect("copied");
    }

    fn truncate(&self, name: &str) {
        let file = std::fs::OpenOptions::new().write(true).open(self.path(name)).expect("opened");
        file.set_len(0).expect("emptied");
    }

    /// As `gzip` does: the compressed file is whole before the plain one goes.
    fn gzip(&self, name: &str) {
        let text = std::fs::read(self.path(name)).expect("read");
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&text).expect("in memory");
        std::fs::write(self.path(&format!("{name}.gz")), encoder.finish().expect("in memory")).expect("written");
        self.remove(name);
    }

    /// Steps until there is nothing left to do.
    fn settle(&mut self) {
        for _ in 0..1_000 {
            self.clock.advance(1);
            match self.tailer.step(&Scope::Everything) {
                Progress::More => {}
                Progress::Idle => return,
                Progress::Refused => panic!("the store refuses"),
            }
        }
        panic!("never idle");
    }

    fn stored(&self) -> Vec<Stored> {
        stored(&self.logs)
    }

    fn texts(&self) -> Vec<String> {
        self.stored().into_iter().map(|stored| stored.text).collect()
    }

    /// Settles and compares all lines that are stored.
    #[track_caller]
    fn expect(&mut self, expected: &[&str]) {
        self.settle();
        assert_eq!(self.texts(), expected);
    }
}

fn open(folder: &Path, clock: &Arc<ManualClock>, instruments: &Arc<Instruments>) -> Arc<Logs> {
    let options = Options::new(DataDir::open(folder).expect("locked"));
    let clock: Arc<dyn Clock> = Arc::<ManualClock>::clone(clock);
    Arc::new(Logs::open(options, clock, Arc::clone(instruments)).expect("opens"))
}

fn config(yaml: &str, folder: &Path) -> Config {
    let sections: Sections = parse_yaml(yaml, "belfry.yml").expect(yaml);
    let source = ConfigSource { file: "belfry.yml".to_owned(), folder: folder.to_owned() };
    sections.validate(&source).expect(yaml)
}

fn tailer(logs: &Arc<Logs>, clock: &Arc<ManualClock>, instruments: &Arc<Instruments>, jobs: &[Arc<LogJob>]) -> Tailer {
    let clock: Arc<dyn Clock> = Arc::<ManualClock>::clone(clock);
    let surroundings = Surroundings { logs: Arc::clone(logs), clock, instruments: Arc::clone(instruments) };
    let mut tailer = Tailer::new(surroundings);
    tailer.put_in_force(jobs);
    tailer
}

fn stored(logs: &Logs) -> Vec<Stored> {
    let select = Select {
        matchers: &[],
        range: LogRange::ALL,
        filters: &[],
        order: Order::ByTime(Direction::Forward),
        reads: Reads::All,
        expected: 0,
        budget: &Budget::unlimited(),
        cancel: &Cancel::default(),
    };
    let mut found = Vec::new();
    let visited = logs.select(&select, &mut |entry| {
        let (labels, metadata) = (entry.labels.clone(), entry.metadata.clone());
        found.push(Stored { labels, text: entry.line.to_owned(), metadata });
        ControlFlow::Continue(())
    });
    visited.expect("selects");
    found
}

#[test]
fn lines_are_stored_with_the_labels_of_their_target() {
    let mut bench = Bench::new("*.log");
    bench.append("a.log", "one\ntwo\npart");
    bench.expect(&["one", "two"]);
    bench.append("a.log", "ial\nthree\n");
    bench.expect(&["one", "two", "partial", "three"]);
    let path = bench.path("a.log").display().to_string();
    assert_eq!(
        bench.stored()[0].labels,
        Labels::from_pairs([("app", "x"), ("filename", &path), ("service_name", "x")])
    );
    bench.append("b.log", "other\n");
    bench.append("c.txt", "not named\n");
    bench.expect(&["one", "two", "partial", "three", "other"]);
}

#[test]
fn pods_give_their_names_and_links_are_followed() {
    let mut bench = Bench::with("{}");
    let tree = PodTree { path: bench.path("pods"), labels: Labels::from_pairs([("app", "was")]), optional: true };
    bench.jobs = vec![Arc::new(LogJob::pods("pods", tree).expect("a job"))];
    bench.restart();
    bench.settle();
    bench.append("containers/x.log", "through a link\n");
    let folder = bench.path("pods/blog-system_was-0_0f3b/was");
    std::fs::create_dir_all(&folder).expect("created");
    std::os::unix::fs::symlink(bench.path("containers/x.log"), folder.join("0.log")).expect("linked");
    bench.expect(&["through a link"]);
    let labels = [("app", "was"), ("container", "was"), ("namespace", "blog-system"), ("pod", "was-0")];
    let labels = Labels::from_pairs(labels.into_iter().chain([("service_name", "was")]));
    assert_eq!(bench.stored()[0].labels, labels);
}

#[test]
fn parts_of_container_lines_are_joined_over_restarts() {
    let mut bench = Bench::with("{}");
    let tree = PodTree { path: bench.path("pods"), labels: Labels::empty(), optional: true };
    bench.jobs = vec![Arc::new(LogJob::pods("pods", tree).expect("a job"))];
    bench.restart();
    let (log, rotated) = ("pods/n_p_u/c/0.log", "pods/n_p_u/c/0.log.20261128-120000");
    let at = |second: u32| format!("2026-11-28T12:00:0{second}.5Z");
    bench.append(log, format!("{} stdout F one\n{} stdout P tw\n", at(1), at(2)));
    bench.expect(&["one"]);
    bench.append(log, format!("{} stderr F error: other\n", at(3)));
    bench.expect(&["one"]);
    bench.restart();
    bench.append(log, format!("{} stdout P o th\n", at(4)));
    bench.expect(&["one"]);
    bench.rename(log, rotated);
    bench.restart();
    bench.append(log, format!("{} stdout F ree\n", at(5)));
    bench.expect(&["one", "error: other", "two three"]);
    bench.gzip(rotated);
    bench.restart();
    bench.expect(&["one", "error: other", "two three"]);
    let metadata: Vec<_> = bench.stored().into_iter().map(|stored| stored.metadata).collect();
    let expected = [("unknown", "stdout"), ("error", "stderr"), ("unknown", "stdout")];
    assert_eq!(
        metadata,
        expected.map(|(level, stream)| Labels::from_pairs([("detected_level", level), ("stream", stream)]))
    );
}

#[test]
fn a_line_that_never_ends_holds_nothing_up_for_ever() {
    let mut bench = Bench::with("{}");
    let tree = PodTree { path: bench.path("pods"), labels: Labels::empty(), optional: true };
    bench.jobs = vec![Arc::new(LogJob::pods("pods", tree).expect("a job"))];
    bench.restart();
    let at = "2026-11-28T12:00:00Z";
    bench.append("pods/n_p_u/c/0.log", format!("{at} stdout P half\n{at} stderr F whole\n"));
    bench.expect(&[]);
    bench.clock.advance(6_000);
    bench.expect(&["whole", "half"]);
    bench.append("pods/n_p_u/c/0.log", format!("{at} stdout F rest\n"));
    bench.restart();
    bench.expect(&["whole", "half", "rest"]);
}

#[test]
fn a_restart_goes_on_where_the_store_stopped() {
    let mut bench = Bench::new("*.log");
    bench.append("a.log", "one\nhalf");
    bench.expect(&["one"]);
    bench.restart();
    bench.expect(&["one"]);
    bench.append("a.log", " done\n");
    bench.restart();
    bench.append("a.log", "three\n");
    bench.expect(&["one", "half done", "three"]);
}

#[test]
fn a_line_of_ten_megabytes_is_cut_and_marked() {
    let mut bench = Bench::new("*.log");
    bench.append("a.log", vec![b'x'; 10 << 20]);
    bench.settle();
    bench.restart();
    bench.append("a.log", "\nnext\n");
    bench.settle();
    let stored = bench.stored();
    assert_eq!(stored.len(), 2);
    assert_eq!((stored[0].text.len(), stored[0].metadata.get("truncated_bytes")), (256 << 10, Some("10223616")));
    assert_eq!((stored[1].text.as_str(), stored[1].metadata.get("truncated_bytes")), ("next", None));
    assert!(bench.instruments.encode().contains("belfry_tail_lines_cut_total{log_job=\"j\"} 1\n"));
}

#[test]
fn what_is_not_utf8_is_replaced_and_counted() {
    let mut bench = Bench::new("*.log");
    bench.append("a.log", b"a\xff\xfeb\ngood\n");
    bench.expect(&["a\u{fffd}\u{fffd}b", "good"]);
    assert!(bench.instruments.encode().contains("belfry_tail_lines_invalid_total{log_job=\"j\"} 1\n"));
}

#[test]
fn what_cannot_be_read_is_told_and_tried_again() {
    let mut bench = Bench::new("*.log");
    bench.append("good.log", "1\n");
    std::fs::create_dir(bench.path("folder.log")).expect("created");
    std::os::unix::fs::symlink(bench.path("nowhere"), bench.path("dangling.log")).expect("linked");
    std::os::unix::fs::symlink("/dev/zero", bench.path("endless.log")).expect("linked");
    bench.expect(&["1"]);
    let problems = TailedJob::of("j", &bench.tailer.jobs["j"]).problems;
    let dangling = format!("reading {}: No such file or directory (os error 2)", bench.path("dangling.log").display());
    let endless = format!("reading {}: not a regular file", bench.path("endless.log").display());
    assert_eq!(problems, [dangling, endless]);
    bench.append("nowhere", "2\n");
    bench.expect(&["1", "2"]);
    assert_eq!(TailedJob::of("j", &bench.tailer.jobs["j"]).problems.len(), 1);
}

#[test]
fn links_to_one_file_are_no_renames() {
    let mut bench = Bench::new("*.log");
    bench.append("a.log", "1\n");
    std::os::unix::fs::symlink(bench.path("a.log"), bench.path("current.log")).expect("linked");
    std::fs::hard_link(bench.path("a.log"), bench.path("b.log")).expect("linked");
    bench.expect(&["1"]);
    assert_eq!(bench.tailer.step(&Scope::Everything), Progress::Idle);
}

#[test]
fn the_view_tells_how_each_path_goes() {
    let mut bench = Bench::new("*.log");
    bench.append("a.log", "1\nhalf");
    bench.append("b.log", "1\n");
    bench.settle();
    bench.remove("b.log");
    bench.settle();
    let files = TailedJob::of("j", &bench.tailer.jobs["j"]).files;
    let shown: Vec<_> = files.iter().map(|file| (file.state, file.position, file.size, file.lag, file.lines)).collect();
    assert_eq!(shown, [(FileState::Following, 2, 6, 4, 1), (FileState::Following, 2, 2, 0, 1)]);
    bench.clock.advance(11_000);
    bench.settle();
    let files = TailedJob::of("j", &bench.tailer.jobs["j"]).files;
    assert_eq!(files[1].state, FileState::Gone);
    bench.clock.advance(2 * 60 * 60 * 1_000);
    bench.settle();
    bench.settle();
    assert_eq!(bench.tailer.jobs["j"].families.len(), 1);
    assert_eq!(bench.logs.positions().len(), 1);
}

#[test]
fn a_job_that_changes_goes_on_with_its_new_labels() {
    let yaml = |job: &str, app: &str| {
        format!("log_configs: [{{job_name: {job}, static_configs: [{{labels: {{app: {app}, __path__: '*.log'}}}}]}}]")
    };
    let mut bench = Bench::with(&yaml("one", "x"));
    bench.append("a.log", "1\n");
    bench.expect(&["1"]);
    for (job, app, line) in [("one", "y", "2"), ("two", "y", "3")] {
        bench.jobs = super::jobs(&config(&yaml(job, app), bench.folder.path()));
        bench.tailer.put_in_force(&bench.jobs);
        bench.append("a.log", format!("{line}\n"));
        bench.settle();
        let stored = bench.stored();
        let last = stored.last().expect("a line");
        assert_eq!((last.text.as_str(), last.labels.get("app")), (line, Some(app)));
    }
    assert_eq!(bench.texts(), ["1", "2", "3"]);
    bench.restart();
    bench.expect(&["1", "2", "3"]);
}

#[test]
fn only_what_changed_is_read_when_changes_are_told() {
    let mut bench = Bench::new("*.log");
    bench.append("a.log", "1\n");
    bench.append("b.log", "1\n");
    bench.settle();
    bench.append("a.log", "2\n");
    bench.append("b.log", "3\n");
    let mut changed = watch::Changed::default();
    changed.files.insert(bench.path("b.log"));
    bench.clock.advance(1);
    assert_eq!(bench.tailer.step(&Scope::Changed(changed)), Progress::Idle);
    assert_eq!(bench.texts(), ["1", "1", "3"]);
    bench.rename("a.log", "a.log.1");
    bench.append("a.log", "4\n");
    bench.clock.advance(1);
    let mut changed = watch::Changed::default();
    changed.folders.insert(bench.folder.path().to_owned());
    // The folder is listed once more before the new file is read.
    assert_eq!(bench.tailer.step(&Scope::Changed(changed)), Progress::More);
    assert_eq!(bench.tailer.step(&Scope::Changed(watch::Changed::default())), Progress::Idle);
    assert_eq!(bench.texts(), ["1", "1", "3", "2", "4"]);
}
