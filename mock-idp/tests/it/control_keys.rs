//! `/_mock/keys`: the issuer's keys.

use serde_json::json;

use crate::support::Mock;

#[tokio::test]
async fn the_key_that_signs_is_the_one_that_is_published() {
    let mock = Mock::start().await;
    let published = mock.get(&mock.at("/v1/keys")).await.json();
    assert_eq!(
        mock.get(&mock.at("/_mock/keys")).await.json(),
        json!({ "keys": [{
            "kid": published["keys"][0]["kid"],
            "alg": "RS256",
            "signs": true,
            "published": true,
        }] })
    );
}
