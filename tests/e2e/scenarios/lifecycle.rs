//! One owner of the data, one owner of the port, and an end in time.

use super::fast_job;
use crate::daemon::{Belfry, STOP_WITHIN, run};
use crate::exporter::{Body, Exporter, Page};
use crate::poll::await_until;
use crate::scene::Scene;
use anyhow::{Result, ensure};
use rustix::process::Signal;
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
