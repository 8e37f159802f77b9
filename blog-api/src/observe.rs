//! Around every request: its trace, its limits, its line in the log and its place in the metrics.
//!
//! Invariant: every request is counted and logged exactly once, also one that panics, takes too long or whose client
//! leaves; every refusal leaves in the same shape, with the same headers as any answer.

use crate::app::App;
use crate::journal::Answered;
use crate::limits::{SLOT_WAIT_MAX, TARGET_BYTES_MAX};
use crate::meters::Key;
use crate::refusal::{Reason, Refusal};
use crate::routes;
use crate::trace::Trace;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;
use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

/// What every answer carries: no content is to be guessed, framed, kept, or to run anything.
const HEADERS: [(HeaderName, HeaderValue); 7] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=()"),
    ),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// What the log and the metrics say about a request that nobody waits for any more (its client left, or we cut
/// it at the stop), as nginx does.
const ABANDONED: u16 = 499;

/// The middleware.
pub(crate) async fn observe(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let pending = Pending::new(&app, &mut request);
    let answering = AssertUnwindSafe(admitted(&app, request, next)).catch_unwind();
    let response = match tokio::time::timeout(app.request_max, answering).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => Refusal::internal(format!("panic: {}", panic_text(&*panic))).into_response(),
        Err(_) => {
            Refusal::new(Reason::Timeout, "제때 처리하지 못했습니다. 잠시 후 다시 시도해 주세요.").into_response()
        }
    };
    pending.finish(response)
}

/// Answers within the limits of length and number.
async fn admitted(app: &App, request: Request, next: Next) -> Response {
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if target > TARGET_BYTES_MAX {
        let message = format!("주소는 {TARGET_BYTES_MAX}바이트 이하여야 합니다.");
        return Refusal::new(Reason::LongTarget, message).into_response();
    }
    if routes::is_actuator(request.uri().path()) {
        return next.run(request).await;
    }
    // A burst waits a moment; only what lasts is refused.
    match tokio::time::timeout(SLOT_WAIT_MAX, app.slots.acquire()).await {
        Ok(Ok(_slot)) => next.run(request).await,
        _ => Refusal::busy("all slots for requests are taken").into_response(),
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no text")
}

/// A request that is not answered yet.
struct Pending {
    app: Arc<App>,
    method: &'static str,
    uri: &'static str,
    path: String,
    trace: Trace,
    started: Duration,
    is_answered: bool,
}

impl Pending {
    /// Gives the request its trace.
    fn new(app: &Arc<App>, request: &mut Request) -> Self {
        let trace = app.ids.of(request.headers());
        request.extensions_mut().insert(trace.clone());
        Self {
            app: Arc::clone(app),
            method: method(request.method()),
            uri: routes::template(request.extensions().get::<MatchedPath>()),
            path: request.uri().path().to_owned(),
            trace,
            started: app.clock.elapsed(),
            is_answered: false,
        }
    }

    fn finish(mut self, mut response: Response) -> Response {
        let refusal = response.extensions_mut().remove::<Refusal>();
        self.record(response.status().as_u16(), refusal.as_ref());
        if let Some(refusal) = refusal {
            *response.body_mut() = refusal.body(&self.path, self.app.clock.now());
        }
        for (name, value) in HEADERS {
            response.headers_mut().insert(name, value);
        }
        if let Ok(trace) = HeaderValue::from_str(&self.trace.trace_id) {
            response.headers_mut().insert("x-trace-id", trace);
        }
        response
    }

    fn record(&mut self, status: u16, refusal: Option<&Refusal>) {
        self.is_answered = true;
        let now = self.app.clock.elapsed();
        let duration = now.saturating_sub(self.started);
        let exception = match refusal {
            Some(refusal) => refusal.reason().name(),
            None if status == ABANDONED => "Abandoned",
            None => "none",
        };
        let key = Key { uri: self.uri, method: self.method, status, exception };
        self.app.meters.answered(key, duration, now);
        self.app.journal.request(&Answered {
            method: self.method,
            uri: self.uri,
            path: &self.path,
            status,
            duration,
            trace: &self.trace,
            error: refusal.map(Refusal::detail),
        });
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if !self.is_answered {
            self.record(ABANDONED, None);
        }
    }
}

/// The method as a label: what a client invents is `OTHER`.
fn method(method: &Method) -> &'static str {
    const KNOWN: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("OTHER")
}
