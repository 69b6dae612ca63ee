//! Who has to type a password, and how long ago somebody did: `prompt`, `max_age`, `auth_time`, `login_hint`
//! (OpenID Connect Core §3.1.2.1).

use std::time::Duration;

use fixtures::{dealer, subscriber};
use reqwest::{Method, header};
use serde_json::Value;

use crate::{
    refused_authorization::at_the_callback,
    support::{
        Answer, Form, Mock, NOW, OIDC, TUTORIAL, assert_masked, claims, oidc_redemption, oidc_request,
        tutorial_redemption, tutorial_request, with,
    },
};

const LOGIN_REQUIRED: &str = "The client specified not to prompt, but the user is not logged in.";
const BAD_PROMPT: &str = "The authentication request has an invalid 'prompt' parameter.";
const BAD_MAX_AGE: &str = "The authentication request has an invalid 'max_age' parameter.";

fn both() -> [Form<'static>; 2] {
    [tutorial_request(), oidc_request()]
}

#[track_caller]
fn assert_asks_for_a_password(answer: &Answer) {
    assert_eq!((answer.status, answer.header("location")), (200, ""), "{}", answer.whole());
    assert!(answer.body.contains("name=\"password\""), "{}", answer.body);
}

#[track_caller]
fn assert_answers_at_once(answer: &Answer) {
    assert_eq!(answer.status, 302, "{}", answer.whole());
    assert!(answer.callback_param("code").is_some(), "{}", answer.whole());
}

/// The ID token that the answer of an OIDC app's request leads to.
async fn id_token(mock: &Mock, answer: &Answer) -> Value {
    let code = answer.callback_param("code").unwrap();
    claims(&mock.post_as(OIDC, "/v1/token", &oidc_redemption(&code)).await.json()["id_token"])
}

/// A29
#[tokio::test]
async fn prompt_none_without_a_session_is_told_that_a_login_is_required() {
    let mock = Mock::start().await;
    for valid in both() {
        let params = with(&valid, "prompt", "none");
        let answer = mock.authorize(&params).await;
        at_the_callback(&mock, &params, &answer, ('?', "login_required", LOGIN_REQUIRED), "login_required");
    }
}

#[tokio::test]
async fn prompt_none_with_a_session_is_answered_without_a_page() {
    let mock = Mock::start().await;
    mock.signed_in(&tutorial_request()).await;
    for valid in both() {
        assert_answers_at_once(&mock.authorize(&with(&valid, "prompt", "none")).await);
    }
}

#[tokio::test]
async fn prompt_none_answers_in_the_response_mode_asked_for() {
    let mock = Mock::start().await;
    let params = with(&with(&oidc_request(), "prompt", "none"), "response_mode", "fragment");
    let answer = mock.authorize(&params).await;
    at_the_callback(&mock, &params, &answer, ('#', "login_required", LOGIN_REQUIRED), "login_required");
    let params = with(&with(&params, "response_type", "id_token"), "nonce", "n");
    let answer = mock.authorize(&params).await;
    at_the_callback(&mock, &params, &answer, ('#', "login_required", LOGIN_REQUIRED), "login_required");
}

/// A30
#[tokio::test]
async fn prompt_none_stands_alone() {
    let mock = Mock::start().await;
    mock.signed_in(&tutorial_request()).await;
    for prompt in ["none login", "login none", "none consent", "none none"] {
        for valid in both() {
            let params = with(&valid, "prompt", prompt);
            let answer = mock.authorize(&params).await;
            let error = ('?', "invalid_request", BAD_PROMPT);
            at_the_callback(&mock, &params, &answer, error, "prompt_none_with_others");
        }
    }
}

#[tokio::test]
async fn an_unknown_prompt_is_refused() {
    let mock = Mock::start().await;
    for prompt in ["nope", "NONE", "login nope", "create"] {
        for valid in both() {
            let params = with(&valid, "prompt", prompt);
            let answer = mock.authorize(&params).await;
            at_the_callback(&mock, &params, &answer, ('?', "invalid_request", BAD_PROMPT), "prompt_unknown");
        }
    }
}

