//! The `blog_api:` section: whether the demonstration blog runs in this process, and where it listens.
//!
//! Invariant: it says nothing of scraping or tailing; a file that wants the blog watched says so in those sections.

use model::finding::{Finding, Place};
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;
use std::net::{Ipv4Addr, SocketAddr};

/// The section as written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct BlogSection {
    enabled: bool,
    listen: Option<Spanned<String>>,
}

/// The section, checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Blog {
    /// Whether it runs; off unless written.
    pub(crate) enabled: bool,
    /// Where it listens; 127.0.0.1:8080. Without credentials it takes writes only on the loopback.
    pub(crate) listen: SocketAddr,
}

impl Default for Blog {
    fn default() -> Self {
        Self { enabled: false, listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)) }
    }
}

impl BlogSection {
    /// Checks the section. `file` is named in the finding.
    pub(super) fn validate(self, file: &str) -> Result<Blog, Vec<Finding>> {
        let mut blog = Blog { enabled: self.enabled, ..Blog::default() };
        if let Some(Spanned { value, referenced: at, .. }) = self.listen {
            blog.listen = value.parse().map_err(|_| {
                let place = Place { file: file.to_owned(), line: at.line(), column: at.column() };
                let what = format!("expected an address and a port such as 127.0.0.1:8080, got {value}");
                vec![Finding { place, key: "blog_api.listen".to_owned(), what }]
            })?;
        }
        Ok(blog)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_section_is_checked_with_its_place() {
        let check = |text: &str, expected: Result<(bool, &str), &str>| {
            let section: BlogSection = serde_saphyr::from_str(text).expect("the shape is right");
            let found = section.validate("f.yml").map(|blog| (blog.enabled, blog.listen.to_string()));
            let found = found.map_err(|findings| findings.iter().map(ToString::to_string).collect::<String>());
            assert_eq!(found, expected.map(|(on, at)| (on, at.to_owned())).map_err(str::to_owned), "{text}");
        };
        check("{}", Ok((false, "127.0.0.1:8080")));
        check("{enabled: true, listen: '127.0.0.1:0'}", Ok((true, "127.0.0.1:0")));
        check(
            "enabled: true\nlisten: localhost",
            Err("f.yml:2:9: blog_api.listen: expected an address and a port such as 127.0.0.1:8080, got localhost"),
        );
    }
}
