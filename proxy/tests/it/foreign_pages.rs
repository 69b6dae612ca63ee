//! What pages of other origins make a browser send, and what a browser may do with an answer.

use http::Method;

use crate::support::{Answer, GRANTED, PAGE, TestProxy, Upstream, answer};

const SITE: &str = "sec-fetch-site";
const MODE: &str = "sec-fetch-mode";

async fn get(proxy: &TestProxy, path: &str, fields: &[(&str, &str)]) -> Answer {
    let request = proxy.request(Method::GET, path);
    proxy.send(fields.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
}

#[tokio::test]
async fn an_element_of_a_foreign_page_reaches_nothing() {
    let upstream = Upstream::json(200, GRANTED).await;
    let proxy = upstream.proxy().await;
    // An image, a script, a style, a no-cors fetch; and what no browser sends.
    for site in ["cross-site", "same-site", "Cross-Site", "cross-site, none", "elsewhere", ""] {
        for path in ["/v1/api/orders", "/v1/subscriptions", "/v1/token", "/healthz", "/nowhere"] {
            let answer = get(&proxy, path, &[(SITE, site), (MODE, "no-cors")]).await;
            assert_eq!(
                (answer.status.as_u16(), answer.error().as_str()),
                (403, "foreign_page"),
                "{path} {site}"
            );
        }
    }
    let twice = get(&proxy, "/v1/api/orders", &[(SITE, "none"), (SITE, "same-site")]).await;
    assert_eq!(twice.error(), "foreign_page");
    insta::assert_snapshot!(
        "foreign_page",
        get(&proxy, "/v1/api/orders", &[(SITE, "same-site"), (MODE, "no-cors")]).await
    );
    assert!(upstream.received().is_empty());
}

#[tokio::test]
async fn nobody_navigates_to_an_answer_of_the_api() {
    let upstream = Upstream::json(200, GRANTED).await;
    let proxy = upstream.proxy().await;
    for site in ["none", "same-origin", "same-site", "cross-site"] {
        for path in ["/v1/api/orders", "/v1/subscriptions", "/v1/token"] {
            let fields = [(SITE, site), (MODE, "navigate"), ("origin", PAGE)];
            for fields in [&fields[..2], &fields] {
                let answer = get(&proxy, path, fields).await;
                assert_eq!(
                    (answer.status.as_u16(), answer.error().as_str()),
                    (403, "navigation"),
                    "{path} {fields:?}"
                );
            }
        }
    }
    let typed = [(SITE, "none"), (MODE, "navigate")];
    insta::assert_snapshot!("navigation", get(&proxy, "/v1/api/orders?id=1", &typed).await.body);
    assert_eq!(get(&proxy, "/healthz", &typed).await.status, 200, "a person may look");
    assert!(upstream.received().is_empty());
}

#[tokio::test]
async fn an_allowed_page_and_a_program_may_call() {
    let upstream = Upstream::json(200, GRANTED).await;
    let proxy = upstream.proxy().await;
    for site in ["same-site", "cross-site", "same-origin"] {
        let page = [(SITE, site), (MODE, "cors"), ("origin", PAGE), ("sec-fetch-dest", "empty")];
        let answer = get(&proxy, "/v1/api/orders", &page).await;
        assert_eq!((answer.status.as_u16(), answer.header("access-control-allow-origin")), (200, PAGE));
    }
    assert_eq!(get(&proxy, "/v1/api/orders", &[]).await.status, 200);
    let sent = upstream.received_at("/api/default/orders");
    assert_eq!(sent.len(), 4);
    for call in sent {
        assert_eq!((call.header(SITE), call.header("sec-fetch-dest")), ("", ""), "it is the backend's call");
    }
}

#[tokio::test]
async fn no_answer_can_run_in_a_browser() {
    let upstream = Upstream::granting(3600, |_, _| {
        let mut page = answer(200, "text/html", "<script>alert(document.domain)</script>");
        for (name, value) in [
            ("content-security-policy", "script-src *"),
            ("x-content-type-options", "sniff"),
            ("cross-origin-resource-policy", "cross-origin"),
        ] {
            page.headers_mut().append(name, value.parse().unwrap());
        }
        page
    })
    .await;
    let proxy = upstream.proxy().await;
    let mut answers = vec![
        get(&proxy, "/v1/api/page", &[]).await,
        get(&proxy, "/v1/api/page", &[("origin", PAGE)]).await,
        get(&proxy, "/v1/api/page", &[(SITE, "cross-site")]).await,
        get(&proxy, "/v1/api/page", &[("host", "rebound.evil.example")]).await,
        proxy.post_code("").await,
        proxy.send(proxy.request(Method::OPTIONS, "/v1/token").header("origin", PAGE)).await,
    ];
    for path in ["/healthz", "/readyz", "/nowhere", "/v1/subscriptions", "/v1/token"] {
        answers.push(get(&proxy, path, &[]).await);
    }
    for answer in answers {
        let field = |name: &str| answer.headers.get_all(name).iter().collect::<Vec<_>>();
        assert_eq!(
            field("content-security-policy"),
            ["default-src 'none'; frame-ancestors 'none'; sandbox"],
            "{answer}"
        );
        assert_eq!(field("x-content-type-options"), ["nosniff"], "{answer}");
        assert_eq!(field("cross-origin-resource-policy"), ["same-origin"], "{answer}");
    }
}

#[tokio::test]
async fn an_origin_that_is_badly_written_is_refused_with_the_remedy() {
    let upstream = Upstream::json(200, GRANTED).await;
    let proxy = upstream.proxy().await;
    for origin in ["HTTP://localhost:8080", "http://LOCALHOST:8080", "http://localhost:8080/"] {
        let answer = get(&proxy, "/v1/api/orders", &[("origin", origin)]).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (403, "foreign_origin"), "{origin}");
        assert!(answer.body.contains("send http://localhost:8080"), "{answer}");
    }
    let opaque = get(&proxy, "/v1/api/orders", &[("origin", "null")]).await;
    insta::assert_snapshot!("opaque_origin", opaque.body);
    for second in [PAGE, "https://evil.example"] {
        let answer = get(&proxy, "/v1/api/orders", &[("origin", PAGE), ("origin", second)]).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (400, "invalid_request"));
        assert!(answer.body.contains("several Origin fields"), "{answer}");
        assert_eq!(answer.cors_fields(), Vec::<&str>::new());
    }
    assert!(upstream.received().is_empty());
}

#[tokio::test]
async fn a_request_names_one_host() {
    let upstream = Upstream::json(200, GRANTED).await;
    let proxy = upstream.proxy().await;
    for (head, status, why) in [
        ("GET /v1/api/orders HTTP/1.1\r\n", 400, "no Host header"),
        (
            "GET /v1/api/orders HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n",
            400,
            "more than one Host header",
        ),
        ("GET http://evil.example/v1/api/orders HTTP/1.1\r\nHost: localhost\r\n", 421, "evil.example"),
    ] {
        let answer = proxy.raw(&format!("{head}Connection: close\r\n\r\n")).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")) && answer.contains(why), "{head}{answer}");
    }
    assert!(upstream.received().is_empty());
    let old = proxy.raw("GET /v1/api/orders HTTP/1.0\r\n\r\n").await;
    assert!(old.starts_with("HTTP/1.0 200 "), "HTTP/1.0 needs no Host: {old}");
}
