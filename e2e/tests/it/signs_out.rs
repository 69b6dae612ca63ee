//! A person signs out.

use e2e::scenario::Scenario;
use mock_idp::Endpoint;

pub(crate) async fn of_the_page_and_of_the_server(scenario: &Scenario<'_>) {
    let home = scenario.visit().await.sign_in().await;
    home.expect_signed_in().await;
    // The page colours a token's parts, so look for one of them.
    let token = home.access_token().await;
    let signature = token.rsplit('.').next().unwrap();
    assert!(home.browser().source().await.contains(signature));
    home.sign_out().await;
    home.expect_signed_out().await;
    assert!(!home.browser().source().await.contains(signature), "no token is left in the page");
    assert_eq!(scenario.issuer().journal().at(Endpoint::Logout).len(), 1);
    home.browser().reload().await;
    home.expect_signed_out().await;

    home.sign_in_again().await;
    home.expect_sign_in().await;
}
