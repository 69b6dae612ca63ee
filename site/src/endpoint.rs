//! The paths and what they answer.

use axum::{
    Json, Router,
    http::{Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::get,
};
use fortellis_service::{AuthServer, StartError};
use serde::Serialize;
use serde_json::json;
use url::Url;

use crate::Config;

const HOME: &str = "/";
const CONFIG: &str = "/config.json";
const HEALTH: &str = "/healthz";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

/// The page.
const PAGE: &str = include_str!("page/index.html");

/// What the page is made of: path, media type, text.
const FILES: [(&str, &str, &str); 8] = [
    ("/style.css", CSS, include_str!("page/style.css")),
    ("/app.js", JS, include_str!("page/app.js")),
    ("/app/sign-in.js", JS, include_str!("page/app/sign-in.js")),
    ("/app/failure.js", JS, include_str!("page/app/failure.js")),
    ("/app/http.js", JS, include_str!("page/app/http.js")),
    ("/app/tabs.js", JS, include_str!("page/app/tabs.js")),
    ("/app/token.js", JS, include_str!("page/app/token.js")),
    ("/app/view.js", JS, include_str!("page/app/view.js")),
];

/// Everything that is served, and the answers for what is not.
pub(crate) fn router(config: Config) -> Result<Router, StartError> {
    let callback = callback_path(&config.auth_server.redirect_uri)?;
    let settings = PageConfig::from(config);
    let mut router = Router::new()
        // A Callback URL may have any path, also one that an older syntax for routes would have read otherwise.
        .without_v07_checks()
        .route(HOME, get(async || file(HTML, PAGE)))
        .route(CONFIG, get(async move || Json(settings)))
        .route(HEALTH, get(async || Json(json!({ "status": "ok" }))));
    for (path, media_type, text) in FILES {
        router = router.route(path, get(async move || file(media_type, text)));
    }
    if callback != HOME {
        router = router.route(&callback, get(async || file(HTML, PAGE)));
    }
    Ok(router.method_not_allowed_fallback(method_not_allowed).fallback(not_found))
}

/// The configuration that the page reads. Nothing in it is secret: the page's requests show all of it.
#[derive(Debug, Clone, Serialize)]
struct PageConfig {
    /// The authorization server.
    issuer: String,
    /// Whether it is on this machine, and so may be asked to end its session.
    loopback: bool,
    /// The OAuth `client_id`.
    api_key: String,
    redirect_uri: String,
    scope: String,
    proxy_url: String,
    api_url: String,
    subscription_id: String,
}

impl From<Config> for PageConfig {
    fn from(Config { auth_server, scope, proxy_url, api_url, subscription_id }: Config) -> Self {
        let AuthServer { issuer, loopback, api_key, redirect_uri } = auth_server;
        Self { issuer, loopback, api_key, redirect_uri, scope, proxy_url, api_url, subscription_id }
    }
}

/// The path at which the answer of the sign-in arrives.
fn callback_path(redirect_uri: &str) -> Result<String, StartError> {
    let refuse = |found: &str, remedy: &str| {
        StartError::new("FORTELLIS_REDIRECT_URI", format!("\"{redirect_uri}\" {found}"), remedy)
    };
    let Ok(url) = Url::parse(redirect_uri) else {
        return Err(refuse("is not an absolute URL", "expected one like http://localhost:8080/"));
    };
    if url.fragment().is_some() {
        return Err(refuse("has a fragment", "leave out what begins with # (RFC 6749 §3.1.2)"));
    }
    let path = url.path();
    if [CONFIG, HEALTH].contains(&path) || FILES.iter().any(|(file, ..)| *file == path) {
        return Err(refuse(
            "is the address of another file of this site",
            "choose another path, for example /callback",
        ));
    }
    Ok(path.to_owned())
}

fn file(media_type: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, media_type)], text).into_response()
}

async fn not_found(uri: Uri) -> Response {
    (StatusCode::NOT_FOUND, format!("there is nothing at {}; the page is at /\n", uri.path())).into_response()
}

async fn method_not_allowed(method: Method, uri: Uri) -> Response {
    let why = format!(
        "{} answers to GET and HEAD, not to {method}. The answer of a sign-in is read from the URL's query: leave \
         response_mode out\n",
        uri.path()
    );
    (StatusCode::METHOD_NOT_ALLOWED, why).into_response()
}
