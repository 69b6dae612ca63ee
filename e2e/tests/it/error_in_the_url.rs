//! The authorization server answers with an error, and the page neither loops nor runs what the error says.

use e2e::{browser::BrowserOptions, scenario::Scenario};
use mock_idp::Endpoint;

pub(crate) async fn is_shown_and_not_followed(scenario: &Scenario<'_>) {
    let home = scenario.home(scenario.browser(BrowserOptions::default()).await);
    home.open_with(
        "?error=server_error&error_description=%3Cimg%20src%3Dx%20onerror%3D%22document.title%3D'run'%22%3E",
    )
    .await;
    let failure = home.expect_failure().await;
    assert!(failure.error.contains("server_error"), "{failure:?}");
    assert!(failure.error.contains("<img src=x"), "shown as text: {failure:?}");
    assert_ne!(home.browser().title().await, "run");
    assert_eq!(scenario.issuer().journal().at(Endpoint::Authorize), [], "the page stays where it is");

    home.sign_in_again().await;
    home.expect_sign_in().await;
}
