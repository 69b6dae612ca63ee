//! The client credentials grant at `POST /v1/token`: an app acts for itself (RFC 6749 §4.4).

use fixtures::{backend_app, tutorial_app};
use insta::assert_snapshot;
use reqwest::header;
use serde_json::json;

use crate::{
    refused::assert_token_error,
    support::{Answer, Mock, OIDC, TUTORIAL, basic, claims, demo_and, with, without},
};

const BACKEND: (&str, &str) = (backend_app::API_KEY, backend_app::API_SECRET);

const FORM: [(&str, &str); 2] = [("grant_type", "client_credentials"), ("scope", "anonymous")];

async fn asked(app: (&str, &str), form: &[(&str, &str)]) -> Answer {
    Mock::start().await.post_as(app, "/v1/token", form).await
}

/// T24
#[tokio::test]
async fn an_app_gets_an_access_token_and_nothing_else() {
    assert_snapshot!(asked(BACKEND, &FORM).await.whole());
    for app in [TUTORIAL, OIDC, BACKEND] {
        let tokens = asked(app, &FORM).await.json();
        let members: Vec<&String> = tokens.as_object().unwrap().keys().collect();
        assert_eq!(members, ["token_type", "expires_in", "access_token", "scope"]);
        assert_eq!(tokens["scope"], "anonymous");
        let claims = claims(&tokens["access_token"]);
        assert_eq!((&claims["sub"], claims.get("uid")), (&json!(app.0), None));
    }
}

/// As the documents' Python sample sends it: text without a media type.
#[tokio::test]
async fn the_documents_request_works_as_printed() {
    let mock = Mock::start().await;
    let request = mock
        .http
        .post(mock.at("/v1/token"))
        .header(header::AUTHORIZATION, basic(BACKEND))
        .header(header::ACCEPT, "application/json")
        .header(header::CACHE_CONTROL, "no-cache")
        .body("grant_type=client_credentials&scope=anonymous");
    assert_eq!(mock.send(request).await.status, 200);
}

/// T22
#[tokio::test]
async fn a_public_app_has_nothing_to_act_for_itself_with() {
    let mock = Mock::start_with(demo_and(json!({
        "name": "Public app", "api_key": "public", "dialect": "oidc",
        "grants": ["authorization_code", "client_credentials"],
    })))
    .await;
    let answer = mock.post("/v1/token", &with(&FORM, "client_id", "public")).await;
    assert_token_error(
        &answer,
        400,
        "unauthorized_client",
        "The client is not authorized to use the provided grant type. Configured grant types: \
         [authorization_code].",
    );
}

/// T23
#[tokio::test]
async fn an_unknown_scope_is_refused() {
    let description = "One or more scopes are not configured for the authorization server resource.";
    for (app, scope) in [(TUTORIAL, "nope"), (OIDC, "nope"), (TUTORIAL, "anonymous nope"), (OIDC, "\"")] {
        let answer = asked(app, &with(&FORM, "scope", scope)).await;
        assert_token_error(&answer, 400, "invalid_scope", description);
    }
}

#[tokio::test]
async fn a_misspelt_scope_is_answered_with_the_nearest_one() {
    let mock = Mock::start().await;
    mock.post_as(BACKEND, "/v1/token", &with(&FORM, "scope", "anonymus")).await;
    assert_eq!(mock.last_entry().refusal.unwrap().remedy, "was anonymous meant?");
}

#[tokio::test]
async fn there_is_no_default_scope() {
    let description = "The authorization server resource does not have any configured default scopes, 'scope' must \
                       be provided.";
    for app in [BACKEND, OIDC] {
        for form in [without(&FORM, "scope"), with(&FORM, "scope", ""), with(&FORM, "scope", " ")] {
            assert_token_error(&asked(app, &form).await, 400, "invalid_scope", description);
        }
    }
}

#[tokio::test]
async fn scopes_that_speak_of_a_person_are_refused() {
    for app in [TUTORIAL, OIDC] {
        for scope in ["openid", "profile", "email", "offline_access"] {
            let answer = asked(app, &with(&FORM, "scope", &format!("anonymous {scope}"))).await;
            let description = format!("Cannot request '{scope}' scopes using client credentials.");
            assert_token_error(&answer, 400, "invalid_scope", &description);
        }
    }
}

#[tokio::test]
async fn a_redirect_uri_is_needless_but_has_to_be_registered() {
    for registered in ["http://localhost:80", "http://localhost:80/", tutorial_app::REDIRECT_URI] {
        let answer = asked(TUTORIAL, &with(&FORM, "redirect_uri", registered)).await;
        assert_eq!(answer.status, 200, "{registered}");
    }
    let description = "The 'redirect_uri' parameter must be a Login redirect URI in the client app settings.";
    for app in [TUTORIAL, BACKEND] {
        let answer = asked(app, &with(&FORM, "redirect_uri", "https://evil.test/")).await;
        assert_token_error(&answer, 400, "invalid_request", description);
    }
}
