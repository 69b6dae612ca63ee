//! `GET` and `POST /v1/userinfo`: bearer tokens (RFC 6750) and claims by scope (OpenID Connect Core §5.3, §5.4).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use fixtures::subscriber;
use insta::{assert_json_snapshot, assert_snapshot};
use mock_idp::Outcome;
use reqwest::{Method, RequestBuilder, header};
use serde_json::{Value, json};

use crate::{
    refused::{INVALID_TOKEN, assert_bearer_error},
    support::{Answer, Mock, OIDC, TUTORIAL, claims, encoded, oidc_request, text},
};

const PATH: &str = "/v1/userinfo";
const TWO_PLACES: &str =
    r#"error="invalid_request", error_description="The access token must be sent in one place only.""#;

fn get(mock: &Mock) -> RequestBuilder {
    mock.http.get(mock.at(PATH))
}

/// B14
#[tokio::test]
async fn get_and_post_tell_the_subject_of_the_id_token() {
    let mock = Mock::start().await;
    for tokens in [mock.tutorial_tokens("openid").await, mock.oidc_tokens("openid").await] {
        let token = text(&tokens["access_token"]);
        let requests = [
            get(&mock).bearer_auth(token),
            mock.http.post(mock.at(PATH)).bearer_auth(token),
            mock.form(PATH, &[]).bearer_auth(token),
            mock.form(PATH, &[("access_token", token)]),
        ];
        for request in requests {
            let answer = mock.send(request).await;
            assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
            assert_eq!(answer.json(), json!({ "sub": claims(&tokens["id_token"])["sub"] }));
        }
    }
    assert_eq!(mock.last_entry().outcome, Outcome::Answered);
    assert_eq!(mock.last_entry().user.unwrap().as_str(), subscriber::USERNAME);
}

#[tokio::test]
async fn the_answer_is_open_to_browsers_and_closed_to_caches() {
    let mock = Mock::start().await;
    let tokens = mock.oidc_tokens("openid").await;
    assert_snapshot!(mock.userinfo(&tokens["access_token"]).await.whole(), @r#"
    200
    access-control-allow-origin: *
    access-control-expose-headers: *
    cache-control: no-cache, no-store
    content-type: application/json
    expires: 0
    pragma: no-cache
    referrer-policy: no-referrer
    x-content-type-options: nosniff

    {"sub":"00u0demosubscriber01"}
    "#);
    let preflight = mock
        .http
        .request(Method::OPTIONS, mock.at(PATH))
        .header(header::ORIGIN, "http://localhost:8080")
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, "GET")
        .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization");
    let answer = mock.send(preflight).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, "*"));
    // A star does not stand for `Authorization` (Fetch standard): the header has to be named.
    assert_eq!(answer.header("access-control-allow-headers"), "authorization,content-type");
}

