//! The mock as a value: it serves while the value lives.

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, LazyLock},
    task::{Context, Poll},
};

use axum::{body::Body, extract::Request, response::Response};
use bytes::Bytes;
use fortellis_service::{Accept, Server};
use http::{HeaderValue, Uri, header, uri::PathAndQuery};
use http_body_util::BodyExt;
use tokio::net::{TcpListener, TcpStream};
use tower::{Service, ServiceExt};

use crate::{
    config::Config,
    control,
    issuer::Issuer,
    issuers::{DEFAULT, Issuers},
    pipeline::Pipeline,
    tls::Tls,
    wire::{Plain, Transport, Wire, WireStream},
};

/// A running mock. Dropping it, or awaiting [`MockIdp::stop`], ends it and frees its port.
///
/// ```
/// use mock_idp::MockIdp;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let idp = MockIdp::start().await?;
/// let metadata = format!("{}/oauth2/default/.well-known/openid-configuration", idp.url());
/// let metadata: serde_json::Value = reqwest::get(metadata).await?.json().await?;
/// assert_eq!(metadata["issuer"], idp.default_issuer().url());
///
/// let addr = idp.addr();
/// idp.stop().await;
/// assert!(std::net::TcpListener::bind(addr).is_ok()); // its port is free again
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "the mock stops as soon as this value is dropped"]
pub struct MockIdp {
    server: Server,
    routes: Routes,
    held_back: HeldBack,
    local_url: String,
}

/// Lets go of the answers that faults hold back, when it is dropped.
#[derive(Debug)]
struct HeldBack(Issuers);

impl Drop for HeldBack {
    fn drop(&mut self) {
        self.0.stop();
    }
}

/// The routes of all requests. Those of the control API are made at the first request for one of them: they take most
/// of the time of a start, and many tests never call the control API.
#[derive(Debug, Clone)]
struct Routes {
    issuers: Issuers,
    control: Control,
}

/// The routes beside the endpoints: the control API, `/healthz`, and what is nowhere.
type Control = Arc<LazyLock<axum::Router, Box<dyn FnOnce() -> axum::Router + Send>>>;

impl Routes {
    fn new(issuers: Issuers) -> Self {
        let of_control = issuers.clone();
        let control: Box<dyn FnOnce() -> axum::Router + Send> = Box::new(|| control::router(of_control));
        Self { issuers, control: Arc::new(LazyLock::new(control)) }
    }

    /// What answers the requests of one connection.
    fn requests(&self, wire: Wire) -> Requests {
        Requests { pipeline: Pipeline::new(self.issuers.clone(), wire), control: self.control.clone() }
    }
}

/// Serves each connection.
#[derive(Clone)]
struct Connections<T> {
    routes: Routes,
    transport: T,
}

impl<T: Transport> Accept for Connections<T> {
    type Stream = T::Stream;
    type Service = Requests;

    async fn accept(&self, tcp: TcpStream) -> io::Result<(T::Stream, Requests)> {
        let (stream, wire) = WireStream::new(tcp);
        let stream = self.transport.secure(stream).await?;
        Ok((stream, self.routes.requests(wire)))
    }
}

/// Answers the requests of one connection.
#[derive(Clone)]
struct Requests {
    pipeline: Pipeline,
    control: Control,
}

impl Requests {
    async fn answer(self, request: Request) -> Result<Response, Infallible> {
        match self.pipeline.answer(request).await {
            Ok(response) => Ok(response),
            Err(request) => (**self.control).clone().oneshot(request).await,
        }
    }
}

impl Service<Request> for Requests {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        Box::pin(self.clone().answer(request))
    }
}

impl MockIdp {
    /// Starts a mock with the demo data on a free port of this machine. It is ready when this returns.
    pub async fn start() -> io::Result<Self> {
        Self::serve("http", TcpListener::bind("127.0.0.1:0").await?, Config::demo(), Plain)
    }

