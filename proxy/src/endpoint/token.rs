//! `POST /v1/token`: redeems a code for tokens. The tutorial's `api.py` does only this.

use axum::{
    extract::{DefaultBodyLimit, State, rejection::BytesRejection},
    response::{IntoResponse, Response},
    routing::{MethodRouter, post},
};
use bytes::Bytes;
use http::{HeaderMap, header};
use serde::Deserialize;

use super::body::{TOKEN_BODY_LIMIT, json, media_type, whole_body};
use crate::{app::App, error::Refusal, grant, request_log::UpstreamStatus, upstream::TokenAnswer};

pub(super) const PATH: &str = "/v1/token";

/// What a body may be.
const EXPECTED: &str = "the authorization code as text, or JSON {\"code\", \"code_verifier\"?} with Content-Type \
                        application/json; the code is the value of \"code\" in the URL that the sign-in came back to";

pub(super) fn route() -> MethodRouter<App> {
    post(redeem).layer(DefaultBodyLimit::max(TOKEN_BODY_LIMIT))
}

/// An authorization code, and PKCE's verifier if the page made a challenge.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeRequest {
    code: String,
    code_verifier: Option<String>,
}

async fn redeem(
    State(app): State<App>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let body = whole_body(body, TOKEN_BODY_LIMIT)?;
    let CodeRequest { code, code_verifier } = read(&media_type(&headers), &body)?;
    let form = grant::authorization_code(&app.redirect_uri, &code, code_verifier.as_deref());
    app.upstream.token(form).await.map(IntoResponse::into_response)
}

/// Reads the code from what the tutorial's page sends (`text/plain`), from what `curl --data` sends
/// (labelled as a form, but the code is the whole body), or from JSON.
fn read(media_type: &str, body: &[u8]) -> Result<CodeRequest, Refusal> {
    let request = match media_type {
        "application/json" => json(body, EXPECTED)?,
        "" | "text/plain" | "application/x-www-form-urlencoded" => {
            let Ok(text) = std::str::from_utf8(body) else {
                return Err(Refusal::InvalidRequest(format!("the body is not UTF-8; expected {EXPECTED}")));
            };
            CodeRequest { code: text.trim().to_owned(), code_verifier: None }
        }
        found => {
            return Err(Refusal::UnsupportedMediaType { found: found.to_owned(), expected: EXPECTED });
        }
    };
    if request.code.is_empty() {
        return Err(Refusal::InvalidRequest(format!("there is no code; expected {EXPECTED}")));
    }
    Ok(request)
}

impl IntoResponse for TokenAnswer {
    /// The authorization server's status and JSON, byte for byte; never stored (RFC 6749 §5.1).
    fn into_response(self) -> Response {
        let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
        let mut response = (self.status, headers, self.body).into_response();
        response.extensions_mut().insert(UpstreamStatus(self.status));
        if let Some(retry_after) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, retry_after);
        }
        response
    }
}
