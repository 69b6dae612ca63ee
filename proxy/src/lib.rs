//! The tutorial's proxy: the counterpart of `api.py`, with the checks that the tutorial omits.
//!
//! A page must not hold the app's API Secret, and Fortellis' token endpoint does
//! not allow pages of other origins. So the page posts its authorization code here, and this backend changes it into
//! tokens.
//!
//! | path | method | |
//! |---|---|---|
//! | `/v1/token` | POST | the code as text, or JSON `{"code", "code_verifier"?}`; the authorization server's status and JSON come back |
//! | `/v1/token/refresh` | POST | JSON `{"refresh_token", "scope"?}`; likewise |
//! | `/v1/api/{path}` | any | the API, called with the backend's own token, `Subscription-Id` and `Request-Id` |
//! | `/v1/subscriptions` | GET | the app's subscriptions, asked for with the same token |
//! | `/healthz`, `/readyz` | GET | alive; the authorization server answers |
//! Errors of the proxy are JSON, `{"error", "error_description"}`. Only pages of allowed origins may call, and only on
//! loopback addresses. Secrets, codes and tokens are never logged.
//!
//! | | |
//! |---|---|
//! | who may call | a request with `Sec-Fetch-Site: cross-site` or `same-site` needs an allowed `Origin`; a navigation to `/v1/…` is refused; programs send neither field and may call |
//! | what an answer may do | nothing: every answer carries `nosniff`, a `Content-Security-Policy` that runs nothing and a `Cross-Origin-Resource-Policy`; the API's `Set-Cookie`, `Clear-Site-Data`, `Alt-Svc`, `Refresh` and the like are removed, its 101 is refused |
//! | compression | upstreams are asked for `identity`; a compressed answer is 502, since the proxy's token could not be found in it |
//! | time-out | it includes the wait in the proxy's queue; the 504 says whether the queue or the API took too long |
//!
//! ```no_run
//! use fortellis_service::{AuthServer, Credentials, Secret};
//! use proxy::{Config, Proxy};
//! use tokio::net::TcpListener;
//!
//! # async fn example() -> std::io::Result<()> {
//! let config = Config {
//!     auth_server: AuthServer {
//!         issuer: "http://localhost:9100/oauth2/default".to_owned(),
//!         loopback: true,
//!         api_key: "TutorialAppKey000000000000000001".to_owned(),
//!         redirect_uri: "http://localhost:8080/".to_owned(),
//!     },
//!     credentials: Credentials {
//!         api_key: "TutorialAppKey000000000000000001".to_owned(),
//!         api_secret: Secret::new("tutorialSecret01"),
//!     },
//!     api_url: "http://localhost:9100/api/default".to_owned(),
//!     subscriptions_url: "http://localhost:9100/subscriptions/default".to_owned(),
//!     subscription_id: "2529a384-0000-4000-8000-ed09e77dee15".to_owned(),
//!     allowed_origins: vec!["http://localhost:8080".to_owned()],
//!     timeout: proxy::DEFAULT_TIMEOUT,
//! };
//! let proxy = Proxy::start(TcpListener::bind("127.0.0.1:0").await?, config)?;
//! println!("post the code to {}/v1/token", proxy.url());
//! # Ok(())
//! # }
//! ```
//!
//! The map, outside to inside: `server` (the handle and the layers) · `request_log` · `protection` (what a
//! browser may do with an answer) · `guard` (who may call) · `cors` (the allowed origins) ·
//! `endpoint` (one file each) · `backend_call` (a call with the backend's own token) · `app` (what the endpoints share)
//! ·
//! `service_token` (that token) · `end_to_end` (which headers pass) · `mask` (removes the token from answers) ·
//! `upstream` (the HTTP client) · `queue` (turns and time-out) · `grant` (the token requests' bodies) · `retry_after` (when to ask again) · `error`
//! (every refusal and its wording) · `target`, `header_name` (what these name).

mod app;
mod backend_call;
mod config;
mod cors;
mod end_to_end;
mod endpoint;
mod error;
mod grant;
mod guard;
mod header_name;
mod mask;
mod protection;
mod queue;
mod request_log;
mod retry_after;
mod server;
mod service_token;
mod target;
mod upstream;

pub use config::{Args, Config, DEFAULT_TIMEOUT};
pub use server::Proxy;
