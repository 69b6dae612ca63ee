//! `/api/{issuer}/…`: which calls pass, and with which of Fortellis' codes the others are refused.

use std::time::Duration;

use fixtures::{SUBSCRIPTION_ID, backend_app, oidc_app, subscriber, tutorial_app};
use mock_idp::{BadTokenStatus, Claims, Config, Endpoint, GatewayRules, SubscriptionStatus, TokenType};
use reqwest::{Method, RequestBuilder, header};
use serde_json::{Value, json};

use crate::support::{Answer, Mock, NOW, OIDC, TUTORIAL, basic, tutorial_redemption, tutorial_request};

const BACKEND: (&str, &str) = (backend_app::API_KEY, backend_app::API_SECRET);
const REQUEST_ID: &str = "6f1e9a0c-0000-4000-8000-2b7d3c5a9e01";
const PATH: &str = "/orders/v1/orders";

/// A call without anything: to be completed, or left bare.
fn bare(mock: &Mock, method: Method, path: &str) -> RequestBuilder {
    mock.http.request(method, mock.outside(&format!("/api/test{path}")))
}

/// A valid call but for the token.
fn with_subscription(mock: &Mock) -> RequestBuilder {
    bare(mock, Method::GET, PATH).header("Subscription-Id", SUBSCRIPTION_ID).header("Request-Id", REQUEST_ID)
}

/// A valid call.
fn valid(mock: &Mock, token: &str) -> RequestBuilder {
    with_subscription(mock).bearer_auth(token)
}

async fn app_token(mock: &Mock, app: (&str, &str)) -> String {
    let form = [("grant_type", "client_credentials"), ("scope", "anonymous")];
    let answer = mock.post_as(app, "/v1/token", &form).await;
    text(&answer.json()["access_token"])
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("expected text, received {value}")).to_owned()
}

/// An access token with one claim changed, signed with the issuer's key.
fn token_with(mock: &Mock, name: &str, value: impl Into<Value>) -> String {
    let claims = Claims::new()
        .with("cid", tutorial_app::API_KEY)
        .with("jti", "AT.made-by-hand")
        .with("scp", vec!["openid"])
        .with("sub", subscriber::USERNAME)
        .with("uid", subscriber::UID)
        .with("iat", NOW)
        .with("exp", NOW + 3600)
        .with("aud", "api_providers")
        .with("iss", mock.issuer.url())
        .with(name, value);
    mock.issuer.keys().signing().sign(TokenType::Jwt, &claims)
}

/// Asserts status, body and `Request-Id` of a refusal, and that the journal names the rule.
#[track_caller]
fn assert_refused(mock: &Mock, answer: &Answer, status: u16, code: &str, message: &str, rule: &str) {
    assert_eq!(
        (answer.status, answer.json()),
        (status, json!({ "code": code, "message": message })),
        "status and body"
    );
    assert!(!answer.header("request-id").is_empty(), "every answer has a Request-Id");
    let entry = mock.last_entry();
    assert_eq!(entry.endpoint, Endpoint::Gateway);
    assert_eq!(entry.refusal.unwrap().rule, rule);
}

#[tokio::test]
async fn a_users_token_with_the_apps_subscription_passes_and_is_echoed() {
    let mock = Mock::start().await;
    let token = text(&mock.tutorial_tokens("openid").await["access_token"]);
    let answer = mock.send(valid(&mock, &token)).await;
    insta::assert_snapshot!(answer.whole());
    let entry = mock.last_entry();
    assert_eq!(entry.app.unwrap().as_str(), tutorial_app::API_KEY);
    assert_eq!(entry.user.unwrap().as_str(), subscriber::USERNAME);
    let params: Vec<(&str, &str)> =
        entry.params.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(params, [("path", PATH), ("Subscription-Id", SUBSCRIPTION_ID), ("Request-Id", REQUEST_ID)]);
}

