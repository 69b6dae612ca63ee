//! The proxy in front of the mock: tokens that expire, are revoked, or lose their key, under load.

use std::{sync::Arc, time::Duration};

use fixtures::tutorial_app;
use futures_util::future::join_all;
use http::Method;
use mock_idp::{Endpoint, Issuer, MockIdp, Outcome};

use crate::support::{TestProxy, config};

/// How many call at once.
const CROWD: usize = 1_000;

/// A mock, its issuer, and a proxy in front of it.
struct Stage {
    _idp: MockIdp,
    issuer: Arc<Issuer>,
    proxy: TestProxy,
}

impl Stage {
    async fn start() -> Self {
        let idp = MockIdp::start().await.unwrap();
        let proxy = TestProxy::start(config(idp.url())).await;
        Self { issuer: idp.default_issuer(), _idp: idp, proxy }
    }

    /// So many calls at once, which all go well.
    async fn crowd(&self, size: usize) {
        for answer in join_all((0..size).map(|_| self.proxy.get("/v1/api/whoami"))).await {
            assert_eq!(answer.status, 200, "{answer}");
            assert!(answer.body.contains(tutorial_app::API_KEY), "{answer}");
        }
    }

    /// How many tokens the mock has granted.
    fn fetches(&self) -> usize {
        let fetches = self.issuer.journal().at(Endpoint::Token);
        assert!(fetches.iter().all(|fetch| fetch.outcome == Outcome::Answered), "{fetches:#?}");
        fetches.len()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_calls_across_an_expiry_ask_for_one_token() {
    // Four ends of a connection for each call are in this process.
    let files = rlimit::increase_nofile_limit(u64::MAX).unwrap();
    assert!(
        files > 4 * CROWD as u64 + 100,
        "this machine allows {files} open files; `ulimit -n 8192` allows more"
    );
    let stage = Stage::start().await;
    stage.crowd(1).await;
    assert_eq!(stage.fetches(), 1);
    // So that there is room in it for twice the crowd.
    stage.issuer.journal().clear();

    // The mock's clock alone moves: for the proxy the token is as good as new, until the gateway refuses it.
    stage.issuer.advance(Duration::from_hours(1));
    stage.crowd(CROWD).await;
    assert_eq!(stage.fetches(), 1, "one fetch, however many met the expiry");
    let calls = stage.issuer.journal().at(Endpoint::Gateway);
    let refused = calls.iter().filter(|call| call.outcome == Outcome::Refused).count();
    assert_eq!(calls.len() - refused, CROWD, "each call has passed once");
    assert!((1..=CROWD).contains(&refused), "{refused} met the expired token");
}

#[tokio::test]
async fn a_token_whose_key_is_gone_is_replaced_and_nobody_notices() {
    let stage = Stage::start().await;
    stage.crowd(1).await;
    let old = stage.issuer.keys().signing().kid().to_string();
    let keys = format!("{}/_mock/keys", stage.issuer.url());
    let http = reqwest::Client::new();
    let json = serde_json::json!({});
    assert!(http.post(format!("{keys}/rotate")).json(&json).send().await.unwrap().status().is_success());
    stage.crowd(1).await;
    assert_eq!(stage.fetches(), 1, "the old key is still published");
    assert!(http.delete(format!("{keys}/{old}")).json(&json).send().await.unwrap().status().is_success());
    stage.crowd(20).await;
    assert_eq!(stage.fetches(), 2);
}

#[tokio::test]
async fn a_changed_secret_is_noticed_at_the_next_fetch_and_the_server_is_not_pestered() {
    let stage = Stage::start().await;
    stage.crowd(1).await;
    let app = serde_json::json!({
        "name": "Tutorial app", "api_key": tutorial_app::API_KEY, "api_secret": "anotherSecret001",
        "dialect": "fortellis", "grants": ["client_credentials"],
    });
    let url = format!("{}/_mock/apps/{}", stage.issuer.url(), tutorial_app::API_KEY);
    assert_eq!(reqwest::Client::new().put(url).json(&app).send().await.unwrap().status(), 200);
    stage.crowd(1).await;
    assert_eq!(stage.fetches(), 1, "the token is as good as before");

    stage.issuer.advance(Duration::from_hours(1));
    for _ in 0..3 {
        assert_eq!(stage.proxy.get("/v1/api/whoami").await.error(), "proxy_credentials_refused");
    }
    let fetches: Vec<Outcome> =
        stage.issuer.journal().at(Endpoint::Token).iter().map(|fetch| fetch.outcome).collect();
    assert_eq!(fetches, [Outcome::Answered, Outcome::Refused]);
}

#[tokio::test]
async fn the_apps_subscriptions_are_told() {
    let stage = Stage::start().await;
    let answer = stage.proxy.get("/v1/subscriptions").await;
    assert!(answer.body.contains(fixtures::SUBSCRIPTION_ID), "{answer}");
    assert!(answer.body.contains("Example Motors"), "{answer}");
    assert_eq!(answer.header("request-id").len(), "2529a384-0000-4000-8000-ed09e77dee15".len());
}

#[tokio::test]
async fn the_gateways_refusals_come_back_as_they_are() {
    let stage = Stage::start().await;
    let answer = stage.proxy.send(stage.proxy.request(Method::GET, "/v1/api//")).await;
    assert_eq!(answer.status, 404);
    assert!(answer.body.contains("API-DOES-NOT-EXIST"), "{answer}");
}
