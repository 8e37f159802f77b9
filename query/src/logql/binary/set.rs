//! `and`, `or`, `unless`.
//!
//! Invariant: for the side that only decides, nothing is held but the steps at which each signature has a value.

use crate::Error;
use crate::logql::evaluator::Evaluator;
use crate::vector::column::StepSeries;
use crate::vector::ledger::{Charge, Ledger};
use crate::vector::signature::{StepSet, signature};
use language::logql::ast::{Binary, BinaryOp, MatchOn};
use model::labels::Labels;
use std::collections::HashMap;

/// Evaluates a set operator.
pub(super) fn evaluate(
    ev: &Evaluator<'_>,
    binary: &Binary,
    left: Vec<StepSeries>,
    right: Vec<StepSeries>,
) -> Result<Vec<StepSeries>, Error> {
    let on = &binary.matching.on;
    if binary.op == BinaryOp::Or {
        let held = Presence::of(ev, on, &left)?;
        let mut all = left;
        all.extend(held.filter(ev, on, right, false)?);
        return Ok(all);
    }
    let held = Presence::of(ev, on, &right)?;
    drop(right);
    held.filter(ev, on, left, binary.op == BinaryOp::And)
}

/// At which steps each signature has a value.
struct Presence {
    steps: HashMap<Labels, StepSet>,
    _charge: Charge,
}

impl Presence {
    fn of(ev: &Evaluator<'_>, on: &MatchOn, side: &[StepSeries]) -> Result<Self, Error> {
        let count = ev.steps.count;
        let mut charge = Ledger::charge(&ev.query.ledger, 0, 0)?;
        let mut steps: HashMap<Labels, StepSet> = HashMap::new();
        for series in side {
            ev.query.work(count as u64)?;
            let key = signature(on, &series.labels);
            if !steps.contains_key(&key) {
                charge.add(0, (count as u64 / 8).saturating_add(256))?;
            }
            let set = steps.entry(key).or_insert_with(|| StepSet::new(count));
            for step in (0..count).filter(|step| series.column.is_present_at(*step)) {
                set.insert(step);
            }
        }
        Ok(Self { steps, _charge: charge })
    }

    /// Keeps the steps that a series' signature has (or has not).
    fn filter(
        &self,
        ev: &Evaluator<'_>,
        on: &MatchOn,
        mut side: Vec<StepSeries>,
        keep_present: bool,
    ) -> Result<Vec<StepSeries>, Error> {
        for series in &mut side {
            ev.query.work(ev.steps.count as u64)?;
            let set = self.steps.get(&signature(on, &series.labels));
            for step in 0..ev.steps.count {
                if set.is_some_and(|set| set.contains(step)) != keep_present {
                    series.column.clear(step);
                }
            }
        }
        side.retain(|series| !series.column.is_empty());
        Ok(side)
    }
}
