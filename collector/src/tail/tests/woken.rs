//! What the system tells wakes the tailer: nothing here is found by a sweep, for none is made.

use super::super::disk::between;
use super::watch::{Changes, FolderWatch};
use super::{Bench, Progress, Scope};
use crate::tail::step;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Much longer than the system takes to tell; nothing waits so long unless it is not told at all.
const SOON: Duration = Duration::from_secs(20);

/// A tailer that looks where something changed, and never anywhere else.
struct Woken {
    bench: Bench,
    changes: Arc<Changes>,
    watch: FolderWatch,
}

impl Woken {
    fn new(pattern: &str) -> Self {
        let changes = Arc::new(Changes::default());
        let mut woken = Self { bench: Bench::new(pattern), watch: FolderWatch::new(&changes), changes };
        let mut progress = step(&mut woken.bench.tailer, &mut woken.watch, Scope::Everything).progress;
        while progress == Progress::More {
            progress = woken.look();
        }
        assert!(woken.watch.is_whole, "everything is watched");
        woken
    }

    fn look(&mut self) -> Progress {
        self.bench.clock.advance(1);
        step(&mut self.bench.tailer, &mut self.watch, Scope::Changed(self.changes.take())).progress
    }

    /// Looks whenever something is told, until these are all lines that are stored.
    async fn expect(&mut self, expected: &[&str]) {
        loop {
            if self.look() == Progress::More {
                continue;
            }
            if self.bench.texts() == expected {
                return;
            }
            self.wait().await;
        }
    }

    async fn wait(&self) {
        let told = tokio::time::timeout(SOON, self.changes.wait()).await;
        assert!(told.is_ok(), "nothing is told, found {:?}", self.bench.texts());
    }
}

#[tokio::test]
async fn folders_that_do_not_exist_yet_wake_when_they_come() {
    let mut woken = Woken::new("data/pods/*/*/*.log");
    woken.bench.append("data/pods/n_p_u/c/0.log", "1\n");
    woken.expect(&["1"]).await;
    woken.bench.append("data/pods/n_p_u/c/0.log", "2\n");
    woken.expect(&["1", "2"]).await;
    woken.bench.append("data/pods/n_q_u/c/0.log", "3\n");
    woken.expect(&["1", "2", "3"]).await;
}

#[tokio::test]
async fn folders_may_come_one_after_another_and_go_again() {
    let mut woken = Woken::new("a/b/c/*.log");
    let folder = |name: &str, woken: &Woken| std::fs::create_dir(woken.bench.path(name)).expect("created");
    for name in ["a", "a/b", "a/b/c"] {
        folder(name, &woken);
        woken.wait().await;
        while woken.look() == Progress::More {}
    }
    woken.bench.append("a/b/c/x.log", "1\n");
    woken.expect(&["1"]).await;
    std::fs::remove_dir_all(woken.bench.path("a")).expect("removed");
    woken.wait().await;
    while woken.look() == Progress::More {}
    woken.bench.append("a/b/c/x.log", "2\n");
    woken.expect(&["1", "2"]).await;
}

/// Nobody tells of what comes into a folder before it is watched.
#[tokio::test]
async fn what_comes_between_the_listing_and_the_watch_is_found() {
    let mut woken = Woken::new("*/*.log");
    std::fs::create_dir(woken.bench.path("new")).expect("created");
    let (folder, mut was_listed) = (woken.bench.path("new"), false);
    between::set(Some(Box::new(move |what, path: &Path| {
        if was_listed {
            was_listed = false;
            std::fs::write(folder.join("x.log"), "1\n").expect("written");
        }
        was_listed |= what == "list" && path == folder && !folder.join("x.log").exists();
    })));
    woken.expect(&["1"]).await;
    between::set(None);
}
