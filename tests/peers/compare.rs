//! Compares two answers of the query API: same status, same errors, same series, same values at the same times.
//!
//! Order matters only where the expression orders (`sort`, `topk` are asked inside `sort`); series are compared as sets.

use serde_json::Value;
use std::collections::BTreeMap;

/// How alike two answers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Likeness {
    Same,
    Close,
    Different,
}

/// Judges status and body.
pub(crate) fn answers(ours: &(u16, String), theirs: &(u16, String)) -> Likeness {
    let (Some(mine), Some(peer)) = (parse(&ours.1), parse(&theirs.1)) else {
        return Likeness::Different;
    };
    let same_frame = ours.0 == theirs.0
        && ["status", "errorType", "error"].iter().all(|key| mine.get(key) == peer.get(key))
        && notes(&mine, "warnings") == notes(&peer, "warnings")
        && notes(&mine, "infos") == notes(&peer, "infos");
    if !same_frame {
        return Likeness::Different;
    }
    data(mine.get("data"), peer.get("data"))
}

fn parse(body: &str) -> Option<Value> {
    let start = body.find('{')?;
    let end = body.rfind('}')?;
    serde_json::from_str(body.get(start..=end)?).ok()
}

fn notes(answer: &Value, key: &str) -> Vec<String> {
    let list = answer.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let mut texts: Vec<String> = list.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    texts.sort();
    texts
}

fn data(mine: Option<&Value>, peer: Option<&Value>) -> Likeness {
    let (Some(mine), Some(peer)) = (mine, peer) else {
        return if mine == peer { Likeness::Same } else { Likeness::Different };
    };
    if mine.get("resultType") != peer.get("resultType") {
        return Likeness::Different;
    }
    match (mine.get("result"), peer.get("result")) {
        (Some(Value::Array(mine)), Some(Value::Array(peer))) => series(mine, peer),
        (None, None) => values(&ordered(mine), &ordered(peer)),
        _ => Likeness::Different,
    }
}

/// Lists of names or of label sets, which Prometheus gives in no promised order.
fn ordered(list: &Value) -> Value {
    let mut list = list.clone();
    if let Some(elements) = list.as_array_mut() {
        elements.sort_by_cached_key(Value::to_string);
    }
    list
}

fn series(mine: &[Value], peer: &[Value]) -> Likeness {
    if mine.first().is_some_and(|element| element.get("metric").is_none()) {
        return values(&Value::Array(mine.to_vec()), &Value::Array(peer.to_vec()));
    }
    let (mine, peer) = (keyed(mine), keyed(peer));
    if !mine.keys().eq(peer.keys()) {
        return Likeness::Different;
    }
    let each = mine.iter().filter_map(|(key, element)| peer.get(key).map(|other| values(element, other)));
    each.max().unwrap_or(Likeness::Same)
}

fn keyed(list: &[Value]) -> BTreeMap<String, Value> {
    let pair = |element: &Value| {
        let labels: BTreeMap<String, Value> = element
            .get("metric")
            .and_then(Value::as_object)
            .map(|map| map.clone().into_iter().collect())
            .unwrap_or_default();
        let mut rest = element.clone();
        if let Some(map) = rest.as_object_mut() {
            map.remove("metric");
        }
        (format!("{labels:?}"), rest)
    };
    list.iter().map(pair).collect()
}

/// Compares values of any shape: numbers that stand as text may differ in the last bits.
fn values(mine: &Value, peer: &Value) -> Likeness {
    match (mine, peer) {
        (Value::Array(mine), Value::Array(peer)) if mine.len() == peer.len() => {
            mine.iter().zip(peer).map(|(a, b)| values(a, b)).max().unwrap_or(Likeness::Same)
        }
        (Value::Object(mine), Value::Object(peer)) if mine.len() == peer.len() => mine
            .iter()
            .map(|(key, value)| peer.get(key).map_or(Likeness::Different, |other| values(value, other)))
            .max()
            .unwrap_or(Likeness::Same),
        (Value::String(a), Value::String(b)) if a != b => match (a.parse::<f64>(), b.parse::<f64>()) {
            (Ok(a), Ok(b)) if (a - b).abs() <= 1e-12 * a.abs().max(b.abs()) => Likeness::Close,
            _ => Likeness::Different,
        },
        (Value::Number(a), Value::Number(b)) if a.as_f64() == b.as_f64() => Likeness::Same,
        _ if mine == peer => Likeness::Same,
        _ => Likeness::Different,
    }
}
