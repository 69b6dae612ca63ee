//! A person presses Cancel on the sign-in page.

use e2e::scenario::Scenario;
use mock_idp::Endpoint;

pub(crate) async fn and_is_told_so(scenario: &Scenario<'_>) {
    let home = scenario.visit().await.cancel().await;
    let failure = home.expect_failure().await;
    assert!(failure.error.contains("access_denied"), "{failure:?}");
    assert_eq!(home.rest_of_address().await, "");
    assert_eq!(scenario.issuer().journal().at(Endpoint::Token), [], "there was nothing to redeem");

    home.sign_in_again().await;
    home.expect_sign_in().await.sign_in().await.expect_signed_in().await;
}