#[tokio::test]
async fn an_empty_prompt_is_none_at_all_and_consent_asks_nothing() {
    let mock = Mock::start().await;
    mock.signed_in(&tutorial_request()).await;
    for prompt in ["", "consent"] {
        assert_answers_at_once(&mock.authorize(&with(&tutorial_request(), "prompt", prompt)).await);
    }
}

/// A40
#[tokio::test]
async fn prompt_login_asks_for_the_password_again() {
    let mock = Mock::start().await;
    mock.signed_in(&tutorial_request()).await;
    for prompt in ["login", "select_account", "login consent", "consent login"] {
        for valid in both() {
            assert_asks_for_a_password(&mock.authorize(&with(&valid, "prompt", prompt)).await);
        }
    }
}

/// A40
#[tokio::test]
async fn max_age_zero_asks_for_the_password_again() {
    let mock = Mock::start().await;
    mock.signed_in(&tutorial_request()).await;
    for valid in both() {
        let page = mock.authorize(&with(&valid, "max_age", "0")).await;
        assert_asks_for_a_password(&page);
        let answer = mock.submit(&page, subscriber::USERNAME, subscriber::PASSWORD).await;
        assert!(answer.callback_param("code").is_some(), "asked once, not for ever: {}", answer.whole());
    }
}

#[tokio::test]
async fn a_session_answers_until_max_age_has_passed() {
    let mock = Mock::start().await;
    mock.signed_in(&tutorial_request()).await;
    mock.issuer.advance(Duration::from_secs(99));
    for valid in both() {
        assert_answers_at_once(&mock.authorize(&with(&valid, "max_age", "100")).await);
    }
    mock.issuer.advance(Duration::from_secs(2));
    for valid in both() {
        assert_asks_for_a_password(&mock.authorize(&with(&valid, "max_age", "100")).await);
        let silent = with(&with(&valid, "max_age", "100"), "prompt", "none");
        let answer = mock.authorize(&silent).await;
        at_the_callback(&mock, &silent, &answer, ('?', "login_required", LOGIN_REQUIRED), "login_required");
        assert_answers_at_once(&mock.authorize(&valid).await);
    }
}

#[tokio::test]
async fn max_age_is_a_number_of_seconds() {
    let mock = Mock::start().await;
    for wrong in ["-1", "1.5", "ten", "+5", "0x10", "1e3", " 5", "٣"] {
        for valid in both() {
            let params = with(&valid, "max_age", wrong);
            let answer = mock.authorize(&params).await;
            at_the_callback(
                &mock,
                &params,
                &answer,
                ('?', "invalid_request", BAD_MAX_AGE),
                "max_age_malformed",
            );
        }
    }
}

#[tokio::test]
async fn a_max_age_of_ages_is_no_error() {
    let mock = Mock::start().await;
    mock.signed_in(&tutorial_request()).await;
    for ages in ["4294967295", "4294967296", "99999999999999999999999999"] {
        assert_answers_at_once(&mock.authorize(&with(&tutorial_request(), "max_age", ages)).await);
    }
}

/// J03
#[tokio::test]
async fn with_max_age_the_id_token_says_when_the_password_was_typed() {
    let mock = Mock::start().await;
    let params = with(&oidc_request(), "max_age", "10000");
    assert_eq!(id_token(&mock, &mock.signed_in(&params).await).await["auth_time"], NOW);
    mock.issuer.advance(Duration::from_secs(1000));
    let claims = id_token(&mock, &mock.authorize(&params).await).await;
    assert_eq!((&claims["auth_time"], &claims["iat"]), (&NOW.into(), &(NOW + 1000).into()));
    let page = mock.authorize(&with(&params, "prompt", "login")).await;
    let answer = mock.submit(&page, subscriber::USERNAME, subscriber::PASSWORD).await;
    assert_eq!(id_token(&mock, &answer).await["auth_time"], NOW + 1000);
}

