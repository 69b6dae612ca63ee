//! The tokens that the tutorial prints, and ours beside them: the same code verifies both, and they have one shape.

use fixtures::{FORTELLIS_KEYS_JSON, TUTORIAL_TOKEN_ANSWER_JSON};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Map, Value, json};

use crate::support::{Mock, decoded, text};

/// The public keys that Fortellis' tokens were signed with, as a key set.
fn fortellis_keys() -> Value {
    let keys: Map<String, Value> = serde_json::from_str(FORTELLIS_KEYS_JSON).unwrap();
    json!({ "keys": keys.values().collect::<Vec<_>>() })
}

/// The claims of a token that a key of the set has signed. Times are not looked at: the tutorial is of 2022.
fn verified(token: &Value, keys: &Value) -> Value {
    let token = text(token);
    let kid = decode_header(token).unwrap().kid.unwrap();
    let key = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == kid).expect("a published key");
    let key = DecodingKey::from_rsa_components(text(&key["n"]), text(&key["e"])).unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_exp = false;
    validation.set_audience(&["api_providers", "fortellis"]);
    decode::<Value>(token, &key, &validation).unwrap().claims
}

fn published() -> Value {
    serde_json::from_str(TUTORIAL_TOKEN_ANSWER_JSON).unwrap()
}

/// A token with each value reduced to what all tokens have in common: fixed words, kinds of identifiers, spans.
fn shape(token: &Value) -> Value {
    let mut token = decoded(token);
    let issued_at = token["claims"]["iat"].as_i64().unwrap();
    for (name, value) in token["claims"].as_object_mut().unwrap() {
        *value = match name.as_str() {
            "aud" | "scp" => continue,
            "iat" => "a moment".into(),
            "exp" => json!({ "seconds": value.as_i64().unwrap() - issued_at }),
            "jti" => {
                let (kind, own) = text(value).split_once('.').unwrap();
                format!("{kind}.{}", own.len()).into()
            }
            "sub" if text(value).contains('@') => "an e-mail address".into(),
            "sub" | "uid" | "idp" => format!("{}…{}", &text(value)[..3], text(value).len()).into(),
            "iss" => format!("…{}", &text(value)[text(value).find("/oauth2/").unwrap()..][..8]).into(),
            _ => text(value).len().into(),
        };
    }
    token["header"]["kid"] = text(&token["header"]["kid"]).len().into();
    token
}

#[test]
fn the_tutorials_tokens_verify_with_fortellis_keys() {
    let (tokens, keys) = (published(), fortellis_keys());
    assert_eq!(verified(&tokens["access_token"], &keys)["sub"], "nathan.sandberg@cdk.com");
    assert_eq!(verified(&tokens["id_token"], &keys)["aud"], "fortellis");
}

#[tokio::test]
async fn ours_verify_with_our_keys_by_the_same_code() {
    let mock = Mock::start().await;
    let keys = mock.get(&mock.at("/v1/keys")).await.json();
    let tokens = mock.tutorial_tokens("openid").await;
    assert_eq!(verified(&tokens["access_token"], &keys)["sub"], "subscriber@example.com");
    assert_eq!(verified(&tokens["id_token"], &keys)["aud"], "fortellis");
}

#[tokio::test]
async fn the_answers_have_the_same_members_in_the_same_order() {
    let ours = Mock::start().await.tutorial_tokens("openid").await;
    let members = |answer: &Value| answer.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(members(&ours), members(&published()));
    for name in ["token_type", "expires_in", "scope"] {
        assert_eq!(ours[name], published()[name]);
    }
}

#[tokio::test]
async fn the_tokens_are_of_one_shape() {
    let ours = Mock::start().await.tutorial_tokens("openid").await;
    for name in ["access_token", "id_token"] {
        // As text, so that the order counts too.
        let (ours, theirs) = (shape(&ours[name]), shape(&published()[name]));
        assert_eq!(
            serde_json::to_string_pretty(&ours).unwrap(),
            serde_json::to_string_pretty(&theirs).unwrap()
        );
    }
}
