//! `/_mock/apps`: apps are registered while the mock runs.

use fixtures::{backend_app, tutorial_app};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Mock};

const KEY: &str = "NewAppKey00000000000000000000001";

async fn call(mock: &Mock, method: Method, path: &str, body: &Value) -> Answer {
    mock.send(mock.http.request(method, mock.at(&format!("/_mock/apps{path}"))).json(body)).await
}

async fn put(mock: &Mock, key: &str, body: Value) -> Answer {
    call(mock, Method::PUT, &format!("/{key}"), &body).await
}

#[tokio::test]
async fn an_app_that_is_registered_gets_tokens() {
    let mock = Mock::start().await;
    let app = json!({ "name": "New app", "api_secret": "s3cret", "callbacks": ["http://localhost:3000/"] });
    let answer = put(&mock, KEY, app).await;
    insta::assert_snapshot!(answer.whole());
    assert_eq!(mock.get(&mock.at(&format!("/_mock/apps/{KEY}"))).await.json(), answer.json());
    let form = [("grant_type", "client_credentials"), ("scope", "anonymous")];
    assert_eq!(mock.post_as((KEY, "s3cret"), "/v1/token", &form).await.status, 200);
}

#[tokio::test]
async fn what_is_read_can_be_written_back() {
    let mock = Mock::start().await;
    let apps = mock.get(&mock.at("/_mock/apps")).await.json();
    assert_eq!(apps["apps"].as_array().unwrap().len(), 3);
    for app in apps["apps"].as_array().unwrap() {
        let answer = put(&mock, app["api_key"].as_str().unwrap(), app.clone()).await;
        assert_eq!((answer.status, answer.json()), (200, app.clone()));
    }
    assert_eq!(mock.get(&mock.at("/_mock/apps")).await.json(), apps);
}

#[tokio::test]
async fn a_deleted_app_is_unknown_and_so_are_its_subscriptions() {
    let mock = Mock::start().await;
    let path = format!("/{}", tutorial_app::API_KEY);
    assert_eq!(call(&mock, Method::DELETE, &path, &Value::Null).await.status, 204);
    let answer = call(&mock, Method::DELETE, &path, &Value::Null).await;
    assert_eq!((answer.status, &answer.json()["type"]), (404, &json!("urn:mock-idp:problem:unknown-app")));
    let subscriptions = mock.get(&mock.at("/_mock/subscriptions")).await.json();
    let apps: Vec<&Value> =
        subscriptions["subscriptions"].as_array().unwrap().iter().map(|one| &one["app"]).collect();
    assert_eq!(apps, [backend_app::API_KEY]);
}

#[tokio::test]
async fn an_app_that_cannot_be_is_refused_and_nothing_changes() {
    let mock = Mock::start().await;
    for (app, field, detail) in [
        (
            json!({ "name": "A", "callback": [] }),
            "callback",
            "unknown field `callback`; did you mean `callbacks`?",
        ),
        (
            json!({ "name": "A", "grants": ["authorisation_code"] }),
            "grants[0]",
            "unknown variant `authorisation_code`; did you mean `authorization_code`?",
        ),
        (
            json!({ "name": "A", "callbacks": ["http://app.test/cb"] }),
            "callbacks[0]",
            "callback http://app.test/cb of app \"A\" cannot be used: http is for this machine only; use https; \
             expected for example http://localhost:8080/ or https://app.example.com/cb",
        ),
        (
            json!({ "name": "A", "api_key": "another" }),
            "api_key",
            "api_key is \"another\"; expected \"NewAppKey00000000000000000000001\", as in the path",
        ),
    ] {
        let answer = put(&mock, KEY, app).await;
        let problem = answer.json();
        assert_eq!(
            (answer.status, &problem["field"], &problem["detail"]),
            (422, &json!(field), &json!(detail))
        );
    }
    let answer = put(&mock, KEY, json!([])).await;
    assert_eq!(answer.status, 422);
    assert_eq!(mock.get(&mock.at(&format!("/_mock/apps/{KEY}"))).await.status, 404);
}

#[tokio::test]
async fn every_flaw_of_an_app_is_told_and_the_app_stays_as_it_was() {
    let mock = Mock::start().await;
    let path = format!("/{}", tutorial_app::API_KEY);
    let before = call(&mock, Method::GET, &path, &Value::Null).await.json();
    let mut app = before.clone();
    app["callbacks"] = json!(["http://localhost/", "/cb"]);
    app["post_logout_callbacks"] = json!([{ "url": "https://app.test/", "any_port": true }]);
    let answer = call(&mock, Method::PUT, &path, &app).await;
    let problem = answer.json();
    assert_eq!((answer.status, &problem["field"]), (422, &json!("callbacks[1]")));
    let flaws = problem["flaws"].as_array().unwrap();
    assert_eq!(flaws.len(), 2);
    assert_eq!((&flaws[0]["field"], &flaws[0]["detail"]), (&problem["field"], &problem["detail"]));
    assert_eq!(flaws[1]["field"], "post_logout_callbacks[0].url");
    assert_eq!(call(&mock, Method::GET, &path, &Value::Null).await.json(), before);
}

#[tokio::test]
async fn what_is_left_after_an_app_was_deleted_can_be_saved_and_restored() {
    let mock = Mock::start_with_toml(&format!(
        "{}\n[[resource]]\npath = \"/own\"\napps = [\"{}\"]\n",
        fixtures::DEMO_TOML,
        tutorial_app::API_KEY
    ))
    .await;
    let path = format!("/{}", tutorial_app::API_KEY);
    assert_eq!(call(&mock, Method::DELETE, &path, &Value::Null).await.status, 204);
    let state = mock.get(&mock.at("/_mock/state")).await.json();
    let paths: Vec<&Value> =
        state["resources"].as_array().unwrap().iter().map(|resource| &resource["path"]).collect();
    assert!(!paths.contains(&&json!("/own")), "no app can call it: {paths:?}");
    let restored = mock.send(mock.http.put(mock.at("/_mock/state")).json(&state)).await;
    assert_eq!(restored.status, 204, "{}", restored.body);
}

#[tokio::test]
async fn a_key_with_a_slip_is_told_with_the_nearest_one() {
    let mock = Mock::start().await;
    let answer = mock.get(&mock.at("/_mock/apps/TutorialAppKey000000000000000002")).await;
    assert_eq!((answer.status, &answer.json()["nearest"]), (404, &json!(tutorial_app::API_KEY)));
}
