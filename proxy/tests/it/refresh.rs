//! `POST /v1/token/refresh`: what is accepted, what is sent upstream, what comes back.

use http::Method;

use crate::support::{GRANTED, Upstream};

#[tokio::test]
async fn a_refresh_token_is_sent_as_the_rfc_says() {
    let upstream = Upstream::json(200, GRANTED).await;
    let answer = upstream.proxy().await.post_json("/v1/token/refresh", r#"{"refresh_token":"r/1+="}"#).await;
    assert_eq!(
        upstream.only().text(),
        "POST /oauth2/default/v1/token\n\
         accept-encoding: identity\n\
         accept: application/json\n\
         authorization: Basic VHV0b3JpYWxBcHBLZXkwMDAwMDAwMDAwMDAwMDAwMDE6dHV0b3JpYWxTZWNyZXQwMQ==\n\
         content-length: 48\n\
         content-type: application/x-www-form-urlencoded\n\
         \n\
         grant_type=refresh_token&refresh_token=r/1%2B%3D"
    );
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, GRANTED));
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn a_scope_may_narrow_what_was_granted() {
    let upstream = Upstream::json(200, GRANTED).await;
    let body = r#"{"refresh_token":"r1","scope":"openid email"}"#;
    upstream.proxy().await.post_json("/v1/token/refresh", body).await;
    assert!(upstream.only().text().ends_with("refresh_token=r1&scope=openid%20email"));
}

#[tokio::test]
async fn a_refusal_comes_back_with_its_status() {
    let refused =
        r#"{"error":"invalid_grant","error_description":"The refresh token is invalid or expired."}"#;
    let upstream = Upstream::json(400, refused).await;
    let answer = upstream.proxy().await.post_json("/v1/token/refresh", r#"{"refresh_token":"r1"}"#).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (400, refused));
}

#[tokio::test]
async fn what_holds_no_refresh_token_is_refused_before_anything_is_sent() {
    let upstream = Upstream::json(200, GRANTED).await;
    let proxy = upstream.proxy().await;
    insta::assert_snapshot!(
        "empty_refresh_token",
        proxy.post_json("/v1/token/refresh", r#"{"refresh_token":""}"#).await
    );
    let text = proxy.request(Method::POST, "/v1/token/refresh").body("r1");
    insta::assert_snapshot!("refresh_token_as_text", proxy.send(text).await.body);
    assert_eq!(proxy.post_json("/v1/token/refresh", "[]").await.error(), "invalid_request");
    assert_eq!(proxy.get("/v1/token/refresh").await.header("allow"), "POST");
    assert!(upstream.received().is_empty());
}
