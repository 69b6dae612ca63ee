//! The implicit flow: tokens straight in the callback (RFC 6749 §4.2, OpenID Connect Core §3.2).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use fixtures::subscriber;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    refused_authorization::{assert_kept_by_nobody, at_the_callback},
    support::{
        Answer, Form, Mock, NOW, OIDC, STATE, TUTORIAL, claims, oidc_request, tutorial_request, with, without,
    },
};

const NONCE: &str = "n-0S6_WzA2Mj";
const NONCE_MISSING: &str = "The 'nonce' parameter is required for authorize requests with either the 'id_token' or \
                             'token' response types..";
const NO_QUERY: &str =
    "'query' response mode cannot be used with either the 'id_token' or 'token' response types.";

fn asking_for<'a>(response_type: &'a str, valid: &[(&'a str, &'a str)]) -> Form<'a> {
    with(&with(valid, "response_type", response_type), "nonce", NONCE)
}

fn both(response_type: &str) -> [Form<'_>; 2] {
    [asking_for(response_type, &tutorial_request()), asking_for(response_type, &oidc_request())]
}

fn names(answer: &Answer) -> Vec<String> {
    answer.callback_params().into_iter().map(|(name, _)| name).collect()
}

fn token(answer: &Answer, name: &str) -> Value {
    json!(answer.callback_param(name).unwrap())
}

/// The order of Fortellis' documents: `access_token` first, `state` last.
#[tokio::test]
async fn the_tutorials_app_gets_its_token_in_the_fragment_in_fortellis_order() {
    let mock = Mock::start().await;
    insta::assert_snapshot!(mock.signed_in(&asking_for("token", &tutorial_request())).await.whole());
}

#[tokio::test]
async fn both_tokens_come_together_in_either_order_of_the_words() {
    let mock = Mock::start().await;
    for words in ["id_token token", "token id_token"] {
        let answer = mock.signed_in(&asking_for(words, &tutorial_request())).await;
        assert!(answer.header("location").starts_with("http://localhost:8080/#access_token="));
        assert_eq!(
            names(&answer),
            ["access_token", "token_type", "expires_in", "scope", "id_token", "state"]
        );
        let answer = mock.signed_in(&asking_for(words, &oidc_request())).await;
        assert_eq!(
            names(&answer),
            ["access_token", "token_type", "expires_in", "scope", "id_token", "state", "iss"]
        );
        assert_kept_by_nobody(&answer);
    }
}

#[tokio::test]
async fn an_id_token_alone_comes_without_what_belongs_to_access_tokens() {
    let mock = Mock::start().await;
    let [tutorial, oidc] = both("id_token");
    assert_eq!(names(&mock.signed_in(&tutorial).await), ["id_token", "state"]);
    assert_eq!(names(&mock.signed_in(&oidc).await), ["id_token", "state", "iss"]);
}

#[tokio::test]
async fn the_claims_are_those_of_each_dialect() {
    let mock = Mock::start().await;
    let [tutorial, oidc] = both("id_token token");
    let tutorial = mock.signed_in(&tutorial).await;
    let oidc = mock.signed_in(&oidc).await;
    insta::assert_json_snapshot!(json!({
        "fortellis": {
            "access": claims(&token(&tutorial, "access_token")),
            "id": claims(&token(&tutorial, "id_token")),
        },
        "oidc": { "access": claims(&token(&oidc, "access_token")), "id": claims(&token(&oidc, "id_token")) },
    }));
}

#[tokio::test]
async fn the_tokens_verify_by_the_key_set() {
    let mock = Mock::start().await;
    let set: jwk::JwkSet = serde_json::from_str(&mock.get(&mock.at("/v1/keys")).await.body).unwrap();
    let key = DecodingKey::from_jwk(&set.keys[0]).unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_exp = false;
    validation.validate_aud = false;
    for request in both("id_token token") {
        let answer = mock.signed_in(&request).await;
        for name in ["access_token", "id_token"] {
            let token = answer.callback_param(name).unwrap();
            jsonwebtoken::decode::<Value>(&token, &key, &validation).unwrap();
        }
    }
}

