//! The authorization server goes down between the sign-in and the exchange of the code.

use e2e::scenario::Scenario;

pub(crate) async fn before_the_code_is_redeemed(scenario: &Scenario<'_>) {
    let (home, _) = scenario.visit().await.sign_in_and_hold().await;
    scenario.stack.stop_mock().await;

    home.browser().run_scripts().await;
    let failure = home.expect_failure().await;
    assert!(failure.error.contains("cannot be reached"), "{failure:?}");
    home.browser().reload().await;
    assert_eq!(home.expect_failure().await, failure, "no loop, and the page is still there");
}
