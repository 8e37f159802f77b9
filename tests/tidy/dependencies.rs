//! The one-way order of the crates, and what the quick crates must stay free of.
//!
//! Invariant: a new arrow between two of ours changes [`MAY_IMPORT`] and ARCHITECTURE.md in the same commit.

use crate::packages::{Package, Packages, packages, sample};
use crate::tree::{File, assert_clean, assert_found, read};
use std::collections::BTreeSet;

/// Who may import whom, from the bottom up. `runtime` sits below all that run tasks and knows none of them.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("language", &["model"]),
    ("runtime", &["model"]),
    ("settings", &["model", "runtime"]),
    ("store", &["model", "language", "runtime"]),
    ("query", &["model", "language", "store"]),
    ("collector", &["model", "settings", "language", "runtime", "store"]),
    ("alerter", &["model", "settings", "language", "runtime", "store", "query"]),
    ("dashboards", &["model", "settings", "language", "runtime", "store", "query", "collector", "alerter"]),
    ("blog-api", &[]),
    (
        "belfry",
        &[
            "model",
            "settings",
            "language",
            "runtime",
            "store",
            "query",
            "collector",
            "alerter",
            "dashboards",
            "blog-api",
        ],
    ),
];

/// What a crate must not be built from, directly or through others.
const FREE_OF: &[(&str, &[&str])] = &[
    ("model", &["tokio", "hyper", "rustls", "reqwest", "axum", "serde_json"]),
    ("language", &["tokio", "hyper", "rustls", "reqwest", "axum"]),
    ("runtime", &["hyper", "rustls", "reqwest", "axum"]),
    ("store", &["hyper", "rustls", "reqwest", "axum"]),
    ("query", &["hyper", "rustls", "reqwest", "axum"]),
    ("belfry", &["openssl", "openssl-sys", "native-tls", "aws-lc-rs", "aws-lc-sys", "serde_yaml"]),
];

fn named<'a>(packages: &'a Packages, ids: &'a [String]) -> impl Iterator<Item = &'a Package> {
    ids.iter().filter_map(|id| packages.get(id))
}

fn edges(packages: &Packages) -> Vec<String> {
    let mut findings = Vec::new();
    for package in packages.values().filter(|package| package.is_ours) {
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == package.name) else {
            findings.push(format!("{}: not in the table of crates", package.name));
            continue;
        };
        let needs = named(packages, &package.needs).chain(named(packages, &package.tests_need));
        for need in needs.filter(|need| need.is_ours && !allowed.contains(&need.name.as_str())) {
            findings.push(format!("{} -> {}: against the one-way order", package.name, need.name));
        }
    }
    findings
}

/// The names of everything that a package is built from.
fn closure(packages: &Packages, name: &str) -> BTreeSet<String> {
    let mut open: Vec<&str> = packages.iter().filter(|(_, p)| p.name == name).map(|(id, _)| id.as_str()).collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        if seen.insert(id)
            && let Some(package) = packages.get(id)
        {
            open.extend(package.needs.iter().map(String::as_str));
        }
    }
    seen.iter().filter_map(|id| packages.get(*id)).map(|package| package.name.clone()).collect()
}

fn closures(packages: &Packages) -> Vec<String> {
    let mut findings = Vec::new();
    for (name, banned) in FREE_OF {
        let closure = closure(packages, name);
        if closure.is_empty() {
            findings.push(format!("{name}: no such package"));
        }
        for banned in banned.iter().filter(|banned| closure.contains(**banned)) {
            findings.push(format!("{name}: built from {banned}"));
        }
    }
    findings
}

/// ARCHITECTURE.md has a line for every crate of ours.
fn mapped(packages: &Packages, map: &File) -> Vec<String> {
    let ours = packages.values().filter(|package| package.is_ours);
    let missing = ours.filter(|package| !map.text.contains(&format!("**`{}`**", package.name)));
    missing.map(|package| format!("{}: no entry **`{}`** in the code map", map.path, package.name)).collect()
}

#[test]
fn crates_import_downwards() {
    assert_clean(&edges(packages()));
}

#[test]
fn quick_crates_stay_quick() {
    assert_clean(&closures(packages()));
}

#[test]
fn map_shows_every_crate() {
    assert_clean(&mapped(packages(), &read("ARCHITECTURE.md")));
}

#[test]
fn rules_find_something() {
    let mut wrong = Packages::from([
        sample("model", "", &["store"]),
        sample("store", "", &["model", "rustls"]),
        sample("rustls", "", &[]),
        sample("extra", "", &[]),
    ]);
    if let Some(package) = wrong.get_mut("rustls") {
        package.is_ours = false;
    }
    let expected = ["extra: not in the table", "model -> store: against"];
    assert_found(&edges(&wrong), &expected);
    let found = closures(&wrong);
    assert!(found.contains(&"model: built from rustls".to_owned()), "{found:#?}");
    assert!(found.contains(&"store: built from rustls".to_owned()), "{found:#?}");
    assert!(found.contains(&"query: no such package".to_owned()), "{found:#?}");
    let map = File::sample("ARCHITECTURE.md", "**`model`** **`store`**");
    assert_found(&mapped(&wrong, &map), &["ARCHITECTURE.md: no entry **`extra`**"]);
}
