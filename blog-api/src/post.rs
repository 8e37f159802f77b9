//! A post: what is kept, what a request may ask for, what an answer shows.
//!
//! Invariant: a [`NewPost`] or [`Change`] that exists is within the limits; lengths count what the author wrote, not the
//! escapes it travels with. Pure: nothing here asks for the time or a database.

use crate::calendar;
use crate::limits::{AUTHOR_CHARS_MAX, CONTENT_BYTES_MAX, TITLE_CHARS_MAX};
use crate::markup;
use serde::{Deserialize, Serialize};

/// Who wrote a post that names nobody: "anonymous".
const NOBODY: &str = "익명";

/// A post as it is kept. Its texts are plain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Post {
    pub(crate) id: i64,
    pub(crate) title: String,
    pub(crate) content: Option<String>,
    pub(crate) author: String,
    pub(crate) views: i64,
    /// Milliseconds since the epoch.
    pub(crate) created: i64,
}

/// A post as an answer shows it. Its texts are HTML text.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shown {
    id: i64,
    title: String,
    content: Option<String>,
    author: String,
    view_count: i64,
    created_at: String,
}

impl From<Post> for Shown {
    fn from(post: Post) -> Self {
        Self {
            id: post.id,
            title: markup::write(&post.title),
            content: post.content.as_deref().map(markup::write),
            author: markup::write(&post.author),
            view_count: post.views,
            created_at: calendar::local(post.created),
        }
    }
}

/// What the body of a write says. Unknown keys are passed over, as Jackson does under Spring Boot.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Draft {
    title: Option<String>,
    content: Option<String>,
    author: Option<String>,
}

/// A post to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewPost {
    pub(crate) title: String,
    pub(crate) content: Option<String>,
    pub(crate) author: String,
    /// Milliseconds since the epoch.
    pub(crate) created: i64,
}

/// What to change in a post; `None` keeps the old.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) title: Option<String>,
    pub(crate) content: Option<String>,
    pub(crate) author: Option<String>,
}

impl Draft {
    /// A new post of `now`, or every finding: `title: 제목은 필수입니다`.
    pub(crate) fn into_new(self, now: i64) -> Result<NewPost, Vec<String>> {
        let draft = Self { title: Some(self.title.unwrap_or_default()), ..self };
        let Change { title, content, author } = draft.into_change()?;
        let author = author.unwrap_or_else(|| NOBODY.to_owned());
        Ok(NewPost { title: title.unwrap_or_default(), content, author, created: now })
    }

    /// The change, or every finding. A title that is there must say something also here.
    pub(crate) fn into_change(self) -> Result<Change, Vec<String>> {
        let plain = |text: Option<String>| text.as_deref().map(markup::read);
        let (title, content, author) = (plain(self.title), plain(self.content), plain(self.author));
        let author = author.map(|author| if author.trim().is_empty() { NOBODY.to_owned() } else { author });
        let mut findings = Vec::new();
        findings.extend(title.as_deref().and_then(wrong_title));
        findings.extend(content.as_deref().and_then(wrong_content));
        findings.extend(author.as_deref().and_then(wrong_author));
        if findings.is_empty() { Ok(Change { title, content, author }) } else { Err(findings) }
    }
}

fn wrong_title(title: &str) -> Option<String> {
    if title.trim().is_empty() {
        return Some("title: 제목은 필수입니다".to_owned());
    }
    let long = title.chars().count() > TITLE_CHARS_MAX;
    long.then(|| format!("title: 제목은 {TITLE_CHARS_MAX}자 이하여야 합니다")).or_else(|| wrong_text("title", title))
}

fn wrong_content(content: &str) -> Option<String> {
    let long = content.len() > CONTENT_BYTES_MAX;
    long.then(|| format!("content: 내용은 {CONTENT_BYTES_MAX}바이트 이하여야 합니다"))
        .or_else(|| wrong_text("content", content))
}

fn wrong_author(author: &str) -> Option<String> {
    let long = author.chars().count() > AUTHOR_CHARS_MAX;
    long.then(|| format!("author: 작성자는 {AUTHOR_CHARS_MAX}자 이하여야 합니다"))
        .or_else(|| wrong_text("author", author))
}

/// Databases end a text at NUL in some places and not in others, so no text may hold one.
fn wrong_text(field: &str, text: &str) -> Option<String> {
    text.contains('\0').then(|| format!("{field}: 사용할 수 없는 문자가 있습니다"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(title: Option<&str>, content: Option<&str>, author: Option<&str>) -> Draft {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Draft { title: owned(title), content: owned(content), author: owned(author) }
    }

    #[test]
    fn new_posts_are_validated() {
        let check = |title: Option<&str>, content: Option<&str>, author: Option<&str>, expected: &[&str]| {
            let found = draft(title, content, author).into_new(0).err().unwrap_or_default();
            assert_eq!(found, expected);
        };
        let blank = "title: 제목은 필수입니다";
        check(None, None, None, &[blank]);
        check(Some(" \t\n"), None, None, &[blank]);
        check(Some("t"), Some(""), Some(""), &[]);
        check(Some(&"가".repeat(200)), None, Some(&"가".repeat(50)), &[]);
        check(Some(&"가".repeat(201)), None, None, &["title: 제목은 200자 이하여야 합니다"]);
        check(None, None, Some(&"a".repeat(51)), &[blank, "author: 작성자는 50자 이하여야 합니다"]);
        check(Some("t"), Some(&"a".repeat(65_536)), None, &["content: 내용은 65535바이트 이하여야 합니다"]);
        check(
            Some("a\0"),
            Some("\0"),
            Some("\0a"),
            &[
                "title: 사용할 수 없는 문자가 있습니다",
                "content: 사용할 수 없는 문자가 있습니다",
                "author: 사용할 수 없는 문자가 있습니다",
            ],
        );
    }

    #[test]
    fn length_counts_what_was_written_not_its_escapes() {
        let check = |title: &str, valid: bool| {
            assert_eq!(draft(Some(title), None, None).into_new(0).is_ok(), valid, "{title}");
        };
        check(&"<".repeat(200), true);
        check(&"&lt;".repeat(200), true);
        check(&"&lt;".repeat(201), false);
    }

    #[test]
    fn changes_keep_what_they_do_not_name() {
        let change = draft(None, Some("c &lt; d"), Some(" ")).into_change();
        let expected = Change { title: None, content: Some("c < d".to_owned()), author: Some(NOBODY.to_owned()) };
        assert_eq!(change, Ok(expected));
        assert_eq!(draft(Some(" "), None, None).into_change(), Err(vec!["title: 제목은 필수입니다".to_owned()]));
    }
}
