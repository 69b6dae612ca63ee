//! Who may call: pages of allowed origins, and programs of this machine.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use fortellis_service::StartError;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::{config, error::Refusal, header_name::REQUEST_ID};

/// How long a browser may remember a preflight's answer.
const MAX_AGE: Duration = Duration::from_mins(10);

/// The origins whose pages may call, compared byte for byte.
#[derive(Debug, Clone)]
pub(crate) struct AllowedOrigins(Arc<[HeaderValue]>);

impl AllowedOrigins {
    /// Fails if one is not what a browser sends.
    pub(crate) fn new(origins: &[String]) -> Result<Self, StartError> {
        origins.iter().map(|origin| config::allowed_origin(origin)).collect::<Result<_, _>>().map(Self)
    }

    /// The layer that lets allowed pages read the answers, and answers preflights.
    pub(crate) fn layer(&self) -> CorsLayer {
        let methods = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
        CorsLayer::new()
            .allow_origin(AllowOrigin::list(self.0.iter().cloned()))
            .allow_methods(methods)
            .allow_headers([header::CONTENT_TYPE, REQUEST_ID])
            .expose_headers([REQUEST_ID, header::RETRY_AFTER])
            .max_age(MAX_AGE)
    }
}

/// Refuses foreign callers before anything else happens.
/// CORS is not enough: it hides the answer from a foreign page, but a simple POST, such as one of `text/plain`, is
/// sent without asking first, and would use up a code or call the API. And a page that reaches this machine by a name
/// of its own (DNS rebinding) counts as the same origin, so the name must be this machine's.
pub(crate) async fn refuse_foreign_callers(
    State(allowed): State<AllowedOrigins>,
    request: Request,
    next: Next,
) -> Response {
    match foreign_caller(&allowed, request.headers()) {
        None => next.run(request).await,
        Some(refusal) => ([(header::VARY, "origin")], refusal).into_response(),
    }
}

fn foreign_caller(allowed: &AllowedOrigins, headers: &HeaderMap) -> Option<Refusal> {
    let text = |name: HeaderName| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()));
    if let Some(host) = text(header::HOST)
        && !fortellis_service::is_loopback(&format!("http://{host}"))
    {
        return Some(Refusal::ForeignHost { host: host.into_owned() });
    }
    // Browsers send one Origin at most. If there are more, each must be allowed.
    let foreign = headers.get_all(header::ORIGIN).iter().find(|origin| !allowed.0.contains(origin));
    foreign.map(|origin| Refusal::ForeignOrigin {
        origin: String::from_utf8_lossy(origin.as_bytes()).into_owned(),
    })
}
