//! Matchers over lists agree with matchers over labels.

use super::*;
use model::labels::Labels;
use model::matcher::MatchOp::{self, Equal, NotEqual, NotRegex, Regex};
use std::collections::HashSet;

fn series() -> Vec<Labels> {
    let pairs: [&[(&str, &str)]; 6] = [
        &[("__name__", "up"), ("job", "a")],
        &[("__name__", "up"), ("job", "b")],
        &[("__name__", "up")],
        &[("__name__", "down"), ("job", "a"), ("zone", "1")],
        &[("__name__", "down"), ("job", "ab"), ("zone", "2")],
        &[("zone", "1")],
    ];
    pairs.iter().map(|pairs| Labels::from_pairs(pairs.iter().copied())).collect()
}

fn check(matchers: &[(&str, MatchOp, &str)]) {
    let series = series();
    let mut postings = MemoryPostings::default();
    for (reference, labels) in series.iter().enumerate() {
        postings.insert(reference as u64, labels);
    }
    let matchers: Vec<_> =
        matchers.iter().map(|(name, op, value)| Matcher::new(*name, *op, *value).expect("compiles")).collect();
    let resolved = resolve(&postings, &matchers);
    let passes = |reference: &u64, matchers: &[&Matcher]| {
        matchers.iter().all(|matcher| matcher.matches_labels(&series[*reference as usize]))
    };
    let found: Vec<_> = resolved.series.iter().copied().filter(|r| passes(r, &resolved.rest)).collect();
    let every: Vec<_> = matchers.iter().collect();
    let expected: Vec<_> = (0..series.len() as u64).filter(|reference| passes(reference, &every)).collect();
    assert_eq!(found, expected, "{matchers:?}");
}

#[test]
fn matchers_select_what_their_labels_say() {
    check(&[]);
    let values = ["", "a", "b", "a|b", "a|", "a.*", ".*", ".+", "zzz"];
    for op in [Equal, NotEqual, Regex, NotRegex] {
        for value in values {
            check(&[("job", op, value)]);
            check(&[("__name__", Equal, "up"), ("job", op, value)]);
            check(&[("zone", NotEqual, "1"), ("job", op, value)]);
            check(&[("nobody", op, value)]);
        }
    }
}

#[test]
fn series_leave_the_lists() {
    let mut postings = MemoryPostings::default();
    let series = series();
    let numbered: Vec<_> = (0..).zip(&series).collect();
    numbered.iter().for_each(|(reference, labels)| postings.insert(*reference, labels));
    postings.remove(&numbered[3..6]);
    assert_eq!(postings.with("__name__", "down"), Vec::<u64>::new());
    assert_eq!(postings.values("__name__").collect::<Vec<_>>(), [("up", 3)]);
    assert!(!postings.names().any(|name| name == "zone"));
    assert_eq!(*postings.all(), [0, 1, 2]);
}

#[test]
fn sets_agree_with_hash_sets() {
    let list = |count: u64, step: u64, from: u64| (0..count).map(|i| from + i * step).collect::<Vec<_>>();
    let lists = [vec![], list(5, 1, 0), list(1000, 3, 7), list(1000, 2, 0), list(3, 900, 1), list(1, 1, 2998)];
    for a in &lists {
        for b in &lists {
            let held: HashSet<_> = b.iter().collect();
            assert_eq!(intersect(a, b), a.iter().copied().filter(|x| held.contains(x)).collect::<Vec<_>>());
            assert_eq!(subtract(a, b), a.iter().copied().filter(|x| !held.contains(x)).collect::<Vec<_>>());
            let mut both = [a.clone(), b.clone()].concat();
            both.sort_unstable();
            both.dedup();
            assert_eq!(union(vec![Cow::Borrowed(a), Cow::Borrowed(b)]), both);
        }
    }
}
