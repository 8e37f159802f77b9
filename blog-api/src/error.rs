//! What can go wrong before the blog answers requests.
//!
//! Invariant: the text names the thing, the place and the value, and never a token.

use std::fmt;

/// A start that failed. Its text is a lower-case phrase.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Config,
    Listen,
    Database,
}

impl Error {
    pub(crate) fn config(text: impl Into<String>) -> Self {
        Self { kind: Kind::Config, text: text.into() }
    }

    pub(crate) fn listen(text: impl Into<String>) -> Self {
        Self { kind: Kind::Listen, text: text.into() }
    }

    pub(crate) fn database(text: impl Into<String>) -> Self {
        Self { kind: Kind::Database, text: text.into() }
    }

    /// Whether the configuration is wrong, so that trying again changes nothing.
    pub fn is_config(&self) -> bool {
        self.kind == Kind::Config
    }

    /// Whether the address could not be bound: most often it is taken.
    pub fn is_listen(&self) -> bool {
        self.kind == Kind::Listen
    }

    /// Whether the database could not be opened or brought up to date.
    pub fn is_database(&self) -> bool {
        self.kind == Kind::Database
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Error {}
