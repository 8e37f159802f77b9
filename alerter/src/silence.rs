//! Silences: matchers that keep alerts quiet for a time. Create, update, expire and forget as Alertmanager does.
//!
//! Invariant: what has silenced is history: a change that would alter it ends the old silence and makes a new one. An id
//! is a version 4 UUID and is never used twice.

mod snapshot;

use crate::limits::{MATCHING_KEPT, SILENCE_BYTES_MAX, SILENCES_KEPT, SILENCES_MAX};
use crate::matchers::{Matchers, is_label_name};
use model::labels::Labels;
use model::matcher::{MatchOp, Matcher};
use model::number::quoted;
use model::time::Millis;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Where a silence is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// It keeps alerts quiet.
    Active,
    /// It will.
    Pending,
    /// It did, and is kept for a while to be looked at.
    Expired,
}

impl Phase {
    /// As the API says it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Pending => "pending",
            Self::Expired => "expired",
        }
    }
}

/// A silence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence {
    /// Its UUID.
    pub id: String,
    /// Which alerts it keeps quiet: those that pass all.
    pub matchers: Matchers,
    /// From when on.
    pub starts_at: Millis,
    /// Until when.
    pub ends_at: Millis,
    /// When it was last changed.
    pub updated_at: Millis,
    /// Who made it.
    pub created_by: String,
    /// Why.
    pub comment: String,
    /// What else its maker wrote, by name.
    pub annotations: BTreeMap<String, String>,
}

impl Silence {
    /// Where it is in its life.
    pub fn phase(&self, now: Millis) -> Phase {
        if now < self.starts_at {
            Phase::Pending
        } else if now > self.ends_at {
            Phase::Expired
        } else {
            Phase::Active
        }
    }

    fn bytes(&self) -> usize {
        let matchers: usize = self.matchers.iter().map(|m| m.name().len() + m.value().len() + 8).sum();
        let annotations: usize = self.annotations.iter().map(|(name, value)| name.len() + value.len()).sum();
        self.id.len() + self.created_by.len() + self.comment.len() + matchers + annotations + 32
    }
}

/// A silence as someone asks for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Which silence to change; empty for a new one.
    pub id: String,
    /// Its matchers: label, operator, value.
    pub matchers: Vec<(String, MatchOp, String)>,
    /// From when on; the past becomes now.
    pub starts_at: Millis,
    /// Until when.
    pub ends_at: Millis,
    /// Who asks.
    pub created_by: String,
    /// Why.
    pub comment: String,
    /// What else to keep with it.
    pub annotations: BTreeMap<String, String>,
}

