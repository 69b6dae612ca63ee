//! `/_mock/state`: the whole issuer as one document.

use std::time::Duration;

use fixtures::{dealer, subscriber};
use mock_idp::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Mock, NOW, TUTORIAL, tutorial_request};

async fn save(mock: &Mock) -> Value {
    mock.get(&mock.at("/_mock/state")).await.json()
}

async fn call(mock: &Mock, method: Method, path: &str, body: &Value) -> Answer {
    mock.send(mock.http.request(method, mock.at(path)).json(body)).await
}

async fn refresh(mock: &Mock, token: &Value) -> u16 {
    let form = [("grant_type", "refresh_token"), ("refresh_token", token.as_str().unwrap())];
    mock.post_as(TUTORIAL, "/v1/token", &form).await.status
}

#[tokio::test]
async fn a_fresh_issuer_is_its_configuration() {
    let mock = Mock::start().await;
    let state = save(&mock).await;
    assert_eq!(
        (&state["version"], &state["clock"], &state["sign_in"]),
        (
            &json!(1),
            &json!({ "now": "2026-01-02T03:04:05Z", "frozen": true }),
            &json!({ "mode": "interactive" })
        )
    );
    let lengths = ["apps", "users", "subscriptions", "resources", "sessions", "refresh_tokens"]
        .map(|list| state[list].as_array().unwrap().len());
    assert_eq!(lengths, [3, 2, 2, 2, 0, 0]);
    assert_eq!(state["revocations"], json!({ "tokens": [], "grants": [] }));
}

#[tokio::test]
async fn what_was_saved_can_be_restored_after_a_reset() {
    let mock = Mock::start().await;
    let tokens = mock.tutorial_tokens("openid offline_access").await;
    let revoked = mock.tutorial_tokens("openid offline_access").await;
    let token = revoked["refresh_token"].as_str().unwrap();
    mock.post_as(TUTORIAL, "/v1/revoke", &[("token", token)]).await;
    mock.issuer.sign_in_as(dealer::USERNAME);
    mock.issuer.advance(Duration::from_secs(100));
    let saved = save(&mock).await;

    assert_eq!(call(&mock, Method::DELETE, "/_mock/state", &Value::Null).await.status, 204);
    assert_eq!(refresh(&mock, &tokens["refresh_token"]).await, 400, "forgotten");
    assert_eq!(call(&mock, Method::PUT, "/_mock/state", &saved).await.status, 204);

    assert_eq!(save(&mock).await, saved);
    assert_eq!(refresh(&mock, &tokens["refresh_token"]).await, 200);
    assert_eq!(refresh(&mock, &revoked["refresh_token"]).await, 400, "still revoked");
    let answer = mock.authorize(&tutorial_request()).await;
    assert!(answer.callback_param("code").is_some(), "the session lives on");
    assert_eq!(mock.last_entry().endpoint, mock_idp::Endpoint::Authorize);
}

#[tokio::test]
async fn a_reset_issuer_is_what_it_was_at_the_beginning() {
    let mock = Mock::start().await;
    mock.signed_in(&tutorial_request()).await;
    mock.issuer.sign_in_as(dealer::USERNAME);
    call(&mock, Method::DELETE, &format!("/_mock/users/{}", subscriber::USERNAME), &Value::Null).await;
    call(&mock, Method::DELETE, "/_mock/state", &Value::Null).await;
    let state = save(&mock).await;
    assert_eq!(state["users"].as_array().unwrap().len(), 2);
    assert_eq!((&state["sign_in"]["mode"], &state["sessions"]), (&json!("interactive"), &json!([])));
    assert_eq!(state["clock"]["now"], "2026-01-01T00:00:00Z", "the time at which a seeded mock is frozen");
    assert!(mock.issuer.journal().entries().is_empty());
    assert_eq!(mock.authorize(&tutorial_request()).await.status, 200, "nobody is signed in");
}

#[tokio::test]
async fn a_reset_issuer_of_a_mock_without_a_seed_goes_by_the_machines_clock() {
    let mock = Mock::plain().await;
    mock.issuer.clock().freeze(Timestamp::from_unix_seconds(0).unwrap());
    call(&mock, Method::DELETE, "/_mock/state", &Value::Null).await;
    assert_eq!(save(&mock).await["clock"]["frozen"], false);
    assert!(mock.issuer.clock().now().unix_seconds() > NOW);
}

#[tokio::test]
async fn what_is_left_out_is_empty_and_the_clock_stays() {
    let mock = Mock::start().await;
    let users = json!([{ "username": "only@example.com", "password": "x" }]);
    let state = json!({ "version": 1, "users": users });
    assert_eq!(call(&mock, Method::PUT, "/_mock/state", &state).await.status, 204);
    let saved = save(&mock).await;
    assert_eq!((&saved["apps"], &saved["clock"]["now"]), (&json!([]), &json!("2026-01-02T03:04:05Z")));
    assert_eq!(saved["users"][0]["username"], "only@example.com");
}

