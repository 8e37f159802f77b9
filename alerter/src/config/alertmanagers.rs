//! `alerting.alertmanagers` of a prometheus.yml: others that our alerts are handed to.
//!
//! Invariant: every address makes a URL. A kind of discovery that is not there yet is an error, because somebody would
//! silently not be told.

use model::number::quoted;
use serde::{Deserialize, Serialize, Serializer};
use serde_saphyr::Spanned;
use settings::Source;
use settings::http::{self, HttpClient, RawAuthorization, RawBasicAuth, RawHeader, RawHttp};
use settings::report::{Key, Report};
use settings::tls::RawTls;
use settings::unsupported::Unsupported;
use std::collections::BTreeMap;
use std::time::Duration;

/// Prometheus's.
const TIMEOUT: Duration = Duration::from_secs(10);

/// One entry as written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawAlertmanager {
    scheme: Option<Spanned<String>>,
    path_prefix: Option<Spanned<String>>,
    timeout: Option<Spanned<String>>,
    api_version: Option<Spanned<String>>,
    static_configs: Option<Vec<Spanned<RawGroup>>>,
    relabel_configs: Unsupported,
    alert_relabel_configs: Unsupported,

    basic_auth: Option<Spanned<RawBasicAuth>>,
    authorization: Option<Spanned<RawAuthorization>>,
    bearer_token: Option<Spanned<String>>,
    bearer_token_file: Option<Spanned<String>>,
    tls_config: Option<Spanned<RawTls>>,
    follow_redirects: Option<bool>,
    enable_http2: Option<bool>,
    proxy_url: Option<Spanned<String>>,
    no_proxy: Option<Spanned<String>>,
    proxy_from_environment: Option<Spanned<bool>>,
    http_headers: Option<BTreeMap<String, Spanned<RawHeader>>>,
    oauth2: Unsupported,
    proxy_connect_header: Unsupported,
    sigv4: Unsupported,

    file_sd_configs: Unsupported,
    http_sd_configs: Unsupported,
    dns_sd_configs: Unsupported,
    kubernetes_sd_configs: Unsupported,
    consul_sd_configs: Unsupported,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawGroup {
    targets: Option<Vec<Spanned<String>>>,
    /// Accepted, as by Prometheus; they change nothing without relabeling.
    labels: Option<BTreeMap<String, String>>,
}

/// One entry, checked.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Alertmanager {
    /// `http` or `https`.
    pub scheme: String,
    /// What stands before `/api/v2/alerts`; without a slash at its end.
    pub path_prefix: String,
    /// How long one hand-over may take.
    #[serde(serialize_with = "shown")]
    pub timeout: Duration,
    /// `host:port` each.
    pub targets: Vec<String>,
    /// How HTTP is spoken with them.
    #[serde(flatten)]
    pub http: HttpClient,
}

impl Alertmanager {
    /// Where alerts are posted, one URL a target.
    pub fn urls(&self) -> impl Iterator<Item = String> + '_ {
        self.targets.iter().map(|target| format!("{}://{target}{}/api/v2/alerts", self.scheme, self.path_prefix))
    }
}

fn shown<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&model::duration::format(*duration))
}

/// Checks the entries.
pub fn read(
    raw: Option<Vec<Spanned<RawAlertmanager>>>,
    key: &Key,
    source: &Source,
    report: &mut Report,
) -> Vec<Alertmanager> {
    let entries = raw.into_iter().flatten().enumerate();
    entries.map(|(index, raw)| read_one(raw, &key.index(index), source, report)).collect()
}

fn read_one(raw: Spanned<RawAlertmanager>, key: &Key, source: &Source, report: &mut Report) -> Alertmanager {
    let Spanned { value: mut raw, referenced: place, .. } = raw;
    raw.refuse_unsupported(key, report);
    let http = http::read(raw.take_http(), key, place, source, report);
    let scheme = report.read(&key.field("scheme"), raw.scheme, |scheme| match scheme.as_str() {
        "http" | "https" => Ok(scheme),
        other => Err(format!("expected http or https, got {}", quoted(other))),
    });
    let version = report.read(&key.field("api_version"), raw.api_version, |version| match version.as_str() {
        "v2" => Ok(()),
        other => Err(format!("expected v2, got {}", quoted(other))),
    });
    let () = version.unwrap_or_default();
    let timeout = report.duration(&key.field("timeout"), raw.timeout);
    let path_prefix = raw.path_prefix.map(|prefix| prefix.value.trim_matches('/').to_owned()).unwrap_or_default();
    let path_prefix = if path_prefix.is_empty() { path_prefix } else { format!("/{path_prefix}") };
    let scheme = scheme.unwrap_or_else(|| "http".to_owned());
    let targets = read_targets(raw.static_configs, &key.field("static_configs"), report);
    Alertmanager { scheme, path_prefix, timeout: timeout.unwrap_or(TIMEOUT), targets, http }
}

