//! What a person sees when the API gateway refuses a call, and what the mock has recorded of it. `PAYLOAD-TOO-BIG` has no
//! scenario: the page asks with GET and has no body to send.

use std::time::Duration;

use e2e::{
    browser::BrowserOptions,
    page::{Home, Way},
    scenario::Scenario,
    stack::{Stack, StackArgs},
};
use fixtures::SUBSCRIPTION_ID;
use mock_idp::{Endpoint, Issuer, Outcome, TokenOrder};
use reqwest::Client;
use serde_json::json;

pub(crate) async fn for_its_token(scenario: &Scenario<'_>) {
    let home = signed_in(scenario).await;
    let issuer = scenario.issuer();

    let token = home.access_token().await;
    let half = token.len() / 2;
    keep_token(&home, None).await;
    expect_refusal(&home, Way::Browser, issuer, "401 Unauthorized", "MISSING-AUTHORIZATION").await;
    keep_token(&home, Some(&token[..half])).await;
    expect_refusal(&home, Way::Browser, issuer, "401 Unauthorized", "INVALID-TOKEN").await;
    // An ID token says who signed in, and opens no API.
    let id_token = home.id_token().await;
    keep_token(&home, Some(&id_token)).await;
    expect_refusal(&home, Way::Browser, issuer, "401 Unauthorized", "INVALID-TOKEN").await;
    // The tutorial prints a token of Fortellis' own server.
    let printed: serde_json::Value = serde_json::from_str(fixtures::TUTORIAL_TOKEN_ANSWER_JSON).unwrap();
    keep_token(&home, printed["access_token"].as_str()).await;
    expect_refusal(&home, Way::Browser, issuer, "401 Unauthorized", "TOKEN-ISSUER-MISMATCH").await;
    keep_token(&home, Some(&token)).await;
    assert!(home.call_api().await.contains("200 OK"), "the token itself is good");
}

