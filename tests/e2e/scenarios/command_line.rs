//! The commands beside `serve`: what they print and how they end.

use crate::daemon::{Belfry, run};
use crate::scene::Scene;
use anyhow::{Result, ensure};
use std::net::TcpListener;

pub(crate) fn check_tells_every_finding(scene: &Scene) -> Result<()> {
    scene.write("good.yml", "scrape_configs:\n  - job_name: a\n    static_configs: [{targets: ['localhost:1']}]\n")?;
    let good = run(scene, &["check", "good.yml"])?;
    ensure!(good.code == Some(0), "{good:?}");

    let bad =
        "global: {scrape_interval: fast}\nscrape_configs:\n  - job_name: a\n    relabel_configs: [{action: mangle}]\n";
    scene.write("bad.yml", bad)?;
    let bad = run(scene, &["check", "good.yml", "bad.yml"])?;
    ensure!(bad.code == Some(2), "{bad:?}");
    let told = format!("{}{}", bad.stdout, bad.stderr);
    ensure!(told.contains("bad.yml:1:"), "no finding of the first line: {told}");

    let missing = run(scene, &["check", "missing.yml"])?;
    ensure!(missing.code == Some(2), "{missing:?}");
    ensure!(missing.stderr.contains("missing.yml"), "the file is not named: {missing:?}");
    Ok(())
}

pub(crate) fn version_and_health(scene: &Scene) -> Result<()> {
    let version = run(scene, &["version"])?;
    ensure!(version.code == Some(0) && version.stdout.contains(env!("CARGO_PKG_VERSION")), "{version:?}");

    let closed = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let url = format!("http://{closed}");
    for command in ["health", "status"] {
        let ended = run(scene, &[command, "--url", &url])?;
        ensure!(ended.code == Some(1), "{command}: {ended:?}");
        ensure!(ended.stderr.contains(&closed.to_string()), "{command}: the address is not named: {ended:?}");
    }

    let belfry = Belfry::start(scene, "scrape_configs: []\n")?;
    let health = run(scene, &["health", "--url", &belfry.url()])?;
    ensure!(health.code == Some(0), "{health:?}");
    let page = belfry.get("/metrics")?;
    ensure!(page.header("content-type").starts_with("application/openmetrics-text"), "{:?}", page.headers);
    ensure!(page.text().contains("belfry_build_info{") && page.text().ends_with("# EOF\n"), "{}", page.text());
    Ok(())
}
