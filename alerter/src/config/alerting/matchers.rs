//! Matchers in the config: the lists of today, and the maps `match` and `match_re` of before.
//!
//! Invariant: all forms become one set of matchers.

use crate::matchers::parse_all;
use model::labels::is_legacy_label_name;
use model::matcher::{MatchOp, Matcher};
use model::number::quoted;
use serde_saphyr::Spanned;
use settings::report::{Key, Report};
use std::collections::BTreeMap;

/// A map of the old form as written.
pub(super) type RawMap = Option<BTreeMap<String, Spanned<String>>>;
/// A list of today's form as written.
pub(super) type RawList = Option<Vec<Spanned<String>>>;

/// Reads the three forms; the names are those of their keys.
pub(super) fn read(
    [(equal, equal_name), (regex, regex_name)]: [(RawMap, &str); 2],
    (list, list_name): (RawList, &str),
    key: &Key,
    report: &mut Report,
) -> Vec<Matcher> {
    let mut matchers = Vec::new();
    for (map, name, op) in [(equal, equal_name, MatchOp::Equal), (regex, regex_name, MatchOp::Regex)] {
        for (label, value) in map.into_iter().flatten() {
            let key = key.field(name);
            if !is_legacy_label_name(&label) {
                report.add(&key, value.referenced, format!("invalid label name {}", quoted(&label)));
            }
            matchers
                .extend(report.read(&key.field(&label), Some(value), |value| Matcher::new(label.as_str(), op, value)));
        }
    }
    for (index, text) in list.into_iter().flatten().enumerate() {
        let key = key.field(list_name).index(index);
        let read = report
            .read(&key, Some(text), |text| parse_all(&text).map_err(|what| format!("{what}, got {}", quoted(&text))));
        matchers.extend(read.into_iter().flatten());
    }
    matchers
}
