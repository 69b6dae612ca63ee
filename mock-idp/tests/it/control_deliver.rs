//! `/_mock/deliver`: what a provider receives, and what is reported of its answer.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::to_bytes,
    extract::Request,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use fixtures::{SUBSCRIPTION_ID, backend_app, subscriber, tutorial_app};
use fortellis_service::Server;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{Answer, Mock, NOW, decoded};

/// The Client ID of the provider's API.
const API: &str = "ProviderApi000000000000000000001";

/// A provider that records what it receives.
struct Provider {
    server: Server,
    received: Arc<Mutex<Vec<Value>>>,
}

impl Provider {
    /// Answers each request with what `answer` makes of its `Authorization`; `None` means never.
    async fn start(answer: impl Fn(&str) -> Option<Response> + Send + Sync + 'static) -> Self {
        let received = Arc::new(Mutex::new(Vec::new()));
        let record = received.clone();
        let answer = Arc::new(answer);
        let router = Router::new().fallback(async move |request: Request| {
            let (head, body) = request.into_parts();
            let body = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap();
            let mut headers = serde_json::Map::new();
            for (name, value) in head.headers.iter().filter(|(name, _)| *name != "host") {
                headers.insert(name.to_string(), value.to_str().unwrap().into());
            }
            let authorization = head.headers["authorization"].to_str().unwrap();
            record.lock().unwrap().push(json!({
                "request": format!("{} {}", head.method, head.uri),
                "headers": headers,
                "body": body,
            }));
            match answer(authorization) {
                Some(response) => response,
                None => std::future::pending().await,
            }
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self { server: Server::start(listener, router).unwrap(), received }
    }

    /// Answers each request with `{"ok":true}`.
    async fn content() -> Self {
        Self::start(|_| Some(axum::Json(json!({ "ok": true })).into_response())).await
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.server.url())
    }

    /// The one request that came, and the token that it carried.
    #[track_caller]
    fn only(&self) -> (Value, String) {
        let mut received = self.received.lock().unwrap().clone();
        assert_eq!(received.len(), 1, "{received:#?}");
        let mut request = received.remove(0);
        let authorization = request["headers"]["authorization"].take();
        let token = authorization.as_str().unwrap().strip_prefix("Bearer ").unwrap().to_owned();
        (request, token)
    }
}

async fn deliver(mock: &Mock, order: Value) -> Answer {
    mock.send(mock.http.post(mock.at("/_mock/deliver")).json(&order)).await
}

/// The claims of a token that the issuer's published keys verify, as a provider does it.
async fn verified(mock: &Mock, token: &str) -> Value {
    let keys = mock.get(&mock.at("/v1/keys")).await.json();
    let kid = jsonwebtoken::decode_header(token).unwrap().kid.unwrap();
    let key = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == kid.as_str()).unwrap();
    let key =
        DecodingKey::from_rsa_components(key["n"].as_str().unwrap(), key["e"].as_str().unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&["api_providers"]);
    validation.set_issuer(&[mock.issuer.url()]);
    // The mock's clock is frozen.
    validation.validate_exp = false;
    jsonwebtoken::decode::<Value>(token, &key, &validation).unwrap().claims
}

#[tokio::test]
async fn a_call_arrives_as_it_does_behind_the_gateway() {
    let (mock, provider) = (Mock::start().await, Provider::content().await);
    let order = json!({
        "kind": "api_call", "url": provider.at("/orders?open=1"), "method": "POST", "body": { "id": 7 },
        "api": API, "request_id": "request-1",
    });
    let report = deliver(&mock, order).await.json();
    let (request, token) = provider.only();
    assert_eq!(
        request,
        json!({
            "request": "POST /orders?open=1",
            "headers": {
                "accept": "application/json",
                "authorization": null,
                "content-length": "8",
                "content-type": "application/json",
                "request-id": "request-1",
                "subscription-id": SUBSCRIPTION_ID,
            },
            "body": "{\"id\":7}",
        })
    );
    assert_eq!(report["sent"]["headers"]["authorization"], "Bearer [masked]");
    assert!(!report.to_string().contains(&token));
    assert_eq!(
        (&report["answer"]["status"], &report["answer"]["body"]),
        (&json!(200), &json!({ "ok": true }))
    );
    assert_eq!(report["answer"]["headers"]["content-type"], "application/json");
    assert!(report["answer"]["took_ms"].is_u64() && report["answer"]["truncated"] == false);
}

