//! Reading and writing posts.
//!
//! Invariant: a write asks for access before it looks at anything else, so that who may not write learns nothing.

use crate::app::App;
use crate::body;
use crate::page::Page;
use crate::parameters;
use crate::post::{Post, Shown};
use crate::refusal::Refusal;
use crate::trace::Trace;
use axum::Extension;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request, State};
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use std::sync::Arc;

type Answer = Result<Response, Refusal>;

/// The `{id}` of a path as it was sent.
type PathId = Result<RawPathParams, RawPathParamsRejection>;

/// One page, newest first.
pub(super) async fn list(State(app): State<Arc<App>>, uri: Uri) -> Answer {
    let page = parameters::page(uri.query())?;
    let slice = app.store.list(page).await?;
    json(StatusCode::OK, &Page::new(page, slice))
}

/// The newest posts whose title holds a keyword.
pub(super) async fn search(State(app): State<Arc<App>>, uri: Uri) -> Answer {
    let keyword = parameters::keyword(uri.query())?;
    let found = app.store.search(&keyword).await?;
    json(StatusCode::OK, &found.into_iter().map(Shown::from).collect::<Vec<_>>())
}

/// One post, whose views this counts.
pub(super) async fn view(State(app): State<Arc<App>>, path: PathId) -> Answer {
    let id = id(path)?;
    let post = app.store.view(id).await?;
    shown(StatusCode::OK, post.ok_or_else(|| Refusal::post_not_found(id))?)
}

/// A new post.
pub(super) async fn create(State(app): State<Arc<App>>, trace: Extension<Trace>, request: Request) -> Answer {
    app.access.admit(request.headers())?;
    let draft = body::draft(request).await?;
    let post = draft.into_new(app.clock.now()).map_err(|findings| Refusal::validation(&findings))?;
    let post = app.store.create(post).await?;
    let id = post.id;
    app.journal.post("post created", id, &trace);
    let mut response = shown(StatusCode::CREATED, post)?;
    if let Ok(location) = HeaderValue::from_str(&format!("{}/{id}", super::POSTS)) {
        response.headers_mut().insert(LOCATION, location);
    }
    Ok(response)
}

/// Another text for a post.
pub(super) async fn update(
    State(app): State<Arc<App>>,
    path: PathId,
    trace: Extension<Trace>,
    request: Request,
) -> Answer {
    app.access.admit(request.headers())?;
    let id = id(path)?;
    let draft = body::draft(request).await?;
    let change = draft.into_change().map_err(|findings| Refusal::validation(&findings))?;
    let post = app.store.update(id, change).await?;
    let post = post.ok_or_else(|| Refusal::post_not_found(id))?;
    app.journal.post("post updated", id, &trace);
    shown(StatusCode::OK, post)
}

/// One post less.
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    path: PathId,
    trace: Extension<Trace>,
    headers: HeaderMap,
) -> Answer {
    app.access.admit(&headers)?;
    let id = id(path)?;
    if !app.store.delete(id).await? {
        return Err(Refusal::post_not_found(id));
    }
    app.journal.post("post deleted", id, &trace);
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn id(path: PathId) -> Result<i64, Refusal> {
    // What is no UTF-8 is no number either.
    let text = path.ok().and_then(|path| path.iter().find(|(name, _)| *name == "id").map(|(_, text)| text.to_owned()));
    parameters::id(&text.unwrap_or_default())
}

fn shown(status: StatusCode, post: Post) -> Answer {
    json(status, &Shown::from(post))
}

/// An answer in JSON.
pub(super) fn json(status: StatusCode, value: &impl Serialize) -> Answer {
    let body = serde_json::to_vec(value).map_err(|error| Refusal::internal(format!("encoding an answer: {error}")))?;
    Ok((status, [(CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response())
}
