//! The one error of the engines.

use std::fmt;

/// What class of failure it is; the front maps it to a status once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The text does not parse, or the request makes no sense (`bad_data`).
    Invalid,
    /// The evaluation came to something undefined, such as a many-to-many matching (`execution`).
    Execution,
    /// The time was up (`timeout`).
    Timeout,
    /// Whoever asked has left (`canceled`).
    Canceled,
    /// A limit was passed: samples, points, memory, depth; the text names it (`execution`).
    Limit,
    /// The store cannot answer now; try again (`unavailable`).
    Unavailable,
}

/// An error with its class and Prometheus's text for it.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    text: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of a kind with its text.
    pub fn new(kind: ErrorKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into(), source: None }
    }

    /// What class of failure it is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    pub(crate) fn execution(text: impl Into<String>) -> Self {
        Self::new(ErrorKind::Execution, text)
    }

    pub(crate) fn limit(text: impl Into<String>) -> Self {
        Self::new(ErrorKind::Limit, text)
    }

    fn caused_by(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        let kind = match error.kind() {
            store::ErrorKind::Invalid => ErrorKind::Invalid,
            store::ErrorKind::Limit => ErrorKind::Limit,
            store::ErrorKind::Canceled => return model::cancel::Cancelled::ByCaller.into(),
            store::ErrorKind::Timeout => return model::cancel::Cancelled::TimedOut.into(),
            store::ErrorKind::Unavailable => ErrorKind::Unavailable,
            store::ErrorKind::Corrupt | store::ErrorKind::Io => ErrorKind::Execution,
        };
        Self::new(kind, "expanding series").caused_by(error)
    }
}

impl From<model::cancel::Cancelled> for Error {
    fn from(reason: model::cancel::Cancelled) -> Self {
        match reason {
            model::cancel::Cancelled::ByCaller => {
                Self::new(ErrorKind::Canceled, "query was canceled in expression evaluation")
            }
            model::cancel::Cancelled::TimedOut => {
                Self::new(ErrorKind::Timeout, "query timed out in expression evaluation")
            }
        }
    }
}

impl From<model::budget::OverBudget> for Error {
    fn from(over: model::budget::OverBudget) -> Self {
        Self::limit(over.to_string())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
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
