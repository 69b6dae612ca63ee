//! `/v1/api/{path}`: what of a call reaches the API, and what of its answer reaches the caller.

use axum::{body::Body, response::Response};
use http::Method;

use crate::support::{Received, TestProxy, Upstream, answer, config, json, pass};

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
         accept-encoding: identity\n\
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
         accept-encoding: identity\n\
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
            .header("set-cookie", "mock_idp_browser=planted; Path=/")
            .header("clear-site-data", "\"*\"")
            .header("alt-svc", "h3=\"evil.example:443\"")
            .header("refresh", "0; url=http://evil.example/")
            .header("strict-transport-security", "max-age=31536000")
            .header("nel", "{}")
            .header("report-to", "{}")
            .header("reporting-endpoints", "default=\"http://evil.example/\"")
            .header("service-worker-allowed", "/")
            .header(
                "content-security-policy-report-only",
                "default-src 'none'; report-uri http://evil.example/",
            )
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
         content-security-policy: default-src 'none'; frame-ancestors 'none'; sandbox\n\
         content-type: text/csv\n\
         cross-origin-resource-policy: same-origin\n\
         etag: \"7\"\n\
         request-id: the-apis\n\
         vary: accept\n\
         vary: origin\n\
         x-content-type-options: nosniff\n\
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
async fn a_body_reaches_the_api_before_it_ends() {
    use std::sync::Arc;

    use axum::{Json, Router, extract::Request, routing::post};
    use futures_util::{StreamExt, stream};
    use tokio::sync::{Notify, mpsc};

    let first_is_there = Arc::new(Notify::new());
    let arrived = first_is_there.clone();
    let router = Router::new()
        .route("/oauth2/default/v1/token", post(async || json(200, crate::support::GRANTED)))
        .route(
            "/api/default/orders",
            post(async move |request: Request| {
                let mut pieces = request.into_body().into_data_stream();
                let mut seen = vec![pieces.next().await.unwrap().unwrap()];
                arrived.notify_one();
                while let Some(piece) = pieces.next().await {
                    seen.push(piece.unwrap());
                }
                Json(seen.iter().map(|piece| String::from_utf8_lossy(piece).into_owned()).collect::<Vec<_>>())
            }),
        );
    let server = fortellis_service::Server::start(crate::support::any_port().await, router).unwrap();
    let proxy = TestProxy::start(config(&server.url())).await;
    let (piece, pieces) = mpsc::unbounded_channel();
    let pieces = stream::unfold(pieces, async |mut pieces| {
        let piece: Result<&str, std::io::Error> = Ok(pieces.recv().await?);
        Some((piece, pieces))
    });
    piece.send("first").unwrap();
    let sending =
        proxy.send(proxy.request(Method::POST, "/v1/api/orders").body(reqwest::Body::wrap_stream(pieces)));
    let (answer, ()) = tokio::join!(sending, async {
        first_is_there.notified().await;
        piece.send("last").unwrap();
        drop(piece);
    });
    assert_eq!(answer.body, r#"["first","last"]"#);
}

#[tokio::test]
async fn a_body_of_unknown_length_may_have_ten_mebibytes_and_no_more() {
    let upstream = granting().await;
    let proxy = upstream.proxy().await;
    let post = async |mebibytes: usize| {
        let pieces = (0..mebibytes).map(|_| Ok::<_, std::io::Error>(vec![b'x'; 1024 * 1024]));
        let body = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
        proxy.send(proxy.request(Method::POST, "/v1/api/orders").body(body)).await
    };
    assert_eq!(post(10).await.status, 200);
    assert_eq!(api_call(&upstream).body.len(), 10 * 1024 * 1024);
    let answer = post(11).await;
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (413, "payload_too_large"));
}

