//! The proxy against the mock while the mock fails as it is told to: it says what happened, asks once and no more, and
//! passes on what is the authorization server's to say.

use std::time::Duration;

use fixtures::{subscriber, tutorial_app};
use http::StatusCode;
use mock_idp::{Endpoint, Fault, Issuer, MockIdp};

use crate::support::{Answer, TestProxy, config};

/// A mock, and a proxy in front of it.
struct Failing {
    idp: MockIdp,
    proxy: TestProxy,
}

impl Failing {
    async fn start() -> Self {
        Self::with_timeout(proxy::DEFAULT_TIMEOUT).await
    }

    async fn with_timeout(timeout: Duration) -> Self {
        let idp = MockIdp::start().await.unwrap();
        idp.default_issuer().sign_in_as(subscriber::USERNAME);
        let proxy = TestProxy::start(proxy::Config { timeout, ..config(idp.url()) }).await;
        Self { idp, proxy }
    }

    fn issuer(&self) -> std::sync::Arc<Issuer> {
        self.idp.default_issuer()
    }

    /// The code of a new sign-in.
    async fn code(&self) -> String {
        let mut url = url::Url::parse(&format!("{}/v1/authorize", self.issuer().url())).unwrap();
        url.query_pairs_mut().extend_pairs([
            ("client_id", tutorial_app::API_KEY),
            ("response_type", "code"),
            ("scope", "openid"),
            ("redirect_uri", tutorial_app::TUTORIAL_REDIRECT_URI),
            ("state", "s"),
        ]);
        let browser = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .tls_certs_only([])
            .build()
            .unwrap();
        let answer = browser.get(url).send().await.unwrap();
        let callback = url::Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
        callback.query_pairs().find(|(name, _)| name == "code").expect("a code").1.into_owned()
    }

    /// What the page gets for its code while the token endpoint fails so. The fault strikes, and nothing is asked twice.
    async fn exchange(&self, fault: Fault) -> Answer {
        let code = self.code().await;
        let before = self.issuer().journal().at(Endpoint::Token).len();
        let fault = self.issuer().fail_next(Endpoint::Token, fault);
        let answer = self.proxy.post_code(code).await;
        let asked = &self.issuer().journal().at(Endpoint::Token)[before..];
        assert_eq!(asked.len(), 1, "a code is sent once");
        assert_eq!(asked[0].fault.and_then(|struck| struck.id), Some(fault));
        answer
    }
}

#[track_caller]
fn assert_said(answer: &Answer, status: StatusCode, error: &str) {
    assert_eq!((answer.status, answer.error().as_str()), (status, error), "{answer}");
}

#[tokio::test]
async fn an_error_is_passed_on_as_the_authorization_server_words_it() {
    let failing = Failing::start().await;
    let answer = failing.exchange(Fault::oauth_error("server_error")).await;
    assert_said(&answer, StatusCode::BAD_REQUEST, "server_error");
    let answer = failing.exchange(Fault::answer(503, r#"{"error":"down"}"#, [])).await;
    assert_said(&answer, StatusCode::SERVICE_UNAVAILABLE, "down");
}

#[tokio::test]
async fn a_status_without_json_is_nonsense() {
    let answer = Failing::start().await.exchange(Fault::status(503)).await;
    assert_said(&answer, StatusCode::BAD_GATEWAY, "upstream_nonsense");
    assert!(answer.body.contains("answered 503 Service Unavailable"), "{answer}");
}

#[tokio::test]
async fn a_rate_limit_is_passed_on_with_when_to_come_again() {
    let answer = Failing::start().await.exchange(Fault::rate_limit(7)).await;
    assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "7"));
    assert!(answer.body.contains("E0000047"), "{answer}");
}

#[tokio::test]
async fn what_is_no_json_is_nonsense_and_is_not_passed_on() {
    let failing = Failing::start().await;
    for fault in [Fault::malformed_json(), Fault::malformed_json().after(), Fault::not_json()] {
        let answer = failing.exchange(fault).await;
        assert_said(&answer, StatusCode::BAD_GATEWAY, "upstream_nonsense");
        assert!(!answer.body.contains("access_token") && !answer.body.contains("<h1>"), "{answer}");
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_said_and_nothing_of_it_is_passed_on() {
    let failing = Failing::start().await;
    for fault in [Fault::reset(), Fault::reset().after(), Fault::truncate(30), Fault::truncate(30).after()] {
        let answer = failing.exchange(fault).await;
        assert_said(&answer, StatusCode::BAD_GATEWAY, "upstream_broke_off");
        assert!(!answer.body.contains("token_type"), "{answer}");
    }
    let answer = failing.exchange(Fault::reset()).await;
    assert!(answer.body.contains("(connection reset)"), "{answer}");
}

#[tokio::test]
async fn an_answer_that_never_comes_is_given_up() {
    let failing = Failing::with_timeout(Duration::from_millis(500)).await;
    for fault in [Fault::hang(), Fault::delay(Duration::from_hours(1)).after()] {
        let answer = failing.exchange(fault).await;
        assert_said(&answer, StatusCode::GATEWAY_TIMEOUT, "upstream_timeout");
    }
}

#[tokio::test]
async fn a_late_answer_is_waited_for() {
    let answer = Failing::start().await.exchange(Fault::delay(Duration::from_millis(1))).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer}");
}

#[tokio::test]
async fn a_lost_answer_has_used_the_code_up_and_the_page_is_told_both() {
    let failing = Failing::start().await;
    let code = failing.code().await;
    failing.issuer().fail_next(Endpoint::Token, Fault::reset().after());
    assert_said(&failing.proxy.post_code(code.clone()).await, StatusCode::BAD_GATEWAY, "upstream_broke_off");
    assert_said(&failing.proxy.post_code(code).await, StatusCode::BAD_REQUEST, "invalid_grant");
}

#[tokio::test]
async fn the_proxys_own_token_fails_likewise() {
    let failing = Failing::start().await;
    failing.issuer().fail_next(Endpoint::Token, Fault::reset());
    assert_said(&failing.proxy.get("/v1/api/orders").await, StatusCode::BAD_GATEWAY, "upstream_broke_off");
    failing.issuer().fail_next(Endpoint::Gateway, Fault::answer(503, "down", [("Retry-After", "1")]));
    let answer = failing.proxy.get("/v1/api/orders").await;
    assert_eq!(
        (answer.status.as_u16(), answer.body.as_str(), answer.header("retry-after")),
        (503, "down", "1")
    );
}

#[tokio::test]
async fn readiness_is_that_of_the_keys() {
    let failing = Failing::start().await;
    failing.issuer().fail_next(Endpoint::Keys, Fault::status(500));
    assert_said(&failing.proxy.get("/readyz").await, StatusCode::SERVICE_UNAVAILABLE, "not_ready");
    assert_eq!(failing.proxy.get("/readyz").await.status, StatusCode::OK);
}
