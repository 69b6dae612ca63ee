//! The mock as a Rust value: started, isolated, told the time, asked what happened, dropped.

use std::time::Duration;

use fixtures::oidc_app;
use mock_idp::{Endpoint, MockIdp, Outcome};
use serde_json::json;
use tokio::{net::TcpListener, time::timeout};

use crate::support::{Mock, OIDC, basic, encoded, oidc_redemption, oidc_request, text};

const PATIENCE: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_started_mock_is_ready_on_a_free_port() {
    let (one, other) = (MockIdp::start().await.unwrap(), MockIdp::start().await.unwrap());
    assert_ne!(one.addr().port(), other.addr().port());
    assert!(one.addr().ip().is_loopback());
    assert_eq!(one.url(), format!("http://localhost:{}", one.addr().port()));
    let metadata = format!("{}/.well-known/openid-configuration", one.default_issuer().url());
    let metadata: serde_json::Value = reqwest::get(&metadata).await.unwrap().json().await.unwrap();
    assert_eq!(metadata["issuer"], one.default_issuer().url());
}

#[tokio::test]
async fn issuers_share_no_code_clock_journal_or_session() {
    let mock = Mock::start().await;
    let other = mock.idp.issuer("other");
    let code = mock.code(&oidc_request()).await;

    let request = mock
        .http
        .post(mock.outside("/oauth2/other/v1/token"))
        .header("authorization", basic(OIDC))
        .body(encoded(&oidc_redemption(&code)));
    assert_eq!(mock.send(request).await.status, 400, "the code is worth nothing elsewhere");
    assert_eq!(other.journal().entries().len(), 1);
    assert_eq!(mock.issuer.journal().at(Endpoint::Token).len(), 0);

    other.clock().freeze(mock.issuer.clock().now());
    other.advance(Duration::from_hours(1));
    assert_eq!(mock.post_as(OIDC, "/v1/token", &oidc_redemption(&code)).await.status, 200);

    let url = mock.outside(&format!("/oauth2/other/v1/authorize?{}", encoded(&oidc_request())));
    let page = mock.browse(reqwest::Method::GET, &url, &[]).await;
    assert!(page.body.contains("name=\"password\""), "nobody is signed in there");
}

#[tokio::test]
async fn the_same_name_is_the_same_issuer() {
    let idp = MockIdp::start().await.unwrap();
    idp.issuer("mine").advance(Duration::from_secs(10));
    assert!(std::sync::Arc::ptr_eq(&idp.issuer("mine"), &idp.issuer("mine")));
    assert_eq!(idp.issuer("mine").name(), "mine");
    assert_eq!(idp.issuer("mine").url(), format!("{}/oauth2/mine", idp.url()));
}

#[tokio::test]
#[should_panic(expected = "no issuer can have the name \"not a name\": expected 1 to 64 of A-Z a-z 0-9 _ -")]
async fn an_impossible_name_says_what_is_possible() {
    MockIdp::start().await.unwrap().issuer("not a name");
}

#[tokio::test]
async fn advancing_ages_codes_and_tokens_without_waiting() {
    // The clock of a plain mock runs on by itself.
    let mock = Mock::plain().await;
    let tokens = mock.oidc_tokens("openid").await;
    let code = mock.code(&oidc_request()).await;
    mock.advance(61);
    assert_eq!(mock.post_as(OIDC, "/v1/token", &oidc_redemption(&code)).await.status, 400);
    assert_eq!(mock.broken_rule(), "code_expired");
    assert_eq!(mock.userinfo(&tokens["access_token"]).await.status, 200);
    mock.advance(3600);
    assert_eq!(mock.userinfo(&tokens["access_token"]).await.status, 401);
}

#[tokio::test]
async fn the_journal_tells_a_sign_in_step_by_step() {
    let mock = Mock::start().await;
    let tokens = mock.oidc_tokens("openid").await;
    mock.userinfo(&tokens["access_token"]).await;
    mock.userinfo(&json!("made-up")).await;
    let told: Vec<_> = mock
        .issuer
        .journal()
        .entries()
        .into_iter()
        .map(|entry| (entry.number, entry.endpoint.as_str(), entry.status, entry.outcome))
        .collect();
    assert_eq!(
        told,
        [
            (1, "authorize", 200, Outcome::Asked),
            (2, "sign_in", 303, Outcome::Answered),
            (3, "token", 200, Outcome::Answered),
            (4, "userinfo", 200, Outcome::Answered),
            (5, "userinfo", 401, Outcome::Refused),
        ]
    );
    let journal = serde_json::to_string(&mock.issuer.journal().entries()).unwrap();
    for secret in [oidc_app::API_SECRET, text(&tokens["access_token"]), "let-me-in"] {
        assert!(!journal.contains(secret));
    }
}

#[tokio::test]
async fn a_dropped_mock_frees_its_port() {
    let idp = MockIdp::start().await.unwrap();
    let addr = idp.addr();
    assert!(TcpListener::bind(addr).await.is_err(), "the port is in use");
    drop(idp);
    let freed = async {
        while TcpListener::bind(addr).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, freed).await.expect("the port is free");
}

#[tokio::test]
async fn a_stopped_mock_has_freed_its_port() {
    let idp = MockIdp::start().await.unwrap();
    let addr = idp.addr();
    idp.stop().await;
    TcpListener::bind(addr).await.expect("the port is free");
}
