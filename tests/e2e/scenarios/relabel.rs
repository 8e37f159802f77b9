//! Relabeling of targets before the scrape and of samples after it.

use super::fast_job;
use crate::daemon::Belfry;
use crate::exporter::{Exporter, Page};
use crate::poll::await_until;
use crate::scene::Scene;
use anyhow::{Result, ensure};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(10);

pub(crate) fn targets_are_relabeled(scene: &Scene) -> Result<()> {
    let exporter = Exporter::start(Page::text("x 1\n"))?;
    let target = exporter.target();
    let belfry = Belfry::start(
        scene,
        &format!(
            "scrape_configs:
  - job_name: fleet
    scrape_interval: 250ms
    scrape_timeout: 250ms
    static_configs:
      - targets: [\"{target}\"]
        labels: {{shard: a, role: db, note_owner: ada}}
      - targets: [\"{target}\"]
        labels: {{shard: b, role: db}}
      - targets: [\"{target}\"]
        labels: {{shard: c, role: web}}
    relabel_configs:
      - {{source_labels: [shard], regex: b, action: drop}}
      - {{source_labels: [role], regex: db|cache, action: keep}}
      - {{source_labels: [shard, role], separator: '-', target_label: instance, replacement: 'host-$1', regex: (.+)}}
      - {{regex: note_(.+), action: labelmap}}
      - {{regex: note_.+, action: labeldrop}}
      - {{source_labels: [role], target_label: tier, action: uppercase}}
"
        ),
    )?;
    let up = await_until("the kept one is up", SOON, || {
        let up = belfry.instant("up == 1")?;
        ensure!(!up.is_empty(), "nobody is up");
        Ok(up)
    })?;
    ensure!(up.len() == 1, "expected one target, got {up:?}");
    let labels: Vec<_> = up[0].0.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let expected = ["__name__=up", "instance=host-a-db", "job=fleet", "owner=ada", "role=db", "shard=a", "tier=DB"];
    ensure!(labels == expected, "labels {labels:?}, expected {expected:?}");
    Ok(())
}

pub(crate) fn metrics_are_relabeled(scene: &Scene) -> Result<()> {
    let page = "old_name{path=\"/a/1\"} 1\nnoisy_total 5\nkept{secret=\"s\"} 2\n";
    let exporter = Exporter::start(Page::text(page))?;
    let rules = "    metric_relabel_configs:
      - {source_labels: [__name__], regex: noisy_.*, action: drop}
      - {source_labels: [__name__], regex: old_name, target_label: __name__, replacement: new_name}
      - {source_labels: [path], regex: '/([a-z]+)/.*', target_label: path, replacement: '/${1}/:id'}
      - {regex: secret, action: labeldrop}
";
    let belfry = Belfry::start(scene, &fast_job("app", &[&exporter.target()], rules))?;
    await_until("the renamed one is there", SOON, || belfry.value("new_name{path=\"/a/:id\"}"))?;
    ensure!(belfry.value("kept{secret=\"\"}")? == 2.0, "the label was not dropped");
    for gone in ["noisy_total", "old_name"] {
        ensure!(belfry.instant(gone)?.is_empty(), "{gone} was stored");
    }
    ensure!(belfry.value("scrape_samples_scraped{job=\"app\"}")? == 3.0, "three samples were scraped");
    ensure!(belfry.value("scrape_samples_post_metric_relabeling{job=\"app\"}")? == 2.0, "two samples were left");
    Ok(())
}
