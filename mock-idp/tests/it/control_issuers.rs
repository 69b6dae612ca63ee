//! `/_mock/issuers`: which issuers there are.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Mock};

async fn delete(mock: &Mock, name: &str) -> Answer {
    let url = mock.outside(&format!("/_mock/issuers/{name}"));
    mock.send(mock.http.request(Method::DELETE, url).json(&Value::Null)).await
}

#[tokio::test]
async fn issuers_are_listed_by_name() {
    let mock = Mock::start().await;
    assert_eq!(
        mock.get(&mock.outside("/_mock/issuers")).await.json(),
        json!({ "issuers": [
            { "name": "default", "url": "http://localhost:9100/oauth2/default" },
            { "name": "test", "url": "http://localhost:9100/oauth2/test" },
        ] })
    );
}

#[tokio::test]
async fn a_forgotten_issuer_remembers_nothing() {
    let mock = Mock::start().await;
    mock.get(&mock.at("/v1/keys")).await;
    assert_eq!(delete(&mock, "test").await.status, 204);
    let answer = mock.get(&mock.at("/_mock/journal")).await.json();
    assert_eq!(answer["entries"], json!([]));
    let clock = mock.get(&mock.at("/_mock/clock")).await.json();
    assert_eq!(clock["now"], "2026-01-01T00:00:00Z", "as all new issuers of a seeded mock");
}

#[tokio::test]
async fn the_default_issuer_is_made_anew_at_once() {
    let mock = Mock::start().await;
    let before = mock.idp.default_issuer();
    assert_eq!(delete(&mock, "default").await.status, 204);
    let issuers = mock.get(&mock.outside("/_mock/issuers")).await.json();
    assert_eq!(issuers["issuers"][0]["name"], "default");
    assert!(!std::sync::Arc::ptr_eq(&before, &mock.idp.default_issuer()));
}

#[tokio::test]
async fn an_unknown_issuer_cannot_be_forgotten() {
    let mock = Mock::start().await;
    let answer = delete(&mock, "defualt").await;
    assert_eq!((answer.status, &answer.json()["nearest"]), (404, &json!("default")));
    let issuers = mock.get(&mock.outside("/_mock/issuers")).await.json();
    assert_eq!(issuers["issuers"].as_array().unwrap().len(), 2, "asking makes none");
}

#[tokio::test]
async fn a_page_from_elsewhere_cannot_see_the_issuers() {
    let mock = Mock::start().await;
    let request = mock.http.get(mock.outside("/_mock/issuers")).header("origin", "http://localhost:8080");
    assert_eq!(mock.send(request).await.status, 403);
}
