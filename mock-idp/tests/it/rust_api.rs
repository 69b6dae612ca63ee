//! The mock as a Rust value: starting, isolation, the clock, the journal, dropping.

use std::{io::ErrorKind, time::Duration};

use fixtures::oidc_app;
use mock_idp::{ApiKey, App, Config, Endpoint, MockIdp, Outcome, RegisteredUri, Timestamp, Tls};
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

/// The demo data with every kind of flaw, and the fields that have one.
fn flawed() -> (Config, [&'static str; 8]) {
    let mut config = Config::demo();
    let directory = &mut config.directory;
    directory.apps[0].callbacks[1] = RegisteredUri::new("http://app.test/cb");
    directory.apps[2].api_key = directory.apps[1].api_key.clone();
    directory.apps.push(App { api_key: ApiKey::new(""), ..directory.apps[1].clone() });
    directory.users[1].username = mock_idp::Username::new("Subscriber@Example.com");
    let twin = directory.subscriptions[0].clone();
    directory.subscriptions.push(twin);
    let twin = directory.resources[0].clone();
    directory.resources[1].apps = vec![ApiKey::new("nobody")];
    directory.resources.push(twin);
    let fields = [
        "apps[0].callbacks[1]: callback http://app.test/cb of app \"Tutorial app\" cannot be used",
        "apps[2].api_key: api_key OidcAppKey0000000000000000000001 appears twice",
        "apps[3].api_key: app \"OIDC app\" has an empty api_key",
        "users[1].username: user Subscriber@Example.com appears twice",
        "subscriptions[1].app: no app is called \"BackendAppKey0000000000000000001\"",
        "subscriptions[2].id: subscription 2529a384-0000-4000-8000-ed09e77dee15 to app",
        "resources[1].apps[0]: no app is called \"nobody\"; expected a known app",
        "resources[2].path: resource /sales/inventory/v1/merchandisable-vehicles answers what",
    ];
    (config, fields)
}

#[tokio::test]
async fn a_mock_does_not_start_with_a_flawed_directory_and_names_every_flaw() {
    let listener = async || TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (config, told) = flawed();
    let refused = MockIdp::start_on(listener().await, config.clone()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    let message = refused.to_string();
    let lines: Vec<&str> = message.lines().collect();
    assert_eq!((lines[0], lines.len()), ("the configuration has 8 flaws:", 1 + told.len()), "{message}");
    for (line, told) in lines[1..].iter().zip(told) {
        assert!(line.starts_with(told), "{line}");
    }
    let dir = tempfile::tempdir().unwrap();
    let now = Timestamp::from_unix_seconds(1_767_323_045).unwrap();
    let tls = Tls::from_local_ca(dir.path(), &[], now).unwrap();
    let refused = MockIdp::start_https_on(listener().await, config, &tls).unwrap_err();
    assert_eq!(refused.to_string(), message);
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
    // The clock of a mock without a seed runs.
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
