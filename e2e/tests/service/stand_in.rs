//! A server in place of an authorization server: healthy, except for one answer that a test replaces.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Router,
    extract::Request,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use fortellis_service::Server;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use url::form_urlencoded;

/// Where the metadata is, below the issuer.
pub(crate) const METADATA: &str = "/.well-known/openid-configuration";
/// The path of its issuer.
const ISSUER: &str = "/oauth2/default";

/// The server. Dropping it ends it.
pub(crate) struct StandIn {
    server: Server,
}

impl StandIn {
    /// A server whose only wrong answer is the one at `path`, below the issuer.
    pub(crate) async fn spoiled(
        path: &'static str,
        status: u16,
        media_type: &'static str,
        body: &str,
    ) -> Self {
        let body = body.to_owned();
        Self::start(move |asked, _| {
            (asked == path).then(|| {
                (StatusCode::from_u16(status).unwrap(), [(header::CONTENT_TYPE, media_type)], body.clone())
                    .into_response()
            })
        })
        .await
    }

    /// The same, where the answer is JSON.
    pub(crate) async fn spoiled_with_json(path: &'static str, status: u16, body: &Value) -> Self {
        Self::spoiled(path, status, "application/json", &body.to_string()).await
    }

    /// A server that is not an authorization server: this is its answer to everything.
    pub(crate) async fn of_another_kind(status: u16, media_type: &'static str, body: &'static str) -> Self {
        Self::start(move |_, _| {
            Some(
                (StatusCode::from_u16(status).unwrap(), [(header::CONTENT_TYPE, media_type)], body)
                    .into_response(),
            )
        })
        .await
    }

    async fn start(
        spoil: impl Fn(&str, &HashMap<String, String>) -> Option<Response> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://localhost:{}{ISSUER}", listener.local_addr().unwrap().port());
        let spoil = Arc::new(spoil);
        let router = Router::new().fallback(async move |request: Request| {
            let query = form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes())
                .into_owned()
                .collect();
            let path = request.uri().path();
            let path = path.strip_prefix(ISSUER).unwrap_or(path);
            spoil(path, &query).unwrap_or_else(|| healthy(&issuer, path, &query))
        });
        Self { server: Server::start(listener, router).unwrap() }
    }

    /// Its issuer.
    pub(crate) fn issuer(&self) -> String {
        format!("{}{ISSUER}", self.server.url())
    }

    /// Where it listens.
    pub(crate) fn addr(&self) -> String {
        self.server.addr().to_string()
    }
}

fn healthy(issuer: &str, path: &str, query: &HashMap<String, String>) -> Response {
    let json = |status: StatusCode, body: &Value| {
        (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
    };
    match path {
        METADATA => json(
            StatusCode::OK,
            &json!({
                "issuer": issuer,
                "authorization_endpoint": format!("{issuer}/v1/authorize"),
                "token_endpoint": format!("{issuer}/v1/token"),
                "jwks_uri": format!("{issuer}/v1/keys"),
                "response_types_supported": ["code"],
            }),
        ),
        "/v1/keys" => json(
            StatusCode::OK,
            &json!({ "keys": [{ "kty": "RSA", "alg": "RS256", "use": "sig", "kid": "1", "n": "AQ", "e": "AQAB" }] }),
        ),
        "/v1/token" => json(StatusCode::UNAUTHORIZED, &json!({ "error": "invalid_client" })),
        "/v1/authorize" => match query.get("redirect_uri") {
            Some(callback) => {
                let state = query.get("state").map_or("", String::as_str);
                let location = format!("{callback}?state={state}&error=login_required");
                (StatusCode::FOUND, [(header::LOCATION, location)]).into_response()
            }
            None => (StatusCode::BAD_REQUEST, "The 'redirect_uri' parameter is missing.").into_response(),
        },
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}
