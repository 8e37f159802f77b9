//! Operators between two vectors, other than the set operators: who meets whom, and under which labels.
//!
//! Invariant: the "one" side is held and must have at most one series per signature and step (as soon as the other
//! side has any value at that step); the "many" side flows through. Errors carry Prometheus's texts.

use super::arithmetic::{Operation, put};
use crate::Error;
use crate::promql::evaluator::Evaluator;
use crate::vector::column::{Column, Sink, StepSeries, StepValue};
use crate::vector::merge::Merge;
use crate::vector::signature::{StepSet, signature};
use language::promql::ast::{Binary, Cardinality, MatchOn, VectorMatching};
use model::labels::{Labels, METRIC_NAME};
use std::collections::HashMap;

/// The series of the "one" side that share a signature.
#[derive(Debug)]
struct Group {
    series: Vec<usize>,
    /// Steps at which any of them has a value.
    present: StepSet,
    /// Steps at which two of them have.
    conflicts: StepSet,
    /// Steps at which a series of the "many" side was matched.
    matched: StepSet,
    /// Per result labels the steps that were given out, to find grouping labels that are not unique.
    given: HashMap<Labels, StepSet>,
}

struct Matching<'m, 'q> {
    ev: &'m Evaluator<'q>,
    operation: Operation,
    on: &'m MatchOn,
    /// Labels that come from the "one" side; `None` for one-to-one.
    include: Option<&'m [String]>,
    /// The "one" side is the left one.
    one_is_left: bool,
    fill_one: Option<f64>,
    fill_many: Option<f64>,
    one: Vec<StepSeries>,
    groups: Vec<Group>,
    by_signature: HashMap<Labels, usize>,
    /// Steps at which two series of the "one" side share a signature.
    conflicts: StepSet,
    many_present: StepSet,
    results: Merge,
    /// The first error of the "many" side; errors of the "one" side go first.
    late: Option<Error>,
}

/// Evaluates an operator between two vectors.
pub(super) fn evaluate(
    ev: &Evaluator<'_>,
    binary: &Binary,
    operation: Operation,
    sink: &mut Sink<'_>,
) -> Result<(), Error> {
    let Some(matching) = &binary.matching else {
        return Err(Error::execution("operator between vectors without vector matching"));
    };
    let mut state = Matching::new(ev, operation, matching)?;
    let (one, many) = if state.one_is_left { (&binary.left, &binary.right) } else { (&binary.right, &binary.left) };
    ev.vector(one, &mut |series| state.add_one(series))?;
    ev.vector(many, &mut |series| state.meet(&series))?;
    state.check_conflicts()?;
    state.fill_unmatched()?;
    state.results.drain(sink)
}

impl<'m, 'q> Matching<'m, 'q> {
    fn new(ev: &'m Evaluator<'q>, operation: Operation, matching: &'m VectorMatching) -> Result<Self, Error> {
        let (include, one_is_left) = match &matching.cardinality {
            Cardinality::OneToOne => (None, false),
            Cardinality::ManyToOne(include) => (Some(include.as_slice()), false),
            Cardinality::OneToMany(include) => (Some(include.as_slice()), true),
            Cardinality::ManyToMany => {
                return Err(Error::execution("many-to-many only allowed for set operators"));
            }
        };
        // As in Prometheus, whose `group_right` swaps the sides before it fills: `fill_right` always stands in for the
        // "one" side.
        let (fill_one, fill_many) = (matching.fill_right, matching.fill_left);
        let count = ev.steps.count;
        Ok(Self {
            ev,
            operation,
            on: &matching.on,
            include,
            one_is_left,
            fill_one,
            fill_many,
            one: Vec::new(),
            groups: Vec::new(),
            by_signature: HashMap::new(),
            conflicts: StepSet::new(count),
            many_present: StepSet::new(count),
            results: super::collected(),
            late: None,
        })
    }

    fn group(&mut self, labels: &Labels) -> usize {
        let count = self.ev.steps.count;
        let groups = &mut self.groups;
        *self.by_signature.entry(signature(self.on, labels)).or_insert_with(|| {
            groups.push(Group {
                series: Vec::new(),
                present: StepSet::new(count),
                conflicts: StepSet::new(count),
                matched: StepSet::new(count),
                given: HashMap::new(),
            });
            groups.len() - 1
        })
    }

