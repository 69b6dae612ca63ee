//! A person presses reload.

use e2e::scenario::Scenario;
use mock_idp::Endpoint;

pub(crate) async fn and_stays_signed_in(scenario: &Scenario<'_>) {
    let home = scenario.visit().await.sign_in().await;
    home.expect_signed_in().await;
    let token = home.access_token().await;
    home.browser().reload().await;
    home.expect_signed_in().await;
    assert_eq!(home.access_token().await, token);
    let journal = scenario.issuer().journal();
    assert_eq!(journal.at(Endpoint::Token).len(), 1, "the code was redeemed once");
    assert_eq!(journal.at(Endpoint::Authorize).len(), 1, "nobody was sent to sign in again");
}

pub(crate) async fn and_stays_failed(scenario: &Scenario<'_>) {
    let home = scenario.visit().await.cancel().await;
    let failure = home.expect_failure().await;
    home.browser().reload().await;
    assert_eq!(home.expect_failure().await, failure);
    assert_eq!(
        scenario.issuer().journal().at(Endpoint::Authorize).len(),
        1,
        "nobody was sent to sign in again"
    );
}