/// Why a silence was not set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// There is none with this id.
    NotFound,
    /// It makes no sense, or is over a limit; the text is Alertmanager's where it has one.
    Invalid(String),
    /// It could not be saved; nothing changed.
    Unsaved(String),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("silence not found"),
            Self::Invalid(what) | Self::Unsaved(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for Refused {}

/// All silences, by id.
#[derive(Clone, Debug, Default)]
pub struct Silences {
    by_id: BTreeMap<String, Arc<Silence>>,
    /// Ids of silences that hold only where one label has one value, by both; the others under `None`.
    index: HashMap<Option<(String, String)>, Vec<String>>,
    matching: Matching,
}

/// The silences that match labels, whatever the time: found once, for the same alerts are asked for again and again.
/// A copy begins without, and so does a change.
#[derive(Debug, Default)]
struct Matching(Mutex<HashMap<Labels, Vec<Arc<Silence>>>>);

impl Clone for Matching {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Matching {
    fn of(&self, labels: &Labels, find: impl FnOnce() -> Vec<Arc<Silence>>) -> Vec<Arc<Silence>> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(labels) {
            return found.clone();
        }
        if known.len() >= MATCHING_KEPT {
            known.clear();
        }
        let found = find();
        known.insert(labels.clone(), found.clone());
        found
    }
}

/// The equality that an alert must have for the silence to matter.
fn index_key(silence: &Silence) -> Option<(String, String)> {
    let equal = silence.matchers.iter().filter(|m| m.op() == MatchOp::Equal && !m.value().is_empty());
    // Almost every silence names the rule, which tells more alerts apart than a namespace does.
    let found = equal.clone().find(|m| m.name() == crate::alert::ALERT_NAME).or_else(|| equal.clone().next());
    found.map(|m| (m.name().to_owned(), m.value().to_owned()))
}

impl Silences {
    /// All of them, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Silence>> {
        self.by_id.values()
    }

    /// The one with this id.
    pub fn get(&self, id: &str) -> Option<&Arc<Silence>> {
        self.by_id.get(id)
    }

    /// Ids of the active silences that keep these labels quiet, ascending.
    pub fn silencing(&self, labels: &Labels, now: Millis) -> Vec<String> {
        if self.by_id.is_empty() {
            return Vec::new();
        }
        let matching = self.matching.of(labels, || self.matching(labels));
        let active = matching.iter().filter(|silence| silence.phase(now) == Phase::Active);
        let mut ids: Vec<_> = active.map(|silence| silence.id.clone()).collect();
        ids.sort_unstable();
        ids
    }

    fn matching(&self, labels: &Labels) -> Vec<Arc<Silence>> {
        let keys = labels.iter().map(|(name, value)| Some((name.to_owned(), value.to_owned())));
        let candidates = keys.chain([None]).filter_map(|key| self.index.get(&key)).flatten();
        let silences = candidates.filter_map(|id| self.by_id.get(id));
        silences.filter(|silence| silence.matchers.matches(labels)).cloned().collect()
    }

    /// Creates or changes a silence; answers with its id. `new_id` is used where a new one is made.
    ///
    /// # Errors
    /// See [`Refused`]; nothing changed then.
    pub fn set(&mut self, wanted: Wanted, new_id: String, now: Millis) -> Result<String, Refused> {
        let silence = validated(wanted, now).map_err(|what| Refused::Invalid(format!("invalid silence: {what}")))?;
        let previous = self.by_id.get(&silence.id).cloned();
        if !silence.id.is_empty() && previous.is_none() {
            return Err(Refused::NotFound);
        }
        if let Some(previous) = &previous
            && can_become(previous, &silence, now)
        {
            check_size(&silence)?;
            let id = silence.id.clone();
            self.put(silence);
            return Ok(id);
        }
        if self.by_id.len() >= SILENCES_MAX {
            let count = self.by_id.len();
            let what = format!("exceeded maximum number of silences: {count} (limit: {SILENCES_MAX})");
            return Err(Refused::Invalid(what));
        }
        let starts_at = silence.starts_at.max(now);
        let silence = Silence { id: new_id.clone(), starts_at, ..silence };
        check_size(&silence)?;
        if let Some(previous) = previous {
            self.end(&previous, now);
        }
        self.put(silence);
        Ok(new_id)
    }

    /// Ends a silence now; one that has ended stays as it is.
    ///
    /// # Errors
    /// There is none with this id.
    pub fn expire(&mut self, id: &str, now: Millis) -> Result<(), Refused> {
        let silence = self.by_id.get(id).cloned().ok_or(Refused::NotFound)?;
        self.end(&silence, now);
        Ok(())
    }

    /// Forgets those that ended long ago; whether there were any.
    pub fn forget_old(&mut self, now: Millis) -> bool {
        let old = |silence: &Silence| silence.ends_at.plus(SILENCES_KEPT) <= now;
        let ids: Vec<_> = self.by_id.values().filter(|s| old(s)).map(|s| s.id.clone()).collect();
        ids.iter().for_each(|id| self.remove(id));
        !ids.is_empty()
    }

    /// How many are in which phase.
    pub fn count(&self, phase: Phase, now: Millis) -> usize {
        self.by_id.values().filter(|silence| silence.phase(now) == phase).count()
    }

    fn end(&mut self, silence: &Silence, now: Millis) {
        // One that ends in this very millisecond counts as active until the next: its end moves before now, so that
        // whoever asks next sees it expired.
        let ended = now - 1;
        match silence.phase(now) {
            Phase::Expired => {}
            Phase::Active | Phase::Pending => self.put(Silence {
                starts_at: silence.starts_at.min(ended),
                ends_at: ended,
                updated_at: now,
                ..silence.clone()
            }),
        }
    }

    fn put(&mut self, silence: Silence) {
        self.remove(&silence.id);
        self.matching = Matching::default();
        self.index.entry(index_key(&silence)).or_default().push(silence.id.clone());
        self.by_id.insert(silence.id.clone(), Arc::new(silence));
    }

    fn remove(&mut self, id: &str) {
        let Some(silence) = self.by_id.remove(id) else { return };
        self.matching = Matching::default();
        let key = index_key(&silence);
        if let Some(ids) = self.index.get_mut(&key) {
            ids.retain(|indexed| indexed != id);
            if ids.is_empty() {
                self.index.remove(&key);
            }
        }
    }
}

fn check_size(silence: &Silence) -> Result<(), Refused> {
    let bytes = silence.bytes();
    if bytes <= SILENCE_BYTES_MAX {
        return Ok(());
    }
    let what = format!("silence exceeded maximum size: {bytes} bytes (limit: {SILENCE_BYTES_MAX} bytes)");
    Err(Refused::Invalid(what))
}

fn validated(wanted: Wanted, now: Millis) -> Result<Silence, String> {
    if wanted.matchers.is_empty() {
        return Err("matcher set 0 is empty".to_owned());
    }
    let mut matchers = Vec::new();
    for (index, (name, op, value)) in wanted.matchers.into_iter().enumerate() {
        let wrong = |what: String| format!("invalid label matcher {index} in set 0: {what}");
        if !is_label_name(&name) {
            return Err(wrong(format!("invalid label name {}", quoted(&name))));
        }
        let invalid = |error| wrong(format!("invalid regular expression {}: {error}", quoted(&value)));
        matchers.push(Matcher::new(name.as_str(), op, value.as_str()).map_err(invalid)?);
    }
    // As Alertmanager has it: a negative matcher never counts as one that passes the empty value.
    let matches_empty = |m: &Matcher| matches!(m.op(), MatchOp::Equal | MatchOp::Regex) && m.matches_empty();
    if matchers.iter().all(matches_empty) {
        return Err("matcher set 0: at least one matcher must not match the empty string".to_owned());
    }
    if wanted.ends_at < wanted.starts_at {
        return Err("end time must not be before start time".to_owned());
    }
    Ok(Silence {
        id: wanted.id,
        matchers: Matchers::new(matchers),
        starts_at: wanted.starts_at,
        ends_at: wanted.ends_at,
        updated_at: now,
        created_by: wanted.created_by,
        comment: wanted.comment,
        annotations: wanted.annotations,
    })
}

/// Whether `old` can be changed to `new` without another history.
fn can_become(old: &Silence, new: &Silence, now: Millis) -> bool {
    if old.matchers != new.matchers {
        return false;
    }
    let second = |at: Millis| at.0.div_euclid(1_000);
    match old.phase(now) {
        Phase::Active => second(old.starts_at) == second(new.starts_at) && new.ends_at >= now,
        Phase::Pending => new.starts_at >= now,
        Phase::Expired => false,
    }
}

#[cfg(test)]
mod tests;