#[tokio::test]
async fn an_apps_own_token_passes_without_a_user() {
    let mock = Mock::start().await;
    let token = app_token(&mock, BACKEND).await;
    let answer = mock.send(valid(&mock, &token)).await;
    let echo = answer.json();
    assert_eq!((answer.status, &echo["user"]), (200, &Value::Null));
    assert_eq!(echo["app"], json!({ "apiKey": backend_app::API_KEY, "name": "Backend app" }));
}

#[tokio::test]
async fn every_method_and_path_passes_and_the_path_is_echoed_as_sent() {
    let mock = Mock::start().await;
    let token = app_token(&mock, TUTORIAL).await;
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        let call = bare(&mock, method.clone(), "/a%20b/c/?q=1").bearer_auth(&token);
        let answer = mock.send(call.header("Subscription-Id", SUBSCRIPTION_ID)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(
            (&answer.json()["method"], &answer.json()["path"]),
            (&json!(method.as_str()), &json!("/a%20b/c/"))
        );
    }
}

#[tokio::test]
async fn a_request_id_is_made_where_none_comes() {
    let mock = Mock::start().await;
    let token = app_token(&mock, TUTORIAL).await;
    let call = bare(&mock, Method::GET, PATH).bearer_auth(token).header("Subscription-Id", SUBSCRIPTION_ID);
    let answer = mock.send(call).await;
    let id = answer.header("request-id");
    assert_eq!(id.len(), 36, "a UUID: {id}");
    assert_eq!(answer.json()["requestId"], id);
}

#[tokio::test]
async fn a_call_without_authorization_is_asked_for_a_bearer_token() {
    let mock = Mock::start().await;
    let answer = mock.send(with_subscription(&mock)).await;
    assert_eq!(answer.header("www-authenticate"), "Bearer");
    assert_eq!(answer.header("request-id"), REQUEST_ID);
    let message = "Authorization header required";
    assert_refused(&mock, &answer, 401, "MISSING-AUTHORIZATION", message, "authorization_missing");
}

#[tokio::test]
async fn authorization_must_be_one_bearer_token() {
    let mock = Mock::start().await;
    let token = app_token(&mock, TUTORIAL).await;
    for header in ["Bearer", "Token abc", token.as_str()] {
        let answer = mock.send(with_subscription(&mock).header(header::AUTHORIZATION, header)).await;
        assert_eq!(answer.header("www-authenticate"), "Bearer error=\"invalid_token\"");
        let message = "The header Authorization must be: Bearer {access token}";
        assert_refused(&mock, &answer, 401, "INVALID-TOKEN", message, "authorization_malformed");
    }
    let answer = mock.send(valid(&mock, &token).bearer_auth(&token)).await;
    let message = "The header Authorization must appear once.";
    assert_refused(&mock, &answer, 401, "INVALID-TOKEN", message, "authorization_repeated");
}

#[tokio::test]
async fn what_is_no_access_token_of_this_issuer_is_invalid() {
    let mock = Mock::start().await;
    let tokens = mock.tutorial_tokens("openid offline_access").await;
    let access = text(&tokens["access_token"]);
    let mut parts: Vec<&str> = access.split('.').collect();
    let id = text(&tokens["id_token"]);
    parts[2] = id.split('.').nth(2).unwrap();
    for (token, message, rule) in [
        (text(&tokens["refresh_token"]), "The token is not a valid JWT.", "bearer_malformed"),
        (
            parts.join("."),
            "The token is not signed with a key of the authorization server.",
            "bearer_signature",
        ),
        (id.clone(), "The token is not an access token.", "bearer_not_access_token"),
    ] {
        let answer = mock.send(valid(&mock, &token)).await;
        assert_refused(&mock, &answer, 401, "INVALID-TOKEN", message, rule);
    }
}

#[tokio::test]
async fn a_revoked_token_is_invalid() {
    let mock = Mock::start().await;
    let token = app_token(&mock, TUTORIAL).await;
    mock.post_as(TUTORIAL, "/v1/revoke", &[("token", &token)]).await;
    let answer = mock.send(valid(&mock, &token)).await;
    let message = "The token has been revoked.";
    assert_refused(&mock, &answer, 401, "INVALID-TOKEN", message, "bearer_revoked");
}

