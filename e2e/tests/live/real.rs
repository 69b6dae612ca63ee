//! A person opens the page, signs in to the service, and sees the tokens.

use e2e::{
    browser::BrowserOptions,
    page::{AnySignIn, Home},
    scenario::Scenario,
    service::Service,
};

/// Opens the tutorial's page at the Callback URL, wherever it really listens, and waits for the service's sign-in page.
pub(crate) async fn visits(scenario: &Scenario<'_>, service: &Service) -> AnySignIn {
    let callback = service.callback();
    let host = format!("{}:{}", callback.host_str().unwrap(), callback.port_or_known_default().unwrap());
    let options = BrowserOptions::default().connecting(&host, scenario.stack.site_addr());
    let browser = scenario.browser(options).await;
    Home::new(browser.clone(), callback.to_string()).open().await;
    AnySignIn::expect(browser, callback.to_string()).await
}

pub(crate) async fn signs_in(scenario: &Scenario<'_>, service: &Service) {
    let sign_in = visits(scenario, service).await;
    let home = sign_in.sign_in(&service.account).await.unwrap_or_else(|error| panic!("{error}"));
    home.expect_signed_in().await;
    assert_eq!(home.rest_of_address().await, "", "code and state are gone from the address bar");
    let claims = home.claims().await;
    assert_eq!(claims["iss"], *service.issuer, "the token is of the service: {claims}");
    assert_eq!(claims["cid"], *service.api_key, "and for the app: {claims}");
    assert!(!home.logged_code().await.is_empty());
    assert_eq!(home.access_token().await.split('.').count(), 3, "a signed token");
}
