//! The refresh token grant at `POST /v1/token` (RFC 6749 §6, RFC 9700 §4.14.2).

use fixtures::{oidc_app, subscriber, tutorial_app};
use insta::assert_snapshot;
use mock_idp::Config;
use reqwest::header;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{
    refused::{INVALID_TOKEN, assert_bearer_error, assert_token_error},
    support::{
        Answer, Form, Mock, NOW, OIDC, TUTORIAL, basic, claims, demo_and, encoded, oidc_redemption,
        oidc_request, text, with, without,
    },
};

const IS_DEAD: &str = "The refresh token is invalid or expired.";
const WIDER: &str = "Some of the scopes requested for the refresh request were not granted in the original authorize \
                     request. Denied scopes: profile.";

/// How long a refresh token may stay unused, in seconds: seven days.
const IDLE: u64 = 604_800;

/// RFC 7636 Appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The form that redeems a refresh token.
fn refreshing(tokens: &Value) -> Form<'_> {
    vec![("grant_type", "refresh_token"), ("refresh_token", text(&tokens["refresh_token"]))]
}

/// A mock whose tutorial and OIDC app both rotate their refresh tokens.
fn rotating() -> Config {
    let mut config = Config::demo();
    for app in &mut config.directory.apps {
        app.rotate_refresh_tokens = true;
    }
    config
}

#[tokio::test]
async fn a_refresh_token_gives_a_new_access_token_and_stays_the_same() {
    let mock = Mock::start().await;
    let tokens = mock.tutorial_tokens("offline_access").await;
    let answer = mock.refresh(TUTORIAL, &tokens).await;
    assert_snapshot!(answer.whole());
    let refreshed = answer.json();
    assert_eq!(refreshed["refresh_token"], tokens["refresh_token"]);
    assert_ne!(refreshed["access_token"], tokens["access_token"]);
    assert_eq!(mock.refresh(TUTORIAL, &refreshed).await.status, 200);
}

/// The documents' `jti`: `AT.`, 43 characters of its own, and a suffix that all access tokens of one refresh token
/// share.
#[tokio::test]
async fn all_access_tokens_of_a_refresh_token_share_a_suffix() {
    let mock = Mock::start().await;
    let tokens = mock.tutorial_tokens("offline_access").await;
    let refreshed = mock.refresh(TUTORIAL, &tokens).await.json();
    let jtis = [&tokens, &refreshed].map(|tokens| text(&claims(&tokens["access_token"])["jti"]).to_owned());
    let [first, second] = jtis.each_ref().map(|jti| jti.split('.').collect::<Vec<_>>());
    assert_eq!((first.len(), first[1].len(), first[2].len()), (3, 43, 44));
    assert_ne!(first[1], second[1]);
    assert_eq!(first[2], second[2]);
    let other = mock.tutorial_tokens("offline_access").await;
    assert!(!text(&claims(&other["access_token"])["jti"]).ends_with(first[2]));
}

/// Fortellis' own sample: everything in the query, with the code of long ago, which is ignored.
#[tokio::test]
async fn the_documents_refresh_request_works_as_printed() {
    let mock = Mock::start().await;
    let tokens = mock.tutorial_tokens("offline_access").await;
    let mut params = refreshing(&tokens);
    params.extend([
        ("redirect_uri", tutorial_app::REDIRECT_URI),
        ("code", "yJKlFgWW8OGv8a1Ei3BH"),
        ("scope", "offline_access"),
    ]);
    let request = mock
        .http
        .post(format!("{}?{}", mock.at("/v1/token"), encoded(&params)))
        .header(header::AUTHORIZATION, basic(TUTORIAL))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let answer = mock.send(request).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.json()["refresh_token"], tokens["refresh_token"]);
}

#[tokio::test]
async fn a_refreshed_id_token_speaks_of_the_same_sign_in_without_its_nonce() {
    let mock = Mock::start().await;
    let request = with(&with(&oidc_request(), "scope", "openid offline_access"), "nonce", "n-0S6_WzA2Mj");
    let code = mock.code(&request).await;
    let tokens = mock.post_as(OIDC, "/v1/token", &oidc_redemption(&code)).await.json();
    mock.advance(100);
    let refreshed = claims(&mock.refresh(OIDC, &tokens).await.json()["id_token"]);
    assert_eq!(refreshed.get("nonce"), None);
    assert_eq!(refreshed["sub"], subscriber::UID);
    assert_eq!(refreshed["aud"], oidc_app::API_KEY);
    assert_eq!((refreshed["auth_time"].as_i64(), refreshed["iat"].as_i64()), (Some(NOW), Some(NOW + 100)));
}

