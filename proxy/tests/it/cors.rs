//! Who may call: pages of allowed origins, by this machine's names.

use http::Method;

use crate::support::{GRANTED, PAGE, TestProxy, Upstream};

async fn preflight(proxy: &TestProxy, origin: &str, path: &str) -> crate::support::Answer {
    let request = proxy
        .request(Method::OPTIONS, path)
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type");
    proxy.send(request).await
}

#[tokio::test]
async fn a_preflight_of_an_allowed_page_is_answered_here() {
    let upstream = Upstream::json(200, GRANTED).await;
    let proxy = upstream.proxy().await;
    for (path, allow) in [
        ("/v1/token", "allow: POST\n"),
        ("/v1/token/refresh", "allow: POST\n"),
        ("/v1/api/orders", "allow: GET,HEAD,PUT,POST,PATCH,DELETE\n"),
        ("/nowhere", ""),
    ] {
        assert_eq!(
            preflight(&proxy, PAGE, path).await.to_string(),
            format!(
                "200 OK\n\
                 access-control-allow-headers: content-type,request-id\n\
                 access-control-allow-methods: GET,HEAD,POST,PUT,PATCH,DELETE\n\
                 access-control-allow-origin: {PAGE}\n\
                 access-control-max-age: 600\n\
                 {allow}\
                 content-security-policy: default-src 'none'; frame-ancestors 'none'; sandbox\n\
                 cross-origin-resource-policy: same-origin\n\
                 vary: origin\n\
                 x-content-type-options: nosniff\n\n"
            )
        );
    }
    assert!(upstream.received().is_empty());
}

#[tokio::test]
async fn a_foreign_page_is_refused_before_anything_is_sent() {
    let upstream = Upstream::json(200, GRANTED).await;
    let proxy = upstream.proxy().await;
    let post = |origin: &str| {
        proxy
            .request(Method::POST, "/v1/token")
            .header("origin", origin)
            .header("content-type", "text/plain")
            .body("stolen")
    };
    insta::assert_snapshot!("foreign_origin", proxy.send(post("https://evil.example")).await);
    for origin in
        ["null", "http://localhost:8081", "https://localhost:8080", "http://localhost:8080.evil.example"]
    {
        let answer = proxy.send(post(origin)).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (403, "foreign_origin"), "{origin}");
    }
    let get = proxy.request(Method::GET, "/v1/api/orders").header("origin", "https://evil.example");
    for answer in [proxy.send(get).await, preflight(&proxy, "https://evil.example", "/v1/token").await] {
        assert_eq!(answer.status, 403);
        assert_eq!(answer.cors_fields(), Vec::<&str>::new());
        assert_eq!(answer.header("vary"), "origin");
    }
    assert!(upstream.received().is_empty());
}

#[tokio::test]
async fn a_page_that_calls_this_machine_by_another_name_is_refused() {
    let upstream = Upstream::json(200, GRANTED).await;
    let proxy = upstream.proxy().await;
    let get = |host: &str| proxy.request(Method::GET, "/v1/api/orders").header("host", host);
    insta::assert_snapshot!("foreign_host", proxy.send(get("rebound.evil.example:5000")).await.body);
    assert!(upstream.received().is_empty());
    for host in ["localhost:5000", "127.0.0.1", "[::1]:5000"] {
        assert_eq!(proxy.send(get(host)).await.status, 200, "{host}");
    }
}

#[tokio::test]
async fn an_allowed_page_may_read_errors_too() {
    let upstream = Upstream::json(200, GRANTED).await;
    let proxy = upstream.proxy().await;
    for (method, path, status) in
        [(Method::POST, "/v1/token", 400), (Method::PUT, "/v1/token", 405), (Method::GET, "/nowhere", 404)]
    {
        let answer = proxy.send(proxy.request(method, path).header("origin", PAGE)).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("access-control-allow-origin"), PAGE);
        assert_eq!(answer.header("access-control-expose-headers"), "request-id,retry-after");
        assert_eq!(answer.header("access-control-allow-credentials"), "");
        assert_eq!(answer.header("vary"), "origin");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn a_program_without_origin_may_call() {
    let upstream = Upstream::json(200, GRANTED).await;
    let proxy = upstream.proxy().await;
    let answer = proxy.send(proxy.request(Method::POST, "/v1/token").body("code-1")).await;
    assert_eq!((answer.status.as_u16(), answer.header("access-control-allow-origin")), (200, ""));
    assert_eq!(answer.header("vary"), "origin");
}