#[tokio::test]
async fn a_code_that_comes_twice_takes_the_access_to_the_api_away() {
    let mock = Mock::start().await;
    let code = mock.code(&tutorial_request()).await;
    let tokens = mock.post_as(TUTORIAL, "/v1/token", &tutorial_redemption(&code)).await.json();
    let token = text(&tokens["access_token"]);
    assert_eq!(mock.send(valid(&mock, &token)).await.status, 200);
    mock.post_as(TUTORIAL, "/v1/token", &tutorial_redemption(&code)).await;
    assert_eq!(mock.send(valid(&mock, &token)).await.json()["code"], "INVALID-TOKEN");
}

#[tokio::test]
async fn a_token_expires_by_the_issuers_clock() {
    let mock = Mock::start().await;
    let token = app_token(&mock, TUTORIAL).await;
    mock.issuer.advance(Duration::from_secs(3599));
    assert_eq!(mock.send(valid(&mock, &token)).await.status, 200);
    mock.issuer.advance(Duration::from_secs(1));
    let answer = mock.send(valid(&mock, &token)).await;
    let message = "The token expired at 2026-01-02T04:04:05Z.";
    assert_refused(&mock, &answer, 401, "TOKEN-EXPIRED", message, "bearer_expired");
}

#[tokio::test]
async fn a_token_of_another_issuer_is_told_apart_from_a_forged_one() {
    let mock = Mock::start().await;
    let token = app_token(&mock, TUTORIAL).await;
    let other = mock.http.get(mock.outside(&format!("/api/other{PATH}"))).bearer_auth(&token);
    let answer = mock.send(other.header("Subscription-Id", SUBSCRIPTION_ID)).await;
    assert_eq!(answer.status, 401);
    assert_eq!(
        answer.json(),
        json!({
            "code": "TOKEN-ISSUER-MISMATCH",
            "message": "The token was issued by another authorization server, http://localhost:9100/oauth2/test.",
        })
    );
    let entry = mock.idp.issuer("other").journal().entries().pop().unwrap();
    assert_eq!(entry.refusal.unwrap().rule, "bearer_issuer");
}

#[tokio::test]
async fn a_token_for_another_audience_is_refused() {
    let mock = Mock::start().await;
    let answer = mock.send(valid(&mock, &token_with(&mock, "aud", "fortellis"))).await;
    let message = "The audience of the token is \"fortellis\", not \"api_providers\".";
    assert_refused(&mock, &answer, 401, "TOKEN-AUDIENCE-MISMATCH", message, "token_audience");
    let several = token_with(&mock, "aud", json!(["fortellis", "api_providers"]));
    assert_eq!(mock.send(valid(&mock, &several)).await.status, 200);
}

#[tokio::test]
async fn a_token_of_an_app_or_a_user_who_is_gone_is_invalid() {
    let mock = Mock::start().await;
    for (claim, value) in [("cid", "GoneAppKey0000000000000000000001"), ("sub", "gone@example.com")] {
        let answer = mock.send(valid(&mock, &token_with(&mock, claim, value))).await;
        let message = "The token has been revoked.";
        assert_refused(&mock, &answer, 401, "INVALID-TOKEN", message, "bearer_revoked");
    }
}

#[tokio::test]
async fn bad_tokens_get_the_older_403_where_the_configuration_says_so() {
    let rules = GatewayRules { bad_token_status: BadTokenStatus::Forbidden, ..GatewayRules::default() };
    let mock = Mock::start_with(Config { gateway: rules, ..Config::demo() }).await;
    let answer = mock.send(valid(&mock, "nonsense")).await;
    assert_refused(&mock, &answer, 403, "INVALID-TOKEN", "The token is not a valid JWT.", "bearer_malformed");
    assert_eq!(answer.header("www-authenticate"), "");
}

