//! The backend's own token: cached, fetched once, renewed in time, and what happens when it is refused.

use std::time::Duration;

use http::Method;

use crate::support::{Answer, GRANTED, Upstream, answer, json, pass};

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
    let bearer_after = async |seconds| {
        pass(Duration::from_secs(seconds)).await;
        assert_eq!(proxy.get("/v1/api/orders").await.status, 200);
        upstream.received_at("/api/default/orders").last().unwrap().header("authorization").to_owned()
    };
    assert_eq!(bearer_after(0).await, "Bearer service-token-1");
    assert_eq!(bearer_after(3400).await, "Bearer service-token-1");
    assert_eq!(upstream.token_requests(), 1);
    assert_eq!(bearer_after(150).await, "Bearer service-token-1", "it lives for 50 s more, and nobody waits");
    upstream.token_requests_reach(2).await;
    assert_eq!(bearer_after(60).await, "Bearer service-token-2");
    assert_eq!(upstream.token_requests(), 2);
}

#[tokio::test]
async fn a_token_that_cannot_be_renewed_is_used_while_it_lives() {
    let granted = std::sync::atomic::AtomicBool::new(false);
    let upstream = Upstream::start(move |request| {
        let token_request = request.path_and_query.ends_with("/v1/token");
        let first = token_request && !granted.swap(true, std::sync::atomic::Ordering::Relaxed);
        Some(match (token_request, first) {
            (true, true) => json(200, GRANTED),
            (true, false) => json(500, r#"{"error":"server_error"}"#),
            (false, _) => json(200, "{}"),
        })
    })
    .await;
    let proxy = upstream.proxy().await;
    assert_eq!(proxy.get("/v1/api/orders").await.status, 200);
    pass(Duration::from_secs(3550)).await;
    assert_eq!(proxy.get("/v1/api/orders").await.status, 200);
    upstream.token_requests_reach(2).await;
    assert_eq!(proxy.get("/v1/api/orders").await.status, 200);
    pass(Duration::from_secs(50)).await;
    assert_eq!(proxy.get("/v1/api/orders").await.error(), "service_token_refused");
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
async fn an_api_that_refuses_every_token_does_not_wear_out_the_token_endpoint() {
    let upstream = Upstream::granting(3600, |_, _| json(401, r#"{"code":"INVALID-TOKEN"}"#)).await;
    let proxy = upstream.proxy().await;
    for _ in 0..5 {
        assert_eq!(proxy.get("/v1/api/orders").await.status, 401);
    }
    assert_eq!(upstream.token_requests(), 2, "one, and one in its place");
    assert_eq!(upstream.received_at("/api/default/orders").len(), 1 + 5);
}

#[tokio::test]
async fn a_body_that_was_not_kept_is_not_sent_again_but_the_token_is_replaced() {
    let upstream = Upstream::granting(3600, |request, _| {
        let accepted = request.header("authorization") == "Bearer service-token-2";
        json(if accepted { 200 } else { 401 }, "{}")
    })
    .await;
    let proxy = upstream.proxy().await;
    let post = || proxy.request(Method::POST, "/v1/api/orders").body(vec![b'x'; 100_000]);
    assert_eq!(proxy.send(post()).await.status, 401);
    assert_eq!(upstream.received_at("/api/default/orders").len(), 1);
    assert_eq!(proxy.send(post()).await.status, 200);
    assert_eq!(upstream.token_requests(), 2);
}

#[tokio::test]
async fn refused_credentials_are_not_tried_again() {
    for refused in [
        r#"{"error":"invalid_client","error_description":"The client secret supplied for a confidential client is invalid."}"#,
        r#"{"errorCode":"invalid_client","errorSummary":"Invalid value for 'client_id' parameter."}"#,
    ] {
        let upstream = Upstream::json(401, refused).await;
        let proxy = upstream.proxy().await;
        let answers = futures_util::future::join_all((0..20).map(|_| proxy.get("/v1/api/orders"))).await;
        let mut answers = answers.into_iter().chain([proxy.get("/v1/api/orders").await]);
        insta::with_settings!({filters => vec![("request-id: .*", "request-id: [made]")]}, {
            insta::assert_snapshot!("invalid_client", answers.next().unwrap());
        });
        assert!(answers.all(|answer| answer.error() == "proxy_credentials_refused"));
        upstream.only();
    }
}

/// The answer to a call while the token endpoint is busy.
async fn while_busy(status: u16, retry_after: &'static str, body: &'static str) -> (Upstream, Answer) {
    let upstream = Upstream::start(move |_| {
        let mut response = answer(status, "text/html", body);
        response.headers_mut().insert("retry-after", retry_after.parse().unwrap());
        response.headers_mut().insert("date", "Sun, 06 Nov 1994 08:49:37 GMT".parse().unwrap());
        Some(response)
    })
    .await;
    let proxy = upstream.proxy().await;
    let first = proxy.get("/v1/api/orders").await;
    assert_eq!(
        proxy.get("/v1/api/orders").await.error(),
        "upstream_busy",
        "answered without a second question"
    );
    upstream.only();
    (upstream, first)
}

#[tokio::test]
async fn a_token_endpoint_that_is_busy_is_left_alone_and_the_caller_is_told_for_how_long() {
    let json =
        r#"{"errorCode":"E0000047","errorSummary":"API call exceeded rate limit due to too many requests."}"#;
    for (status, retry_after, body) in
        [(429, "30", json), (503, "30", "<h1>busy</h1>"), (503, "Sun, 06 Nov 1994 08:50:07 GMT", "")]
    {
        let (_upstream, answer) = while_busy(status, retry_after, body).await;
        assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, "30"), "{retry_after}");
        assert!(answer.body.contains(&format!("answered {status} ")), "{answer}");
        assert!(answer.body.contains("asks to wait 30 s"), "{answer}");
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
