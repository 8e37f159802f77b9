//! Twenty programs write and rotate while Belfry is stopped and killed: nothing is lost, repeated or out of order.

use crate::daemon::Belfry;
use crate::log_writer::{Framing, LogWriter, Rotation};
use crate::poll::{await_until, now};
use crate::scene::Scene;
use anyhow::{Context, Result, ensure};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const WRITERS: usize = 20;
const LINES: u64 = 2_500;
/// Between two batches of a writer.
const PAUSE: Duration = Duration::from_millis(25);
const SETTLED_WITHIN: Duration = Duration::from_secs(60);
/// Lives of the daemon while the writers write, in milliseconds; every other one ends by a kill.
const LIVES: [u64; 6] = [1_200, 700, 1_500, 400, 900, 1_300];

/// 20 writers, every kind of rotation, SIGTERM and `kill -9`.
pub(crate) fn tailing_loses_and_repeats_nothing(scene: &Scene) -> Result<()> {
    let config = config(scene);
    let mut writers = writers(scene)?;
    see_each_once(scene, &config, &mut writers)?;
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| -> Result<()> {
        let running: Vec<_> = writers.iter_mut().map(|writer| scope.spawn(|| write_all(writer))).collect();
        let lives = scope.spawn(|| live_and_die(scene, &config, &done));
        let written: Result<Vec<()>> =
            running.into_iter().map(|writer| writer.join().ok().context("a writer panicked")?).collect();
        done.store(true, Ordering::SeqCst);
        lives.join().ok().context("the daemon's thread panicked")??;
        written.map(drop)
    })?;
    let belfry = Belfry::start(scene, &config)?;
    for writer in &writers {
        check(&belfry, writer)?;
    }
    let stopped = belfry.stop()?;
    ensure!(stopped.code() == Some(0), "stopped with {stopped}");
    let belfry = Belfry::start(scene, &config)?;
    writers.iter().try_for_each(|writer| check(&belfry, writer))
}

/// What was rotated before a file was ever seen belongs to nobody that we know: the torture begins after the first line.
fn see_each_once(scene: &Scene, config: &str, writers: &mut [LogWriter]) -> Result<()> {
    let belfry = Belfry::start(scene, config)?;
    for writer in writers.iter_mut() {
        writer.write(1, now()? * 1_000_000)?;
    }
    writers.iter().try_for_each(|writer| check(&belfry, writer))?;
    belfry.kill()
}

/// A file is deleted once it was read, and comes back under its name.
pub(crate) fn deleted_files_come_back(scene: &Scene) -> Result<()> {
    let path = scene.path("plain").join("deleted.log");
    let mut writer = LogWriter::new(&path, "deleted", Rotation::None, Framing::Plain)?;
    let belfry = Belfry::start(scene, &config(scene))?;
    for round in 0..4 {
        writer.write(50 + round, 0)?;
        check(&belfry, &writer)?;
        writer.delete()?;
    }
    writer.write(5, 0)?;
    check(&belfry, &writer)
}

/// A file is copied and emptied over and over, and goes on.
pub(crate) fn truncated_files_are_read_once(scene: &Scene) -> Result<()> {
    let path = scene.path("plain").join("truncated.log");
    let mut writer = LogWriter::new(&path, "truncated", Rotation::CopyTruncate, Framing::Plain)?;
    let belfry = Belfry::start(scene, &config(scene))?;
    for round in 0..6 {
        writer.write(40 + round, 0)?;
        check(&belfry, &writer)?;
        writer.rotate()?;
    }
    writer.write(5, 0)?;
    check(&belfry, &writer)
}

fn config(scene: &Scene) -> String {
    format!(
        r#"
scrape_configs: []
log_configs:
  - job_name: pods
    pods: {{path: "{}"}}
  - job_name: plain
    static_configs: [{{targets: [localhost], labels: {{job: plain, __path__: "{}/*.log"}}}}]
"#,
        scene.path("pods").display(),
        scene.path("plain").display()
    )
}

fn writers(scene: &Scene) -> Result<Vec<LogWriter>> {
    let kinds = [
        (Rotation::Rename, Framing::Cri),
        (Rotation::RenameAndCompress, Framing::Cri),
        (Rotation::Rename, Framing::Plain),
        (Rotation::Burst, Framing::Plain),
        (Rotation::CopyTruncate, Framing::Plain),
        (Rotation::None, Framing::Cri),
    ];
    let writer = |number: usize| {
        let (rotation, framing) = kinds[number % kinds.len()];
        let name = format!("w{number}");
        let path = match framing {
            Framing::Cri => scene.path("pods").join(format!("ns_{name}_uid-{number}")).join("app").join("0.log"),
            Framing::Plain => scene.path("plain").join(format!("{name}.log")),
        };
        LogWriter::new(Path::new(&path), &name, rotation, framing)
    };
    (0..WRITERS).map(writer).collect()
}

fn write_all(writer: &mut LogWriter) -> Result<()> {
    while writer.written() < LINES {
        let lines = (1 + writer.random(30)).min(LINES - writer.written());
        writer.write(lines, now()? * 1_000_000)?;
        if writer.random(12) == 0 {
            writer.rotate()?;
        }
        std::thread::sleep(PAUSE);
    }
    Ok(())
}

/// Starts the daemon, and ends it by a signal or a kill, over and over until the writers are done.
fn live_and_die(scene: &Scene, config: &str, done: &AtomicBool) -> Result<()> {
    for (number, life) in LIVES.iter().cycle().enumerate() {
        if done.load(Ordering::SeqCst) {
            break;
        }
        let belfry = Belfry::start(scene, config)?;
        std::thread::sleep(Duration::from_millis(*life));
        if number % 2 == 0 {
            belfry.kill()?;
        } else {
            let stopped = belfry.stop()?;
            ensure!(stopped.code() == Some(0), "stopped with {stopped}");
        }
    }
    Ok(())
}

/// Every line of the writer is there once, in the order in which it was written.
fn check(belfry: &Belfry, writer: &LogWriter) -> Result<()> {
    let query = format!(r#"{{service_name=~".+"}} |= "writer={} ""#, writer.name());
    let expected: Vec<_> = (0..writer.written()).map(|number| writer.text(number)).collect();
    await_until(&format!("all lines of {writer:?}"), SETTLED_WITHIN, || {
        let found: Vec<_> = belfry.lines(&query)?.into_iter().map(|line| line.text).collect();
        if found == expected {
            return Ok(());
        }
        let differs = found.iter().zip(&expected).position(|(found, expected)| found != expected);
        let at = differs.unwrap_or(found.len().min(expected.len()));
        let around = |lines: &[String]| lines.iter().skip(at.saturating_sub(1)).take(3).cloned().collect::<Vec<_>>();
        ensure!(
            false,
            "{} lines of {}, the first that differs is {at}: found {:?}, expected {:?}",
            found.len(),
            expected.len(),
            around(&found),
            around(&expected)
        );
        Ok(())
    })
}
