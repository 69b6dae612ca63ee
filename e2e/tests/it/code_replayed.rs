//! A thief redeems the code before the page does: the page shows the failure, and the thief's token is revoked.

use e2e::scenario::Scenario;
use mock_idp::Endpoint;
use reqwest::Client;
use serde_json::Value;

pub(crate) async fn by_a_thief_who_was_faster(scenario: &Scenario<'_>) {
    let (home, callback) = scenario.visit().await.sign_in_and_hold().await;
    let code = callback.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();

    let thief = Client::new();
    let proxy = format!("http://{}/v1/token", scenario.stack.proxy_addr());
    let stolen = thief.post(proxy).header("content-type", "text/plain").body(code).send().await.unwrap();
    assert_eq!(stolen.status(), 200);
    let stolen: Value = stolen.json().await.unwrap();
    let userinfo = async || {
        let url = format!("{}/v1/userinfo", scenario.issuer().url());
        let token = stolen["access_token"].as_str().unwrap();
        thief.get(url).bearer_auth(token).send().await.unwrap().status().as_u16()
    };
    assert_eq!(userinfo().await, 200, "the stolen token works");

    home.browser().run_scripts().await;
    let failure = home.expect_failure().await;
    assert!(failure.error.contains("invalid_grant"), "{failure:?}");
    assert_eq!(userinfo().await, 401, "the second use of the code has revoked what the first gave");
    let statuses: Vec<u16> =
        scenario.issuer().journal().at(Endpoint::Token).iter().map(|entry| entry.status).collect();
    assert_eq!(statuses, [200, 400]);
}
