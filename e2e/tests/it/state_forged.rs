//! A link from elsewhere carries a code and a `state` that the page never made (RFC 6749 §10.12).

use e2e::scenario::Scenario;
use mock_idp::Endpoint;

pub(crate) async fn and_the_code_is_not_sent(scenario: &Scenario<'_>) {
    let home = scenario.visit().await;
    let home = scenario.home(home.browser().clone());
    home.open_with("?code=K5Zvt5mBiyzhqcmvoa8cloq0PT6cUu1mhl1U5TZlevk&state=forged").await;
    let failure = home.expect_failure().await;
    assert!(failure.error.contains("state"), "{failure:?}");
    assert_eq!(home.rest_of_address().await, "");
    assert_eq!(scenario.issuer().journal().at(Endpoint::Token), [], "the code was not sent anywhere");

    home.sign_in_again().await;
    home.expect_sign_in().await.sign_in().await.expect_signed_in().await;
}
