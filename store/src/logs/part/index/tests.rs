//! The index against `contains`: it may name a chunk too many, never one too few; and it does leave chunks out.

use super::*;
use crate::fs::RealDisk;
use language::logql::ast::{Expr, LineFilterOp, StageNode};
use language::logql::parse;
use proptest::prelude::*;

fn filter(op: LineFilterOp, texts: &[&str]) -> LineFilter {
    let operator = match op {
        LineFilterOp::Contains => "|=",
        LineFilterOp::Matches => "|~",
        _ => "!=",
    };
    let operands: Vec<_> = texts.iter().map(|text| model::number::quoted(text)).collect();
    let query = format!("{{a=\"b\"}} {operator} {}", operands.join(" or "));
    let Ok(Expr::Log(log)) = parse(&query) else { panic!("{query} is a log query") };
    let StageNode::LineFilter(node) = &log.stages[0].node else { panic!("{query} has a line filter") };
    LineFilter::new(node).expect("compiles")
}

/// An index of chunks of these lines.
fn index(chunks: &[Vec<&str>]) -> (tempfile::TempDir, Index) {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("index");
    let mut writer = IndexWriter::begin(&RealDisk, &path).expect("begins");
    for lines in chunks {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        writer.add(&text).expect("adds");
    }
    let bytes = writer.finish().expect("finishes");
    let index = Index::open(&RealDisk, &path, bytes, chunks.len() as u32).expect("opens");
    (folder, index)
}

/// The chunks that are left; panics when one of them is missing that has a line which the filters keep.
fn found(index: &Index, chunks: &[Vec<&str>], filters: &[LineFilter]) -> Vec<usize> {
    let candidates = index.candidates(filters).expect("reads");
    for (number, lines) in chunks.iter().enumerate() {
        let keeps = |line: &&str| filters.iter().all(|filter| filter.keeps(line));
        let missed = lines.iter().find(|line| keeps(line)).filter(|_| !candidates.contains(number as u32));
        assert_eq!(missed, None, "chunk {number} for {filters:?}");
    }
    (0..chunks.len()).filter(|number| candidates.contains(*number as u32)).collect()
}

