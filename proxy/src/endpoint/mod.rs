//! The endpoints, one file each, and the answers for every other path.

mod api;
mod body;
mod health;
mod refresh;
mod subscriptions;
mod token;

use axum::Router;
use http::{Method, Uri};

use crate::{app::App, error::Refusal};

/// Every endpoint, and the answers for every other path and method.
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
