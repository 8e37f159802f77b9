//! What a series has in each pane, and what that comes to in each window.
//!
//! Invariant: a pane takes room only when something is in it, and no series holds more than twice its panes; what each
//! window comes to costs one join per pane and window, however many windows overlap.

use super::windows::Bounds;

/// Fewest places before a series is put in order while it still grows.
const UNSETTLED_MIN: usize = 32;

/// Values by pane. They mostly come in the order of time; what comes late is put in order from time to time.
#[derive(Clone, Debug)]
pub(super) struct Panes<A> {
    parts: Vec<(u32, A)>,
    /// How many parts there may be before they are put in order.
    room: usize,
    ascending: bool,
}

impl<A: Copy> Panes<A> {
    /// No values.
    pub(super) fn new() -> Self {
        Self { parts: Vec::new(), room: UNSETTLED_MIN, ascending: true }
    }

    /// Adds a value to a pane and tells how many bytes that took.
    pub(super) fn add(&mut self, pane: u32, value: A, join: impl Fn(A, A) -> A) -> usize {
        if let Some((_, held)) = self.parts.last_mut().filter(|(last, _)| *last == pane) {
            *held = join(*held, value);
            return 0;
        }
        if !self.ascending && self.parts.len() >= self.room {
            self.settle(join);
            self.room = UNSETTLED_MIN.max(2 * self.parts.len());
        }
        self.ascending &= self.parts.last().is_none_or(|(last, _)| *last < pane);
        let before = self.parts.capacity();
        self.parts.push((pane, value));
        (self.parts.capacity() - before) * size_of::<(u32, A)>()
    }

    /// Puts the panes in order, each of them once.
    fn settle(&mut self, join: impl Fn(A, A) -> A) {
        self.parts.sort_by_key(|(pane, _)| *pane);
        self.parts.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                earlier.1 = join(earlier.1, later.1);
            }
            same
        });
        self.ascending = true;
    }

    /// Gives what every window that is not empty comes to, by the number of its step.
    pub(super) fn fold(mut self, windows: &[Bounds], join: impl Fn(A, A) -> A, mut give: impl FnMut(usize, A)) {
        if !self.ascending {
            self.settle(&join);
        }
        let mut queue = Queue::new(&self.parts);
        for (step, bounds) in windows.iter().enumerate() {
            queue.take_until(bounds.last, &join);
            queue.drop_before(bounds.first, &join);
            if let Some(value) = queue.total(&join) {
                give(step, value);
            }
        }
    }
}

/// A run of panes whose both ends move forward. The front holds what each pane comes to with all behind it up to the
/// middle, the back what all after the middle come to.
struct Queue<'p, A> {
    parts: &'p [(u32, A)],
    first: usize,
    next: usize,
    front: Vec<A>,
    back: Option<A>,
}

impl<'p, A: Copy> Queue<'p, A> {
    fn new(parts: &'p [(u32, A)]) -> Self {
        Self { parts, first: 0, next: 0, front: Vec::new(), back: None }
    }

    fn take_until(&mut self, last: u32, join: &impl Fn(A, A) -> A) {
        while let Some((_, value)) = self.parts.get(self.next).filter(|(pane, _)| *pane <= last) {
            self.back = Some(self.back.map_or(*value, |back| join(back, *value)));
            self.next += 1;
        }
    }

    fn drop_before(&mut self, first: u32, join: &impl Fn(A, A) -> A) {
        while self.first < self.next && self.parts.get(self.first).is_some_and(|(pane, _)| *pane < first) {
            if self.front.is_empty() {
                self.turn(join);
            }
            self.front.pop();
            self.first += 1;
        }
    }

    /// Makes the back the front.
    fn turn(&mut self, join: &impl Fn(A, A) -> A) {
        let mut behind = None;
        for (_, value) in self.parts.get(self.first..self.next).unwrap_or_default().iter().rev() {
            let total = behind.map_or(*value, |behind| join(*value, behind));
            self.front.push(total);
            behind = Some(total);
        }
        self.back = None;
    }

    fn total(&self, join: &impl Fn(A, A) -> A) -> Option<A> {
        match (self.front.last(), self.back) {
            (Some(front), Some(back)) => Some(join(*front, back)),
            (front, back) => front.copied().or(back),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_come_to_what_their_panes_hold() {
        let windows: Vec<Bounds> = (0..40).map(|step| Bounds { first: step, last: step + 9 }).collect();
        // Three series' worth of panes, one after the other, each with gaps.
        let added: Vec<(u32, u64)> = (0..3)
            .flat_map(|round| (0..60).filter(move |pane| pane % (round + 2) != 0).map(|pane| (pane, 1)))
            .collect();
        let mut panes = Panes::new();
        for (pane, value) in &added {
            panes.add(*pane, *value, |left, right| left + right);
        }
        assert!(panes.parts.len() <= 2 * 60);
        let mut found = vec![0; windows.len()];
        panes.fold(&windows, |left, right| left + right, |step, total| found[step] = total);
        for (bounds, found) in windows.iter().zip(found) {
            let held = |pane: u32| bounds.first <= pane && pane <= bounds.last;
            let expected: u64 = added.iter().filter(|(pane, _)| held(*pane)).map(|(_, value)| value).sum();
            assert_eq!(found, expected, "{bounds:?}");
        }
    }

    #[test]
    fn the_order_of_time_is_kept() {
        let windows = [Bounds { first: 0, last: 2 }, Bounds { first: 1, last: 3 }, Bounds { first: 7, last: 9 }];
        let mut panes = Panes::new();
        for (pane, first, last) in [(0, 'a', 'b'), (1, 'c', 'c'), (3, 'd', 'e')] {
            panes.add(pane, (first, last), |left: (char, char), right: (char, char)| (left.0, right.1));
        }
        let mut found = Vec::new();
        panes.fold(&windows, |left, right| (left.0, right.1), |step, ends| found.push((step, ends)));
        assert_eq!(found, [(0, ('a', 'c')), (1, ('c', 'e'))]);
    }
}
