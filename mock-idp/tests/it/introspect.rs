//! `POST /v1/introspect`: whether a token is active, and what it stands for (RFC 7662).

use fixtures::oidc_app;
use insta::assert_snapshot;
use mock_idp::Config;
use reqwest::{Method, header};
use serde_json::{Value, json};

use crate::{
    refused::assert_error,
    support::{Mock, OIDC, TUTORIAL, assert_masked, basic, claims, demo_and, encoded, text, with, without},
};

const PATH: &str = "/v1/introspect";

fn inactive() -> Value {
    json!({ "active": false })
}

/// I01
#[tokio::test]
async fn nobody_is_told_without_authentication() {
    let mock = Mock::start().await;
    let tokens = mock.oidc_tokens("openid").await;
    let form = [("token", text(&tokens["access_token"]))];
    let answer = mock.post(PATH, &form).await;
    assert_error(&answer, 401, "invalid_client", "No client credentials found.");
    let answer = mock.post_as((oidc_app::API_KEY, "wrong"), PATH, &form).await;
    let description = "The client secret supplied for a confidential client is invalid.";
    assert_error(&answer, 401, "invalid_client", description);
}

/// I01: a public app cannot prove who it is, and the metadata does not offer `none` here.
#[tokio::test]
async fn a_public_app_is_told_nothing() {
    let app = json!({ "name": "Public app", "api_key": "public", "dialect": "oidc" });
    let mock = Mock::start_with(demo_and(app)).await;
    let tokens = mock.oidc_tokens("openid").await;
    let form = [("token", text(&tokens["access_token"])), ("client_id", "public")];
    let description =
        "Client authentication failed. Either the client or the client credentials are invalid.";
    assert_error(&mock.post(PATH, &form).await, 401, "invalid_client", description);
}

/// I02
#[tokio::test]
async fn nothing_is_told_of_what_is_no_token() {
    let mock = Mock::start().await;
    let tokens = mock.oidc_tokens("openid").await;
    let token = text(&tokens["access_token"]);
    for token in ["made-up", "a.b.c", &token[..token.len() - 4], &format!("{token}.x")] {
        let answer = mock.post_as(OIDC, PATH, &[("token", token)]).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"active":false}"#));
    }
}

/// I03
#[tokio::test]
async fn a_token_is_needed() {
    let mock = Mock::start().await;
    for form in [vec![], vec![("token", "")], vec![("token_type_hint", "access_token")]] {
        for app in [TUTORIAL, OIDC] {
            let answer = mock.post_as(app, PATH, &form).await;
            assert_error(&answer, 400, "invalid_request", "The required parameter 'token' is missing.");
        }
    }
}

#[tokio::test]
async fn a_token_sent_twice_is_refused() {
    let mock = Mock::start().await;
    let answer = mock.post_as(OIDC, PATH, &[("token", "a"), ("token", "b")]).await;
    let description = "The request contained multiple parameters with the same name.";
    assert_error(&answer, 400, "invalid_request", description);
}

/// I04
#[tokio::test]
async fn only_post_is_served() {
    let mock = Mock::start().await;
    let tokens = mock.oidc_tokens("openid").await;
    let query = encoded(&[("token", text(&tokens["access_token"]))]);
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let request = mock
            .http
            .request(method, format!("{}?{query}", mock.at(PATH)))
            .header(header::AUTHORIZATION, basic(OIDC));
        let answer = mock.send(request).await;
        assert_eq!((answer.status, answer.header("allow")), (405, "POST"));
        assert_eq!(answer.json().get("active"), None);
    }
}

/// I05
#[tokio::test]
async fn a_live_access_token_is_told_in_oktas_order() {
    let mock = Mock::start().await;
    let tokens = mock.tutorial_tokens("openid profile").await;
    let answer = mock.post_as(TUTORIAL, PATH, &[("token", text(&tokens["access_token"]))]).await;
    assert_snapshot!(answer.whole());
}

/// I05
#[tokio::test]
async fn a_revoked_access_token_is_inactive_and_nothing_else() {
    let mock = Mock::start().await;
    let tokens = mock.oidc_tokens("openid").await;
    let token = &tokens["access_token"];
    let told = mock.introspected(OIDC, token).await;
    assert_eq!((&told["active"], &told["client_id"]), (&json!(true), &json!(oidc_app::API_KEY)));
    assert_eq!(told["scope"], "openid");
    mock.post_as(OIDC, "/v1/revoke", &[("token", text(token))]).await;
    assert_eq!(mock.introspected(OIDC, token).await, inactive());
}

