//! `/_mock/keys`: the issuer's keys and their rotation, as clients of all kinds meet it.

use fixtures::{SUBSCRIPTION_ID, oidc_app};
use openidconnect::{
    ClaimsVerificationError, ClientId, ClientSecret, Nonce, SignatureVerificationError,
    core::{CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKeySet},
};
use openidconnect::{IssuerUrl, JsonWebKeySetUrl};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    independent_clients::http,
    support::{Answer, Mock, OIDC, TUTORIAL, decoded, text},
};

async fn rotate(mock: &Mock, body: &Value) -> Answer {
    mock.send(mock.http.post(mock.at("/_mock/keys/rotate")).json(body)).await
}

/// Rotates, and gives the keys as they are then.
async fn rotated(mock: &Mock, body: &Value) -> Vec<Value> {
    let answer = rotate(mock, body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["keys"].as_array().unwrap().clone()
}

async fn retire(mock: &Mock, kid: &str) -> Answer {
    let url = mock.at(&format!("/_mock/keys/{kid}"));
    mock.send(mock.http.delete(url).header("content-type", "application/json")).await
}

async fn published(mock: &Mock) -> Vec<Value> {
    let set = mock.get(&mock.at("/v1/keys")).await.json();
    set["keys"].as_array().unwrap().iter().map(|key| key["kid"].clone()).collect()
}

/// A token's `kid`.
fn kid(token: &Value) -> Value {
    decoded(token)["header"]["kid"].take()
}

/// What userinfo, introspection and the gateway say of a token of the OIDC app, and the gateway of one of the
/// tutorial app.
async fn accepted(mock: &Mock, oidc: &Value, tutorial: &Value) -> (u16, Value, u16) {
    let call = mock
        .http
        .get(mock.outside(&format!("/api/{}/any", mock.issuer.name())))
        .bearer_auth(text(tutorial))
        .header("Subscription-Id", SUBSCRIPTION_ID);
    (
        mock.userinfo(oidc).await.status,
        mock.introspected(OIDC, oidc).await["active"].clone(),
        mock.send(call).await.status,
    )
}

#[tokio::test]
async fn the_first_key_signs_and_is_published() {
    let mock = Mock::start().await;
    assert_eq!(
        mock.get(&mock.at("/_mock/keys")).await.json(),
        json!({
            "keys": [{
                "kid": published(&mock).await[0],
                "alg": "RS256",
                "status": "signing",
                "published": true,
                "since": mock.issuer.keys().held()[0].since,
            }],
            "cache_seconds": 60,
        })
    );
}

/// X11
#[tokio::test]
async fn a_rotation_signs_with_a_new_key_and_keeps_the_old_one_published() {
    let mock = Mock::start().await;
    let old = mock.oidc_tokens("openid").await;
    let old_api = mock.app_tokens(TUTORIAL).await;
    mock.advance(5);
    let keys = rotated(&mock, &json!({})).await;
    let new = mock.oidc_tokens("openid").await;

    assert_ne!(kid(&new["access_token"]), kid(&old["access_token"]));
    assert_eq!(kid(&new["access_token"]), kid(&new["id_token"]));
    assert_eq!(published(&mock).await, [kid(&old["id_token"]), kid(&new["id_token"])]);
    let listed: Vec<_> = keys.iter().map(|key| (&key["kid"], &key["status"], &key["since"])).collect();
    let since = json!("2026-01-02T03:04:10Z");
    assert_eq!(
        listed,
        [
            (&kid(&old["id_token"]), &json!("published"), &since),
            (&kid(&new["id_token"]), &json!("signing"), &since),
        ]
    );
    let answer = accepted(&mock, &old["access_token"], &old_api["access_token"]).await;
    assert_eq!(answer, (200, json!(true), 200), "tokens of the old key stay good");
    let new_api = mock.app_tokens(TUTORIAL).await;
    let answer = accepted(&mock, &new["access_token"], &new_api["access_token"]).await;
    assert_eq!(answer, (200, json!(true), 200));
}

#[tokio::test]
async fn a_key_can_be_published_before_it_signs() {
    let mock = Mock::start().await;
    let keys = rotated(&mock, &json!({ "sign": "later" })).await;
    let waiting = &keys[1];
    assert_eq!((&keys[0]["status"], &waiting["status"]), (&json!("signing"), &json!("waiting")));
    assert_eq!(published(&mock).await, [keys[0]["kid"].clone(), waiting["kid"].clone()]);
    assert_eq!(kid(&mock.oidc_tokens("openid").await["id_token"]), keys[0]["kid"]);

    let keys = rotated(&mock, &json!({ "kid": waiting["kid"] })).await;
    assert_eq!((&keys[0]["status"], &keys[1]["status"]), (&json!("published"), &json!("signing")));
    assert_eq!(kid(&mock.oidc_tokens("openid").await["id_token"]), waiting["kid"]);
}

#[tokio::test]
async fn a_key_can_sign_before_it_is_published() {
    let mock = Mock::start().await;
    let keys = rotated(&mock, &json!({ "publish": "later" })).await;
    let (first, early) = (&keys[0], &keys[1]);
    assert_eq!((&early["status"], &early["published"]), (&json!("signing"), &json!(false)));
    assert_eq!(published(&mock).await, [first["kid"].clone()]);
    let (tokens, api) = (mock.oidc_tokens("openid").await, mock.app_tokens(TUTORIAL).await);
    assert_eq!(kid(&tokens["id_token"]), early["kid"]);
    let answer = accepted(&mock, &tokens["access_token"], &api["access_token"]).await;
    assert_eq!(answer, (200, json!(true), 200), "the server knows its own keys");

    rotated(&mock, &json!({ "kid": early["kid"] })).await;
    assert_eq!(published(&mock).await, [first["kid"].clone(), early["kid"].clone()]);
}

#[tokio::test]
async fn a_retired_keys_tokens_are_accepted_nowhere() {
    let mock = Mock::start().await;
    let (tokens, api) = (mock.oidc_tokens("openid").await, mock.app_tokens(TUTORIAL).await);
    let keys = rotated(&mock, &json!({})).await;
    let first = text(&keys[0]["kid"]);
    assert_eq!(retire(&mock, first).await.status, 204);
    assert_eq!(retire(&mock, first).await.status, 204, "twice is as good as once");
    assert_eq!(published(&mock).await, [keys[1]["kid"].clone()]);
    let answer = accepted(&mock, &tokens["access_token"], &api["access_token"]).await;
    assert_eq!(answer, (401, json!(false), 401));
    let listed = mock.get(&mock.at("/_mock/keys")).await.json();
    assert_eq!(listed["keys"][0]["status"], "retired");

    rotated(&mock, &json!({ "kid": first, "sign": "later" })).await;
    let answer = accepted(&mock, &tokens["access_token"], &api["access_token"]).await;
    assert_eq!(answer, (200, json!(true), 200), "published again");
}

#[tokio::test]
async fn a_rotation_without_overlap_retires_the_old_key_at_once() {
    let mock = Mock::start().await;
    let keys = rotated(&mock, &json!({ "old": "retire" })).await;
    assert_eq!((&keys[0]["status"], &keys[1]["status"]), (&json!("retired"), &json!("signing")));
    assert_eq!(published(&mock).await, [keys[1]["kid"].clone()]);
}

#[tokio::test]
async fn the_key_that_signs_cannot_be_retired_and_the_answer_says_what_to_do() {
    let mock = Mock::start().await;
    let signing = mock.issuer.keys().signing().kid().to_string();
    let answer = retire(&mock, &signing).await;
    let detail = format!(
        "the key {signing} signs; rotate first, so that another one does: POST {{}} to {}/_mock/keys/rotate",
        mock.issuer.url()
    );
    assert_eq!((answer.status, &answer.json()["detail"]), (409, &json!(detail)));
    let later = json!({ "kid": signing, "sign": "later" });
    assert_eq!(rotate(&mock, &later).await.status, 409);
}

#[tokio::test]
async fn a_rotation_that_cannot_be_says_why() {
    let mock = Mock::start().await;
    let signing = mock.issuer.keys().signing().kid().to_string();
    let near = format!("{}x", &signing[..signing.len() - 1]);
    for (body, status, field, nearest) in [
        (json!({ "sign": "later", "publish": "later" }), 422, json!("sign"), Value::Null),
        (json!({ "sing": "later" }), 422, json!("sing"), json!("sign")),
        (json!({ "sign": "latr" }), 422, json!("sign"), json!("later")),
        (json!({ "kid": near }), 404, Value::Null, json!(signing)),
    ] {
        let answer = rotate(&mock, &body).await;
        let problem = answer.json();
        assert_eq!((answer.status, &problem["field"], &problem["nearest"]), (status, &field, &nearest));
    }
    assert_eq!(retire(&mock, "nobody").await.status, 404);
    assert_eq!(published(&mock).await, [json!(signing)], "nothing has changed");
}

#[tokio::test]
async fn caches_keep_the_key_set_as_long_as_it_says() {
    let mock = Mock::start().await;
    let setting = json!({ "cache_seconds": 5 });
    let answer = mock.send(mock.http.put(mock.at("/_mock/keys")).json(&setting)).await;
    assert_eq!((answer.status, &answer.json()["cache_seconds"]), (200, &json!(5)));
    assert_eq!(mock.get(&mock.at("/v1/keys")).await.header("cache-control"), "max-age=5, must-revalidate");
}

#[tokio::test]
async fn a_saved_ring_is_restored_and_a_reset_one_is_the_first() {
    let mock = Mock::start().await;
    // More than there are fixtures, so that a private key is in the document.
    for _ in 0..5 {
        rotated(&mock, &json!({})).await;
    }
    mock.send(mock.http.put(mock.at("/_mock/keys")).json(&json!({ "cache_seconds": 7 }))).await;
    let token = mock.app_tokens(TUTORIAL).await["access_token"].take();
    let saved = mock.get(&mock.at("/_mock/state")).await.json();
    assert_eq!(saved["key_ring"]["keys"][1]["material"], json!({ "fixture": 1 }));
    assert!(saved["key_ring"]["keys"][5]["material"]["pkcs8"].is_string());
    let held = mock.issuer.keys().held();

    mock.issuer.reset();
    assert_eq!(mock.issuer.keys().held().len(), 1);
    assert_eq!(mock.issuer.keys().cache().seconds(), 60);
    assert!(mock.issuer.keys().verified(text(&token)).is_none());

    let put = async |state: &Value| mock.send(mock.http.put(mock.at("/_mock/state")).json(state)).await;
    assert_eq!(put(&saved).await.status, 204);
    assert_eq!(mock.issuer.keys().held(), held);
    assert_eq!(mock.issuer.keys().cache().seconds(), 7);
    assert!(mock.issuer.keys().verified(text(&token)).is_some());

    for (pointer, value, detail) in [
        ("/key_ring/keys/0/status", json!("signing"), "2 keys have the status signing; expected one"),
        ("/key_ring/keys/0/published", json!(false), "only a key that signs may be either"),
        ("/key_ring/keys/0/material/fixture", json!(9), "expected the number of a fixture, 0 to 4"),
        ("/key_ring/keys/0/kid", saved["key_ring"]["keys"][1]["kid"].clone(), "appears twice"),
    ] {
        let mut broken = saved.clone();
        *broken.pointer_mut(pointer).unwrap() = value;
        let answer = put(&broken).await;
        let problem = answer.json();
        assert_eq!((answer.status, &problem["field"]), (422, &json!("key_ring")));
        assert!(text(&problem["detail"]).contains(detail), "{problem}");
        assert_eq!(mock.issuer.keys().held(), held, "nothing has changed");
    }

    assert_eq!(put(&json!({ "version": 1 })).await.status, 204);
    assert_eq!(mock.issuer.keys().held().len(), 1, "left out is the first one");
}

/// What `openidconnect` says of an ID token by the key set that it holds.
fn verified(mock: &Mock, keys: CoreJsonWebKeySet, token: &Value) -> Result<(), ClaimsVerificationError> {
    let verifier = CoreIdTokenVerifier::new_confidential_client(
        ClientId::new(oidc_app::API_KEY.to_owned()),
        ClientSecret::new(oidc_app::API_SECRET.to_owned()),
        IssuerUrl::new(mock.issuer.url().to_owned()).unwrap(),
        keys,
    );
    let token: CoreIdToken = text(token).parse().unwrap();
    token.claims(&verifier, |_: Option<&Nonce>| Ok(())).map(|_| ())
}

#[tokio::test]
async fn openidconnect_finds_the_new_key_once_it_fetches_again() {
    let mock = Mock::plain().await;
    let url = JsonWebKeySetUrl::new(format!("{}/v1/keys", mock.issuer.url())).unwrap();
    let fetch = async || CoreJsonWebKeySet::fetch_async(&url, &http).await.unwrap();
    let before = fetch().await;
    let kid = mock.issuer.keys().turn(&mock_idp::Rotation::sign_before_publish()).unwrap();
    let token = mock.oidc_tokens("openid").await["id_token"].take();
    let unknown = |verdict| {
        matches!(
            verdict,
            Err(ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey))
        )
    };
    assert!(unknown(verified(&mock, before.clone(), &token)));
    assert!(unknown(verified(&mock, fetch().await, &token)), "signs, and is not published yet");

    mock.issuer.keys().turn(&mock_idp::Rotation::to(kid)).unwrap();
    assert!(unknown(verified(&mock, before, &token)), "what was fetched before knows no new key");
    assert!(verified(&mock, fetch().await, &token).is_ok());
}

#[tokio::test]
async fn other_methods_are_not_for_a_rotation() {
    let mock = Mock::start().await;
    let answer = mock.send(mock.http.request(Method::GET, mock.at("/_mock/keys/rotate"))).await;
    assert_eq!(answer.status, 405, "{}", answer.body);
}
