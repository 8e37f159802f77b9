//! Documents against the code: the README's commands, the changelog, the decisions, the formats on disk.
//!
//! Invariant: a document that the code can contradict is compared with it here.

use crate::tree::{File, assert_clean, assert_found, files, read};

/// What the README shows a newcomer, and whether `.ci/run` runs it too.
const COMMANDS: &[(&str, bool)] = &[("cargo run --release", false), ("cargo test --workspace", true)];

fn commands(readme: &File, ci: &File) -> Vec<String> {
    let mut findings = Vec::new();
    for (command, in_ci) in COMMANDS {
        if !readme.text.lines().any(|line| line.trim() == *command) {
            findings.push(format!("{}: no line `{command}`", readme.path));
        }
        if *in_ci && !ci.text.contains(command) {
            findings.push(format!("{}: does not run `{command}`", ci.path));
        }
    }
    findings
}

fn changelog(file: &File) -> Vec<String> {
    let mut findings = Vec::new();
    let mut sections = file.lines().filter(|(_, line)| line.starts_with("## "));
    match sections.next() {
        Some((_, "## Unreleased")) => {}
        other => findings.push(format!("{}: the first section is {other:?}, expected `## Unreleased`", file.path)),
    }
    findings
}

/// Decisions are numbered without gaps and say why and at what price.
fn decisions(files: &[File]) -> Vec<String> {
    let mut findings = Vec::new();
    let decisions = files.iter().filter(|file| file.path.starts_with("docs/decisions/"));
    for (index, file) in decisions.enumerate() {
        if !file.path.starts_with(&format!("docs/decisions/{:04}-", index + 1)) {
            findings.push(format!("{}: expected number {:04}", file.path, index + 1));
        }
        for section in ["## Context", "## Decision", "## Why", "## What we gave up"] {
            if !file.text.lines().any(|line| line == section) {
                findings.push(format!("{}: no section `{section}`", file.path));
            }
        }
    }
    findings
}

/// `path/file.rs` and `CONST` = value, as a format document cites the code.
fn citation(line: &str) -> Option<(&str, &str, &str)> {
    let mut quoted = line.split('`').skip(1).step_by(2);
    let (path, name) = (quoted.next()?, quoted.next()?);
    let value = line.rsplit_once(" = ")?.1.trim().trim_matches(['`', '.', '|', ' ']);
    (path.ends_with(".rs") && name.chars().all(|c| c.is_ascii_uppercase() || c == '_')).then_some((path, name, value))
}

/// The value of `const NAME: T = value;` in a file.
fn constant<'a>(file: &'a File, name: &str) -> Option<&'a str> {
    let declaration = format!("const {name}:");
    let line = file.text.lines().find(|line| line.contains(&declaration))?;
    Some(line.split_once(" = ")?.1.trim_end_matches(';'))
}

/// Every format document cites a version, every cited constant has the value that is cited, and every version constant
/// of the store is cited.
fn formats(files: &[File]) -> Vec<String> {
    let mut findings = Vec::new();
    let documents: Vec<_> = files.iter().filter(|file| file.path.starts_with("store/docs/format/")).collect();
    for document in &documents {
        let cited: Vec<_> = document.lines().filter_map(|(number, line)| Some((number, citation(line)?))).collect();
        if !cited.iter().any(|(_, (_, name, _))| name.contains("VERSION")) {
            findings.push(format!("{}: add a line `store/src/...rs` `..VERSION` = value", document.path));
        }
        for (number, (path, name, value)) in cited {
            let found = files.iter().find(|file| file.path == path).and_then(|file| constant(file, name));
            if found != Some(value) {
                findings.push(format!("{}:{number}: {name} = {value}, {path} has {found:?}", document.path));
            }
        }
    }
    for file in files.iter().filter(|file| file.path.starts_with("store/src/") && !file.is_test()) {
        for (number, line) in file.lines() {
            let Some((_, rest)) = line.split_once("const ") else { continue };
            let Some((name, _)) = rest.split_once(':') else { continue };
            let cites = |(_, line)| citation(line).is_some_and(|(path, cited, _)| path == file.path && cited == name);
            let cited = || documents.iter().any(|document| document.lines().any(cites));
            if name.contains("VERSION") && !cited() {
                findings.push(format!("{}:{number}: no document in store/docs/format cites `{name}`", file.path));
            }
        }
    }
    findings
}

#[test]
fn commands_are_run() {
    assert_clean(&commands(&read("README.md"), &read(".ci/run")));
}

#[test]
fn changelog_is_open() {
    assert_clean(&changelog(&read("CHANGELOG.md")));
}

#[test]
fn decisions_say_why() {
    assert_clean(&decisions(files()));
}

#[test]
fn formats_are_documented() {
    assert_clean(&formats(files()));
}

#[test]
fn rules_find_something() {
    let empty = |path| File::sample(path, "");
    let expected = ["README.md: no line `cargo run", "README.md: no line `cargo test", ".ci/run: does not run"];
    assert_found(&commands(&empty("README.md"), &empty(".ci/run")), &expected);
    assert_found(&changelog(&File::sample("CHANGELOG.md", "## 0.1.0\n")), &["CHANGELOG.md: the first section is"]);

    let first = File::sample("docs/decisions/0001-a.md", "## Context\n## Decision\n## Why\n## What we gave up\n");
    let third = File::sample("docs/decisions/0003-b.md", "## Context\n## Decision\n## Why\n");
    let expected = ["docs/decisions/0003-b.md: expected number 0002", "docs/decisions/0003-b.md: no section `## What"];
    assert_found(&decisions(&[first, third]), &expected);

    let code = File::sample("store/src/wal.rs", "pub(crate) const WAL_VERSION: u8 = 2;\nconst HEAD_VERSION: u8 = 1;\n");
    let right = File::sample("store/docs/format/wal.md", "- `store/src/wal.rs`: `WAL_VERSION` = 2\n");
    let wrong = File::sample("store/docs/format/wal.md", "- `store/src/wal.rs`: `WAL_VERSION` = 1\n");
    let silent = File::sample("store/docs/format/head.md", "The head.\n");
    let uncited = "store/src/wal.rs:2: no document";
    assert_found(&formats(&[code.clone(), right]), &[uncited]);
    assert_found(&formats(&[code.clone(), wrong]), &["store/docs/format/wal.md:1: WAL_VERSION = 1", uncited]);
    let expected = ["store/docs/format/head.md: add a line", "store/src/wal.rs:1: no document", uncited];
    assert_found(&formats(&[code, silent]), &expected);
}