#[tokio::test]
async fn an_app_without_the_grant_gets_no_refresh_token() {
    let mut config = Config::demo();
    config.directory.apps[0].grants = serde_json::from_value(json!(["authorization_code"])).unwrap();
    let mock = Mock::start_with(config).await;
    let tokens = mock.tutorial_tokens("openid offline_access").await;
    assert_eq!(tokens.get("refresh_token"), None);
}

#[tokio::test]
async fn without_offline_access_there_is_no_refresh_token() {
    assert_eq!(Mock::start().await.oidc_tokens("openid").await.get("refresh_token"), None);
}

/// T26
#[tokio::test]
async fn a_made_up_refresh_token_gives_nothing() {
    let mock = Mock::start().await;
    let form =
        [("grant_type", "refresh_token"), ("refresh_token", "iztTKKkT5L7V8DeJhiGIAtvR4jVKlHBt1pHCek69o7M")];
    for app in [TUTORIAL, OIDC] {
        let answer = mock.post_as(app, "/v1/token", &form).await;
        assert_token_error(&answer, 400, "invalid_grant", IS_DEAD);
    }
}

/// T26
#[tokio::test]
async fn an_access_token_is_no_refresh_token() {
    let mock = Mock::start().await;
    let tokens = mock.tutorial_tokens("openid offline_access").await;
    for name in ["access_token", "id_token"] {
        let form = with(&refreshing(&tokens), "refresh_token", text(&tokens[name]));
        let answer = mock.post_as(TUTORIAL, "/v1/token", &form).await;
        assert_token_error(&answer, 400, "invalid_grant", IS_DEAD);
    }
}

/// T27
#[tokio::test]
async fn a_refresh_token_is_needed() {
    let mock = Mock::start().await;
    let tokens = mock.tutorial_tokens("offline_access").await;
    let form = refreshing(&tokens);
    let description = "The required parameter 'refresh_token' is missing.";
    for form in [without(&form, "refresh_token"), with(&form, "refresh_token", "")] {
        let answer = mock.post_as(TUTORIAL, "/v1/token", &form).await;
        assert_token_error(&answer, 400, "invalid_request", description);
    }
}

/// T28
#[tokio::test]
async fn another_apps_refresh_token_gives_nothing_and_lives_on() {
    let mock = Mock::start_with(rotating()).await;
    let tokens = mock.tutorial_tokens("offline_access").await;
    assert_token_error(
        &mock.refresh(OIDC, &tokens).await,
        400,
        "invalid_grant",
        "The grant was issued to another client. Please make sure the 'client_id' matches the one used at the \
         authorize request.",
    );
    assert_eq!(mock.refresh(TUTORIAL, &tokens).await.status, 200);
}

/// T29: Okta says `access_denied`, the RFC `invalid_scope`.
#[tokio::test]
async fn a_refresh_may_not_ask_for_more_than_was_granted() {
    let mock = Mock::start_with(rotating()).await;
    let tokens = mock.tutorial_tokens("openid offline_access").await;
    let form = with(&refreshing(&tokens), "scope", "openid profile");
    assert_token_error(&mock.post_as(TUTORIAL, "/v1/token", &form).await, 400, "access_denied", WIDER);
    assert_eq!(mock.refresh(TUTORIAL, &tokens).await.status, 200, "the attempt used nothing up");

    let tokens = mock.oidc_tokens("openid offline_access").await;
    let form = with(&refreshing(&tokens), "scope", "openid profile");
    assert_token_error(&mock.post_as(OIDC, "/v1/token", &form).await, 400, "invalid_scope", WIDER);
}

#[tokio::test]
async fn a_malformed_scope_is_refused() {
    let mock = Mock::start().await;
    let tokens = mock.oidc_tokens("openid offline_access").await;
    let answer = mock.post_as(OIDC, "/v1/token", &with(&refreshing(&tokens), "scope", "openid \"")).await;
    let description = "One or more scopes are not configured for the authorization server resource.";
    assert_token_error(&answer, 400, "invalid_scope", description);
}