#[tokio::test]
async fn a_crowd_reaches_the_api_in_an_orderly_way() {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use axum::{Router, routing::get, routing::post};

    let (inside, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (inside_now, most_seen) = (inside.clone(), most.clone());
    let router = Router::new()
        .route("/oauth2/default/v1/token", post(async || json(200, crate::support::GRANTED)))
        .route(
            "/api/default/orders",
            get(async move || {
                most_seen.fetch_max(inside_now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                for _ in 0..100 {
                    tokio::task::yield_now().await;
                }
                inside_now.fetch_sub(1, Ordering::SeqCst);
                json(200, "{}")
            }),
        );
    let server = fortellis_service::Server::start(crate::support::any_port().await, router).unwrap();
    let proxy = TestProxy::start(config(&server.url())).await;
    for answer in futures_util::future::join_all((0..300).map(|_| proxy.get("/v1/api/orders"))).await {
        assert_eq!(answer.status, 200);
    }
    assert_eq!(inside.load(Ordering::SeqCst), 0);
    assert!(most.load(Ordering::SeqCst) <= 128, "{most:?} calls at once");
}

#[tokio::test]
async fn the_length_of_a_large_body_is_passed_on() {
    let upstream = granting().await;
    let proxy = upstream.proxy().await;
    proxy.send(proxy.request(Method::POST, "/v1/api/orders").body(vec![b'x'; 100_000])).await;
    let call = api_call(&upstream);
    assert_eq!((call.header("content-length"), call.header("transfer-encoding")), ("100000", ""));
    assert_eq!(call.body.len(), 100_000);
}

#[tokio::test]
async fn an_api_that_shows_the_request_does_not_show_the_backends_token() {
    let upstream = Upstream::granting(3600, |request, _| {
        let shown = request.header("authorization").to_owned();
        let mut response = json(200, format!("{{\"authorization\":\"{shown}\"}}"));
        response.headers_mut().insert("x-request-authorization", shown.parse().unwrap());
        assert_eq!(
            request.header("accept-encoding"),
            "identity",
            "a compressed answer could not be searched"
        );
        response
    })
    .await;
    let proxy = upstream.proxy().await;
    let answer =
        proxy.send(proxy.request(Method::GET, "/v1/api/echo").header("accept-encoding", "gzip")).await;
    assert_eq!(answer.body, r#"{"authorization":"Bearer ***************"}"#);
    assert_eq!(answer.header("x-request-authorization"), "Bearer ***************");
    assert_eq!(answer.header("content-length"), answer.body.len().to_string());
}

#[tokio::test]
async fn an_answer_may_take_as_long_as_it_likes_while_it_goes_on() {
    use std::sync::Mutex;

    use futures_util::stream;
    use tokio::sync::mpsc;

    let (piece, pieces) = mpsc::unbounded_channel();
    let pieces = Mutex::new(Some(pieces));
    let upstream = Upstream::granting(3600, move |_, _| {
        let pieces = stream::unfold(pieces.lock().unwrap().take().unwrap(), async |mut pieces| {
            let piece: Result<&str, std::io::Error> = Ok(pieces.recv().await?);
            Some((piece, pieces))
        });
        answer(200, "text/plain", Body::from_stream(pieces))
    })
    .await;
    let proxy = upstream.proxy().await;
    piece.send("one").unwrap();
    let mut response = proxy.request(Method::GET, "/v1/api/slow").send().await.unwrap();
    assert_eq!(response.chunk().await.unwrap().unwrap(), "one");
    for text in ["two", "three"] {
        // Within the time for each, and beyond it for both.
        pass(proxy::DEFAULT_TIMEOUT * 3 / 5).await;
        piece.send(text).unwrap();
        assert_eq!(response.chunk().await.unwrap().unwrap(), text);
    }
    pass(proxy::DEFAULT_TIMEOUT).await;
    assert!(response.chunk().await.is_err(), "an answer that stands still is given up");
}

#[tokio::test]
async fn a_refusal_of_the_proxy_carries_the_request_id() {
    let proxy = TestProxy::start(config("http://localhost:1")).await;
    let request = proxy.request(Method::GET, "/v1/api/orders?secret=1").header("request-id", "mine");
    let answer = proxy.send(request).await;
    assert_eq!((answer.error().as_str(), answer.header("request-id")), ("upstream_unreachable", "mine"));
}

/// An upstream that grants a token, and answers everything else with these bytes.
async fn verbatim(answer: &'static str) -> (TestProxy, fortellis_service::Server) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let listener = crate::support::any_port().await;
    let api = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(connection.read_u8().await.unwrap());
            }
            connection.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    let tokens = axum::Router::new().fallback(async || json(200, crate::support::GRANTED));
    let tokens = fortellis_service::Server::start(crate::support::any_port().await, tokens).unwrap();
    let mut config = config(&tokens.url());
    config.api_url = format!("{api}/api/default");
    (TestProxy::start(config).await, tokens)
}

#[tokio::test]
async fn a_change_of_protocol_is_not_passed_on() {
    let (proxy, _tokens) =
        verbatim("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n")
            .await;
    let upgrade = proxy
        .request(Method::GET, "/v1/api/socket")
        .header("connection", "upgrade")
        .header("upgrade", "websocket");
    for request in [proxy.request(Method::GET, "/v1/api/orders"), upgrade] {
        let answer = proxy.send(request).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (502, "upstream_nonsense"), "{answer}");
        assert!(
            answer.body.contains("answered 101 Switching Protocols with a change of protocol"),
            "{answer}"
        );
        assert_eq!(answer.header("upgrade"), "");
    }
}

#[tokio::test]
async fn an_informational_answer_is_not_passed_on() {
    let (proxy, _tokens) = verbatim(
        "HTTP/1.1 103 Early Hints\r\nLink: </evil.js>; rel=preload\r\nSet-Cookie: session=1\r\n\r\n\
         HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
    )
    .await;
    let answer =
        proxy.raw("GET /v1/api/orders HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\n{}"), "{answer}");
    assert!(!answer.contains("103") && !answer.to_lowercase().contains("set-cookie"), "{answer}");
}

