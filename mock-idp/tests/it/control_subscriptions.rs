//! `/_mock/subscriptions`: which dealers have subscribed to which apps.

use fixtures::{SUBSCRIPTION_ID, backend_app, oidc_app, tutorial_app};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Mock, OIDC};

async fn call(mock: &Mock, method: Method, path: &str, body: &Value) -> Answer {
    mock.send(mock.http.request(method, mock.at(&format!("/_mock/subscriptions/{path}"))).json(body)).await
}

fn subscription(app: &str, status: &str) -> Value {
    json!({ "app": app, "organization": { "id": "1", "name": "Example Motors" }, "status": status })
}

/// The apps that one id has subscriptions to.
async fn apps(mock: &Mock, id: &str) -> Vec<String> {
    let answer = call(mock, Method::GET, id, &Value::Null).await.json();
    let all = answer["subscriptions"].as_array().cloned().unwrap_or_default();
    all.iter().map(|one| one["app"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_subscription_opens_the_gateway_and_closes_it() {
    let mock = Mock::start().await;
    let form = [("grant_type", "client_credentials"), ("scope", "anonymous")];
    let token = mock.post_as(OIDC, "/v1/token", &form).await.json()["access_token"].clone();
    let gateway = async || {
        let request =
            mock.http.get(mock.outside("/api/test/anything")).header("Subscription-Id", SUBSCRIPTION_ID);
        mock.send(request.bearer_auth(token.as_str().unwrap())).await.json()["code"].clone()
    };
    assert_eq!(gateway().await, "SUBSCRIPTION-MISMATCH");
    let put = async |status| {
        call(&mock, Method::PUT, SUBSCRIPTION_ID, &subscription(oidc_app::API_KEY, status)).await.status
    };
    assert_eq!(put("active").await, 201);
    assert_eq!(gateway().await, Value::Null, "the call passes");
    assert_eq!(put("inactive").await, 200);
    assert_eq!(gateway().await, "API-SUBSCRIPTION-INACTIVE");
}

#[tokio::test]
async fn one_id_stands_for_several_apps_and_each_can_end_alone() {
    let mock = Mock::start().await;
    assert_eq!(apps(&mock, SUBSCRIPTION_ID).await, [tutorial_app::API_KEY, backend_app::API_KEY]);
    let one = format!("{SUBSCRIPTION_ID}?app={}", tutorial_app::API_KEY);
    assert_eq!(call(&mock, Method::DELETE, &one, &Value::Null).await.status, 204);
    assert_eq!(apps(&mock, SUBSCRIPTION_ID).await, [backend_app::API_KEY]);
    assert_eq!(call(&mock, Method::DELETE, &one, &Value::Null).await.status, 404);
    assert_eq!(call(&mock, Method::DELETE, SUBSCRIPTION_ID, &Value::Null).await.status, 204);
    let answer = call(&mock, Method::GET, SUBSCRIPTION_ID, &Value::Null).await;
    assert_eq!(
        (answer.status, &answer.json()["type"]),
        (404, &json!("urn:mock-idp:problem:unknown-subscription"))
    );
}

#[tokio::test]
async fn a_subscription_to_an_unknown_app_is_refused() {
    let mock = Mock::start().await;
    let answer =
        call(&mock, Method::PUT, "1", &subscription("OidcAppKey0000000000000000000002", "active")).await;
    let problem = answer.json();
    assert_eq!(
        (answer.status, &problem["field"], &problem["nearest"]),
        (422, &json!("app"), &json!(oidc_app::API_KEY))
    );
    assert_eq!(
        problem["detail"],
        "no app is called \"OidcAppKey0000000000000000000002\"; did you mean OidcAppKey0000000000000000000001?"
    );
    assert_eq!(call(&mock, Method::GET, "1", &Value::Null).await.status, 404, "nothing has changed");
    let answer = call(&mock, Method::PUT, "1", &subscription(oidc_app::API_KEY, "activ")).await;
    assert_eq!((&answer.json()["field"], &answer.json()["nearest"]), (&json!("status"), &json!("active")));
}

#[tokio::test]
async fn a_text_that_is_not_a_date_is_refused_with_an_example() {
    let mock = Mock::start().await;
    let mut body = subscription(oidc_app::API_KEY, "active");
    body["activation_date"] = "soon".into();
    let problem = call(&mock, Method::PUT, "1", &body).await.json();
    assert_eq!(
        (&problem["status"], &problem["field"], &problem["detail"]),
        (
            &json!(422),
            &json!("activation_date"),
            &json!("\"soon\" is not a date; expected one such as 2021-12-10")
        )
    );
}
