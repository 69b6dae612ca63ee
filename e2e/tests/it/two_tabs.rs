//! Two tabs of one browser sign in at the same time.

use e2e::scenario::Scenario;
use mock_idp::{Endpoint, Outcome};

pub(crate) async fn at_once(scenario: &Scenario<'_>) {
    let first = scenario.visit().await;
    let browser = first.browser().clone();
    let first_tab = browser.tab().await;
    browser.new_tab().await;
    let home = scenario.home(browser.clone());
    home.open().await;
    let second = home.expect_sign_in().await;

    second.sign_in().await.expect_signed_in().await;
    let second_token = home.access_token().await;
    browser.switch_to(&first_tab).await;
    first.sign_in().await.expect_signed_in().await;
    assert_ne!(home.access_token().await, second_token);

    let token: Vec<Outcome> =
        scenario.issuer().journal().at(Endpoint::Token).iter().map(|entry| entry.outcome).collect();
    assert_eq!(token, [Outcome::Answered, Outcome::Answered]);
}
