//! Others that hear of alerts: another Alertmanager, whoever waits for a heartbeat, and whoever tries a receiver.

use crate::daemon::{Belfry, run};
use crate::poll::{await_until, holds_for};
use crate::scene::Scene;
use crate::world::town::{rules, watch};
use crate::world::{Ailment, Alertmanager, Cluster, Reply, SECRET, Slack};
use anyhow::{Context, Result, ensure};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(30);

const FULL: &str = "  - alert: Full\n    expr: node_filesystem_avail_bytes / node_filesystem_size_bytes < 0.2\n    labels: {severity: warning}\n    annotations: {summary: the disk is full}\n";

/// A prometheus.yml names an Alertmanager: it hears of the alert with the external labels, and of its end.
pub(crate) fn other_alertmanagers_hear_of_alerts(scene: &Scene) -> Result<()> {
    let (cluster, alertmanager) = (Cluster::start()?, Alertmanager::start(scene)?);
    let jobs = watch(&[("kubernetes", &cluster.target(), "")]);
    let jobs = jobs.replace("global: {", "global: {external_labels: {cluster: home}, ");
    let alerting =
        format!("alerting: {{alertmanagers: [{{static_configs: [{{targets: [\"{}\"]}}]}}]}}\n", alertmanager.target());
    let belfry = Belfry::start(scene, &format!("{jobs}{}{alerting}", rules(scene, FULL)?))?;
    let listed = belfry.get("/api/v1/alertmanagers")?.text();
    ensure!(listed.contains(&format!("http://{}/api/v2/alerts", alertmanager.target())), "{listed}");
    cluster.ail(&[Ailment::FullDisk]);
    await_until("the Alertmanager holds the alert", SOON, || {
        let held = alertmanager.held(r#"cluster="home""#)?;
        let alert = held.first().context("none")?;
        let summary = alert.pointer("/annotations/summary").and_then(|summary| summary.as_str());
        ensure!(summary == Some("the disk is full"), "{alert}");
        let url = alert.pointer("/generatorURL").and_then(|url| url.as_str()).unwrap_or_default();
        ensure!(url.contains("/graph?g0.expr="), "{alert}");
        Ok(())
    })?;
    cluster.ail(&[]);
    await_until("its end is heard of", SOON, || {
        let held = alertmanager.held(r#"alertname="Full""#)?;
        ensure!(held.is_empty(), "{held:?}");
        Ok(())
    })
}

/// The heartbeat beats while rules are evaluated, and stops with the daemon.
pub(crate) fn heartbeats_stop_with_the_daemon(scene: &Scene) -> Result<()> {
    let expecting = crate::exporter::Exporter::start(crate::exporter::Page::text("ok"))?;
    let config = format!(
        "alerting:\n  route: {{receiver: watcher}}\n  receivers: [{{name: watcher, heartbeat_configs: [{{url: \"http://{}/ping\", interval: 1s}}]}}]\n",
        expecting.target()
    );
    let belfry = Belfry::start(scene, &config)?;
    await_until("it beats", SOON, || {
        ensure!(expecting.requests() >= 3, "{} beats", expecting.requests());
        Ok(())
    })?;
    belfry.kill()?;
    let last = expecting.requests();
    holds_for("it is still", Duration::from_secs(3), || {
        ensure!(expecting.requests() <= last + 1, "it beats without a daemon");
        Ok(())
    })
}

/// `belfry notify` tries each integration, and says which failed without giving secrets away.
pub(crate) fn receivers_can_be_tried(scene: &Scene) -> Result<()> {
    let slack = Slack::start()?;
    let config = format!(
        "alerting:\n  route: {{receiver: oncall}}\n  receivers:\n    - name: oncall\n      slack_configs: [{{api_url: \"{0}\"}}, {{api_url: \"{0}\"}}]\n",
        slack.url()
    );
    scene.write("belfry.yml", &config)?;
    let tried = run(scene, &["notify", "--config", "belfry.yml"])?;
    ensure!(tried.code == Some(0), "{tried:?}");
    let read = slack.accepted();
    ensure!(read.len() == 2 && read.iter().all(|text| text.to_lowercase().contains("test")), "{read:?}");
    slack.reply_next(&[Reply::Accepted, Reply::NoSuchHook]);
    let tried = run(scene, &["notify", "--config", "belfry.yml", "--receiver", "oncall"])?;
    ensure!(tried.code == Some(1), "{tried:?}");
    let told = format!("{}{}", tried.stdout, tried.stderr);
    ensure!(told.contains("slack[1]") && told.contains("404") && !told.contains(SECRET), "{told}");
    let unknown = run(scene, &["notify", "--config", "belfry.yml", "--receiver", "nobody"])?;
    ensure!(unknown.code == Some(2) && unknown.stderr.contains("oncall"), "{unknown:?}");
    Ok(())
}
