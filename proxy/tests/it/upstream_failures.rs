//! An authorization server that is down, slow, or talks nonsense.

use http::header;

use crate::support::{TestProxy, Upstream, answer, any_port, config, impatient, json};

#[tokio::test]
async fn a_refused_connection_is_said_with_what_to_start() {
    let nobody = any_port().await;
    let url = format!("http://localhost:{}", nobody.local_addr().unwrap().port());
    drop(nobody);
    let proxy = TestProxy::start(config(&url)).await;
    insta::assert_snapshot!("unreachable", proxy.post_code("code-1").await);
    insta::assert_snapshot!("unreachable_for_the_api", proxy.get("/v1/api/orders").await.body);
}

#[tokio::test]
async fn another_machine_that_cannot_be_reached_is_no_mock() {
    let mut config = config("http://localhost:1");
    config.auth_server.issuer = "http://nowhere.invalid/oauth2/default".to_owned();
    let answer = TestProxy::start(config).await.post_code("code-1").await;
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (502, "upstream_unreachable"));
    assert!(
        answer.body.contains("http://nowhere.invalid/oauth2/default/v1/token does not answer ("),
        "{answer}"
    );
    assert!(answer.body.contains("Is FORTELLIS_AUTH_SERVER_URL right, and the network up?"), "{answer}");
}

#[tokio::test]
async fn an_upstream_that_never_answers_is_given_up() {
    let upstream = Upstream::start(|_| None).await;
    let proxy = TestProxy::start(impatient(&upstream)).await;
    insta::assert_snapshot!("timeout", proxy.post_code("code-1").await);
    upstream.only();
}

#[tokio::test]
async fn an_answer_that_never_ends_is_given_up() {
    let upstream = Upstream::start(|_| {
        let body = axum::body::Body::from_stream(bodies::endless(r#"{"token_type":"#));
        Some(json(200, body))
    })
    .await;
    let answer = TestProxy::start(impatient(&upstream)).await.post_code("code-1").await;
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (504, "upstream_timeout"));
}

#[tokio::test]
async fn html_is_nonsense_and_is_not_passed_on() {
    let upstream =
        Upstream::start(|_| Some(answer(200, "text/html; charset=utf-8", "<h1>secret page</h1>"))).await;
    insta::assert_snapshot!("html", upstream.proxy().await.post_code("code-1").await);
}

#[tokio::test]
async fn what_is_no_json_object_is_nonsense() {
    for body in ["", "{\"access_token\":", "[]", "null", "\"token\""] {
        let upstream = Upstream::json(500, body).await;
        let answer = upstream.proxy().await.post_code("code-1").await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (502, "upstream_nonsense"), "{body}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let upstream = Upstream::start(|request| {
        let mut response = json(307, "{}");
        let elsewhere = format!("http://{}/elsewhere?code=code-1#f", request.header("host"));
        response.headers_mut().insert(header::LOCATION, elsewhere.parse().unwrap());
        Some(response)
    })
    .await;
    insta::assert_snapshot!("redirect", upstream.proxy().await.post_code("code-1").await.body);
    upstream.only();
}

#[tokio::test]
async fn an_answer_of_more_than_a_mebibyte_is_not_read_to_its_end() {
    let upstream =
        Upstream::start(|_| Some(json(200, format!("{{\"a\":\"{}\"}}", "x".repeat(1024 * 1024))))).await;
    insta::assert_snapshot!("endless", upstream.proxy().await.post_code("code-1").await.body);
}

#[tokio::test]
async fn compressed_tokens_are_refused_with_the_reason() {
    let upstream = Upstream::start(|_| {
        let mut response = json(200, "compressed");
        response.headers_mut().insert(header::CONTENT_ENCODING, http::HeaderValue::from_static("gzip"));
        Some(response)
    })
    .await;
    insta::assert_snapshot!("compressed", upstream.proxy().await.post_code("code-1").await.body);
    assert_eq!(upstream.only().header("accept-encoding"), "identity");
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_said() {
    let upstream = Upstream::start(|_| {
        let mut response = json(200, axum::body::Body::from_stream(bodies::broken("{\"access_token\":\"a")));
        response.headers_mut().insert(header::CONTENT_LENGTH, http::HeaderValue::from_static("100"));
        Some(response)
    })
    .await;
    let answer = upstream.proxy().await.post_code("code-1").await;
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (502, "upstream_broke_off"));
    assert!(!answer.body.contains("access_token"), "{answer}");
}

/// Bodies that do not end as they should.
mod bodies {
    use std::io;

    use axum::body::Bytes;
    use futures_util::{Stream, StreamExt, stream};

    /// Begins, and never goes on.
    pub(super) fn endless(start: &'static str) -> impl Stream<Item = io::Result<Bytes>> {
        stream::iter([Ok(Bytes::from(start))]).chain(stream::pending())
    }

    /// Begins, and ends in an error.
    pub(super) fn broken(start: &'static str) -> impl Stream<Item = io::Result<Bytes>> {
        stream::iter([Ok(Bytes::from(start)), Err(io::ErrorKind::BrokenPipe.into())])
    }
}
