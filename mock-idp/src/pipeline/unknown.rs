//! Requests that no issuer answers: the name cannot be an issuer's, or nothing is at the path.

use axum::extract::Request;
use http::{HeaderName, Method};

use super::cors;
use crate::{
    endpoint::row::{Cors, Row},
    issuers::{DEFAULT, Issuers},
    protocol::endpoint::Endpoint,
    refusal::GatewayRefusal,
    respond::{Response, gateway_error, unknown_issuer, unknown_path, with_request_id},
};

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

/// Okta's answer where no issuer has this name. `default` makes what identifies the answer.
pub(super) fn issuer(row: &Row, name: &str, request: &Request, issuers: &Issuers) -> Response {
    let default = issuers.get_or_make(DEFAULT);
    if request.method() == Method::OPTIONS
        && matches!(row.cors, Cors::Open(_))
        && let Some(response) = default.step(|step| cors::options(row, request.headers(), step.directory))
    {
        return response;
    }
    let mut response = match row.endpoint {
        // An issuer that does not exist has no API either.
        Endpoint::Gateway => {
            let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
            let refusal = GatewayRefusal::ApiUnknown { method, path, near: None };
            let sent = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).map(str::trim);
            let id = sent.filter(|id| !id.is_empty()).map(str::to_owned);
            let id = id.unwrap_or_else(|| default.step(|step| step.entropy.request_id()));
            with_request_id(gateway_error(&refusal, default.gateway()), &id)
        }
        _ => unknown_issuer(name, default.step(|step| step.entropy.error_id())),
    };
    if matches!(row.cors, Cors::Open(_)) {
        cors::allow(row, request.method(), response.headers_mut(), None);
    }
    response
}

/// Okta's answer where nothing is at a path.
pub(crate) fn path(path: &str, issuers: &Issuers) -> Response {
    let error_id = issuers.get_or_make(DEFAULT).step(|step| step.entropy.error_id());
    unknown_path(path, error_id)
}
