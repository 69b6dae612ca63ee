//! Issuers: made at their first use, isolated from each other, bounded in number.

use std::{sync::Arc, time::Duration};

use mock_idp::{Config, Timestamp};
use reqwest::{Method, header};
use serde_json::json;

use crate::support::{Mock, NOW, TUTORIAL, basic, claims, tutorial_redemption, tutorial_request, with};

/// The same mock seen from another of its issuers, as another test does that shares it.
async fn status(mock: &Mock, path: &str) -> u16 {
    mock.get(&mock.outside(path)).await.status
}

#[tokio::test]
async fn default_exists_from_the_start_and_any_other_from_its_first_use() {
    let mock = Mock::start().await;
    for name in ["default", "a", "A_b-9", &"x".repeat(64)] {
        let answer =
            mock.get(&mock.outside(&format!("/oauth2/{name}/.well-known/openid-configuration"))).await;
        assert_eq!(answer.status, 200, "{name}");
        assert!(answer.json()["issuer"].as_str().unwrap().ends_with(&format!("/oauth2/{name}")));
    }
}

/// Okta's own answer for an authorization server that it does not know (fortellis.md §4.4).
#[tokio::test]
async fn a_name_that_cannot_be_gets_oktas_404() {
    let mock = Mock::start().await;
    for name in ["a.b", "a%20b", "%C3%A9", "a%2Fb", "%00", &"x".repeat(65), "..;", "a+b", "~"] {
        for path in ["/v1/authorize", "/v1/token", "/v1/keys", "/.well-known/openid-configuration"] {
            assert_eq!(status(&mock, &format!("/oauth2/{name}{path}")).await, 404, "{name}{path}");
        }
    }
    insta::assert_snapshot!(mock.get(&mock.outside("/oauth2/a.b/v1/keys")).await.whole());
}

#[tokio::test]
async fn no_name_and_other_roots_are_unknown_paths() {
    let mock = Mock::start().await;
    for path in
        ["/oauth2//v1/keys", "/oauth2/v1/keys", "/oauth2", "/oauth2/", "/", "/v1/keys", "/oauth2/a/../b"]
    {
        let answer = mock.get(&mock.outside(path)).await;
        assert_eq!((answer.status, answer.json()["errorCode"].as_str()), (404, Some("E0000007")), "{path}");
    }
}

#[tokio::test]
async fn strict_issuers_are_not_made_and_every_endpoint_says_so() {
    let mock = Mock::start_with(Config { strict_issuers: true, ..Config::demo() }).await;
    assert_eq!(status(&mock, "/oauth2/default/v1/keys").await, 200);
    for (method, path) in [
        (Method::GET, "/.well-known/openid-configuration"),
        (Method::GET, "/.well-known/oauth-authorization-server"),
        (Method::GET, "/v1/keys"),
        (Method::GET, "/v1/authorize"),
        (Method::POST, "/v1/authorize"),
        (Method::GET, "/sign-in/x"),
        (Method::POST, "/sign-in/x"),
        (Method::POST, "/v1/token"),
        (Method::POST, "/v1/token/"),
        (Method::OPTIONS, "/v1/token"),
        (Method::GET, "/v1/token"),
        (Method::GET, "/v1/userinfo"),
        (Method::POST, "/v1/introspect"),
        (Method::POST, "/v1/revoke"),
        (Method::GET, "/v1/logout"),
    ] {
        let url = mock.outside(&format!("/oauth2/other{path}"));
        let answer = mock.browse(method.clone(), &url, &[]).await;
        assert_eq!(answer.status, 404, "{method} {path}: {}", answer.whole());
        assert_eq!(
            answer.json()["errorSummary"],
            "Not found: Resource not found: other (AuthorizationServer)",
            "{method} {path}"
        );
        assert!(answer.header("cache-control").contains("no-store"));
    }
    for document in ["openid-configuration", "oauth-authorization-server"] {
        assert_eq!(status(&mock, &format!("/.well-known/{document}/oauth2/other")).await, 404);
        assert_eq!(status(&mock, &format!("/.well-known/{document}/oauth2/default")).await, 200);
    }
    insta::assert_snapshot!(mock.get(&mock.outside("/oauth2/other/v1/keys")).await.whole());
}

#[tokio::test]
async fn a_code_of_one_issuer_is_unknown_to_another() {
    let mock = Mock::start().await;
    let code = mock.code(&tutorial_request()).await;
    let form = tutorial_redemption(&code);
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&form).finish();
    let elsewhere = mock
        .http
        .post(mock.outside("/oauth2/other/v1/token"))
        .header(header::AUTHORIZATION, basic(TUTORIAL))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(body);
    let answer = mock.send(elsewhere).await;
    assert_eq!((answer.status, answer.json()["error"].as_str()), (400, Some("invalid_grant")));
    assert_eq!(mock.post_as(TUTORIAL, "/v1/token", &form).await.status, 200, "and is still good at its own");
}

#[tokio::test]
async fn a_token_of_one_issuer_is_no_token_to_another() {
    let mock = Mock::start().await;
    let tokens = mock.tutorial_tokens("openid").await;
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    for (issuer, expected) in [("test", 200), ("other", 401)] {
        let url = mock.outside(&format!("/oauth2/{issuer}/v1/userinfo"));
        let answer = mock.send(mock.http.get(url).header(header::AUTHORIZATION, &bearer)).await;
        assert_eq!(answer.status, expected, "{issuer}");
    }
}

