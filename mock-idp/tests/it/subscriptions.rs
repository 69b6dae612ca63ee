//! `/subscriptions/{issuer}/…`: how an app finds out what to send as `Subscription-Id`.

use fixtures::{SUBSCRIPTION_ID, tutorial_app};
use mock_idp::Endpoint;
use serde_json::{Value, json};

use crate::support::{Answer, Mock, OIDC, TUTORIAL};

const LIST: &str = "/v1/solution/subscriptions";

async fn ask(mock: &Mock, app: (&str, &str), path: &str) -> Answer {
    let form = [("grant_type", "client_credentials"), ("scope", "anonymous")];
    let tokens = mock.post_as(app, "/v1/token", &form).await.json();
    let url = mock.outside(&format!("/subscriptions/test{path}"));
    mock.send(mock.http.get(url).bearer_auth(tokens["access_token"].as_str().unwrap())).await
}

#[tokio::test]
async fn an_app_sees_its_subscriptions_and_no_other() {
    let mock = Mock::start().await;
    let answer = ask(&mock, TUTORIAL, LIST).await;
    assert_eq!(
        (answer.status, answer.json()),
        (
            200,
            json!({ "subscriptions": [{
                "subscriptionId": SUBSCRIPTION_ID,
                "orgId": "7c1f0a52-0000-4000-8000-5d2b8e9a4c10",
                "orgName": "Example Motors",
                "status": "active",
                "activationDate": "2025-12-10",
                "deactivationDate": "",
            }] })
        )
    );
    let entry = mock.last_entry();
    assert_eq!(
        (entry.endpoint, entry.app.unwrap().as_str()),
        (Endpoint::Subscriptions, tutorial_app::API_KEY)
    );
    assert_eq!(ask(&mock, OIDC, LIST).await.json(), json!({ "subscriptions": [] }));
}

#[tokio::test]
async fn the_context_tells_of_dealer_and_app() {
    let mock = Mock::start().await;
    let path = format!("{LIST}/{SUBSCRIPTION_ID}/context");
    let context = ask(&mock, TUTORIAL, &path).await.json();
    assert_eq!(context["organizationInfo"]["name"], "Example Motors");
    assert_eq!(
        (&context["appInfo"]["id"], &context["appInfo"]["name"]),
        (&json!(tutorial_app::API_KEY), &json!("Tutorial app"))
    );
    let answer = ask(&mock, OIDC, &path).await;
    assert_eq!((answer.status, &answer.json()["code"]), (403, &json!("SUBSCRIPTION-MISMATCH")));
    assert_eq!(mock.last_entry().refusal.unwrap().rule, "subscription_unknown");
}

#[tokio::test]
async fn a_token_is_needed_and_a_subscription_id_is_not() {
    let mock = Mock::start().await;
    let url = mock.outside(&format!("/subscriptions/test{LIST}"));
    let answer = mock.send(mock.http.get(&url).header("Request-Id", "mine")).await;
    assert_eq!(
        (answer.status, answer.json(), answer.header("request-id")),
        (401, json!({ "code": "MISSING-AUTHORIZATION", "message": "Authorization header required" }), "mine")
    );
    let refused: Value = mock.send(mock.http.get(&url).bearer_auth("nonsense")).await.json();
    assert_eq!(refused["code"], "INVALID-TOKEN");
    assert_eq!(mock.send(mock.http.post(&url)).await.status, 405);
}
