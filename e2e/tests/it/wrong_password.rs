//! A person mistypes the password, reads why nothing happened, and gets in with the right one.

use e2e::{browser::Target, scenario::Scenario};
use fixtures::subscriber;
use mock_idp::Endpoint;

pub(crate) async fn then_the_right_one(scenario: &Scenario<'_>) {
    let page = scenario.visit().await;
    page.submit(subscriber::USERNAME, "let-me-out").await;
    let message = page.message().await;
    assert!(message.contains("Unable to sign in"), "{message}");
    assert_eq!(page.username().await, subscriber::USERNAME, "what was typed is kept");
    assert_eq!(page.browser().value(&Target::field("password")).await, "", "the password is not");
    let home = page.sign_in().await;
    home.expect_signed_in().await;
    let statuses: Vec<u16> =
        scenario.issuer().journal().at(Endpoint::SignIn).iter().map(|entry| entry.status).collect();
    assert_eq!(statuses[0], 401);
    assert_eq!(statuses.len(), 2);
}
