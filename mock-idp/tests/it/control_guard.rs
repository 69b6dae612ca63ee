//! Who may use `/_mock/…`: programs and the mock's own pages, and no page from elsewhere.

use mock_idp::Config;
use reqwest::{Method, header};
use serde_json::{Value, json};

use crate::support::{Answer, Mock};

/// Asks for the clock with one more header.
async fn clock_with(mock: &Mock, name: &str, value: &str) -> Answer {
    mock.send(mock.http.get(mock.at("/_mock/clock")).header(name, value)).await
}

#[track_caller]
fn assert_problem(answer: &Answer, status: u16, kind: &str) {
    assert_eq!(answer.header("content-type"), "application/problem+json", "{}", answer.body);
    let problem = answer.json();
    assert_eq!(
        (answer.status, &problem["type"], &problem["status"]),
        (status, &json!(format!("urn:mock-idp:problem:{kind}")), &json!(status)),
        "{problem}"
    );
}

#[tokio::test]
async fn a_name_that_is_not_this_machines_is_refused() {
    let mock = Mock::start().await;
    for host in ["evil.test", "localhost.evil.test:9100", "192.168.0.9"] {
        assert_problem(&clock_with(&mock, "host", host).await, 403, "foreign-host");
    }
    for host in ["localhost", "127.0.0.1:1", "[::1]:9100"] {
        assert_eq!(clock_with(&mock, "host", host).await.status, 200, "{host}");
    }
}

#[tokio::test]
async fn the_advertised_name_is_the_mocks_own() {
    let mock =
        Mock::start_with(Config { back_channel_url: Some("http://mock-idp:9100".into()), ..Config::demo() });
    assert_eq!(clock_with(&mock.await, "host", "mock-idp:9100").await.status, 200);
}

#[tokio::test]
async fn a_page_of_another_origin_can_use_none_of_it() {
    let mock = Mock::start().await;
    for origin in ["http://localhost:8080", "http://evil.test", "null"] {
        for (method, path) in [
            (Method::GET, "/_mock/clock"),
            (Method::PUT, "/_mock/clock"),
            (Method::GET, "/_mock/journal/wait"),
            (Method::GET, "/_mock/events"),
            (Method::DELETE, "/_mock/journal"),
            (Method::OPTIONS, "/_mock/clock/advance"),
            (Method::GET, "/_mock/nowhere"),
        ] {
            let request = mock.http.request(method, mock.at(path)).header(header::ORIGIN, origin);
            let answer = mock.send(request.json(&json!({ "frozen": false }))).await;
            assert_problem(&answer, 403, "foreign-page");
            assert_eq!(answer.header("access-control-allow-origin"), "");
        }
    }
    assert_eq!(mock.get(&mock.at("/_mock/clock")).await.json()["frozen"], true, "nothing has changed");
}

#[tokio::test]
async fn an_image_or_a_link_of_another_page_is_refused() {
    let mock = Mock::start().await;
    for site in ["cross-site", "same-site"] {
        assert_problem(&clock_with(&mock, "sec-fetch-site", site).await, 403, "foreign-page");
    }
    for site in ["same-origin", "none"] {
        assert_eq!(clock_with(&mock, "sec-fetch-site", site).await.status, 200);
    }
}

#[tokio::test]
async fn the_mocks_own_pages_may() {
    let mock = Mock::start().await;
    let own = mock.outside("");
    assert_eq!(clock_with(&mock, "origin", &own).await.status, 200);
}

#[tokio::test]
async fn what_changes_something_is_marked_as_json() {
    let mock = Mock::start().await;
    for (method, path) in [
        (Method::PUT, "/_mock/clock"),
        (Method::POST, "/_mock/clock/advance"),
        (Method::DELETE, "/_mock/journal"),
    ] {
        for media_type in [None, Some("text/plain"), Some("application/x-www-form-urlencoded")] {
            let mut request = mock.http.request(method.clone(), mock.at(path)).body("{\"seconds\":1}");
            if let Some(media_type) = media_type {
                request = request.header(header::CONTENT_TYPE, media_type);
            }
            assert_problem(&mock.send(request).await, 415, "media-type");
        }
    }
}

#[tokio::test]
async fn a_path_that_is_not_there_is_told_with_the_nearest_one() {
    let mock = Mock::start().await;
    let answer = mock.get(&mock.at("/_mock/clok")).await;
    assert_problem(&answer, 404, "not-found");
    assert_eq!(answer.json()["nearest"], "/clock");
    for path in ["/_mock", "/_mock/", "/_mock/clock/", "/_mock/something/else"] {
        assert_eq!(mock.get(&mock.at(path)).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn another_method_is_told_which_there_are() {
    let mock = Mock::start().await;
    let answer = mock.send(mock.http.patch(mock.at("/_mock/clock")).json(&Value::Null)).await;
    assert_problem(&answer, 405, "method-not-allowed");
    assert_eq!(answer.header("allow"), "GET,HEAD,PUT");
    assert_eq!(
        answer.json()["detail"],
        "this path does not take PATCH; the header Allow lists the methods that it takes"
    );
}

/// Which methods there are comes before how their bodies are marked.
#[tokio::test]
async fn a_method_that_is_not_there_need_not_be_marked_as_json() {
    let mock = Mock::start().await;
    for (method, path) in [(Method::POST, "/_mock/clock"), (Method::PUT, "/_mock/openapi.json")] {
        assert_problem(&mock.send(mock.http.request(method, mock.at(path))).await, 405, "method-not-allowed");
    }
}

#[tokio::test]
async fn what_is_deleted_is_named_by_the_path_alone() {
    let mock = Mock::start().await;
    let delete = async |body: &str| {
        let request = mock.http.delete(mock.at("/_mock/journal"));
        let json = request.header(header::CONTENT_TYPE, "application/json");
        mock.send(json.body(body.to_owned())).await
    };
    for nothing in ["", "{}", "null"] {
        assert_eq!(delete(nothing).await.status, 204, "{nothing}");
    }
    let surplus = delete("{\"endpoint\":\"token\"}").await;
    assert_problem(&surplus, 422, "unfit-body");
    assert_eq!(surplus.json()["field"], "endpoint");
    assert_problem(&delete("[]").await, 422, "unfit-body");
    assert_problem(&delete("{").await, 400, "malformed-json");
}

#[tokio::test]
async fn an_issuer_that_cannot_be_has_no_controls() {
    let mock = Mock::start().await;
    let answer = mock.get(&mock.outside("/oauth2/no.body/_mock/clock")).await;
    assert_problem(&answer, 404, "unknown-issuer");
}

#[tokio::test]
async fn the_rest_of_the_mock_is_open_to_other_hosts_and_pages() {
    let mock = Mock::start().await;
    for path in ["/oauth2/test/v1/keys", "/healthz", "/nothing/here"] {
        let request = mock.http.get(mock.outside(path)).header("host", "mock.test");
        let answer = mock.send(request.header("origin", "http://localhost:8080")).await;
        assert_ne!(answer.status, 403, "{path}");
    }
}
