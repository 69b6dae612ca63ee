//! A running site with the demo app's settings, and whole answers.

use std::fmt;

use fixtures::{defaults, tutorial_app};
use fortellis_service::AuthServer;
use reqwest::{Client, Method, RequestBuilder, StatusCode, header::HeaderMap, redirect::Policy};
use site::{Config, Site};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// The demo app's configuration.
pub(crate) fn config() -> Config {
    Config {
        auth_server: AuthServer {
            issuer: defaults::AUTH_SERVER_URL.to_owned(),
            loopback: true,
            api_key: tutorial_app::API_KEY.to_owned(),
            redirect_uri: tutorial_app::REDIRECT_URI.to_owned(),
        },
        scope: defaults::SCOPE.to_owned(),
        proxy_url: defaults::PROXY_URL.to_owned(),
        api_url: defaults::API_URL.to_owned(),
        subscription_id: fixtures::SUBSCRIPTION_ID.to_owned(),
    }
}

/// The same with another Callback URL.
pub(crate) fn with_callback(redirect_uri: &str) -> Config {
    let mut config = config();
    redirect_uri.clone_into(&mut config.auth_server.redirect_uri);
    config
}

/// A listener on a free port.
pub(crate) async fn any_port() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

/// A site, and a client for it that follows nothing.
pub(crate) struct TestSite {
    url: String,
    client: Client,
    /// Where it runs in this process: it stops with this value.
    _server: Option<Site>,
}

impl TestSite {
    /// Starts a site with the demo app's settings.
    pub(crate) async fn demo() -> Self {
        Self::start(config()).await
    }

    /// Starts a site.
    pub(crate) async fn start(config: Config) -> Self {
        let server = Site::start(any_port().await, config).unwrap();
        Self { url: server.url(), _server: Some(server), ..Self::at(String::new()) }
    }

    /// Calls a site that runs elsewhere.
    pub(crate) fn at(url: String) -> Self {
        let client =
            Client::builder().no_proxy().redirect(Policy::none()).tls_certs_only([]).build().unwrap();
        Self { url, client, _server: None }
    }

    /// A request to a path.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        Answer {
            status: response.status(),
            headers: response.headers().clone(),
            body: response.text().await.unwrap(),
        }
    }

    /// Sends a request that no client library would, and gives the whole answer back as text.
    pub(crate) async fn raw(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.url.trim_start_matches("http://")).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }
}

/// What the site answered. Prints as the status line, the header but for `Date` and
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

    /// The header, one line a field, sorted by name, without what differs from run to run or with every word.
    pub(crate) fn header_lines(&self) -> String {
        let mut lines: Vec<_> = self
            .headers
            .iter()
            .filter(|(name, _)| !["content-length", "date"].contains(&name.as_str()))
            .map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap()))
            .collect();
        lines.sort();
        lines.concat()
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\n{}", self.status, self.header_lines(), self.body)
    }
}