#[tokio::test]
async fn a_compressed_answer_is_refused_since_the_token_could_be_in_it() {
    for (field, coding) in [
        ("Content-Encoding", "gzip"),
        ("Content-Encoding", "X-GZIP"),
        ("Content-Encoding", "identity, br"),
        ("Content-Encoding", "unheard-of"),
    ] {
        let upstream = Upstream::granting(3600, move |_, _| {
            let mut response = json(200, "compressed");
            response
                .headers_mut()
                .insert(http::HeaderName::try_from(field).unwrap(), http::HeaderValue::from_static(coding));
            response
        })
        .await;
        let proxy = upstream.proxy().await;
        for path in ["/v1/api/orders", "/v1/subscriptions"] {
            let answer = proxy.get(path).await;
            assert_eq!(
                (answer.status.as_u16(), answer.error().as_str()),
                (502, "upstream_compressed"),
                "{coding}"
            );
            assert!(answer.body.contains(&format!("answered with {field}: {coding} although")), "{answer}");
            assert_eq!(answer.header("content-encoding"), "");
        }
    }
    let (proxy, _tokens) = verbatim(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\nConnection: close\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    )
    .await;
    let answer = proxy.get("/v1/api/orders").await;
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (502, "upstream_compressed"), "{answer}");
}

#[tokio::test]
async fn an_answer_that_says_that_it_is_not_compressed_passes() {
    for coding in ["identity", "Identity", ""] {
        let upstream = Upstream::granting(3600, move |_, _| {
            let mut response = json(200, "{}");
            response.headers_mut().insert("content-encoding", http::HeaderValue::from_static(coding));
            response
        })
        .await;
        let answer = upstream.proxy().await.get("/v1/api/orders").await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, "{}"), "{coding}");
    }
}

#[tokio::test]
async fn a_crowd_at_a_hanging_api_waits_no_longer_than_one_caller() {
    const CALLERS: usize = 300;
    let upstream = Upstream::start(|request| {
        (request.path_and_query == "/oauth2/default/v1/token").then(|| json(200, crate::support::GRANTED))
    })
    .await;
    let proxy = upstream.proxy().await;
    let time = async {
        while upstream.received_at("/api/default/orders").len() < 128 {
            tokio::task::yield_now().await;
        }
        loop {
            pass(proxy::DEFAULT_TIMEOUT).await;
            for _ in 0..1_000 {
                tokio::task::yield_now().await;
            }
        }
    };
    let answers = tokio::select! {
        answers = futures_util::future::join_all((0..CALLERS).map(|_| proxy.get("/v1/api/orders"))) => answers,
        () = time => unreachable!("time has no end"),
    };
    let mut queued = 0;
    for answer in &answers {
        assert_eq!(answer.status, 504, "{answer}");
        match answer.error().as_str() {
            "queue_timeout" => queued += 1,
            error => assert_eq!(error, "upstream_timeout"),
        }
    }
    let made = upstream.received_at("/api/default/orders").len();
    assert!(queued > 0 && made + queued <= CALLERS, "{queued} waited in the queue, {made} were made");
    insta::assert_snapshot!(
        "queue_timeout",
        answers.iter().find(|answer| answer.error() == "queue_timeout").unwrap().body
    );
}
