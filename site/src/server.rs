//! The running site: a handle, and the layers around the endpoints.

use std::{io, net::SocketAddr};

use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state, map_response_with_state},
};
use fortellis_service::{Limits, Server, StartError};
use tokio::net::TcpListener;

use crate::{
    Config, endpoint,
    protection::{Hosts, Protection, protect, refuse_foreign_callers},
    request_log,
};

/// A running site. Dropping it, or awaiting [`Site::stop`], ends it and frees the port.
#[derive(Debug)]
#[must_use = "the site stops as soon as this value is dropped"]
pub struct Site {
    server: Server,
}

impl Site {
    /// Serves on a bound listener, and is ready when this returns. Must be called within a tokio runtime.
    ///
    /// Fails if the configuration cannot work; the error then carries a [`StartError`]. Nothing is called:
    /// the page finds out whether the authorization server, the proxy and the API answer.
    pub fn start(listener: TcpListener, config: Config) -> io::Result<Self> {
        Self::start_within(Limits::default(), listener, config)
    }

    /// The same with other limits for connections that do nothing.
    pub fn start_within(limits: Limits, listener: TcpListener, config: Config) -> io::Result<Self> {
        let router = prepare(config).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        Ok(Self { server: Server::start_within(limits, listener, router)? })
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
    let (hosts, protection) = (Hosts::new(&config), Protection::new(&config));
    let router = endpoint::router(config)?
        .layer(from_fn_with_state(hosts, refuse_foreign_callers))
        .layer(map_response_with_state(protection, protect))
        .layer(from_fn(request_log::log));
    Ok(router)
}
