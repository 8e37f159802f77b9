//! Tells the binary which commit it was built from: `BELFRY_COMMIT`, else what git says, else `unknown`.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-env-changed=BELFRY_COMMIT");
    println!("cargo::rerun-if-changed=../.git/HEAD");
    println!("cargo::rerun-if-changed=../.git/refs/heads");
    let commit = std::env::var("BELFRY_COMMIT").ok().or_else(asked_from_git).unwrap_or_else(|| "unknown".to_owned());
    println!("cargo::rustc-env=BELFRY_COMMIT={commit}");
}

fn asked_from_git() -> Option<String> {
    let answer = Command::new("git").args(["rev-parse", "--short=12", "HEAD"]).output().ok()?;
    let commit = String::from_utf8(answer.stdout).ok()?.trim().to_owned();
    (answer.status.success() && !commit.is_empty()).then_some(commit)
}
