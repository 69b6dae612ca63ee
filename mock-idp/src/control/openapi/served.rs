//! The routes of the control API, and the handlers that send their description.

use std::sync::LazyLock;

use axum::{
    Json, Router,
    body::Body,
    extract::OriginalUri,
    http::{Method, StatusCode},
    response::Response,
    routing::get,
};
use serde_json::Value;
use utoipa::openapi::{OpenApi, path::Operation};
use utoipa_axum::routes;

use super::{
    document::{describe, takes_query},
    flat::flattened,
    page,
};
use crate::{
    control::{
        at::{At, BASE, Routes},
        issuers,
        problem::Problem,
        resources,
    },
    issuers::Issuers,
    protocol::near_miss,
    respond,
};

/// The routes of the control API, and the description that their handlers give. Made once in a process, by its first
/// mock.
static ROUTES: LazyLock<(Router<Issuers>, OpenApi)> = LazyLock::new(|| {
    Routes::default()
        .nest(BASE, resources::routes().routes(routes!(show)).routes(routes!(show_page)).fallback(nowhere))
        .merge(issuers::routes())
        .split_for_parts()
});

/// The whole description. Made at the first request for it, since most mocks never receive one.
static DESCRIPTION: LazyLock<Description> = LazyLock::new(|| {
    let mut document = ROUTES.1.clone();
    describe(&mut document);
    Description { json: flattened(&document), document }
});

struct Description {
    document: OpenApi,
    /// The document as it is sent.
    json: Value,
}

/// The router of the control API, with the description outside the issuers.
pub(in crate::control) fn router() -> Router<Issuers> {
    ROUTES
        .0
        .clone()
        .route("/_mock/openapi.json", get(show_outside))
        .route("/_mock/openapi", get(show_page_outside))
}

/// The control API described by OpenAPI 3.1: what `/_mock/openapi.json` answers.
///
/// ```
/// let description = mock_idp::control_api();
/// assert_eq!(description["openapi"], "3.1.0");
/// assert!(description["paths"]["/oauth2/{issuer}/_mock/clock/advance"]["post"].is_object());
/// ```
pub fn control_api() -> Value {
    DESCRIPTION.json.clone()
}

/// The paths below an issuer's `/_mock`.
fn paths() -> impl Iterator<Item = &'static str> {
    ROUTES.1.paths.paths.keys().filter_map(|path| path.strip_prefix(BASE))
}

/// This description
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "Description",
    responses((status = 200, body = Object, description = "OpenAPI 3.1"))
)]
async fn show(_: At) -> Json<&'static Value> {
    show_outside().await
}

async fn show_outside() -> Json<&'static Value> {
    Json(&DESCRIPTION.json)
}

/// This description as a page
#[utoipa::path(
    get,
    path = "/openapi",
    tag = "Description",
    responses((status = 200, body = String, content_type = "text/html", description = "The page"))
)]
async fn show_page(_: At) -> Response {
    show_page_outside().await
}

async fn show_page_outside() -> Response {
    static PAGE: LazyLock<page::DescriptionPage> =
        LazyLock::new(|| page::DescriptionPage::of(&DESCRIPTION.document, &DESCRIPTION.json));
    respond::html(StatusCode::OK, &*PAGE).map(Body::from)
}

/// The operation that a request matches by its path and its method.
fn operation(path: &str, method: &Method) -> Option<&'static Operation> {
    let item = ROUTES.1.paths.paths.get(path)?;
    match *method {
        Method::GET | Method::HEAD => item.get.as_ref(),
        Method::PUT => item.put.as_ref(),
        Method::POST => item.post.as_ref(),
        Method::DELETE => item.delete.as_ref(),
        _ => None,
    }
}

/// Whether the operation exists and changes something.
pub(in crate::control) fn changes(path: &str, method: &Method) -> bool {
    !method.is_safe() && operation(path, method).is_some()
}

/// Whether the operation exists and takes no parameters in its query.
pub(in crate::control) fn takes_no_query(path: &str, method: &Method) -> bool {
    operation(path, method).is_some_and(|operation| !takes_query(operation))
}

/// There is nothing at this path.
async fn nowhere(OriginalUri(uri): OriginalUri) -> Problem {
    let below = uri.path().split_once("/_mock").map_or("", |(_, below)| below);
    let paths: Vec<&str> = paths().collect();
    Problem::not_found(uri.path(), near_miss::nearest(below, paths.iter().copied()), &paths)
}
