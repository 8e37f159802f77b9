//! What a push that was acknowledged guarantees, and what bad pushes and queries cost: only themselves.

use crate::daemon::Belfry;
use crate::poll::{await_until, now};
use crate::scene::Scene;
use anyhow::{Result, ensure};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use std::io::Write as _;
use std::time::Duration;

const CONFIG: &str = "scrape_configs: []\n";
const SOON: Duration = Duration::from_secs(15);
/// What hostile input may cost beyond the idle size, in bytes.
const HOSTILE_BYTES_MAX: u64 = 256 << 20;

/// Lines that were acknowledged outlive `kill -9`, each once, also when a push is repeated.
pub(crate) fn pushed_lines_outlive_kills(scene: &Scene) -> Result<()> {
    let start = now()? * 1_000_000 - 60_000_000_000;
    let batch = |round: i64| -> Vec<(i64, String)> {
        (0..100).map(|number| (start + round * 1_000 + number, format!("round {round} line {number}"))).collect()
    };
    for round in 0..4 {
        let belfry = Belfry::start(scene, CONFIG)?;
        belfry.push_lines(&json!({"app": "pushed"}), &batch(round))?;
        if round > 0 {
            // A client that did not see the answer sends again.
            belfry.push_lines(&json!({"app": "pushed"}), &batch(round - 1))?;
        }
        belfry.kill()?;
    }
    let belfry = Belfry::start(scene, CONFIG)?;
    let found: Vec<_> =
        belfry.lines(r#"{app="pushed"}"#)?.into_iter().map(|line| (line.timestamp, line.text)).collect();
    let expected: Vec<_> = (0..4).flat_map(batch).collect();
    ensure!(found == expected, "{} lines, expected {}", found.len(), expected.len());
    Ok(())
}

/// Every kind of bad push is told apart, and the good part of it is kept.
pub(crate) fn bad_log_pushes_are_told_apart(scene: &Scene) -> Result<()> {
    let belfry = Belfry::start(scene, CONFIG)?;
    let now = now()? * 1_000_000;
    let old = now - 8 * 24 * 3_600 * 1_000_000_000;
    let check = |what: &str, body: &[u8], headers: &[(&str, &str)], statuses: &[u16], says: &str| -> Result<()> {
        let answer = belfry.push(body, headers)?;
        let text = answer.text();
        ensure!(statuses.contains(&answer.status), "{what}: {} {text}", answer.status);
        ensure!(text.contains(says), "{what}: {text:?} does not say {says:?}");
        Ok(())
    };
    check("no JSON", b"{\"streams\": [", &[], &[400], "")?;
    check("no UTF-8", b"{\"streams\": [\"\xff\"]}", &[], &[400], "")?;
    check("no protobuf", b"\x01\x02\x03", &[("Content-Type", "application/x-protobuf")], &[400, 415], "")?;
    let mixed = json!({"streams": [{"stream": {"app": "mixed"}, "values": [
        [old.to_string(), "too old"], [now.to_string(), "just right"],
    ]}]});
    check("older than the retention", mixed.to_string().as_bytes(), &[], &[400], "too old")?;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    let megabyte = vec![b' '; 1 << 20];
    for _ in 0..200 {
        gzip.write_all(&megabyte)?;
    }
    check("a gzip bomb", &gzip.finish()?, &[("Content-Encoding", "gzip")], &[400, 413], "")?;
    let long = json!({"streams": [{"stream": {"app": "long"}, "values": [[now.to_string(), "x".repeat(10 << 20)]]}]});
    check("a line of 10 MB", long.to_string().as_bytes(), &[], &[204], "")?;

    let right: Vec<_> = belfry.lines(r#"{app="mixed"}"#)?.into_iter().map(|line| line.text).collect();
    ensure!(right == ["just right"], "{right:?}");
    let long = belfry.lines(r#"{app="long"}"#)?;
    ensure!(long.len() == 1, "{} long lines", long.len());
    ensure!((100_000..300_000).contains(&long[0].text.len()), "{} bytes of the long line", long[0].text.len());
    Ok(())
}

/// Bodies of 100 MB are refused before they are held.
pub(crate) fn large_log_pushes_stay_out_of_memory(scene: &Scene) -> Result<()> {
    let belfry = Belfry::start(scene, CONFIG)?;
    let idle = belfry.resident()?;
    let body = vec![b'x'; 100 << 20];
    for _ in 0..4 {
        // The answer may come while we still send, and the connection be cut: both are fine, keeping the body is not.
        if let Ok(answer) = belfry.push(&body, &[]) {
            ensure!(answer.status == 413, "{} {}", answer.status, answer.text());
        }
        let held = belfry.resident()?.saturating_sub(idle);
        ensure!(held < HOSTILE_BYTES_MAX, "{held} bytes more than idle");
    }
    Ok(())
}

/// Queries that would take all memory or all time end with an error, and the daemon goes on.
pub(crate) fn hostile_log_queries_are_refused(scene: &Scene) -> Result<()> {
    let belfry = Belfry::start(scene, CONFIG)?;
    let start = now()? * 1_000_000 - 60_000_000_000;
    let lines: Vec<_> =
        (0..2_000).map(|number| (start + number, format!("{} end {number}", "a".repeat(400)))).collect();
    belfry.push_lines(&json!({"app": "hostile"}), &lines)?;
    let idle = belfry.resident()?;
    let check = |query: &str, statuses: &[u16]| -> Result<()> {
        let started = std::time::Instant::now();
        // Posted: a URL of that length is refused for itself.
        let answer = belfry.post("/loki/api/v1/query_range", &[("query", query), ("limit", "5000")])?;
        let shown: String = query.chars().take(80).collect();
        ensure!(statuses.contains(&answer.status), "{shown}: {} {}", answer.status, answer.text());
        ensure!(started.elapsed() < Duration::from_secs(30), "{shown}: {:?}", started.elapsed());
        let held = belfry.resident()?.saturating_sub(idle);
        ensure!(held < HOSTILE_BYTES_MAX, "{shown}: {held} bytes more than idle");
        Ok(())
    };
    check(r#"{app="hostile"} |~ "(a*)*(a*)*(a*)*b""#, &[200])?;
    check(r#"{app="hostile"} |~ "(a{1,1000}){1,1000}b""#, &[400])?;
    check(r#"{app="hostile"} | line_format "{{ repeat 1000000000 .app }}" "#, &[200, 400, 422])?;
    check(r#"{app="hostile"} | regexp "(?P<x>(a+)+)end (?P<n>.*)" | n="7""#, &[200])?;
    check(&format!("{}vector(1)", "vector(1)+".repeat(6_000)), &[400, 422])?;
    check(&format!("{}count_over_time({{app=\"hostile\"}}[1m]){}", "(".repeat(20_000), ")".repeat(20_000)), &[400])?;
    check(r#"count_over_time({app="hostile"}[10000d])"#, &[200, 400, 422])?;
    await_until("a plain query is answered", SOON, || {
        let found = belfry.lines(r#"{app="hostile"} |= "end 77""#)?;
        ensure!(!found.is_empty(), "nothing found");
        Ok(())
    })
}
