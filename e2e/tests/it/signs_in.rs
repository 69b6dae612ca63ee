//! A person who is not signed in opens the page, signs in, and sees the tokens.

use e2e::{browser::Target, scenario::Scenario};
use fixtures::{subscriber, tutorial_app};
use mock_idp::{Endpoint, Outcome, Unverified};
use serde_json::{Value, json};

pub(crate) async fn and_sees_the_tokens(scenario: &Scenario<'_>) {
    let sign_in = scenario.visit().await;
    assert!(sign_in.browser().title().await.contains("Sign in"));
    let home = sign_in.sign_in().await;
    home.expect_signed_in().await;
    assert_eq!(home.rest_of_address().await, "", "code and state are gone from the address bar");

    // What the page shows is what the issuer signed.
    let (access_token, id_token) = (home.access_token().await, home.id_token().await);
    let keys = scenario.issuer().keys();
    let shown = home.claims().await;
    let access =
        serde_json::to_value(keys.verified(&access_token).expect("signed by a published key")).unwrap();
    assert_eq!(shown, access);
    assert_eq!(keys.jwks().keys[0].kid.as_str(), Unverified::parse(&access_token).unwrap().kid().unwrap());
    let names: Vec<&str> = access.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["cid", "jti", "scp", "sub", "uid", "iat", "exp", "aud", "iss"]);
    assert_eq!(access["sub"], subscriber::USERNAME);
    assert_eq!(access["cid"], tutorial_app::API_KEY);
    assert_eq!(access["iss"], scenario.issuer().url());
    let id = serde_json::to_value(keys.verified(&id_token).expect("signed by a published key")).unwrap();
    assert_eq!((&id["sub"], &id["aud"]), (&json!(subscriber::UID), &json!("fortellis")));

    // The console shows the tutorial's two lines.
    assert_eq!(home.logged_code().await.len(), 43);
    let answer = home.browser().console_where("with the tokens", |line| line.starts_with('{')).await;
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["access_token"], access_token);
    assert_eq!(answer["id_token"], id_token);
    assert_eq!(answer["expires_in"], 3600);
    let expires_in = home.expires_in().await;
    assert!(expires_in.starts_with("expires in "), "{expires_in}");
    let lines = home.browser().console().await;
    assert_eq!(lines.iter().filter(|line| line.contains("in the URL")).count(), 1, "{lines:?}");
    let tokens = lines.iter().position(|line| line.starts_with('{')).unwrap();
    assert!(lines[tokens - 1].starts_with("The next line has live tokens"), "{lines:?}");
    let warning = home.browser().text(&Target::test_id("token-warning")).await;
    assert!(warning.contains("The tokens below are live"), "{warning}");
    for line in lines {
        assert!(!line.contains("SEVERE"), "the console shows an error: {line}");
    }

    // The mock saw one of each, in order.
    let journal = scenario.issuer().journal().entries();
    let seen: Vec<(Endpoint, Outcome)> =
        journal.iter().map(|entry| (entry.endpoint, entry.outcome)).collect();
    assert_eq!(
        seen,
        [
            (Endpoint::Authorize, Outcome::Asked),
            (Endpoint::SignIn, Outcome::Answered),
            (Endpoint::Token, Outcome::Answered),
        ]
    );
    assert_eq!(journal[2].app.as_ref().unwrap().as_str(), tutorial_app::API_KEY);
}
