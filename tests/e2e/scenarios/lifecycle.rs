//! One owner of the data, one owner of the port, and an end in time.

use super::fast_job;
use crate::daemon::{Belfry, FREE_PORT, STOP_WITHIN, run};
use crate::exporter::{Body, Exporter, Page};
use crate::poll::{await_until, holds_for};
use crate::scene::Scene;
use anyhow::{Context as _, Result, ensure};
use rustix::process::Signal;
use std::process::Command;
use std::time::{Duration, Instant};

pub(crate) fn data_folder_has_one_owner(scene: &Scene) -> Result<()> {
    let belfry = Belfry::start(scene, "scrape_configs: []\n")?;
    let data = scene.path("data").to_string_lossy().into_owned();
    let second = run(scene, &["serve", "--config", "belfry.yml", "--data-dir", &data, "--listen", "127.0.0.1:0"])?;
    ensure!(second.code == Some(1), "the second process: {second:?}");
    let told = &second.stderr;
    ensure!(told.contains(&data) && told.contains("process"), "the folder and its holder are not named: {told}");
    ensure!(belfry.get("/-/ready")?.status == 200, "the first process suffered");
    // A killed owner leaves nothing that must be cleaned up.
    belfry.kill()?;
    Belfry::start(scene, "scrape_configs: []\n")?;
    Ok(())
}

pub(crate) fn taken_port_names_the_flag(scene: &Scene) -> Result<()> {
    let belfry = Belfry::start(scene, "scrape_configs: []\n")?;
    let address = belfry.address().to_string();
    let second = run(scene, &["serve", "--config", "belfry.yml", "--data-dir", "other", "--listen", &address])?;
    ensure!(second.code == Some(1), "the second process: {second:?}");
    ensure!(second.stderr.contains("--listen") && second.stderr.contains(&address), "it says {}", second.stderr);
    Ok(())
}

pub(crate) fn stops_within_its_time(scene: &Scene) -> Result<()> {
    let slow = Exporter::start(Page::of("text/plain", Body::Drip(Duration::from_millis(20))))?;
    let config = fast_job("slow", &[&slow.target()], "").replace("250ms", "30s");
    for signal in [Signal::TERM, Signal::INT] {
        let belfry = Belfry::start(scene, &config)?;
        await_until("its target is known", Duration::from_secs(10), || {
            ensure!(belfry.targets("slow")?.len() == 1, "no target");
            Ok(())
        })?;
        let asked = Instant::now();
        belfry.signal(signal)?;
        let status = belfry.stop()?;
        ensure!(status.code() == Some(0), "{signal:?}: stopped with {status}");
        ensure!(asked.elapsed() < STOP_WITHIN, "{signal:?}: took {:?}", asked.elapsed());
    }
    Ok(())
}

/// A pipe as the first segment of the WAL holds the replay until someone opens its other end.
pub(crate) fn signals_during_the_replay(scene: &Scene) -> Result<()> {
    let path = scene.write("belfry.yml", "scrape_configs: []\n")?;
    let start = || Belfry::spawn(scene, &["--config", &path.to_string_lossy(), "--listen", FREE_PORT]);
    let segment = scene.path("data/store/metrics/wal/00000001");
    std::fs::create_dir_all(segment.parent().context("a folder")?)?;
    ensure!(Command::new("mkfifo").arg(&segment).status()?.success(), "no pipe");

    let belfry = start()?;
    ensure!(belfry.get("/-/ready")?.status == 503, "ready although the WAL is not replayed");
    belfry.signal(Signal::HUP)?;
    holds_for("a hangup does not end it", Duration::from_secs(1), || {
        ensure!(belfry.get("/-/healthy")?.status == 200, "not healthy");
        Ok(())
    })?;
    drop(std::fs::OpenOptions::new().write(true).open(&segment)?);
    belfry.await_ready()?;
    await_until("the hangup is answered", Duration::from_secs(10), || {
        ensure!(belfry.log().contains("config reloaded"), "not yet");
        Ok(())
    })?;
    belfry.kill()?;

    std::fs::remove_dir_all(segment.parent().context("a folder")?)?;
    std::fs::create_dir_all(segment.parent().context("a folder")?)?;
    ensure!(Command::new("mkfifo").arg(&segment).status()?.success(), "no pipe");
    for signal in [Signal::TERM, Signal::INT] {
        let belfry = start()?;
        let asked = Instant::now();
        belfry.signal(signal)?;
        let status = belfry.stop()?;
        ensure!(status.code() == Some(0), "{signal:?}: stopped with {status}");
        ensure!(asked.elapsed() < STOP_WITHIN, "{signal:?}: took {:?}", asked.elapsed());
    }
    Ok(())
}
