//! `/v1/keys`: the public keys, by which anybody verifies the tokens.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk};
use reqwest::{Method, header};
use rsa::{PublicKey, pkcs1v15, signature::Verifier, traits::PublicKeyParts};
use serde_json::Value;
use sha2::Sha256;

use crate::support::{Mock, tutorial_request, with};

/// Access and ID tokens of both dialects, from both flows.
async fn tokens(mock: &Mock) -> Vec<String> {
    let mut tokens = Vec::new();
    for answer in [mock.tutorial_tokens("openid").await, mock.oidc_tokens("openid").await] {
        tokens.push(answer["access_token"].as_str().unwrap().to_owned());
        tokens.push(answer["id_token"].as_str().unwrap().to_owned());
    }
    let implicit = with(&with(&tutorial_request(), "response_type", "id_token token"), "nonce", "n");
    let answer = mock.authorize(&implicit).await;
    tokens.extend(["access_token", "id_token"].map(|name| answer.callback_param(name).unwrap()));
    tokens
}

fn header_of(token: &str) -> Value {
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    serde_json::from_slice(&header).unwrap()
}

#[tokio::test]
async fn the_key_set_is_what_it_is() {
    let mock = Mock::start().await;
    insta::assert_snapshot!(mock.get(&mock.at("/v1/keys")).await.whole());
}

/// D05
#[tokio::test]
async fn nothing_private_is_shown_and_each_kid_stands_once() {
    let mock = Mock::start().await;
    let set = mock.get(&mock.at("/v1/keys")).await.json();
    let keys = set["keys"].as_array().unwrap();
    for key in keys {
        let mut members: Vec<&str> = key.as_object().unwrap().keys().map(String::as_str).collect();
        members.sort_unstable();
        assert_eq!(members, ["alg", "e", "kid", "kty", "n", "use"]);
        assert_eq!((&key["kty"], &key["alg"], &key["use"]), (&"RSA".into(), &"RS256".into(), &"sig".into()));
        let modulus = URL_SAFE_NO_PAD.decode(key["n"].as_str().unwrap()).unwrap();
        assert!(modulus.len() >= 256 && modulus[0] >= 0x80, "an RSA key of 2048 bits or more");
    }
    let mut kids: Vec<&str> = keys.iter().map(|key| key["kid"].as_str().unwrap()).collect();
    kids.dedup();
    assert_eq!(kids.len(), keys.len());
}

/// J01
#[tokio::test]
async fn every_token_names_a_key_of_the_set() {
    let mock = Mock::start().await;
    let set = mock.get(&mock.at("/v1/keys")).await.json();
    for token in tokens(&mock).await {
        let header = header_of(&token);
        assert_eq!(header["alg"], "RS256");
        assert!(set["keys"].as_array().unwrap().iter().any(|key| key["kid"] == header["kid"]), "{header}");
        assert!(
            uuid::Uuid::parse_str(header["kid"].as_str().unwrap()).is_ok(),
            "as Fortellis' are: {header}"
        );
    }
}

#[tokio::test]
async fn one_library_verifies_the_tokens() {
    let mock = Mock::start().await;
    let set: jwk::JwkSet = serde_json::from_str(&mock.get(&mock.at("/v1/keys")).await.body).unwrap();
    for token in tokens(&mock).await {
        let key = set.find(header_of(&token)["kid"].as_str().unwrap()).unwrap();
        let mut validation = Validation::new(Algorithm::RS256);
        // The issuer's clock is not the machine's.
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.set_issuer(&[mock.issuer.url()]);
        jsonwebtoken::decode::<Value>(&token, &DecodingKey::from_jwk(key).unwrap(), &validation).unwrap();
    }
}

#[tokio::test]
async fn another_library_verifies_the_tokens_and_notices_a_changed_one() {
    let mock = Mock::start().await;
    let set = mock.get(&mock.at("/v1/keys")).await.json();
    for token in tokens(&mock).await {
        let kid = header_of(&token)["kid"].clone();
        let key = set["keys"].as_array().unwrap().iter().find(|key| key["kid"] == kid).unwrap();
        let number = |name: &str| {
            let bytes = URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap();
            rsa::BoxedUint::from_be_slice_vartime(&bytes)
        };
        let public = PublicKey::new(number("n"), number("e")).unwrap();
        assert!(public.size() >= 256);
        let verifier = pkcs1v15::VerifyingKey::<Sha256>::new(public);
        let (input, signature) = token.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap().as_slice().try_into().unwrap();
        verifier.verify(input.as_bytes(), &signature).unwrap();
        verifier.verify(format!("{input}x").as_bytes(), &signature).unwrap_err();
    }
}

#[tokio::test]
async fn issuers_have_key_ids_of_their_own_that_stay_the_same() {
    let kid = async |mock: &Mock, issuer: &str| {
        let url = mock.outside(&format!("/oauth2/{issuer}/v1/keys"));
        mock.get(&url).await.json()["keys"][0]["kid"].as_str().unwrap().to_owned()
    };
    let (first, second) = (Mock::start().await, Mock::start().await);
    assert_eq!(kid(&first, "a").await, kid(&second, "a").await);
    assert_ne!(kid(&first, "a").await, kid(&first, "b").await);
}

/// D06
#[tokio::test]
async fn every_page_may_read_the_keys() {
    let mock = Mock::start().await;
    let url = mock.at("/v1/keys");
    let answer = mock.send(mock.http.get(&url).header(header::ORIGIN, "https://spa.example.com")).await;
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("access-control-allow-credentials"), "");
    let preflight = mock
        .http
        .request(Method::OPTIONS, &url)
        .header(header::ORIGIN, "https://spa.example.com")
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, "GET")
        .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "x-requested-with");
    let answer = mock.send(preflight).await;
    assert!(answer.status < 300, "{}", answer.whole());
    assert_eq!(answer.header("access-control-allow-origin"), "*");
}

#[tokio::test]
async fn caches_keep_the_keys_for_a_minute() {
    let mock = Mock::start().await;
    let answer = mock.get(&mock.at("/v1/keys")).await;
    assert_eq!(answer.header("cache-control"), "max-age=60, must-revalidate");
}

/// Okta's libraries name the client in the query.
#[tokio::test]
async fn a_query_makes_no_difference() {
    let mock = Mock::start().await;
    let plain = mock.get(&mock.at("/v1/keys")).await;
    assert_eq!(mock.get(&mock.at("/v1/keys?client_id=x")).await.whole(), plain.whole());
}

#[tokio::test]
async fn other_methods_are_not_allowed() {
    let mock = Mock::start().await;
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        let answer = mock.browse(method, &mock.at("/v1/keys"), &[]).await;
        assert_eq!((answer.status, answer.header("allow")), (405, "GET"));
        assert_eq!(answer.json()["errorCode"], "E0000022");
    }
}
