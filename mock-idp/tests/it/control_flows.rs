//! `/_mock/flows`: the steps of each sign-in attempt.

use fixtures::{SUBSCRIPTION_ID, subscriber};
use mock_idp::{FlowId, FlowStatus, Omission};
use serde_json::{Value, json};

use crate::support::{
    Mock, OIDC, TUTORIAL, oidc_redemption, oidc_request, text, tutorial_redemption, tutorial_request, with,
};

async fn flows(mock: &Mock, query: &str) -> Vec<Value> {
    let answer = mock.get(&mock.at(&format!("/_mock/flows{query}"))).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["flows"].as_array().unwrap().clone()
}

async fn ids(mock: &Mock, query: &str) -> Vec<Value> {
    flows(mock, query).await.iter().map(|flow| flow["id"].clone()).collect()
}

async fn flow(mock: &Mock, id: u64) -> Value {
    mock.get(&mock.at(&format!("/_mock/flows/{id}"))).await.json()
}

async fn call(mock: &Mock, token: &Value) -> u16 {
    let url = mock.outside(&format!("/api/{}/cdk/deals", mock.issuer.name()));
    let request = mock.http.get(url).bearer_auth(text(token)).header("Subscription-Id", SUBSCRIPTION_ID);
    mock.send(request.header("Request-Id", "r")).await.status
}

/// A whole sign-in with all that can follow.
async fn everything(mock: &Mock) {
    let page = mock.authorize(&with(&tutorial_request(), "scope", "openid offline_access")).await;
    mock.submit(&page, subscriber::USERNAME, "wrong").await;
    let callback = mock.submit(&page, subscriber::USERNAME, subscriber::PASSWORD).await;
    let code = callback.callback_param("code").unwrap();
    let redemption = tutorial_redemption(&code);
    mock.post_as(TUTORIAL, "/v1/token", &with(&redemption, "redirect_uri", "http://localhost/")).await;
    let tokens = mock.post_as(TUTORIAL, "/v1/token", &redemption).await.json();
    mock.advance(10);
    let refreshed = mock.refresh(TUTORIAL, &tokens).await.json();
    mock.userinfo(&tokens["access_token"]).await;
    mock.introspected(TUTORIAL, &tokens["refresh_token"]).await;
    assert_eq!(call(mock, &refreshed["access_token"]).await, 200);
    let rest = [("token", text(&refreshed["refresh_token"]))];
    mock.post_as(TUTORIAL, "/v1/revoke", &rest).await;
    assert_eq!(call(mock, &refreshed["access_token"]).await, 401);
    mock.refresh(TUTORIAL, &tokens).await;
}

#[tokio::test]
async fn one_sign_in_is_one_story() {
    let mock = Mock::start().await;
    everything(&mock).await;
    insta::assert_json_snapshot!(flow(&mock, 1).await);
}

#[tokio::test]
async fn flows_are_listed_without_their_steps_and_chosen_by_app_and_status() {
    let mock = Mock::start().await;
    everything(&mock).await;
    mock.forget_cookies();
    mock.authorize(&oidc_request()).await;
    mock.app_tokens(TUTORIAL).await;
    insta::assert_json_snapshot!(flows(&mock, "").await);
    assert_eq!(ids(&mock, &format!("?app={}", TUTORIAL.0)).await, [1, 3]);
    assert_eq!(ids(&mock, "?status=waiting_for_sign_in").await, [2]);
    let answer = mock.get(&mock.at("/_mock/flows?status=refusd")).await;
    assert_eq!((answer.status, &answer.json()["nearest"]), (400, &json!("refused")));
}

#[tokio::test]
async fn the_journal_is_filtered_by_flow() {
    let mock = Mock::start().await;
    mock.oidc_tokens("openid").await;
    mock.get(&mock.at("/v1/keys")).await;
    mock.app_tokens(TUTORIAL).await;
    let journal = mock.get(&mock.at("/_mock/journal?flow=1")).await.json();
    let numbers: Vec<&Value> =
        journal["entries"].as_array().unwrap().iter().map(|entry| &entry["number"]).collect();
    assert_eq!(numbers, [1, 2, 3]);
    assert_eq!(mock.last_entry().flow, Some(FlowId::new(2)), "an app's own token is a flow of its own");
    assert_eq!(mock.issuer.flow(FlowId::new(2)).unwrap().status, FlowStatus::TokenIssued);
}

