//! The four incidents that the seed tells of, as on-call would have heard of them.

use crate::daemon::Belfry;
use crate::poll::await_until;
use crate::scene::Scene;
use crate::world::town::{shipped_rules, watch};
use crate::world::{Ailment, Cluster, Mariadb, Slack};
use anyhow::{Result, ensure};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(30);

/// Breaks the cluster, and waits until Slack reads the words.
fn check(scene: &Scene, ailments: &[Ailment], words: &[&str]) -> Result<()> {
    let (cluster, slack) = (Cluster::start()?, Slack::start()?);
    let jobs = watch(&[("kubernetes", &cluster.target(), "")]);
    let belfry = Belfry::start(scene, &format!("{jobs}{}{}", shipped_rules(scene)?, alerting(&slack)))?;
    await_until("the pods are scraped", SOON, || {
        ensure!(belfry.value("count(kube_pod_status_phase)")? > 0.0, "no pod");
        Ok(())
    })?;
    cluster.ail(ailments);
    await_read(&slack, words)
}

fn alerting(slack: &Slack) -> String {
    format!(
        "alerting:\n  route: {{receiver: oncall, group_by: [alertname], group_wait: 250ms, group_interval: 500ms, repeat_interval: 1h}}\n  receivers: [{{name: oncall, slack_configs: [{{api_url: \"{}\"}}]}}]\n",
        slack.url()
    )
}

fn await_read(slack: &Slack, words: &[&str]) -> Result<()> {
    await_until("Slack reads why", SOON, || {
        let read = slack.accepted();
        ensure!(read.iter().any(|text| words.iter().all(|word| text.contains(word))), "{read:?}");
        Ok(())
    })
}

/// The node's disk fills, and the kubelet evicts the blog's pod.
pub(crate) fn disk_pressure_removes_a_pod(scene: &Scene) -> Result<()> {
    check(scene, &[Ailment::FullDisk, Ailment::Evicted], &["[FIRING:1]", "PodDown", "blog-system/was-0 is not running"])
}

/// A roll-out names an image that the registry does not have.
pub(crate) fn image_pull_backoff(scene: &Scene) -> Result<()> {
    check(scene, &[Ailment::NoImage], &["[FIRING:1]", "PodDown", "blog-system/was-0 is not running"])
}

/// The disk is nine tenths full, and nobody would have looked.
pub(crate) fn disk_at_ninety_percent(scene: &Scene) -> Result<()> {
    check(scene, &[Ailment::FullDisk], &["[FIRING:1]", "HighDiskUsage", "/ 90% full"])
}

/// The database refuses connections.
pub(crate) fn refused_connections_to_mysql(scene: &Scene) -> Result<()> {
    let mut mariadb = Mariadb::start(scene)?;
    let slack = Slack::start()?;
    let jobs = watch(&[("mysql", &mariadb.target(), "namespace: blog-system, app: mysql")]);
    let belfry = Belfry::start(scene, &format!("{jobs}{}{}", shipped_rules(scene)?, alerting(&slack)))?;
    await_until("the database is scraped", SOON, || {
        ensure!(belfry.value("mysql_up")? == 1.0, "it is down");
        Ok(())
    })?;
    mariadb.stop()?;
    let summary = format!("MySQL behind {} does not answer", mariadb.target());
    await_read(&slack, &["[FIRING:1]", "MySQLDown", &summary])
}
