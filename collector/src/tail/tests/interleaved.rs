//! A writer and a tailer on one thread, interleaved between any two looks at the disk, with kills at any of them: every
//! line once and in order, whatever the file goes through.
//!
//! Invariant: a seed repeats a run exactly, and of the runs that fail the shortest is shown.

use super::super::disk::between;
use super::watch::Changed;
use super::{Bench, LogJob, PodTree, Scope};
use model::labels::Labels;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Random numbers that a seed repeats.
struct Dice(u64);

impl Dice {
    fn of(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % sides
    }
}

/// How a file is rotated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Way {
    /// Renamed to a date; the one before is compressed beside it and put in its place whole, as the kubelet does.
    Dated,
    /// Renamed to `.1`, older ones shifted; the second is compressed in place, as `gzip` does.
    Counted,
    /// Copied to a date and emptied.
    Copied,
    /// Copied to `.1`, older ones shifted, emptied, the copy compressed in place.
    CopiedAndCompressed,
}

const WAYS: [Way; 4] = [Way::Copied, Way::Dated, Way::Counted, Way::CopiedAndCompressed];

/// What nobody can see half of.
#[derive(Clone, Debug)]
enum Step {
    Append(String),
    Create(PathBuf),
    /// Copies a part of one file behind what the other holds: so many of so many parts.
    CopyPart(PathBuf, PathBuf, usize),
    Rename(PathBuf, PathBuf),
    Empty,
    Compress(PathBuf, PathBuf, usize),
    Remove(PathBuf),
}

/// One file and everything that was ever written to it.
struct Writer {
    path: PathBuf,
    way: Way,
    dice: Dice,
    lines: u64,
    rotations: u64,
    left: u64,
    has_clock: bool,
    next: VecDeque<Step>,
    history: Vec<String>,
}

const PARTS: usize = 3;

impl Writer {
    fn step(&mut self) {
        if self.next.is_empty() {
            if self.left == 0 {
                return;
            }
            self.left -= 1;
            self.plan();
        }
        if let Some(step) = self.next.pop_front() {
            self.run(&step);
        }
    }

    fn plan(&mut self) {
        if self.dice.below(3) > 0 || !self.path.exists() {
            return self.plan_lines();
        }
        self.rotations += 1;
        let path = self.path.clone();
        let dated = beside(&path, &format!(".20261128-{:06}", self.rotations));
        match self.way {
            Way::Dated => {
                let before = beside(&path, &format!(".20261128-{:06}", self.rotations - 1));
                self.next.push_back(Step::Rename(path, dated));
                if before.exists() && self.dice.below(2) == 0 {
                    let (tmp, gz) = (beside(&before, ".tmp"), beside(&before, ".gz"));
                    self.next.push_back(Step::Create(tmp.clone()));
                    self.next.push_back(Step::Compress(before.clone(), tmp.clone(), PARTS));
                    self.next.push_back(Step::Rename(tmp, gz));
                    self.next.push_back(Step::Remove(before));
                }
            }
            Way::Counted => {
                self.plan_shift();
                self.next.push_back(Step::Rename(path, self.counted(1)));
                let second = self.counted(2);
                if self.counted(1).exists() && self.dice.below(2) == 0 {
                    self.plan_compression(second);
                }
            }
            Way::Copied => self.plan_copy(dated),
            Way::CopiedAndCompressed => {
                self.plan_shift();
                self.plan_copy(self.counted(1));
                self.plan_compression(self.counted(1));
            }
        }
    }

    fn plan_lines(&mut self) {
        let mut text = String::new();
        for _ in 0..1 + self.dice.below(6) {
            text.push_str(&format!("{} {}\n", self.lines, "x".repeat(self.dice.below(400) as usize)));
            self.lines += 1;
        }
        let cut = self.dice.below(2) * self.dice.below(text.len() as u64);
        let (first, rest) = text.split_at(cut as usize);
        self.next.extend([first, rest].map(|part| Step::Append(part.to_owned())));
    }

    fn plan_copy(&mut self, to: PathBuf) {
        self.next.push_back(Step::Create(to.clone()));
        for part in 0..PARTS {
            self.next.push_back(Step::CopyPart(self.path.clone(), to.clone(), part));
        }
        self.next.push_back(Step::Empty);
    }

    fn plan_compression(&mut self, plain: PathBuf) {
        let gz = beside(&plain, ".gz");
        self.next.push_back(Step::Create(gz.clone()));
        for part in 1..=PARTS {
            self.next.push_back(Step::Compress(plain.clone(), gz.clone(), part));
        }
        self.next.push_back(Step::Remove(plain));
    }

