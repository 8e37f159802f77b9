//! The whole world at once, and the config that watches it.

use super::mail::{PASSWORD, USER};
use super::{Cluster, MailServer, Mariadb, Nginx, Slack};
use crate::node_exporter::NodeExporter;
use crate::scene::Scene;
use anyhow::{Result, ensure};
use std::fmt::Write as _;

/// The rules as they are shipped.
const SHIPPED: &str = include_str!("../../../deploy/rules/blog-system.yml");

/// Everything that runs beside Belfry.
pub(crate) struct Town {
    pub(crate) nginx: Nginx,
    pub(crate) mariadb: Mariadb,
    pub(crate) node: NodeExporter,
    pub(crate) cluster: Cluster,
    pub(crate) slack: Slack,
    pub(crate) mail: MailServer,
}

impl Town {
    /// Starts everything; all of it is well.
    pub(crate) fn start(scene: &Scene) -> Result<Self> {
        Ok(Self {
            mariadb: Mariadb::start(scene)?,
            nginx: Nginx::start(scene)?,
            node: NodeExporter::start_without_disks()?,
            cluster: Cluster::start()?,
            slack: Slack::start()?,
            mail: MailServer::start(scene)?,
        })
    }

    /// Scrapes all exporters and tails the pods.
    pub(crate) fn watched(&self, scene: &Scene) -> String {
        let mut config = watch(&[
            ("kubernetes", &self.cluster.target(), ""),
            ("nginx", &self.nginx.target(), "namespace: blog-system, app: web"),
            ("mysql", &self.mariadb.target(), "namespace: blog-system, app: mysql"),
            ("node", &self.node.target(), ""),
        ]);
        // Writing to a String cannot fail.
        let _ =
            writeln!(config, "log_configs: [{{job_name: pods, pods: {{path: \"{}\"}}}}]", scene.path("pods").display());
        config
    }

    /// An e-mail receiver's section.
    pub(crate) fn email(&self) -> String {
        format!(
            "{{to: oncall@example.org, from: belfry@example.org, smarthost: \"{}\", auth_username: {USER}, auth_password: {PASSWORD}, tls_config: {{ca_file: \"{}\"}}, send_resolved: true}}",
            self.mail.smarthost(),
            MailServer::ca_file().display()
        )
    }
}

/// `scrape_configs` of jobs with their targets and labels, four times a second, and the evaluation as often.
pub(crate) fn watch(jobs: &[(&str, &str, &str)]) -> String {
    let mut config =
        "global: {scrape_interval: 250ms, scrape_timeout: 250ms, evaluation_interval: 250ms}\nscrape_configs:\n"
            .to_owned();
    for (job, target, labels) in jobs {
        // Writing to a String cannot fail.
        let _ = writeln!(
            config,
            "  - {{job_name: {job}, honor_labels: true, static_configs: [{{targets: [\"{target}\"], labels: {{{labels}}}}}]}}"
        );
    }
    config
}

/// Writes the shipped rules with every `for`, interval and range shortened, and names the file in a config line.
pub(crate) fn shipped_rules(scene: &Scene) -> Result<String> {
    let mut rules = SHIPPED.to_owned();
    for (long, short) in [
        ("interval: 15s", "interval: 250ms"),
        ("for: 1m", "for: 1s"),
        ("for: 2m", "for: 1s"),
        ("for: 5m", "for: 1s"),
        ("[5m]", "[4s]"),
        ("[15m]", "[8s]"),
    ] {
        ensure!(rules.contains(long), "the shipped rules have no `{long}`");
        rules = rules.replace(long, short);
    }
    scene.write("rules.yml", &rules)?;
    Ok("rule_files: [rules.yml]\n".to_owned())
}

/// Writes rules and names their file in a config line.
pub(crate) fn rules(scene: &Scene, rules: &str) -> Result<String> {
    scene.write("rules.yml", &format!("groups:\n- name: test\n  interval: 250ms\n  rules:\n{rules}"))?;
    Ok("rule_files: [rules.yml]\n".to_owned())
}
