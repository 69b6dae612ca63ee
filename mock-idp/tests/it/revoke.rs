//! `POST /v1/revoke`: ends a token (RFC 7009).

use fixtures::oidc_app;
use insta::assert_snapshot;
use mock_idp::Config;
use reqwest::{Method, header};
use serde_json::{Value, json};

use crate::{
    refused::{INVALID_TOKEN, assert_bearer_error, assert_error, assert_token_error},
    support::{
        Answer, Mock, OIDC, TUTORIAL, basic, demo_and, encoded, oidc_redemption, oidc_request, text, with,
    },
};

const PATH: &str = "/v1/revoke";

async fn revoke(mock: &Mock, app: (&str, &str), token: &Value) -> Answer {
    mock.post_as(app, PATH, &[("token", text(token))]).await
}

/// R01
#[tokio::test]
async fn revoking_an_unknown_token_succeeds() {
    let mock = Mock::start().await;
    assert_snapshot!(revoke(&mock, TUTORIAL, &json!("made-up")).await.whole(), @r"
    200
    cache-control: no-cache, no-store
    content-type: application/json
    expires: 0
    pragma: no-cache
    referrer-policy: no-referrer
    x-content-type-options: nosniff

    {}
    ");
    assert_eq!(revoke(&mock, OIDC, &json!("a.b.c")).await.status, 200);
}

/// R02
#[tokio::test]
async fn a_wrong_hint_changes_nothing() {
    for (name, hint) in [("access_token", "refresh_token"), ("refresh_token", "nope")] {
        let mock = Mock::start().await;
        let tokens = mock.oidc_tokens("openid offline_access").await;
        let form = [("token", text(&tokens[name]))];
        assert_eq!(mock.post_as(OIDC, PATH, &with(&form, "token_type_hint", hint)).await.status, 200);
        assert_eq!(mock.introspected(OIDC, &tokens[name]).await, json!({ "active": false }));
    }
}

/// R03
#[tokio::test]
async fn a_token_is_needed() {
    let mock = Mock::start().await;
    for app in [TUTORIAL, OIDC] {
        for form in [vec![], vec![("token", "")]] {
            let answer = mock.post_as(app, PATH, &form).await;
            assert_error(&answer, 400, "invalid_request", "The required parameter 'token' is missing.");
        }
    }
}

/// R04
#[tokio::test]
async fn nobody_revokes_without_authentication() {
    let mock = Mock::start().await;
    let tokens = mock.oidc_tokens("openid").await;
    let form = [("token", text(&tokens["access_token"]))];
    let answer = mock.post(PATH, &form).await;
    assert_error(&answer, 401, "invalid_client", "No client credentials found.");
    let answer = mock.post_as((oidc_app::API_KEY, "wrong"), PATH, &form).await;
    let description = "The client secret supplied for a confidential client is invalid.";
    assert_error(&answer, 401, "invalid_client", description);
    assert_eq!(mock.userinfo(&tokens["access_token"]).await.status, 200);
}

/// R06
#[tokio::test]
async fn a_revoked_refresh_token_takes_its_access_tokens_with_it() {
    let mock = Mock::start().await;
    let tokens = mock.tutorial_tokens("openid offline_access").await;
    let refreshed = mock.refresh(TUTORIAL, &tokens).await.json();
    assert_eq!(revoke(&mock, TUTORIAL, &tokens["refresh_token"]).await.status, 200);
    let refresh = mock.refresh(TUTORIAL, &tokens).await;
    assert_token_error(&refresh, 400, "invalid_grant", "The refresh token is invalid or expired.");
    for tokens in [&tokens, &refreshed] {
        assert_bearer_error(&mock.userinfo(&tokens["access_token"]).await, 401, INVALID_TOKEN);
    }
    assert_eq!(revoke(&mock, TUTORIAL, &tokens["refresh_token"]).await.status, 200, "twice is no error");
}

/// R06
#[tokio::test]
async fn a_rotated_refresh_token_still_ends_its_family() {
    let mut config = Config::demo();
    config.directory.apps[1].rotate_refresh_tokens = true;
    let mock = Mock::start_with(config).await;
    let tokens = mock.oidc_tokens("openid offline_access").await;
    let successor = mock.refresh(OIDC, &tokens).await.json();
    revoke(&mock, OIDC, &tokens["refresh_token"]).await;
    assert_eq!(mock.refresh(OIDC, &successor).await.status, 400);
}

/// R07
#[tokio::test]
async fn a_revoked_access_token_leaves_the_refresh_token_alive() {
    let mock = Mock::start().await;
    let tokens = mock.oidc_tokens("openid offline_access").await;
    assert_eq!(revoke(&mock, OIDC, &tokens["access_token"]).await.status, 200);
    assert_bearer_error(&mock.userinfo(&tokens["access_token"]).await, 401, INVALID_TOKEN);
    let refreshed = mock.refresh(OIDC, &tokens).await.json();
    assert_eq!(mock.userinfo(&refreshed["access_token"]).await.status, 200);
}

/// RFC 7009 §2.1: the token was not issued to the app that asks.
#[tokio::test]
async fn another_apps_tokens_live_on() {
    let mock = Mock::start().await;
    let tokens = mock.oidc_tokens("openid offline_access").await;
    for name in ["access_token", "refresh_token"] {
        assert_eq!(revoke(&mock, TUTORIAL, &tokens[name]).await.status, 200);
        assert_eq!(mock.introspected(OIDC, &tokens[name]).await["active"], true, "{name}");
    }
}

#[tokio::test]
async fn an_id_token_is_nothing_to_revoke() {
    let mock = Mock::start().await;
    let tokens = mock.oidc_tokens("openid").await;
    assert_eq!(revoke(&mock, OIDC, &tokens["id_token"]).await.status, 200);
    for name in ["id_token", "access_token"] {
        assert_eq!(mock.introspected(OIDC, &tokens[name]).await["active"], true, "{name}");
    }
}

#[tokio::test]
async fn an_app_revokes_its_own_token() {
    let mock = Mock::start().await;
    let tokens = mock.app_tokens(TUTORIAL).await;
    revoke(&mock, TUTORIAL, &tokens["access_token"]).await;
    let told = mock.introspected(TUTORIAL, &tokens["access_token"]).await;
    assert_eq!(told, json!({ "active": false }));
}

#[tokio::test]
async fn a_public_app_revokes_with_its_key_alone() {
    let mock = Mock::start_with(demo_and(json!({
        "name": "Public app", "api_key": "public", "dialect": "oidc", "callbacks": ["http://localhost:8080/"],
    })))
    .await;
    // RFC 7636 Appendix B.
    let request = with(&with(&oidc_request(), "client_id", "public"), "code_challenge_method", "S256");
    let code =
        mock.code(&with(&request, "code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")).await;
    let form = with(&oidc_redemption(&code), "client_id", "public");
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let tokens = mock.post("/v1/token", &with(&form, "code_verifier", verifier)).await.json();
    let token = text(&tokens["access_token"]);
    assert_eq!(mock.userinfo(&tokens["access_token"]).await.status, 200);
    assert_eq!(mock.post(PATH, &[("token", token), ("client_id", "public")]).await.status, 200);
    assert_bearer_error(&mock.userinfo(&tokens["access_token"]).await, 401, INVALID_TOKEN);
}

#[tokio::test]
async fn only_post_is_served() {
    let mock = Mock::start().await;
    let tokens = mock.oidc_tokens("openid").await;
    let query = encoded(&[("token", text(&tokens["access_token"]))]);
    let request = mock
        .http
        .request(Method::GET, format!("{}?{query}", mock.at(PATH)))
        .header(header::AUTHORIZATION, basic(OIDC));
    let answer = mock.send(request).await;
    assert_eq!((answer.status, answer.header("allow")), (405, "POST"));
    assert_eq!(mock.userinfo(&tokens["access_token"]).await.status, 200);
}