    fn add_one(&mut self, series: StepSeries) -> Result<(), Error> {
        let at = self.group(&series.labels);
        let Some(group) = self.groups.get_mut(at) else { return Ok(()) };
        for step in (0..self.ev.steps.count).filter(|step| series.column.is_present_at(*step)) {
            if !group.present.insert(step) {
                group.conflicts.insert(step);
                self.conflicts.insert(step);
            }
        }
        group.series.push(self.one.len());
        self.one.push(series);
        self.ev.query.work(self.ev.steps.count as u64)
    }

    /// Takes one series of the "many" side.
    fn meet(&mut self, many: &StepSeries) -> Result<(), Error> {
        let count = self.ev.steps.count;
        self.ev.query.work(count as u64)?;
        for step in (0..count).filter(|step| many.column.is_present_at(*step)) {
            self.many_present.insert(step);
        }
        let known = self.by_signature.get(&signature(self.on, &many.labels)).copied();
        let at = match (known, self.fill_one) {
            (Some(at), _) => at,
            (None, Some(_)) => self.group(&many.labels),
            (None, None) => return Ok(()),
        };
        let partners = self.groups.get(at).map(|group| group.series.clone()).unwrap_or_default();
        for partner in partners {
            self.meet_one(many, at, partner)?;
        }
        match self.fill_one {
            Some(fill) => self.meet_fill(many, at, fill),
            None => Ok(()),
        }
    }

    fn meet_one(&mut self, many: &StepSeries, at: usize, partner: usize) -> Result<(), Error> {
        let (Some(one), Some(group)) = (self.one.get(partner), self.groups.get_mut(at)) else { return Ok(()) };
        let labels = result_labels(self.operation, self.on, self.include, &many.labels, &one.labels);
        let mut column = self.ev.absent_column()?;
        let mut given = group.given(&labels, self.include.is_some(), self.ev.steps.count);
        for step in 0..self.ev.steps.count {
            let (Some(left), Some(right)) = (many.column.value(step), one.column.value(step)) else { continue };
            let refused = given.note(step);
            self.late = self.late.take().or(refused);
            let (left, right) = if self.one_is_left { (right, left) } else { (left, right) };
            put(&mut column, step, self.operation.apply(&left, &right, self.ev))?;
        }
        self.give(labels, column);
        Ok(())
    }

    /// Steps of a "many" series at which its group has no value.
    fn meet_fill(&mut self, many: &StepSeries, at: usize, fill: f64) -> Result<(), Error> {
        let Some(group) = self.groups.get_mut(at) else { return Ok(()) };
        let stand_in = signature(self.on, &many.labels);
        let labels = result_labels(self.operation, self.on, self.include, &many.labels, &stand_in);
        let mut column = self.ev.absent_column()?;
        let present = group.present.clone();
        let mut given = group.given(&labels, self.include.is_some(), self.ev.steps.count);
        for step in 0..self.ev.steps.count {
            let Some(value) = many.column.value(step) else { continue };
            if present.contains(step) {
                continue;
            }
            let refused = given.note(step);
            self.late = self.late.take().or(refused);
            let filled = StepValue::Float(fill);
            let (left, right) = if self.one_is_left { (filled, value) } else { (value, filled) };
            put(&mut column, step, self.operation.apply(&left, &right, self.ev))?;
        }
        self.give(labels, column);
        Ok(())
    }

    /// Values of the "one" side that no series of the "many" side met.
    fn fill_unmatched(&mut self) -> Result<(), Error> {
        let Some(fill) = self.fill_many else { return Ok(()) };
        for at in 0..self.groups.len() {
            let partners = self.groups.get(at).map(|group| group.series.clone()).unwrap_or_default();
            for partner in partners {
                let (Some(one), Some(group)) = (self.one.get(partner), self.groups.get(at)) else { continue };
                let stand_in = signature(self.on, &one.labels);
                let labels = result_labels(self.operation, self.on, self.include, &stand_in, &one.labels);
                let mut column = self.ev.absent_column()?;
                for step in (0..self.ev.steps.count).filter(|step| !group.matched.contains(*step)) {
                    let Some(value) = one.column.value(step) else { continue };
                    let filled = StepValue::Float(fill);
                    let (left, right) = if self.one_is_left { (value, filled) } else { (filled, value) };
                    put(&mut column, step, self.operation.apply(&left, &right, self.ev))?;
                }
                self.give(labels, column);
            }
        }
        self.late.take().map_or(Ok(()), Err)
    }

