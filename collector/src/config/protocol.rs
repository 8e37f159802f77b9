//! The exposition formats that a scrape asks for.

use serde::Serialize;
use serde_saphyr::Spanned;
use settings::report::{Key, Report};

/// A text format, in Prometheus's spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Protocol {
    /// OpenMetrics 1.0.0.
    #[serde(rename = "OpenMetricsText1.0.0")]
    OpenMetrics1,
    /// OpenMetrics 0.0.1.
    #[serde(rename = "OpenMetricsText0.0.1")]
    OpenMetrics0,
    /// Prometheus text 1.0.0 (quoted UTF-8 names).
    #[serde(rename = "PrometheusText1.0.0")]
    Text1,
    /// Prometheus text 0.0.4.
    #[serde(rename = "PrometheusText0.0.4")]
    Text0,
}

impl Protocol {
    /// What is asked for when nothing is written, best first; Prometheus's default.
    pub const DEFAULT: [Self; 4] = [Self::OpenMetrics1, Self::OpenMetrics0, Self::Text1, Self::Text0];

    fn from_name(name: &str) -> Result<Self, String> {
        match name {
            "OpenMetricsText1.0.0" => Ok(Self::OpenMetrics1),
            "OpenMetricsText0.0.1" => Ok(Self::OpenMetrics0),
            "PrometheusText1.0.0" => Ok(Self::Text1),
            "PrometheusText0.0.4" => Ok(Self::Text0),
            "PrometheusProto" => Err("not supported yet, got PrometheusProto".to_owned()),
            other => Err(format!(
                "unknown scrape protocol {other}, supported: [OpenMetricsText0.0.1 OpenMetricsText1.0.0 PrometheusText0.0.4 PrometheusText1.0.0]"
            )),
        }
    }
}

/// Reads the preferred protocols. `None` when not written.
pub(super) fn read_list(
    raw: Option<Spanned<Vec<Spanned<String>>>>,
    key: &Key,
    report: &mut Report,
) -> Option<Vec<Protocol>> {
    let raw = raw?;
    if raw.value.is_empty() {
        report.add(key, raw.referenced, "scrape_protocols cannot be empty");
        return None;
    }
    let mut protocols = Vec::new();
    for (index, name) in raw.value.into_iter().enumerate() {
        let (key, place) = (key.index(index), name.referenced);
        let Some(protocol) = report.read(&key, Some(name), |name| Protocol::from_name(&name)) else { continue };
        if protocols.contains(&protocol) {
            report.add(&key, place, "duplicated protocol in scrape_protocols, got the same twice");
        }
        protocols.push(protocol);
    }
    Some(protocols)
}

/// Reads the protocol that is assumed when a target does not say which it speaks.
pub(super) fn read_fallback(raw: Option<Spanned<String>>, key: &Key, report: &mut Report) -> Option<Protocol> {
    let raw = raw.filter(|raw| !raw.value.is_empty());
    report.read(key, raw, |name| Protocol::from_name(&name))
}