/// J02
#[tokio::test]
async fn nonce_comes_back_exactly_in_the_id_token_and_nowhere_else() {
    let mock = Mock::start().await;
    let odd = "a b+c%20&=#\"'<>ü😀";
    for request in both("id_token token") {
        let answer = mock.signed_in(&with(&request, "nonce", odd)).await;
        assert_eq!(claims(&token(&answer, "id_token"))["nonce"], odd);
        assert_eq!(claims(&token(&answer, "access_token")).get("nonce"), None);
        assert_eq!(answer.callback_param("nonce"), None);
    }
}

/// J04
#[tokio::test]
async fn at_hash_is_the_left_half_of_the_access_tokens_hash_and_only_where_there_is_one() {
    let mock = Mock::start().await;
    let answer = mock.signed_in(&asking_for("id_token token", &oidc_request())).await;
    let digest = Sha256::digest(answer.callback_param("access_token").unwrap());
    let id_token = claims(&token(&answer, "id_token"));
    assert_eq!(id_token["at_hash"], URL_SAFE_NO_PAD.encode(&digest[..16]));
    let answer = mock.signed_in(&asking_for("id_token", &oidc_request())).await;
    assert_eq!(claims(&token(&answer, "id_token")).get("at_hash"), None);
}

#[tokio::test]
async fn an_id_token_that_comes_alone_brings_the_claims_of_its_scopes() {
    let mock = Mock::start().await;
    let request = with(&asking_for("id_token", &oidc_request()), "scope", "openid profile email");
    let id_token = claims(&token(&mock.signed_in(&request).await, "id_token"));
    assert_eq!(id_token["name"], "Sam Subscriber");
    assert_eq!(id_token["email"], subscriber::USERNAME);
    let request = with(&request, "response_type", "id_token token");
    let id_token = claims(&token(&mock.signed_in(&request).await, "id_token"));
    assert_eq!((id_token.get("name"), id_token.get("email")), (None, None), "userinfo has them");
}

#[tokio::test]
async fn there_is_never_a_refresh_token_and_its_scope_is_not_granted() {
    let mock = Mock::start().await;
    for request in both("id_token token") {
        let answer = mock.signed_in(&with(&request, "scope", "openid offline_access")).await;
        assert_eq!(answer.callback_param("refresh_token"), None);
        assert_eq!(answer.callback_param("code"), None);
        assert_eq!(answer.callback_param("scope").as_deref(), Some("openid"));
        assert_eq!(claims(&token(&answer, "access_token"))["scp"], json!(["openid"]));
    }
}

#[tokio::test]
async fn the_access_token_works_and_dies_with_its_time() {
    let mock = Mock::start().await;
    let answer = mock.signed_in(&asking_for("token", &oidc_request())).await;
    let bearer = format!("Bearer {}", answer.callback_param("access_token").unwrap());
    let ask = || mock.http.get(mock.at("/v1/userinfo")).header("authorization", &bearer);
    assert_eq!(mock.send(ask()).await.json()["sub"], subscriber::UID);
    mock.issuer.advance(std::time::Duration::from_hours(1));
    assert_eq!(mock.send(ask()).await.status, 401);
}

#[tokio::test]
async fn a_live_session_answers_silently_as_the_old_samples_have_it() {
    let mock = Mock::start().await;
    mock.signed_in(&tutorial_request()).await;
    let answer = mock.authorize(&with(&asking_for("token", &tutorial_request()), "prompt", "none")).await;
    assert_eq!(answer.status, 302);
    assert!(answer.header("location").starts_with("http://localhost:8080/#access_token="));
    assert_eq!(claims(&token(&answer, "access_token"))["iat"], NOW);
}

#[tokio::test]
async fn form_post_brings_the_tokens_as_a_form() {
    let mock = Mock::start().await;
    for request in both("id_token token") {
        let answer = mock.signed_in(&with(&request, "response_mode", "form_post")).await;
        assert_eq!((answer.status, answer.header("location")), (200, ""));
        for name in ["access_token", "token_type", "expires_in", "scope", "id_token", "state"] {
            assert!(answer.body.contains(&format!("name=\"{name}\"")), "{name}: {}", answer.body);
        }
        assert_kept_by_nobody(&answer);
    }
}

