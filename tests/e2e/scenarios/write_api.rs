//! Pushes that are not right: 400 means "do not send this again", and the good part of a batch is kept.

use crate::daemon::Belfry;
use crate::poll::now;
use crate::remote_write::{Sample, post, write};
use crate::scene::Scene;
use anyhow::{Result, ensure};

pub(crate) fn bad_pushes_are_told_apart(scene: &Scene) -> Result<()> {
    let belfry = Belfry::start(scene, "scrape_configs: []\n")?;
    let address = belfry.address();
    let now = now()?;
    let sample = |name: &str, timestamp: i64, value: f64| Sample {
        labels: vec![("__name__".to_owned(), name.to_owned()), ("from".to_owned(), "test".to_owned())],
        timestamp,
        value,
    };

    let first = write(address, &[sample("pushed", now, 1.0)])?;
    ensure!(first.status == 204, "{} {}", first.status, first.text());
    let again = write(address, &[sample("pushed", now, 1.0)])?;
    ensure!(again.status == 204, "a repeated push: {} {}", again.status, again.text());
    let mixed = write(address, &[sample("pushed", now, 2.0), sample("beside", now, 3.0)])?;
    ensure!(mixed.status == 400, "another value at the same time: {} {}", mixed.status, mixed.text());
    ensure!(belfry.value("beside")? == 3.0, "the good part of the batch was lost");
    ensure!(belfry.value("pushed")? == 1.0, "the bad part of the batch was kept");

    let unnamed = Sample { labels: vec![("from".to_owned(), String::from("test"))], timestamp: now, value: 1.0 };
    let far = sample("far", now + 864_000_000, 1.0);
    for (what, batch) in [("without a name", unnamed), ("in ten days", far)] {
        let answer = write(address, &[batch])?;
        ensure!(answer.status == 400, "{what}: {} {}", answer.status, answer.text());
    }
    for (what, body) in [("not snappy", &b"hello"[..]), ("nothing", b""), ("a bomb", b"\xff\xff\xff\xff\x0f")] {
        let answer = post(address, body)?;
        ensure!(matches!(answer.status, 400 | 413), "{what}: {} {}", answer.status, answer.text());
    }
    let large = post(address, &vec![0; 17 << 20]);
    // The server may answer or hang up while the rest is still being sent.
    ensure!(large.is_err() || large.is_ok_and(|answer| answer.status == 413), "17 MiB were read");
    ensure!(belfry.get("/-/healthy")?.status == 200, "it suffered");
    Ok(())
}
