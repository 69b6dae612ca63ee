//! `mock-idp token`: a signed token on stdout, good at a running mock.

use fixtures::{dealer, oidc_app, subscriber, tutorial_app};
use mock_idp::MockIdp;
use serde_json::{Value, json};

use crate::support::{Mock, Said, claims, decoded, program, said};

async fn token(flags: &[&str]) -> Said {
    said(&mut program(&[&["token"], flags].concat())).await
}

/// The claims of the token that is printed.
async fn printed(flags: &[&str]) -> Value {
    let said = token(flags).await;
    assert_eq!((said.status, said.stderr.as_str()), (Some(0), ""));
    claims(&json!(said.stdout.trim_end()))
}

#[tokio::test]
async fn help_shows_every_flag_and_examples() {
    let help = token(&["--help"]).await;
    assert_eq!(help.status, Some(0));
    insta::assert_snapshot!(help.stdout);
}

#[tokio::test]
async fn nothing_but_the_token_is_printed_so_that_it_can_be_piped() {
    let said = token(&[]).await;
    assert_eq!((said.status, said.stderr.as_str()), (Some(0), ""));
    let token = said.stdout.strip_suffix('\n').expect("one line");
    assert_eq!((token.lines().count(), token.split('.').count()), (1, 3));
    let says = claims(&json!(token));
    assert_eq!(says["cid"], tutorial_app::API_KEY);
    assert_eq!(says["sub"], subscriber::USERNAME);
    assert_eq!(says["iss"], fixtures::defaults::AUTH_SERVER_URL);
}

#[tokio::test]
async fn the_token_is_good_at_a_running_mock_of_the_same_address() {
    let idp = MockIdp::start().await.unwrap();
    let said = token(&["--issuer-url", idp.url(), "--issuer", "pipe", "--scope", "openid profile"]).await;
    let userinfo = format!("{}/v1/userinfo", idp.issuer("pipe").url());
    let http = reqwest::Client::new();
    let answer = http.get(&userinfo).bearer_auth(said.stdout.trim()).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.json::<Value>().await.unwrap()["name"], "Sam Subscriber");

    let elsewhere = token(&["--issuer-url", "http://localhost:1", "--issuer", "pipe"]).await;
    let answer = http.get(userinfo).bearer_auth(elsewhere.stdout.trim()).send().await.unwrap();
    assert_eq!(answer.status(), 401);
}

#[tokio::test]
async fn every_flag_is_an_order_of_the_control_api() {
    let flags = [
        "--app",
        oidc_app::API_KEY,
        "--user",
        dealer::USERNAME,
        "--scope",
        "openid email",
        "--claim",
        "role=buyer",
        "--claim",
        "uid=null",
        "--claim",
        "level=3",
        "--lifetime",
        "-60",
        "--issuer",
        "test",
        "--json",
    ];
    let mock = Mock::start().await;
    let order = json!({
        "app": oidc_app::API_KEY,
        "user": dealer::USERNAME,
        "scope": "openid email",
        "claims": { "role": "buyer", "uid": null, "level": 3 },
        "lifetime_seconds": -60,
    });
    let ordered = mock.send(mock.http.post(mock.at("/_mock/tokens")).json(&order)).await.json();
    let printed: Value = serde_json::from_str(&token(&flags).await.stdout).unwrap();
    let timeless = |answer: &Value| {
        let mut answer = answer.clone();
        for name in ["access_token", "id_token"] {
            answer[name] = decoded(&answer[name]);
            let now = answer[name]["claims"]["iat"].as_i64().unwrap();
            for changing in ["jti", "at_hash"] {
                answer[name]["claims"][changing] = "…".into();
            }
            for moment in ["iat", "exp", "auth_time"] {
                if let Some(value) = answer[name]["claims"].get_mut(moment) {
                    *value = (value.as_i64().unwrap() - now).into();
                }
            }
        }
        answer.to_string()
    };
    assert_eq!(timeless(&printed), timeless(&ordered));
}

#[tokio::test]
async fn an_id_token_is_printed_in_place_of_the_access_token() {
    let says = printed(&["--id-token", "--claim", "nonce=abc"]).await;
    assert_eq!((&says["aud"], &says["nonce"]), (&json!("fortellis"), &json!("abc")));
}

#[tokio::test]
async fn an_app_can_act_for_itself() {
    let says = printed(&["--no-user"]).await;
    assert_eq!((&says["sub"], &says["scp"]), (&json!(tutorial_app::API_KEY), &json!(["anonymous"])));
}

#[tokio::test]
async fn a_seed_makes_the_tokens_id_the_same() {
    let jti = async |flags: &[&str]| printed(flags).await["jti"].clone();
    assert_eq!(jti(&["--seed", "7"]).await, jti(&["--seed", "7"]).await);
    assert_ne!(jti(&["--seed", "7"]).await, jti(&["--seed", "8"]).await);
}

#[tokio::test]
async fn a_configuration_of_ones_own_says_who_there_is() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("own.toml");
    let own = "[[app]]\nname = \"Own\"\napi_key = \"own-key\"\n[[user]]\nusername = \"me@example.com\"\npassword = \"x\"\n";
    std::fs::write(&file, own).unwrap();
    let says = printed(&["--config", file.to_str().unwrap()]).await;
    assert_eq!((&says["cid"], &says["sub"]), (&json!("own-key"), &json!("me@example.com")));
}

#[tokio::test]
async fn what_cannot_be_printed_is_one_line_that_says_why() {
    for (flags, error) in [
        (
            ["--app", "TutorialAppKey00000000000000000"],
            "--app: no app has the API Key \"TutorialAppKey00000000000000000\"; did you mean \
             TutorialAppKey000000000000000001?",
        ),
        (
            ["--user", "none"],
            "--user: no user is called \"none\"; expected one of the demo data, or name your own with --config; \
             --no-user for none",
        ),
        (
            ["--scope", "a\"b"],
            "--scope: a scope has a character outside %x21 / %x23-5B / %x5D-7E; expected scopes \
             separated by spaces",
        ),
        (
            ["--lifetime", "-9999999999"],
            "--lifetime: -9999999999 s is too long; expected at most 4294967295 s, either \
             way",
        ),
        (["--id-token", "--no-user"], "--id-token: there is none; it takes a user and the scope openid"),
        (
            ["--issuer", "a.b"],
            "--issuer: no issuer can have the name \"a.b\"; expected 1 to 64 of A-Z a-z 0-9 _ -",
        ),
        (
            ["--issuer-url", "localhost"],
            "MOCK_IDP_ISSUER_URL: \"localhost\" is not an absolute http or https URL",
        ),
    ] {
        let said = token(&flags).await;
        assert_eq!((said.status, said.stdout.as_str()), (Some(2), ""), "{flags:?}");
        assert!(said.stderr.starts_with(&format!("error: {error}")), "{}", said.stderr);
        assert_eq!(said.stderr.lines().count(), 1, "{}", said.stderr);
    }
    let said = token(&["--claim", "role"]).await;
    assert!(said.stderr.contains("expected NAME=VALUE, for example role=buyer"), "{}", said.stderr);
}
