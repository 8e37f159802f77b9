//! Sizes: no file and no function outgrows a reader; what is over the limit today may only shrink.
//!
//! Invariant: an entry of an allow-list names the exact size. Growing fails, and so does shrinking without lowering the
//! entry, so that the lists never grant more than is used.

use crate::scanner::functions;
use crate::tree::{File, assert_clean, assert_found, files};

/// Lines that no file of code may pass (sibling `tests.rs` files excepted).
const FILE_LINES_MAX: usize = 700;
/// Lines under which nine files of ten stay.
const FILE_LINES_P90: usize = 400;
/// Lines that no function may pass, its signature included.
const FUNCTION_LINES_MAX: usize = 70;

/// Files over [`FILE_LINES_MAX`] today: path, lines.
const LARGE_FILES: &[(&str, usize)] = &[];
/// Functions over [`FUNCTION_LINES_MAX`] today: `path::name`, lines.
const LONG_FUNCTIONS: &[(&str, usize)] = &[];

/// Compares what is over `max` with the entries granted.
fn ratchet(measured: &[(String, usize)], max: usize, granted: &[(&str, usize)]) -> Vec<String> {
    let mut findings = Vec::new();
    for (name, lines) in measured.iter().filter(|(_, lines)| *lines > max) {
        match granted.iter().find(|(granted, _)| granted == name) {
            Some((_, limit)) if lines == limit => {}
            Some((_, limit)) if lines > limit => {
                findings.push(format!("{name}: {lines} lines, grown past its {limit}"));
            }
            Some((_, limit)) => findings.push(format!("{name}: {lines} lines, lower its entry of {limit}")),
            None => findings.push(format!("{name}: {lines} lines, limit {max}: split it")),
        }
    }
    for (name, _) in granted {
        if !measured.iter().any(|(measured, lines)| measured == name && *lines > max) {
            findings.push(format!("{name}: within the limit, remove its entry"));
        }
    }
    findings
}

fn file_sizes(files: &[File]) -> Vec<(String, usize)> {
    let counted = files.iter().filter(|file| file.is_rust() && !file.path.ends_with("/tests.rs"));
    counted.map(|file| (file.path.clone(), file.text.lines().count())).collect()
}

fn function_sizes(files: &[File]) -> Vec<(String, usize)> {
    let mut sizes = Vec::new();
    for file in files.iter().filter(|file| file.is_rust()) {
        for function in functions(&file.text) {
            sizes.push((format!("{}::{}", file.path, function.name), function.lines));
        }
    }
    sizes
}

fn percentile_90(sizes: &[(String, usize)]) -> usize {
    let mut lines: Vec<usize> = sizes.iter().map(|(_, lines)| *lines).collect();
    lines.sort_unstable();
    lines.get(lines.len() * 9 / 10).copied().unwrap_or(0)
}

fn p90(sizes: &[(String, usize)]) -> Vec<String> {
    let lines = percentile_90(sizes);
    if lines > FILE_LINES_P90 {
        return vec![format!("nine files of ten have up to {lines} lines, limit {FILE_LINES_P90}")];
    }
    Vec::new()
}

#[test]
fn files_are_small() {
    let sizes = file_sizes(files());
    assert!(sizes.len() > 50, "only {} Rust files seen", sizes.len());
    assert_clean(&ratchet(&sizes, FILE_LINES_MAX, LARGE_FILES));
    assert_clean(&p90(&sizes));
}

#[test]
fn functions_are_short() {
    let sizes = function_sizes(files());
    assert!(sizes.len() > 200, "only {} functions seen", sizes.len());
    assert_clean(&ratchet(&sizes, FUNCTION_LINES_MAX, LONG_FUNCTIONS));
}

#[test]
fn ratchet_turns_one_way() {
    let measured = [("same", 80), ("grown", 81), ("shrunk", 79), ("new", 71), ("short", 70)];
    let measured = measured.map(|(name, lines)| (name.to_owned(), lines));
    let granted = [("same", 80), ("grown", 80), ("shrunk", 80), ("short", 72), ("gone", 75)];
    let expected = [
        "grown: 81 lines, grown past its 80",
        "shrunk: 79 lines, lower its entry of 80",
        "new: 71 lines, limit 70",
        "short: within the limit",
        "gone: within the limit",
    ];
    assert_found(&ratchet(&measured, 70, &granted), &expected);
}

#[test]
fn long_things_are_seen() {
    let long = format!("//! Long.\nfn long() {{\n{}}}\n", "    work();\n".repeat(80));
    let file = [File::sample("a/src/long.rs", &long), File::sample("a/src/tests.rs", &"\n".repeat(900))];
    assert_found(&ratchet(&function_sizes(&file), FUNCTION_LINES_MAX, &[]), &["a/src/long.rs::long: 82 lines"]);
    assert_found(&ratchet(&file_sizes(&file), 50, &[]), &["a/src/long.rs: 83 lines"]);
    let many: Vec<_> = (0..10).map(|n| (n.to_string(), n * 100)).collect();
    assert_found(&p90(&many), &["nine files of ten have up to 900 lines"]);
}
