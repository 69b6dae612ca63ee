//! `/v1/api/{path}`: what of a call reaches the API, and what of its answer reaches the caller.

use axum::{body::Body, response::Response};
use http::Method;

use crate::support::{Received, TestProxy, Upstream, answer, config, json};

/// An upstream that grants tokens and answers each API call with `{}`.
async fn granting() -> Upstream {
    Upstream::granting(3600, |_, _| json(200, "{}")).await
}

#[track_caller]
fn api_call(upstream: &Upstream) -> Received {
    let calls: Vec<_> = upstream
        .received()
        .into_iter()
        .filter(|request| request.path_and_query.starts_with("/api/"))
        .collect();
    assert_eq!(calls.len(), 1, "{calls:#?}");
    calls.into_iter().next().unwrap()
}

#[tokio::test]
async fn a_call_gets_the_token_the_subscription_and_a_request_id() {
    let upstream = granting().await;
    let proxy = upstream.proxy().await;
    let answer = proxy.get("/v1/api/cdk-test/orders/v1?status=open&q=%2F..").await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, "{}"));

    let call = api_call(&upstream);
    let id = call.header("request-id").to_owned();
    assert_eq!(uuid::Uuid::parse_str(&id).unwrap().get_version_num(), 4);
    assert_eq!(answer.header("request-id"), id);
    assert_eq!(
        call.text().replace(&id, "made"),
        "GET /api/default/cdk-test/orders/v1?status=open&q=%2F..\n\
         accept: */*\n\
         authorization: Bearer service-token-1\n\
         request-id: made\n\
         subscription-id: 2529a384-0000-4000-8000-ed09e77dee15\n\
         via: 1.1 tutorial-proxy\n\
         \n"
    );
    assert_eq!(
        String::from_utf8_lossy(&upstream.received()[0].body),
        "grant_type=client_credentials&scope=anonymous"
    );
}