    /// Starts a mock on a listener that is already bound, with a configuration of your own. It is ready when this
    /// returns: a bound listener queues connections. Must be called within a tokio runtime.
    ///
    /// ```
    /// # use mock_idp::{Config, MockIdp};
    /// # use tokio::net::TcpListener;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let config = Config { strict_issuers: true, ..Config::demo() };
    /// let idp = MockIdp::start_on(TcpListener::bind("127.0.0.1:0").await?, config)?;
    /// assert!(idp.try_issuer("somebody-mistyped").is_none());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// A directory that cannot work is refused with [`io::ErrorKind::InvalidInput`]. The message names every flaw.
    ///
    /// ```
    /// # use mock_idp::{Config, MockIdp};
    /// # use tokio::net::TcpListener;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut config = Config::demo();
    /// config.directory.users[1].username = config.directory.users[0].username.clone();
    /// let refused = MockIdp::start_on(TcpListener::bind("127.0.0.1:0").await?, config).unwrap_err();
    /// assert_eq!(
    ///     refused.to_string(),
    ///     "the configuration has a flaw:\n\
    ///      users[1].username: user subscriber@example.com appears twice; give each user their own name"
    /// );
    /// # Ok(())
    /// # }
    /// ```
    pub fn start_on(listener: TcpListener, config: Config) -> io::Result<Self> {
        config.check()?;
        Self::serve("http", listener, config, Plain)
    }

    /// The same over https. A directory that cannot work is refused as by [`MockIdp::start_on`].
    ///
    /// ```
    /// # use mock_idp::{Clock, Config, MockIdp, Tls};
    /// # use tokio::net::TcpListener;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let dir = tempfile::tempdir()?;
    /// let tls = Tls::from_local_ca(dir.path(), &[], Clock::default().now())?;
    /// let idp = MockIdp::start_https_on(TcpListener::bind("127.0.0.1:0").await?, Config::demo(), &tls)?;
    ///
    /// let ca = std::fs::read(tls.ca().expect("it is of the local CA"))?;
    /// let client = reqwest::Client::builder()
    ///     .tls_certs_only([reqwest::Certificate::from_pem(&ca)?])
    ///     .build()?;
    /// let answer = client.get(format!("{}/healthz", idp.url())).send().await?;
    /// assert!(idp.url().starts_with("https://localhost:") && answer.status().is_success());
    /// # Ok(())
    /// # }
    /// ```
    pub fn start_https_on(listener: TcpListener, config: Config, tls: &Tls) -> io::Result<Self> {
        config.check()?;
        Self::serve("https", listener, config, tls.acceptor())
    }

    fn serve(
        scheme: &str,
        listener: TcpListener,
        config: Config,
        transport: impl Transport,
    ) -> io::Result<Self> {
        let limits = config.limits;
        let local_url = format!("{scheme}://localhost:{}", listener.local_addr()?.port());
        let issuers = Issuers::new(config, &local_url);
        let routes = Routes::new(issuers.clone());
        let connections = Connections { routes: routes.clone(), transport };
        let server = Server::start_within(limits, listener, connections)?;
        Ok(Self { server, routes, held_back: HeldBack(issuers), local_url })
    }

    /// The base URL that issuers stand below, without a trailing slash.
    ///
    /// ```
    /// # use mock_idp::{Config, MockIdp};
    /// # use tokio::net::TcpListener;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// let config = Config { issuer_url: Some("https://idp.test".to_owned()), ..Config::demo() };
    /// let idp = MockIdp::start_on(listener, config)?;
    /// assert_eq!(idp.url(), "https://idp.test"); // what tokens and metadata say
    /// assert_eq!(idp.local_url(), format!("http://localhost:{}", idp.addr().port())); // where it listens
    /// assert_eq!(idp.default_issuer().url(), "https://idp.test/oauth2/default");
    /// # Ok(())
    /// # }
    /// ```
    pub fn url(&self) -> &str {
        self.routes.issuers.base_url()
    }

    /// Where it is reached on this machine: the base URL of the port really bound, whatever it advertises.
    pub fn local_url(&self) -> &str {
        &self.local_url
    }

    /// The address really bound.
    pub fn addr(&self) -> SocketAddr {
        self.server.addr()
    }

