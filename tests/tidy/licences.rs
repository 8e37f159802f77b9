//! The licences of everything that ends up in the binary or runs while it is built.
//!
//! Invariant: an expression is accepted when one of its choices consists of accepted licences only. A package without
//! one is refused until a person has read its files.

use crate::packages::{Packages, packages, sample};
use crate::tree::{assert_clean, assert_found};

/// Accepted for any package.
const ACCEPTED: &[&str] = &[
    "Apache-2.0",
    "MIT",
    "MIT-0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "Unicode-3.0",
    "CC0-1.0",
    "BSL-1.0",
    "CDLA-Permissive-2.0",
    "Unlicense",
    "0BSD",
];

/// Exceptions that only widen what a licence grants.
const EXCEPTIONS: &[&str] = &["LLVM-exception"];

/// Accepted for one package: data under a copyleft that ends at its own files.
const ACCEPTED_FOR: &[(&str, &str)] = &[("webpki-roots", "MPL-2.0"), ("webpki-root-certs", "MPL-2.0")];

/// Reads `A OR (B AND C WITH D)`; `/` is cargo's old spelling of `OR`.
struct Expression<'a> {
    tokens: Vec<&'a str>,
    at: usize,
    accepts: &'a dyn Fn(&str) -> bool,
}

impl Expression<'_> {
    fn next(&mut self) -> &str {
        let token = self.tokens.get(self.at).copied().unwrap_or("");
        self.at += 1;
        token
    }

    fn takes(&mut self, word: &str) -> bool {
        let found = self.tokens.get(self.at) == Some(&word);
        self.at += usize::from(found);
        found
    }

    fn any(&mut self) -> bool {
        let mut accepted = self.all();
        while self.takes("OR") || self.takes("/") {
            accepted |= self.all();
        }
        accepted
    }

    fn all(&mut self) -> bool {
        let mut accepted = self.one();
        while self.takes("AND") {
            accepted &= self.one();
        }
        accepted
    }

    fn one(&mut self) -> bool {
        if self.takes("(") {
            let accepted = self.any();
            return self.takes(")") && accepted;
        }
        let accepts = self.accepts;
        let accepted = accepts(self.next());
        let widened = !self.takes("WITH") || EXCEPTIONS.contains(&self.next());
        accepted && widened
    }
}

fn accepted(package: &str, licence: &str) -> bool {
    let accepts = |id: &str| ACCEPTED.contains(&id) || ACCEPTED_FOR.contains(&(package, id));
    let spaced = licence.replace('(', " ( ").replace(')', " ) ").replace('/', " / ");
    let tokens: Vec<_> = spaced.split_whitespace().collect();
    let count = tokens.len();
    let mut expression = Expression { tokens, at: 0, accepts: &accepts };
    expression.any() && expression.at == count
}

fn licences(packages: &Packages) -> Vec<String> {
    let refused = packages.values().filter(|package| !accepted(&package.name, &package.licence));
    refused.map(|package| format!("{}: licence `{}` is not accepted", package.name, package.licence)).collect()
}

#[test]
fn licences_are_accepted() {
    assert!(packages().len() > 50, "only {} packages seen", packages().len());
    assert_clean(&licences(packages()));
}

#[test]
fn expressions_are_evaluated() {
    let check = |licence: &str, expected: bool| assert_eq!(accepted("some", licence), expected, "{licence}");
    check("MIT", true);
    check("MIT OR Apache-2.0", true);
    check("MIT/GPL-3.0", true);
    check("GPL-3.0", false);
    check("GPL-3.0 OR MIT", true);
    check("GPL-3.0 AND MIT", false);
    check("MIT AND (GPL-3.0 OR ISC)", true);
    check("(MIT OR Apache-2.0) AND Unicode-3.0", true);
    check("MIT OR GPL-3.0 AND LGPL-3.0", true);
    check("Apache-2.0 WITH LLVM-exception", true);
    check("GPL-2.0 WITH Classpath-exception-2.0", false);
    check("MIT GPL-3.0", false);
    check("(MIT", false);
    check("MPL-2.0", false);
    check("", false);
    assert!(accepted("webpki-roots", "MPL-2.0"));
}

#[test]
fn rule_finds_something() {
    let packages = Packages::from([sample("free", "MIT", &[]), sample("viral", "AGPL-3.0-only", &[])]);
    assert_found(&licences(&packages), &["viral: licence `AGPL-3.0-only`"]);
}
