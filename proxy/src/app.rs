//! What the endpoints share while the proxy runs.

use std::sync::Arc;

use fortellis_service::StartError;
use http::HeaderValue;

use crate::{Config, config, service_token::ServiceToken, upstream::Upstream};

/// What the endpoints need; cheap to clone.
#[derive(Clone)]
pub(crate) struct App(Arc<Parts>);

/// What is behind an [`App`].
pub(crate) struct Parts {
    pub(crate) upstream: Upstream,
    pub(crate) service_token: ServiceToken,
    pub(crate) redirect_uri: String,
    pub(crate) subscription_id: HeaderValue,
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
