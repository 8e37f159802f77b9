//! A changed config is applied whole, or not at all and with the reason.

use super::fast_job;
use crate::daemon::Belfry;
use crate::exporter::{Exporter, Page};
use crate::poll::{await_until, holds_for};
use crate::scene::Scene;
use anyhow::{Result, ensure};
use rustix::process::Signal;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(15);

pub(crate) fn reload_applies_all_or_nothing(scene: &Scene) -> Result<()> {
    let exporter = Exporter::start(Page::text("x 1\n"))?;
    let target = exporter.target();
    let belfry = Belfry::start(scene, &fast_job("first", &[&target], ""))?;
    await_until("the first job is up", SOON, || is_up(&belfry, "first"))?;

    scene.write("belfry.yml", &fast_job("second", &[&target], ""))?;
    belfry.signal(Signal::HUP)?;
    await_until("the second job is up", SOON, || is_up(&belfry, "second"))?;

    scene.write("belfry.yml", &fast_job("third", &[&target], "    scrape_intervall: 1s\n"))?;
    let answer = belfry.post("/-/reload", &[])?;
    ensure!(answer.status == 400, "a bad reload answers {}: {}", answer.status, answer.text());
    ensure!(answer.text().contains("scrape_intervall"), "the key is not named: {}", answer.text());
    ensure!(answer.text().contains("belfry.yml:"), "the place is not named: {}", answer.text());

    belfry.signal(Signal::HUP)?;
    await_until("the refusal is logged", SOON, || {
        ensure!(belfry.log().contains("scrape_intervall"), "not yet");
        Ok(())
    })?;
    holds_for("the second job stays up", Duration::from_secs(1), || is_up(&belfry, "second"))?;
    ensure!(belfry.targets("third")?.is_empty(), "half of a bad config was applied");

    let config = belfry.get("/api/v1/status/config")?.text();
    ensure!(config.contains("second") && !config.contains("third"), "the running config is shown as {config}");
    Ok(())
}

pub(crate) fn what_needs_a_restart_is_refused(scene: &Scene) -> Result<()> {
    let config = |port: u16| format!("web: {{listen: \"127.0.0.1:{port}\"}}\nscrape_configs: []\n");
    let path = scene.write("belfry.yml", &config(0))?;
    let belfry = Belfry::spawn(scene, &["--config", &path.to_string_lossy()])?;
    belfry.await_ready()?;
    scene.write("belfry.yml", &config(1))?;
    let answer = belfry.post("/-/reload", &[])?;
    ensure!(answer.status == 400 && answer.text().contains("web.listen"), "{} {}", answer.status, answer.text());
    Ok(())
}

pub(crate) fn files_of_targets_are_watched(scene: &Scene) -> Result<()> {
    let (first, second) = (Exporter::start(Page::text("x 1\n"))?, Exporter::start(Page::text("x 2\n"))?);
    scene.write(
        "targets.json",
        &format!("[{{\"targets\": [\"{}\"], \"labels\": {{\"from\": \"file\"}}}}]", first.target()),
    )?;
    let belfry = Belfry::start(
        scene,
        "scrape_configs:
  - job_name: filed
    scrape_interval: 250ms
    scrape_timeout: 250ms
    file_sd_configs: [{files: [targets.json], refresh_interval: 1s}]
",
    )?;
    await_until("the first target is up", SOON, || {
        ensure!(belfry.value("x{from=\"file\"}")? == 1.0, "another value");
        Ok(())
    })?;
    scene.write("targets.json", &format!("[{{\"targets\": [\"{}\"]}}]", second.target()))?;
    await_until("the second target is up and the first gone", SOON, || {
        ensure!(belfry.value("x")? == 2.0, "another value");
        Ok(())
    })?;
    scene.write("targets.json", "[{\"targets\": 7}]")?;
    holds_for("a broken file changes nothing", Duration::from_secs(2), || is_up(&belfry, "filed"))
}

fn is_up(belfry: &Belfry, job: &str) -> Result<()> {
    let up = belfry.value(&format!("up{{job=\"{job}\"}}"))?;
    ensure!(up == 1.0, "{job} has up {up}");
    Ok(())
}
