//! `POST /v1/token`: what is accepted, what is sent upstream, what comes back.

use fixtures::TUTORIAL_TOKEN_ANSWER_JSON;
use http::Method;

use crate::support::{PAGE, Upstream, json};

const REFUSED: &str =
    r#"{"error":"invalid_grant","error_description":"The authorization code is invalid or has expired."}"#;

#[tokio::test]
async fn the_code_is_sent_exactly_as_api_py_sends_it() {
    let upstream = Upstream::json(200, "{}").await;
    upstream.proxy().await.post_code("K5Zvt5mBiyzhqcmvoa8cloq0PT6cUu1mhl1U5TZlevk").await;
    assert_eq!(
        upstream.only().text(),
        "POST /oauth2/default/v1/token\n\
         accept-encoding: identity\n\
         accept: application/json\n\
         authorization: Basic VHV0b3JpYWxBcHBLZXkwMDAwMDAwMDAwMDAwMDAwMDE6dHV0b3JpYWxTZWNyZXQwMQ==\n\
         content-length: 112\n\
         content-type: application/x-www-form-urlencoded\n\
         \n\
         grant_type=authorization_code&redirect_uri=http://localhost:80/\
         &code=K5Zvt5mBiyzhqcmvoa8cloq0PT6cUu1mhl1U5TZlevk"
    );
}

#[tokio::test]
async fn the_tokens_come_back_byte_for_byte() {
    let upstream = Upstream::json(200, TUTORIAL_TOKEN_ANSWER_JSON).await;
    let answer = upstream.proxy().await.post_code("code-1").await;
    assert_eq!(
        answer.to_string(),
        format!(
            "200 OK\n\
             access-control-allow-origin: {PAGE}\n\
             access-control-expose-headers: request-id,retry-after\n\
             cache-control: no-store\n\
             content-security-policy: default-src 'none'; frame-ancestors 'none'; sandbox\n\
             content-type: application/json\n\
             cross-origin-resource-policy: same-origin\n\
             vary: origin\n\
             x-content-type-options: nosniff\n\
             \n\
             {TUTORIAL_TOKEN_ANSWER_JSON}"
        )
    );
}

#[tokio::test]
async fn a_refusal_comes_back_with_its_status() {
    let upstream = Upstream::json(400, REFUSED).await;
    let answer = upstream.proxy().await.post_code("used-up").await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (400, REFUSED));
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(upstream.received().len(), 1, "a code is never sent twice");
}

#[tokio::test]
async fn an_error_of_the_server_is_not_tried_again() {
    for status in [401, 429, 500, 503] {
        let upstream = Upstream::json(status, r#"{"error":"server_error"}"#).await;
        let answer = upstream.proxy().await.post_code("code-1").await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.body, r#"{"error":"server_error"}"#);
        upstream.only();
    }
}

#[tokio::test]
async fn retry_after_is_passed_on() {
    let upstream = Upstream::start(|_| {
        let mut response = json(429, r#"{"errorCode":"E0000047"}"#);
        response.headers_mut().insert("retry-after", http::HeaderValue::from_static("7"));
        Some(response)
    })
    .await;
    let answer = upstream.proxy().await.post_code("code-1").await;
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (429, "7"));
}

#[tokio::test]
async fn a_code_with_reserved_characters_is_encoded() {
    let upstream = Upstream::json(200, "{}").await;
    upstream.proxy().await.post_code(" a&b=c+d/é%\n").await;
    let body = String::from_utf8(upstream.only().body.to_vec()).unwrap();
    assert_eq!(
        body,
        "grant_type=authorization_code&redirect_uri=http://localhost:80/&code=a%26b%3Dc%2Bd/%C3%A9%25"
    );
    let code = form_urlencoded::parse(body.as_bytes()).find(|(name, _)| name == "code").unwrap().1;
    assert_eq!(code, "a&b=c+d/é%");
}

#[tokio::test]
async fn the_raw_body_is_the_code_whatever_curl_calls_it() {
    for content_type in [None, Some("text/plain"), Some("application/x-www-form-urlencoded")] {
        let upstream = Upstream::json(200, "{}").await;
        let proxy = upstream.proxy().await;
        let mut request = proxy.request(Method::POST, "/v1/token").body("code-1");
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        assert_eq!(proxy.send(request).await.status, 200);
        assert!(upstream.only().text().ends_with("&code=code-1"), "{content_type:?}");
    }
}

#[tokio::test]
async fn a_verifier_in_json_is_sent_after_the_code() {
    let upstream = Upstream::json(200, "{}").await;
    let body = r#"{"code":"code-1","code_verifier":"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"}"#;
    upstream.proxy().await.post_json("/v1/token", body).await;
    assert!(
        upstream
            .only()
            .text()
            .ends_with("&code=code-1&code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    );
}

#[tokio::test]
async fn a_code_in_json_needs_no_verifier() {
    let upstream = Upstream::json(200, "{}").await;
    upstream.proxy().await.post_json("/v1/token", r#"{"code":"code-1"}"#).await;
    assert!(upstream.only().text().ends_with("&code=code-1"));
}

#[tokio::test]
async fn what_holds_no_code_is_refused_before_anything_is_sent() {
    let upstream = Upstream::json(200, "{}").await;
    let proxy = upstream.proxy().await;
    insta::assert_snapshot!("no_code", proxy.post_code("").await);
    insta::assert_snapshot!("not_json", proxy.post_json("/v1/token", "code-1").await.body);
    insta::assert_snapshot!(
        "unknown_member",
        proxy.post_json("/v1/token", r#"{"code":"c","codeVerifier":"v"}"#).await.body
    );
    let form_data =
        proxy.request(Method::POST, "/v1/token").header("content-type", "multipart/form-data; b=x");
    insta::assert_snapshot!("unsupported_media_type", proxy.send(form_data.body("x")).await);
    for answer in [
        proxy.post_code(" \n").await,
        proxy.post_code(b"\xff\xfe".to_vec()).await,
        proxy.post_json("/v1/token", r#"{"code":""}"#).await,
        proxy.post_json("/v1/token", r#"{"code":7}"#).await,
        proxy.post_json("/v1/token", "").await,
        proxy.post_json("/v1/token", r#"{"code_verifier":"v"}"#).await,
    ] {
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (400, "invalid_request"));
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    assert!(upstream.received().is_empty());
}

#[tokio::test]
async fn a_body_may_have_sixteen_kibibytes_and_no_more() {
    let upstream = Upstream::json(200, "{}").await;
    let proxy = upstream.proxy().await;
    assert_eq!(proxy.post_code("c".repeat(16 * 1024)).await.status, 200);
    insta::assert_snapshot!("too_large", proxy.post_code("c".repeat(16 * 1024 + 1)).await);
    upstream.only();
}

#[tokio::test]
async fn only_post_is_answered() {
    let upstream = Upstream::json(200, "{}").await;
    let proxy = upstream.proxy().await;
    insta::assert_snapshot!("method_not_allowed", proxy.get("/v1/token?code=code-1").await);
    assert!(upstream.received().is_empty());
}

#[tokio::test]
async fn a_path_that_is_none_says_what_there_is() {
    let upstream = Upstream::json(200, "{}").await;
    let proxy = upstream.proxy().await;
    insta::assert_snapshot!("not_found", proxy.get("/v1/tokens?code=code-1").await);
    for path in ["/", "/v1/token/", "/v1/api", "/v1/api/"] {
        assert_eq!(proxy.get(path).await.error(), "not_found", "{path}");
    }
}