    fn plan_shift(&mut self) {
        for number in (1..self.rotations).rev() {
            for ending in ["", ".gz"] {
                let (from, to) = (beside(&self.counted(number), ending), beside(&self.counted(number + 1), ending));
                if from.exists() {
                    self.next.push_back(Step::Rename(from, to));
                }
            }
        }
    }

    fn counted(&self, number: u64) -> PathBuf {
        beside(&self.path, &format!(".{number}"))
    }

    fn run(&mut self, step: &Step) {
        let shown = match step {
            Step::Append(_) => format!("append to line {}", self.lines),
            Step::Create(path) => format!("create {}", name(path)),
            Step::CopyPart(_, to, part) => format!("copy part {part} to {}", name(to)),
            Step::Rename(from, to) => format!("rename {} to {}", name(from), name(to)),
            Step::Empty => "empty".to_owned(),
            Step::Compress(from, _, part) => format!("compress {} part {part}", name(from)),
            Step::Remove(path) => format!("remove {}", name(path)),
        };
        self.history.push(shown);
        match step {
            Step::Append(text) => {
                append(&self.path, text.as_bytes());
                self.date(&self.path);
            }
            Step::Create(path) => {
                std::fs::write(path, "").expect("created");
                self.date(path);
            }
            Step::CopyPart(from, to, part) => {
                let bytes = std::fs::read(from).expect("read");
                let cut = |part: usize| bytes.len() * part / PARTS;
                append(to, &bytes[cut(*part)..cut(part + 1)]);
                self.date(to);
            }
            Step::Rename(from, to) => std::fs::rename(from, to).expect("renamed"),
            Step::Empty => {
                let file = std::fs::OpenOptions::new().write(true).open(&self.path).expect("opened");
                file.set_len(0).expect("emptied");
                self.date(&self.path);
            }
            Step::Compress(from, to, part) => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                encoder.write_all(&std::fs::read(from).expect("read")).expect("in memory");
                let bytes = encoder.finish().expect("in memory");
                std::fs::write(to, &bytes[..bytes.len() * part / PARTS]).expect("written");
                // `gzip` and `logrotate` keep the time; the kubelet does not, and puts a date into the name.
                match self.way {
                    Way::Dated => self.date(to),
                    _ => set_modified(to, std::fs::metadata(from).and_then(|found| found.modified()).expect("a time")),
                }
            }
            Step::Remove(path) => std::fs::remove_file(path).expect("removed"),
        }
    }

    /// A second passes with each step, or no time at all. Rotations that only count need the time to tell their age.
    fn date(&self, path: &Path) {
        if self.has_clock || matches!(self.way, Way::Counted | Way::CopiedAndCompressed) {
            let seconds = Duration::from_secs(1_795_867_210 + self.history.len() as u64);
            set_modified(path, SystemTime::UNIX_EPOCH + seconds);
        }
    }

    fn is_done(&self) -> bool {
        self.left == 0 && self.next.is_empty()
    }
}

fn set_modified(path: &Path, at: SystemTime) {
    let file = std::fs::OpenOptions::new().write(true).open(path).expect("opened");
    file.set_modified(at).expect("set");
}

fn append(path: &Path, bytes: &[u8]) {
    let mut file = std::fs::OpenOptions::new().append(true).create(true).open(path).expect("opened");
    file.write_all(bytes).expect("written");
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut path = path.to_owned().into_os_string();
    path.push(ending);
    path.into()
}

fn name(path: &Path) -> String {
    path.file_name().expect("a name").to_string_lossy().into_owned()
}

/// What a kill unwinds with.
struct Killed;

