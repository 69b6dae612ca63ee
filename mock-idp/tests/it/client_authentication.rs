//! Who is calling: client authentication at the token endpoint (RFC 6749 §2.3).

use fixtures::{oidc_app, tutorial_app};
use mock_idp::{Config, Dialect};
use reqwest::header;
use serde_json::json;

use crate::{
    refused::{assert_token_envelope, assert_token_error},
    support::{Answer, Mock, OIDC, TUTORIAL, basic, demo_and, encoded, with},
};

const UNKNOWN_CLIENT: &str = "Invalid value for 'client_id' parameter.";
const WRONG_SECRET: &str = "The client secret supplied for a confidential client is invalid.";
const FAILED: &str = "Client authentication failed. Either the client or the client credentials are invalid.";
const NO_CREDENTIALS: &str = "No client credentials found.";
const NO_KEY: &str = "A client_id must be provided in the request.";
const TWO_WAYS: &str = "Cannot supply multiple client credentials. Use one of the following: credentials in the \
                        Authorization header, credentials in the post body, or a client_assertion in the post body.";

/// A request that succeeds for every app that proves who it is.
const FORM: [(&str, &str); 2] = [("grant_type", "client_credentials"), ("scope", "anonymous")];

async fn with_header(authorization: &str, form: &[(&str, &str)]) -> Answer {
    let mock = Mock::start().await;
    mock.send(mock.form("/v1/token", form).header(header::AUTHORIZATION, authorization)).await
}

async fn without_header(form: &[(&str, &str)]) -> Answer {
    Mock::start().await.post("/v1/token", form).await
}

#[tokio::test]
async fn key_and_secret_may_stand_in_header_or_body() {
    for (api_key, api_secret) in [TUTORIAL, OIDC] {
        assert_eq!(with_header(&basic((api_key, api_secret)), &FORM).await.status, 200);
        let form = with(&with(&FORM, "client_id", api_key), "client_secret", api_secret);
        assert_eq!(without_header(&form).await.status, 200);
    }
}

#[tokio::test]
async fn the_scheme_may_be_written_in_any_case() {
    for scheme in ["basic", "BASIC"] {
        assert_eq!(with_header(&basic(TUTORIAL).replace("Basic", scheme), &FORM).await.status, 200);
    }
}

#[tokio::test]
async fn the_key_may_stand_in_the_body_beside_basic_credentials() {
    let form = with(&FORM, "client_id", tutorial_app::API_KEY);
    assert_eq!(with_header(&basic(TUTORIAL), &form).await.status, 200);
}

#[tokio::test]
async fn another_key_in_the_body_beside_basic_credentials_is_refused() {
    let form = with(&FORM, "client_id", oidc_app::API_KEY);
    assert_token_error(&with_header(&basic(TUTORIAL), &form).await, 401, "invalid_client", FAILED);
}

/// T06: Okta's envelope in dialect `fortellis`.
#[tokio::test]
async fn an_unknown_app_gets_oktas_envelope() {
    let mock = Mock::start().await;
    let answer = mock.post_as(("TutorialAppKey000000000000000002", "x"), "/v1/token", &FORM).await;
    assert_token_envelope(&answer, 401, "invalid_client", UNKNOWN_CLIENT);
    let remedy = mock.last_entry().refusal.unwrap().remedy;
    assert_eq!(remedy, format!("was {} meant?", tutorial_app::API_KEY));
}

/// T06
#[tokio::test]
async fn where_all_apps_are_oidc_an_unknown_app_gets_an_oauth_error() {
    let mut config = Config::demo();
    config.directory.apps.retain(|app| app.dialect == Dialect::Oidc);
    config.directory.subscriptions.clear();
    let mock = Mock::start_with(config).await;
    let answer = mock.post_as(("nobody", "x"), "/v1/token", &FORM).await;
    assert_token_error(&answer, 401, "invalid_client", UNKNOWN_CLIENT);
}

/// T07
#[tokio::test]
async fn a_wrong_secret_in_the_header_is_refused() {
    for api_key in [tutorial_app::API_KEY, oidc_app::API_KEY] {
        let answer = with_header(&basic((api_key, "wrong")), &FORM).await;
        assert_token_error(&answer, 401, "invalid_client", WRONG_SECRET);
    }
}

