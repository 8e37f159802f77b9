//! One page of posts in the shape of Spring Data's `Page`.
//!
//! Invariant: the numbers agree with each other also beyond the last page and for an empty blog. Always sorted by time,
//! newest first; the shape says so and the request cannot change it.

use crate::post::{Post, Shown};
use serde::Serialize;

/// Which page is asked for. Pages count from 0; `size` is at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PageRequest {
    pub(crate) number: u32,
    pub(crate) size: u32,
}

impl PageRequest {
    /// Posts before this page.
    pub(crate) fn offset(self) -> u64 {
        u64::from(self.number) * u64::from(self.size)
    }
}

/// The posts of a page and how many there are in all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slice {
    pub(crate) posts: Vec<Post>,
    pub(crate) total: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Page {
    content: Vec<Shown>,
    pageable: Pageable,
    total_elements: u64,
    total_pages: u64,
    last: bool,
    first: bool,
    size: u32,
    number: u32,
    sort: Sort,
    number_of_elements: usize,
    empty: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Pageable {
    page_number: u32,
    page_size: u32,
    sort: Sort,
    offset: u64,
    paged: bool,
    unpaged: bool,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct Sort {
    empty: bool,
    sorted: bool,
    unsorted: bool,
}

const SORTED: Sort = Sort { empty: false, sorted: true, unsorted: false };

impl Page {
    pub(crate) fn new(request: PageRequest, slice: Slice) -> Self {
        let content: Vec<Shown> = slice.posts.into_iter().map(Shown::from).collect();
        let pages = slice.total.div_ceil(u64::from(request.size.max(1)));
        Self {
            pageable: Pageable {
                page_number: request.number,
                page_size: request.size,
                sort: SORTED,
                offset: request.offset(),
                paged: true,
                unpaged: false,
            },
            total_elements: slice.total,
            total_pages: pages,
            last: u64::from(request.number) + 1 >= pages,
            first: request.number == 0,
            size: request.size,
            number: request.number,
            sort: SORTED,
            number_of_elements: content.len(),
            empty: content.is_empty(),
            content,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_agree() {
        let check = |number: u32, size: u32, total: u64, expected: (u64, bool, bool, u64)| {
            let slice = Slice { posts: Vec::new(), total };
            let page = Page::new(PageRequest { number, size }, slice);
            assert_eq!((page.total_pages, page.first, page.last, page.pageable.offset), expected);
        };
        check(0, 10, 0, (0, true, true, 0));
        check(0, 10, 10, (1, true, true, 0));
        check(0, 10, 11, (2, true, false, 0));
        check(1, 10, 11, (2, false, true, 10));
        check(9, 10, 11, (2, false, true, 90));
        check(u32::MAX, u32::MAX, 11, (1, false, true, 18_446_744_065_119_617_025));
    }
}