/// X07
#[tokio::test]
async fn a_narrower_scope_holds_for_one_answer() {
    let mock = Mock::start_with(rotating()).await;
    let tokens = mock.oidc_tokens("openid email offline_access").await;
    let form = with(&refreshing(&tokens), "scope", "email");
    let narrowed = mock.post_as(OIDC, "/v1/token", &form).await.json();
    assert_eq!(narrowed["scope"], "email");
    assert_eq!(claims(&narrowed["access_token"])["scp"], json!(["email"]));
    assert_eq!(narrowed.get("id_token"), None);
    let full = mock.refresh(OIDC, &narrowed).await.json();
    assert_eq!(full["scope"], "openid email offline_access");
    assert!(full["id_token"].is_string());
}

/// T30, T31
#[tokio::test]
async fn a_rotated_refresh_token_ends_its_whole_family() {
    let mock = Mock::start_with(rotating()).await;
    for app in [TUTORIAL, OIDC] {
        let tokens = match app {
            TUTORIAL => mock.tutorial_tokens("openid offline_access").await,
            _ => mock.oidc_tokens("openid offline_access").await,
        };
        let second = mock.refresh(app, &tokens).await.json();
        assert_ne!(second["refresh_token"], tokens["refresh_token"]);
        let third = mock.refresh(app, &second).await.json();

        let replay = mock.refresh(app, &tokens).await;
        assert_token_error(&replay, 400, "invalid_grant", IS_DEAD);
        assert_eq!(mock.broken_rule(), "refresh_token_reused");
        assert_token_error(&mock.refresh(app, &third).await, 400, "invalid_grant", IS_DEAD);
        assert_eq!(mock.broken_rule(), "refresh_token_revoked");
        for tokens in [&tokens, &second, &third] {
            assert_bearer_error(&mock.userinfo(&tokens["access_token"]).await, 401, INVALID_TOKEN);
        }
    }
}

/// T32
#[tokio::test]
async fn a_public_apps_refresh_token_is_rotated() {
    let app = json!({
        "name": "Public app", "api_key": "public", "dialect": "oidc", "callbacks": ["http://localhost:8080/"],
    });
    let mock = Mock::start_with(demo_and(app)).await;
    let request = with(&with(&oidc_request(), "client_id", "public"), "scope", "openid offline_access");
    let request = with(&with(&request, "code_challenge", CHALLENGE), "code_challenge_method", "S256");
    let code = mock.code(&request).await;
    let form = with(&with(&oidc_redemption(&code), "client_id", "public"), "code_verifier", VERIFIER);
    let tokens = mock.post("/v1/token", &form).await.json();
    let answer = mock.post("/v1/token", &with(&refreshing(&tokens), "client_id", "public")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let successor = answer.json()["refresh_token"].clone();
    assert!(successor.is_string() && successor != tokens["refresh_token"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_refreshes_at_once_with_a_rotating_token_at_most_one_wins() {
    let mock = Mock::start_with(rotating()).await;
    let tokens = mock.oidc_tokens("openid offline_access").await;
    let mut attempts = JoinSet::new();
    for _ in 0..16 {
        let request = mock.form("/v1/token", &refreshing(&tokens)).header(header::AUTHORIZATION, basic(OIDC));
        attempts.spawn(async { request.send().await.unwrap().status().as_u16() });
    }
    let mut statuses = attempts.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses[0], 200);
    assert!(statuses[1..].iter().all(|status| *status == 400), "{statuses:?}");
}

async fn offline(mock: &Mock) -> Value {
    mock.tutorial_tokens("offline_access").await
}

async fn refreshed_after(mock: &Mock, tokens: &Value, seconds: u64) -> Answer {
    mock.advance(seconds);
    mock.refresh(TUTORIAL, tokens).await
}

#[tokio::test]
async fn a_refresh_token_dies_of_idleness_and_each_use_renews_it() {
    let mock = Mock::start().await;
    let tokens = offline(&mock).await;
    assert_eq!(refreshed_after(&mock, &tokens, IDLE - 1).await.status, 200);
    assert_eq!(refreshed_after(&mock, &tokens, IDLE - 1).await.status, 200);
    let answer = refreshed_after(&mock, &tokens, IDLE).await;
    assert_token_error(&answer, 400, "invalid_grant", IS_DEAD);
    assert_eq!(mock.broken_rule(), "refresh_token_expired");
}
