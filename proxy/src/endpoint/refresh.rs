//! `POST /v1/token/refresh`: a refresh token becomes fresh tokens.

use axum::{
    extract::{DefaultBodyLimit, State, rejection::BytesRejection},
    response::{IntoResponse, Response},
    routing::{MethodRouter, post},
};
use bytes::Bytes;
use http::HeaderMap;
use serde::Deserialize;

use super::body::{TOKEN_BODY_LIMIT, json, media_type, whole_body};
use crate::{app::App, error::Refusal, grant};

pub(super) const PATH: &str = "/v1/token/refresh";

const EXPECTED: &str = "JSON {\"refresh_token\", \"scope\"?} with Content-Type application/json";

pub(super) fn route() -> MethodRouter<App> {
    post(refresh).layer(DefaultBodyLimit::max(TOKEN_BODY_LIMIT))
}

/// A refresh token, and a scope that narrows what was granted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Refresh {
    refresh_token: String,
    scope: Option<String>,
}

async fn refresh(
    State(app): State<App>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let body = whole_body(body, TOKEN_BODY_LIMIT)?;
    let Refresh { refresh_token, scope } = read(media_type(&headers), &body)?;
    let form = grant::refresh_token(&refresh_token, scope.as_deref());
    app.upstream.token(form).await.map(IntoResponse::into_response)
}

fn read(media_type: String, body: &[u8]) -> Result<Refresh, Refusal> {
    if media_type != "application/json" {
        let found = if media_type.is_empty() { "a body without Content-Type".to_owned() } else { media_type };
        return Err(Refusal::UnsupportedMediaType { found, expected: EXPECTED });
    }
    let refresh: Refresh = json(body, EXPECTED)?;
    if refresh.refresh_token.is_empty() {
        return Err(Refusal::InvalidRequest(format!("refresh_token is empty; expected {EXPECTED}")));
    }
    Ok(refresh)
}
