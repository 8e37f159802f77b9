//! The small blog that Belfry watches: posts, comments and search over HTTP, with a metrics page and JSON log lines.
//!
//! Invariant: it does not know that Belfry exists; Belfry sees only its metrics page and its log lines. The room is
//! empty until the blog is built.
#![forbid(unsafe_code)]
