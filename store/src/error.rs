//! The one error of the store.

use rustix::io::Errno;
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

    /// Whether this process lacks files or memory, which tells nothing about what is on disk.
    pub(crate) fn is_shortage(&self) -> bool {
        let cause = self.source.as_ref().and_then(|source| source.downcast_ref::<std::io::Error>());
        let errno = cause.and_then(Errno::from_io_error);
        errno.is_some_and(|errno| [Errno::MFILE, Errno::NFILE, Errno::NOMEM].contains(&errno))
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[test]
    fn a_shortage_is_told_from_damage() {
        let check = |errno: Errno, expected: bool| {
            let error = Error::new(ErrorKind::Io, "opening x").caused_by(io::Error::from(errno));
            assert_eq!(error.is_shortage(), expected, "{errno}");
        };
        check(Errno::MFILE, true);
        check(Errno::NFILE, true);
        check(Errno::IO, false);
        check(Errno::NOENT, false);
        assert!(!Error::new(ErrorKind::Corrupt, "x").is_shortage());
    }
}
