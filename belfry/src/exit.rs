//! Why the process ends other than well, and how that is told to the user.
//!
//! Invariant: everything goes to stderr but what the user asked to see (`--help`, `--version`).
#![expect(clippy::print_stderr, reason = "the last words of the process: logging may not run yet or any more")]

use model::finding::Finding;

/// Why the process ends.
#[derive(Debug)]
pub(crate) enum Exit {
    /// `--help` or `--version`: nothing went wrong.
    Asked(clap::Error),
    /// The command line makes no sense.
    Usage(clap::Error),
    /// The config makes no sense; each finding tells where.
    Config(Vec<Finding>),
    /// Something failed while running.
    Runtime(anyhow::Error),
}

impl Exit {
    /// A config error that has no place in a file.
    pub(crate) fn config(key: &str, what: impl Into<String>) -> Self {
        Self::Config(vec![Finding { place: Default::default(), key: key.to_owned(), what: what.into() }])
    }

    /// Tells the user. A closed stderr is not an error any more at this point.
    pub(crate) fn print(&self) {
        match self {
            Self::Asked(told) | Self::Usage(told) => drop(told.print()),
            Self::Config(findings) => findings.iter().for_each(|finding| eprintln!("{finding}")),
            Self::Runtime(error) => eprintln!("belfry: {error:#}"),
        }
    }
}

impl From<clap::Error> for Exit {
    fn from(error: clap::Error) -> Self {
        if error.use_stderr() { Self::Usage(error) } else { Self::Asked(error) }
    }
}

impl From<anyhow::Error> for Exit {
    fn from(error: anyhow::Error) -> Self {
        Self::Runtime(error)
    }
}
