//! The running proxy: a handle, and the layers around the endpoints.

use std::{any::Any, io, net::SocketAddr};

use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state, map_response},
    response::{IntoResponse, Response},
};
use fortellis_service::{Limits, Server, StartError};
use tokio::net::TcpListener;
use tower_http::catch_panic::CatchPanicLayer;

use crate::{
    Config, app::App, cors::AllowedOrigins, endpoint, error::Refusal, guard::refuse_foreign_callers,
    protection::protect, request_log,
};

/// The line in the log before any token is shown.
const TOKENS_ARE_SHOWN: &str = "/v1/token and /v1/token/refresh answer with live tokens, as api.py does: the page that \
                                calls shows them and logs them to its console; /v1/api keeps its token here";

/// A running proxy. Dropping it, or awaiting [`Proxy::stop`], ends it and frees the port.
#[derive(Debug)]
#[must_use = "the proxy stops as soon as this value is dropped"]
pub struct Proxy {
    server: Server,
}

impl Proxy {
    /// Serves on a bound listener, and is ready when this returns. Must be called within a tokio runtime.
    ///
    /// Fails if the configuration cannot work, or if an upstream is https and this machine has no CA certificates to
    /// check it with; the error then carries a [`StartError`]. No upstream is called yet: `/readyz` checks
    /// whether it answers.
    pub fn start(listener: TcpListener, config: Config) -> io::Result<Self> {
        Self::start_within(Limits::default(), listener, config)
    }

    /// The same with other limits for connections that do nothing.
    pub fn start_within(limits: Limits, listener: TcpListener, config: Config) -> io::Result<Self> {
        let router = prepare(config).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        let server = Server::start_within(limits, listener, router)?;
        tracing::info!(target: "proxy", "{TOKENS_ARE_SHOWN}");
        Ok(Self { server })
    }

    /// The address really bound.
    pub fn addr(&self) -> SocketAddr {
        self.server.addr()
    }

    /// The base URL, `http://localhost:PORT` without a trailing slash.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Stops listening, lets requests in flight finish for half a second, then returns.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}

/// The endpoints with their layers; the last is the outermost.
fn prepare(config: Config) -> Result<Router, StartError> {
    let allowed = AllowedOrigins::new(&config.allowed_origins)?;
    let app = App::new(config)?;
    let router = endpoint::router()
        .with_state(app)
        .layer(CatchPanicLayer::custom(bug))
        .layer(allowed.layer())
        .layer(from_fn_with_state(allowed, refuse_foreign_callers))
        .layer(map_response(protect))
        .layer(from_fn(request_log::log));
    Ok(router)
}

/// Answers for a handler that panicked. The panic itself is on stderr already.
fn bug(_panic: Box<dyn Any + Send + 'static>) -> Response {
    Refusal::Bug.into_response()
}

#[cfg(test)]
mod tests {
    use axum::{body::to_bytes, routing::get};
    use http::{Request, StatusCode};
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn a_panic_is_answered_in_json() {
        let router = Router::new()
            .route("/", get(async || -> Response { panic!("on purpose") }))
            .layer(CatchPanicLayer::custom(bug));
        let response =
            router.oneshot(Request::get("/").body(axum::body::Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(
            to_bytes(response.into_body(), 1024).await.unwrap(),
            r#"{"error":"server_error","error_description":"the proxy failed; its log has the reason"}"#
        );
    }
}
