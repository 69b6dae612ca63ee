//! Proof Key for Code Exchange at the token endpoint (RFC 7636 §4.6).

use mock_idp::Config;
use serde_json::json;

use crate::{
    refused::assert_token_error,
    support::{
        Answer, Form, Mock, OIDC, TUTORIAL, oidc_redemption, oidc_request, tutorial_redemption,
        tutorial_request, with,
    },
};

/// RFC 7636 Appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

const FAILED: &str = "PKCE verification failed.";

fn challenged<'a>(request: &[(&'a str, &'a str)]) -> Form<'a> {
    with(&with(request, "code_challenge", CHALLENGE), "code_challenge_method", "S256")
}

/// The OIDC app redeems a code that was asked for with a challenge.
async fn redeemed_with(verifier: Option<&str>) -> Answer {
    let mock = Mock::start().await;
    let code = mock.code(&challenged(&oidc_request())).await;
    let form = oidc_redemption(&code);
    let form = match verifier {
        Some(verifier) => with(&form, "code_verifier", verifier),
        None => form,
    };
    mock.post_as(OIDC, "/v1/token", &form).await
}

#[tokio::test]
async fn the_right_verifier_opens_the_challenge() {
    assert_eq!(redeemed_with(Some(VERIFIER)).await.status, 200);
}

#[tokio::test]
async fn the_tutorial_app_may_use_a_challenge_too() {
    let mock = Mock::start().await;
    let code = mock.code(&challenged(&tutorial_request())).await;
    let form = tutorial_redemption(&code);
    let wrong = with(&form, "code_verifier", CHALLENGE);
    assert_token_error(&mock.post_as(TUTORIAL, "/v1/token", &wrong).await, 400, "invalid_grant", FAILED);
    let right = with(&form, "code_verifier", VERIFIER);
    assert_eq!(mock.post_as(TUTORIAL, "/v1/token", &right).await.status, 200);
}

/// P01
#[tokio::test]
async fn a_wrong_verifier_opens_nothing() {
    let wrong = VERIFIER.replace('d', "e");
    let padded = format!("{VERIFIER}=");
    for verifier in [wrong.as_str(), &padded, "short", &VERIFIER[..42], &"a".repeat(129)] {
        assert_token_error(&redeemed_with(Some(verifier)).await, 400, "invalid_grant", FAILED);
    }
}

/// P02
#[tokio::test]
async fn the_verifier_may_not_be_left_out() {
    for verifier in [None, Some("")] {
        assert_token_error(&redeemed_with(verifier).await, 400, "invalid_grant", FAILED);
    }
}

/// P04
#[tokio::test]
async fn the_challenge_does_not_open_itself() {
    assert_token_error(&redeemed_with(Some(CHALLENGE)).await, 400, "invalid_grant", FAILED);
}

#[tokio::test]
async fn a_verifier_without_a_challenge_is_a_downgrade() {
    let mock = Mock::start().await;
    let code = mock.code(&oidc_request()).await;
    let answer =
        mock.post_as(OIDC, "/v1/token", &with(&oidc_redemption(&code), "code_verifier", VERIFIER)).await;
    assert_token_error(&answer, 400, "invalid_grant", FAILED);
    assert_eq!(mock.broken_rule(), "code_verifier_unexpected");
}

/// P06
#[tokio::test]
async fn the_metadata_offers_s256_and_not_plain() {
    let mock = Mock::start().await;
    for document in ["openid-configuration", "oauth-authorization-server"] {
        let metadata = mock.get(&mock.at(&format!("/.well-known/{document}"))).await.json();
        assert_eq!(metadata["code_challenge_methods_supported"], json!(["S256"]));
    }
}

#[tokio::test]
async fn an_app_that_may_use_plain_opens_a_challenge_with_itself() {
    let mut config = Config::demo();
    config.directory.apps[1].lenient = serde_json::from_value(json!(["plain_pkce"])).unwrap();
    let mock = Mock::start_with(config).await;
    for method in [Some("plain"), None] {
        let request = with(&oidc_request(), "code_challenge", VERIFIER);
        let code = match method {
            Some(method) => mock.code(&with(&request, "code_challenge_method", method)).await,
            None => mock.code(&request).await,
        };
        let form = oidc_redemption(&code);
        let wrong = with(&form, "code_verifier", CHALLENGE);
        assert_token_error(&mock.post_as(OIDC, "/v1/token", &wrong).await, 400, "invalid_grant", FAILED);
        let right = with(&form, "code_verifier", VERIFIER);
        assert_eq!(mock.post_as(OIDC, "/v1/token", &right).await.status, 200);
    }
}

#[tokio::test]
async fn a_public_app_redeems_with_its_verifier_alone() {
    let app = json!({
        "name": "Public app", "api_key": "public", "dialect": "oidc", "callbacks": ["http://localhost:8080/"],
    });
    let mock = Mock::start_with(crate::support::demo_and(app)).await;
    let code = mock.code(&with(&challenged(&oidc_request()), "client_id", "public")).await;
    let form = with(&oidc_redemption(&code), "client_id", "public");
    assert_token_error(&mock.post("/v1/token", &form).await, 400, "invalid_grant", FAILED);
    let answer = mock.post("/v1/token", &with(&form, "code_verifier", VERIFIER)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}