#[tokio::test]
async fn a_call_names_exactly_one_subscription() {
    let mock = Mock::start().await;
    let token = app_token(&mock, TUTORIAL).await;
    let answer = mock.send(bare(&mock, Method::GET, PATH).bearer_auth(&token)).await;
    let message = "Subscription-Id header required";
    assert_refused(&mock, &answer, 400, "MISSING-SUBSCRIPTION-ID", message, "subscription_missing");
    assert_eq!(mock.last_entry().app.unwrap().as_str(), tutorial_app::API_KEY, "who called is known");
    let answer = mock.send(valid(&mock, &token).header("Subscription-Id", "test")).await;
    let message = "The header Subscription-Id must appear once.";
    assert_refused(&mock, &answer, 400, "MISSING-SUBSCRIPTION-ID", message, "subscription_repeated");
}

#[tokio::test]
async fn a_subscription_that_is_unknown_or_another_apps_does_not_match() {
    let mock = Mock::start().await;
    let token = app_token(&mock, TUTORIAL).await;
    let unknown = "2529a384-0000-4000-8000-ed09e77dee16";
    let call = bare(&mock, Method::GET, PATH).bearer_auth(&token).header("Subscription-Id", unknown);
    let answer = mock.send(call).await;
    let message = "No subscription has this Subscription-Id.";
    assert_refused(&mock, &answer, 403, "SUBSCRIPTION-MISMATCH", message, "subscription_unknown");
    assert_eq!(mock.last_entry().refusal.unwrap().remedy, format!("was {SUBSCRIPTION_ID} meant?"));

    let token = app_token(&mock, OIDC).await;
    let answer = mock.send(valid(&mock, &token)).await;
    let message = "The API Key of the token is not that of the subscribed app.";
    assert_refused(&mock, &answer, 403, "SUBSCRIPTION-MISMATCH", message, "subscription_of_another_app");
}

#[tokio::test]
async fn an_inactive_subscription_is_refused() {
    let mut config = Config::demo();
    config.directory.subscriptions[0].status = SubscriptionStatus::Inactive;
    let mock = Mock::start_with(config).await;
    let token = app_token(&mock, TUTORIAL).await;
    let answer = mock.send(valid(&mock, &token)).await;
    let message = "The subscription is not active.";
    assert_refused(&mock, &answer, 403, "API-SUBSCRIPTION-INACTIVE", message, "subscription_inactive");
    let token = app_token(&mock, BACKEND).await;
    assert_eq!(mock.send(valid(&mock, &token)).await.status, 200, "the same id, another app");
}

#[tokio::test]
async fn the_simulator_takes_any_apps_token_and_its_api_secret() {
    let mock = Mock::start().await;
    let at_simulator = || bare(&mock, Method::GET, PATH).header("Subscription-Id", "test");
    let token = app_token(&mock, OIDC).await;
    let answer = mock.send(at_simulator().bearer_auth(&token)).await;
    assert_eq!(
        answer.json()["subscription"],
        json!({ "subscriptionId": "test", "orgId": "test", "orgName": "Simulated dealership" })
    );
    let answer = mock.send(at_simulator().header(header::AUTHORIZATION, basic(TUTORIAL))).await;
    assert_eq!((answer.status, &answer.json()["app"]["apiKey"]), (200, &json!(tutorial_app::API_KEY)));

    let wrong = basic((tutorial_app::API_KEY, "wrong"));
    let answer = mock.send(at_simulator().header(header::AUTHORIZATION, wrong)).await;
    assert_refused(&mock, &answer, 401, "INVALID-TOKEN", "Unauthorized", "simulator_secret_wrong");
    let answer = mock.send(with_subscription(&mock).header(header::AUTHORIZATION, basic(TUTORIAL))).await;
    let message = "Only the simulator accepts an API Key and an API Secret. Send a Bearer token, or Subscription-Id: test.";
    assert_refused(&mock, &answer, 401, "INVALID-TOKEN", message, "secret_outside_simulator");
}