#[tokio::test]
async fn method_body_and_content_type_reach_the_api() {
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        let upstream = granting().await;
        let proxy = upstream.proxy().await;
        let request =
            proxy.request(method.clone(), "/v1/api/orders").header("content-type", "application/json");
        assert_eq!(proxy.send(request.body(r#"{"id":1}"#)).await.status, 200);
        let call = api_call(&upstream);
        assert_eq!((call.method.clone(), &call.body[..]), (method, &br#"{"id":1}"#[..]));
        assert_eq!(call.header("content-type"), "application/json");
    }
}

#[tokio::test]
async fn head_is_asked_as_head() {
    let upstream = granting().await;
    let proxy = upstream.proxy().await;
    let answer = proxy.send(proxy.request(Method::HEAD, "/v1/api/orders")).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, ""));
    assert_eq!(api_call(&upstream).method, Method::HEAD);
}

#[tokio::test]
async fn the_callers_own_credentials_and_hop_by_hop_fields_stay_behind() {
    let upstream = granting().await;
    let proxy = upstream.proxy().await;
    let mut request = proxy.request(Method::GET, "/v1/api/orders");
    for (name, value) in [
        ("authorization", "Bearer page-token"),
        ("connection", "keep-alive, x-hop"),
        ("cookie", "session=1"),
        ("keep-alive", "timeout=5"),
        ("origin", crate::support::PAGE),
        ("proxy-authorization", "Basic eDp5"),
        ("referer", "http://localhost:8080/?code=code-1"),
        ("subscription-id", "somebody-elses"),
        ("te", "trailers"),
        ("upgrade", "websocket"),
        ("x-hop", "1"),
        ("x-end", "1"),
        ("request-id", "mine"),
    ] {
        request = request.header(name, value);
    }
    let answer = proxy.send(request).await;
    assert_eq!(answer.header("request-id"), "mine");
    assert_eq!(
        api_call(&upstream).text(),
        "GET /api/default/orders\n\
         accept: */*\n\
         authorization: Bearer service-token-1\n\
         request-id: mine\n\
         subscription-id: 2529a384-0000-4000-8000-ed09e77dee15\n\
         via: 1.1 tutorial-proxy\n\
         x-end: 1\n\
         \n"
    );
}

#[tokio::test]
async fn of_the_answer_what_goes_beyond_one_hop_comes_back() {
    let upstream = Upstream::granting(3600, |_, _| {
        Response::builder()
            .status(207)
            .header("content-type", "text/csv")
            .header("etag", "\"7\"")
            .header("request-id", "the-apis")
            .header("set-cookie", "session=1")
            .header("access-control-allow-origin", "*")
            .header("access-control-allow-credentials", "true")
            .header("connection", "x-hop")
            .header("x-hop", "1")
            .header("keep-alive", "timeout=5")
            .header("vary", "accept")
            .body(Body::from("a,b\r\n"))
            .unwrap()
    })
    .await;
    let answer = upstream.proxy().await.get("/v1/api/orders").await;
    assert_eq!(
        answer.to_string(),
        "207 Multi-Status\n\
         access-control-expose-headers: request-id,retry-after\n\
         content-type: text/csv\n\
         etag: \"7\"\n\
         request-id: the-apis\n\
         vary: accept\n\
         vary: origin\n\
         \n\
         a,b\r\n"
    );
}

#[tokio::test]
async fn errors_and_redirects_of_the_api_come_back_as_they_are() {
    for status in [302, 403, 404, 429, 500, 503] {
        let upstream = Upstream::granting(3600, move |_, _| {
            let mut response = answer(status, "text/html", "<p>no</p>");
            response.headers_mut().insert("location", http::HeaderValue::from_static("/elsewhere"));
            response
        })
        .await;
        let answer = upstream.proxy().await.get("/v1/api/orders").await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (status, "<p>no</p>"));
        assert_eq!(answer.header("location"), "/elsewhere");
        api_call(&upstream);
    }
}

#[tokio::test]
async fn a_path_cannot_leave_the_apis_base() {
    let upstream = granting().await;
    let proxy = upstream.proxy().await;
    for path in ["../../oauth2/default/v1/keys", "a/%2e%2e/%2e%2e/x", "a%2f..%2f..%2fx", ".%252e/x", "a/./x"]
    {
        let answer = proxy
            .raw(&format!("GET /v1/api/{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
            .await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{path}: {answer}");
        assert!(answer.contains("leaves the API's base path"), "{path}: {answer}");
    }
    assert!(upstream.received().is_empty());
}

#[tokio::test]
async fn an_absolute_url_in_the_path_stays_a_path() {
    let upstream = granting().await;
    let proxy = upstream.proxy().await;
    proxy.raw("GET /v1/api//evil.example/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await;
    assert_eq!(api_call(&upstream).path_and_query, "/api/default//evil.example/x");
}

#[tokio::test]
async fn trace_which_would_show_the_token_is_not_passed_on() {
    let upstream = granting().await;
    let proxy = upstream.proxy().await;
    let answer = proxy.send(proxy.request(Method::TRACE, "/v1/api/orders")).await;
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (405, "method_not_allowed"));
    assert_eq!(answer.header("allow"), "GET,HEAD,PUT,POST,PATCH,DELETE");
    assert!(upstream.received().is_empty());
}

#[tokio::test]
async fn a_body_may_have_ten_mebibytes_and_no_more() {
    let upstream = granting().await;
    let proxy = upstream.proxy().await;
    let limit = 10 * 1024 * 1024;
    let post = |size| proxy.request(Method::POST, "/v1/api/orders").body(vec![b'x'; size]);
    assert_eq!(proxy.send(post(limit)).await.status, 200);
    let answer = proxy.send(post(limit + 1)).await;
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (413, "payload_too_large"));
    assert_eq!(api_call(&upstream).body.len(), limit);
}

#[tokio::test]
async fn an_answer_arrives_before_it_ends() {
    use futures_util::StreamExt;
    let upstream = Upstream::granting(3600, |_, _| {
        let start = futures_util::stream::iter([Ok::<_, std::io::Error>("first")]);
        answer(200, "text/plain", Body::from_stream(start.chain(futures_util::stream::pending())))
    })
    .await;
    let proxy = upstream.proxy().await;
    let mut response = proxy.request(Method::GET, "/v1/api/events").send().await.unwrap();
    assert_eq!(response.chunk().await.unwrap().unwrap(), "first");
}

#[tokio::test]
async fn a_refusal_of_the_proxy_carries_the_request_id() {
    let proxy = TestProxy::start(config("http://localhost:1")).await;
    let request = proxy.request(Method::GET, "/v1/api/orders?secret=1").header("request-id", "mine");
    let answer = proxy.send(request).await;
    assert_eq!((answer.error().as_str(), answer.header("request-id")), ("upstream_unreachable", "mine"));
}
