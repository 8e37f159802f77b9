//! Entries of many chunks in one order, each chunk opened only when its first entry may be next.
//!
//! Invariant: an unopened chunk stands in the queue at the earliest place its entries could have, so nothing is visited
//! before it that should come after it.

use super::Direction;
use super::source::{Charge, Open, Place, Source, Work};
use crate::Error;
use model::labels::Labels;
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::ops::ControlFlow;

/// Visits the entries of the sources; whether the visitor has seen enough.
pub(super) fn visit<'a>(
    sources: impl IntoIterator<Item = Source>,
    direction: Direction,
    work: &mut Work<'a, '_>,
) -> Result<ControlFlow<()>, Error> {
    let queued = |source: Source| Queued::unopened(source, direction);
    let mut queue: BinaryHeap<Queued<'a>> = sources.into_iter().map(queued).collect();
    let mut held = Charge::new(work.select.budget, 0)?;
    while let Some(mut first) = queue.pop() {
        match first.state {
            State::Unopened(source) => {
                if let Place::Part(part) = &source.place {
                    queue.extend(work.expand(part, &mut held)?.into_iter().map(queued));
                    continue;
                }
                if let Some(open) = Open::new(source.place, direction, work)? {
                    let key = Key { opened: true, ..first.key };
                    queue.extend(Queued::open(key, Box::new(open), direction));
                }
            }
            State::Open(mut open) => {
                // As long as this chunk has the next entry, the queue is only looked at.
                loop {
                    if open.visit(&first.key.labels, work)?.is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                    let Some(at) = open.at() else {
                        open.close(work);
                        break;
                    };
                    first.key.time = directed(at, direction);
                    if queue.peek().is_some_and(|next| next.key < first.key) {
                        queue.push(Queued { key: first.key, state: State::Open(open) });
                        break;
                    }
                }
            }
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// Times so that what is visited first is smaller.
fn directed(at: i64, direction: Direction) -> i64 {
    match direction {
        Direction::Forward => at,
        Direction::Backward => !at,
    }
}

/// What decides who comes next; the smaller first.
#[derive(Debug)]
struct Key {
    time: i64,
    /// Of equal times the unopened chunks come first, to be opened.
    opened: bool,
    labels: Labels,
    order: u64,
    direction: Direction,
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_stream = || {
            let same = self.labels.as_raw() == other.labels.as_raw();
            let labels = if same { Ordering::Equal } else { self.labels.cmp(&other.labels) };
            let order = labels.then(self.order.cmp(&other.order));
            if self.direction == Direction::Backward { order.reverse() } else { order }
        };
        self.time.cmp(&other.time).then(self.opened.cmp(&other.opened)).then_with(by_stream)
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Key {}

#[derive(Debug)]
enum State<'a> {
    Unopened(Box<Source>),
    Open(Box<Open<'a>>),
}

/// One chunk in the queue, which gives the greatest first: so the order is the other way round here.
#[derive(Debug)]
struct Queued<'a> {
    key: Key,
    state: State<'a>,
}

impl<'a> Queued<'a> {
    fn unopened(source: Source, direction: Direction) -> Self {
        let (earliest, latest) = source.bounds;
        let time = directed(if direction == Direction::Forward { earliest } else { latest }, direction);
        let key = Key { time, opened: false, labels: source.labels.clone(), order: source.order, direction };
        Self { key, state: State::Unopened(Box::new(source)) }
    }

    fn open(key: Key, open: Box<Open<'a>>, direction: Direction) -> Option<Self> {
        let time = directed(open.at()?, direction);
        Some(Self { key: Key { time, ..key }, state: State::Open(open) })
    }
}

impl Ord for Queued<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        other.key.cmp(&self.key)
    }
}

impl PartialOrd for Queued<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Queued<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Queued<'_> {}