#[tokio::test]
async fn a_session_ends_two_hours_after_the_sign_in_however_often_it_is_used() {
    let mock = Mock::start().await;
    mock.signed_in(&tutorial_request()).await;
    mock.issuer.advance(Duration::from_secs(7199));
    assert_answers_at_once(&mock.authorize(&tutorial_request()).await);
    mock.issuer.advance(Duration::from_secs(1));
    assert_asks_for_a_password(&mock.authorize(&tutorial_request()).await);
    let answer = mock.authorize(&with(&tutorial_request(), "prompt", "none")).await;
    assert_eq!(answer.callback_param("error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn a_session_lives_as_long_as_the_configuration_says() {
    let toml = format!("[issuer]\nsession_lifetime_seconds = 10\n{}", fixtures::DEMO_TOML);
    let mock = Mock::start_with_toml(&toml).await;
    mock.signed_in(&tutorial_request()).await;
    mock.issuer.advance(Duration::from_secs(9));
    assert_answers_at_once(&mock.authorize(&tutorial_request()).await);
    mock.issuer.advance(Duration::from_secs(1));
    assert_asks_for_a_password(&mock.authorize(&tutorial_request()).await);
}

#[tokio::test]
async fn one_session_signs_in_to_every_app_of_the_issuer() {
    let mock = Mock::start().await;
    mock.signed_in(&tutorial_request()).await;
    assert_answers_at_once(&mock.authorize(&oidc_request()).await);
}

#[tokio::test]
async fn a_session_cookie_that_was_made_up_is_no_session() {
    let mock = Mock::start().await;
    mock.signed_in(&tutorial_request()).await;
    let url = reqwest::Url::parse_with_params(&mock.at("/v1/authorize"), &tutorial_request()).unwrap();
    for cookie in
        ["mock_idp_session=", "mock_idp_session=x", "mock_idp_session", "=x", "mock_idp_session=%00"]
    {
        let request = mock.http.get(url.clone()).header(header::COOKIE, cookie);
        assert_asks_for_a_password(&mock.send(request).await);
    }
}

#[tokio::test]
async fn login_hint_fills_in_the_user_name_and_is_escaped() {
    let mock = Mock::start().await;
    for hint in [dealer::USERNAME, "\"><script>alert(1)</script>"] {
        let page = mock.authorize(&with(&tutorial_request(), "login_hint", hint)).await;
        assert_asks_for_a_password(&page);
        assert!(page.text().contains(&format!("value=\"{hint}\"")), "{}", page.body);
        assert!(!page.body.contains("<script>alert"), "{}", page.body);
    }
}

#[tokio::test]
async fn login_hint_is_a_hint_and_no_login() {
    let mock = Mock::start().await;
    let page = mock.authorize(&with(&tutorial_request(), "login_hint", dealer::USERNAME)).await;
    let code =
        mock.submit(&page, subscriber::USERNAME, subscriber::PASSWORD).await.callback_param("code").unwrap();
    let tokens = mock.post_as(TUTORIAL, "/v1/token", &tutorial_redemption(&code)).await.json();
    assert_eq!(claims(&tokens["access_token"])["sub"], subscriber::USERNAME);
}

#[tokio::test]
async fn another_user_may_sign_in_over_a_live_session() {
    let mock = Mock::start().await;
    mock.signed_in(&oidc_request()).await;
    let page = mock.authorize(&with(&oidc_request(), "prompt", "login")).await;
    let answer = mock.submit(&page, dealer::USERNAME, dealer::PASSWORD).await;
    assert_eq!(id_token(&mock, &answer).await["sub"], dealer::UID);
    let answer = mock.authorize(&with(&oidc_request(), "prompt", "none")).await;
    assert_eq!(id_token(&mock, &answer).await["sub"], dealer::UID, "the session is the dealer's now");
}

/// `id_token_hint`: no answer for a user other than the one it names (OpenID Connect Core §3.1.2.2).
mod id_token_hint {
    use super::*;

    async fn hint_of(mock: &Mock, username: &str, password: &str) -> String {
        let page = mock.authorize(&with(&oidc_request(), "prompt", "login")).await;
        let code = mock.submit(&page, username, password).await.callback_param("code").unwrap();
        let answer = mock.post_as(OIDC, "/v1/token", &oidc_redemption(&code)).await.json();
        answer["id_token"].as_str().unwrap().to_owned()
    }

    #[tokio::test]
    async fn of_the_signed_in_user_is_answered_even_when_it_has_expired() {
        let mock = Mock::start().await;
        let hint = hint_of(&mock, subscriber::USERNAME, subscriber::PASSWORD).await;
        mock.issuer.advance(Duration::from_secs(3601));
        for valid in both() {
            let silent = with(&with(&valid, "prompt", "none"), "id_token_hint", &hint);
            assert_answers_at_once(&mock.authorize(&silent).await);
        }
    }

    #[tokio::test]
    async fn of_another_user_is_told_that_a_login_is_required() {
        let mock = Mock::start().await;
        let hint = hint_of(&mock, dealer::USERNAME, dealer::PASSWORD).await;
        hint_of(&mock, subscriber::USERNAME, subscriber::PASSWORD).await;
        for valid in both() {
            let hinted = with(&valid, "id_token_hint", &hint);
            let silent = with(&hinted, "prompt", "none");
            let answer = mock.authorize(&silent).await;
            let error = ('?', "login_required", LOGIN_REQUIRED);
            at_the_callback(&mock, &silent, &answer, error, "login_required");
            assert_asks_for_a_password(&mock.authorize(&hinted).await);
        }
    }

    #[tokio::test]
    async fn takes_the_sign_in_of_its_own_user_only() {
        let mock = Mock::start().await;
        let hint = hint_of(&mock, dealer::USERNAME, dealer::PASSWORD).await;
        mock.forget_cookies();
        let params = with(&oidc_request(), "id_token_hint", &hint);
        let page = mock.authorize(&params).await;
        assert!(page.text().contains(&format!("value=\"{}\"", dealer::USERNAME)), "{}", page.body);
        let answer = mock.submit(&page, subscriber::USERNAME, subscriber::PASSWORD).await;
        assert_eq!(answer.header("set-cookie"), "", "nobody is signed in");
        let description = "The user who signed in is not the user of the 'id_token_hint' parameter.";
        at_the_callback(
            &mock,
            &params,
            &answer,
            ('?', "login_required", description),
            "signed_in_as_another",
        );
        let answer = mock.submit(&page, dealer::USERNAME, dealer::PASSWORD).await;
        assert_eq!(id_token(&mock, &answer).await["sub"], dealer::UID);
    }

    #[tokio::test]
    async fn that_this_issuer_did_not_sign_is_refused() {
        let mock = Mock::start().await;
        let hint = hint_of(&mock, subscriber::USERNAME, subscriber::PASSWORD).await;
        let tokens = mock.oidc_tokens("openid").await;
        let unsigned = format!("{}.", hint.rsplit_once('.').unwrap().0);
        for wrong in ["nope", "a.b.c", &unsigned, tokens["access_token"].as_str().unwrap()] {
            for valid in both() {
                let params = with(&valid, "id_token_hint", wrong);
                let answer = mock.authorize(&params).await;
                let description = "The 'id_token_hint' parameter is invalid.";
                let error = ('?', "invalid_request", description);
                at_the_callback(&mock, &params, &answer, error, "id_token_hint_invalid");
            }
        }
    }

    #[tokio::test]
    async fn is_masked_in_the_journal() {
        let mock = Mock::start().await;
        let hint = hint_of(&mock, subscriber::USERNAME, subscriber::PASSWORD).await;
        mock.authorize(&with(&oidc_request(), "id_token_hint", &hint)).await;
        assert_masked(&mock.last_entry(), "id_token_hint", &hint);
    }
}

#[tokio::test]
async fn sessions_of_two_issuers_in_one_browser_stay_apart() {
    let mock = Mock::start().await;
    let answer = mock.signed_in(&tutorial_request()).await;
    let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
    let url = mock.outside("/oauth2/other/v1/authorize");
    let url = reqwest::Url::parse_with_params(&url, &tutorial_request()).unwrap();
    let request = mock.http.request(Method::GET, url).header(header::COOKIE, cookie);
    assert_asks_for_a_password(&mock.send(request).await);
}
