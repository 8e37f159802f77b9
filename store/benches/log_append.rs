//! Appends of log lines with WAL, sealing and merging: `cargo bench -p store --bench log_append`.
//!
//! Two writers, batches of 500 lines, 20 streams, a maintenance every 2 seconds as in the daemon. `MEGABYTES=1000` for
//! more. The same bytes are copied, and compressed, in the same run: figures count as ratios to those.
#![expect(clippy::print_stdout, clippy::indexing_slicing, reason = "a bench prints its figures")]

#[path = "lines/log_lines.rs"]
mod log_lines;

use log_lines::{BEGIN, Failure, append, cpu_seconds, lines, megabytes, open, resident_mib};
use model::time::Millis;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const WRITERS: usize = 2;

/// What copying and compressing alone costs, per GB.
fn yardsticks(text: &str) -> Result<(), Failure> {
    let gigabytes = text.len() as f64 / 1e9;
    let began = cpu_seconds();
    let mut copy = Vec::new();
    for _ in 0..20 {
        copy.clear();
        copy.extend_from_slice(text.as_bytes());
    }
    println!("copying alone: {:.2} CPU-s per GB", (cpu_seconds() - began) / gigabytes / 20.0);
    let began = cpu_seconds();
    for piece in text.as_bytes().chunks(512 << 10) {
        zstd::bulk::compress(piece, 1)?;
    }
    println!("zstd level 1 alone: {:.2} CPU-s per GB", (cpu_seconds() - began) / gigabytes);
    let began = cpu_seconds();
    for piece in text.as_bytes().chunks(64 << 10) {
        lz4_flex::block::compress(piece);
    }
    println!("lz4 alone: {:.2} CPU-s per GB", (cpu_seconds() - began) / gigabytes);
    Ok(())
}

/// Bytes of all files below a folder.
fn folder_bytes(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let bytes = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => folder_bytes(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.flatten().map(bytes).sum()
}

fn main() -> Result<(), Failure> {
    let lines = lines(megabytes(256) * 1_000_000);
    let bytes: usize = lines.iter().map(String::len).sum();
    let gigabytes = bytes as f64 / 1e9;
    println!("{} lines, {:.0} MB", lines.len(), bytes as f64 / 1e6);
    yardsticks(&lines[..lines.len() / 4].concat())?;

    let folder = tempfile::tempdir()?;
    let logs = open(folder.path())?;
    let (resident, began, cpu) = (resident_mib("VmRSS:"), Instant::now(), cpu_seconds());
    let ended = AtomicBool::new(false);
    let half = lines.len() / WRITERS;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_secs(2));
                if let Err(error) = logs.sync_wal().and_then(|()| logs.maintain(Millis(BEGIN))) {
                    println!("maintenance: {error}");
                }
            }
        });
        let (logs, lines) = (&logs, &lines);
        let writers = (0..WRITERS).map(|writer| {
            scope.spawn(move || append(logs, &lines[writer * half..(writer + 1) * half], writer, WRITERS, 0).is_ok())
        });
        let writers: Vec<_> = writers.collect();
        assert!(writers.into_iter().all(|writer| writer.join().unwrap_or(false)));
        let took = began.elapsed().as_secs_f64();
        println!(
            "append: {:.0} MB/s, {:.1} CPU-s per GB",
            bytes as f64 / 1e6 / took,
            (cpu_seconds() - cpu) / gigabytes
        );
        ended.store(true, Ordering::Relaxed);
    });
    println!("memory: {:.0} MiB before, {:.0} MiB at most", resident, resident_mib("VmHWM:"));
    println!("with the maintenance to the end: {:.1} CPU-s per GB", (cpu_seconds() - cpu) / gigabytes);
    drop(logs);
    let [wal, parts] = ["logs/wal", "logs/partitions"].map(|name| folder_bytes(&folder.path().join(name)));
    println!("disk: {:.3} bytes per byte in parts, wal {:.0} MB", parts as f64 / bytes as f64, wal as f64 / 1e6);
    let began = Instant::now();
    let logs = open(folder.path())?;
    println!("start: {:.3} s", began.elapsed().as_secs_f64());
    logs.close()?;
    Ok(())
}
