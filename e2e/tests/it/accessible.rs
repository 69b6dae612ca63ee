//! Every page passes the accessibility rules of axe-core, in light and dark colours and on a phone.

use e2e::{
    browser::{Browser, BrowserOptions},
    page::Way,
    scenario::Scenario,
};
use fixtures::subscriber;

pub(crate) async fn in_light_and_dark(scenario: &Scenario<'_>) {
    tour(scenario, BrowserOptions::default(), async |browser| browser.expect_accessible().await).await;
    tour(scenario, BrowserOptions::default().dark(), async |browser| browser.expect_legible().await).await;
}

pub(crate) async fn on_a_phone(scenario: &Scenario<'_>) {
    tour(scenario, BrowserOptions::default().phone(), async |browser| browser.expect_accessible().await)
        .await;
}

/// The control API's description, whose parts are alike: one open group of calls covers each kind of part.
pub(crate) async fn as_the_control_apis_description(scenario: &Scenario<'_>) {
    const OPEN: &str =
        "for (const call of document.querySelectorAll('section:first-of-type details')) call.open = true";
    let browser = scenario.browser(BrowserOptions::default().dark()).await;
    browser.goto(&format!("{}/_mock/openapi", scenario.issuer().url())).await;
    browser.execute(OPEN, Vec::new()).await;
    browser.expect_accessible().await;
}

/// Checks each page in each of its states.
async fn tour(scenario: &Scenario<'_>, options: BrowserOptions, look: impl AsyncFn(&Browser)) {
    let sign_in = scenario.visit_with(options).await;
    let browser = sign_in.browser().clone();
    look(&browser).await;
    sign_in.submit(subscriber::USERNAME, "wrong").await;
    sign_in.message().await;
    look(&browser).await;
    let home = sign_in.sign_in().await;
    home.expect_signed_in().await;
    look(&browser).await;
    for way in [Way::Browser, Way::Backend] {
        home.call_api_by(way).await;
        look(&browser).await;
    }
    home.sign_out().await;
    home.expect_signed_out().await;
    look(&browser).await;
    home.open_with("?error=access_denied").await;
    home.expect_failure().await;
    look(&browser).await;
    browser.goto(&format!("{}/sign-in/faults", scenario.issuer().url())).await;
    look(&browser).await;
    // The page that refuses a request, and the one after logging out without a way back.
    browser.goto(&format!("{}/v1/authorize?client_id=nobody", scenario.issuer().url())).await;
    look(&browser).await;
    browser.goto(&format!("{}/v1/logout", scenario.issuer().url())).await;
    look(&browser).await;
}