#[tokio::test]
async fn an_attempt_that_came_to_nothing_says_why() {
    let mock = Mock::start().await;
    let page = mock.authorize(&oidc_request()).await;
    let cancel = [("action", "cancel")];
    mock.browse(reqwest::Method::POST, &page.form_action(), &cancel).await;
    mock.authorize(&with(&oidc_request(), "redirect_uri", "http://localhost:8080")).await;
    mock.code(&oidc_request()).await;
    mock.advance(60);
    let listed: Vec<_> =
        mock.issuer.flows().into_iter().map(|flow| (flow.id, flow.status, flow.summary)).collect();
    let summary = |text: &str| text.to_owned();
    let near = mock.issuer.flow(FlowId::new(2)).unwrap().steps[0].refusal.as_ref().unwrap().remedy.clone();
    assert_eq!(
        listed,
        [
            (FlowId::new(1), FlowStatus::Cancelled, summary("the person cancelled")),
            (
                FlowId::new(2),
                FlowStatus::Refused,
                format!("refused at authorize: redirect_uri_unregistered; {near}")
            ),
            (
                FlowId::new(3),
                FlowStatus::CodeExpired,
                summary("subscriber@example.com signed in, and the code was not exchanged within 60 s")
            ),
        ]
    );
}

#[tokio::test]
async fn implicit_tokens_and_a_token_that_a_retired_key_signed_stay_with_their_flow() {
    let mock = Mock::start().await;
    let implicit = with(&with(&oidc_request(), "response_type", "id_token token"), "nonce", "n");
    let callback = mock.signed_in(&implicit).await;
    let token = json!(callback.callback_param("access_token").unwrap());
    assert_eq!(mock.issuer.flows()[0].status, FlowStatus::SignedIn);
    mock.issuer.keys().turn(&mock_idp::Rotation::without_overlap()).unwrap();
    assert_eq!(mock.userinfo(&token).await.status, 401);
    let step = mock.issuer.flows()[0].steps.last().unwrap().clone();
    assert_eq!((step.what.as_str(), step.status), ("the app asked for userinfo, and was refused", 401));
    assert_eq!(step.refusal.unwrap().rule, "bearer_signature");
}

#[tokio::test]
async fn a_code_used_twice_is_told_in_the_flow_that_it_came_from() {
    let mock = Mock::start().await;
    let code = mock.code(&oidc_request()).await;
    mock.authorize(&tutorial_request()).await;
    for _ in 0..2 {
        mock.post_as(OIDC, "/v1/token", &oidc_redemption(&code)).await;
    }
    let flow = mock.issuer.flow(FlowId::new(1)).unwrap();
    assert_eq!((flow.status, flow.steps.len()), (FlowStatus::Revoked, 4));
    assert!(flow.summary.contains("revoked at token: code_replayed; "), "{}", flow.summary);
}

#[tokio::test]
async fn numbers_go_on_after_a_reset_and_come_back_with_the_state() {
    let mock = Mock::start().await;
    let tokens = mock.tutorial_tokens("openid offline_access").await;
    let state = mock.get(&mock.at("/_mock/state")).await.json();
    mock.issuer.reset();
    assert_eq!(mock.issuer.flows(), []);
    mock.authorize(&oidc_request()).await;
    assert_eq!(mock.last_entry().flow, Some(FlowId::new(2)));
    let restored = mock.send(mock.http.put(mock.at("/_mock/state")).json(&state)).await;
    assert_eq!(restored.status, 204, "{}", restored.body);
    mock.refresh(TUTORIAL, &tokens).await;
    assert_eq!(mock.last_entry().flow, Some(FlowId::new(1)), "the refresh token knows where it came from");
    mock.authorize(&oidc_request()).await;
    assert_eq!(mock.last_entry().flow, Some(FlowId::new(3)));
}

#[tokio::test]
async fn an_unreadable_request_is_a_flow_too_and_an_unknown_one_is_not_found() {
    let mock = Mock::start().await;
    mock.get(&mock.at("/v1/authorize?state=%ff")).await;
    assert_eq!(mock.issuer.flows()[0].status, FlowStatus::Refused);
    assert_eq!(mock.last_entry().answer.body.left_out, Some(Omission::Masked));
    for id in ["2", "x"] {
        let answer = mock.get(&mock.at(&format!("/_mock/flows/{id}"))).await;
        assert_eq!(
            (answer.status, answer.json()["type"].clone()),
            (404, json!("urn:mock-idp:problem:unknown-flow"))
        );
    }
}
