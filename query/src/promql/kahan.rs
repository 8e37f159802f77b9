//! Compensated summation as Prometheus does it (Kahan with Neumaier's improvement), so that sums agree to the last
//! digit.

/// A sum and what rounding lost from it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Sum {
    pub(crate) sum: f64,
    pub(crate) lost: f64,
}

impl Sum {
    /// A sum that begins with a value.
    pub(crate) fn of(value: f64) -> Self {
        Self { sum: value, lost: 0.0 }
    }

    /// The sum after adding a value. An overflow forgets what was lost.
    #[must_use]
    pub(crate) fn plus(self, value: f64) -> Self {
        let total = self.sum + value;
        let lost = if total.is_infinite() {
            0.0
        } else if self.sum.abs() >= value.abs() {
            self.lost + ((self.sum - total) + value)
        } else {
            self.lost + ((value - total) + self.sum)
        };
        Self { sum: total, lost }
    }

    /// The sum with what was lost.
    pub(crate) fn total(self) -> f64 {
        self.sum + self.lost
    }
}

/// A mean that sums while it can, and goes on incrementally once the sum would overflow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Mean {
    sum: Sum,
    count: f64,
    incremental: bool,
}

impl Mean {
    /// A mean that begins with a value.
    pub(crate) fn of(value: f64) -> Self {
        Self { sum: Sum::of(value), count: 1.0, incremental: false }
    }

    /// Takes one more value.
    pub(crate) fn add(&mut self, value: f64) {
        self.count += 1.0;
        if !self.incremental {
            let next = self.sum.plus(value);
            if !next.sum.is_infinite() {
                self.sum = next;
                return;
            }
            let before = self.count - 1.0;
            self.incremental = true;
            self.sum = Sum { sum: self.sum.sum / before, lost: self.sum.lost / before };
        }
        let weight = (self.count - 1.0) / self.count;
        self.sum = Sum { sum: weight * self.sum.sum, lost: weight * self.sum.lost }.plus(value / self.count);
    }

    /// The mean so far.
    pub(crate) fn value(self) -> f64 {
        if self.incremental { self.sum.total() } else { self.sum.sum / self.count + self.sum.lost / self.count }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_values_survive_beside_large_ones() {
        let sum = [5.0, 1e100, 10.0, -1e100].iter().fold(Sum::default(), |sum, value| sum.plus(*value));
        assert!((sum.total() - 15.0).abs() < f64::EPSILON);
    }

    #[test]
    fn the_mean_of_huge_values_does_not_overflow() {
        let mut mean = Mean::of(f64::MAX);
        mean.add(f64::MAX);
        assert!((mean.value() / f64::MAX - 1.0).abs() < 1e-12);
    }
}
