//! The times at which an expression is evaluated: evenly spaced, at least one.

/// A start, a step and a count. An instant query has one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Steps {
    /// The first time.
    pub(crate) start: i64,
    /// From one to the next; positive.
    pub(crate) step: i64,
    /// How many; zero for a subquery whose range holds no aligned step.
    pub(crate) count: usize,
}

impl Steps {
    /// One instant.
    pub(crate) fn instant(time: i64) -> Self {
        Self { start: time, step: 1, count: 1 }
    }

    /// From `start` to at most `end`, both inclusive.
    pub(crate) fn range(start: i64, end: i64, step: i64) -> Self {
        let span = i128::from(end) - i128::from(start);
        let count = if span < 0 { 0 } else { span / i128::from(step.max(1)) + 1 };
        Self { start, step: step.max(1), count: usize::try_from(count).unwrap_or(usize::MAX) }
    }

    /// The last time; the first where there is none.
    pub(crate) fn last(self) -> i64 {
        let behind = i64::try_from(self.count.saturating_sub(1)).unwrap_or(i64::MAX);
        self.start.saturating_add(self.step.saturating_mul(behind))
    }

    /// The times in ascending order.
    pub(crate) fn times(self) -> impl Iterator<Item = i64> {
        let mut next = self.start;
        (0..self.count).map(move |_| {
            let time = next;
            next = next.saturating_add(self.step);
            time
        })
    }

    /// The first step alone: what does not depend on the step is evaluated there.
    pub(crate) fn first(self) -> Self {
        Self { count: self.count.min(1), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_end_at_or_before_the_end() {
        let check = |start, end, step, expected: &[i64]| {
            let steps = Steps::range(start, end, step);
            assert_eq!(steps.times().collect::<Vec<_>>(), expected);
            assert_eq!(steps.last(), expected.last().copied().unwrap_or(start));
        };
        check(0, 10, 5, &[0, 5, 10]);
        check(0, 9, 5, &[0, 5]);
        check(3, 3, 5, &[3]);
        check(3, 2, 5, &[]);
        check(-7, 1, 4, &[-7, -3, 1]);
    }
}
