//! How every file looks from outside: its name, its first line, its line ends, its open ends.
//!
//! Invariant: a rule names file and line, so that a finding is fixed without searching.

use crate::scanner::code;
use crate::tree::{File, assert_clean, assert_found, files};

/// Words that say nothing about what a file is for.
const EMPTY_WORDS: &[&str] = &[
    "util",
    "utils",
    "common",
    "helper",
    "helpers",
    "misc",
    "handler",
    "handlers",
    "manager",
    "processor",
    "service",
    "wrapper",
    "v2",
];

/// Marks of unfinished work; spelled apart so that this file holds none.
const OPEN_MARKS: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX")];

fn headers(files: &[File]) -> Vec<String> {
    let without = files.iter().filter(|file| file.is_rust() && !file.text.starts_with("//! "));
    without
        .map(|file| format!("{}:1: begin with `//!`: what it is, its invariant, what it does not do", file.path))
        .collect()
}

fn names(files: &[File]) -> Vec<String> {
    let mut findings = Vec::new();
    for file in files {
        let words = file.path.split(['/', '_', '-', '.']);
        for word in words.filter(|word| EMPTY_WORDS.contains(word)) {
            findings.push(format!("{}: `{word}` does not say what is inside; use the field's noun", file.path));
        }
    }
    findings
}

fn is_prose_or_code(file: &File) -> bool {
    let exempt = ["/cases/", "/fixtures/", "/testdata/"].iter().any(|part| file.path.contains(part));
    let known = [".rs", ".md", ".toml", ".yml", ".yaml", ".sh", ".ci/run"].iter().any(|end| file.path.ends_with(end));
    known && !exempt
}

fn line_ends(files: &[File]) -> Vec<String> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| is_prose_or_code(file)) {
        for (number, line) in file.text.split('\n').enumerate() {
            if line.ends_with([' ', '\t', '\r']) {
                findings.push(format!("{}:{}: white space at the end of the line", file.path, number + 1));
            }
        }
        if !file.text.is_empty() && !file.text.ends_with('\n') {
            findings.push(format!("{}: no line break at the end of the file", file.path));
        }
    }
    findings
}

/// Whether the text behind a mark names an issue: `(#12)`.
fn names_issue(rest: &str) -> bool {
    let digits = rest.strip_prefix("(#").and_then(|rest| rest.split_once(')')).map(|(digits, _)| digits);
    digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

fn open_ends(files: &[File]) -> Vec<String> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| is_prose_or_code(file) && !file.path.ends_with(".md")) {
        for (number, line) in file.lines() {
            for mark in OPEN_MARKS {
                let open = line.match_indices(mark).any(|(at, _)| {
                    let rest = &line[at + mark.len()..];
                    let inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
                    !inside(line[..at].chars().next_back()) && !inside(rest.chars().next()) && !names_issue(rest)
                });
                if open {
                    findings.push(format!("{}:{number}: `{mark}` without an issue, write `{mark}(#12)`", file.path));
                }
            }
        }
    }
    findings
}

fn silenced(files: &[File]) -> Vec<String> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.is_rust()) {
        for (number, line) in code(&file.text).lines().enumerate().map(|(index, line)| (index + 1, line)) {
            if line.contains("#[allow(") || line.contains("#![allow(") {
                findings.push(format!("{}:{number}: use `#[expect(.., reason = \"..\")]`", file.path));
            }
            if line.trim_start().starts_with("#[ignore") {
                findings.push(format!("{}:{number}: a test that never runs tests nothing", file.path));
            }
        }
    }
    findings
}

#[test]
fn files_begin_with_what_they_are() {
    assert_clean(&headers(files()));
}

#[test]
fn names_say_what_is_inside() {
    assert_clean(&names(files()));
}

#[test]
fn lines_end_where_they_end() {
    assert_clean(&line_ends(files()));
}

#[test]
fn open_ends_have_an_issue() {
    assert_clean(&open_ends(files()));
}

#[test]
fn nothing_is_silenced() {
    assert_clean(&silenced(files()));
}

#[test]
fn rules_find_something() {
    let check = |rule: fn(&[File]) -> Vec<String>, path: &str, text: &str, expected: &[&str]| {
        assert_found(&rule(&[File::sample(path, text)]), expected);
    };
    check(headers, "a/src/b.rs", "use c;\n", &["a/src/b.rs:1"]);
    check(headers, "a/src/b.rs", "//! B.\n", &[]);
    check(names, "a/src/push_handler.rs", "", &["a/src/push_handler.rs: `handler`"]);
    check(names, "a/src/utils/b.rs", "", &["a/src/utils/b.rs: `utils`"]);
    check(names, "a/src/handlebars.rs", "", &[]);
    check(line_ends, "a.md", "b \nc\td\n", &["a.md:1"]);
    check(line_ends, "a.md", "b", &["a.md: no line break"]);
    let mark = OPEN_MARKS[0];
    check(open_ends, "a.rs", &format!("\n// {mark}: later\n// {mark}(#7): then\n// {mark}S\n"), &["a.rs:2"]);
    check(open_ends, "a.rs", &format!("// {mark}(#)\n// {mark}(#x)\n"), &["a.rs:1", "a.rs:2"]);
    check(silenced, "a.rs", "#[allow(dead_code)]\n// #[allow(x)]\n#[ignore]\n", &["a.rs:1", "a.rs:3"]);
}