#[tokio::test]
async fn the_token_is_the_gateways_own_and_verifies() {
    let (mock, provider) = (Mock::start().await, Provider::content().await);
    let report =
        deliver(&mock, json!({ "kind": "api_call", "url": provider.at("/"), "api": API })).await.json();
    let (request, token) = provider.only();
    assert_eq!((&request["request"], &request["body"]), (&json!("GET /"), &json!("")));
    let claims = verified(&mock, &token).await;
    assert_eq!(claims, report["sent"]["claims"]);
    assert_eq!((&claims["sub"], &claims["cid"]), (&json!(API), &json!(API)), "not the app's");
    assert_eq!((&claims["iat"], &claims["exp"]), (&json!(NOW), &json!(NOW + 3600)));
    let header = decoded(&token.into())["header"].take();
    assert_eq!((&header["alg"], &header["typ"]), (&json!("RS256"), &json!("JWT")));
}

#[tokio::test]
async fn an_activation_says_who_has_subscribed_to_what() {
    let (mock, provider) = (Mock::start().await, Provider::content().await);
    let order = json!({
        "kind": "activation", "url": provider.at("/v2/admin/"), "api": API, "app": backend_app::API_KEY,
        "connection": "connection-1",
    });
    assert_eq!(deliver(&mock, order).await.status, 200);
    let (request, token) = provider.only();
    assert_eq!(request["request"], "POST /v2/admin/activate");
    let headers = &request["headers"];
    assert_eq!(
        (&headers["prefer"], &headers["accept-charset"]),
        (&json!("return=representation"), &json!("utf-8"))
    );
    assert_eq!(
        (&headers["subscription-id"], headers["request-id"].as_str().map(str::len)),
        (&Value::Null, Some(36))
    );
    assert_eq!(verified(&mock, &token).await["sub"], API);
    insta::assert_snapshot!("activation", {
        let body: Value = serde_json::from_str(request["body"].as_str().unwrap()).unwrap();
        serde_json::to_string_pretty(&body).unwrap()
    });
}

#[tokio::test]
async fn a_deactivation_names_the_connection_in_its_path() {
    let (mock, provider) = (Mock::start().await, Provider::content().await);
    let order = json!({ "kind": "deactivation", "url": provider.at("/v2/admin"), "connection": "a/b" });
    assert_eq!(deliver(&mock, order).await.status, 200);
    let (request, _) = provider.only();
    assert_eq!(
        (&request["request"], &request["body"]),
        (&json!("POST /v2/admin/deactivate/a%2Fb"), &json!(""))
    );
}

#[tokio::test]
async fn a_user_may_be_named_in_any_capitals() {
    let (mock, provider) = (Mock::start().await, Provider::content().await);
    let user = subscriber::USERNAME.to_uppercase();
    let report = deliver(&mock, json!({ "kind": "activation", "url": provider.at(""), "user": user })).await;
    assert_eq!(report.json()["sent"]["body"]["userInfo"]["fortellisId"], subscriber::USERNAME);
}

