//! `and`, `or`, `unless`.
//!
//! Invariant: for the side that only decides, nothing is held but the steps at which each signature has a value.

use crate::promql::evaluator::Evaluator;
use crate::vector::column::{Column, Sink, StepSeries};
use crate::vector::ledger::{Charge, Ledger};
use crate::vector::signature::{StepSet, signature};
use crate::{Error, ErrorKind};
use language::promql::ast::{Binary, BinaryOp, MatchOn};
use model::labels::Labels;
use std::collections::HashMap;

/// At which steps each signature has a value.
struct Presence {
    steps: HashMap<Labels, StepSet>,
    charge: Charge,
}

impl Presence {
    fn new(ev: &Evaluator<'_>) -> Result<Self, Error> {
        Ok(Self { steps: HashMap::new(), charge: Ledger::charge(&ev.query.ledger, 0, 0)? })
    }

    fn add(&mut self, ev: &Evaluator<'_>, key: Labels, column: &Column) -> Result<(), Error> {
        let count = ev.steps.count;
        if !self.steps.contains_key(&key) {
            self.charge.add(0, (count as u64 / 8).saturating_add(256))?;
        }
        let set = self.steps.entry(key).or_insert_with(|| StepSet::new(count));
        for step in (0..count).filter(|step| column.is_present_at(*step)) {
            set.insert(step);
        }
        ev.query.work(count as u64)
    }

    /// Keeps the steps that the signature has (or has not).
    fn filter(&self, ev: &Evaluator<'_>, key: &Labels, column: &mut Column, keep_present: bool) -> Result<(), Error> {
        let set = self.steps.get(key);
        for step in 0..ev.steps.count {
            if set.is_some_and(|set| set.contains(step)) != keep_present {
                column.clear(step);
            }
        }
        ev.query.work(ev.steps.count as u64)
    }
}

/// Evaluates a set operator.
pub(super) fn evaluate(ev: &Evaluator<'_>, binary: &Binary, sink: &mut Sink<'_>) -> Result<(), Error> {
    let Some(matching) = &binary.matching else {
        return Err(Error::new(ErrorKind::Execution, "set operator without vector matching"));
    };
    let on = &matching.on;
    match binary.op {
        BinaryOp::Or => or(ev, binary, on, sink),
        op => {
            let mut presence = Presence::new(ev)?;
            ev.vector(&binary.right, &mut |series| presence.add(ev, signature(on, &series.labels), &series.column))?;
            ev.vector(&binary.left, &mut |mut series| {
                let key = signature(on, &series.labels);
                presence.filter(ev, &key, &mut series.column, op == BinaryOp::And)?;
                if series.column.is_empty() { Ok(()) } else { sink(series) }
            })
        }
    }
}

fn or(ev: &Evaluator<'_>, binary: &Binary, on: &MatchOn, sink: &mut Sink<'_>) -> Result<(), Error> {
    let mut merge = super::collected();
    let mut presence = Presence::new(ev)?;
    ev.vector(&binary.left, &mut |series| {
        presence.add(ev, signature(on, &series.labels), &series.column)?;
        merge.add(series)
    })?;
    ev.vector(&binary.right, &mut |mut series| {
        let key = signature(on, &series.labels);
        presence.filter(ev, &key, &mut series.column, false)?;
        if series.column.is_empty() {
            return Ok(());
        }
        merge.add(StepSeries { labels: series.labels, column: series.column })
    })?;
    merge.drain(sink)
}
