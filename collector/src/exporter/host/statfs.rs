//! Asks file systems for their size without being stopped by one that hangs.
//!
//! Invariant: [`StatFs::ask`] returns within its wait. A file system that has not answered by then is not asked again
//! until its answer came, so each hangs at most one thread, and no more than [`HOST_STATFS_HANGING_MAX`] hang at all.

use crate::limits::{HOST_STATFS_HANGING_MAX, HOST_STATFS_WAIT_MAX};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Threads that ask side by side.
const WORKERS: usize = 4;
/// What is told of a file system that hangs, in node_exporter's words.
const HANGS: &str = "mountpoint timeout";

/// What a file system answers: bytes and file nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Usage {
    pub(super) size: f64,
    pub(super) free: f64,
    /// Free for others than root.
    pub(super) available: f64,
    pub(super) files: f64,
    pub(super) files_free: f64,
}

/// Asks one file system.
type Ask = fn(&Path) -> Result<Usage, String>;
type Answer = (usize, Result<Usage, String>);

/// See the module.
#[derive(Debug)]
pub(super) struct StatFs {
    ask: Ask,
    wait: Duration,
    hanging: Arc<Mutex<HashSet<PathBuf>>>,
}

/// What the workers of one call share.
struct Round {
    ask: Ask,
    paths: Vec<PathBuf>,
    next: AtomicUsize,
    hanging: Arc<Mutex<HashSet<PathBuf>>>,
}

impl StatFs {
    pub(super) fn new() -> Self {
        Self::with(statvfs, HOST_STATFS_WAIT_MAX)
    }

    fn with(ask: Ask, wait: Duration) -> Self {
        Self { ask, wait, hanging: Arc::default() }
    }

    /// The answers, in the order of the paths.
    pub(super) fn ask(&self, paths: Vec<PathBuf>) -> Vec<Result<Usage, String>> {
        let mut answers = vec![Err(HANGS.to_owned()); paths.len()];
        let hanging = lock(&self.hanging).clone();
        let asked: Vec<usize> =
            (0..paths.len()).filter(|i| paths.get(*i).is_some_and(|p| !hanging.contains(p))).collect();
        let round = Arc::new(Round {
            ask: self.ask,
            paths: asked.iter().filter_map(|index| paths.get(*index).cloned()).collect(),
            next: AtomicUsize::new(0),
            hanging: Arc::clone(&self.hanging),
        });
        for (position, answer) in self.run(&round, HOST_STATFS_HANGING_MAX.saturating_sub(hanging.len())) {
            if let Some(slot) = asked.get(position).and_then(|index| answers.get_mut(*index)) {
                *slot = answer;
            }
        }
        answers
    }

    fn run(&self, round: &Arc<Round>, workers_max: usize) -> Vec<Answer> {
        let (sender, receiver) = sync_channel(round.paths.len());
        for _ in 0..WORKERS.min(workers_max).min(round.paths.len()) {
            let (round, sender) = (Arc::clone(round), sender.clone());
            // Without a thread its share falls to the others, or is told as hanging.
            let _ = std::thread::Builder::new().name("statfs".to_owned()).spawn(move || round.work(&sender));
        }
        drop(sender);
        let mut answers = self.receive(&receiver, round.paths.len());
        // From here on a worker that answers finds its path among the hanging ones, and takes it out.
        let mut hanging = lock(&self.hanging);
        answers.extend(receiver.try_iter());
        let answered: HashSet<usize> = answers.iter().map(|(position, _)| *position).collect();
        let taken = round.next.swap(round.paths.len(), Ordering::SeqCst);
        let late = round.paths.iter().enumerate().take(taken).filter(|(position, _)| !answered.contains(position));
        hanging.extend(late.map(|(_, path)| path.clone()));
        answers
    }

    /// What arrives in time.
    fn receive(&self, receiver: &Receiver<Answer>, expected: usize) -> Vec<Answer> {
        let deadline = Instant::now() + self.wait;
        let mut answers = Vec::with_capacity(expected);
        while answers.len() < expected {
            match receiver.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(answer) => answers.push(answer),
                Err(_) => break,
            }
        }
        answers
    }
}

impl Round {
    fn work(&self, sender: &SyncSender<Answer>) {
        loop {
            let position = self.next.fetch_add(1, Ordering::SeqCst);
            let Some(path) = self.paths.get(position) else { return };
            let answer = (self.ask)(path);
            let mut hanging = lock(&self.hanging);
            hanging.remove(path);
            if sender.send((position, answer)).is_err() {
                return;
            }
        }
    }
}

fn lock(hanging: &Mutex<HashSet<PathBuf>>) -> MutexGuard<'_, HashSet<PathBuf>> {
    hanging.lock().unwrap_or_else(PoisonError::into_inner)
}

#[expect(clippy::cast_precision_loss, reason = "the wire is a float")]
fn statvfs(path: &Path) -> Result<Usage, String> {
    let stat = rustix::fs::statvfs(path).map_err(|error| error.to_string())?;
    let block = stat.f_frsize as f64;
    Ok(Usage {
        size: stat.f_blocks as f64 * block,
        free: stat.f_bfree as f64 * block,
        available: stat.f_bavail as f64 * block,
        files: stat.f_files as f64,
        files_free: stat.f_ffree as f64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Condvar;

    static RELEASED: (Mutex<bool>, Condvar) = (Mutex::new(false), Condvar::new());

    /// Hangs for paths named so, until released.
    fn hang(path: &Path) -> Result<Usage, String> {
        if path.starts_with("/hang") {
            let released = RELEASED.0.lock().expect("not poisoned");
            drop(RELEASED.1.wait_while(released, |released| !*released).expect("not poisoned"));
        }
        if path.starts_with("/broken") {
            Err("no such device".to_owned())
        } else {
            Ok(Usage { size: 1.0, ..Usage::default() })
        }
    }

    #[test]
    fn a_hanging_file_system_is_waited_for_once_and_asked_again_when_it_answered() {
        let stat_fs = StatFs::with(hang, Duration::from_millis(200));
        let paths: Vec<PathBuf> = ["/a", "/hang/1", "/broken", "/hang/2", "/b"].iter().map(PathBuf::from).collect();
        let told = |answers: Vec<Result<Usage, String>>| -> Vec<String> {
            answers
                .into_iter()
                .map(|answer| answer.map_or_else(|error| error, |usage| usage.size.to_string()))
                .collect()
        };
        let with_hanging = ["1", HANGS, "no such device", HANGS, "1"];
        assert_eq!(told(stat_fs.ask(paths.clone())), with_hanging);
        let again = Instant::now();
        assert_eq!(told(stat_fs.ask(paths.clone())), with_hanging);
        assert!(again.elapsed() < Duration::from_millis(200), "the hanging ones are not waited for twice");
        *RELEASED.0.lock().expect("not poisoned") = true;
        RELEASED.1.notify_all();
        while !lock(&stat_fs.hanging).is_empty() {
            std::thread::yield_now();
        }
        assert_eq!(told(stat_fs.ask(paths)), ["1", "1", "no such device", "1", "1"]);
    }

    #[test]
    fn the_root_tells_its_size() {
        let answers = StatFs::new().ask(vec![PathBuf::from("/"), PathBuf::from("/no/such/folder")]);
        assert!(matches!(answers.as_slice(), [Ok(usage), Err(_)] if usage.size >= usage.free && usage.size > 0.0));
        assert_eq!(StatFs::new().ask(Vec::new()), []);
    }
}
