//! Which trace a request belongs to: W3C trace context, version 00.
//!
//! Invariant: an id is lower-case hexadecimal and not all zeros. A `traceparent` that is not well formed counts as none,
//! as the standard demands; a later version is read as far as version 00 goes.

use axum::http::HeaderMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

/// The trace of a request and our own span in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trace {
    pub(crate) trace_id: String,
    pub(crate) span_id: String,
}

/// Makes ids that differ from each other and from those of other processes.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    seed: RandomState,
    count: AtomicU64,
}

impl Ids {
    fn next(&self) -> u64 {
        // A keyed hash of a counter; 0 is no id.
        self.seed.hash_one(self.count.fetch_add(1, Ordering::Relaxed)).max(1)
    }

    /// A new span of the trace that the request names, or of a new one.
    pub(crate) fn of(&self, headers: &HeaderMap) -> Trace {
        let mut parents = headers.get_all("traceparent").iter();
        let parent = parents.next().filter(|_| parents.next().is_none());
        let trace_id = parent.and_then(|value| trace_id(value.to_str().ok()?));
        let trace_id = trace_id.map_or_else(|| format!("{:016x}{:016x}", self.next(), self.next()), str::to_owned);
        Trace { trace_id, span_id: format!("{:016x}", self.next()) }
    }
}

/// The trace id of `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`.
fn trace_id(parent: &str) -> Option<&str> {
    let mut parts = parent.split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let lengths = version.len() == 2 && trace.len() == 32 && span.len() == 16 && flags.len() == 2;
    let hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let zeros = |text: &str| text.bytes().all(|byte| byte == b'0');
    let known = version != "ff" && (version != "00" || parts.next().is_none());
    let sound = lengths && known && [version, trace, span, flags].into_iter().all(hex);
    (sound && !zeros(trace) && !zeros(span)).then_some(trace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_are_honored_when_well_formed() {
        let (trace, span) = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
        let check = |parent: &str, honored: bool| {
            assert_eq!(trace_id(parent), honored.then_some(trace), "{parent}");
        };
        check(&format!("00-{trace}-{span}-01"), true);
        check(&format!("00-{trace}-{span}-00"), true);
        check(&format!("01-{trace}-{span}-01-more"), true);
        check(&format!("00-{trace}-{span}-01-more"), false);
        check(&format!("ff-{trace}-{span}-01"), false);
        check(&format!("00-{}-{span}-01", trace.to_uppercase()), false);
        check(&format!("00-{trace}-0000000000000000-01"), false);
        check(&format!("00-{trace}-{span}"), false);
        check("", false);
        check("00-00000000000000000000000000000000-b7ad6b7169203331-01", false);
    }

    #[test]
    fn ids_differ() {
        let ids = Ids::default();
        let traces: Vec<_> = (0..100).map(|_| ids.of(&HeaderMap::new())).collect();
        let mut seen: Vec<_> = traces.iter().map(|trace| &trace.trace_id).collect();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 100);
        assert!(traces.iter().all(|trace| trace.trace_id.len() == 32 && trace.span_id.len() == 16));
    }
}
