//! `quantile_over_time`: the quantile of the values in each window.
//!
//! Invariant: where windows overlap, a value enters and leaves a tree of counts by rank once, so that the cost grows
//! with the values, not with the overlap.

use super::windows::Bounds;
use crate::Error;
use crate::vector::quantile::{ascending, quantile};
use model::cancel::Cancel;

/// Windows that hold up to this many times all values are sorted one by one.
const SORTED_TIMES_MAX: usize = 4;

/// Gives the quantile of every window that has values.
pub(super) fn over(
    q: f64,
    mut values: Vec<(u32, f64)>,
    bounds: &[Bounds],
    cancel: &Cancel,
    mut give: impl FnMut(usize, f64),
) -> Result<(), Error> {
    if !values.is_sorted_by_key(|(pane, _)| *pane) {
        values.sort_by_key(|(pane, _)| *pane);
    }
    let at = |pane: u32| values.partition_point(|(held, _)| *held < pane);
    let windows: Vec<(usize, usize)> = bounds.iter().map(|bounds| (at(bounds.first), at(bounds.last + 1))).collect();
    let held: usize = windows.iter().map(|(first, end)| end - first).sum();
    if held > values.len().saturating_mul(SORTED_TIMES_MAX) && (0.0..=1.0).contains(&q) {
        return by_rank(q, &values, &windows, cancel, give);
    }
    let mut sorted = Vec::new();
    for (step, (first, end)) in windows.into_iter().enumerate() {
        let window = values.get(first..end).unwrap_or_default();
        if !window.is_empty() {
            cancel.check()?;
            sorted.clear();
            sorted.extend(window.iter().map(|(_, value)| *value));
            give(step, quantile(q, &mut sorted));
        }
    }
    Ok(())
}

fn by_rank(
    q: f64,
    values: &[(u32, f64)],
    windows: &[(usize, usize)],
    cancel: &Cancel,
    mut give: impl FnMut(usize, f64),
) -> Result<(), Error> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    let value_at = |at: &usize| values.get(*at).map_or(f64::NAN, |(_, value)| *value);
    order.sort_unstable_by(|left, right| ascending(value_at(left), value_at(right)));
    let mut rank = vec![0; values.len()];
    for (position, at) in order.iter().enumerate() {
        if let Some(slot) = rank.get_mut(*at) {
            *slot = position;
        }
    }
    let ranks = |from: usize, to: usize| rank.get(from..to).unwrap_or_default().iter();
    let mut counts = Counts::new(values.len());
    let (mut first_held, mut end_held) = (0, 0);
    for (step, (first, end)) in windows.iter().copied().enumerate() {
        ranks(end_held, end).for_each(|rank| counts.change(*rank, 1));
        ranks(first_held, first).for_each(|rank| counts.change(*rank, -1));
        (first_held, end_held) = (first, end);
        if first < end {
            cancel.check()?;
            let value = |number: usize| order.get(counts.find(number)).map_or(f64::NAN, value_at);
            give(step, interpolated(q, end - first, value));
        }
    }
    Ok(())
}

/// The quantile of so many values, of which each can be asked by its place in their order.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and the count"
)]
fn interpolated(q: f64, count: usize, value: impl Fn(usize) -> f64) -> f64 {
    let rank = q * (count - 1) as f64;
    let lower = rank.floor() as usize;
    let weight = rank - rank.floor();
    value(lower) * (1.0 - weight) + value((lower + 1).min(count - 1)) * weight
}

/// How many values of each rank are held, as a Fenwick tree.
struct Counts {
    tree: Vec<i64>,
}

impl Counts {
    fn new(ranks: usize) -> Self {
        Self { tree: vec![0; ranks + 1] }
    }

    fn change(&mut self, rank: usize, by: i64) {
        let mut at = rank + 1;
        while let Some(slot) = self.tree.get_mut(at) {
            *slot += by;
            at += at & at.wrapping_neg();
        }
    }

    /// The rank of the value that has so many held ones before it.
    fn find(&self, number: usize) -> usize {
        let mut remaining = i64::try_from(number).unwrap_or(i64::MAX);
        let mut at = 0;
        let mut width = self.tree.len().next_power_of_two();
        while width > 0 {
            if let Some(count) = self.tree.get(at + width).filter(|count| **count <= remaining) {
                remaining -= count;
                at += width;
            }
            width /= 2;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_windows_give_what_sorting_gives() {
        let mut state = 7_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f64 % 100.0
        };
        let mut values: Vec<(u32, f64)> = (0..200).map(|pane| (pane, next())).collect();
        values.push((13, f64::NAN));
        let bounds: Vec<Bounds> = (0..180).map(|step| Bounds { first: step, last: step + 19 }).collect();
        for q in [0.0, 0.25, 0.5, 0.99, 1.0] {
            let mut found = Vec::new();
            over(q, values.clone(), &bounds, &Cancel::default(), |step, value| found.push((step, value))).unwrap();
            for (step, found) in found {
                let held = values.iter().filter(|(pane, _)| bounds[step].first <= *pane && *pane <= bounds[step].last);
                let expected = quantile(q, &mut held.map(|(_, value)| *value).collect::<Vec<_>>());
                assert!(
                    found == expected || (found.is_nan() && expected.is_nan()),
                    "{q} at {step}: {found} {expected}"
                );
            }
        }
    }

    #[test]
    fn a_quantile_outside_of_0_to_1_is_infinite() {
        let bounds = [Bounds { first: 0, last: 0 }, Bounds { first: 1, last: 1 }];
        let mut found = Vec::new();
        over(1.5, vec![(0, 1.0)], &bounds, &Cancel::default(), |step, value| found.push((step, value))).unwrap();
        assert_eq!(found, [(0, f64::INFINITY)]);
    }
}