#[tokio::test]
async fn no_nonce_is_told_in_the_fragment() {
    let mock = Mock::start().await;
    for response_type in ["token", "id_token", "id_token token"] {
        for request in both(response_type) {
            for params in [without(&request, "nonce"), with(&request, "nonce", "")] {
                let answer = mock.authorize(&params).await;
                let error = ('#', "invalid_request", NONCE_MISSING);
                at_the_callback(&mock, &params, &answer, error, "nonce_missing");
            }
        }
    }
}

/// X17
#[tokio::test]
async fn tokens_never_come_in_the_query() {
    let mock = Mock::start().await;
    for response_type in ["token", "id_token", "id_token token"] {
        let [tutorial, oidc] = both(response_type);
        for (request, error) in [(tutorial, "unsupported_response_mode"), (oidc, "invalid_request")] {
            let params = with(&request, "response_mode", "query");
            let answer = mock.authorize(&params).await;
            at_the_callback(&mock, &params, &answer, ('#', error, NO_QUERY), "response_mode_query_for_token");
        }
    }
}

#[tokio::test]
async fn an_id_token_needs_the_scope_openid_and_an_access_token_does_not() {
    let mock = Mock::start().await;
    for response_type in ["id_token", "id_token token"] {
        for request in both(response_type) {
            let params = with(&request, "scope", "profile");
            let answer = mock.authorize(&params).await;
            let description = "The 'openid' scope is required when an 'id_token' is requested.";
            at_the_callback(
                &mock,
                &params,
                &answer,
                ('#', "invalid_scope", description),
                "scope_openid_missing",
            );
        }
    }
    for request in both("token") {
        let answer = mock.signed_in(&with(&request, "scope", "profile")).await;
        assert_eq!(answer.callback_param("scope").as_deref(), Some("profile"));
    }
}

#[tokio::test]
async fn other_errors_come_in_the_fragment_too() {
    let mock = Mock::start().await;
    for response_type in ["token", "id_token"] {
        for request in both(response_type) {
            let params = with(&request, "scope", "openid nope");
            let answer = mock.authorize(&params).await;
            let description = "One or more scopes are not configured for the authorization server resource.";
            at_the_callback(&mock, &params, &answer, ('#', "invalid_scope", description), "scope_unknown");
            let page = mock.authorize(&with(&request, "prompt", "login")).await;
            let cancelled =
                mock.browse(reqwest::Method::POST, &page.form_action(), &[("action", "cancel")]).await;
            let description = "The resource owner or authorization server denied the request.";
            at_the_callback(&mock, &request, &cancelled, ('#', "access_denied", description), "cancelled");
        }
    }
}

#[tokio::test]
async fn tokens_are_for_the_app_that_asked_and_no_two_are_the_same() {
    let mock = Mock::start().await;
    let [tutorial, oidc] = both("token");
    let first = token(&mock.signed_in(&tutorial).await, "access_token");
    let second = token(&mock.signed_in(&tutorial).await, "access_token");
    let other = token(&mock.signed_in(&oidc).await, "access_token");
    assert_ne!(claims(&first)["jti"], claims(&second)["jti"]);
    assert_eq!((&claims(&first)["cid"], &claims(&other)["cid"]), (&TUTORIAL.0.into(), &OIDC.0.into()));
}

#[tokio::test]
async fn the_journal_keeps_no_token() {
    let mock = Mock::start().await;
    let answer = mock.signed_in(&asking_for("id_token token", &tutorial_request())).await;
    assert_eq!(answer.callback_param("state").as_deref(), Some(STATE));
    let journal = serde_json::to_string(&mock.issuer.journal().entries()).unwrap();
    for name in ["access_token", "id_token"] {
        assert!(!journal.contains(&answer.callback_param(name).unwrap()));
    }
}
