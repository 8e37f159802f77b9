//! Files that are compressed long after they were rotated and read, as the kubelet does it.

use super::Bench;

/// Six rotations; before the step whose bit is set in `restarts` we are killed and come back.
fn check(restarts: u32) {
    let mut bench = Bench::new("a.log");
    bench.append("a.log", "first\n");
    bench.settle();
    let mut expected = vec!["first".to_owned()];
    for round in 0..6_u32 {
        let line = format!("round {round} {}", "x".repeat(round as usize * 7));
        bench.append("a.log", format!("{line}\n"));
        expected.push(line);
        let is_away = restarts >> (2 * round) & 1 == 1;
        if !is_away {
            bench.settle();
        }
        bench.rename("a.log", &format!("a.log.20261128-{round:06}"));
        if restarts >> (2 * round + 1) & 1 == 1 {
            bench.restart();
        }
        if round > 0 {
            bench.gzip(&format!("a.log.20261128-{:06}", round - 1));
        }
    }
    bench.restart();
    bench.settle();
    bench.restart();
    bench.settle();
    assert_eq!(bench.texts(), expected, "restarts {restarts:012b}");
}

#[test]
fn files_compressed_later_are_read_once() {
    (0..1 << 12).step_by(7).for_each(check);
}