#[test]
fn chunks_without_the_text_are_left_out() {
    use LineFilterOp::{Contains, Matches, NotContains};
    let chunks = vec![
        vec![r#"10.0.0.1 - - "GET /posts/17 HTTP/1.1" 200 unlikely_header"#],
        vec![r#"{"level":"error","msg":"connection reset by peer","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"}"#],
        vec!["request 550e8400-e29b-41d4-a716-446655440000 took 12ms", "오류가 발생했습니다 코드 7"],
        vec!["pod belfry-7f9c6d5b8-x2x9z Started", "container 4f5e6d7c8b9a started"],
        vec![],
    ];
    let (_folder, index) = index(&chunks);
    let check = |op: LineFilterOp, texts: &[&str], expected: &[usize]| {
        assert_eq!(found(&index, &chunks, &[filter(op, texts)]), expected, "{texts:?}");
    };
    check(Contains, &["GET /posts"], &[0]);
    check(Contains, &["likely_hea"], &[0]);
    check(Contains, &["ikely", "nowhere"], &[0]);
    check(Contains, &["reset by pe"], &[1]);
    check(Contains, &["4bf92f3577b34da6a3ce929d0e0e4736"], &[1]);
    check(Contains, &["4bf92f3577b34da6a3ce929d0e0e4737"], &[]);
    check(Contains, &["550e8400-e29b-41d4-a716-446655440000"], &[2]);
    check(Contains, &["50e8400-e29b-41d4-a716-446655440000"], &[0, 1, 2, 3, 4]);
    check(Contains, &["류가"], &[2]);
    check(Contains, &["belfry-7f9c6d5b8-x2"], &[3]);
    check(Contains, &["elfry-8f9c6d5b7-y3x9z-x"], &[]);
    check(Contains, &[" 4f5e6d7c8b9a "], &[3]);
    check(Contains, &["tarted"], &[3]);
    check(Contains, &["GET", "Started"], &[0, 3]);
    check(Contains, &[""], &[0, 1, 2, 3, 4]);
    check(Contains, &["7"], &[0, 1, 2, 3, 4]);
    check(Matches, &["(?i)STARTED|unlikely.*nothing"], &[0, 3]);
    check(Matches, &["(?i)get /POSTS"], &[0]);
    check(NotContains, &["GET"], &[0, 1, 2, 3, 4]);
    let both = [filter(Contains, &["reset"]), filter(Contains, &["started"])];
    assert_eq!(found(&index, &chunks, &both), Vec::<usize>::new());
}

#[test]
fn what_is_too_much_to_index_is_never_left_out() {
    let many: Vec<String> = (0..9_000_u32).map(|n| format!("w{}", letters(n))).collect();
    let ids: Vec<String> = (0..400_u32).map(|n| format!("x1234567890123{}q", letters(n))).collect();
    let codes: Vec<String> =
        (0..17_000_u64).map(|n| format!("{:032x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
    let long = "한글".repeat(300);
    let text = |lines: &[String]| lines.join(" ");
    let lines = [text(&many), text(&ids), text(&codes), long, "plain".to_owned()];
    let chunks: Vec<Vec<&str>> = lines.iter().map(|line| vec![line.as_str()]).collect();
    let (_folder, index) = index(&chunks);
    let check = |text: &str, expected: &[usize]| {
        assert_eq!(found(&index, &chunks, &[filter(LineFilterOp::Contains, &[text])]), expected, "{text}");
    };
    check("글한글", &[0, 1, 3]);
    check(" plainer ", &[0, 3]);
    check("plain", &[0, 1, 3, 4]);
    check(&codes[16_999], &[2]);
    check("0000000000000000ffffffffffffffff", &[2]);
    check(&many[5], &[0, 1, 3]);
}

/// Five letters for a number.
fn letters(mut number: u32) -> String {
    let mut text = String::new();
    for _ in 0..5 {
        text.push(char::from(b'g' + (number % 16) as u8));
        number /= 16;
    }
    text
}

#[test]
fn a_flipped_byte_is_an_error_and_no_answer() {
    let chunks = vec![vec!["GET /index", "4bf92f3577b34da6a3ce929d0e0e4736"], vec!["POST /other"]];
    let (folder, _index) = index(&chunks);
    let path = folder.path().join("index");
    let good = std::fs::read(&path).expect("reads");
    let filters = ["GET /", "ndex", " 4bf92f3577b34da6a3ce929d0e0e4736", "ther"];
    let filters = filters.map(|text| filter(LineFilterOp::Contains, &[text]));
    let mut seen = 0;
    for at in (0..good.len()).step_by(3) {
        let mut bytes = good.clone();
        bytes[at] ^= 0x55;
        std::fs::write(&path, &bytes).expect("writes");
        let opened = Index::open(&RealDisk, &path, bytes.len() as u64, 2);
        let mut failed = opened.is_err();
        if let Ok(index) = opened {
            for filter in &filters {
                match index.candidates(std::slice::from_ref(filter)) {
                    Ok(candidates) => {
                        let keeps = |lines: &[&str]| lines.iter().any(|line| filter.keeps(line));
                        let right = |n: usize| candidates.contains(n as u32) || !keeps(&chunks[n]);
                        assert!(right(0) && right(1), "flipped {at}");
                    }
                    Err(_) => failed = true,
                }
            }
        }
        seen += usize::from(failed);
    }
    // What is not read (norms, positions, stored text) may be damaged unseen.
    assert!(seen * 10 > good.len() / 3 * 9, "{seen} of {} were seen", good.len() / 3);
}

fn line() -> impl Strategy<Value = String> {
    let token = prop_oneof![
        Just("error".to_owned()),
        Just("kube-system".to_owned()),
        Just("550e8400-e29b-41d4-a716-446655440000".to_owned()),
        "[a-f0-9]{32}",
        "[a-f0-9]{16}",
        "[a-zA-Z0-9_-]{1,30}",
        "[가-힣]{1,5}",
        "\\PC{0,4}",
        "[sSkKſK]{1,5}",
        "[0-9.:TZ-]{1,26}",
    ];
    let glue = prop_oneof![Just(" "), Just("="), Just(""), Just("-"), Just("\""), Just("\n")];
    prop::collection::vec((token, glue), 0..8)
        .prop_map(|tokens| tokens.iter().map(|(token, glue)| format!("{token}{glue}")).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn no_line_is_ever_missed(
        lines in prop::collection::vec(prop::collection::vec(line(), 0..5), 1..5),
        picks in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..60_usize), 1..20),
        other in line(),
    ) {
        let chunks: Vec<Vec<&str>> = lines.iter().map(|lines| lines.iter().map(String::as_str).collect()).collect();
        let (_folder, index) = index(&chunks);
        let all: Vec<&str> = chunks.iter().flatten().copied().collect();
        found(&index, &chunks, &[filter(LineFilterOp::Contains, &[&other])]);
        for (line, start, len) in picks {
            if all.is_empty() {
                break;
            }
            let line: Vec<char> = line.get(&all).chars().collect();
            let start = start.index(line.len() + 1);
            let piece: String = line[start..(start + len).min(line.len())].iter().collect();
            found(&index, &chunks, &[filter(LineFilterOp::Contains, &[&piece])]);
            found(&index, &chunks, &[filter(LineFilterOp::Contains, &[&piece, &other])]);
            let escaped: String = piece.chars().map(|c| if c.is_ascii_punctuation() { format!("\\{c}") } else { c.to_string() }).collect();
            for expression in [format!("(?i){escaped}"), format!("(?i:{})x?", escaped.to_lowercase()), format!("({escaped}|zzz)+")] {
                found(&index, &chunks, &[filter(LineFilterOp::Matches, &[&expression])]);
            }
        }
    }
}
