//! Writers that rotate in every way beside a tailer that is stepped, killed and stopped at random: every line once, in
//! the order in which it was written.

use super::watch::Changed;
use super::{Bench, Progress, Scope};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Random numbers that a seed repeats.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Way {
    Rename,
    RenameAndGzip,
    CopyAndTruncate,
    CopyTruncateAndGzip,
    Dated,
}

const WAYS: [Way; 5] = [Way::Rename, Way::RenameAndGzip, Way::CopyAndTruncate, Way::CopyTruncateAndGzip, Way::Dated];

/// One file and everything that was ever written to it.
struct Writer {
    name: String,
    way: Way,
    written: u64,
    rotations: u64,
    history: Vec<String>,
}

impl Writer {
    fn write(&mut self, bench: &Bench, dice: &mut Dice) {
        let mut text = String::new();
        for _ in 0..1 + dice.below(20) {
            text.push_str(&format!("{} {} {}\n", self.name, self.written, "x".repeat(dice.below(300) as usize)));
            self.written += 1;
        }
        self.history.push(format!("to {}", self.written));
        bench.append(&self.name, text);
    }

    fn rotate(&mut self, bench: &Bench) {
        if !bench.path(&self.name).exists() {
            return;
        }
        self.rotations += 1;
        self.history.push("rotated".to_owned());
        if self.way == Way::Dated {
            let dated = format!("{}-20261128-{:06}", self.name, self.rotations);
            return bench.rename(&self.name, &dated);
        }
        self.shift(bench);
        let first = format!("{}.1", self.name);
        match self.way {
            Way::Rename | Way::Dated => bench.rename(&self.name, &first),
            Way::RenameAndGzip => {
                bench.rename(&self.name, &first);
                // Compression is one rotation late, as with `delaycompress`.
                let second = format!("{}.2", self.name);
                if bench.path(&second).exists() {
                    bench.gzip(&second);
                }
            }
            Way::CopyAndTruncate | Way::CopyTruncateAndGzip => {
                bench.copy(&self.name, &first);
                bench.truncate(&self.name);
                if self.way == Way::CopyTruncateAndGzip {
                    bench.gzip(&first);
                }
            }
        }
    }

    fn shift(&self, bench: &Bench) {
        let path = |number: u64, ending: &str| format!("{}.{number}{ending}", self.name);
        for number in (1..=self.rotations).rev() {
            for ending in ["", ".gz"] {
                if bench.path(&path(number, ending)).exists() {
                    bench.rename(&path(number, ending), &path(number + 1, ending));
                }
            }
        }
    }
}

/// What was stored, by writer, as the numbers of the lines.
fn stored(bench: &Bench) -> BTreeMap<String, Vec<u64>> {
    let mut found: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for text in bench.texts() {
        let mut words = text.split(' ');
        let (name, number) = (words.next().expect("a name"), words.next().expect("a number"));
        found.entry(name.to_owned()).or_default().push(number.parse().expect("a number"));
    }
    found
}

fn torture(seed: u64, rounds: u64) {
    let mut bench = Bench::new("*.log");
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let writer = |(number, way): (usize, &Way)| {
        let name = format!("w{number}.log");
        Writer { name, way: *way, written: 0, rotations: 0, history: Vec::new() }
    };
    let mut writers: Vec<Writer> = WAYS.iter().cycle().take(10).enumerate().map(writer).collect();
    // A path is known from its first line on: what is rotated before that is older than we are.
    writers.iter_mut().for_each(|writer| writer.write(&bench, &mut dice));
    bench.settle();
    let mut is_away = false;
    for _ in 0..rounds {
        bench.clock.advance(50);
        let writer = &mut writers[dice.below(10) as usize];
        writer.write(&bench, &mut dice);
        if dice.below(6) == 0 {
            writer.rotate(&bench);
        }
        match dice.below(12) {
            0 => {
                is_away = true;
                writers.iter_mut().for_each(|writer| writer.history.push("away".to_owned()));
            }
            1 => {
                bench.restart();
                writers.iter_mut().for_each(|writer| writer.history.push("restart".to_owned()));
                is_away = false;
            }
            2..=7 if !is_away => {
                let mut changed = Changed::default();
                changed.folders.insert(bench.folder.path().to_owned());
                let scope = if dice.below(2) == 0 { Scope::Files(changed) } else { Scope::Everything };
                let progress = bench.tailer.step(&scope);
                writers.iter_mut().for_each(|writer| writer.history.push(format!("{progress:?}")));
            }
            _ => {}
        }
    }
    bench.restart();
    bench.settle();
    let stored = stored(&bench);
    for writer in &writers {
        let expected: Vec<u64> = (0..writer.written).collect();
        let found = stored.get(&writer.name).cloned().unwrap_or_default();
        let history = || writer.history.join(", ");
        assert!(
            found == expected,
            "seed {seed}, {:?}: {}: {}",
            writer.way,
            differences(&found, writer.written),
            history()
        );
    }
}

/// What is lost, repeated or out of order, briefly.
pub(super) fn differences(found: &[u64], written: u64) -> String {
    let mut times: BTreeMap<u64, u64> = (0..written).map(|number| (number, 0)).collect();
    for number in found {
        *times.entry(*number).or_default() += 1;
    }
    let lost: Vec<u64> = times.iter().filter(|(_, times)| **times == 0).map(|(number, _)| *number).collect();
    let repeated: Vec<u64> = times.iter().filter(|(_, times)| **times > 1).map(|(number, _)| *number).collect();
    let swapped: Vec<_> = found.windows(2).filter(|pair| pair[0] > pair[1]).take(5).collect();
    format!("of {written} lost {lost:?}, repeated {repeated:?}, out of order {swapped:?}")
}

#[test]
fn every_line_once_whatever_rotates_and_dies() {
    let seeds = std::env::var("TAIL_TORTURE_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(3);
    (1..=seeds).for_each(|seed| torture(seed, 400));
}

#[test]
fn a_store_that_refuses_loses_nothing() {
    let mut bench = Bench::new("*.log");
    bench.append("a.log", "1\n");
    bench.expect(&["1"]);
    bench.logs.close().expect("closes");
    bench.append("a.log", "2\n3\n");
    assert_eq!(bench.tailer.step(&Scope::Everything), Progress::Refused);
    bench.append("a.log", "4\n");
    assert_eq!(bench.tailer.step(&Scope::Everything), Progress::Refused);
    bench.reopen();
    bench.expect(&["1", "2", "3", "4"]);
}

#[test]
fn thousands_of_paths_are_one_listing() {
    let mut bench = Bench::new("*/*.log");
    let path = |number: usize| PathBuf::from(format!("{}/{number}.log", number % 50));
    for number in 0..1_000 {
        bench.append(path(number).to_str().expect("text"), format!("{number}\n"));
    }
    bench.settle();
    assert_eq!(bench.texts().len(), 1_000);
    bench.restart();
    bench.settle();
    assert_eq!(bench.texts().len(), 1_000);
}
