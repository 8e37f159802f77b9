//! `resets` and `changes`: how often neighbors in a window differ.
//!
//! Invariant: floats and histograms are walked in the order of their times; from one kind to the other counts once.

use super::range::Output;
use super::rate::{self, count};
use crate::promql::native;
use crate::promql::window::Window;
use model::histogram::Histogram;
use std::sync::Arc;

/// How often a counter was reset.
pub(super) fn resets(window: &Window<'_>) -> Output {
    if window.histograms.is_empty() {
        return Output::Float(rate::resets(window.floats));
    }
    neighbors(window, |before, now| now < before, native::is_reset)
}

/// How often the value changed.
pub(super) fn changes(window: &Window<'_>) -> Output {
    if window.histograms.is_empty() {
        return Output::Float(rate::changes(window.floats));
    }
    let floats = |before: f64, now: f64| before != now && !(before.is_nan() && now.is_nan());
    neighbors(window, floats, |before, now| !native::is_equal(before, now))
}

#[derive(Clone, Copy)]
enum Sample<'a> {
    Float(f64),
    Histogram(&'a Arc<Histogram>),
}

fn neighbors(
    window: &Window<'_>,
    floats_differ: impl Fn(f64, f64) -> bool,
    histograms_differ: impl Fn(&Histogram, &Histogram) -> bool,
) -> Output {
    let mut floats = window.times.iter().zip(window.floats).peekable();
    let mut histograms = window.histogram_times.iter().zip(window.histograms).peekable();
    let mut before: Option<Sample<'_>> = None;
    let mut differences = 0;
    loop {
        let float_first = match (floats.peek(), histograms.peek()) {
            (Some((float, _)), Some((histogram, _))) => float < histogram,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (None, None) => break,
        };
        let next = if float_first {
            floats.next().map(|(_, float)| Sample::Float(*float))
        } else {
            histograms.next().map(|(_, histogram)| Sample::Histogram(histogram))
        };
        let Some(now) = next else { break };
        differences += usize::from(match (before, now) {
            (None, _) => false,
            (Some(Sample::Float(before)), Sample::Float(now)) => floats_differ(before, now),
            (Some(Sample::Histogram(before)), Sample::Histogram(now)) => histograms_differ(before, now),
            _ => true,
        });
        before = Some(now);
    }
    Output::Float(count(differences))
}