#[tokio::test]
async fn any_answer_is_told_and_no_redirect_followed() {
    let mock = Mock::start().await;
    let provider = Provider::start(|authorization| {
        let headers = [("location", "/elsewhere"), ("x-echo", authorization)];
        Some((StatusCode::FOUND, headers, format!("<p>{authorization}</p>")).into_response())
    })
    .await;
    let report = deliver(&mock, json!({ "kind": "api_call", "url": provider.at("/") })).await.json();
    provider.only();
    let answer = &report["answer"];
    assert_eq!((&answer["status"], &answer["headers"]["location"]), (&json!(302), &json!("/elsewhere")));
    assert_eq!(
        (&answer["headers"]["x-echo"], &answer["body"]),
        (&json!("Bearer [masked]"), &json!("<p>Bearer [masked]</p>"))
    );
}

#[tokio::test]
async fn the_beginning_of_a_long_answer_is_reported() {
    let mock = Mock::start().await;
    let provider = Provider::start(|_| Some("x".repeat(1_000_000).into_response())).await;
    let report = deliver(&mock, json!({ "kind": "api_call", "url": provider.at("/") })).await.json();
    let body = report["answer"]["body"].as_str().unwrap();
    assert_eq!((body.len(), &report["answer"]["truncated"]), (64 * 1024, &json!(true)));
}

#[tokio::test]
async fn a_provider_that_does_not_answer_is_reported() {
    let mock = Mock::start().await;
    let silent = Provider::start(|_| None).await;
    let order = json!({ "kind": "api_call", "url": silent.at("/"), "timeout_ms": 50 });
    let report = deliver(&mock, order).await.json();
    let expected = format!("{} did not answer completely within 50 ms", silent.at("/"));
    assert_eq!((&report["undelivered"], &report["answer"]), (&json!(expected), &Value::Null));

    let url = silent.at("/");
    silent.server.stop().await;
    let report = deliver(&mock, json!({ "kind": "api_call", "url": url })).await;
    assert_eq!(report.status, 200);
    let why = report.json()["undelivered"].as_str().unwrap().to_owned();
    assert!(why.starts_with(&format!("{url} did not answer (")), "{why}");
}

#[tokio::test]
async fn what_cannot_be_delivered_is_refused_with_its_field() {
    let mock = Mock::start().await;
    let order = |field: &str, value: Value| {
        let mut order = json!({ "kind": "activation", "url": "http://localhost:1/" });
        order[field] = value;
        order
    };
    for (field, value, detail) in [
        (
            "url",
            json!("ftp://localhost/"),
            "url has the scheme ftp; expected one like http://localhost:3000/v2/admin",
        ),
        ("url", json!("file:///etc/passwd"), "url has the scheme file; "),
        ("url", json!("/activate"), "url is \"/activate\", which is not an absolute URL; "),
        ("url", json!("http://u:p@localhost/"), "url contains a user name or a password"),
        ("app", json!("TutorialAppKey000000000000000002"), tutorial_app::API_KEY),
        ("subscription", json!("2529a384-0000-4000-8000-ed09e77dee16"), SUBSCRIPTION_ID),
        ("app", json!(fixtures::oidc_app::API_KEY), "has no such subscription"),
        ("user", json!("subscriber@example.co"), subscriber::USERNAME),
        ("method", json!("PUT"), "leave it out"),
        ("body", json!({}), "leave it out"),
        ("request_id", json!("a\nb"), "cannot be sent as a header"),
        ("timeout_ms", json!(0), "expected 1 to 60000"),
        ("timeout_ms", json!(60_001), "expected 1 to 60000"),
        ("kind", json!("activate"), "did you mean `activation`?"),
        ("apis", json!("x"), "did you mean `api`?"),
    ] {
        let answer = deliver(&mock, order(field, value)).await;
        assert_eq!(answer.status, 422, "{field}: {}", answer.body);
        assert!(answer.json()["detail"].as_str().unwrap().contains(detail), "{field}: {}", answer.body);
    }
    let answer =
        deliver(&mock, json!({ "kind": "api_call", "url": "http://localhost:1/", "method": "TRACE" })).await;
    assert_eq!((answer.status, &answer.json()["field"]), (422, &json!("method")));
    assert!(mock.issuer.journal().entries().is_empty());
}
