//! A person goes back after signing in.

use e2e::scenario::Scenario;
use mock_idp::Endpoint;

pub(crate) async fn shows_the_tokens_still(scenario: &Scenario<'_>) {
    let home = scenario.visit().await.sign_in().await;
    home.expect_signed_in().await;
    let token = home.access_token().await;

    home.browser().back().await;
    home.expect_signed_in().await;
    assert_eq!(home.access_token().await, token);
    assert_eq!(home.rest_of_address().await, "");
    assert_eq!(scenario.issuer().journal().at(Endpoint::Token).len(), 1, "nothing was redeemed again");
}
