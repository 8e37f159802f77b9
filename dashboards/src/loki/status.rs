//! `/loki/api/v1/status/buildinfo` and `/loki/api/v1/format_query`.

use super::given::Given;
use crate::error::{Failure, LokiFailure};
use crate::json::Json;
use crate::limits::QUERY_MAX;
use crate::state::Front;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use language::logql;
use model::cancel::Cancel;

/// The release of Loki whose HTTP API and LogQL we speak. Clients choose features by it, so it stands where they look
/// for a version; Belfry's own is told beside it.
pub(super) const SPOKEN_VERSION: &str = "3.4.6";

/// Unlike Prometheus, Loki puts nothing around it.
pub(super) async fn build_info(State(front): State<Front>) -> Json {
    let build = front.build();
    let mut json = Json::new();
    json.raw("{\"version\":").text(SPOKEN_VERSION).raw(",\"revision\":").text(&build.revision);
    json.raw(",\"branch\":").text(&build.branch).raw(",\"buildUser\":\"\",\"buildDate\":").text(&build.build_date);
    json.raw(",\"goVersion\":").text(&build.compiler);
    json.raw(",\"application\":").text(&format!("Belfry {}", build.version)).raw("}");
    json
}

/// The query as Loki would lay it out. A mistake in it is told in JSON, unlike elsewhere.
pub(super) async fn format_query(State(front): State<Front>, given: Given) -> Result<Response, LokiFailure> {
    given.query()?;
    let work = move |_: &Cancel| Ok::<_, Failure>(logql::parse(given.query()?).map(|expr| logql::pretty(&expr)));
    let mut json = Json::new();
    match front.compute(QUERY_MAX, work).await? {
        Ok(pretty) => {
            json.raw("{\"status\":\"success\",\"data\":").text(&pretty).raw("}");
            Ok(json.into_response())
        }
        Err(error) => {
            json.raw("{\"status\":\"invalid-query\",\"error\":").text(&error.to_string()).raw("}");
            Ok((StatusCode::BAD_REQUEST, json).into_response())
        }
    }
}
