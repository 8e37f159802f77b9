//! Operators between two vectors, other than the set operators: who meets whom, and under which labels.
//!
//! Invariant: the "one" side has at most one series per signature and step. Errors carry Loki's texts.

use super::Operation;
use crate::Error;
use crate::logql::evaluator::Evaluator;
use crate::vector::column::{Column, StepSeries, is_present};
use crate::vector::ledger::{Charge, Ledger};
use crate::vector::signature::{StepSet, signature};
use language::logql::ast::{Binary, Cardinality, MatchOn, VectorMatching};
use model::labels::Labels;
use std::collections::HashMap;

const NOT_GROUPED: &str = "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)";
const NOT_UNIQUE: &str = "multiple matches for labels: grouping labels must ensure unique matches";

/// The series of the "one" side that share a signature.
struct Group {
    series: Vec<StepSeries>,
    /// Steps at which any of them has a value.
    present: StepSet,
    /// Steps at which a series of the "many" side was matched.
    matched: StepSet,
    /// Per result labels the steps that were given out, to find grouping labels that are not unique.
    given: HashMap<Labels, StepSet>,
    _charge: Charge,
}

/// How the sides meet.
struct Sides<'m> {
    on: &'m MatchOn,
    /// Labels that come from the "one" side; `None` for one-to-one.
    include: Option<&'m [String]>,
    one_is_left: bool,
}

/// Evaluates an operator between two vectors.
pub(super) fn evaluate(
    ev: &Evaluator<'_>,
    binary: &Binary,
    operation: Operation,
    left: Vec<StepSeries>,
    right: Vec<StepSeries>,
) -> Result<Vec<StepSeries>, Error> {
    let sides = Sides::new(&binary.matching);
    let (one, many) = if sides.one_is_left { (left, right) } else { (right, left) };
    let mut groups = group(ev, &sides, one)?;
    let mut results = Vec::new();
    for many in many {
        let Some(group) = groups.get_mut(&signature(sides.on, &many.labels)) else { continue };
        group.meet(ev, &sides, operation, &many, &mut results)?;
    }
    Ok(results)
}

impl<'m> Sides<'m> {
    fn new(matching: &'m VectorMatching) -> Self {
        let (include, one_is_left) = match &matching.cardinality {
            Cardinality::ManyToOne(include) => (Some(include.as_slice()), false),
            Cardinality::OneToMany(include) => (Some(include.as_slice()), true),
            Cardinality::OneToOne | Cardinality::ManyToMany => (None, false),
        };
        Self { on: &matching.on, include, one_is_left }
    }

    /// The labels of a result: those of the "many" side, changed as the matching says.
    fn labels(&self, many: &Labels, one: &Labels) -> Labels {
        let kept = many.filtered(|name| match (self.include, self.on) {
            (Some(_), _) => true,
            (None, MatchOn::On(names)) => names.iter().any(|wanted| wanted == name),
            (None, MatchOn::Ignoring(names)) => !names.iter().any(|ignored| ignored == name),
        });
        let Some(include) = self.include.filter(|include| !include.is_empty()) else { return kept };
        let mut builder = kept.to_builder();
        for name in include {
            builder.set(name.as_str(), one.get(name).unwrap_or_default());
        }
        builder.build()
    }
}

fn group(ev: &Evaluator<'_>, sides: &Sides<'_>, one: Vec<StepSeries>) -> Result<HashMap<Labels, Group>, Error> {
    let count = ev.steps.count;
    let mut groups: HashMap<Labels, Group> = HashMap::new();
    for series in one {
        ev.query.work(count as u64)?;
        let key = signature(sides.on, &series.labels);
        let group = match groups.get_mut(&key) {
            Some(group) => group,
            None => groups.entry(key).or_insert(Group::new(ev)?),
        };
        for step in (0..count).filter(|step| series.column.is_present_at(*step)) {
            if !group.present.insert(step) {
                let side = if sides.one_is_left { "left" } else { "right" };
                return Err(Error::execution(format!(
                    "found duplicate series on the {side} hand-side;many-to-many matching not allowed: matching labels \
                     must be unique on one side"
                )));
            }
        }
        group.series.push(series);
    }
    Ok(groups)
}

impl Group {
    fn new(ev: &Evaluator<'_>) -> Result<Self, Error> {
        let count = ev.steps.count;
        let bytes = (count as u64 / 4).saturating_add(256);
        Ok(Self {
            series: Vec::new(),
            present: StepSet::new(count),
            matched: StepSet::new(count),
            given: HashMap::new(),
            _charge: Ledger::charge(&ev.query.ledger, 0, bytes)?,
        })
    }

    /// Lets a series of the "many" side meet those of the group.
    fn meet(
        &mut self,
        ev: &Evaluator<'_>,
        sides: &Sides<'_>,
        operation: Operation,
        many: &StepSeries,
        results: &mut Vec<StepSeries>,
    ) -> Result<(), Error> {
        let count = ev.steps.count;
        for one in &self.series {
            ev.query.work(count as u64)?;
            let labels = sides.labels(&many.labels, &one.labels);
            let mut column = ev.absent_column()?;
            let given = match sides.include {
                Some(_) => self.given.entry(labels.clone()).or_insert_with(|| StepSet::new(count)),
                None => &mut self.matched,
            };
            for (step, many, one) in pairs(&many.column, &one.column) {
                if !given.insert(step) {
                    return Err(Error::execution(if sides.include.is_some() { NOT_UNIQUE } else { NOT_GROUPED }));
                }
                let (left, right) = if sides.one_is_left { (one, many) } else { (many, one) };
                if let Some(value) = operation.apply(left, right, left) {
                    column.set(step, value);
                }
            }
            if !column.is_empty() {
                column.charge_labels(labels.as_raw().len())?;
                results.push(StepSeries { labels, column });
            }
        }
        Ok(())
    }
}

/// The steps at which two columns both have values.
fn pairs<'c>(left: &'c Column, right: &'c Column) -> impl Iterator<Item = (usize, f64, f64)> + 'c {
    let both = left.floats().iter().copied().zip(right.floats().iter().copied()).enumerate();
    both.filter(|(_, (left, right))| is_present(*left) && is_present(*right)).map(|(step, (l, r))| (step, l, r))
}