    /// The issuer of this name, which comes to life at its first use: 1 to 64 of `A-Za-z0-9_-`. Issuers share
    /// nothing, so tests that run side by side take one each. It is not forgotten while you hold it.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use mock_idp::MockIdp;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let idp = MockIdp::start().await?;
    /// let (one, other) = (idp.issuer("one-test"), idp.issuer("another-test"));
    /// one.advance(Duration::from_secs(3600));
    /// assert!(one.clock().now() > other.clock().now());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    /// For a name that no issuer can have.
    #[track_caller]
    pub fn issuer(&self, name: &str) -> Arc<Issuer> {
        self.try_issuer(name).unwrap_or_else(|| {
            panic!("no issuer can have the name {name:?}: expected 1 to 64 of A-Z a-z 0-9 _ - (and a known one while issuers are strict)")
        })
    }

    /// The same for a name that somebody has typed: `None` for one that no issuer can have.
    pub fn try_issuer(&self, name: &str) -> Option<Arc<Issuer>> {
        self.routes.issuers.named(name)
    }

    /// The issuer that exists from the start.
    pub fn default_issuer(&self) -> Arc<Issuer> {
        self.routes.issuers.get_or_make(DEFAULT)
    }

    /// Answers one request without a socket, with the same routes as over a connection: the endpoints of every issuer, the
    /// control API, `/healthz`. Only path and query of the URL select the route. A request without the header `Host` gets
    /// one: the host of the URL, or else the mock's own.
    ///
    /// The answer is complete when this returns, so it is not for `/_mock/events`, which never ends.
    ///
    /// ```
    /// # use bytes::Bytes;
    /// # use mock_idp::{Endpoint, Fault, MockIdp};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let idp = MockIdp::start().await?;
    /// let keys = || http::Request::get("/oauth2/default/v1/keys").body(Bytes::new());
    /// let answer = idp.answer(keys()?).await?;
    /// assert_eq!(answer.headers()["content-type"], "application/json");
    /// let set: serde_json::Value = serde_json::from_slice(answer.body())?;
    /// assert_eq!(set["keys"][0]["kty"], "RSA");
    ///
    /// idp.default_issuer().fail_next(Endpoint::Keys, Fault::reset());
    /// let error = idp.answer(keys()?).await.unwrap_err();
    /// assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Where a fault breaks the connection there is no whole answer: `reset` gives [`io::ErrorKind::ConnectionReset`],
    /// `truncate` gives [`io::ErrorKind::ConnectionAborted`]. With `hang` this does not return.
    pub async fn answer(&self, request: http::Request<Bytes>) -> io::Result<http::Response<Bytes>> {
        let wire = Wire::default();
        let request = self.as_received(request).map(Body::from);
        let Ok(response) = self.routes.requests(wire.clone()).answer(request).await;
        if let Some(broken) = wire.broken() {
            return Err(broken.into());
        }
        let (parts, body) = response.into_parts();
        // A body that is made in process breaks off only where a fault truncates it.
        let whole = body.collect().await.map_err(|_| io::ErrorKind::ConnectionAborted)?;
        Ok(Response::from_parts(parts, whole.to_bytes()))
    }

    /// A request as it comes over a connection: path and query, and the host in a header (RFC 9112 §3.2.1).
    fn as_received(&self, mut request: http::Request<Bytes>) -> http::Request<Bytes> {
        let uri = std::mem::take(request.uri_mut());
        let host = uri.authority().map_or_else(
            || format!("localhost:{}", self.addr().port()),
            |authority| authority.as_str().rsplit('@').next().unwrap_or_default().to_owned(),
        );
        if let Ok(host) = HeaderValue::try_from(host) {
            request.headers_mut().entry(header::HOST).or_insert(host);
        }
        let path = uri.into_parts().path_and_query.unwrap_or_else(|| PathAndQuery::from_static("/"));
        *request.uri_mut() = Uri::from(path);
        request
    }

    /// Stops the mock and waits until its port is free.
    pub async fn stop(self) {
        drop(self.held_back);
        self.server.stop().await;
    }
}
