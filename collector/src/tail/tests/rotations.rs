//! Every kind of rotation, while we run and while we are away.

use super::{Bench, LogJob, PodTree};
use model::labels::Labels;
use std::sync::Arc;

#[test]
fn renamed_files_are_read_to_their_end() {
    let mut bench = Bench::new("a.log");
    bench.append("a.log", "1\n2\n");
    bench.expect(&["1", "2"]);
    bench.append("a.log", "3\n");
    bench.rename("a.log", "a.log.1");
    bench.append("a.log", "4\n");
    bench.expect(&["1", "2", "3", "4"]);
    bench.append("a.log.1", "late\n");
    bench.append("a.log", "5\n");
    bench.expect(&["1", "2", "3", "4", "late", "5"]);
}

#[test]
fn the_rest_of_a_renamed_file_is_read_after_a_restart() {
    let mut bench = Bench::new("a.log");
    bench.append("a.log", "1\n2\n");
    bench.expect(&["1", "2"]);
    bench.append("a.log", "3\n");
    bench.rename("a.log", "a.log.1");
    bench.append("a.log", "4\n");
    bench.restart();
    bench.expect(&["1", "2", "3", "4"]);
    bench.restart();
    bench.expect(&["1", "2", "3", "4"]);
}

#[test]
fn two_rotations_while_away() {
    let mut bench = Bench::new("a.log");
    bench.append("a.log", "1\n2\n");
    bench.expect(&["1", "2"]);
    bench.append("a.log", "3\n");
    bench.rename("a.log", "a.log.1");
    bench.append("a.log", "4\n");
    bench.rename("a.log.1", "a.log.2");
    bench.rename("a.log", "a.log.1");
    bench.append("a.log", "5\n");
    bench.gzip("a.log.2");
    bench.restart();
    bench.expect(&["1", "2", "3", "4", "5"]);
    bench.restart();
    bench.expect(&["1", "2", "3", "4", "5"]);
}

#[test]
fn copies_hold_what_was_emptied() {
    for is_larger in [false, true] {
        for is_away in [false, true] {
            let mut bench = Bench::new("a.log");
            bench.append("a.log", "1\n2\n");
            bench.expect(&["1", "2"]);
            bench.append("a.log", "3\n");
            bench.copy("a.log", "a.log.1");
            if !is_away {
                // The copy is seen before the file is emptied.
                bench.append("a.log", "");
                bench.tailer.step(&super::Scope::Everything);
            }
            bench.truncate("a.log");
            bench.append("a.log", if is_larger { "4 is a longer line than all before\n" } else { "4\n" });
            if is_away {
                bench.restart();
            }
            let last = if is_larger { "4 is a longer line than all before" } else { "4" };
            bench.expect(&["1", "2", "3", last]);
            bench.restart();
            bench.expect(&["1", "2", "3", last]);
        }
    }
}

#[test]
fn an_emptied_file_whose_copy_was_compressed() {
    let mut bench = Bench::new("a.log");
    bench.append("a.log", "1\n2\n");
    bench.expect(&["1", "2"]);
    bench.append("a.log", "3\n");
    bench.copy("a.log", "a.log.1");
    bench.truncate("a.log");
    bench.gzip("a.log.1");
    bench.append("a.log", "4\n");
    bench.expect(&["1", "2", "3", "4"]);
    bench.restart();
    bench.expect(&["1", "2", "3", "4"]);
}

#[test]
fn compressed_siblings_of_what_was_read_are_not_read_again() {
    let mut bench = Bench::new("a.log");
    bench.append("a.log", "1\n2\n");
    bench.expect(&["1", "2"]);
    bench.rename("a.log", "a.log.1");
    bench.append("a.log", "3\n");
    bench.settle();
    bench.gzip("a.log.1");
    bench.expect(&["1", "2", "3"]);
    bench.rename("a.log.1.gz", "a.log.2.gz");
    bench.restart();
    bench.expect(&["1", "2", "3"]);
}

#[test]
fn deleted_and_created_anew() {
    let mut bench = Bench::new("a.log");
    bench.append("a.log", "1\n2\n");
    bench.expect(&["1", "2"]);
    bench.append("a.log", "3\n");
    bench.remove("a.log");
    bench.append("a.log", "1\n2\n");
    bench.expect(&["1", "2", "3", "1", "2"]);
    bench.remove("a.log");
    bench.restart();
    bench.settle();
    bench.append("a.log", "4\n");
    bench.expect(&["1", "2", "3", "1", "2", "4"]);
}

#[test]
fn what_was_rotated_before_we_came_is_not_read() {
    let mut bench = Bench::new("a.log");
    bench.append("a.log.2", "old\n");
    bench.gzip("a.log.2");
    bench.append("a.log.1", "older\n");
    bench.append("a.log", "1\n");
    bench.expect(&["1"]);
    bench.restart();
    bench.expect(&["1"]);
    bench.gzip("a.log.1");
    bench.expect(&["1"]);
    bench.restart();
    bench.expect(&["1"]);
}

#[test]
fn what_a_container_rotated_before_we_came_is_read_oldest_first() {
    let mut bench = Bench::with("{}");
    let tree = PodTree { path: bench.path("pods"), labels: Labels::empty(), optional: true };
    bench.jobs = vec![Arc::new(LogJob::pods("pods", tree).expect("a job"))];
    bench.restart();
    let log = |ending: &str| format!("pods/n_p_u/c/3.log{ending}");
    let line = |second: u32| format!("2026-11-28T12:00:0{second}Z stdout F {second}\n");
    for (ending, second) in [(".20261128-120001", 1), (".20261128-120002", 2), (".20261128-120003", 3), ("", 4)] {
        bench.append(&log(ending), line(second));
    }
    bench.gzip(&log(".20261128-120001"));
    // Lines older than the retention are not stored, and hold nothing up.
    bench.append(&log(".20261101-120000"), "2026-11-01T12:00:00Z stdout F old\n");
    bench.expect(&["1", "2", "3", "4"]);
    bench.restart();
    bench.gzip(&log(".20261128-120002"));
    bench.append(&log(""), line(5));
    bench.expect(&["1", "2", "3", "4", "5"]);
}

#[test]
fn a_last_line_without_its_break_comes_when_the_file_is_left() {
    let mut bench = Bench::new("a.log");
    bench.append("a.log", "1\nno break");
    bench.expect(&["1"]);
    bench.rename("a.log", "a.log.1");
    bench.expect(&["1"]);
    bench.append("a.log", "2\n");
    bench.expect(&["1", "no break", "2"]);
}

#[test]
fn patterns_that_name_rotated_files_too() {
    let mut bench = Bench::new("*");
    bench.append("a.log", "1\n");
    bench.append("a.log.1", "0\n");
    bench.settle();
    assert_eq!(bench.texts().len(), 2);
    bench.append("a.log", "2\n");
    bench.rename("a.log.1", "a.log.2");
    bench.rename("a.log", "a.log.1");
    bench.append("a.log", "3\n");
    bench.restart();
    bench.settle();
    let mut texts = bench.texts();
    texts.sort();
    assert_eq!(texts, ["0", "1", "2", "3"]);
    bench.gzip("a.log.2");
    bench.copy("a.log", "a.log.3");
    bench.settle();
    assert_eq!(bench.texts().len(), 4);
}
