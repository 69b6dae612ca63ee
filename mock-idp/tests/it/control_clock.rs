//! `/_mock/clock`: what time it is, and how it passes.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Mock, TUTORIAL, tutorial_redemption, tutorial_request};

async fn send(mock: &Mock, method: Method, path: &str, body: &Value) -> Answer {
    mock.send(mock.http.request(method, mock.at(path)).json(body)).await
}

async fn set(mock: &Mock, setting: Value) -> Answer {
    send(mock, Method::PUT, "/_mock/clock", &setting).await
}

async fn advance(mock: &Mock, body: Value) -> Answer {
    send(mock, Method::POST, "/_mock/clock/advance", &body).await
}

#[tokio::test]
async fn the_clock_tells_the_time_and_whether_it_stands_still() {
    let mock = Mock::start().await;
    let answer = mock.get(&mock.at("/_mock/clock")).await;
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (200, r#"{"now":"2026-01-02T03:04:05Z","frozen":true}"#)
    );
}

#[tokio::test]
async fn a_code_ages_when_the_clock_is_advanced() {
    let mock = Mock::start().await;
    let code = mock.code(&tutorial_request()).await;
    let answer = advance(&mock, json!({ "seconds": 60 })).await;
    assert_eq!(answer.json(), json!({ "now": "2026-01-02T03:05:05Z", "frozen": true }));
    let answer = mock.post_as(TUTORIAL, "/v1/token", &tutorial_redemption(&code)).await;
    assert_eq!(answer.json()["error"], "invalid_grant");
    assert_eq!(mock.last_entry().refusal.unwrap().rule, "code_expired");
}

#[tokio::test]
async fn what_is_left_out_stays_as_it_is() {
    let mock = Mock::start().await;
    let frozen = set(&mock, json!({ "now": "2030-01-01T00:00:00Z" })).await;
    assert_eq!(frozen.json(), json!({ "now": "2030-01-01T00:00:00Z", "frozen": true }));
    let thawed = set(&mock, json!({ "frozen": false })).await.json();
    assert_eq!(thawed["frozen"], false);
    assert!(thawed["now"].as_str().unwrap().starts_with("2030-01-01T00:0"), "runs on from there: {thawed}");
    let set_running = set(&mock, json!({ "now": "2031-01-01T00:00:00Z" })).await.json();
    assert_eq!(set_running["frozen"], false);
    assert!(set_running["now"].as_str().unwrap().starts_with("2031-01-01T00:0"), "{set_running}");
    let frozen = set(&mock, json!({ "frozen": true })).await.json();
    assert_eq!(mock.get(&mock.at("/_mock/clock")).await.json(), frozen);
}

#[tokio::test]
async fn other_issuers_have_clocks_of_their_own() {
    let mock = Mock::start().await;
    let other = mock.outside("/oauth2/other/_mock/clock");
    mock.send(mock.http.put(&other).json(&json!({ "now": "2040-01-01T00:00:00Z", "frozen": true }))).await;
    assert_eq!(mock.get(&other).await.json()["now"], "2040-01-01T00:00:00Z");
    assert_eq!(mock.get(&mock.at("/_mock/clock")).await.json()["now"], "2026-01-02T03:04:05Z");
}

#[tokio::test]
async fn a_whole_number_may_have_a_decimal_point() {
    let mock = Mock::start().await;
    set(&mock, json!({ "now": "2026-01-02T03:04:05Z", "frozen": true })).await;
    assert_eq!(advance(&mock, json!({ "seconds": 60.0 })).await.json()["now"], "2026-01-02T03:05:05Z");
    let problem = advance(&mock, json!({ "seconds": 0.5 })).await.json();
    assert_eq!((&problem["status"], &problem["field"]), (&json!(422), &json!("seconds")));
}

#[tokio::test]
async fn a_setting_that_cannot_be_changes_nothing_and_says_why() {
    let mock = Mock::start().await;
    for (body, field, detail) in [
        (json!({ "frzen": true }), json!("frzen"), "unknown field `frzen`; did you mean `frozen`?"),
        (json!({ "frozen": "yes" }), json!("frozen"), "invalid type: string \"yes\"; expected a boolean"),
        (json!({ "frozen": null }), json!("frozen"), "invalid type: null; expected a boolean"),
        (json!({}), Value::Null, "now and frozen are missing; expected at least one of them"),
    ] {
        let answer = set(&mock, body).await;
        assert_eq!(answer.header("content-type"), "application/problem+json");
        let problem = answer.json();
        assert_eq!((answer.status, &problem["field"], &problem["detail"]), (422, &field, &json!(detail)));
    }
    assert_eq!(advance(&mock, json!({})).await.json()["field"], "seconds", "what is missing is named too");
    let problem = set(&mock, json!({ "now": "tomorrow" })).await.json();
    assert_eq!((&problem["status"], &problem["field"]), (&json!(422), &json!("now")));
    assert_eq!(
        problem["detail"],
        "\"tomorrow\" is no moment; expected RFC 3339, for example 2026-11-24T03:42:43Z"
    );
    for (body, detail) in [
        (
            json!({ "seconds": -1 }),
            "invalid value: integer `-1`; expected a whole number from 0 to 9223372036854775807",
        ),
        (
            json!({ "seconds": "61" }),
            "invalid type: string \"61\"; expected a whole number from 0 to 9223372036854775807",
        ),
        (json!({}), "missing field `seconds`"),
    ] {
        assert_eq!(advance(&mock, body).await.json()["detail"], detail);
    }
    assert_eq!(mock.get(&mock.at("/_mock/clock")).await.json()["now"], "2026-01-02T03:04:05Z");
}

#[tokio::test]
async fn a_clock_advanced_beyond_the_calendar_stands_at_its_end() {
    let mock = Mock::start().await;
    let answer = advance(&mock, json!({ "seconds": i64::MAX })).await;
    assert_eq!((answer.status, &answer.json()["now"]), (200, &json!("9999-12-30T22:00:00.999999999Z")));
    assert_eq!(mock.get(&mock.at("/v1/keys")).await.status, 200);
}

#[tokio::test]
async fn a_member_that_stands_twice_is_refused() {
    let mock = Mock::start().await;
    for (body, field, detail) in [
        (
            r#"{"seconds":1,"seconds":61}"#,
            "seconds",
            "duplicate field `seconds`; expected it once at line 1 column 26",
        ),
        (
            r#"{"seconds":[{"b":1,"b":1}]}"#,
            "seconds[0].b",
            "duplicate field `b`; expected it once at line 1 column 25",
        ),
    ] {
        let post = mock.http.post(mock.at("/_mock/clock/advance")).header("content-type", "application/json");
        let answer = mock.send(post.body(body)).await;
        let problem = answer.json();
        assert_eq!(
            (answer.status, &problem["field"], &problem["detail"]),
            (422, &json!(field), &json!(detail))
        );
    }
}

#[tokio::test]
async fn what_is_no_json_is_told_with_its_place() {
    let mock = Mock::start().await;
    let put = mock.http.put(mock.at("/_mock/clock")).header("content-type", "application/json");
    let answer = mock.send(put.body("{\"now\": ")).await;
    assert_eq!(
        (answer.status, answer.json()),
        (
            400,
            json!({
                "type": "urn:mock-idp:problem:malformed-json",
                "title": "The body is not JSON",
                "status": 400,
                "detail": "EOF while parsing a value at line 1 column 8",
            })
        )
    );
}