#[tokio::test]
async fn an_apps_own_token_has_no_uid() {
    let mock = Mock::start().await;
    let tokens = mock.app_tokens(TUTORIAL).await;
    let told = mock.introspected(TUTORIAL, &tokens["access_token"]).await;
    assert_eq!((&told["active"], told.get("uid")), (&json!(true), None));
    assert_eq!((&told["sub"], &told["client_id"]), (&json!(TUTORIAL.0), &json!(TUTORIAL.0)));
}

#[tokio::test]
async fn an_id_token_is_told_claim_by_claim() {
    let mock = Mock::start().await;
    for (app, tokens) in
        [(TUTORIAL, mock.tutorial_tokens("openid").await), (OIDC, mock.oidc_tokens("openid").await)]
    {
        let mut told = mock.introspected(app, &tokens["id_token"]).await;
        assert_eq!(told.as_object_mut().unwrap().shift_remove("active"), Some(json!(true)));
        assert_eq!(told, claims(&tokens["id_token"]));
    }
}

#[tokio::test]
async fn a_live_refresh_token_is_told() {
    let mock = Mock::start().await;
    let tokens = mock.tutorial_tokens("openid offline_access").await;
    let answer = mock.post_as(TUTORIAL, PATH, &[("token", text(&tokens["refresh_token"]))]).await;
    assert_snapshot!(answer.body, @r#"{"active":true,"scope":"openid offline_access","client_id":"TutorialAppKey000000000000000001","username":"subscriber@example.com","exp":1767927845,"sub":"subscriber@example.com","iss":"http://localhost:9100/oauth2/test","uid":"00u0demosubscriber01"}"#);
}

#[tokio::test]
async fn a_rotated_refresh_token_is_inactive() {
    let mut config = Config::demo();
    config.directory.apps[1].rotate_refresh_tokens = true;
    let mock = Mock::start_with(config).await;
    let tokens = mock.oidc_tokens("openid offline_access").await;
    let successor = mock.refresh(OIDC, &tokens).await.json();
    assert_eq!(mock.introspected(OIDC, &tokens["refresh_token"]).await, inactive());
    assert_eq!(mock.introspected(OIDC, &successor["refresh_token"]).await["active"], true);
}

#[tokio::test]
async fn every_token_is_active_until_its_expiry_and_not_at_it() {
    for (name, lifetime) in [("access_token", 3600), ("id_token", 3600), ("refresh_token", 604_800)] {
        let mock = Mock::start().await;
        let tokens = mock.oidc_tokens("openid offline_access").await;
        mock.advance(lifetime - 1);
        assert_eq!(mock.introspected(OIDC, &tokens[name]).await["active"], true, "{name}");
        mock.advance(1);
        assert_eq!(mock.introspected(OIDC, &tokens[name]).await, inactive(), "{name}");
    }
}

#[tokio::test]
async fn hints_change_nothing() {
    let mock = Mock::start().await;
    let tokens = mock.oidc_tokens("openid offline_access").await;
    for name in ["access_token", "id_token", "refresh_token"] {
        let form = [("token", text(&tokens[name])), ("token_type_hint", "")];
        for hint in ["access_token", "id_token", "refresh_token", "nope"] {
            let answer = mock.post_as(OIDC, PATH, &with(&form, "token_type_hint", hint)).await;
            assert_eq!((answer.status, &answer.json()["active"]), (200, &json!(true)), "{name} as {hint}");
        }
        let plain = mock.post_as(OIDC, PATH, &without(&form, "token_type_hint")).await;
        assert_eq!(plain.json()["active"], true);
    }
}

#[tokio::test]
async fn a_token_of_another_issuer_is_inactive() {
    let mock = Mock::start().await;
    let tokens = mock.oidc_tokens("openid offline_access").await;
    for name in ["access_token", "id_token", "refresh_token"] {
        let request = mock
            .http
            .post(mock.outside("/oauth2/elsewhere/v1/introspect"))
            .header(header::AUTHORIZATION, basic(OIDC))
            .body(encoded(&[("token", text(&tokens[name]))]));
        assert_eq!(mock.send(request).await.json(), inactive());
    }
}

#[tokio::test]
async fn the_journal_names_who_asked_and_masks_what_for() {
    let mock = Mock::start().await;
    let tokens = mock.oidc_tokens("openid").await;
    mock.introspected(OIDC, &tokens["access_token"]).await;
    let entry = mock.last_entry();
    assert_eq!(entry.app.as_ref().unwrap().as_str(), oidc_app::API_KEY);
    assert_masked(&entry, "token", text(&tokens["access_token"]));
}
