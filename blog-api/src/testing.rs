//! A blog in a temporary folder that tests ask without a network.
//!
//! Invariant: time stands still until a test moves it, so that answers are compared as a whole.

use crate::access::Access;
use crate::app::{App, Parts};
use crate::clock::{Clock, ManualClock};
use crate::journal::Journal;
use crate::line::LineSink;
use crate::meters::Meters;
use crate::routes;
use crate::store::{Posts, Sqlite};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request};
use http_body_util::BodyExt as _;
use serde_json::Value;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

/// Keeps the lines.
#[derive(Debug, Default)]
pub(crate) struct Kept(Mutex<Vec<String>>);

impl Kept {
    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl LineSink for Kept {
    fn write(&self, line: &str) {
        self.0.lock().unwrap().push(line.to_owned());
    }
}

/// An answer that was read to its end.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Told {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

/// The blog and what a test can turn.
pub(crate) struct Scene {
    pub(crate) router: Router,
    pub(crate) app: Arc<App>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) lines: Arc<Kept>,
    pub(crate) stop: CancellationToken,
    _folder: Option<TempDir>,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        Self::with_access(Access::Loopback).await
    }

    pub(crate) async fn with_access(access: Access) -> Self {
        let folder = TempDir::new().unwrap();
        let store = Sqlite::open(&folder.path().join("posts.db")).await.unwrap();
        let scene = Self::over(Arc::new(store), |app| app.access = access);
        Self { _folder: Some(folder), ..scene }
    }

    /// A blog over any store.
    pub(crate) fn over(store: Arc<dyn Posts>, turn: impl FnOnce(&mut App)) -> Self {
        let (clock, lines, meters) =
            (Arc::new(ManualClock::default()), Arc::new(Kept::default()), Arc::new(Meters::default()));
        let shared: Arc<dyn Clock> = Arc::clone(&clock) as _;
        let journal = Journal::new(Arc::clone(&shared), Arc::clone(&lines) as _, Arc::clone(&meters));
        let stop = CancellationToken::new();
        let mut app = App::new(Parts { store, clock: shared, journal, meters }, Access::Loopback, stop.clone());
        turn(&mut app);
        let app = Arc::new(app);
        Self { router: routes::router(Arc::clone(&app)), app, clock, lines, stop, _folder: None }
    }

    /// Asks `METHOD target` with headers `name: value` and a body.
    pub(crate) async fn send(&self, line: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Told {
        let (method, target) = line.split_once(' ').unwrap();
        let mut request = Request::builder().method(method).uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.router.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap();
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Told { status: head.status.as_u16(), headers: head.headers, body: String::from_utf8(body.to_vec()).unwrap() }
    }

    pub(crate) async fn get(&self, target: &str) -> Told {
        self.send(&format!("GET {target}"), &[], "").await
    }

    pub(crate) async fn write(&self, line: &str, json: &str) -> Told {
        self.send(line, &[("content-type", "application/json")], json.to_owned()).await
    }
}