fn read_targets(groups: Option<Vec<Spanned<RawGroup>>>, key: &Key, report: &mut Report) -> Vec<String> {
    let mut targets = Vec::new();
    for (index, group) in groups.into_iter().flatten().enumerate() {
        let key = key.index(index).field("targets");
        for (index, target) in group.value.targets.into_iter().flatten().enumerate() {
            targets.extend(report.read(&key.index(index), Some(target), |target| {
                let url = reqwest::Url::parse(&format!("http://{target}/"));
                let fits = url.is_ok_and(|url| url.has_host() && url.path() == "/" && url.username().is_empty());
                if fits && !target.contains('/') {
                    Ok(target)
                } else {
                    Err(format!("not host:port, got {}", quoted(&target)))
                }
            }));
        }
    }
    targets
}

impl RawAlertmanager {
    fn refuse_unsupported(&self, key: &Key, report: &mut Report) {
        for (name, raw) in [
            ("relabel_configs", self.relabel_configs),
            ("alert_relabel_configs", self.alert_relabel_configs),
            ("sigv4", self.sigv4),
            ("file_sd_configs", self.file_sd_configs),
            ("http_sd_configs", self.http_sd_configs),
            ("dns_sd_configs", self.dns_sd_configs),
            ("kubernetes_sd_configs", self.kubernetes_sd_configs),
            ("consul_sd_configs", self.consul_sd_configs),
        ] {
            raw.refuse(name, key, report);
        }
    }

    fn take_http(&mut self) -> RawHttp {
        RawHttp {
            basic_auth: self.basic_auth.take(),
            authorization: self.authorization.take(),
            bearer_token: self.bearer_token.take(),
            bearer_token_file: self.bearer_token_file.take(),
            tls_config: self.tls_config.take(),
            follow_redirects: self.follow_redirects,
            enable_http2: self.enable_http2,
            proxy_url: self.proxy_url.take(),
            no_proxy: self.no_proxy.take(),
            proxy_from_environment: self.proxy_from_environment.take(),
            http_headers: self.http_headers.take(),
            oauth2: self.oauth2,
            proxy_connect_header: self.proxy_connect_header,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Section {
        alertmanagers: Option<Vec<Spanned<RawAlertmanager>>>,
    }

    fn check(yaml: &str, expected: Result<&[&str], &[&str]>) {
        let section: Section = settings::source::parse(yaml, "p.yml").expect(yaml);
        let mut report = Report::new("p.yml".to_owned());
        let key = Key::root("alerting").field("alertmanagers");
        let read = read(section.alertmanagers, &key, &Source::default(), &mut report);
        let read = report.finish(read.iter().flat_map(Alertmanager::urls).collect::<Vec<_>>());
        let read = read.map_err(|findings| findings.iter().map(ToString::to_string).collect::<Vec<_>>());
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        assert_eq!(read, expected.map(owned).map_err(owned), "{yaml}");
    }

    #[test]
    fn addresses_become_urls() {
        check("alertmanagers: []", Ok(&[]));
        check(
            "alertmanagers: [{static_configs: [{targets: ['a:9093', 'b:9093']}]}]",
            Ok(&["http://a:9093/api/v2/alerts", "http://b:9093/api/v2/alerts"]),
        );
        check(
            "alertmanagers: [{scheme: https, path_prefix: /am/, static_configs: [{targets: [a]}]}]",
            Ok(&["https://a/am/api/v2/alerts"]),
        );
    }

    #[test]
    fn what_cannot_be_right_is_told() {
        check(
            "alertmanagers:\n- {scheme: ftp, static_configs: [{targets: ['http://a']}]}\n- {dns_sd_configs: []}\n",
            Err(&[
                "p.yml:2:12: alerting.alertmanagers[0].scheme: expected http or https, got \"ftp\"",
                "p.yml:2:45: alerting.alertmanagers[0].static_configs[0].targets[0]: not host:port, got \"http://a\"",
                "p.yml:3:20: alerting.alertmanagers[1].dns_sd_configs: not supported yet, got dns_sd_configs",
            ]),
        );
    }
}
