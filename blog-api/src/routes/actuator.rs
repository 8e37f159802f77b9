//! What the blog shows to those who watch it: its health and its metrics, under the actuator's paths.
//!
//! Invariant: answered also under load and while the database hangs; details only for those who may write.

use super::posts::json;
use crate::app::App;
use crate::journal::Level;
use crate::limits::PING_MAX;
use crate::meters::Reading;
use crate::process;
use crate::refusal::Refusal;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use std::sync::Arc;

type Answer = Result<Response, Refusal>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Status {
    Up,
    Down,
    OutOfService,
}

#[derive(Serialize)]
struct Health {
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    components: Option<Components>,
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<[&'static str; 2]>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Components {
    db: Component,
    liveness_state: Component,
    readiness_state: Component,
}

#[derive(Serialize)]
struct Component {
    status: Status,
}

fn answer(health: &Health) -> Answer {
    let code = if health.status == Status::Up { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    json(code, health)
}

/// The database's and the readiness's status.
async fn check(app: &App) -> (Status, Status) {
    let failure = match tokio::time::timeout(PING_MAX, app.store.ping()).await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(Refusal::from(error).detail().to_owned()),
        Err(_) => Some(format!("the database did not answer within {PING_MAX:?}")),
    };
    if let Some(failure) = &failure {
        app.journal.event(Level::Error, "health check failed", Some(failure));
    }
    let database = if failure.is_none() { Status::Up } else { Status::Down };
    let readiness = if app.stop.is_cancelled() { Status::OutOfService } else { database };
    (database, readiness)
}

/// Everything together.
pub(super) async fn health(State(app): State<Arc<App>>, headers: HeaderMap) -> Answer {
    let (database, readiness) = check(&app).await;
    let component = |status| Component { status };
    let components = Components {
        db: component(database),
        liveness_state: component(Status::Up),
        readiness_state: component(readiness),
    };
    let components = app.access.admit(&headers).is_ok().then_some(components);
    answer(&Health { status: readiness, components, groups: Some(["liveness", "readiness"]) })
}

/// Whether the process works at all. A database that hangs is no reason to restart the blog.
pub(super) async fn liveness() -> Answer {
    answer(&Health { status: Status::Up, components: None, groups: None })
}

/// Whether requests should come here.
pub(super) async fn readiness(State(app): State<Arc<App>>) -> Answer {
    let (_, status) = check(&app).await;
    answer(&Health { status, components: None, groups: None })
}

/// The metrics.
pub(super) async fn prometheus(State(app): State<Arc<App>>) -> Response {
    let page = app.meters.page(&readings(&app), app.clock.elapsed());
    let kind = HeaderValue::from_static("text/plain;version=0.0.4;charset=utf-8");
    ([(CONTENT_TYPE, kind)], page).into_response()
}

fn readings(app: &App) -> Vec<Reading> {
    let count = |count: usize| u32::try_from(count).map_or(f64::MAX, f64::from);
    let (started, on_clock) = app.started;
    let uptime = app.clock.elapsed().saturating_sub(on_clock);
    let connections = app.store.connections();
    let state = |labels, value: u32| {
        let help = "Connections to the database, by state";
        Reading { labels, ..Reading::gauge("blog_database_connections", help, f64::from(value)) }
    };
    let mut readings = vec![
        Reading::gauge("blog_requests_in_flight", "Requests for posts that are being answered", count(app.in_flight())),
        state("state=\"idle\"", connections.idle),
        state("state=\"used\"", connections.open.saturating_sub(connections.idle)),
        Reading::gauge("process_uptime_seconds", "Time since the blog started", uptime.as_secs_f64()),
        Reading::gauge("process_start_time_seconds", "When the blog started", seconds(started)),
    ];
    readings.extend(process::readings());
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        let metrics = runtime.metrics();
        readings.push(Reading::gauge("tokio_workers", "Threads that run tasks", count(metrics.num_workers())));
        readings.push(Reading::gauge("tokio_alive_tasks", "Tasks that are not done", count(metrics.num_alive_tasks())));
    }
    readings
}

/// Seconds since the epoch; exact for the next hundreds of thousands of years.
fn seconds(millis: i64) -> f64 {
    millis as f64 / 1_000.0
}
