//! A person types the name of a fault on the sign-in page, and the tutorial's page does what the fault's documentation
//! asks of a correct client. `hang` and `delay` have no scenario: nothing happens in the browser until the proxy
//! times out, which the proxy's own tests cover.

use std::time::Duration;

use e2e::{
    browser::Target,
    page::{Home, SignIn},
    scenario::Scenario,
};
use fixtures::{dealer, subscriber};
use mock_idp::{Endpoint, Entry};

/// Longer than a session lasts.
const A_DAY: Duration = Duration::from_hours(24);

pub(crate) async fn in_the_callback(scenario: &Scenario<'_>) {
    const FAULTS: [(&str, &str); 6] = [
        ("no_state", "a code without the state that this tab sent"),
        ("wrong_state", "a code with another state than this tab sent"),
        ("no_code", "neither a code nor an error"),
        ("code_and_error", "You cancelled the sign-in"),
        ("foreign_issuer", "The code comes from https://issuer.invalid/oauth2/default, but "),
        ("twice", "The address has code more than once"),
    ];
    let mut sign_in = scenario.visit().await;
    for (name, words) in FAULTS {
        let before = scenario.issuer().journal().entries().len();
        let home = sign_in.sign_in_with_fault(name).await;
        expect_words(&home, name, words).await;
        let struck = struck_since(scenario, before);
        assert_eq!(struck.len(), 1, "{name} strikes once: {struck:#?}");
        assert_eq!(struck[0].fault.unwrap().kind, "callback", "{name}");
        sign_in = sign_in_again(scenario, &home).await;
    }
    assert_eq!(scenario.issuer().journal().at(Endpoint::Token), [], "no code was sent anywhere");
    sign_in.sign_in().await.expect_signed_in().await;
}

pub(crate) async fn in_the_answer_to_the_code(scenario: &Scenario<'_>) {
    const NO_TOKENS: &str = "the authorization server’s answer has no tokens";
    const INCOMPLETE: &str = "the answer was incomplete. It is not known whether the code has been used";
    const FAULTS: [(&str, &str); 7] = [
        ("status", NO_TOKENS),
        ("oauth_error", "server_error"),
        ("rate_limit", "Wait 30 seconds, then sign in again"),
        ("reset", INCOMPLETE),
        ("truncate", INCOMPLETE),
        ("malformed_json", NO_TOKENS),
        ("not_json", NO_TOKENS),
    ];
    let mut sign_in = scenario.visit().await;
    for (name, words) in FAULTS {
        let before = scenario.issuer().journal().entries().len();
        let home = sign_in.sign_in_with_fault(name).await;
        expect_words(&home, name, words).await;
        let asked = scenario.issuer().journal().entries().split_off(before);
        let asked: Vec<_> = asked.iter().filter(|entry| entry.endpoint == Endpoint::Token).collect();
        assert_eq!(asked.len(), 1, "{name}: a code is sent once: {asked:#?}");
        assert_eq!(asked[0].fault.map(|struck| struck.kind), Some(name));
        sign_in = sign_in_again(scenario, &home).await;
    }
    sign_in.sign_in().await.expect_signed_in().await;
}

/// The page shows tokens and does not rely on them: it shows a faulty one as it is, and the API refuses it.
pub(crate) async fn in_the_tokens_are_for_the_api_to_notice(scenario: &Scenario<'_>) {
    const FAULTS: [(&str, &str, &str); 6] = [
        ("expired", "1 hour ago", "TOKEN-EXPIRED"),
        ("wrong_audience", "anotherAudience", "TOKEN-AUDIENCE-MISMATCH"),
        ("wrong_issuer", "https://issuer.invalid/oauth2/default", "TOKEN-ISSUER-MISMATCH"),
        ("bad_signature", "RS256", "INVALID-TOKEN"),
        ("alg_none", "\"alg\": \"none\"", "INVALID-TOKEN"),
        ("unknown_kid", "00000000-0000-4000-8000-00000000dead", "INVALID-TOKEN"),
    ];
    let mut sign_in = scenario.visit().await;
    for (name, seen, code) in FAULTS {
        let home = sign_in.sign_in_with_fault(name).await;
        home.expect_signed_in().await;
        let card = home.browser().text(&Target::css("#access-decoded")).await;
        assert!(card.contains(seen), "{name}: {seen} is not to be seen in: {card}");
        let refused = home.call_api().await;
        assert!(refused.contains("401 Unauthorized") && refused.contains(code), "{name}: {refused}");
        // The next day, in a tab that remembers nothing.
        scenario.issuer().advance(A_DAY);
        home.browser().execute("sessionStorage.clear()", Vec::new()).await;
        home.open().await;
        sign_in = home.expect_sign_in().await;
    }
    let home = sign_in.sign_in().await;
    home.expect_signed_in().await;
    assert!(home.call_api().await.contains("200 OK"));
}

/// The tutorial's request carries neither a nonce nor a PKCE challenge, so its page cannot notice (RFC 9700 §4.5).
pub(crate) async fn with_another_persons_code(scenario: &Scenario<'_>) {
    let home = scenario.visit().await.sign_in_with_fault("foreign_code").await;
    home.expect_signed_in().await;
    let shown = home.browser().text(&Target::test_id("status")).await;
    assert_eq!(shown, format!("You are signed in as {}.", dealer::USERNAME), "not {}", subscriber::USERNAME);
    let asked = scenario.issuer().journal().at(Endpoint::Authorize).remove(0);
    let names: Vec<&str> = asked.params.iter().map(|(name, _)| name.as_str()).collect();
    assert!(!names.contains(&"nonce") && !names.contains(&"code_challenge"), "{names:?}");
    let struck = struck_since(scenario, 0);
    assert_eq!(struck.len(), 1, "{struck:#?}");
    assert_eq!(struck[0].fault.unwrap().kind, "callback");
}

/// The page shows this text, and offers to sign in again; nothing of the answer stays in its address.
async fn expect_words(home: &Home, name: &str, words: &str) {
    let failure = home.expect_failure().await;
    assert!(failure.error.contains(words), "{name}: {failure:?}");
    assert!(failure.error.contains("ign in again"), "{name}: a way on: {failure:?}");
    assert_eq!(home.rest_of_address().await, "", "{name}");
}

/// Presses the button, a day later: the session has ended, so the mock asks again who it is.
async fn sign_in_again(scenario: &Scenario<'_>, home: &Home) -> SignIn {
    scenario.issuer().advance(A_DAY);
    home.sign_in_again().await;
    home.expect_sign_in().await
}

/// The requests that a fault was applied to.
fn struck_since(scenario: &Scenario<'_>, before: usize) -> Vec<Entry> {
    let mut entries = scenario.issuer().journal().entries().split_off(before);
    entries.retain(|entry| entry.fault.is_some());
    entries
}