#[tokio::test]
async fn each_scope_gives_its_claims() {
    let mock = Mock::start().await;
    let tokens = mock.oidc_tokens("openid profile email").await;
    assert_json_snapshot!(mock.userinfo(&tokens["access_token"]).await.json(), @r#"
    {
      "sub": "00u0demosubscriber01",
      "name": "Sam Subscriber",
      "given_name": "Sam",
      "family_name": "Subscriber",
      "preferred_username": "subscriber@example.com",
      "email": "subscriber@example.com",
      "email_verified": true
    }
    "#);
    let tokens = mock.oidc_tokens("openid email").await;
    assert_json_snapshot!(mock.userinfo(&tokens["access_token"]).await.json(), @r#"
    {
      "sub": "00u0demosubscriber01",
      "email": "subscriber@example.com",
      "email_verified": true
    }
    "#);
}

/// B01
#[tokio::test]
async fn who_sends_no_token_is_told_that_one_is_needed() {
    let mock = Mock::start().await;
    let empty = get(&mock).header(header::AUTHORIZATION, "Bearer");
    for request in [get(&mock), mock.form(PATH, &[]), get(&mock).basic_auth("a", Some("b")), empty] {
        assert_bearer_error(&mock.send(request).await, 401, "");
    }
}

async fn refused(mock: &Mock, token: &str) -> Answer {
    mock.send(get(mock).bearer_auth(token)).await
}

/// B02, B08
#[tokio::test]
async fn what_is_no_access_token_is_refused() {
    let mock = Mock::start().await;
    let tokens = mock.tutorial_tokens("openid offline_access").await;
    let code = mock.code(&oidc_request()).await;
    for token in ["made-up", "a.b.c", code.as_str(), text(&tokens["refresh_token"])] {
        assert_bearer_error(&refused(&mock, token).await, 401, INVALID_TOKEN);
        assert_eq!(mock.broken_rule(), "bearer_malformed", "{token}");
    }
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// B03
#[tokio::test]
async fn a_changed_payload_is_refused() {
    let mock = Mock::start().await;
    let tokens = mock.tutorial_tokens("openid").await;
    let token = text(&tokens["access_token"]);
    let parts: Vec<&str> = token.split('.').collect();
    let mut changed = claims(&tokens["access_token"]);
    changed["sub"] = "dealer@example.com".into();
    let forged = format!("{}.{}.{}", parts[0], part(&changed), parts[2]);
    assert_bearer_error(&refused(&mock, &forged).await, 401, INVALID_TOKEN);
    assert_eq!(mock.broken_rule(), "bearer_signature");
}

/// B04
#[tokio::test]
async fn unsigned_tokens_are_refused() {
    let mock = Mock::start().await;
    let tokens = mock.tutorial_tokens("openid").await;
    let token = text(&tokens["access_token"]);
    let (rest, signature) = token.rsplit_once('.').unwrap();
    let (header, payload) = rest.split_once('.').unwrap();
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
    for alg in ["none", "NoNe", "HS256", "RS512"] {
        let mut header = header.clone();
        header["alg"] = alg.into();
        for signature in ["", signature] {
            let forged = format!("{}.{payload}.{signature}", part(&header));
            assert_bearer_error(&refused(&mock, &forged).await, 401, INVALID_TOKEN);
        }
    }
}

/// B07
#[tokio::test]
async fn an_id_token_is_no_access_token() {
    let mock = Mock::start().await;
    for tokens in [mock.tutorial_tokens("openid").await, mock.oidc_tokens("openid").await] {
        assert_bearer_error(&mock.userinfo(&tokens["id_token"]).await, 401, INVALID_TOKEN);
        assert_eq!(mock.broken_rule(), "bearer_not_access_token");
    }
}

/// B09
#[tokio::test]
async fn a_token_without_openid_has_not_enough_scope() {
    let mock = Mock::start().await;
    let of_the_app = mock.app_tokens(TUTORIAL).await;
    let of_a_person = mock.tutorial_tokens("offline_access").await;
    for tokens in [of_the_app, of_a_person] {
        assert_bearer_error(
            &mock.userinfo(&tokens["access_token"]).await,
            403,
            r#"error="insufficient_scope", error_description="The access token must provide access to at least one of these scopes - profile, email, address or phone""#,
        );
    }
}

/// B10
#[tokio::test]
async fn the_token_may_not_stand_in_two_places() {
    let mock = Mock::start().await;
    let tokens = mock.oidc_tokens("openid").await;
    let token = text(&tokens["access_token"]);
    let both = mock.form(PATH, &[("access_token", token)]).bearer_auth(token);
    assert_bearer_error(&mock.send(both).await, 400, TWO_PLACES);
    let twice = mock.form(PATH, &[("access_token", token), ("access_token", token)]);
    assert_bearer_error(&mock.send(twice).await, 400, TWO_PLACES);
    let two_headers = get(&mock).bearer_auth(token).bearer_auth(token);
    assert_bearer_error(
        &mock.send(two_headers).await,
        400,
        r#"error="invalid_request", error_description="The request cannot be read: the header Authorization appears twice.""#,
    );
}

/// B11
#[tokio::test]
async fn a_token_in_the_query_does_not_count() {
    let mock = Mock::start().await;
    let tokens = mock.oidc_tokens("openid").await;
    let query = encoded(&[("access_token", text(&tokens["access_token"]))]);
    for method in [Method::GET, Method::POST] {
        let answer = mock.send(mock.http.request(method, format!("{}?{query}", mock.at(PATH)))).await;
        assert_bearer_error(&answer, 401, "");
    }
}

/// RFC 6750 §2.2: only a form that was posted.
#[tokio::test]
async fn a_token_in_json_or_in_the_body_of_a_get_does_not_count() {
    let mock = Mock::start().await;
    let tokens = mock.oidc_tokens("openid").await;
    let token = text(&tokens["access_token"]);
    let json = mock.http.post(mock.at(PATH)).json(&json!({ "access_token": token }));
    assert_bearer_error(&mock.send(json).await, 401, "");
    let get = get(&mock)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(encoded(&[("access_token", token)]));
    assert_bearer_error(&mock.send(get).await, 401, "");
}

#[tokio::test]
async fn an_unreadable_body_is_an_invalid_request() {
    let mock = Mock::start().await;
    let request = mock.form(PATH, &[]).body("access_token=%zz");
    assert_bearer_error(
        &mock.send(request).await,
        400,
        r#"error="invalid_request", error_description="The request cannot be read: a '%' is not followed by two hexadecimal digits.""#,
    );
    let request = mock.http.post(mock.at(PATH)).header(header::CONTENT_TYPE, "text/plain").body("x");
    assert_bearer_error(
        &mock.send(request).await,
        400,
        r#"error="invalid_request", error_description="The request body must be application/x-www-form-urlencoded.""#,
    );
}

/// B13
#[tokio::test]
async fn the_scheme_may_be_written_in_any_case() {
    let mock = Mock::start().await;
    let tokens = mock.oidc_tokens("openid").await;
    for scheme in ["bearer", "BEARER"] {
        let header = format!("{scheme} {}", text(&tokens["access_token"]));
        let answer = mock.send(get(&mock).header(header::AUTHORIZATION, header)).await;
        assert_eq!(answer.status, 200);
    }
}

/// B15
#[tokio::test]
async fn a_token_lives_until_its_expiry_and_not_at_it() {
    let mock = Mock::start().await;
    for (lifetime, tokens) in
        [(3600, mock.oidc_tokens("openid").await), (14400, mock.tutorial_tokens("openid").await)]
    {
        let expires = claims(&tokens["access_token"])["exp"].as_i64().unwrap();
        let now = mock.issuer.clock().now().unix_seconds();
        mock.advance(u64::try_from(expires - now - 1).unwrap());
        assert_eq!(mock.userinfo(&tokens["access_token"]).await.status, 200, "{lifetime}");
        mock.advance(1);
        assert_bearer_error(&mock.userinfo(&tokens["access_token"]).await, 401, INVALID_TOKEN);
        assert_eq!(mock.broken_rule(), "bearer_expired");
    }
}

#[tokio::test]
async fn a_configured_leeway_lengthens_a_life() {
    let mut config = mock_idp::Config::demo();
    config.lifetimes.leeway = mock_idp::Lifetime::from_seconds(30);
    let mock = Mock::start_with(config).await;
    let tokens = mock.oidc_tokens("openid").await;
    mock.advance(3629);
    assert_eq!(mock.userinfo(&tokens["access_token"]).await.status, 200);
    mock.advance(1);
    assert_eq!(mock.userinfo(&tokens["access_token"]).await.status, 401);
}

#[tokio::test]
async fn a_token_of_another_issuer_is_refused() {
    let mock = Mock::start().await;
    let tokens = mock.oidc_tokens("openid").await;
    let request = mock
        .http
        .get(mock.outside("/oauth2/elsewhere/v1/userinfo"))
        .bearer_auth(text(&tokens["access_token"]));
    assert_bearer_error(&mock.send(request).await, 401, INVALID_TOKEN);
}

#[tokio::test]
async fn a_revoked_token_is_refused() {
    let mock = Mock::start().await;
    let tokens = mock.oidc_tokens("openid").await;
    mock.post_as(OIDC, "/v1/revoke", &[("token", text(&tokens["access_token"]))]).await;
    assert_bearer_error(&mock.userinfo(&tokens["access_token"]).await, 401, INVALID_TOKEN);
    assert_eq!(mock.broken_rule(), "bearer_revoked");
}

#[tokio::test]
async fn other_methods_are_not_served() {
    let mock = Mock::start().await;
    for method in [Method::PUT, Method::DELETE] {
        let answer = mock.send(mock.http.request(method, mock.at(PATH))).await;
        assert_eq!((answer.status, answer.header("allow")), (405, "GET, POST"));
    }
}
