//! `/_mock/tokens`: tokens to order, as good as those of a sign-in.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use fixtures::{SUBSCRIPTION_ID, backend_app, dealer, oidc_app, subscriber, tutorial_app};
use mock_idp::{KeyId, TokenOrder};
use reqwest::header;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{Answer, Mock, NOW, OIDC, TUTORIAL, claims, decoded, text};

async fn ordered(mock: &Mock, order: &Value) -> Answer {
    mock.send(mock.http.post(mock.at("/_mock/tokens")).json(order)).await
}

/// What the API gateway answers to a token.
async fn gateway(mock: &Mock, token: &Value) -> u16 {
    let request =
        mock.http.get(mock.outside("/api/test/anything")).header("Subscription-Id", SUBSCRIPTION_ID);
    mock.send(request.bearer_auth(text(token))).await.status
}

#[tokio::test]
async fn the_plain_order_is_a_sign_in_of_the_demo_user() {
    let mock = Mock::start().await;
    let answer = ordered(&mock, &json!({})).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, "no-cache, no-store"));
    let mut answer = answer.json();
    for token in ["access_token", "id_token"] {
        answer[token] = decoded(&answer[token]);
    }
    insta::assert_json_snapshot!(answer);
    assert!(mock.issuer.journal().entries().is_empty(), "nobody signed in");
}

#[tokio::test]
async fn a_minted_token_has_the_claims_of_a_flows_token() {
    let mock = Mock::start().await;
    for (app, flow) in [
        (tutorial_app::API_KEY, mock.tutorial_tokens("openid email").await),
        (oidc_app::API_KEY, mock.oidc_tokens("openid email").await),
    ] {
        let minted = ordered(&mock, &json!({ "app": app, "scope": "openid email" })).await.json();
        for token in ["access_token", "id_token"] {
            let [minted, flow] = [&minted, &flow].map(|answer| {
                let mut token = decoded(&answer[token]);
                for made_anew in ["jti", "at_hash"] {
                    if let Some(value) = token["claims"].get_mut(made_anew) {
                        *value = "…".into();
                    }
                }
                // As text, so that the order counts too.
                token.to_string()
            });
            assert_eq!(minted, flow, "{app} {token}");
        }
        let members = |answer: &Value| answer.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(members(&minted), members(&flow));
    }
}

#[tokio::test]
async fn a_minted_token_works_at_userinfo_introspection_and_gateway() {
    let mock = Mock::start().await;
    let order = json!({ "user": dealer::USERNAME, "scope": "openid profile" });
    let token = ordered(&mock, &order).await.json()["access_token"].take();
    let userinfo = mock.userinfo(&token).await;
    assert_eq!((userinfo.status, &userinfo.json()["name"]), (200, &json!("Dana Dealer")));
    let introspected = mock.introspected(TUTORIAL, &token).await;
    assert_eq!((&introspected["active"], &introspected["sub"]), (&json!(true), &json!(dealer::USERNAME)));
    assert_eq!(gateway(&mock, &token).await, 200);
    assert_eq!(mock.post_as(TUTORIAL, "/v1/revoke", &[("token", text(&token))]).await.status, 200);
    assert_eq!(mock.userinfo(&token).await.status, 401, "and can be revoked");
}

