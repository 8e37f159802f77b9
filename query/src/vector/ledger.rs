//! What a query holds at the moment, in samples and in bytes, against its limits.
//!
//! Invariant: a charge that is refused has charged nothing; a charge that is dropped is given back. The text of the
//! sample limit is Prometheus's.

use crate::Error;
use model::budget::Budget;
use std::cell::Cell;
use std::rc::Rc;

/// Bytes of a series beyond its values: labels, map entries, allocator.
const SERIES_BYTES: u64 = 256;

/// The account of one query.
#[derive(Debug)]
pub(crate) struct Ledger {
    budget: Budget,
    samples_max: u64,
    samples: Cell<u64>,
    samples_peak: Cell<u64>,
    bytes_peak: Cell<u64>,
}

impl Ledger {
    /// An account on the budget that refuses more than `samples_max` samples.
    pub(crate) fn new(budget: Budget, samples_max: u64) -> Rc<Self> {
        Rc::new(Self {
            budget,
            samples_max,
            samples: Cell::default(),
            samples_peak: Cell::default(),
            bytes_peak: Cell::default(),
        })
    }

    /// The budget below, for the store's own charges.
    pub(crate) fn budget(&self) -> &Budget {
        &self.budget
    }

    /// The most samples one query may hold.
    pub(crate) fn samples_max(&self) -> u64 {
        self.samples_max
    }

    /// The most samples held at one time so far.
    pub(crate) fn samples_peak(&self) -> u64 {
        self.samples_peak.get()
    }

    /// The most bytes held at one time so far.
    pub(crate) fn bytes_peak(&self) -> u64 {
        self.bytes_peak.get()
    }

    /// Charges a column of that many steps.
    pub(crate) fn charge_column(ledger: &Rc<Self>, count: usize) -> Result<Charge, Error> {
        let samples = count as u64;
        Self::charge(ledger, samples, samples.saturating_mul(8).saturating_add(SERIES_BYTES))
    }

    /// Charges samples and bytes.
    pub(crate) fn charge(ledger: &Rc<Self>, samples: u64, bytes: u64) -> Result<Charge, Error> {
        let mut charge = Charge { ledger: Rc::clone(ledger), samples: 0, bytes: 0 };
        charge.add(samples, bytes)?;
        Ok(charge)
    }
}

/// Samples and bytes held by someone; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Charge {
    ledger: Rc<Ledger>,
    samples: u64,
    bytes: u64,
}

impl Charge {
    /// Charges a slot for a histogram per step.
    pub(crate) fn add_histograms(&mut self, count: usize) -> Result<(), Error> {
        self.add(0, (count as u64).saturating_mul(16))
    }

    /// Charges more.
    pub(crate) fn add(&mut self, samples: u64, bytes: u64) -> Result<(), Error> {
        let ledger = &self.ledger;
        let held = ledger.samples.get().saturating_add(samples);
        if held > ledger.samples_max {
            return Err(too_many_samples());
        }
        ledger.budget.charge(bytes)?;
        ledger.samples.set(held);
        ledger.samples_peak.set(ledger.samples_peak.get().max(held));
        ledger.bytes_peak.set(ledger.bytes_peak.get().max(ledger.budget.charged_bytes()));
        self.samples += samples;
        self.bytes += bytes;
        Ok(())
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.ledger.samples.set(self.ledger.samples.get().saturating_sub(self.samples));
        self.ledger.budget.release(self.bytes);
    }
}

/// The refusal of more samples.
pub(crate) fn too_many_samples() -> Error {
    Error::limit("query processing would load too many samples into memory in query execution")
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::budget::Pool;
    use std::sync::Arc;

    #[test]
    fn what_is_dropped_is_given_back() {
        let pool = Pool::new(1_000_000);
        let ledger = Ledger::new(Budget::new(Arc::clone(&pool)), 100);
        let first = Ledger::charge_column(&ledger, 60).expect("fits");
        let refused = Ledger::charge_column(&ledger, 41).expect_err("over the sample limit");
        assert_eq!(refused.to_string(), too_many_samples().to_string());
        drop(first);
        assert!(Ledger::charge_column(&ledger, 100).is_ok());
        assert_eq!((ledger.samples_peak(), pool.used_bytes()), (100, 0));
    }

    #[test]
    fn memory_is_refused_before_it_is_taken() {
        let ledger = Ledger::new(Budget::new(Pool::new(1_000)), u64::MAX);
        assert!(Ledger::charge_column(&ledger, usize::MAX).is_err());
        assert_eq!(ledger.bytes_peak(), 0);
    }
}
