//! Feature flags, under Prometheus's names.
//!
//! Invariant: a name that Prometheus knows is never an error, so that its command lines and files keep working; one
//! that changes nothing here is named in a notice. A name that nobody knows is a finding.

use model::finding::{Finding, Place};
use query::Features;
use serde_saphyr::Spanned;

/// Flags of Prometheus for what Belfry does always, does not do yet, or decides itself.
const WITHOUT_EFFECT: [&str; 26] = [
    "auto-gomaxprocs",
    "auto-gomemlimit",
    "auto-reload-config",
    "concurrent-rule-eval",
    "created-timestamp-zero-ingestion",
    "delayed-compaction",
    "exemplar-storage",
    "expand-external-labels",
    "extra-scrape-metrics",
    "memory-snapshot-on-shutdown",
    "metadata-wal-records",
    "native-histograms",
    "no-default-scrape-port",
    "new-service-discovery-manager",
    "old-ui",
    "otlp-write-receiver",
    "otlp-deltatocumulative",
    "otlp-native-delta-ingestion",
    "promql-delayed-name-removal",
    "promql-per-step-stats",
    "remote-write-receiver",
    "st-storage",
    "type-and-unit-labels",
    "use-uncached-io",
    "utf8-names",
    "xor2-encoding",
];

/// What was chosen.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    pub(super) features: Features,
    pub(super) names: Vec<String>,
    pub(super) notices: Vec<String>,
}

/// Reads the file's list and the command line's.
pub(super) fn read(
    listed: Vec<Spanned<String>>,
    enabled: &[String],
    file: &str,
    findings: &mut Vec<Finding>,
) -> Chosen {
    let mut chosen = Chosen::default();
    for (index, name) in listed.into_iter().enumerate() {
        let at = name.referenced;
        if let Err(what) = chosen.add(&name.value) {
            let place = Place { file: file.to_owned(), line: at.line(), column: at.column() };
            findings.push(Finding { place, key: format!("features[{index}]"), what });
        }
    }
    for name in enabled.iter().filter(|name| !name.is_empty()) {
        if let Err(what) = chosen.add(name) {
            findings.push(Finding { place: Place::default(), key: "--enable-feature".to_owned(), what });
        }
    }
    chosen
}

impl Chosen {
    fn add(&mut self, name: &str) -> Result<(), String> {
        match name {
            "promql-experimental-functions" => self.features.experimental_functions = true,
            "promql-duration-expr" => self.features.duration_expressions = true,
            "promql-extended-range-selectors" => self.features.extended_range_selectors = true,
            "promql-binop-fill-modifiers" => self.features.binop_fill_modifiers = true,
            known if WITHOUT_EFFECT.contains(&known) => {
                self.notices.push(format!("feature {known}: is accepted and changes nothing in belfry"));
                return Ok(());
            }
            unknown => return Err(format!("not a feature flag, got {unknown}")),
        }
        if !self.names.iter().any(|known| known == name) {
            self.names.push(name.to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_flags_switch_accepted_ones_notify_unknown_ones_are_found() {
        let mut findings = Vec::new();
        let enabled = ["promql-duration-expr", "native-histograms", "warp", ""].map(str::to_owned);
        let chosen = read(Vec::new(), &enabled, "", &mut findings);
        assert_eq!(chosen.features, Features { duration_expressions: true, ..Features::default() });
        assert_eq!(chosen.names, ["promql-duration-expr"]);
        assert_eq!(chosen.notices.len(), 1, "{:?}", chosen.notices);
        let told: Vec<String> = findings.iter().map(ToString::to_string).collect();
        assert_eq!(told, ["--enable-feature: not a feature flag, got warp"]);
    }
}
