//! A person who has a session at the authorization server sees no sign-in page.

use e2e::scenario::Scenario;
use mock_idp::{Endpoint, Outcome};

pub(crate) async fn goes_straight_through(scenario: &Scenario<'_>) {
    let home = scenario.visit().await.sign_in().await;
    home.expect_signed_in().await;
    let first = home.access_token().await;

    // A new tab knows nothing of the page's tokens, but the authorization server knows the person.
    home.browser().new_tab().await;
    home.open().await;
    home.expect_signed_in().await;
    assert_ne!(home.access_token().await, first, "a second sign-in gives tokens of its own");

    let journal = scenario.issuer().journal();
    let authorize: Vec<Outcome> = journal.at(Endpoint::Authorize).iter().map(|entry| entry.outcome).collect();
    assert_eq!(authorize, [Outcome::Asked, Outcome::Answered]);
    assert_eq!(journal.at(Endpoint::SignIn).len(), 1, "the password was asked for once");
}
