//! `/_mock/sign-in`: the mock signs a user in without a page.

use std::time::Duration;

use fixtures::{dealer, subscriber};
use mock_idp::Endpoint;
use serde_json::{Value, json};

use crate::support::{Answer, Mock, TUTORIAL, claims, tutorial_redemption, tutorial_request, with};

async fn set(mock: &Mock, mode: Value) -> Answer {
    mock.send(mock.http.put(mock.at("/_mock/sign-in")).json(&mode)).await
}

/// Who the tokens speak of that a code gives.
async fn subject(mock: &Mock, code: &str) -> Value {
    let tokens = mock.post_as(TUTORIAL, "/v1/token", &tutorial_redemption(code)).await.json();
    claims(&tokens["access_token"])["sub"].clone()
}

#[tokio::test]
async fn a_person_signs_in_until_something_else_is_said() {
    let mock = Mock::start().await;
    assert_eq!(mock.get(&mock.at("/_mock/sign-in")).await.json(), json!({ "mode": "interactive" }));
    assert_eq!(mock.authorize(&tutorial_request()).await.status, 200, "the page");
    assert_eq!(mock.get(&mock.at("/_mock/sign-in")).await.json(), json!({ "mode": "interactive" }));
    let saved = mock.get(&mock.at("/_mock/state")).await.json();
    let restored = mock.send(mock.http.put(mock.at("/_mock/state")).json(&saved)).await;
    assert_eq!((restored.status, restored.body.as_str()), (204, ""), "what was saved");
}

#[tokio::test]
async fn a_user_who_is_written_otherwise_is_signed_in_still() {
    let mock = Mock::start().await;
    mock.issuer.sign_in_as(dealer::USERNAME);
    let name = dealer::USERNAME.to_uppercase();
    let user = mock.http.put(mock.at(&format!("/_mock/users/{name}")));
    mock.send(user.json(&json!({ "password": "x" }))).await;
    assert_eq!(mock.get(&mock.at("/_mock/sign-in")).await.json()["username"], name);
    assert!(mock.authorize(&tutorial_request()).await.callback_param("code").is_some());
}

#[tokio::test]
async fn in_the_automatic_mode_the_redirect_comes_at_once() {
    let mock = Mock::start().await;
    let mode = json!({ "mode": "automatic", "username": dealer::USERNAME });
    assert_eq!(set(&mock, mode.clone()).await.json(), mode);
    assert_eq!(mock.get(&mock.at("/_mock/sign-in")).await.json(), mode);

    let answer = mock.authorize(&tutorial_request()).await;
    assert_eq!(answer.status, 302);
    assert!(answer.header("set-cookie").starts_with("mock_idp_session="), "the browser keeps the session");
    let entry = mock.issuer.journal().expect_one(Endpoint::Authorize).await.unwrap();
    assert_eq!(entry.user.unwrap().as_str(), dealer::USERNAME);
    assert_eq!(subject(&mock, &answer.callback_param("code").unwrap()).await, dealer::USERNAME);

    set(&mock, json!({ "mode": "interactive" })).await;
    mock.forget_cookies();
    assert_eq!(mock.authorize(&tutorial_request()).await.status, 200, "the page again");
}

#[tokio::test]
async fn an_automatic_sign_in_is_made_where_the_page_would_be_shown() {
    let mock = Mock::start().await;
    // As on the page, capitals do not count.
    mock.issuer.sign_in_as(&subscriber::USERNAME.to_uppercase());
    let none = with(&tutorial_request(), "prompt", "none");
    let error = mock.authorize(&none).await.callback_param("error");
    assert_eq!(error.as_deref(), Some("login_required"), "prompt=none shows no page");

    let first = mock.authorize(&tutorial_request()).await;
    let answer = mock.authorize(&tutorial_request()).await;
    assert_eq!(answer.header("set-cookie"), "", "the session is there already");
    assert!(mock.authorize(&none).await.callback_param("code").is_some());
    mock.issuer.advance(Duration::from_secs(10));
    let login = mock.authorize(&with(&tutorial_request(), "prompt", "login")).await;
    assert_ne!(login.header("set-cookie"), "", "prompt=login signs in anew");
    assert_ne!(login.header("set-cookie"), first.header("set-cookie"));
}

#[tokio::test]
async fn a_user_who_is_deleted_signs_in_no_more() {
    let mock = Mock::start().await;
    mock.issuer.sign_in_as(subscriber::USERNAME);
    let delete = mock.http.delete(mock.at(&format!("/_mock/users/{}", subscriber::USERNAME)));
    mock.send(delete.header("content-type", "application/json")).await;
    assert_eq!(mock.authorize(&tutorial_request()).await.status, 200, "the page");
}

#[tokio::test]
async fn only_a_known_user_can_be_signed_in() {
    let mock = Mock::start().await;
    let answer = set(&mock, json!({ "mode": "automatic", "username": "subscriber@exmaple.com" })).await;
    let problem = answer.json();
    assert_eq!(
        (answer.status, &problem["field"], &problem["nearest"]),
        (422, &json!("username"), &json!(subscriber::USERNAME))
    );
    let answer = set(&mock, json!({ "mode": "automatic", "username": "Dealer@Example.com" })).await;
    assert_eq!(answer.json()["username"], dealer::USERNAME, "capitals do not matter");
    let answer = set(&mock, json!({ "mode": "automatc" })).await;
    assert_eq!((answer.status, &answer.json()["nearest"]), (422, &json!("automatic")));
    let answer = set(&mock, json!({ "mode": 0 })).await;
    assert_eq!(
        (answer.status, &answer.json()["detail"]),
        (422, &json!("0; expected a name")),
        "a mode has no number"
    );
}

#[tokio::test]
#[should_panic(expected = "nobody is called nobody@example.com")]
async fn a_test_that_signs_in_an_unknown_user_panics() {
    Mock::start().await.issuer.sign_in_as("nobody@example.com");
}
