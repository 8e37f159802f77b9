//! Intersection, difference and union of ascending lists.

use std::borrow::Cow;

/// Beyond this ratio of lengths the longer list is searched instead of walked.
const GALLOP_RATIO: usize = 16;

/// What is in both.
pub(crate) fn intersect(a: &[u64], b: &[u64]) -> Vec<u64> {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let mut found = Vec::with_capacity(short.len());
    let gallops = long.len() / GALLOP_RATIO > short.len();
    let mut long = long;
    for &wanted in short {
        let skip = if gallops {
            gallop(long, wanted)
        } else {
            long.iter().position(|held| *held >= wanted).unwrap_or(long.len())
        };
        long = long.get(skip..).unwrap_or(&[]);
        if long.first() == Some(&wanted) {
            found.push(wanted);
        }
    }
    found
}

/// How many at the front are smaller than `wanted`, in steps that double.
fn gallop(list: &[u64], wanted: u64) -> usize {
    let mut step = 1;
    while list.get(step).is_some_and(|held| *held < wanted) {
        step *= 2;
    }
    let from = step / 2;
    let window = list.get(from..list.len().min(step + 1)).unwrap_or(&[]);
    from + window.partition_point(|held| *held < wanted)
}

/// What is in `a` and not in `b`.
pub(crate) fn subtract(a: &[u64], b: &[u64]) -> Vec<u64> {
    let mut b = b.iter().copied().peekable();
    let stays = |held: &u64| {
        while b.next_if(|refused| refused < held).is_some() {}
        b.peek() != Some(held)
    };
    let mut stays = stays;
    a.iter().copied().filter(|held| stays(held)).collect()
}

/// What is in any.
pub(crate) fn union(mut lists: Vec<Cow<'_, [u64]>>) -> Vec<u64> {
    if lists.len() == 1 {
        return lists.pop().unwrap_or_default().into_owned();
    }
    let mut all: Vec<u64> = lists.iter().flat_map(|list| list.iter().copied()).collect();
    // Runs that ascend are what this sort is fastest at.
    all.sort();
    all.dedup();
    all
}
