//! The log: one line of JSON for each request and each event.
//!
//! Invariant: a line begins with `ts`, `level` and `msg` and holds no line break; whatever a client sends stands inside
//! a JSON string of bounded length. `uri` is the route's template, `path` what was asked for.

use crate::calendar;
use crate::clock::Clock;
use crate::limits::DETAIL_CHARS_MAX;
use crate::line::LineSink;
use crate::meters::Meters;
use crate::trace::Trace;
use serde::Serialize;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Level {
    Info,
    Warn,
    Error,
}

impl Level {
    /// The level of a request that was answered with `status`.
    pub(crate) fn of(status: u16) -> Self {
        match status {
            500.. => Self::Error,
            400.. => Self::Warn,
            _ => Self::Info,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// A request that was answered.
pub(crate) struct Answered<'a> {
    pub(crate) method: &'a str,
    pub(crate) uri: &'a str,
    pub(crate) path: &'a str,
    pub(crate) status: u16,
    pub(crate) duration: Duration,
    pub(crate) trace: &'a Trace,
    /// Why it was refused.
    pub(crate) error: Option<&'a str>,
}

#[derive(Serialize)]
struct RequestLine<'a> {
    ts: String,
    level: Level,
    msg: String,
    method: &'a str,
    uri: &'a str,
    path: &'a str,
    status: u16,
    duration_ms: f64,
    trace_id: &'a str,
    span_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

#[derive(Serialize)]
struct EventLine<'a> {
    ts: String,
    level: Level,
    msg: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    span_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    post_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

/// Writes the lines. Cloning shares the sink.
#[derive(Clone)]
pub(crate) struct Journal {
    clock: Arc<dyn Clock>,
    sink: Arc<dyn LineSink>,
    meters: Arc<Meters>,
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").field("clock", &self.clock).finish_non_exhaustive()
    }
}

impl Journal {
    pub(crate) fn new(clock: Arc<dyn Clock>, sink: Arc<dyn LineSink>, meters: Arc<Meters>) -> Self {
        Self { clock, sink, meters }
    }

    /// One line for a request.
    pub(crate) fn request(&self, request: &Answered<'_>) {
        let level = Level::of(request.status);
        self.write(
            level,
            &RequestLine {
                ts: calendar::zoned(self.clock.now()),
                level,
                msg: format!("{} {} {}", request.method, request.uri, request.status),
                method: request.method,
                uri: request.uri,
                path: cut(request.path),
                status: request.status,
                duration_ms: (request.duration.as_secs_f64() * 1e6).round() / 1e3,
                trace_id: &request.trace.trace_id,
                span_id: &request.trace.span_id,
                error: request.error.map(cut),
            },
        );
    }

    /// One line for something that happened to the blog itself.
    pub(crate) fn event(&self, level: Level, msg: &str, error: Option<&str>) {
        let ts = calendar::zoned(self.clock.now());
        let error = error.map(cut);
        self.write(level, &EventLine { ts, level, msg, trace_id: None, span_id: None, post_id: None, error });
    }

    /// One line for something that a request did to a post.
    pub(crate) fn post(&self, msg: &str, post_id: i64, trace: &Trace) {
        self.write(
            Level::Info,
            &EventLine {
                ts: calendar::zoned(self.clock.now()),
                level: Level::Info,
                msg,
                trace_id: Some(&trace.trace_id),
                span_id: Some(&trace.span_id),
                post_id: Some(post_id),
                error: None,
            },
        );
    }

    fn write(&self, level: Level, line: &impl Serialize) {
        // These structs hold strings and numbers only, which always have a JSON form.
        if let Ok(line) = serde_json::to_string(line) {
            self.meters.logged(level);
            self.sink.write(&line);
        }
    }
}

/// The first [`DETAIL_CHARS_MAX`] characters.
fn cut(text: &str) -> &str {
    text.char_indices().nth(DETAIL_CHARS_MAX).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use crate::testing::Kept;

    fn trace() -> Trace {
        Trace { trace_id: "0af7651916cd43dd8448eb211c80319c".to_owned(), span_id: "b7ad6b7169203331".to_owned() }
    }

    fn written(write: impl FnOnce(&Journal)) -> Vec<String> {
        let kept = Arc::new(Kept::default());
        let sink = Arc::clone(&kept) as Arc<dyn LineSink>;
        write(&Journal::new(Arc::new(ManualClock::default()), sink, Arc::default()));
        kept.lines()
    }

    #[test]
    fn requests_are_one_line_each() {
        let check = |status: u16, error: Option<&str>, expected: &str| {
            let lines = written(|journal| {
                journal.request(&Answered {
                    method: "GET",
                    uri: "/api/posts/{id}",
                    path: "/api/posts/\"7\n",
                    status,
                    duration: Duration::from_micros(1_234),
                    trace: &trace(),
                    error,
                });
            });
            assert_eq!(lines, [expected]);
        };
        check(
            200,
            None,
            r#"{"ts":"2026-01-20T12:34:56.789Z","level":"INFO","msg":"GET /api/posts/{id} 200","method":"GET","uri":"/api/posts/{id}","path":"/api/posts/\"7\n","status":200,"duration_ms":1.234,"trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"b7ad6b7169203331"}"#,
        );
        check(
            500,
            Some("disk\nfull"),
            r#"{"ts":"2026-01-20T12:34:56.789Z","level":"ERROR","msg":"GET /api/posts/{id} 500","method":"GET","uri":"/api/posts/{id}","path":"/api/posts/\"7\n","status":500,"duration_ms":1.234,"trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"b7ad6b7169203331","error":"disk\nfull"}"#,
        );
    }

    #[test]
    fn events_are_one_line_each() {
        let lines = written(|journal| {
            journal.event(Level::Warn, "stopping", None);
            journal.post("post created", 7, &trace());
        });
        assert_eq!(
            lines,
            [
                r#"{"ts":"2026-01-20T12:34:56.789Z","level":"WARN","msg":"stopping"}"#,
                r#"{"ts":"2026-01-20T12:34:56.789Z","level":"INFO","msg":"post created","trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"b7ad6b7169203331","post_id":7}"#,
            ]
        );
    }

    #[test]
    fn long_details_are_cut() {
        let lines = written(|journal| journal.event(Level::Error, "failed", Some(&"가".repeat(5_000))));
        assert_eq!(lines.first().unwrap().matches('가').count(), DETAIL_CHARS_MAX);
    }
}
