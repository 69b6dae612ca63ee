//! The backend's own token: cached, fetched once, renewed in time, and what happens when it is refused.

use std::time::Duration;

use http::Method;

use crate::support::{GRANTED, Upstream, json};

#[tokio::test]
async fn one_token_serves_many_calls() {
    let upstream = Upstream::granting(3600, |_, _| json(200, "{}")).await;
    let proxy = upstream.proxy().await;
    for _ in 0..3 {
        assert_eq!(proxy.get("/v1/api/orders").await.status, 200);
    }
    assert_eq!(upstream.token_requests(), 1);
    assert_eq!(upstream.received().len(), 4);
}

#[tokio::test]
async fn a_hundred_calls_at_once_wait_for_one_fetch() {
    let upstream = Upstream::granting(3600, |_, _| json(200, "{}")).await;
    let proxy = upstream.proxy().await;
    let calls = (0..100).map(|_| proxy.get("/v1/api/orders"));
    for answer in futures_util::future::join_all(calls).await {
        assert_eq!(answer.status, 200);
    }
    assert_eq!(upstream.token_requests(), 1);
    assert_eq!(upstream.received_at("/api/default/orders").len(), 100);
}

#[tokio::test]
async fn a_token_is_renewed_before_it_expires() {
    let upstream = Upstream::granting(3600, |_, _| json(200, "{}")).await;
    let proxy = upstream.proxy().await;
    let bearer_after = async |pass: Duration| {
        // Time jumps while nothing is in flight, and then runs on as ever.
        tokio::time::pause();
        tokio::time::advance(pass).await;
        tokio::time::resume();
        assert_eq!(proxy.get("/v1/api/orders").await.status, 200);
        upstream.received().last().unwrap().header("authorization").to_owned()
    };
    assert_eq!(bearer_after(Duration::ZERO).await, "Bearer service-token-1");
    assert_eq!(bearer_after(Duration::from_secs(3400)).await, "Bearer service-token-1");
    assert_eq!(bearer_after(Duration::from_secs(150)).await, "Bearer service-token-2");
    assert_eq!(upstream.token_requests(), 2);
}

#[tokio::test]
async fn a_token_that_the_api_refuses_is_replaced_and_the_call_made_again() {
    let upstream = Upstream::granting(3600, |request, _| {
        let accepted = request.header("authorization") == "Bearer service-token-2";
        if accepted { json(200, request.body.clone()) } else { json(401, r#"{"code":"INVALID-TOKEN"}"#) }
    })
    .await;
    let proxy = upstream.proxy().await;
    let request = proxy.request(Method::POST, "/v1/api/orders").header("request-id", "mine");
    let answer = proxy.send(request.body("the body, twice")).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, "the body, twice"));
    let calls = upstream.received_at("/api/default/orders");
    assert_eq!(calls.len(), 2);
    assert!(calls.iter().all(|call| call.header("request-id") == "mine" && call.body == "the body, twice"));
    assert_eq!(upstream.token_requests(), 2);
}

#[tokio::test]
async fn a_call_is_made_again_once_and_no_more() {
    let upstream = Upstream::granting(3600, |_, _| json(401, r#"{"code":"INVALID-TOKEN"}"#)).await;
    let answer = upstream.proxy().await.get("/v1/api/orders").await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (401, r#"{"code":"INVALID-TOKEN"}"#));
    assert_eq!(upstream.received_at("/api/default/orders").len(), 2);
    assert_eq!(upstream.token_requests(), 2);
}

#[tokio::test]
async fn refused_credentials_are_not_tried_again() {
    for refused in [
        r#"{"error":"invalid_client","error_description":"The client secret supplied for a confidential client is invalid."}"#,
        r#"{"errorCode":"invalid_client","errorSummary":"Invalid value for 'client_id' parameter."}"#,
    ] {
        let upstream = Upstream::json(401, refused).await;
        let answer = upstream.proxy().await.get("/v1/api/orders").await;
        insta::with_settings!({filters => vec![("request-id: .*", "request-id: [made]")]}, {
            insta::assert_snapshot!("invalid_client", answer);
        });
        upstream.only();
    }
}

#[tokio::test]
async fn another_refusal_is_said_in_the_servers_words() {
    let upstream = Upstream::json(
        400,
        r#"{"error":"invalid_scope","error_description":"One or more scopes are not configured for the authorization server resource."}"#,
    )
    .await;
    insta::assert_snapshot!("service_token_refused", upstream.proxy().await.get("/v1/api/orders").await.body);
    upstream.only();
}

#[tokio::test]
async fn what_is_no_bearer_token_is_not_used() {
    for body in [
        "{}",
        r#"{"token_type":"Bearer","expires_in":3600}"#,
        r#"{"token_type":"DPoP","expires_in":3600,"access_token":"a"}"#,
        r#"{"token_type":"Bearer","expires_in":-1,"access_token":"a"}"#,
        r#"{"token_type":"Bearer","expires_in":3600,"access_token":"a\r\nb"}"#,
    ] {
        let upstream = Upstream::json(200, body).await;
        let answer = upstream.proxy().await.get("/v1/api/orders").await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (502, "upstream_nonsense"), "{body}");
        upstream.only();
    }
    let upstream = Upstream::json(400, r#"{"message":"no"}"#).await;
    assert_eq!(upstream.proxy().await.get("/v1/api/orders").await.error(), "upstream_nonsense");
}

#[tokio::test]
async fn a_failed_fetch_is_tried_again_by_the_next_call() {
    let failed = std::sync::atomic::AtomicBool::new(false);
    let upstream = Upstream::start(move |_| {
        let first = !failed.swap(true, std::sync::atomic::Ordering::Relaxed);
        Some(if first { json(503, r#"{"error":"temporarily_unavailable"}"#) } else { json(200, GRANTED) })
    })
    .await;
    let proxy = upstream.proxy().await;
    assert_eq!(proxy.get("/v1/api/orders").await.error(), "service_token_refused");
    assert_eq!(proxy.get("/v1/api/orders").await.status, 200);
}
