//! When a series ends: at the scrape that does not bring it, not five minutes later.

use super::fast_job;
use crate::daemon::Belfry;
use crate::exporter::{Exporter, Page};
use crate::poll::{await_until, holds_for};
use crate::scene::Scene;
use anyhow::{Result, ensure};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(10);

pub(crate) fn failed_scrape_ends_its_series(scene: &Scene) -> Result<()> {
    let exporter = Exporter::start(Page::text("temperature 21.5\n"))?;
    let belfry = Belfry::start(scene, &fast_job("room", &[&exporter.target()], ""))?;
    await_until("the room is measured", SOON, || is(&belfry, "temperature", 21.5))?;

    exporter.show(Page { status: 500, ..Page::text("out of order\n") });
    await_until("up is 0", SOON, || is(&belfry, "up{job=\"room\"}", 0.0))?;
    // The marker lies in the batch of that very `up`.
    is_gone(&belfry, "temperature")?;
    let target = belfry.targets("room")?.remove(&exporter.target());
    let error = target.map(|target| target.last_error).unwrap_or_default();
    ensure!(error.contains("500"), "last error {error:?}");

    exporter.show(Page::text("temperature 22\n"));
    await_until("the room is measured again", SOON, || is(&belfry, "temperature", 22.0))?;
    let target = exporter.target();
    drop(exporter);
    await_until("up is 0", SOON, || is(&belfry, "up{job=\"room\"}", 0.0))?;
    is_gone(&belfry, "temperature")?;
    ensure!(belfry.targets("room")?.get(&target).is_some_and(|target| target.health == "down"), "{target} is not down");
    Ok(())
}

pub(crate) fn vanished_series_end(scene: &Scene) -> Result<()> {
    let exporter = Exporter::start(Page::text("queue{name=\"a\"} 1\nqueue{name=\"b\"} 2\n"))?;
    let belfry = Belfry::start(scene, &fast_job("queues", &[&exporter.target()], ""))?;
    await_until("both are measured", SOON, || is(&belfry, "sum(queue)", 3.0))?;

    exporter.show(Page::text("queue{name=\"a\"} 1\n"));
    await_until("one is gone", SOON, || is_gone(&belfry, "queue{name=\"b\"}"))?;
    is(&belfry, "queue{name=\"a\"}", 1.0)?;
    is(&belfry, "up{job=\"queues\"}", 1.0)?;
    // Its past is still there.
    is(&belfry, "max_over_time(queue{name=\"b\"}[1m])", 2.0)
}

pub(crate) fn removed_target_ends_its_series(scene: &Scene) -> Result<()> {
    let (kept, removed) = (Exporter::start(Page::text("x 1\n"))?, Exporter::start(Page::text("x 1\n"))?);
    let belfry = Belfry::start(scene, &fast_job("pair", &[&kept.target(), &removed.target()], ""))?;
    await_until("both are up", SOON, || is(&belfry, "sum(up{job=\"pair\"})", 2.0))?;

    scene.write("belfry.yml", &fast_job("pair", &[&kept.target()], ""))?;
    let answer = belfry.post("/-/reload", &[])?;
    ensure!(answer.status == 200, "reload: {} {}", answer.status, answer.text());
    await_until("one is gone, with its up", SOON, || {
        is(&belfry, "count(up{job=\"pair\"})", 1.0)?;
        is(&belfry, "count(x)", 1.0)
    })?;
    holds_for("the other stays up", Duration::from_secs(1), || is(&belfry, "up{job=\"pair\"}", 1.0))
}

fn is(belfry: &Belfry, query: &str, expected: f64) -> Result<()> {
    let value = belfry.value(query)?;
    ensure!(value == expected, "{query} is {value}, expected {expected}");
    Ok(())
}

fn is_gone(belfry: &Belfry, query: &str) -> Result<()> {
    let vector = belfry.instant(query)?;
    ensure!(vector.is_empty(), "{query} is still {vector:?}");
    Ok(())
}
