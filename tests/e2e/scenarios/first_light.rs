//! As a new user tries it: no config, and within half a minute the machine is on the page.

use crate::daemon::{Belfry, run};
use crate::poll::await_until;
use crate::scene::Scene;
use anyhow::{Context, Result, ensure};
use std::time::Duration;

pub(crate) fn first_light(scene: &Scene) -> Result<()> {
    let belfry = Belfry::start_embedded(scene)?;
    await_until("belfry and node are up", Duration::from_secs(30), || {
        for job in ["belfry", "node"] {
            let up = belfry.value(&format!("up{{job=\"{job}\"}}"))?;
            ensure!(up == 1.0, "{job} has up {up}");
        }
        Ok(())
    })?;

    let cpus = belfry.value("count(count by (cpu) (node_cpu_seconds_total))")?;
    ensure!(cpus >= 1.0, "{cpus} processors");
    let memory = belfry.value("node_memory_MemTotal_bytes")?;
    ensure!(memory == total_memory()?, "{memory} bytes of memory, the kernel says {}", total_memory()?);
    await_until("a processor is busy or idle", Duration::from_secs(45), || {
        let seconds = belfry.value("sum(rate(node_cpu_seconds_total[1m]))")?;
        ensure!(seconds > 0.5 * cpus && seconds < 1.5 * cpus, "{seconds} seconds per second on {cpus} processors");
        Ok(())
    })?;

    let status = run(scene, &["status", "--url", &belfry.url()])?;
    ensure!(status.code == Some(0), "status: {status:?}");
    for word in ["uptime", "targets"] {
        ensure!(status.stdout.to_lowercase().contains(word), "no {word} in {}", status.stdout);
    }
    let health = run(scene, &["health", "--url", &belfry.url()])?;
    ensure!(health.code == Some(0), "health: {health:?}");
    let stopped = belfry.stop()?;
    ensure!(stopped.code() == Some(0), "stopped with {stopped}");
    Ok(())
}

fn total_memory() -> Result<f64> {
    let memory = std::fs::read_to_string("/proc/meminfo").context("/proc/meminfo")?;
    let line = memory.lines().find_map(|line| line.strip_prefix("MemTotal:")).context("no MemTotal")?;
    let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kilobytes * 1024.0)
}
