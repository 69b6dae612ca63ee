//! One call with the backend's own token. It is repeated once with a fresh token if the API does not accept the first.

use axum::{body::Body, response::Response};
use http::{HeaderValue, StatusCode};

use crate::{
    app::App, end_to_end, error::Refusal, mask::Mask, request_log::UpstreamStatus, service_token,
    upstream::ApiCall,
};

/// The largest body of an API call, in bytes.
pub(crate) const BODY_LIMIT: usize = 10 * 1024 * 1024;

/// Makes the call. A token may have been revoked, or its key withdrawn, before it expires: then a fresh one helps, if
/// the
/// body can be sent again. There is no third call, since the API may have reasons of its own.
pub(crate) async fn make(app: &App, call: ApiCall) -> Result<Response, Refusal> {
    let (again, bearer) = (call.again(), bearer(app).await?);
    let answer = app.upstream.api(call, &bearer, BODY_LIMIT).await?;
    if answer.status() != StatusCode::UNAUTHORIZED {
        return Ok(passed_on(answer, &bearer));
    }
    let (true, Some(call)) = (app.service_token.discard(&bearer), again) else {
        return Ok(passed_on(answer, &bearer));
    };
    let bearer = self::bearer(app).await?;
    let answer = app.upstream.api(call, &bearer, BODY_LIMIT).await?;
    if answer.status() == StatusCode::UNAUTHORIZED {
        app.service_token.replacement_refused(&bearer);
    }
    Ok(passed_on(answer, &bearer))
}

async fn bearer(app: &App) -> Result<HeaderValue, Refusal> {
    app.service_token
        .get(|| {
            let app = app.clone();
            async move { service_token::fetch(&app.upstream).await }
        })
        .await
}

/// The API's answer as the caller gets it: its status, its end-to-end header fields and its body, without the token
/// that
/// the caller must not see.
fn passed_on(mut answer: reqwest::Response, bearer: &HeaderValue) -> Response {
    let (status, mask) = (answer.status(), Mask::of(bearer));
    let mut headers = end_to_end::response(std::mem::take(answer.headers_mut()));
    mask.headers(&mut headers);
    let mut response = Response::new(Body::from_stream(mask.body(Box::pin(answer.bytes_stream()))));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response.extensions_mut().insert(UpstreamStatus(status));
    response
}
