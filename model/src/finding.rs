//! What is wrong with a config or rule file, and where. Every section's `validate` returns these.

use std::fmt;

/// A place in a file. Lines and columns count from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file as the user named it; empty where there is none (the embedded defaults, the command line).
    pub file: String,
    /// Line; 0 where it is not known.
    pub line: u64,
    /// Column; 0 where it is not known.
    pub column: u64,
}

/// One thing that is wrong: `file:line:column: key: what, got X`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where.
    pub place: Place,
    /// The key's path, such as `scrape_configs[0].scrape_interval`; empty where no key is to blame.
    pub key: String,
    /// What is wrong, with the value that was found.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.file.is_empty() {
            write!(f, "{}:", self.place.file)?;
        }
        if self.place.line > 0 {
            write!(f, "{}:{}:", self.place.line, self.place.column)?;
        }
        if !self.place.file.is_empty() || self.place.line > 0 {
            f.write_str(" ")?;
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_read_as_a_compiler_writes() {
        let place = Place { file: "belfry.yml".to_owned(), line: 3, column: 9 };
        let finding =
            Finding { place, key: "global.scrape_interval".to_owned(), what: "not a duration, got 5x".to_owned() };
        assert_eq!(finding.to_string(), "belfry.yml:3:9: global.scrape_interval: not a duration, got 5x");
        let bare = Finding { place: Place::default(), key: "web.listen".to_owned(), what: "not an address".to_owned() };
        assert_eq!(bare.to_string(), "web.listen: not an address");
    }
}