    /// Collects a result. One that cannot be taken waits in `late`, because a fault of the "one" side is told first.
    fn give(&mut self, labels: Labels, column: Column) {
        if self.late.is_none() && !column.is_empty() {
            self.late = self.results.add(StepSeries { labels, column }).err();
        }
    }

    /// Refuses a "one" side with two series of a signature at a step, where the other side has a value (or is filled).
    fn check_conflicts(&mut self) -> Result<(), Error> {
        let filled = self.fill_one.is_some() || self.fill_many.is_some();
        let step = if filled {
            self.conflicts.first_common(&self.conflicts)
        } else {
            self.conflicts.first_common(&self.many_present)
        };
        match step {
            Some(step) => Err(self.conflict(step)),
            None => self.late.take().map_or(Ok(()), Err),
        }
    }

    fn conflict(&self, step: usize) -> Error {
        let group = self.groups.iter().find(|group| group.conflicts.contains(step));
        let mut series: Vec<String> = group
            .into_iter()
            .flat_map(|group| &group.series)
            .filter_map(|at| self.one.get(*at))
            .filter(|series| series.column.is_present_at(step))
            .take(2)
            .map(|series| series.labels.to_string())
            .collect();
        series.sort();
        let matched = group
            .and_then(|group| self.one.get(*group.series.first()?))
            .map_or_else(Labels::empty, |series| signature(self.on, &series.labels));
        let side = if self.one_is_left { "left" } else { "right" };
        Error::execution(format!(
            "found duplicate series for the match group {matched} on the {side} hand-side of the operation: \
             [{}];many-to-many matching not allowed: matching labels must be unique on one side",
            series.join(", ")
        ))
    }
}

/// Where the matches of one pair of series are noted.
struct Given<'g> {
    matched: &'g mut StepSet,
    /// The steps of the result's labels; `None` for one-to-one, where a signature matches once.
    of_labels: Option<&'g mut StepSet>,
}

impl Group {
    /// Where the matches that have these labels are noted.
    fn given(&mut self, labels: &Labels, grouped: bool, count: usize) -> Given<'_> {
        let of_labels = grouped.then(|| self.given.entry(labels.clone()).or_insert_with(|| StepSet::new(count)));
        Given { matched: &mut self.matched, of_labels }
    }
}

impl Given<'_> {
    /// Notes that a pair was matched at a step.
    fn note(&mut self, step: usize) -> Option<Error> {
        let first = self.matched.insert(step);
        match &mut self.of_labels {
            None => (!first).then(|| Error::execution(NOT_GROUPED)),
            Some(steps) => (!steps.insert(step)).then(|| Error::execution(NOT_UNIQUE)),
        }
    }
}

const NOT_GROUPED: &str = "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)";
const NOT_UNIQUE: &str = "multiple matches for labels: grouping labels must ensure unique matches";

/// The labels of a result: those of the "many" side, changed as the matching says.
fn result_labels(
    operation: Operation,
    on: &MatchOn,
    include: Option<&[String]>,
    many: &Labels,
    one: &Labels,
) -> Labels {
    let drops_name = operation.drops_name();
    let kept = many.filtered(|name| {
        if drops_name && name == METRIC_NAME {
            return false;
        }
        match (include, on) {
            (Some(_), _) => true,
            (None, MatchOn::On(names)) => names.iter().any(|wanted| wanted == name),
            (None, MatchOn::Ignoring(names)) => !names.iter().any(|ignored| ignored == name),
        }
    });
    let Some(include) = include.filter(|include| !include.is_empty()) else { return kept };
    let mut builder = kept.to_builder();
    for name in include {
        builder.set(name.as_str(), one.get(name).unwrap_or(""));
    }
    builder.build()
}
