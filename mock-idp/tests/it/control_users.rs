//! `/_mock/users`: who can sign in.

use fixtures::{dealer, subscriber};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Mock, tutorial_request};

async fn call(mock: &Mock, method: Method, name: &str, body: &Value) -> Answer {
    mock.send(mock.http.request(method, mock.at(&format!("/_mock/users/{name}"))).json(body)).await
}

#[tokio::test]
async fn a_new_user_can_sign_in() {
    let mock = Mock::start().await;
    let user = json!({ "password": "hunter2", "claims": { "name": "New" } });
    let answer = call(&mock, Method::PUT, "new@example.com", &user).await;
    let whole = json!({ "username": "new@example.com", "password": "hunter2", "claims": { "name": "New" } });
    assert_eq!((answer.status, answer.json()), (201, whole));
    let page = mock.authorize(&tutorial_request()).await;
    assert!(mock.submit(&page, "new@example.com", "hunter2").await.callback_param("code").is_some());
}

#[tokio::test]
async fn a_user_gets_another_password_whatever_the_capitals() {
    let mock = Mock::start().await;
    let user = json!({ "username": "Dealer@example.com", "password": "changed" });
    assert_eq!(call(&mock, Method::PUT, "Dealer@example.com", &user).await.status, 200);
    let users = mock.get(&mock.at("/_mock/users")).await.json();
    assert_eq!(users["users"].as_array().unwrap().len(), 2, "replaced, not added");
    let page = mock.authorize(&tutorial_request()).await;
    assert_eq!(mock.submit(&page, dealer::USERNAME, dealer::PASSWORD).await.status, 401);
    assert!(mock.submit(&page, dealer::USERNAME, "changed").await.callback_param("code").is_some());
}

#[tokio::test]
async fn a_deleted_user_is_gone_and_their_tokens_work_no_more() {
    let mock = Mock::start().await;
    let tokens = mock.tutorial_tokens("openid").await;
    let userinfo = async || {
        let request = mock.http.get(mock.at("/v1/userinfo"));
        mock.send(request.bearer_auth(tokens["access_token"].as_str().unwrap())).await.status
    };
    assert_eq!(userinfo().await, 200);
    assert_eq!(call(&mock, Method::DELETE, subscriber::USERNAME, &Value::Null).await.status, 204);
    assert_eq!(userinfo().await, 401);
    let answer = call(&mock, Method::GET, subscriber::USERNAME, &Value::Null).await;
    assert_eq!((answer.status, &answer.json()["type"]), (404, &json!("urn:mock-idp:problem:unknown-user")));
}

#[tokio::test]
async fn a_name_belongs_to_one_user_whatever_its_capitals() {
    let mock = Mock::start().await;
    let user = json!({ "password": "x" });
    assert_eq!(call(&mock, Method::PUT, "SUBSCRIBER@example.com", &user).await.status, 200);
    let state = mock.get(&mock.at("/_mock/state")).await.json();
    let names: Vec<&Value> =
        state["users"].as_array().unwrap().iter().map(|user| &user["username"]).collect();
    assert_eq!(names, ["SUBSCRIBER@example.com", dealer::USERNAME]);
    let restored = mock.send(mock.http.put(mock.at("/_mock/state")).json(&state)).await;
    assert_eq!(restored.status, 204, "{}", restored.body);
}

#[tokio::test]
async fn a_user_without_a_password_is_refused() {
    let mock = Mock::start().await;
    let answer = call(&mock, Method::PUT, "new@example.com", &json!({ "pasword": "x" })).await;
    assert_eq!(
        (answer.status, &answer.json()["detail"]),
        (422, &json!("unknown field `pasword`; did you mean `password`?"))
    );
    let answer = call(&mock, Method::PUT, "new@example.com", &json!({})).await;
    assert_eq!(answer.json()["detail"], "missing field `password`");
}
