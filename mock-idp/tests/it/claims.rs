//! What tokens say: header and claims in both dialects, for people and for apps (RFC 7519, RFC 9068, OpenID Connect
//! Core §2).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use fixtures::{oidc_app, subscriber, tutorial_app};
use insta::assert_snapshot;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{
    Mock, NOW, OIDC, TUTORIAL, claims, decoded, oidc_redemption, oidc_request, text, tutorial_redemption,
    tutorial_request, with,
};

/// Every token of an answer taken apart, members in their order.
fn shown(tokens: &Value) -> String {
    let mut shown = json!({});
    for name in ["access_token", "id_token"] {
        if let Some(token) = tokens.get(name) {
            shown[name] = decoded(token);
        }
    }
    serde_json::to_string_pretty(&shown).unwrap()
}

async fn tutorial_tokens(mock: &Mock, nonce: &str) -> Value {
    let code = mock.code(&with(&tutorial_request(), "nonce", nonce)).await;
    mock.post_as(TUTORIAL, "/v1/token", &tutorial_redemption(&code)).await.json()
}

async fn oidc_tokens(mock: &Mock, nonce: &str) -> Value {
    let code = mock.code(&with(&oidc_request(), "nonce", nonce)).await;
    mock.post_as(OIDC, "/v1/token", &oidc_redemption(&code)).await.json()
}

#[tokio::test]
async fn fortellis_tokens_of_a_person() {
    let mock = Mock::start().await;
    assert_snapshot!(shown(&mock.tutorial_tokens("openid").await));
}

#[tokio::test]
async fn fortellis_tokens_of_a_person_with_a_nonce() {
    let mock = Mock::start().await;
    assert_snapshot!(shown(&tutorial_tokens(&mock, "n-0S6_WzA2Mj").await));
}

#[tokio::test]
async fn fortellis_token_of_an_app() {
    let mock = Mock::start().await;
    assert_snapshot!(shown(&mock.app_tokens(TUTORIAL).await));
}

#[tokio::test]
async fn oidc_tokens_of_a_person_with_a_nonce() {
    let mock = Mock::start().await;
    assert_snapshot!(shown(&oidc_tokens(&mock, "n-0S6_WzA2Mj").await));
}

#[tokio::test]
async fn oidc_token_of_an_app() {
    let mock = Mock::start().await;
    assert_snapshot!(shown(&mock.app_tokens(OIDC).await));
}

/// J01
#[tokio::test]
async fn an_id_token_names_issuer_audience_lifetime_and_a_published_key() {
    let mock = Mock::start().await;
    let keys = mock.get(&mock.at("/v1/keys")).await.json();
    for (audience, tokens) in [
        (oidc_app::API_KEY, mock.oidc_tokens("openid").await),
        ("fortellis", mock.tutorial_tokens("openid").await),
    ] {
        let token = decoded(&tokens["id_token"]);
        assert_eq!(token["claims"]["iss"], "http://localhost:9100/oauth2/test");
        assert_eq!(token["claims"]["aud"], audience);
        assert_eq!(token["claims"]["iat"], NOW);
        assert!(token["claims"]["exp"].is_i64());
        let subject = text(&token["claims"]["sub"]);
        assert!(subject.is_ascii() && subject.len() <= 255);
        assert_eq!(token["header"]["alg"], "RS256");
        assert_eq!(token["header"]["kid"], keys["keys"][0]["kid"]);
    }
}

/// J02
#[tokio::test]
async fn a_nonce_comes_back_as_it_was_sent_and_none_is_made_up() {
    let mock = Mock::start().await;
    for nonce in ["n-0S6_WzA2Mj", "a b+c&d=é\"\\ %2B", "0"] {
        for tokens in [tutorial_tokens(&mock, nonce).await, oidc_tokens(&mock, nonce).await] {
            assert_eq!(claims(&tokens["id_token"])["nonce"], nonce);
            assert_eq!(claims(&tokens["access_token"]).get("nonce"), None);
        }
    }
    for tokens in [mock.tutorial_tokens("openid").await, mock.oidc_tokens("openid").await] {
        assert_eq!(claims(&tokens["id_token"]).get("nonce"), None);
    }
}

