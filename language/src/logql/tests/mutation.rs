//! Random changes to known expressions: nothing panics, nothing is slow, and what is accepted prints and reads back.
//!
//! Invariant: the changes come from a fixed seed, so that a failure repeats.

use super::{cases, shape};
use crate::logql::{parse, pretty, print};
use std::time::{Duration, Instant};

/// Marsaglia's xorshift; good enough to pick places in a text.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound.max(1) as u64).unwrap_or(0)
    }

    /// A character boundary of a text.
    fn place(&mut self, text: &str) -> usize {
        let mut at = self.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

const INSERTED: &str = "( ) { } [ ] [5m] , \" ' ` \\ # // /* . : = != =~ !~ |= |~ |> !> | == > >= < <= + - * / % ^ \
    and or unless bool on(a) ignoring(a) group_left(b) by(a) without(a) sum( rate( topk( 1 1.5 1e3 0x1p4 -0 5m -5m 5KB \
    offset unwrap json logfmt --strict regexp pattern unpack line_format label_format decolorize drop keep ip( \
    duration( bytes( vector( label_replace( variants( x x= \"y\" `z` é \u{fffd} __error__";

fn mutate(text: &mut String, random: &mut Random, inserted: &[&str], other: &str) {
    let (from, to) = (random.place(text), random.place(text));
    let (from, to) = (from.min(to), from.max(to));
    match random.below(4) {
        0 if to - from < 12 => text.replace_range(from..to, ""),
        0 => _ = text.pop(),
        1 => text.insert_str(from, &format!(" {} ", inserted[random.below(inserted.len())])),
        2 => text.insert_str(from, &other[random.place(other)..]),
        _ => {
            let copied = text[from..to].to_owned();
            text.insert_str(to, &copied);
        }
    }
}

#[test]
fn changed_expressions_neither_panic_nor_hang() {
    let valid = include_str!("valid.txt");
    let lists = [valid, valid, valid, include_str!("invalid.txt")];
    let texts: Vec<String> = lists.iter().flat_map(|list| cases(list)).map(|case| case.text).collect();
    let inserted: Vec<&str> = INSERTED.split_whitespace().collect();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut accepted = 0;
    for round in 0..20_000 {
        let mut text = texts[random.below(texts.len())].clone();
        for _ in 0..=random.below(3) {
            let other = random.below(texts.len());
            mutate(&mut text, &mut random, &inserted, &texts[other]);
        }
        let started = Instant::now();
        match parse(&text) {
            Ok(expr) => {
                accepted += 1;
                let canonical = print(&expr);
                let broken = pretty(&expr);
                assert_eq!(shape(&super::parsed(&broken)), shape(&expr), "{text}\n{broken}");
                let again = parse(&canonical).unwrap_or_else(|error| panic!("{text}\n{canonical}\n{error}"));
                assert_eq!(shape(&again), shape(&expr), "{text}\n{canonical}");
            }
            Err(error) => {
                assert!(!error.message.is_empty() && error.span.end <= text.len(), "round {round}: {text}");
            }
        }
        assert!(started.elapsed() < Duration::from_secs(2), "round {round}: {text}");
    }
    assert!(accepted > 500, "only {accepted} changed expressions were accepted");
}
