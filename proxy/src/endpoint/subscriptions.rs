//! `GET /v1/subscriptions`: which dealers have subscribed to the app, and with which `Subscription-Id`, as Fortellis'
//! Subscriptions API tells the backend ("Using the Subscriptions Endpoint").
//!
//! The list names all of the app's dealers. That is right for a page under development; a real backend
//! shows each user only their own.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};

use super::api;
use crate::{
    app::App,
    backend_call,
    header_name::REQUEST_ID,
    upstream::{Api, ApiBody, ApiCall},
};

pub(super) const PATH: &str = "/v1/subscriptions";

/// Where the Subscriptions API has the list.
const LIST: &str = "/v1/solution/subscriptions";

pub(super) fn route() -> MethodRouter<App> {
    get(list)
}

async fn list(State(app): State<App>, headers: HeaderMap) -> Response {
    let request_id = api::request_id(&headers);
    let headers = HeaderMap::from_iter([
        (header::ACCEPT, HeaderValue::from_static("application/json")),
        (REQUEST_ID, request_id.clone()),
    ]);
    let call = ApiCall {
        api: Api::Subscriptions,
        method: Method::GET,
        path_and_query: LIST.to_owned(),
        headers,
        body: ApiBody::Whole(Bytes::new()),
    };
    let mut response = backend_call::make(&app, call).await.unwrap_or_else(IntoResponse::into_response);
    response.headers_mut().entry(REQUEST_ID).or_insert(request_id);
    response
}
