//! A person calls the API both ways: with the token in the page, and with the backend's.

use e2e::{page::Way, scenario::Scenario};
use fixtures::{SUBSCRIPTION_ID, subscriber, tutorial_app};
use mock_idp::Endpoint;
use serde_json::json;

/// The `sub` of every token that is in the page or kept for it.
const SUBJECTS: &str = "
    const all = document.documentElement.textContent + JSON.stringify(sessionStorage);
    const tokens = new Set(all.match(/eyJ[\\w-]+\\.[\\w-]+\\.[\\w-]+/g));
    const claims = token => JSON.parse(atob(token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/')));
    return [...new Set([...tokens].map(token => claims(token).sub))].sort();
";

pub(crate) async fn both_ways(scenario: &Scenario<'_>) {
    let home = scenario.visit().await.sign_in().await;
    home.expect_signed_in().await;
    let (id, note) = home.look_up_subscription_id().await;
    assert_eq!((id.as_str(), note.as_str()), (SUBSCRIPTION_ID, "The subscription of Example Motors."));

    let in_browser = home.call_api_by(Way::Browser).await;
    let gateway = scenario.issuer().url().replace("/oauth2/", "/api/");
    let request = format!("GET {gateway}/whoami → 200 OK");
    for part in [&request, "Bearer eyJ", subscriber::USERNAME, tutorial_app::API_KEY, SUBSCRIPTION_ID] {
        assert!(in_browser.contains(part), "no {part} in: {in_browser}");
    }
    assert!(!in_browser.contains(&home.access_token().await), "the token is shortened: {in_browser}");

    let in_backend = home.call_api_by(Way::Backend).await;
    let request = format!("GET {}/v1/api/whoami → 200 OK", scenario.stack.proxy_url());
    for part in [&request, "none from this page", "\"user\": null", tutorial_app::API_KEY, SUBSCRIPTION_ID] {
        assert!(in_backend.contains(part), "no {part} in: {in_backend}");
    }

    let calls = scenario.issuer().journal().at(Endpoint::Gateway);
    let users: Vec<_> = calls.iter().map(|call| call.user.as_ref().map(ToString::to_string)).collect();
    assert_eq!(users, [Some(subscriber::USERNAME.to_owned()), None], "a person's call, and an app's");
    for (call, shown) in calls.iter().zip([&in_browser, &in_backend]) {
        let id = &call.params.iter().find(|(name, _)| name == "Request-Id").unwrap().1;
        assert_eq!(shown.matches(id.as_str()).count(), 3, "{id} is sent, received, and in the body: {shown}");
    }
    let subjects = home.browser().execute(SUBJECTS, Vec::new()).await;
    assert_eq!(
        subjects,
        json!([subscriber::UID, subscriber::USERNAME]),
        "no token of the app is in the page"
    );
}