#[tokio::test]
async fn a_document_that_does_not_fit_changes_nothing() {
    let mock = Mock::start().await;
    let before = save(&mock).await;
    let app = json!({ "name": "A", "api_key": "k" });
    let user = json!({ "username": "a@example.com", "password": "x" });
    let organization = json!({ "id": "1", "name": "D" });
    let subscription = json!({ "id": "1", "app": "k", "organization": organization });
    let fault = json!({ "id": 1, "endpoint": "keys", "fault": { "kind": "hang" } });
    for (state, field, detail) in [
        (json!({ "version": 2 }), json!("version"), "version is 2; expected 1"),
        (json!({}), json!("version"), "missing field `version`"),
        (json!({ "version": 1, "user": [] }), json!("user"), "unknown field `user`; did you mean `users`?"),
        (
            json!({ "version": 1, "apps": [app, app] }),
            json!("apps[1].api_key"),
            "api_key k appears twice; give each app its own",
        ),
        (
            json!({ "version": 1, "users": [user, user] }),
            json!("users[1].username"),
            "user a@example.com appears twice; give each user their own name",
        ),
        (
            json!({ "version": 1, "apps": [app], "subscriptions": [subscription, subscription] }),
            json!("subscriptions[1].id"),
            "subscription 1 to app k appears twice; leave one out",
        ),
        (
            json!({ "version": 1, "faults": [fault, fault] }),
            json!("faults[1].id"),
            "another fault has this number; give each its own",
        ),
        (
            json!({ "version": 1, "apps": [{ "name": "A", "api_key": "" }] }),
            json!("apps[0].api_key"),
            "app \"A\" has an empty api_key; give it 32 letters and digits",
        ),
        (
            json!({ "version": 1, "subscriptions": [{ "id": "1", "app": "k", "organization": organization }] }),
            json!("subscriptions[0].app"),
            "no app is called \"k\"; expected a known app",
        ),
        (
            json!({ "version": 1, "apps": [{ "name": "A", "api_key": "k", "callbacks": ["/cb"] }] }),
            json!("apps[0].callbacks[0]"),
            "callback /cb of app \"A\" cannot be used: it is not an absolute URL; expected for example \
             http://localhost:8080/ or https://app.example.com/cb",
        ),
        (
            json!({ "version": 1, "resources": [{ "path": "/a/{id}" }, { "path": "/a/{name}", "methods": ["GET"] }] }),
            json!("resources[1].path"),
            "resource /a/{name} answers what /a/{id} answers; give each its own path or methods",
        ),
        (
            json!({ "version": 1, "resources": [{ "path": "/a", "apps": ["k"] }] }),
            json!("resources[0].apps[0]"),
            "no app is called \"k\"; expected a known app",
        ),
        (
            json!({ "version": 1, "sign_in": { "mode": "automatic", "username": "nobody" } }),
            json!("sign_in.username"),
            "no user is called \"nobody\"; expected a known user",
        ),
    ] {
        let answer = call(&mock, Method::PUT, "/_mock/state", &state).await;
        let problem = answer.json();
        assert_eq!((answer.status, &problem["field"], &problem["detail"]), (422, &field, &json!(detail)));
    }
    assert_eq!(save(&mock).await, before);
}

#[tokio::test]
async fn a_wrong_member_is_named_wherever_it_is() {
    let mock = Mock::start().await;
    let with_fault = |fault: Value| {
        let faults = [json!({ "kind": "hang" }), fault]
            .map(|fault| json!({ "id": 1, "endpoint": "keys", "fault": fault }));
        json!({ "version": 1, "faults": faults })
    };
    let with_mode = |mode: &str| json!({ "version": 1, "sign_in": { "mode": mode } });
    for (state, field, detail) in [
        (
            with_fault(json!({ "kind": "status", "status": "503" })),
            "faults[1].fault.status",
            "invalid type: string \"503\"; expected a whole number from 0 to 65535",
        ),
        (
            with_fault(json!({ "kind": "status", "status": 503, "headers": { "Retry-After": 1 } })),
            "faults[1].fault.headers.Retry-After",
            "invalid type: integer `1`; expected a string",
        ),
        (
            with_fault(json!({ "kind": "delya", "ms": 1 })),
            "faults[1].fault.kind",
            "unknown kind `delya`; did you mean `delay`?",
        ),
        (
            with_fault(json!({ "kind": "keys", "keys": "stail" })),
            "faults[1].fault.keys",
            "unknown variant `stail`; did you mean `stale`?",
        ),
        (with_fault(json!(["hang"])), "faults[1].fault", "a list; expected an object"),
        (with_mode("automatc"), "sign_in.mode", "unknown mode `automatc`; did you mean `automatic`?"),
        (with_mode("automatic"), "sign_in.username", "missing field `username`"),
    ] {
        let answer = call(&mock, Method::PUT, "/_mock/state", &state).await;
        let problem = answer.json();
        assert_eq!(
            (answer.status, &problem["field"], &problem["detail"]),
            (422, &json!(field), &json!(detail)),
            "{state}"
        );
    }
}

#[tokio::test]
async fn all_flaws_of_a_document_are_listed() {
    let mock = Mock::start().await;
    let app = json!({ "name": "A", "api_key": "k" });
    let user = json!({ "username": "a@example.com", "password": "x" });
    let state = json!({
        "version": 1,
        "apps": [app, app],
        "users": [user, user],
        "resources": [{ "path": "/a" }, { "path": "/a" }],
        "sign_in": { "mode": "automatic", "username": "b@example.com" },
    });
    let problem = call(&mock, Method::PUT, "/_mock/state", &state).await.json();
    let flaws = problem["flaws"].as_array().unwrap();
    let fields: Vec<&Value> = flaws.iter().map(|flaw| &flaw["field"]).collect();
    assert_eq!(fields, ["apps[1].api_key", "users[1].username", "resources[1].path", "sign_in.username"]);
    assert_eq!((&problem["field"], &problem["detail"]), (&flaws[0]["field"], &flaws[0]["detail"]));
    assert_eq!(flaws[3]["detail"], "no user is called \"b@example.com\"; did you mean a@example.com?");
}
