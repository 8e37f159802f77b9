//! What this binary is: version, commit, features.
#![expect(clippy::print_stdout, reason = "the answer of `belfry version`")]

/// The package's version.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The commit it was built from, or `unknown`.
pub(crate) const COMMIT: &str = env!("BELFRY_COMMIT");

/// Prints all of it on one line.
pub(crate) fn print() {
    println!("belfry {VERSION} (commit {COMMIT})");
}
