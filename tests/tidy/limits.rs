//! `docs/limits.md` is made from the `limits.rs` files: one row per constant, with the words of its documentation.
//!
//! Invariant: the page equals what is made of the code. `UPDATE_DOCS=1` writes it instead of comparing.

use crate::tree::{File, assert_clean, assert_found, files, read, root};

const PATH: &str = "docs/limits.md";
const HEAD: &str = "# Limits\n\n\
    Every bound of Belfry, and what happens beyond it. Made from the `limits.rs` files of the crates by\n\
    `UPDATE_DOCS=1 cargo test -p belfry --test tidy`; the tidy test compares.\n";

/// The page for these files. Constants without documentation are findings.
fn page(files: &[File]) -> (String, Vec<String>) {
    let (mut page, mut findings) = (HEAD.to_owned(), Vec::new());
    let limits = files.iter().filter(|file| file.path.ends_with("/limits.rs") && file.path.contains("/src/"));
    for file in limits.filter(|file| !file.path.contains("/config/")) {
        let mut rows = String::new();
        let mut words: Vec<&str> = Vec::new();
        for (number, line) in file.lines() {
            if let Some(text) = line.strip_prefix("/// ") {
                words.push(text);
            } else if let Some((name, value)) = constant(line) {
                if words.is_empty() {
                    findings.push(format!("{}:{number}: {name} does not say what happens beyond it", file.path));
                }
                rows.push_str(&format!("| `{name}` | `{value}` | {} |\n", words.join(" ").replace('|', "\\|")));
                words.clear();
            }
        }
        if !rows.is_empty() {
            let home = file.path.trim_end_matches("/limits.rs").replace("/src", "");
            page.push_str(&format!("\n## {home}\n\n| limit | value | meaning |\n|---|---|---|\n{rows}"));
        }
    }
    (page, findings)
}

/// Name and value of `pub(..) const NAME: T = value;`.
fn constant(line: &str) -> Option<(&str, &str)> {
    let (before, rest) = line.split_once("const ")?;
    let (name, rest) = rest.split_once(':')?;
    let (_, value) = rest.split_once(" = ")?;
    before.starts_with("pub").then_some((name, value.trim_end_matches(';')))
}

#[test]
fn limits_are_documented() {
    let (page, findings) = page(files());
    assert_clean(&findings);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let path = root().join(PATH);
        std::fs::write(&path, page).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        return;
    }
    assert!(read(PATH).text == page, "{PATH} is out of date: UPDATE_DOCS=1 cargo test -p belfry --test tidy");
}

#[test]
fn rule_finds_something() {
    let code = "//! Bounds.\n\n/// Most a|b at once.\n/// More is refused.\npub(crate) const A_MAX: usize = 2 << 10;\npub const B_MAX: u8 = 1;\n";
    let (page, findings) = page(&[File::sample("store/src/wal/limits.rs", code)]);
    assert_found(&findings, &["store/src/wal/limits.rs:6: B_MAX"]);
    let expected = "\n## store/wal\n\n| limit | value | meaning |\n|---|---|---|\n\
        | `A_MAX` | `2 << 10` | Most a\\|b at once. More is refused. |\n| `B_MAX` | `1` |  |\n";
    assert_eq!(page.strip_prefix(HEAD), Some(expected));
}
