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
