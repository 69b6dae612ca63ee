//! `/v1/logout`: ends the session of the user whom the ID token names, and goes on to registered addresses only
//! (OpenID Connect RP-Initiated Logout).

use std::time::Duration;

use fixtures::{dealer, subscriber};
use mock_idp::{Endpoint, Outcome};
use reqwest::{Method, header};

use crate::{
    refused_authorization::{assert_kept_by_nobody, on_a_page},
    support::{
        Answer, Mock, OIDC, TUTORIAL, assert_masked, oidc_redemption, oidc_request, tutorial_request, with,
    },
};

const HINT_INVALID: &str = "The 'id_token_hint' parameter is invalid.";
const UNREGISTERED: &str =
    "The 'post_logout_redirect_uri' parameter must be a Logout redirect URI in the client app settings.";
const REPEATED: &str = "The request contained multiple parameters with the same name.";

/// The browser is signed in, and these are the ID tokens of both apps.
async fn signed_in(mock: &Mock) -> [String; 2] {
    let id_token = |tokens: serde_json::Value| tokens["id_token"].as_str().unwrap().to_owned();
    [id_token(mock.tutorial_tokens("openid").await), id_token(mock.oidc_tokens("openid").await)]
}

async fn log_out(mock: &Mock, params: &[(&str, &str)]) -> Answer {
    let url = reqwest::Url::parse_with_params(&mock.at("/v1/logout"), params).unwrap();
    mock.browse(Method::GET, url.as_str(), &[]).await
}

async fn is_signed_in(mock: &Mock) -> bool {
    let answer = mock.authorize(&with(&tutorial_request(), "prompt", "none")).await;
    answer.callback_param("code").is_some()
}

#[tokio::test]
async fn logging_out_ends_the_session_and_says_so() {
    let mock = Mock::start().await;
    for hint in signed_in(&mock).await {
        mock.signed_in(&tutorial_request()).await;
        assert!(is_signed_in(&mock).await);
        let answer = log_out(&mock, &[("id_token_hint", &hint)]).await;
        assert_eq!((answer.status, answer.header("location")), (200, ""));
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        assert_kept_by_nobody(&answer);
        let entry = mock.last_entry();
        assert_eq!((entry.endpoint, entry.outcome), (Endpoint::Logout, Outcome::Answered));
        assert_masked(&entry, "id_token_hint", &hint);
        assert!(!is_signed_in(&mock).await);
    }
}

