//! The sign-in page needs no script.

use e2e::{browser::BrowserOptions, scenario::Scenario};
use fixtures::{subscriber, tutorial_app};

pub(crate) async fn the_sign_in_page_works(scenario: &Scenario<'_>) {
    let browser = scenario.browser(BrowserOptions::default().without_javascript()).await;
    let home = scenario.home(browser.clone());
    browser
        .goto(&format!(
            "{}/v1/authorize?client_id={}&response_type=code&scope=openid&redirect_uri={}&state=xyz",
            scenario.issuer().url(),
            tutorial_app::API_KEY,
            scenario.stack.site_url(),
        ))
        .await;
    let sign_in = home.expect_sign_in().await;
    sign_in.submit(subscriber::USERNAME, "wrong").await;
    assert!(sign_in.message().await.contains("Unable to sign in"));
    sign_in.sign_in().await;
    let callback =
        browser.url_where("of the page", |url| url.as_str().starts_with(&scenario.stack.site_url())).await;
    assert!(callback.query_pairs().any(|(name, value)| name == "state" && value == "xyz"), "{callback}");
}
