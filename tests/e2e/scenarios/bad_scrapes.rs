//! Targets that answer nonsense: each is told what is wrong, memory stays bounded, the others never notice.

use super::fast_job;
use crate::daemon::Belfry;
use crate::exporter::{Body, Exporter, Page};
use crate::poll::{await_until, holds_for};
use crate::scene::Scene;
use anyhow::{Context, Result, ensure};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(20);
/// What a hostile body may cost beyond the idle daemon, in bytes.
const MEMORY_BEYOND_IDLE: u64 = 256 << 20;
/// What a hostile exporter sends, in bytes.
const LARGE: u64 = 100 << 20;

pub(crate) fn bad_scrapes_touch_nobody_else(scene: &Scene) -> Result<()> {
    let good = Exporter::start(Page::text("good 1\n"))?;
    // Each with words of the error that the Targets page shows.
    let html = Page::of("text/html", Body::Whole(b"<!doctype html><html><body>Hello</body></html>\n".to_vec()));
    let dripping = Page::of("text/plain", Body::Drip(Duration::from_millis(10)));
    let cut = Page::of("application/openmetrics-text; version=1.0.0", Body::Whole(b"a 1\n".to_vec()));
    let late = Page { delay: Duration::from_secs(2), ..Page::text("a 1\n") };
    let cases: Vec<(&str, Page, &[&str])> = vec![
        ("html", html, &["text/html"]),
        ("page of tags", Page::text("<!doctype html>\n<html>\n"), &["line 1, column 1", "HTML"]),
        ("slow drip", dripping, &["deadline"]),
        ("late", late, &["deadline"]),
        ("invalid UTF-8", Page::bytes(b"a 1\nb{c=\"\xff\xfe\"} 2\n".to_vec()), &["UTF-8"]),
        ("label twice", Page::text("a{b=\"1\",b=\"2\"} 1\n"), &["line 1", "not unique"]),
        ("no number", Page::text("a 1\nb one\n"), &["line 2"]),
        ("OpenMetrics without its end", cut, &["EOF"]),
        ("status", Page { status: 503, ..Page::text("") }, &["503"]),
    ];
    let exporters: Vec<_> = cases.iter().map(|(_, page, _)| Exporter::start(page.clone())).collect::<Result<_>>()?;
    let bad: Vec<_> = exporters.iter().map(Exporter::target).collect();
    let bad_job = fast_job("bad", &bad.iter().map(String::as_str).collect::<Vec<_>>(), "");
    let good_job = fast_job("good", &[&good.target()], "").replace("scrape_configs:\n", "");
    let belfry = Belfry::start(scene, &format!("{bad_job}{good_job}"))?;

    for ((name, _, words), address) in cases.iter().zip(&bad) {
        await_until(&format!("{name}: the error is shown"), SOON, || {
            let target = belfry.targets("bad")?.remove(address).context("no such target")?;
            ensure!(target.health == "down", "its health is {}", target.health);
            for word in *words {
                ensure!(target.last_error.contains(word), "`{}` does not say `{word}`", target.last_error);
            }
            Ok(())
        })?;
        let up = belfry.value(&format!("up{{job=\"bad\", instance=\"{address}\"}}"))?;
        ensure!(up == 0.0, "{name}: up is {up}");
    }
    ensure!(belfry.instant("a")?.is_empty(), "something of a bad page was stored");
    holds_for("the good target stays up", Duration::from_secs(2), || {
        ensure!(belfry.value("min_over_time(up{job=\"good\"}[1m])")? == 1.0, "it was down");
        ensure!(belfry.value("good")? == 1.0, "its sample is wrong");
        Ok(())
    })
}

pub(crate) fn large_bodies_stay_out_of_memory(scene: &Scene) -> Result<()> {
    let good = Exporter::start(Page::text("good 1\n"))?;
    let plain =
        Exporter::start(Page::of("text/plain", Body::Repeated("a_rather_long_name{with=\"a label\"} 1\n", LARGE)))?;
    let mut bomb = Page::bytes(bomb()?);
    bomb.headers.push(("Content-Encoding", "gzip".to_owned()));
    let bomb = Exporter::start(bomb)?;
    let good_job = fast_job("good", &[&good.target()], "");
    let belfry = Belfry::start(scene, &good_job)?;
    await_until("the good target is up", SOON, || belfry.value("good"))?;
    let idle = belfry.resident()?;

    let bad_job = fast_job("large", &[&plain.target(), &bomb.target()], "").replace("250ms", "15s");
    scene.write("belfry.yml", &format!("{good_job}{}", bad_job.replace("scrape_configs:\n", "")))?;
    let answer = belfry.post("/-/reload", &[])?;
    ensure!(answer.status == 200, "reload: {} {}", answer.status, answer.text());
    let mut most = idle;
    for target in [plain.target(), bomb.target()] {
        await_until("the limit is told", Duration::from_secs(60), || {
            most = most.max(belfry.resident()?);
            let found = belfry.targets("large")?.remove(&target).context("no such target")?;
            ensure!(found.last_error.contains("limit"), "health {}, error `{}`", found.health, found.last_error);
            Ok(())
        })?;
    }
    ensure!(most - idle < MEMORY_BEYOND_IDLE, "{} MiB beyond the {} MiB of idling", (most - idle) >> 20, idle >> 20);
    ensure!(belfry.value("min_over_time(up{job=\"good\"}[1m])")? == 1.0, "the good target was down");
    Ok(())
}

/// A few hundred kilobytes that inflate to [`LARGE`].
fn bomb() -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let block = "a 1\n".repeat(16 * 1024);
    for _ in 0..LARGE / block.len() as u64 {
        encoder.write_all(block.as_bytes())?;
    }
    Ok(encoder.finish()?)
}
