//! An upstream that records what it is sent and answers as it is told, a proxy in front of it, and whole answers.

use std::{
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::Request,
    response::Response,
};
use fixtures::tutorial_app;
use fortellis_service::{AuthServer, Credentials, Secret, Server};
use http::{HeaderMap, Method, StatusCode};
use proxy::{Config, Proxy};
use reqwest::redirect::Policy;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// The page's origin.
pub(crate) const PAGE: &str = fixtures::defaults::SITE_ORIGIN;
/// What a token endpoint grants.
pub(crate) const GRANTED: &str =
    r#"{"token_type":"Bearer","expires_in":3600,"access_token":"service-token-1","scope":"anonymous"}"#;

/// A request as the upstream received it.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) method: Method,
    pub(crate) path_and_query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Received {
    /// The request line, the header but for `Host`, and the body, as text.
    pub(crate) fn text(&self) -> String {
        let body = String::from_utf8_lossy(&self.body);
        format!("{} {}\n{}\n{body}", self.method, self.path_and_query, header_lines(&self.headers))
    }

    /// One field of the header; empty if it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// A server upstream of the proxy.
pub(crate) struct Upstream {
    server: Server,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Upstream {
    /// Answers each request with what `answer` makes of it; `None` means never.
    pub(crate) async fn start(
        answer: impl Fn(&Received) -> Option<Response> + Send + Sync + 'static,
    ) -> Self {
        let received = Arc::new(Mutex::new(Vec::new()));
        let answer = Arc::new(answer);
        let record = Arc::clone(&received);
        let router = Router::new().fallback(async move |request: Request| {
            let request = receive(request).await;
            record.lock().unwrap().push(request.clone());
            match answer(&request) {
                Some(response) => response,
                None => std::future::pending().await,
            }
        });
        let server = Server::start(any_port().await, router).unwrap();
        Self { server, received }
    }

    /// Answers every request with this status and JSON.
    pub(crate) async fn json(status: u16, body: &'static str) -> Self {
        Self::start(move |_| Some(json(status, body))).await
    }

    /// Grants `service-token-1`, `-2` and so on at the token endpoint; everything else goes to `api`, with how many
    /// tokens have been granted so far.
    pub(crate) async fn granting(
        expires_in: u64,
        api: impl Fn(&Received, usize) -> Response + Send + Sync + 'static,
    ) -> Self {
        let granted = Mutex::new(0);
        Self::start(move |request| {
            let mut granted = granted.lock().unwrap();
            if request.path_and_query != "/oauth2/default/v1/token" {
                return Some(api(request, *granted));
            }
            *granted += 1;
            let body = format!(
                r#"{{"token_type":"Bearer","expires_in":{expires_in},"access_token":"service-token-{granted}"}}"#
            );
            Some(json(200, body))
        })
        .await
    }

    /// Everything received so far, in order.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// The one request received.
    #[track_caller]
    pub(crate) fn only(&self) -> Received {
        let received = self.received();
        assert_eq!(received.len(), 1, "{received:#?}");
        received.into_iter().next().unwrap()
    }

    /// What was received at one path.
    pub(crate) fn received_at(&self, path: &str) -> Vec<Received> {
        self.received().into_iter().filter(|request| request.path_and_query == path).collect()
    }

    pub(crate) fn token_requests(&self) -> usize {
        self.received_at("/oauth2/default/v1/token").len()
    }

    /// Waits until so many tokens have been asked for.
    pub(crate) async fn token_requests_reach(&self, count: usize) {
        while self.token_requests() < count {
            tokio::task::yield_now().await;
        }
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// A configuration that makes this server both upstreams.
    pub(crate) fn config(&self) -> Config {
        config(&self.url())
    }

    /// A proxy in front of this server.
    pub(crate) async fn proxy(&self) -> TestProxy {
        TestProxy::start(self.config()).await
    }
}

/// The demo app's configuration with both upstreams at `base`.
pub(crate) fn config(base: &str) -> Config {
    Config {
        auth_server: AuthServer {
            issuer: format!("{base}/oauth2/default"),
            loopback: true,
            api_key: tutorial_app::API_KEY.to_owned(),
            redirect_uri: tutorial_app::TUTORIAL_REDIRECT_URI.to_owned(),
        },
        credentials: Credentials {
            api_key: tutorial_app::API_KEY.to_owned(),
            api_secret: Secret::new(tutorial_app::API_SECRET),
        },
        api_url: format!("{base}/api/default"),
        subscriptions_url: format!("{base}/subscriptions/default"),
        subscription_id: fixtures::SUBSCRIPTION_ID.to_owned(),
        allowed_origins: vec![PAGE.to_owned()],
        timeout: proxy::DEFAULT_TIMEOUT,
    }
}

/// A configuration whose upstreams never answer in time.
pub(crate) fn impatient(upstream: &Upstream) -> Config {
    Config { timeout: Duration::from_millis(50), ..upstream.config() }
}

/// A running proxy, and a client for it that follows nothing.
pub(crate) struct TestProxy {
    url: String,
    client: reqwest::Client,
    /// The base URL of its upstreams, which answers name.
    upstream: String,
    /// Where it runs in this process: it stops with this value.
    _server: Option<Proxy>,
}

impl TestProxy {
    /// Starts a proxy.
    pub(crate) async fn start(config: Config) -> Self {
        let upstream = config.api_url.trim_end_matches("/api/default").to_owned();
        let server = Proxy::start(any_port().await, config).unwrap();
        let url = server.url();
        Self { _server: Some(server), ..Self::at(url, upstream) }
    }

    /// Calls a proxy that runs elsewhere.
    pub(crate) fn at(url: String, upstream: String) -> Self {
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .tls_certs_only([])
            .build()
            .unwrap();
        Self { url, client, upstream, _server: None }
    }

    /// A request to a path of the proxy.
    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// Posts the code as the tutorial's page does: as text, from its origin.
    pub(crate) async fn post_code(&self, code: impl Into<reqwest::Body>) -> Answer {
        let request = self.request(Method::POST, "/v1/token");
        self.send(
            request.header("origin", PAGE).header("content-type", "text/plain;charset=UTF-8").body(code),
        )
        .await
    }

    pub(crate) async fn post_json(&self, path: &str, body: impl Into<reqwest::Body>) -> Answer {
        let request = self.request(Method::POST, path);
        self.send(request.header("content-type", "application/json").body(body)).await
    }

    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let status = response.status();
        let headers = response.headers().clone();
        let body = String::from_utf8_lossy(&response.bytes().await.unwrap()).into_owned();
        Answer { status, headers, body: body.replace(&self.upstream, "http://upstream") }
    }

    /// Sends a request line that no client library would, and gives the whole answer back as text.
    pub(crate) async fn raw(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.url.trim_start_matches("http://")).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }
}

/// What the proxy answered. Prints as the status line, the header but for `Date` and
/// `Content-Length`, and the body.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    /// One field of the header; empty if it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The `error` of a JSON error.
    #[track_caller]
    pub(crate) fn error(&self) -> String {
        let body: serde_json::Value = serde_json::from_str(&self.body).expect(&self.body);
        body["error"].as_str().expect(&self.body).to_owned()
    }

    /// The names of CORS' answer fields that are there.
    pub(crate) fn cors_fields(&self) -> Vec<&str> {
        self.headers.keys().map(http::HeaderName::as_str).filter(|name| name.starts_with("access-")).collect()
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Where the body names an upstream, its length differs with the port.
        let mut headers = self.headers.clone();
        headers.remove("content-length");
        write!(f, "{}\n{}\n{}", self.status, header_lines(&headers), self.body)
    }
}

/// A JSON answer.
pub(crate) fn json(status: u16, body: impl Into<Body>) -> Response {
    answer(status, "application/json", body)
}

/// An answer with a Content-Type.
pub(crate) fn answer(status: u16, content_type: &str, body: impl Into<Body>) -> Response {
    Response::builder().status(status).header("content-type", content_type).body(body.into()).unwrap()
}

/// Lets time pass at once; then it runs on as ever.
pub(crate) async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

/// A listener on a free port.
pub(crate) async fn any_port() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

async fn receive(request: Request) -> Received {
    let (parts, body) = request.into_parts();
    Received {
        method: parts.method,
        path_and_query: parts.uri.path_and_query().unwrap().as_str().to_owned(),
        headers: parts.headers,
        body: to_bytes(body, usize::MAX).await.unwrap(),
    }
}

/// The header, one line a field, sorted by name, without what differs from run to run.
fn header_lines(headers: &HeaderMap) -> String {
    let mut lines: Vec<_> = headers
        .iter()
        .filter(|(name, _)| !["date", "host"].contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap()))
        .collect();
    lines.sort();
    lines.concat()
}
