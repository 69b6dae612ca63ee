//! A web page from elsewhere, open in the same browser, tries everything that browsers let pages do with the control API
//! and with the proxy.

use axum::{Router, response::Html, routing::get};
use e2e::{
    browser::{Browser, BrowserOptions, Target},
    page::Way,
    scenario::Scenario,
};
use fortellis_service::Server;
use mock_idp::{Endpoint, Timestamp};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use url::Url;

/// The attempts of a page; returns the outcome of each.
const ATTEMPTS: &str = include_str!("foreign_page/attempts.js");

/// Ways to the proxy on which a browser names no origin; returns the outcome of each.
const ELEMENTS: &str = include_str!("foreign_page/elements.js");

/// A page of another site, which calls the mock by its right name.
pub(crate) async fn neither_reads_nor_changes_anything(scenario: &Scenario<'_>) {
    let page = Router::new().route("/", get(async || Html("<!doctype html><title>Elsewhere</title>")));
    let elsewhere = Server::start(TcpListener::bind("127.0.0.1:0").await.unwrap(), page).unwrap();
    let options = BrowserOptions::default().connecting("elsewhere.test:80", elsewhere.addr());
    let browser = scenario.browser(options).await;
    let controls = format!("{}/_mock", scenario.issuer().url());
    let before = frozen_state(scenario).await;

    browser.goto("http://elsewhere.test/").await;
    for attempt in attempts(&browser, &controls).await {
        assert_eq!(attempt["came_back"], Value::Null, "{attempt}");
    }
    assert!(state(scenario).await == before, "the page has changed something");

    // The same attempts in the same browser succeed where they may.
    browser.goto(&format!("{controls}/clock")).await;
    let came_back = attempts(&browser, &controls).await;
    assert!(came_back.iter().any(|attempt| attempt["came_back"] != Value::Null), "{came_back:?}");
    assert!(state(scenario).await != before, "the mock's own pages may");
}

/// A page whose host name resolves to this machine after the page has loaded, so that the browser takes the mock for the
/// page's own server: DNS rebinding.
pub(crate) async fn under_a_rebound_name_is_told_nothing(scenario: &Scenario<'_>) {
    let mock = Url::parse(scenario.issuer().url()).unwrap();
    let addr = format!("127.0.0.1:{}", mock.port().unwrap()).parse().unwrap();
    let browser = scenario.browser(BrowserOptions::default().connecting("rebound.test:80", addr)).await;
    let before = frozen_state(scenario).await;

    browser.goto("http://rebound.test/healthz").await;
    let controls = format!("http://rebound.test{}/_mock", mock.path());
    for attempt in attempts(&browser, &controls).await {
        let came_back = attempt["came_back"].as_str().unwrap_or_default();
        assert!(came_back.is_empty() || came_back.contains("urn:mock-idp:problem:foreign-host"), "{attempt}");
    }
    assert!(state(scenario).await == before, "the page has changed something");
}

/// A page of another site and one of another port try to have the proxy call the API with the backend's token. A program
/// behind the proxy's own token would never know.
pub(crate) async fn has_the_proxy_call_no_api(scenario: &Scenario<'_>) {
    let page = Router::new().route("/", get(async || Html("<!doctype html><title>Elsewhere</title>")));
    let elsewhere = Server::start(TcpListener::bind("127.0.0.1:0").await.unwrap(), page).unwrap();
    let options = BrowserOptions::default().connecting("elsewhere.test:80", elsewhere.addr());
    let browser = scenario.browser(options).await;
    let api = format!("{}/v1/api/whoami", scenario.stack.proxy_url());

    for foreign in [elsewhere.url(), "http://elsewhere.test".to_owned()] {
        browser.goto(&format!("{foreign}/")).await;
        let came_back = browser.execute(ELEMENTS, vec![json!(api)]).await;
        for attempt in came_back.as_array().expect("a list") {
            assert_eq!(attempt["came_back"], Value::Null, "{foreign}: {attempt}");
        }
    }
    // Nor does the person who follows a link or types the address see an answer of the API as a page.
    browser.goto(&api).await;
    let shown = browser.text(&Target::css("body")).await;
    assert!(shown.contains("\"error\":\"navigation\""), "{shown}");
    let journal = scenario.issuer().journal();
    assert!(journal.at(Endpoint::Gateway).is_empty() && journal.at(Endpoint::Token).is_empty());

    // The tutorial's page may call in the same browser.
    let home = scenario.home(browser);
    home.open().await;
    home.expect_sign_in().await.sign_in().await.expect_signed_in().await;
    assert!(home.call_api_by(Way::Backend).await.contains("200 OK"));
    assert_eq!(scenario.issuer().journal().at(Endpoint::Gateway).len(), 1);
}

async fn attempts(browser: &Browser, controls: &str) -> Vec<Value> {
    let came_back = browser.execute(ATTEMPTS, vec![json!(controls)]).await;
    came_back.as_array().expect("a list").clone()
}

/// Everything that the control API can change, at a frozen moment.
async fn frozen_state(scenario: &Scenario<'_>) -> Value {
    scenario.issuer().clock().freeze(Timestamp::from_unix_seconds(1_767_323_045).unwrap());
    state(scenario).await
}

async fn state(scenario: &Scenario<'_>) -> Value {
    let state = reqwest::get(format!("{}/_mock/state", scenario.issuer().url())).await.unwrap();
    state.json().await.unwrap()
}