#[tokio::test]
async fn an_oidc_app_passes_once_it_is_subscribed_to() {
    let mut config = Config::demo();
    config.directory.subscriptions[0].app = mock_idp::ApiKey::new(oidc_app::API_KEY);
    let mock = Mock::start_with(config).await;
    let token = text(&mock.oidc_tokens("openid").await["access_token"]);
    let echo = mock.send(valid(&mock, &token)).await.json();
    assert_eq!((&echo["app"]["name"], &echo["user"]), (&json!("OIDC app"), &json!(subscriber::USERNAME)));
}

#[tokio::test]
async fn a_sample_resource_answers_on_its_path_and_fills_in_the_parameters() {
    let mock = Mock::start().await;
    let token = app_token(&mock, TUTORIAL).await;
    let get =
        |path| bare(&mock, Method::GET, path).bearer_auth(&token).header("Subscription-Id", SUBSCRIPTION_ID);
    let answer = mock.send(get("/service/v1/appointments/APT-42")).await;
    assert_eq!(
        (answer.status, &answer.json()["appointmentId"], &answer.json()["status"]),
        (200, &json!("APT-42"), &json!("CONFIRMED"))
    );
    let answer = mock.send(get("/sales/inventory/v1/merchandisable-vehicles")).await;
    assert_eq!(answer.json()["items"].as_array().unwrap().len(), 2);
    let path = "/sales/inventory/v1/merchandisable-vehicles";
    let post = bare(&mock, Method::POST, path).bearer_auth(&token);
    let answer = mock.send(post.header("Subscription-Id", SUBSCRIPTION_ID)).await;
    assert_eq!(answer.json()["method"], "POST", "another method is echoed");
}

/// An app, its subscription, and what the test says of the gateway.
fn config(rest: &str) -> String {
    format!(
        "[[app]]\nname = \"A\"\napi_key = \"KeyA\"\napi_secret = \"s\"\n\
         [[app]]\nname = \"B\"\napi_key = \"KeyB\"\napi_secret = \"s\"\n\
         [[subscription]]\nid = \"{SUBSCRIPTION_ID}\"\napp = \"KeyA\"\norganization = {{ id = \"1\", name = \"D\" }}\n{rest}"
    )
}

