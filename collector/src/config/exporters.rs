//! `exporters:`: the built-in targets, scraped in this process.

use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;
use settings::report::{Key, Report};

/// The job of the target that tells about this process.
pub(crate) const SELF_JOB: &str = "belfry";
/// The job of the target that tells about this machine.
pub(crate) const HOST_JOB: &str = "node";

/// As written. An absent one is off, but for `self`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawExporters {
    #[serde(rename = "self")]
    own: Option<bool>,
    host: Option<bool>,
    cgroup: Option<Spanned<bool>>,
    kube_state: Option<Spanned<bool>>,
}

/// Which built-in targets run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Exporters {
    /// Job `belfry`: this process. On by default.
    #[serde(rename = "self")]
    pub own: bool,
    /// Job `node`: this machine, under node_exporter's names. Off by default.
    pub host: bool,
}

impl Default for Exporters {
    fn default() -> Self {
        Self { own: true, host: false }
    }
}

impl Exporters {
    /// The names of the jobs that run.
    pub(crate) fn job_names(self) -> impl Iterator<Item = &'static str> {
        self.own.then_some(SELF_JOB).into_iter().chain(self.host.then_some(HOST_JOB))
    }
}

impl RawExporters {
    pub(super) fn validate(self, key: &Key, report: &mut Report) -> Exporters {
        for (name, raw) in [("cgroup", self.cgroup), ("kube_state", self.kube_state)] {
            if let Some(raw) = raw.filter(|raw| raw.value) {
                report.add(&key.field(name), raw.referenced, "not supported yet, got true");
            }
        }
        let default = Exporters::default();
        Exporters { own: self.own.unwrap_or(default.own), host: self.host.unwrap_or(default.host) }
    }
}
