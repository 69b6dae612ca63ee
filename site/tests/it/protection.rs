//! Who may call, and what the page may do.

use reqwest::Method;

use crate::support::{Answer, TestSite, config, with_callback};

async fn by_the_name(site: &TestSite, host: &str) -> Answer {
    site.send(site.request(Method::GET, "/config.json").header("host", host)).await
}

#[tokio::test]
async fn every_answer_carries_the_same_protection() {
    let site = TestSite::demo().await;
    let page = site.get("/").await;
    insta::assert_snapshot!("header", page.header_lines());
    for (method, path) in [
        (Method::GET, "/app.js"),
        (Method::GET, "/config.json"),
        (Method::GET, "/nowhere"),
        (Method::POST, "/"),
        (Method::HEAD, "/"),
    ] {
        let answer = site.send(site.request(method, path)).await;
        for field in [
            "content-security-policy",
            "cache-control",
            "referrer-policy",
            "x-content-type-options",
            "x-frame-options",
            "cross-origin-resource-policy",
        ] {
            assert_eq!(answer.header(field), page.header(field), "{path}");
        }
    }
    let foreign = by_the_name(&site, "rebound.evil.example").await;
    assert_eq!(foreign.header("content-security-policy"), page.header("content-security-policy"));
}

#[tokio::test]
async fn the_page_may_call_the_proxy_the_api_and_the_authorization_server_alone() {
    let connect = async |change: &dyn Fn(&mut site::Config)| {
        let mut config = config();
        change(&mut config);
        let answer = TestSite::start(config).await.get("/").await;
        let policy = answer.header("content-security-policy").to_owned();
        policy.split("; ").find(|directive| directive.starts_with("connect-src ")).unwrap().to_owned()
    };
    assert_eq!(
        connect(&|_| ()).await,
        "connect-src 'self' http://localhost:5000 http://localhost:9100",
        "mock and API gateway are one origin"
    );
    assert_eq!(
        connect(&|config| {
            config.proxy_url = "https://proxy.example:8443/tutorial".to_owned();
            config.api_url = "https://api.fortellis.io/".to_owned();
            config.auth_server.issuer = "https://identity.fortellis.io/oauth2/x".to_owned();
        })
        .await,
        "connect-src 'self' https://proxy.example:8443 https://api.fortellis.io https://identity.fortellis.io"
    );
    assert_eq!(
        connect(&|config| config.proxy_url = "http://[::1]:5000".to_owned()).await,
        "connect-src 'self' http: http://localhost:9100",
        "a policy has no words for IPv6 addresses"
    );
    for url in ["http://h;script-src", "http://h,x", "http://h;script-src *"] {
        assert_eq!(
            connect(&|config| config.proxy_url = url.to_owned()).await,
            "connect-src 'self' 'none' http://localhost:9100",
            "{url} adds no directive"
        );
    }
}

#[tokio::test]
async fn a_page_that_calls_this_machine_by_another_name_is_refused() {
    let site = TestSite::demo().await;
    for host in
        ["rebound.evil.example:8080", "localhost.evil.example", "localhost@evil.example", "192.0.2.1", "a b"]
    {
        let answer = by_the_name(&site, host).await;
        assert_eq!(answer.status, 421, "{host}");
        assert_eq!(
            answer.body,
            format!(
                "\"{host}\" is not this site; open it as localhost, or by the name in the Callback URL\n"
            )
        );
    }
    for host in ["localhost:8080", "localhost", "127.0.0.1:1", "[::1]:8080", "app.localhost"] {
        assert_eq!(by_the_name(&site, host).await.status, 200, "{host}");
    }
}

#[tokio::test]
async fn the_name_in_the_callback_url_is_this_site_too() {
    let site = TestSite::start(with_callback("https://tunnel.example/callback")).await;
    for (host, status) in [("tunnel.example", 200), ("TUNNEL.example:443", 200), ("other.example", 421)] {
        assert_eq!(by_the_name(&site, host).await.status, status, "{host}");
    }
}

#[tokio::test]
async fn no_page_of_another_origin_may_read_anything() {
    let site = TestSite::demo().await;
    for path in ["/", "/config.json"] {
        let answer =
            site.send(site.request(Method::GET, path).header("origin", "https://evil.example")).await;
        assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
    }
}

#[tokio::test]
async fn a_page_of_another_origin_may_open_the_page_in_a_tab_and_load_nothing() {
    let site = TestSite::demo().await;
    let get = async |path: &str, from: &str, mode: &str, dest: &str| {
        let request = site
            .request(Method::GET, path)
            .header("sec-fetch-site", from)
            .header("sec-fetch-mode", mode)
            .header("sec-fetch-dest", dest);
        site.send(request).await
    };
    for from in ["same-site", "cross-site"] {
        let answer = get("/?code=c&state=s", from, "navigate", "document").await;
        assert_eq!(answer.status, 200, "the answer of a sign-in comes {from}");
        for (mode, dest) in [
            ("no-cors", "image"),
            ("no-cors", "script"),
            ("no-cors", "empty"),
            ("cors", "empty"),
            ("navigate", "iframe"),
            ("navigate", "object"),
            ("", ""),
        ] {
            for path in ["/", "/app.js", "/config.json", "/healthz", "/nowhere"] {
                let answer = get(path, from, mode, dest).await;
                assert_eq!(answer.status, 403, "{path} {from} {mode} {dest}");
                let why = format!("(Sec-Fetch-Site: {from})\n");
                assert!(answer.body.starts_with(path) && answer.body.ends_with(&why), "{answer}");
            }
        }
    }
    for from in ["same-origin", "none"] {
        assert_eq!(get("/config.json", from, "cors", "empty").await.status, 200, "{from}");
        assert_eq!(get("/", from, "navigate", "document").await.status, 200, "{from}");
    }
}

#[tokio::test]
async fn a_request_names_one_host() {
    let site = TestSite::demo().await;
    for (head, status, why) in [
        ("GET / HTTP/1.1\r\n", 400, "no Host header"),
        ("GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n", 400, "more than one Host header"),
        ("GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n", 421, "evil.example"),
    ] {
        let answer = site.raw(&format!("{head}Connection: close\r\n\r\n")).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")) && answer.contains(why), "{head}{answer}");
    }
    let old = site.raw("GET / HTTP/1.0\r\n\r\n").await;
    assert!(old.starts_with("HTTP/1.0 200 "), "HTTP/1.0 needs no Host: {old}");
}