/// J03
#[tokio::test]
async fn the_time_of_the_sign_in_is_told_and_not_that_of_the_token() {
    let mock = Mock::start().await;
    mock.oidc_tokens("openid").await;
    mock.advance(100);
    let code = mock.code(&with(&oidc_request(), "max_age", "10000")).await;
    let tokens = mock.post_as(OIDC, "/v1/token", &oidc_redemption(&code)).await.json();
    let claims = claims(&tokens["id_token"]);
    assert_eq!((&claims["auth_time"], &claims["iat"]), (&json!(NOW), &json!(NOW + 100)));
}

/// J04
#[tokio::test]
async fn at_hash_is_the_left_half_of_the_access_tokens_hash() {
    let mock = Mock::start().await;
    let tokens = mock.oidc_tokens("openid offline_access").await;
    let refreshed = mock.refresh(OIDC, &tokens).await.json();
    for tokens in [tokens, refreshed] {
        let hash = Sha256::digest(text(&tokens["access_token"]));
        assert_eq!(claims(&tokens["id_token"])["at_hash"], URL_SAFE_NO_PAD.encode(&hash[..16]));
    }
}

/// J05
#[tokio::test]
async fn the_access_token_of_an_oidc_app_keeps_to_rfc_9068() {
    let mock = Mock::start().await;
    let token = decoded(&mock.oidc_tokens("openid profile").await["access_token"]);
    assert_eq!(token["header"]["typ"], "at+jwt");
    for name in ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"] {
        assert!(token["claims"].get(name).is_some(), "{name}");
    }
    assert_eq!(token["claims"]["client_id"], oidc_app::API_KEY);
    assert_eq!(token["claims"]["scope"], "openid profile");
    assert_eq!(token["claims"]["scp"], json!(["openid", "profile"]));
}

/// J07
#[tokio::test]
async fn two_answers_share_no_token_and_no_jti() {
    let mock = Mock::start().await;
    let mut seen = Vec::new();
    for _ in 0..2 {
        let tokens = mock.oidc_tokens("openid offline_access").await;
        seen.push(text(&tokens["refresh_token"]).to_owned());
        for name in ["access_token", "id_token"] {
            seen.push(text(&tokens[name]).to_owned());
            seen.push(text(&claims(&tokens[name])["jti"]).to_owned());
        }
    }
    let all = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!((seen.len(), all), (10, 10));
}

#[tokio::test]
async fn only_a_persons_fortellis_tokens_outlive_what_the_answer_says() {
    let mock = Mock::start().await;
    let lifetime = |token: &Value| {
        let claims = claims(token);
        claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap()
    };
    let (fortellis, oidc) = (mock.tutorial_tokens("openid").await, mock.oidc_tokens("openid").await);
    for name in ["access_token", "id_token"] {
        assert_eq!((lifetime(&fortellis[name]), lifetime(&oidc[name])), (14400, 3600));
    }
    assert_eq!(lifetime(&mock.app_tokens(TUTORIAL).await["access_token"]), 3600);
    assert_eq!((&fortellis["expires_in"], &oidc["expires_in"]), (&json!(3600), &json!(3600)));
}

#[tokio::test]
async fn a_person_is_an_address_to_apis_and_an_id_to_the_app() {
    let mock = Mock::start().await;
    for tokens in [mock.tutorial_tokens("openid").await, mock.oidc_tokens("openid").await] {
        let (access, id) = (claims(&tokens["access_token"]), claims(&tokens["id_token"]));
        assert_eq!((&access["sub"], &access["uid"]), (&json!(subscriber::USERNAME), &json!(subscriber::UID)));
        assert_eq!(id["sub"], subscriber::UID);
    }
    assert_eq!(claims(&mock.tutorial_tokens("openid").await["access_token"])["cid"], tutorial_app::API_KEY);
}