#[tokio::test]
async fn the_more_literal_resource_answers_with_its_own_status() {
    let mock = Mock::start_with_toml(&config(
        "[[resource]]\npath = \"/deals/{id}\"\nbody = { id = \"{id}\" }\n\
         [[resource]]\npath = \"/deals/new\"\nmethods = [\"POST\"]\nstatus = 201\nbody = [1, 2]\n\
         [[resource]]\npath = \"/deals/{id}/lines\"\nstatus = 204\n",
    ))
    .await;
    let token = app_token(&mock, ("KeyA", "s")).await;
    let send = async |method, path| {
        let call = bare(&mock, method, path).bearer_auth(&token).header("Subscription-Id", SUBSCRIPTION_ID);
        let answer = mock.send(call).await;
        (answer.status, answer.body)
    };
    assert_eq!(send(Method::POST, "/deals/new").await, (201, "[1,2]".into()));
    assert_eq!(send(Method::GET, "/deals/new").await, (200, r#"{"id":"new"}"#.into()));
    assert_eq!(send(Method::GET, "/deals/7/lines").await, (204, String::new()));
    assert_eq!(send(Method::HEAD, "/deals/7").await, (200, String::new()));
}

#[tokio::test]
async fn a_path_without_an_api_does_not_exist() {
    let mock = Mock::start().await;
    for path in ["", "/"] {
        let answer = mock.send(bare(&mock, Method::GET, path)).await;
        let message = format!("There is no API at {path}.");
        assert_refused(&mock, &answer, 404, "API-DOES-NOT-EXIST", &message, "api_unknown");
    }
    let mock =
        Mock::start_with_toml(&config("[gateway]\necho = false\n[[resource]]\npath = \"/deals\"\n")).await;
    let answer = mock.send(bare(&mock, Method::GET, "/deal")).await;
    let message = "There is no API at /deal.";
    assert_refused(&mock, &answer, 404, "API-DOES-NOT-EXIST", message, "api_unknown");
    assert_eq!(mock.last_entry().refusal.unwrap().remedy, "was /deals meant?");
}

#[tokio::test]
async fn an_issuer_that_cannot_be_has_no_apis() {
    let mock = Mock::start().await;
    let answer = mock.get(&mock.outside("/api/no.body/deals")).await;
    assert_eq!((answer.status, &answer.json()["code"]), (404, &json!("API-DOES-NOT-EXIST")));
    assert_eq!(answer.header("request-id").len(), 36);
}

#[tokio::test]
async fn an_app_that_has_not_added_the_api_has_no_access() {
    let mock =
        Mock::start_with_toml(&config("[[resource]]\npath = \"/deals\"\napps = [\"KeyB\"]\nbody = {}\n"))
            .await;
    let token = app_token(&mock, ("KeyA", "s")).await;
    let call =
        bare(&mock, Method::GET, "/deals").bearer_auth(&token).header("Subscription-Id", SUBSCRIPTION_ID);
    let answer = mock.send(call).await;
    let message =
        "Solution has not requested access to this API. Please select the API from your Developer account.";
    assert_refused(&mock, &answer, 403, "UNAUTHORIZED-API-ACCESS", message, "api_not_added");
    let token = app_token(&mock, ("KeyB", "s")).await;
    let call = bare(&mock, Method::GET, "/deals").bearer_auth(&token).header("Subscription-Id", "test");
    assert_eq!(mock.send(call).await.status, 200);
}

#[tokio::test]
async fn a_quota_is_used_up_and_comes_back_after_a_minute() {
    let mock = Mock::start_with_toml(&config("[gateway]\nquota_per_minute = 2\n")).await;
    let token = app_token(&mock, ("KeyA", "s")).await;
    for _ in 0..2 {
        assert_eq!(mock.send(valid(&mock, &token)).await.status, 200);
    }
    mock.issuer.advance(Duration::from_millis(59_500));
    let answer = mock.send(valid(&mock, &token)).await;
    let message = "The app may make 2 calls in a minute.";
    assert_refused(&mock, &answer, 429, "QUOTA-EXCEEDED", message, "quota_exceeded");
    assert_eq!(answer.header("retry-after"), "1");
    mock.issuer.advance(Duration::from_millis(500));
    assert_eq!(mock.send(valid(&mock, &token)).await.status, 200);
}

#[tokio::test]
async fn a_body_of_more_than_ten_mebibytes_is_too_big() {
    let mock = Mock::start().await;
    let token = app_token(&mock, TUTORIAL).await;
    let post = |size| {
        let call = bare(&mock, Method::POST, PATH).bearer_auth(&token);
        call.header("Subscription-Id", SUBSCRIPTION_ID).body(vec![b'x'; size])
    };
    let limit = 10 * 1024 * 1024;
    assert_eq!(mock.send(post(limit)).await.status, 200);
    let answer = mock.send(post(limit + 1)).await;
    let message = "The body is larger than 10485760 bytes.";
    assert_refused(&mock, &answer, 413, "PAYLOAD-TOO-BIG", message, "payload_too_big");
}

#[tokio::test]
async fn a_page_of_any_origin_may_call() {
    let mock = Mock::start().await;
    let token = app_token(&mock, TUTORIAL).await;
    let before = mock.issuer.journal().entries().len();
    let preflight = bare(&mock, Method::OPTIONS, PATH)
        .header(header::ORIGIN, "http://localhost:8080")
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, "GET")
        .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization,request-id,subscription-id");
    let answer = mock.send(preflight).await;
    insta::assert_snapshot!(answer.whole());
    assert_eq!(mock.issuer.journal().entries().len(), before, "a preflight is no call");

    for token in [token.as_str(), "nonsense"] {
        let answer = mock.send(valid(&mock, token).header(header::ORIGIN, "http://localhost:8080")).await;
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{}", answer.body);
        assert_eq!(answer.header("access-control-expose-headers"), "request-id,retry-after");
        assert_eq!(answer.header("access-control-allow-credentials"), "");
    }
}
