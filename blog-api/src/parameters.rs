//! What the query of a URL says.
//!
//! Invariant: the first of several parameters with one name counts, and an empty one as if it were not there, as in
//! Spring; unknown ones are passed over.

use crate::limits::{KEYWORD_CHARS_MAX, PAGE_NUMBER_MAX, PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX};
use crate::page::PageRequest;
use crate::refusal::Refusal;
use std::ops::RangeInclusive;

fn first(query: Option<&str>, name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

fn number(query: Option<&str>, name: &str, default: u32, range: RangeInclusive<u32>) -> Result<u32, Refusal> {
    let text = first(query, name).filter(|text| !text.is_empty());
    let Some(text) = text else { return Ok(default) };
    let number = text.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| {
        let (from, to) = range.into_inner();
        Refusal::parameter(name, &format!("{from}에서 {to} 사이의 정수여야 합니다"))
    })
}

/// The page that `page` and `size` ask for.
pub(crate) fn page(query: Option<&str>) -> Result<PageRequest, Refusal> {
    let number_asked = number(query, "page", 0, 0..=PAGE_NUMBER_MAX)?;
    let size = number(query, "size", PAGE_SIZE_DEFAULT, 1..=PAGE_SIZE_MAX)?;
    Ok(PageRequest { number: number_asked, size })
}

/// The `keyword` to search for, without the spaces around it.
pub(crate) fn keyword(query: Option<&str>) -> Result<String, Refusal> {
    let keyword = first(query, "keyword").unwrap_or_default();
    let keyword = keyword.trim();
    if keyword.is_empty() {
        return Err(Refusal::parameter("keyword", "검색어는 필수입니다"));
    }
    if keyword.chars().count() > KEYWORD_CHARS_MAX {
        return Err(Refusal::parameter("keyword", &format!("검색어는 {KEYWORD_CHARS_MAX}자 이하여야 합니다")));
    }
    if keyword.contains('\0') {
        return Err(Refusal::parameter("keyword", "사용할 수 없는 문자가 있습니다"));
    }
    Ok(keyword.to_owned())
}

/// The id in a path.
pub(crate) fn id(text: &str) -> Result<i64, Refusal> {
    text.parse().map_err(|_| Refusal::parameter("id", "정수여야 합니다"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_bounded() {
        let check = |query: Option<&str>, expected: Option<(u32, u32)>| {
            let found = page(query).ok().map(|page| (page.number, page.size));
            assert_eq!(found, expected, "{query:?}");
        };
        check(None, Some((0, 10)));
        check(Some("page=2&size=100"), Some((2, 100)));
        check(Some("page=&size="), Some((0, 10)));
        check(Some("page=1&page=2&sort=title"), Some((1, 10)));
        check(Some("page=2147483647"), Some((2_147_483_647, 10)));
        for wrong in ["page=-1", "page=2147483648", "page=x", "page=1.0", "page= 1", "size=0", "size=101", "size=-5"] {
            check(Some(wrong), None);
        }
    }

    #[test]
    fn keywords_say_something() {
        let check = |query: Option<&str>, expected: Option<&str>| {
            assert_eq!(keyword(query).ok().as_deref(), expected, "{query:?}");
        };
        check(None, None);
        check(Some("keyword="), None);
        check(Some("keyword=+%20"), None);
        check(Some("other=a"), None);
        check(Some("keyword=a%00"), None);
        check(Some("keyword=%EC%A0%9C%EB%AA%A9+1"), Some("제목 1"));
        check(Some("keyword=%ff"), Some("\u{fffd}"));
        check(Some(&format!("keyword={}", "a".repeat(201))), None);
    }

    #[test]
    fn ids_are_integers() {
        let check = |text: &str, expected: Option<i64>| assert_eq!(id(text).ok(), expected, "{text}");
        check("7", Some(7));
        check("-7", Some(-7));
        for wrong in ["abc", "1.5", "", "0x7", "9223372036854775808"] {
            check(wrong, None);
        }
    }
}
