//! `/loki/api/v1/rules`: the rule groups that could be written over the API. There are none: rules come from the config.

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;

/// No group, as the YAML that Loki answers.
pub(super) async fn groups() -> Response {
    let mut response = Response::new(Body::from("{}\n"));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/yaml"));
    response
}
