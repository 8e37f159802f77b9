//! What this binary is: version, commit, features.
#![expect(clippy::print_stdout, reason = "the answer of `belfry version`")]

/// The package's version.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The commit it was built from, or `unknown`.
pub(crate) const COMMIT: &str = env!("BELFRY_COMMIT");

/// Optional parts that were built in; none exists yet.
const FEATURES: [&str; 0] = [];

/// Prints all of it.
pub(crate) fn print() {
    let features = if FEATURES.is_empty() { "none".to_owned() } else { FEATURES.join(", ") };
    println!("belfry {VERSION} (commit {COMMIT}), features: {features}");
}
