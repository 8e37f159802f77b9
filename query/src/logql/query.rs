//! What all parts of one query share: the store, what is held, when to stop, what it cost.
//!
//! Invariant: every entry that the store gives passes through [`Query::visit`], so that costs, warnings and errors are
//! counted in one place.

use super::LogStats;
use crate::vector::ledger::Ledger;
use crate::{Error, limits};
use model::cancel::Cancel;
use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;
use std::rc::Rc;
use store::logs::{EntryRef, Logs, Run, Select, Tally, Visited};

/// One query while it runs.
#[derive(Debug)]
pub(super) struct Query<'q> {
    pub(super) logs: &'q Logs,
    pub(super) ledger: Rc<Ledger>,
    pub(super) cancel: &'q Cancel,
    cost: Cell<LogStats>,
    warnings: RefCell<Vec<String>>,
    since_check: Cell<u64>,
}

impl<'q> Query<'q> {
    /// A query that has cost nothing.
    pub(super) fn new(logs: &'q Logs, ledger: Rc<Ledger>, cancel: &'q Cancel) -> Self {
        Self { logs, ledger, cancel, cost: Cell::default(), warnings: RefCell::default(), since_check: Cell::default() }
    }

    /// Lets `take` see every entry of a selection until it breaks or fails.
    pub(super) fn visit(
        &self,
        select: &Select<'_>,
        take: &mut dyn FnMut(EntryRef<'_>) -> Result<ControlFlow<()>, Error>,
    ) -> Result<(), Error> {
        self.cancel.check()?;
        let mut failure = None;
        let visited = self.logs.select(select, &mut |entry| {
            take(entry).unwrap_or_else(|error| {
                failure = Some(error);
                ControlFlow::Break(())
            })
        })?;
        self.note(visited);
        failure.map_or(Ok(()), Err)
    }

    /// Lets `take` see the counts that are asked for.
    pub(super) fn tally(
        &self,
        tally: &Tally<'_>,
        take: &mut dyn FnMut(Run<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.cancel.check()?;
        let mut failure = None;
        let visited = self.logs.tally(tally, &mut |run| match take(run) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failure = Some(error);
                ControlFlow::Break(())
            }
        })?;
        self.note(visited);
        failure.map_or(Ok(()), Err)
    }

    fn note(&self, visited: Visited) {
        let mut cost = self.cost.get();
        cost.lines = cost.lines.saturating_add(visited.entries);
        cost.bytes = cost.bytes.saturating_add(visited.bytes);
        cost.chunks = cost.chunks.saturating_add(visited.chunks);
        self.cost.set(cost);
        let mut kept = self.warnings.borrow_mut();
        for warning in visited.warnings {
            if kept.len() < limits::ANNOTATIONS_MAX && !kept.contains(&warning) {
                kept.push(warning);
            }
        }
    }

    /// Looks at the cancel flag when enough work was done since the last look.
    pub(super) fn work(&self, amount: u64) -> Result<(), Error> {
        let since = self.since_check.get().saturating_add(amount);
        if since < limits::VALUES_PER_CANCEL_CHECK {
            self.since_check.set(since);
            return Ok(());
        }
        self.since_check.set(0);
        Ok(self.cancel.check()?)
    }

    /// What the query has cost, and what its user should know.
    pub(super) fn finish(self) -> (LogStats, Vec<String>) {
        (self.cost.get(), self.warnings.take())
    }
}
