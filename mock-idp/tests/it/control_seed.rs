//! `--seed` and `/_mock/seed`: the same requests give the same bytes.

use std::time::Duration;

use fixtures::subscriber;
use mock_idp::{Config, MockIdp, Timestamp, TokenOrder};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{
    Answer, Mock, NOW, OIDC, TUTORIAL, oidc_redemption, oidc_request, text, tutorial_request, with,
};

/// Everything that needs the random source, byte by byte: page, cookies, code, tokens, refreshes, a key, an error.
async fn run(mock: &Mock) -> Vec<String> {
    mock.forget_cookies();
    let page = mock.authorize(&with(&oidc_request(), "scope", "openid offline_access")).await;
    let callback = mock.submit(&page, subscriber::USERNAME, subscriber::PASSWORD).await;
    let code = callback.callback_param("code").unwrap();
    let answer = mock.post_as(OIDC, "/v1/token", &oidc_redemption(&code)).await;
    let tokens = answer.json();
    let refreshed = mock.refresh(OIDC, &tokens).await;
    let rotate = async || mock.send(mock.http.post(mock.at("/_mock/keys/rotate")).json(&json!({}))).await;
    // More keys than are at hand: the last one has to be made.
    for _ in 0..4 {
        rotate().await;
    }
    let rotated = rotate().await;
    let jwks = mock.get(&mock.at("/v1/keys")).await;
    let by_new_key = mock.refresh(OIDC, &tokens).await;
    let implicit = with(&with(&tutorial_request(), "response_type", "id_token token"), "nonce", "n");
    let implicit = mock.authorize(&implicit).await;
    let own = mock.app_tokens(TUTORIAL).await;
    let call = mock.http.get(mock.outside(&format!("/api/{}/any", mock.issuer.name())));
    let call = mock.send(call.bearer_auth(text(&own["access_token"]))).await;
    let error = mock.browse(Method::DELETE, &mock.at("/v1/token"), &[]).await;
    let kids: Vec<String> =
        rotated.json()["keys"].as_array().unwrap().iter().map(|key| text(&key["kid"]).to_owned()).collect();
    let answers = [page, callback, answer, refreshed, jwks, by_new_key, implicit, call, error];
    answers.iter().map(Answer::whole).chain(kids).chain([own.to_string()]).collect()
}

#[track_caller]
fn assert_same(one: &[String], other: &[String]) {
    for (one, other) in one.iter().zip(other) {
        assert_eq!(one, other);
    }
    assert_eq!(one.len(), other.len());
}

async fn seeded(seed: u64) -> Mock {
    let mock = Mock::start().await;
    mock.issuer.seed(seed);
    mock
}

fn freeze(mock: &Mock) {
    mock.issuer.clock().freeze(Timestamp::from_unix_seconds(NOW).unwrap());
}

async fn put_seed(mock: &Mock, body: &Value) -> u16 {
    mock.send(mock.http.put(mock.at("/_mock/seed")).json(body)).await.status
}

#[tokio::test]
async fn two_runs_with_one_seed_are_the_same_byte_by_byte() {
    let (one, other) = (Mock::start().await, Mock::start().await);
    assert_same(&run(&one).await, &run(&other).await);
}

#[tokio::test]
async fn an_issuer_that_is_seeded_is_as_a_mock_that_was_started_so() {
    let started = run(&Mock::start().await).await;
    let mock = seeded(2).await;
    // Whatever happened before, and with whatever seed.
    mock.authorize(&oidc_request()).await;
    assert_eq!(put_seed(&mock, &json!({ "seed": 1 })).await, 204);
    assert_same(&run(&mock).await, &started);
}

#[tokio::test]
async fn a_reset_and_seeded_issuer_does_the_same_again() {
    let mock = seeded(7).await;
    let first = run(&mock).await;
    mock.issuer.reset();
    freeze(&mock);
    mock.issuer.seed(7);
    assert_same(&run(&mock).await, &first);
}

/// Without a word to the clock.
#[tokio::test]
async fn time_is_the_same_in_every_seeded_run() {
    let start = || async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Some("http://localhost:9100".to_owned());
        let config = Config { seed: Some(7), issuer_url: url, ..Config::demo() };
        MockIdp::start_on(listener, config).unwrap()
    };
    let order = TokenOrder::new().scope("openid").unwrap();
    let mut answers = Vec::new();
    for idp in [start().await, start().await] {
        let issuer = idp.issuer("any");
        let first = issuer.mint(&order).unwrap();
        issuer.advance(Duration::from_secs(60));
        answers.push([first, issuer.mint(&order).unwrap()].map(|answer| json!(answer)));
        assert_eq!(issuer.clock().now().to_string(), "2026-01-01T00:01:00Z");
        issuer.reset();
        assert_eq!(issuer.clock().now().to_string(), "2026-01-01T00:00:00Z", "as at the beginning");
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn seeding_freezes_a_running_clock_and_leaves_a_frozen_one() {
    let mock = Mock::plain().await;
    assert_eq!(put_seed(&mock, &json!({ "seed": 7 })).await, 204);
    let reading = mock.get(&mock.at("/_mock/clock")).await.json();
    assert_eq!(reading, json!({ "now": "2026-01-01T00:00:00Z", "frozen": true }));
    mock.issuer.advance(Duration::from_secs(61));
    assert_eq!(put_seed(&mock, &json!({ "seed": 7 })).await, 204);
    assert_eq!(mock.issuer.clock().now().to_string(), "2026-01-01T00:01:01Z");
}

#[tokio::test]
async fn seeds_and_issuers_differ() {
    let (one, other) = (seeded(7).await, seeded(8).await);
    let codes = [one.code(&oidc_request()).await, other.code(&oidc_request()).await];
    assert_ne!(codes[0], codes[1]);
    assert_ne!(one.issuer.keys().rotate(), other.issuer.keys().rotate());
    let neighbour = one.idp.issuer("neighbour");
    neighbour.seed(7);
    one.issuer.seed(7);
    assert_ne!(one.issuer.keys().rotate(), neighbour.keys().rotate());
}

#[tokio::test]
async fn what_is_no_seed_is_refused() {
    let mock = Mock::start().await;
    for body in [json!({}), json!({ "seed": -1 }), json!({ "seed": "x" }), json!({ "sed": 1 })] {
        assert_eq!(put_seed(&mock, &body).await, 422, "{body}");
    }
}
