//! The endpoints, one file each, and what they share.

mod api;
mod health;
mod refresh;
mod subscriptions;
mod token;

use std::sync::Arc;

use axum::{Router, extract::rejection::BytesRejection};
use bytes::Bytes;
use fortellis_service::StartError;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use serde::de::DeserializeOwned;

use crate::{Config, config, error::Refusal, service_token::ServiceToken, upstream::Upstream};

pub(crate) use api::BODY_LIMIT;

/// Names one API call, from the caller through to the API and back.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
/// Says for which dealer an API is called.
pub(crate) const SUBSCRIPTION_ID: HeaderName = HeaderName::from_static("subscription-id");

/// The largest body of a token request, in bytes.
const TOKEN_BODY_LIMIT: usize = 16 * 1024;

/// What the endpoints need; cheap to clone.
#[derive(Clone)]
pub(crate) struct App(Arc<Parts>);

/// What is behind an [`App`].
pub(crate) struct Parts {
    pub(crate) upstream: Upstream,
    pub(crate) service_token: ServiceToken,
    redirect_uri: String,
    subscription_id: HeaderValue,
}

impl App {
    pub(crate) fn new(config: Config) -> Result<Self, StartError> {
        Ok(Self(Arc::new(Parts {
            upstream: Upstream::new(&config)?,
            service_token: ServiceToken::default(),
            subscription_id: config::subscription_id(&config.subscription_id)?,
            redirect_uri: config.auth_server.redirect_uri,
        })))
    }
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// Every endpoint, and the answers for what is none.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route(token::PATH, token::route())
        .route(refresh::PATH, refresh::route())
        .route(api::PATH, api::route())
        .route(subscriptions::PATH, subscriptions::route())
        .route(health::ALIVE_PATH, health::alive())
        .route(health::READY_PATH, health::ready())
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(not_found)
}

async fn not_found(uri: Uri) -> Refusal {
    Refusal::NotFound { path: uri.path().to_owned() }
}

async fn method_not_allowed(method: Method, uri: Uri) -> Refusal {
    Refusal::MethodNotAllowed { method, path: uri.path().to_owned() }
}

/// The whole body, or why there is none.
fn whole_body(body: Result<Bytes, BytesRejection>, limit: usize) -> Result<Bytes, Refusal> {
    body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::PayloadTooLarge { limit },
        _ => Refusal::InvalidRequest("the body broke off before its end".to_owned()),
    })
}

/// The media type without its parameters, in lower case; empty where none is said.
fn media_type(headers: &HeaderMap) -> String {
    let content_type =
        headers.get(header::CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()));
    content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Reads a JSON body, or says what was expected.
fn json<T: DeserializeOwned>(body: &[u8], expected: &str) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| {
        Refusal::InvalidRequest(format!("the body is not the expected JSON ({error}); expected {expected}"))
    })
}