#[tokio::test]
async fn the_session_is_over_even_for_who_kept_its_cookie() {
    let mock = Mock::start().await;
    let cookie = mock.signed_in(&tutorial_request()).await.header("set-cookie").to_owned();
    let [hint, _] = signed_in(&mock).await;
    log_out(&mock, &[("id_token_hint", &hint)]).await;
    let params = with(&tutorial_request(), "prompt", "none");
    let url = reqwest::Url::parse_with_params(&mock.at("/v1/authorize"), &params).unwrap();
    let kept = cookie.split(';').next().unwrap();
    let answer = mock.send(mock.http.get(url).header(header::COOKIE, kept)).await;
    assert_eq!(answer.callback_param("error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn a_registered_address_is_gone_on_to_with_the_state() {
    let mock = Mock::start().await;
    let [_, hint] = signed_in(&mock).await;
    let answer = log_out(
        &mock,
        &[
            ("id_token_hint", &hint),
            ("post_logout_redirect_uri", "http://localhost:8080/"),
            ("state", "a b&c"),
        ],
    )
    .await;
    insta::assert_snapshot!(answer.whole());
}

#[tokio::test]
async fn without_a_state_none_is_made_up() {
    let mock = Mock::start().await;
    for hint in signed_in(&mock).await {
        let to = ("post_logout_redirect_uri", "http://localhost:8080/");
        let answer = log_out(&mock, &[("id_token_hint", &hint), to]).await;
        assert_eq!((answer.status, answer.header("location")), (302, "http://localhost:8080/"));
    }
}

#[tokio::test]
async fn a_posted_logout_goes_on_by_get() {
    let mock = Mock::start().await;
    let [_, hint] = signed_in(&mock).await;
    let form = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", "http://localhost:8080/")];
    let answer = mock.browse(Method::POST, &mock.at("/v1/logout"), &form).await;
    assert_eq!((answer.status, answer.header("location")), (303, "http://localhost:8080/"));
    assert!(!is_signed_in(&mock).await);
}

/// X14
#[tokio::test]
async fn an_unregistered_address_is_not_gone_on_to() {
    let mock = Mock::start().await;
    for hint in signed_in(&mock).await {
        for evil in [
            "https://evil.test/",
            "http://localhost:8080/x",
            "http://localhost:8080/?x=1",
            "http://localhost:8080/#x",
            "http://localhost:8080@evil.test/",
            "http://localhost:8081/",
            "//evil.test",
            "javascript:alert(1)",
        ] {
            let answer =
                log_out(&mock, &[("id_token_hint", &hint), ("post_logout_redirect_uri", evil)]).await;
            on_a_page(&mock, &answer, UNREGISTERED, "post_logout_redirect_uri_unregistered");
            assert!(!answer.body.contains("href=\"javascript"), "{}", answer.body);
        }
    }
    assert!(is_signed_in(&mock).await, "a request that is refused ends nothing");
}

#[tokio::test]
async fn an_address_of_another_app_is_not_gone_on_to() {
    let mock = Mock::start().await;
    let [tutorial, oidc] = signed_in(&mock).await;
    // Registered with the tutorial app alone.
    let to = ("post_logout_redirect_uri", "http://localhost:80/");
    let answer = log_out(&mock, &[("id_token_hint", &oidc), to]).await;
    on_a_page(&mock, &answer, UNREGISTERED, "post_logout_redirect_uri_unregistered");
    let named = ("client_id", OIDC.0);
    let answer = log_out(&mock, &[("id_token_hint", &tutorial), to, named]).await;
    on_a_page(&mock, &answer, UNREGISTERED, "post_logout_redirect_uri_unregistered");
    let answer = log_out(&mock, &[("id_token_hint", &tutorial), to, ("client_id", TUTORIAL.0)]).await;
    assert_eq!(answer.header("location"), "http://localhost:80/");
}

/// The ID token of an `oidc` app says for whom it was made; `client_id` has to say the same (§2).
#[tokio::test]
async fn an_app_cannot_log_out_with_another_apps_id_token() {
    let mock = Mock::start().await;
    let [_, hint] = signed_in(&mock).await;
    let to = ("post_logout_redirect_uri", "http://localhost:80/");
    for params in [
        vec![("id_token_hint", hint.as_str()), ("client_id", TUTORIAL.0)],
        vec![("id_token_hint", hint.as_str()), ("client_id", TUTORIAL.0), to],
    ] {
        let answer = log_out(&mock, &params).await;
        on_a_page(&mock, &answer, HINT_INVALID, "id_token_hint_of_another_app");
    }
    assert!(is_signed_in(&mock).await);
}

#[tokio::test]
async fn an_unknown_client_id_is_refused() {
    let mock = Mock::start().await;
    for hint in signed_in(&mock).await {
        let answer = log_out(&mock, &[("id_token_hint", &hint), ("client_id", "nope")]).await;
        on_a_page(&mock, &answer, "Invalid value for 'client_id' parameter.", "client_unknown");
    }
}

#[tokio::test]
async fn no_hint_is_refused() {
    let mock = Mock::start().await;
    signed_in(&mock).await;
    let summary = "The required parameter 'id_token_hint' is missing.";
    for params in [
        vec![],
        vec![("id_token_hint", "")],
        vec![("client_id", OIDC.0), ("post_logout_redirect_uri", "http://localhost:8080/")],
    ] {
        let answer = log_out(&mock, &params).await;
        on_a_page(&mock, &answer, summary, "id_token_hint_missing");
    }
    assert!(is_signed_in(&mock).await);
}

/// X15
#[tokio::test]
async fn a_forged_hint_is_refused() {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let mock = Mock::start().await;
    let [hint, _] = signed_in(&mock).await;
    let parts: Vec<&str> = hint.split('.').collect();
    let kid = mock.issuer.keys().jwks().keys[0].kid.clone();
    let none = URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"none","typ":"JWT","kid":"{kid}"}}"#));
    let other = URL_SAFE_NO_PAD.encode(format!(r#"{{"sub":"{}","jti":"ID.x"}}"#, dealer::UID));
    let access = mock.oidc_tokens("openid").await["access_token"].as_str().unwrap().to_owned();
    for forged in [
        format!("{none}.{}.", parts[1]),
        format!("{none}.{}.{}", parts[1], parts[2]),
        format!("{}.{other}.{}", parts[0], parts[2]),
        format!("{}.{}.", parts[0], parts[1]),
        access,
        "nope".to_owned(),
    ] {
        let answer = log_out(
            &mock,
            &[("id_token_hint", &forged), ("post_logout_redirect_uri", "http://localhost:8080/")],
        )
        .await;
        on_a_page(&mock, &answer, HINT_INVALID, "id_token_hint_invalid");
    }
    assert!(is_signed_in(&mock).await);
}

#[tokio::test]
async fn another_issuers_hint_is_refused() {
    let mock = Mock::start().await;
    let mut other = Mock::start().await;
    other.issuer = other.idp.issuer("other");
    let [hint, _] = signed_in(&other).await;
    let answer = log_out(&mock, &[("id_token_hint", &hint)]).await;
    on_a_page(&mock, &answer, HINT_INVALID, "id_token_hint_invalid");
}

#[tokio::test]
async fn an_expired_hint_is_as_good_as_a_fresh_one() {
    let mock = Mock::start().await;
    let [_, hint] = signed_in(&mock).await;
    mock.issuer.advance(Duration::from_secs(3601));
    assert!(is_signed_in(&mock).await);
    assert_eq!(log_out(&mock, &[("id_token_hint", &hint)]).await.status, 200);
    assert!(!is_signed_in(&mock).await);
}

#[tokio::test]
async fn another_users_session_goes_on() {
    let mock = Mock::start().await;
    let [_, hint] = signed_in(&mock).await;
    let page = mock.authorize(&with(&oidc_request(), "prompt", "login")).await;
    mock.submit(&page, dealer::USERNAME, dealer::PASSWORD).await;
    let answer = log_out(&mock, &[("id_token_hint", &hint)]).await;
    assert_eq!((answer.status, answer.header("set-cookie")), (200, ""));
    assert!(is_signed_in(&mock).await, "the dealer is still signed in");
}

#[tokio::test]
async fn logging_out_twice_or_without_a_session_is_no_error() {
    let mock = Mock::start().await;
    let [_, hint] = signed_in(&mock).await;
    for _ in 0..2 {
        let to = ("post_logout_redirect_uri", "http://localhost:8080/");
        let answer = log_out(&mock, &[("id_token_hint", &hint), to]).await;
        assert_eq!(answer.header("location"), "http://localhost:8080/");
    }
    mock.forget_cookies();
    assert_eq!(log_out(&mock, &[("id_token_hint", &hint)]).await.status, 200);
}

#[tokio::test]
async fn logging_out_ends_no_refresh_token_of_another_browser() {
    let mock = Mock::start().await;
    let code = mock.code(&with(&oidc_request(), "scope", "openid offline_access")).await;
    let tokens = mock.post_as(OIDC, "/v1/token", &oidc_redemption(&code)).await.json();
    log_out(&mock, &[("id_token_hint", tokens["id_token"].as_str().unwrap())]).await;
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    assert_eq!(mock.post_as(OIDC, "/v1/token", &form).await.status, 200, "offline means offline");
}

#[tokio::test]
async fn a_parameter_twice_is_refused() {
    let mock = Mock::start().await;
    let [_, hint] = signed_in(&mock).await;
    let to = ("post_logout_redirect_uri", "http://localhost:8080/");
    for again in [("id_token_hint", hint.as_str()), to, ("post_logout_redirect_uri", "https://evil.test/")] {
        let answer = log_out(&mock, &[("id_token_hint", &hint), to, again]).await;
        on_a_page(&mock, &answer, REPEATED, "parameter_repeated");
    }
    assert!(is_signed_in(&mock).await);
}

#[tokio::test]
async fn what_is_no_form_ends_on_a_page() {
    let mock = Mock::start().await;
    let [_, hint] = signed_in(&mock).await;
    let json = format!("{{\"id_token_hint\":\"{hint}\"}}");
    for (media, body, rule) in [
        ("application/json", json.as_str(), "media_type_unsupported"),
        ("text/plain", "id_token_hint=x", "media_type_unsupported"),
        ("application/x-www-form-urlencoded", "id_token_hint=%zz", "request_unreadable"),
        ("application/x-www-form-urlencoded", "id_token_hint=%00", "request_unreadable"),
    ] {
        let request = mock.http.post(mock.at("/v1/logout")).header(header::CONTENT_TYPE, media);
        let answer = mock.send(request.body(body.to_owned())).await;
        on_a_page(&mock, &answer, "", rule);
    }
}

#[tokio::test]
async fn other_methods_are_not_allowed() {
    let mock = Mock::start().await;
    for method in [Method::PUT, Method::DELETE, Method::OPTIONS] {
        let answer = mock.browse(method, &mock.at("/v1/logout"), &[]).await;
        assert_eq!((answer.status, answer.header("allow")), (405, "GET, POST"));
        assert_eq!(answer.json()["errorCode"], "E0000022");
        assert_kept_by_nobody(&answer);
    }
}

#[tokio::test]
async fn after_logging_out_somebody_else_may_sign_in() {
    let mock = Mock::start().await;
    let [_, hint] = signed_in(&mock).await;
    log_out(&mock, &[("id_token_hint", &hint)]).await;
    let page = mock.authorize(&tutorial_request()).await;
    let answer = mock.submit(&page, subscriber::USERNAME, subscriber::PASSWORD).await;
    assert!(answer.callback_param("code").is_some());
}