pub(crate) async fn for_the_audience_of_its_token(scenario: &Scenario<'_>) {
    let home = signed_in(scenario).await;
    let meant_for = |audience: serde_json::Value| {
        let order =
            TokenOrder::new().app(fixtures::tutorial_app::API_KEY).user(fixtures::subscriber::USERNAME);
        let minted = scenario.issuer().mint(&order.claim("aud", audience)).unwrap();
        serde_json::to_value(minted).unwrap()["access_token"].as_str().unwrap().to_owned()
    };
    for (audience, said) in [
        (json!("another_api"), r#"\"another_api\""#),
        (json!(["one", "two"]), r#"[\"one\",\"two\"]"#),
        (json!(null), "null"),
    ] {
        keep_token(&home, Some(&meant_for(audience))).await;
        let code = "TOKEN-AUDIENCE-MISMATCH";
        let shown = expect_refusal(&home, Way::Browser, scenario.issuer(), "401 Unauthorized", code).await;
        assert!(shown.contains(&format!("The audience of the token is {said},")), "{said}: {shown}");
    }
    keep_token(&home, Some(&meant_for(json!(["one", "api_providers"])))).await;
    assert!(home.call_api().await.contains("200 OK"), "one audience of several is enough");
}

pub(crate) async fn when_its_token_has_expired(scenario: &Scenario<'_>) {
    let home = signed_in(scenario).await;
    assert!(home.call_api_by(Way::Backend).await.contains("200 OK"));
    scenario.issuer().advance(Duration::from_hours(4));
    expect_refusal(&home, Way::Browser, scenario.issuer(), "401 Unauthorized", "TOKEN-EXPIRED").await;

    // The backend's token has expired as well, and nobody notices.
    let answer = home.call_api_by(Way::Backend).await;
    assert!(answer.contains("200 OK"), "{answer}");
    let fetched = scenario.issuer().journal().at(Endpoint::Token);
    let by_backend = fetched.iter().filter(|entry| entry.user.is_none());
    assert_eq!(by_backend.count(), 2, "one token before, one after: {fetched:#?}");

    // By the page's own clock its token is still good, but the API has said no: there is a way on.
    home.sign_in_again().await;
    let home = home.expect_sign_in().await.sign_in().await;
    home.expect_signed_in().await;
    assert!(home.call_api().await.contains("200 OK"));
}

pub(crate) async fn for_its_subscription(scenario: &Scenario<'_>) {
    let home = signed_in(scenario).await;
    let issuer = scenario.issuer();
    home.type_subscription_id("").await;
    expect_refusal(&home, Way::Browser, issuer, "400 Bad Request", "MISSING-SUBSCRIPTION-ID").await;
    home.type_subscription_id("11111111-0000-4000-8000-000000000000").await;
    expect_refusal(&home, Way::Browser, issuer, "403 Forbidden", "SUBSCRIPTION-MISMATCH").await;

    // The dealer ends the subscription: both ways are closed, and looking it up says why.
    let ended = json!({
        "app": fixtures::tutorial_app::API_KEY,
        "organization": { "id": "7c1f0a52-0000-4000-8000-5d2b8e9a4c10", "name": "Example Motors" },
        "status": "inactive",
    });
    let url = format!("{}/_mock/subscriptions/{SUBSCRIPTION_ID}", issuer.url());
    assert_eq!(Client::new().put(url).json(&ended).send().await.unwrap().status(), 200);
    home.type_subscription_id(SUBSCRIPTION_ID).await;
    for way in [Way::Browser, Way::Backend] {
        expect_refusal(&home, way, issuer, "403 Forbidden", "API-SUBSCRIPTION-INACTIVE").await;
    }
    let (_, note) = home.look_up_subscription_id().await;
    assert_eq!(note, "No dealer has an active subscription to the app.");
}

pub(crate) async fn for_its_path_and_its_quota(scenario: &Scenario<'_>) {
    // A gateway with two APIs, one of which the app has not added, and three calls a minute.
    let rules = format!(
        "{}\n[[resource]]\npath = \"/others\"\napps = [\"{}\"]\n\n[gateway]\necho = false\nquota_per_minute = 3\n",
        fixtures::DEMO_TOML,
        fixtures::backend_app::API_KEY
    );
    let file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
    std::fs::write(file.path(), rules).unwrap();
    let args =
        StackArgs { config: Some(file.path().to_owned()), ..StackArgs::on_free_ports("path-and-quota") };
    let stack = Stack::start(args).await.unwrap();
    let issuer = stack.issuer();

    let home = Home::new(scenario.browser(BrowserOptions::default()).await, stack.site_url());
    home.open().await;
    let home = home.expect_sign_in().await.sign_in().await;
    home.expect_signed_in().await;
    for way in [Way::Browser, Way::Backend] {
        home.type_path("/nowhere").await;
        expect_refusal(&home, way, issuer, "404 Not Found", "API-DOES-NOT-EXIST").await;
        home.type_path("/others").await;
        expect_refusal(&home, way, issuer, "403 Forbidden", "UNAUTHORIZED-API-ACCESS").await;
    }
    home.type_path("/service/v1/appointments/A-7").await;
    for _ in 0..3 {
        assert!(home.call_api().await.contains("CONFIRMED"));
    }
    for way in [Way::Browser, Way::Backend] {
        let answer = expect_refusal(&home, way, issuer, "429 Too Many Requests", "QUOTA-EXCEEDED").await;
        assert!(answer.contains("Retry-After"), "when to come again: {answer}");
    }
    stack.stop().await;
}

async fn signed_in(scenario: &Scenario<'_>) -> Home {
    let home = scenario.visit().await.sign_in().await;
    home.expect_signed_in().await;
    home
}

/// Puts another access token into the tab's memory, or none: what a script in the page could do.
async fn keep_token(home: &Home, token: Option<&str>) {
    const KEEP: &str = "
        const [key] = Object.keys(sessionStorage);
        const memory = JSON.parse(sessionStorage.getItem(key));
        memory.answer.access_token = arguments[0];
        sessionStorage.setItem(key, JSON.stringify(memory));
    ";
    home.browser().execute(KEEP, vec![json!(token)]).await;
}

/// Calls the API, which is refused: the page shows the status and Fortellis' code, and the journal has them. Returns
/// what the page shows.
async fn expect_refusal(home: &Home, way: Way, issuer: &Issuer, status: &str, code: &str) -> String {
    let before = issuer.journal().at(Endpoint::Gateway).len();
    let shown = home.call_api_by(way).await;
    assert!(shown.contains(status) && shown.contains(&format!("\"code\": \"{code}\"")), "{code}: {shown}");
    let calls = issuer.journal().at(Endpoint::Gateway).split_off(before);
    assert_eq!(calls.len(), 1, "asked once: {calls:#?}");
    assert_eq!(
        (calls[0].outcome, status.starts_with(&calls[0].status.to_string())),
        (Outcome::Refused, true)
    );
    assert!(calls[0].refusal.is_some(), "the journal says why: {:?}", calls[0]);
    let id = &calls[0].params.iter().find(|(name, _)| name == "Request-Id").unwrap().1;
    assert!(shown.matches(id.as_str()).count() >= 2, "sent and received {id}: {shown}");
    shown
}
