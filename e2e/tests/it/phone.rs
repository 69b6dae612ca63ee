//! A person signs in on a phone, 360 pixels wide.

use e2e::{
    browser::{Browser, BrowserOptions},
    page::Way,
    scenario::Scenario,
};

pub(crate) async fn shows_all_of_it(scenario: &Scenario<'_>) {
    let sign_in = scenario.visit_with(BrowserOptions::default().phone()).await;
    expect_no_sideways_scrolling(sign_in.browser()).await;
    let home = sign_in.sign_in().await;
    home.expect_signed_in().await;
    for way in [Way::Browser, Way::Backend] {
        home.call_api_by(way).await;
        expect_no_sideways_scrolling(home.browser()).await;
    }
    home.sign_out().await;
    home.expect_signed_out().await;
    expect_no_sideways_scrolling(home.browser()).await;
}

/// The page with the longest names, and tables of them.
pub(crate) async fn shows_all_of_the_control_api(scenario: &Scenario<'_>) {
    const OPEN: &str = "for (const call of document.querySelectorAll('details')) call.open = true";
    let browser = scenario.browser(BrowserOptions::default().phone()).await;
    browser.goto(&format!("{}/_mock/openapi", scenario.issuer().url())).await;
    browser.execute(OPEN, Vec::new()).await;
    expect_no_sideways_scrolling(&browser).await;
}

async fn expect_no_sideways_scrolling(browser: &Browser) {
    const WIDTHS: &str = "return [innerWidth, document.documentElement.scrollWidth]";
    let widths = browser.execute(WIDTHS, Vec::new()).await;
    assert_eq!(widths[0], 360, "the window of a phone");
    assert_eq!(widths[1], 360, "the page is as wide as the window");
}
