//! Links into our own page, as messages carry them.
//!
//! Invariant: each begins with the address under which users see Belfry and opens on our own port.

use model::labels::Labels;
use model::time::Millis;
use std::time::Duration;

/// Before the start of an alert that a link to its logs begins.
const LOGS_BEFORE: Duration = Duration::from_secs(15 * 60);

/// Makes links. The address is without a slash at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Links {
    external_url: String,
}

impl Links {
    /// Under this address; slashes at its end are cut.
    pub fn new(external_url: &str) -> Self {
        Self { external_url: external_url.trim_end_matches('/').to_owned() }
    }

    /// The address under which users see Belfry, without a slash at its end.
    pub fn external_url(&self) -> &str {
        &self.external_url
    }

    /// The page of a PromQL expression, in Prometheus's form.
    pub fn query(&self, expression: &str) -> String {
        format!("{}/graph?g0.expr={}&g0.tab=1", self.external_url, escaped(expression))
    }

    /// The page of a LogQL expression.
    pub fn log_query(&self, expression: &str) -> String {
        format!("{}/logs?query={}", self.external_url, escaped(expression))
    }

    /// The log lines of the same namespace and pod (and container, where the alert names one) from a quarter of an hour
    /// before `since`; `None` where the alert names neither namespace nor pod.
    pub fn logs(&self, labels: &Labels, since: Millis) -> Option<String> {
        let named = ["namespace", "pod", "container"].map(|name| (name, labels.get(name).filter(|v| !v.is_empty())));
        let matchers =
            named.iter().filter_map(|(name, value)| Some(format!("{name}={}", model::number::quoted((*value)?))));
        let matchers: Vec<_> = matchers.collect();
        if matchers.is_empty() {
            return None;
        }
        let from = model::rfc3339::format_millis(since.minus(LOGS_BEFORE));
        let query = format!("{{{}}}", matchers.join(", "));
        Some(format!("{}&from={}&to=now", self.log_query(&query), escaped(&from)))
    }

    /// The form for a silence of exactly these labels.
    pub fn silence(&self, labels: &Labels) -> String {
        let matchers: Vec<_> =
            labels.iter().map(|(name, value)| format!("{name}={}", model::number::quoted(value))).collect();
        format!("{}/alerts?silence={}", self.external_url, escaped(&format!("{{{}}}", matchers.join(","))))
    }

    /// The page of alerts.
    pub fn alerts(&self) -> String {
        format!("{}/alerts", self.external_url)
    }
}

/// For the query of a URL: everything but unreserved characters as `%XX`, so that chat programs do not cut the link.
fn escaped(text: &str) -> String {
    let mut into = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => into.push(char::from(byte)),
            other => into.push_str(&format!("%{other:02X}")),
        }
    }
    into
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_open_on_our_own_port() {
        let links = Links::new("http://belfry.home:9090/");
        let labels = Labels::from_pairs([("alertname", "PodDown"), ("namespace", "blog"), ("pod", "was-0")]);
        assert_eq!(links.query("up == 0"), "http://belfry.home:9090/graph?g0.expr=up%20%3D%3D%200&g0.tab=1");
        assert_eq!(
            links.logs(&labels, Millis(1_700_000_000_000)).as_deref(),
            Some(
                "http://belfry.home:9090/logs?query=%7Bnamespace%3D%22blog%22%2C%20pod%3D%22was-0%22%7D&from=2023-11-14T21%3A58%3A20Z&to=now"
            )
        );
        assert_eq!(links.logs(&Labels::from_pairs([("alertname", "X")]), Millis(0)), None);
        assert_eq!(
            links.silence(&labels),
            "http://belfry.home:9090/alerts?silence=%7Balertname%3D%22PodDown%22%2Cnamespace%3D%22blog%22%2Cpod%3D%22was-0%22%7D"
        );
        assert_eq!(links.alerts(), "http://belfry.home:9090/alerts");
    }
}
