//! Stages of a job over real files: what they hold back outlives restarts, what they drop is counted.

use super::Bench;

fn with_stages(stages: &str) -> Bench {
    Bench::with(&format!(
        "log_configs: [{{job_name: j, pipeline_stages: {stages}, static_configs: [{{labels: {{app: x, __path__: a.log}}}}]}}]"
    ))
}

#[test]
fn blocks_of_lines_are_whole_after_restarts_and_rotations() {
    let mut bench = with_stages(r"[{multiline: {firstline: '^\S', max_wait_time: 3s}}]");
    bench.append("a.log", "error: one\n  at a\n");
    bench.expect(&[]);
    bench.restart();
    bench.append("a.log", "  at b\nerror: two\n  at c\n");
    bench.expect(&["error: one\n  at a\n  at b"]);
    bench.rename("a.log", "a.log.1");
    bench.restart();
    bench.append("a.log", "error: three\n");
    bench.settle();
    bench.clock.advance(10_000);
    bench.settle();
    let mut texts = bench.texts();
    texts.sort();
    assert_eq!(texts, ["error: one\n  at a\n  at b", "error: three", "error: two\n  at c"]);
    bench.restart();
    bench.clock.advance(10_000);
    bench.settle();
    assert_eq!(bench.texts().len(), 3, "{:?}", bench.texts());
}

#[test]
fn dropped_lines_are_counted_by_their_reason() {
    let mut bench = with_stages("[{drop: {expression: probe, drop_counter_reason: noise}}]");
    bench.append("a.log", "GET /probe\nGET /\nGET /probe\n");
    bench.expect(&["GET /"]);
    let page = bench.instruments.encode();
    assert!(page.contains("belfry_tail_lines_dropped_total{log_job=\"j\",reason=\"noise\"} 2"), "{page}");
}
