//! Asking a daemon about its alerts.

use crate::daemon::Belfry;
use crate::http::escape;
use crate::prometheus::list;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::collections::BTreeMap;

impl Belfry {
    /// The state of each rule by its name.
    pub(crate) fn rule_states(&self) -> Result<BTreeMap<String, String>> {
        let answer = self.get("/api/v1/rules")?.json()?;
        let mut states = BTreeMap::new();
        for group in list(answer.pointer("/data/groups").context("no groups")?)? {
            for rule in list(group.get("rules").context("no rules")?)? {
                let text = |name: &str| rule.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
                ensure!(text("health") != "err", "{rule}");
                states.insert(text("name"), text("state"));
            }
        }
        Ok(states)
    }

    /// The alerts of `/api/v2/alerts` with a filter, such as `alertname="X"`.
    pub(crate) fn held_alerts(&self, filter: &str) -> Result<Vec<Value>> {
        let path = format!("/api/v2/alerts?filter={}", escape(filter));
        Ok(list(&self.get(&path)?.json()?)?.clone())
    }
}