#[tokio::test]
async fn a_token_without_a_user_is_that_of_client_credentials() {
    let mock = Mock::start().await;
    let answer = ordered(&mock, &json!({ "app": backend_app::API_KEY, "user": null })).await.json();
    assert_eq!(answer.get("id_token"), None);
    let flow = mock.app_tokens((backend_app::API_KEY, backend_app::API_SECRET)).await;
    let names = |answer: &Value| {
        claims(&answer["access_token"]).as_object().unwrap().keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(names(&answer), names(&flow));
    assert_eq!(gateway(&mock, &answer["access_token"]).await, 200);
}

#[tokio::test]
async fn an_expired_token_is_refused_as_expired() {
    let mock = Mock::start().await;
    let token = ordered(&mock, &json!({ "lifetime_seconds": -1 })).await.json()["access_token"].take();
    let refused = mock.userinfo(&token).await;
    assert_eq!((refused.status, mock.broken_rule()), (401, "bearer_expired"));
    let brief = ordered(&mock, &json!({ "lifetime_seconds": 60 })).await.json();
    assert_eq!(brief["expires_in"], 60);
    mock.advance(59);
    assert_eq!(mock.userinfo(&brief["access_token"]).await.status, 200);
    mock.advance(1);
    assert_eq!(mock.userinfo(&brief["access_token"]).await.status, 401);
}

#[tokio::test]
async fn a_token_of_the_future_is_good_nowhere_until_then() {
    let mock = Mock::start().await;
    let claims = json!({ "claims": { "nbf": NOW + 60 } });
    let tokens = ordered(&mock, &claims).await.json();
    for good in [false, true] {
        for token in ["access_token", "id_token"] {
            assert_eq!(mock.introspected(OIDC, &tokens[token]).await["active"], good, "{token}");
        }
        let status = if good { 200 } else { 401 };
        assert_eq!(gateway(&mock, &tokens["access_token"]).await, status);
        assert_eq!(mock.userinfo(&tokens["access_token"]).await.status, status);
        if !good {
            assert_eq!(mock.broken_rule(), "bearer_not_yet_valid");
        }
        mock.advance(60);
    }
}

#[tokio::test]
async fn a_claim_that_is_overridden_is_what_the_token_says() {
    let mock = Mock::start().await;
    let order = json!({ "claims": { "iss": "https://elsewhere.test", "roles": ["a", "b"], "uid": null } });
    let answer = ordered(&mock, &order).await.json();
    let says = claims(&answer["access_token"]);
    assert_eq!((&says["iss"], &says["roles"]), (&json!("https://elsewhere.test"), &json!(["a", "b"])));
    assert_eq!(says.get("uid"), None);
    assert_eq!(mock.userinfo(&answer["access_token"]).await.status, 401);
    assert_eq!(mock.broken_rule(), "bearer_issuer");
}

#[tokio::test]
async fn the_hash_in_an_id_token_is_that_of_its_access_token() {
    let mock = Mock::start().await;
    let answer = ordered(&mock, &json!({ "app": OIDC.0 })).await.json();
    let hash = Sha256::digest(text(&answer["access_token"]));
    assert_eq!(claims(&answer["id_token"])["at_hash"], URL_SAFE_NO_PAD.encode(&hash[..16]));
}

#[tokio::test]
async fn any_key_of_the_ring_signs_to_order() {
    let mock = Mock::start().await;
    let first = mock.issuer.keys().signing().kid().to_string();
    let second = mock.issuer.keys().rotate().to_string();
    for kid in [&first, &second] {
        let answer = ordered(&mock, &json!({ "key": kid })).await.json();
        for token in ["access_token", "id_token"] {
            assert_eq!(decoded(&answer[token])["header"]["kid"], **kid);
        }
        assert_eq!(gateway(&mock, &answer["access_token"]).await, 200);
    }
    mock.issuer.keys().retire(&KeyId::new(first.as_str())).unwrap();
    let answer = ordered(&mock, &json!({ "key": first })).await.json();
    assert_eq!(gateway(&mock, &answer["access_token"]).await, 401, "it is retired");
    let problem = ordered(&mock, &json!({ "key": first.replacen(&first[..1], "x", 1) })).await.json();
    assert_eq!(
        (&problem["status"], &problem["field"], &problem["nearest"]),
        (&json!(422), &json!("key"), &json!(first))
    );
}

#[tokio::test]
async fn what_cannot_be_made_names_the_field_and_what_was_probably_meant() {
    let mock = Mock::start().await;
    for (order, field, nearest, detail) in [
        (
            json!({ "app": "TutorialAppKey000000000000000002" }),
            "app",
            json!(tutorial_app::API_KEY),
            "no app is called \"TutorialAppKey000000000000000002\"; did you mean \
             TutorialAppKey000000000000000001?",
        ),
        (
            json!({ "user": "subscriber@exmaple.com" }),
            "user",
            json!(subscriber::USERNAME),
            "no user is called \"subscriber@exmaple.com\"; did you mean subscriber@example.com?",
        ),
        (
            json!({ "lifetime": 3 }),
            "lifetime",
            json!("lifetime_seconds"),
            "unknown field `lifetime`; did you mean `lifetime_seconds`?",
        ),
        (json!({ "claim": {} }), "claim", json!("claims"), "unknown field `claim`; did you mean `claims`?"),
        (json!({ "claims": "x" }), "claims", Value::Null, "invalid type: string \"x\"; expected a map"),
        (
            json!({ "lifetime_seconds": "60" }),
            "lifetime_seconds",
            Value::Null,
            "invalid type: string \"60\"; expected a whole number of 64 bits",
        ),
        (
            json!({ "lifetime_seconds": 5_000_000_000_i64 }),
            "lifetime_seconds",
            Value::Null,
            "a lifetime of 5000000000 s is too long",
        ),
        (json!({ "scope": "a\"b" }), "scope", Value::Null, "a scope has a character outside"),
    ] {
        let answer = ordered(&mock, &order).await;
        let problem = answer.json();
        assert_eq!((answer.status, &problem["field"]), (422, &json!(field)), "{order}: {problem}");
        assert_eq!(problem.get("nearest").unwrap_or(&Value::Null), &nearest, "{order}");
        assert!(text(&problem["detail"]).starts_with(detail), "{order}: {problem}");
    }
}

#[tokio::test]
async fn an_issuer_without_apps_has_nothing_to_mint_for() {
    let mock = Mock::start_with_toml("").await;
    let problem = ordered(&mock, &json!({})).await.json();
    assert_eq!(problem["detail"], "there is no app to make a token for; register one at /_mock/apps");
}

#[tokio::test]
async fn only_json_mints() {
    let mock = Mock::start().await;
    let form = mock.http.post(mock.at("/_mock/tokens")).header(header::CONTENT_TYPE, "text/plain").body("{}");
    assert_eq!(mock.send(form).await.status, 415);
    assert_eq!(mock.get(&mock.at("/_mock/tokens")).await.status, 405);
}

#[tokio::test]
async fn in_rust_an_issuer_mints() {
    let mock = Mock::start().await;
    let tokens = mock.issuer.mint(&TokenOrder::new().user(dealer::USERNAME)).unwrap();
    let access_token = json!(tokens.access_token.clone().unwrap());
    assert_eq!(mock.userinfo(&access_token).await.json()["sub"], dealer::UID);
    let shown = format!("{tokens:?}");
    assert!(shown.contains("[redacted]") && !shown.contains(text(&access_token)), "{shown}");
    let error = mock.issuer.mint(&TokenOrder::new().user("nobody")).unwrap_err();
    assert_eq!(error.to_string(), "no user is called \"nobody\"");
}
