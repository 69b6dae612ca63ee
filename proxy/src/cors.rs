//! The origins whose pages may call and read the answers.

use std::{sync::Arc, time::Duration};

use fortellis_service::StartError;
use http::{HeaderValue, Method, header};
use tower_http::cors::{AllowOrigin, CorsLayer};
use url::Url;

use crate::{config, header_name::REQUEST_ID};

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

    pub(crate) fn contains(&self, origin: &HeaderValue) -> bool {
        self.0.contains(origin)
    }

    /// The allowed origin that a text means without being written like it: in upper case, with a slash, with the
    /// default port.
    pub(crate) fn meant_by(&self, text: &str) -> Option<String> {
        let meant = Url::parse(text).ok()?.origin().ascii_serialization();
        self.0.iter().any(|allowed| *allowed == meant).then_some(meant)
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