/// The cookie's path keeps browsers from it; the issuer would not know it either.
#[tokio::test]
async fn a_session_of_one_issuer_is_none_at_another() {
    let mock = Mock::start().await;
    mock.signed_in(&tutorial_request()).await;
    let params = with(&tutorial_request(), "prompt", "none");
    let url = mock.outside("/oauth2/other/v1/authorize");
    let url = reqwest::Url::parse_with_params(&url, &params).unwrap();
    let answer = mock.browse(Method::GET, url.as_str(), &[]).await;
    assert_eq!(answer.callback_param("error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn each_issuer_has_its_own_clock() {
    let mock = Mock::start().await;
    let other = mock.idp.issuer("other");
    other.clock().freeze(Timestamp::from_unix_seconds(NOW).unwrap());
    mock.issuer.advance(Duration::from_secs(100));
    assert_eq!(other.clock().now().unix_seconds(), NOW);
    assert_eq!(claims(&mock.tutorial_tokens("openid").await["access_token"])["iat"], NOW + 100);
}

#[tokio::test]
async fn each_issuer_has_its_own_journal() {
    let mock = Mock::start().await;
    mock.authorize(&tutorial_request()).await;
    assert_eq!(mock.issuer.journal().entries().len(), 1);
    assert!(mock.idp.issuer("other").journal().entries().is_empty());
    assert!(mock.idp.default_issuer().journal().entries().is_empty());
}

#[tokio::test]
async fn every_issuer_begins_with_the_same_apps_and_users() {
    let mut mock = Mock::start().await;
    for name in ["one", "two", "default"] {
        mock.issuer = mock.idp.issuer(name);
        mock.forget_cookies();
        let tokens = mock.tutorial_tokens("openid").await;
        assert_eq!(claims(&tokens["access_token"])["iss"], mock.issuer.url());
    }
}

#[tokio::test]
async fn codes_of_two_issuers_differ_even_with_one_seed() {
    let mut mock = Mock::start().await;
    let first = mock.code(&tutorial_request()).await;
    mock.issuer = mock.idp.issuer("other");
    mock.forget_cookies();
    assert_ne!(mock.code(&tutorial_request()).await, first);
}

#[tokio::test]
async fn capitals_make_another_issuer() {
    let mock = Mock::start().await;
    assert!(!Arc::ptr_eq(&mock.idp.issuer("test"), &mock.idp.issuer("Test")));
}

#[tokio::test]
async fn the_longest_idle_issuer_is_forgotten_when_there_are_too_many() {
    let mut mock = Mock::start_with(Config { issuer_limit: 3, ..Config::demo() }).await;
    let keys = async |mock: &Mock, name: &str| status(mock, &format!("/oauth2/{name}/v1/keys")).await;
    mock.code(&tutorial_request()).await;
    keys(&mock, "busy").await;
    keys(&mock, "test").await;
    // A third beside `default`: `busy` was idle longest.
    keys(&mock, "new").await;
    let entries = |mock: &Mock, name: &str| mock.idp.issuer(name).journal().entries().len();
    assert_eq!(entries(&mock, "test"), 3, "in use, so remembered");
    assert_eq!(entries(&mock, "busy"), 0, "forgotten, so made anew");
    mock.issuer = mock.idp.default_issuer();
    mock.code(&tutorial_request()).await;
    for number in 0..10 {
        keys(&mock, &format!("many-{number}")).await;
    }
    assert_eq!(entries(&mock, "default"), 2, "default stays");
}

#[tokio::test]
async fn an_issuer_that_a_test_holds_is_not_forgotten() {
    let mock = Mock::start_with(Config { issuer_limit: 2, ..Config::demo() }).await;
    for name in ["one", "two", "three"] {
        status(&mock, &format!("/oauth2/{name}/v1/keys")).await;
    }
    assert!(Arc::ptr_eq(&mock.issuer, &mock.idp.issuer("test")));
}

#[tokio::test]
async fn twenty_issuers_serve_twenty_tests_side_by_side() {
    let mock = Mock::start().await;
    let mut running = tokio::task::JoinSet::new();
    for number in 0..20 {
        let (http, url) = (mock.http.clone(), mock.outside(&format!("/oauth2/side-{number}/v1/keys")));
        running.spawn(async move { http.get(url).send().await.unwrap().text().await.unwrap() });
    }
    let mut sets = running.join_all().await;
    sets.sort();
    sets.dedup();
    assert_eq!(sets.len(), 20, "each has a key id of its own");
}

#[tokio::test]
#[should_panic(expected = "no issuer can have the name \"a.b\"")]
async fn in_rust_a_name_that_cannot_be_panics_with_what_can() {
    Mock::start().await.idp.issuer("a.b");
}

#[tokio::test]
async fn a_page_from_elsewhere_pushes_out_no_issuer_that_others_use() {
    let mock = Mock::start_with(Config { issuer_limit: 4, ..Config::demo() }).await;
    let clock = mock.outside("/oauth2/in-use/_mock/clock");
    mock.send(mock.http.put(&clock).json(&json!({ "now": "2026-11-25T12:00:00Z", "frozen": true }))).await;
    for number in 0..20 {
        let url = mock.outside(&format!("/oauth2/made-up-{number}/v1/keys"));
        let page =
            mock.http.get(url).header("Origin", "http://evil.test").header("Sec-Fetch-Site", "cross-site");
        assert_eq!(mock.send(page).await.status, 200);
    }
    assert_eq!(mock.get(&clock).await.json()["now"], "2026-11-25T12:00:00Z");
}
