//! The one error of the store.

use std::fmt;

/// What class of failure it is; the front maps it to a status once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The caller's request makes no sense.
    Invalid,
    /// A limit was passed; the text names it.
    Limit,
    /// The caller left.
    Canceled,
    /// The time is up.
    Timeout,
    /// Cannot be done now; try again (read-only after an I/O error, still replaying).
    Unavailable,
    /// What is on disk is not what was written.
    Corrupt,
    /// The environment failed; the text holds the path.
    Io,
}

/// An error with its class and a lower-case phrase that names the thing, the place and the value.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    context: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of a kind with its phrase.
    pub fn new(kind: ErrorKind, context: impl Into<String>) -> Self {
        Self { kind, context: context.into(), source: None }
    }

    /// The same with what caused it.
    #[must_use]
    pub fn caused_by(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// What class of failure it is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.context)?;
        match &self.source {
            Some(source) => write!(f, ": {source}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