/// One run; what went wrong, with how it came to that.
fn run(seed: u64, way: Way, plans: u64) -> Result<(), String> {
    // In a tree of pods what was rotated before we came is read too; elsewhere a path is known from its first line on.
    let has_past = seed.is_multiple_of(2);
    let mut bench = if has_past { pods() } else { Bench::new("*.log") };
    let path = bench.path(if has_past { "pods/n_p_u/c/w.log" } else { "w.log" });
    let dice = Dice::of(seed);
    let has_clock = seed % 4 < 2;
    let (next, history) = (VecDeque::new(), Vec::new());
    let writer = Writer { path, way, dice, lines: 0, rotations: 0, left: plans, has_clock, next, history };
    let writer = Rc::new(RefCell::new(writer));
    writer.borrow_mut().plan_lines();
    while !writer.borrow().next.is_empty() {
        writer.borrow_mut().step();
    }
    let mut dice = Dice::of(seed ^ 0xdead);
    match has_past {
        true => (0..dice.below(30)).for_each(|_| writer.borrow_mut().step()),
        false => bench.settle(),
    }
    // Some runs are dense, some have long stretches in which nothing happens, and some are never killed.
    let (pace, deadliness) = ([2, 5, 12, 40][dice.below(4) as usize], [0, 0, 60, 15][dice.below(4) as usize]);
    for _ in 0..400 {
        if writer.borrow().is_done() {
            break;
        }
        live(&mut bench, &writer, &mut dice, (pace, deadliness));
    }
    while !writer.borrow().is_done() {
        writer.borrow_mut().step();
    }
    if !writer.borrow().path.exists() {
        // Rotated files are found beside the one that was rotated.
        writer.borrow_mut().plan_lines();
        (0..2).for_each(|_| writer.borrow_mut().step());
    }
    if dice.below(2) == 0 {
        bench.restart();
    }
    bench.settle();
    let number = |text: String| text.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(u64::MAX);
    let found: Vec<u64> = bench.texts().into_iter().map(number).collect();
    let writer = writer.borrow();
    if found == (0..writer.lines).collect::<Vec<_>>() {
        return Ok(());
    }
    let how = super::torture::differences(&found, writer.lines);
    Err(format!("seed {seed}, {way:?}, {plans} plans: {how}\n  {}", writer.history.join("\n  ")))
}

fn pods() -> Bench {
    let mut bench = Bench::with("{}");
    std::fs::create_dir_all(bench.path("pods/n_p_u/c")).expect("created");
    let tree = PodTree { path: bench.path("pods"), labels: Labels::empty(), optional: true };
    bench.jobs = vec![Arc::new(LogJob::pods("pods", tree).expect("a job"))];
    bench.restart();
    bench
}

/// One step of the tailer, in which the writer goes on and we may be killed.
fn live(bench: &mut Bench, writer: &Rc<RefCell<Writer>>, dice: &mut Dice, (pace, deadliness): (u64, u64)) {
    bench.clock.advance(50);
    let mut within = Dice::of(dice.below(u64::MAX));
    let others = Rc::clone(writer);
    between::set(Some(Box::new(move |what, path| {
        while within.below(pace) == 0 {
            others.borrow_mut().step();
        }
        others.borrow_mut().history.push(format!("    {what} {}", name(path)));
        if deadliness > 0 && within.below(deadliness) == 0 {
            resume_unwind(Box::new(Killed));
        }
    })));
    let mut changed = Changed::default();
    changed.folders.extend(writer.borrow().path.parent().map(Path::to_owned));
    let scope = match dice.below(3) {
        0 => Scope::Everything,
        1 => Scope::Files(Changed::default()),
        _ => Scope::Changed(changed),
    };
    let shown = match scope {
        Scope::Everything => "everything",
        Scope::Files(_) => "files",
        Scope::Changed(_) => "what changed",
    };
    writer.borrow_mut().history.push(format!("  step: {shown}"));
    let stepped = catch_unwind(AssertUnwindSafe(|| bench.tailer.step(&scope)));
    between::set(None);
    let shown = match stepped {
        Ok(progress) => format!("  {progress:?}"),
        Err(died) if died.is::<Killed>() => {
            for _ in 0..dice.below(12) {
                writer.borrow_mut().step();
            }
            bench.restart();
            "  killed".to_owned()
        }
        Err(died) => resume_unwind(died),
    };
    writer.borrow_mut().history.push(shown);
}

/// All ways with so many seeds each; `TAIL_SEEDS` sets how many, `TAIL_WAY` names the only way.
#[test]
fn every_line_once_and_in_order_wherever_the_writer_and_the_killer_come_between() {
    let seeds = std::env::var("TAIL_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(12);
    let only = std::env::var("TAIL_WAY").unwrap_or_default();
    let ways = WAYS.into_iter().filter(|way| only.is_empty() || only == format!("{way:?}"));
    let mut failures = Vec::new();
    for way in ways {
        for plans in [4, 8, 20] {
            failures.extend((1..=seeds).filter_map(|seed| run(seed, way, plans).err()));
        }
    }
    let shortest = failures.iter().min_by_key(|how| how.len());
    assert!(failures.is_empty(), "{} runs failed, the shortest: {}", failures.len(), shortest.expect("one"));
}
