//! What the blog must be told: where to listen, where its database is, who may write.
//!
//! Invariant: a [`Database`] and a [`Token`] that exist are usable; the tokens' texts appear in no output.

use crate::error::Error;
use crate::limits::{STOP_GRACE, TOKEN_BYTES_MAX, TOKEN_BYTES_MIN, TOKENS_MAX};
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

/// The configuration. The default listens on `127.0.0.1:8080`, keeps `blog.db` in the current folder and has no tokens.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where the posts are kept.
    pub database: Database,
    /// Who may write. With tokens every write needs one. Without, writes are open when the blog listens on the
    /// loopback and refused elsewhere.
    pub tokens: Vec<Token>,
    /// How long requests in flight may go on after the stop; then they are cut.
    pub stop_grace: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            database: Database::Sqlite(PathBuf::from("blog.db")),
            tokens: Vec::new(),
            stop_grace: STOP_GRACE,
        }
    }
}

/// Where the posts are kept. Read from a URL: `sqlite://posts.db` is relative, `sqlite:///var/lib/posts.db` absolute.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Database {
    /// A file of SQLite. It and its folder are created when they are missing.
    Sqlite(PathBuf),
}

impl FromStr for Database {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let path = match text.split_once("://") {
            None => text.strip_prefix("sqlite:").unwrap_or(text),
            Some(("sqlite", path)) => path,
            Some((scheme, _)) => {
                return Err(Error::config(format!("database: scheme `{scheme}`, expected sqlite://path")));
            }
        };
        if path.is_empty() || path.contains(['?', '\0']) || path == ":memory:" {
            return Err(Error::config(format!("database: `{path}` is no path of a file, expected sqlite://path")));
        }
        Ok(Self::Sqlite(PathBuf::from(path)))
    }
}

/// A bearer token that allows to write. Its `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Whether `given` is this token. Takes the same time wherever they begin to differ.
    pub(crate) fn is(&self, given: &[u8]) -> bool {
        let differing = self.0.bytes().zip(given).fold(0, |differing, (ours, given)| differing | (ours ^ given));
        self.0.len() == given.len() && std::hint::black_box(differing) == 0
    }

    /// Reads a file of tokens, as [`Token::list`] does.
    ///
    /// # Errors
    /// The file cannot be read or holds something else; the text names it.
    pub fn read(path: &Path) -> Result<Vec<Self>, Error> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| Error::config(format!("reading tokens from {}: {error}", path.display())))?;
        Self::list(&text).map_err(|error| Error::config(format!("{}: {error}", path.display())))
    }

    /// Reads tokens that are separated by commas or line breaks. Empty ones are skipped.
    ///
    /// # Errors
    /// One is too short, too long or holds what no header may hold, or there are too many.
    pub fn list(text: &str) -> Result<Vec<Self>, Error> {
        let texts = text.split([',', '\n', '\r']).map(str::trim).filter(|text| !text.is_empty());
        let tokens = texts.map(str::parse).collect::<Result<Vec<_>, _>>()?;
        if tokens.len() > TOKENS_MAX {
            return Err(Error::config(format!("tokens: {} of them, expected {TOKENS_MAX} at most", tokens.len())));
        }
        Ok(tokens)
    }
}

impl FromStr for Token {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let lengths = TOKEN_BYTES_MIN..=TOKEN_BYTES_MAX;
        if !lengths.contains(&text.len()) {
            return Err(Error::config(format!(
                "token: {} bytes, expected {TOKEN_BYTES_MIN} to {TOKEN_BYTES_MAX}",
                text.len()
            )));
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::config("token: a space or a character that is not ASCII, expected visible ASCII"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn database_is_a_path_behind_a_scheme() {
        let check = |text: &str, expected: Result<&str, &str>| {
            let found = text.parse::<Database>().map_err(|error| error.to_string());
            let path = |path: &str| Database::Sqlite(PathBuf::from(path));
            assert_eq!(found, expected.map(path).map_err(str::to_owned), "{text}");
        };
        check("sqlite://posts.db", Ok("posts.db"));
        check("sqlite:///var/lib/posts.db", Ok("/var/lib/posts.db"));
        check("sqlite:posts.db", Ok("posts.db"));
        check("data/posts.db", Ok("data/posts.db"));
        check("mysql://root@db/blog", Err("database: scheme `mysql`, expected sqlite://path"));
        check("sqlite://", Err("database: `` is no path of a file, expected sqlite://path"));
        check("sqlite::memory:", Err("database: `:memory:` is no path of a file, expected sqlite://path"));
    }

    #[test]
    fn tokens_are_listed_and_hidden() {
        let check = |text: &str, expected: Result<usize, &str>| {
            let found = Token::list(text).map(|tokens| tokens.len()).map_err(|error| error.to_string());
            assert_eq!(found, expected.map_err(str::to_owned), "{text}");
        };
        check("", Ok(0));
        check("0123456789abcdef,\n ABCDEFGHIJKLMNOP \n", Ok(2));
        check("short", Err("token: 5 bytes, expected 16 to 512"));
        check("0123456789 abcdef", Err("token: a space or a character that is not ASCII, expected visible ASCII"));
        check(&"0123456789abcdef,".repeat(17), Err("tokens: 17 of them, expected 16 at most"));

        let token: Token = "0123456789abcdef".parse().unwrap();
        assert!(token.is(b"0123456789abcdef"));
        for wrong in ["", "0123456789abcde", "0123456789abcdeF", "0123456789abcdef0"] {
            assert!(!token.is(wrong.as_bytes()), "{wrong}");
        }
        let config = Config { tokens: vec![token], ..Config::default() };
        assert!(!format!("{config:?}").contains("0123456789abcdef"));
    }
}
