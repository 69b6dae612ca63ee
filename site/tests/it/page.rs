//! What is handed out: the page, its files, and its settings.

use fortellis_service::AuthServer;
use reqwest::Method;
use site::Config;

use crate::support::{TestSite, config, with_callback};

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

/// Every path with its media type.
const FILES: [(&str, &str); 11] = [
    ("/", "text/html; charset=utf-8"),
    ("/style.css", CSS),
    ("/app.js", JS),
    ("/app/sign-in.js", JS),
    ("/app/failure.js", JS),
    ("/app/http.js", JS),
    ("/app/tabs.js", JS),
    ("/app/token.js", JS),
    ("/app/view.js", JS),
    ("/config.json", "application/json"),
    ("/healthz", "application/json"),
];

#[tokio::test]
async fn the_page_is_what_it_is() {
    let answer = TestSite::demo().await.get("/").await;
    assert_eq!(answer.status, 200);
    insta::assert_snapshot!("page", answer.body);
}

#[tokio::test]
async fn the_settings_are_what_they_are() {
    let answer = TestSite::demo().await.get("/config.json").await;
    let settings: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    insta::assert_snapshot!("config", serde_json::to_string_pretty(&settings).unwrap());
}

#[tokio::test]
async fn the_settings_are_those_of_the_start() {
    let config = Config {
        auth_server: AuthServer {
            issuer: "https://identity.fortellis.io/oauth2/aus1p1ixy7YL8cMq02p7".to_owned(),
            loopback: false,
            api_key: "own".to_owned(),
            redirect_uri: "http://localhost:80/".to_owned(),
        },
        scope: "openid profile".to_owned(),
        proxy_url: "http://localhost:5001".to_owned(),
        api_url: "https://api.fortellis.io".to_owned(),
        subscription_id: "test".to_owned(),
    };
    let answer = TestSite::start(config).await.get("/config.json").await;
    assert_eq!(
        answer.body,
        r#"{"issuer":"https://identity.fortellis.io/oauth2/aus1p1ixy7YL8cMq02p7","loopback":false,"api_key":"own","redirect_uri":"http://localhost:80/","scope":"openid profile","proxy_url":"http://localhost:5001","api_url":"https://api.fortellis.io","subscription_id":"test"}"#
    );
}

#[tokio::test]
async fn every_file_comes_with_its_media_type_to_get_and_head() {
    let site = TestSite::demo().await;
    for (path, media_type) in FILES {
        let got = site.get(path).await;
        assert_eq!((got.status.as_u16(), got.header("content-type")), (200, media_type), "{path}");
        assert!(!got.body.is_empty(), "{path}");
        let head = site.send(site.request(Method::HEAD, path)).await;
        assert_eq!((head.status.as_u16(), head.body.as_str()), (200, ""), "{path}");
        assert_eq!(head.header_lines(), got.header_lines(), "{path}");
    }
}

/// What the page names is served, and what is served is named.
#[tokio::test]
async fn the_page_and_its_modules_name_files_that_are_there() {
    let site = TestSite::demo().await;
    let page = site.get("/").await.body;
    for (path, _) in FILES.iter().filter(|(_, media_type)| *media_type == JS || *media_type == CSS) {
        assert!(page.contains(&format!("\"{path}\"")), "{path} is not named");
    }
    for (path, _) in FILES.iter().filter(|(_, media_type)| *media_type == JS) {
        let folder = path.rsplit_once('/').unwrap().0;
        for import in site.get(path).await.body.split(" from \"./").skip(1) {
            let file = format!("{folder}/{}", import.split('"').next().unwrap());
            assert!(FILES.iter().any(|(path, _)| *path == file), "{path} imports {file}");
        }
    }
}

#[tokio::test]
async fn the_page_loads_nothing_from_elsewhere_and_has_no_script_or_style_of_its_own() {
    let page = TestSite::demo().await.get("/").await.body;
    for part in ["src=\"http", "href=\"http", "<style", " style=", " onclick", "javascript:"] {
        assert!(!page.contains(part), "{part}");
    }
    assert_eq!(page.matches("<script").count(), page.matches("<script type=\"module\" src=\"/").count());
}

#[tokio::test]
async fn every_hook_for_tests_is_there_once() {
    let page = TestSite::demo().await.get("/").await.body;
    for name in [
        "status",
        "error",
        "access-token",
        "id-token",
        "claims",
        "expires-in",
        "call-api",
        "api-answer",
        "tab-browser",
        "tab-backend",
        "subscription-id",
        "find-subscription",
        "subscription-note",
        "call-api-backend",
        "api-answer-backend",
        "sign-in",
        "sign-out",
    ] {
        assert_eq!(page.matches(&format!("data-testid=\"{name}\"")).count(), 1, "{name}");
    }
}

#[tokio::test]
async fn the_page_is_there_with_the_answer_of_a_sign_in() {
    let site = TestSite::demo().await;
    let page = site.get("/").await;
    assert_eq!(site.get("/?code=x&state=y").await.to_string(), page.to_string());
    assert_eq!(site.get("/?error=access_denied&state=y").await.to_string(), page.to_string());
}

#[tokio::test]
async fn the_page_is_also_where_the_callback_url_points() {
    for path in ["/callback", "/a/b/", "/%7Bid%7D", "/:id", "/*rest"] {
        let site = TestSite::start(with_callback(&format!("http://localhost:8080{path}?tenant=1"))).await;
        let page = site.get("/").await;
        assert_eq!(site.get(&format!("{path}?tenant=1&code=x&state=y")).await.body, page.body, "{path}");
        assert_eq!(site.get("/another").await.status, 404, "{path} is that path and no other");
    }
}

#[tokio::test]
async fn what_is_not_there_says_where_the_page_is() {
    let answer = TestSite::demo().await.get("/callback?code=secret").await;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.body, "there is nothing at /callback; the page is at /\n");
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
}

#[tokio::test]
async fn an_answer_that_is_posted_is_told_where_to_come() {
    let site = TestSite::demo().await;
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
        let answer = site.send(site.request(method.clone(), "/")).await;
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "GET,HEAD"));
        assert_eq!(
            answer.body,
            format!(
                "/ answers to GET and HEAD, not to {method}. The answer of a sign-in is read from the URL's query: leave \
                 response_mode out\n"
            )
        );
    }
}

#[tokio::test]
async fn healthz_says_that_the_site_is_alive() {
    assert_eq!(TestSite::start(config()).await.get("/healthz").await.body, r#"{"status":"ok"}"#);
}