/// T08
#[tokio::test]
async fn a_wrong_secret_in_the_body_is_refused() {
    for api_key in [tutorial_app::API_KEY, oidc_app::API_KEY] {
        let form = with(&with(&FORM, "client_id", api_key), "client_secret", "wrong");
        assert_token_error(&without_header(&form).await, 401, "invalid_client", WRONG_SECRET);
    }
}

/// T09
#[tokio::test]
async fn an_app_with_a_secret_has_to_show_it() {
    for api_key in [tutorial_app::API_KEY, oidc_app::API_KEY] {
        let answer = without_header(&with(&FORM, "client_id", api_key)).await;
        assert_token_error(&answer, 401, "invalid_client", FAILED);
        let answer = with_header(&basic((api_key, "")), &FORM).await;
        assert_token_error(&answer, 401, "invalid_client", FAILED);
    }
}

/// T10
#[tokio::test]
async fn two_ways_at_once_are_refused_even_if_both_are_right() {
    for (app, status) in [(TUTORIAL, 401), (OIDC, 400)] {
        let form = with(&with(&FORM, "client_id", app.0), "client_secret", app.1);
        assert_token_error(&with_header(&basic(app), &form).await, status, "invalid_request", TWO_WAYS);
    }
}

/// T21
#[tokio::test]
async fn somebody_has_to_be_calling() {
    assert_token_error(&without_header(&FORM).await, 401, "invalid_client", NO_CREDENTIALS);
}

#[tokio::test]
async fn an_empty_key_is_refused() {
    let form = with(&with(&FORM, "client_id", ""), "client_secret", "x");
    assert_token_error(&without_header(&form).await, 400, "invalid_client", NO_KEY);
    assert_token_error(&with_header(&basic(("", "x")), &FORM).await, 400, "invalid_client", NO_KEY);
}

#[tokio::test]
async fn credentials_in_the_query_are_refused() {
    let mock = Mock::start().await;
    for (api_key, api_secret) in [TUTORIAL, OIDC] {
        for name in ["client_id", "client_secret"] {
            let value = if name == "client_id" { api_key } else { api_secret };
            let url = format!("{}?{}", mock.at("/v1/token"), encoded(&[(name, value)]));
            let request = mock
                .http
                .post(url)
                .header(header::AUTHORIZATION, basic((api_key, api_secret)))
                .body(encoded(&FORM));
            let description = "Client credentials cannot be supplied via query parameters.";
            assert_token_error(&mock.send(request).await, 400, "invalid_request", description);
        }
    }
}

#[tokio::test]
async fn what_is_no_basic_header_is_refused() {
    let description = "Found Authentication header but was not valid client credentials.";
    for header in ["Basic", "Basic !", "Bearer abc", "Basic bm9jb2xvbg==", "Basic YTolenp6"] {
        assert_token_error(&with_header(header, &FORM).await, 401, "invalid_client", description);
    }
}

fn awkward() -> Config {
    demo_and(json!({
        "name": "Awkward app", "api_key": "a:b", "api_secret": "p%:w+d &=é", "dialect": "oidc",
        "grants": ["client_credentials"],
    }))
}

/// X06
#[tokio::test]
async fn key_and_secret_are_form_encoded_before_they_are_joined() {
    let mock = Mock::start_with(awkward()).await;
    let encoded = ("a%3Ab", "p%25%3Aw%2Bd+%26%3D%C3%A9");
    assert_eq!(mock.post_as(encoded, "/v1/token", &FORM).await.status, 200);
    // Joined as they are, the key ends at its own colon.
    assert_eq!(mock.post_as(("a:b", "p%25%3Aw%2Bd+%26%3D%C3%A9"), "/v1/token", &FORM).await.status, 401);
    let form = with(&with(&FORM, "client_id", "a:b"), "client_secret", "p%:w+d &=é");
    assert_eq!(mock.post("/v1/token", &form).await.status, 200);
}

fn public() -> Config {
    demo_and(json!({ "name": "Public app", "api_key": "public", "dialect": "oidc" }))
}

#[tokio::test]
async fn an_app_without_a_secret_may_not_send_one() {
    let mock = Mock::start_with(public()).await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", "x"), ("client_id", "public")];
    let answer = mock.post("/v1/token", &with(&form, "client_secret", "x")).await;
    assert_token_error(&answer, 401, "invalid_client", FAILED);
    let answer = mock.post("/v1/token", &form).await;
    assert_token_error(&answer, 400, "invalid_grant", "The refresh token is invalid or expired.");
}
