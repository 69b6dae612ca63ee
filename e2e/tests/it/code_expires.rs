//! The code is older than a minute when the proxy redeems it.

use std::time::Duration;

use e2e::scenario::Scenario;
use mock_idp::{Endpoint, Outcome};

pub(crate) async fn before_the_proxy_redeems_it(scenario: &Scenario<'_>) {
    let (home, _) = scenario.visit().await.sign_in_and_hold().await;

    scenario.issuer().advance(Duration::from_mins(1));
    home.browser().run_scripts().await;
    let failure = home.expect_failure().await;
    assert!(failure.error.contains("invalid_grant"), "{failure:?}");
    let token = scenario.issuer().journal().at(Endpoint::Token);
    assert_eq!((token.len(), token[0].status, token[0].outcome), (1, 400, Outcome::Refused));
    assert!(token[0].refusal.as_ref().unwrap().rule.contains("expired"), "{:?}", token[0].refusal);

    home.sign_in_again().await;
    home.expect_signed_in().await;
}
