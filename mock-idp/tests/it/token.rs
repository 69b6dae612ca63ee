//! `POST /v1/token`: the wire, and the authorization code grant (RFC 6749 §3.2, §4.1.3).

use fixtures::{backend_app, oidc_app, tutorial_app};
use insta::assert_snapshot;
use mock_idp::{Config, Outcome, Timestamp};
use reqwest::{Method, RequestBuilder, header};
use serde_json::json;
use tokio::task::JoinSet;

use crate::{
    refused::{INVALID_TOKEN, assert_bearer_error, assert_token_envelope, assert_token_error},
    support::{
        Answer, Mock, NOW, OIDC, TUTORIAL, assert_masked, basic, encoded, oidc_redemption, oidc_request,
        text, tutorial_redemption, tutorial_request, with, without,
    },
};

const CODE_IS_DEAD: &str = "The authorization code is invalid or has expired.";
const OTHER_REDIRECT_URI: &str =
    "The 'redirect_uri' does not match the redirection URI used in the authorization request.";
const OF_ANOTHER_CLIENT: &str = "The grant was issued to another client. Please make sure the 'client_id' matches the \
                                 one used at the authorize request.";
const TWICE: &str = "The request contained multiple parameters with the same name.";

/// How long a code lives, in seconds.
const CODE_LIFETIME: u64 = 60;

async fn tutorial_code(mock: &Mock) -> String {
    mock.code(&tutorial_request()).await
}

/// The tutorial's redemption of a fresh code, with one parameter changed or left out.
async fn spoiled(name: &str, value: Option<&str>) -> Answer {
    let mock = Mock::start().await;
    let code = tutorial_code(&mock).await;
    let form = tutorial_redemption(&code);
    let form = match value {
        Some(value) => with(&form, name, value),
        None => without(&form, name),
    };
    mock.post_as(TUTORIAL, "/v1/token", &form).await
}

// The answer.

/// T33
#[tokio::test]
async fn the_tutorials_code_gives_the_tutorials_answer() {
    let mock = Mock::start().await;
    let code = tutorial_code(&mock).await;
    let answer = mock.post_as(TUTORIAL, "/v1/token", &tutorial_redemption(&code)).await;
    assert_snapshot!(answer.whole());
    let entry = mock.last_entry();
    assert_eq!((entry.outcome, entry.lenient.len()), (Outcome::Answered, 0));
    assert_masked(&entry, "code", &code);
}

/// T33
#[tokio::test]
async fn the_code_of_an_oidc_app_gives_all_three_tokens_for_offline_access() {
    let mock = Mock::start().await;
    let request = with(&oidc_request(), "scope", "openid offline_access");
    let code = mock.code(&with(&request, "nonce", "n-0S6_WzA2Mj")).await;
    assert_snapshot!(mock.post_as(OIDC, "/v1/token", &oidc_redemption(&code)).await.whole());
}

#[tokio::test]
async fn the_members_of_the_answer_stand_in_the_order_of_the_documents() {
    let mock = Mock::start().await;
    for tokens in [mock.tutorial_tokens("openid offline_access").await, mock.oidc_tokens("openid").await] {
        let members: Vec<&String> = tokens.as_object().unwrap().keys().collect();
        let all = ["token_type", "expires_in", "access_token", "scope", "refresh_token", "id_token"];
        let expected: Vec<&str> = all.into_iter().filter(|name| tokens.get(name).is_some()).collect();
        assert_eq!(members, expected);
    }
}

#[tokio::test]
async fn without_openid_there_is_no_id_token() {
    let mock = Mock::start().await;
    let tokens = mock.tutorial_tokens("offline_access").await;
    assert_eq!((tokens.get("id_token"), &tokens["scope"]), (None, &json!("offline_access")));
}

// How requests are written: all that Fortellis' own samples send.

#[tokio::test]
async fn the_path_may_end_in_a_slash() {
    let mock = Mock::start().await;
    let code = tutorial_code(&mock).await;
    assert_eq!(mock.post_as(TUTORIAL, "/v1/token/", &tutorial_redemption(&code)).await.status, 200);
}

#[tokio::test]
async fn parameters_may_stand_in_the_query_with_an_empty_body() {
    let mock = Mock::start().await;
    for slash in ["", "/"] {
        let code = tutorial_code(&mock).await;
        let url = format!("{}{slash}?{}", mock.at("/v1/token"), encoded(&tutorial_redemption(&code)));
        let request = mock
            .http
            .post(url)
            .header(header::AUTHORIZATION, basic(TUTORIAL))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::CONTENT_LENGTH, "0");
        let answer = mock.send(request).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
}

#[tokio::test]
async fn a_post_without_any_body_or_media_type_is_read_from_its_query() {
    let mock = Mock::start().await;
    let code = tutorial_code(&mock).await;
    let url = format!("{}?{}", mock.at("/v1/token"), encoded(&tutorial_redemption(&code)));
    let answer = mock.send(mock.http.post(url).header(header::AUTHORIZATION, basic(TUTORIAL))).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[tokio::test]
async fn a_body_without_a_media_type_is_a_form() {
    let mock = Mock::start().await;
    let code = tutorial_code(&mock).await;
    let request = mock
        .http
        .post(mock.at("/v1/token"))
        .header(header::AUTHORIZATION, basic(TUTORIAL))
        .body(encoded(&tutorial_redemption(&code)));
    assert_eq!(mock.send(request).await.status, 200);
}

#[tokio::test]
async fn a_subscription_id_and_unknown_parameters_are_ignored() {
    let mock = Mock::start().await;
    let code = tutorial_code(&mock).await;
    let form = with(&tutorial_redemption(&code), "scope", "whatever");
    let request = mock
        .form("/v1/token", &with(&form, "resource", "x"))
        .header(header::AUTHORIZATION, basic(TUTORIAL))
        .header("Subscription-Id", "test");
    let answer = mock.send(request).await;
    assert_eq!((answer.status, &answer.json()["scope"]), (200, &json!("openid")));
}

#[tokio::test]
async fn an_oidc_app_sends_its_parameters_in_the_body() {
    let mock = Mock::start().await;
    let code = mock.code(&oidc_request()).await;
    let url = format!("{}?{}", mock.at("/v1/token"), encoded(&oidc_redemption(&code)));
    let answer = mock.send(mock.http.post(url).header(header::AUTHORIZATION, basic(OIDC))).await;
    assert_token_error(&answer, 400, "invalid_request", "The parameters must be sent in the request body.");
    assert_eq!(mock.post_as(OIDC, "/v1/token", &oidc_redemption(&code)).await.status, 200);
}

/// T01
#[tokio::test]
async fn only_post_is_served() {
    let mock = Mock::start().await;
    let code = tutorial_code(&mock).await;
    for method in [Method::GET, Method::HEAD, Method::PUT, Method::DELETE, Method::PATCH] {
        let url = format!("{}?{}", mock.at("/v1/token"), encoded(&tutorial_redemption(&code)));
        let request = mock.http.request(method.clone(), url).header(header::AUTHORIZATION, basic(TUTORIAL));
        let answer = mock.send(request).await;
        assert_eq!((answer.status, answer.header("allow")), (405, "POST"), "{method}");
        if method != Method::HEAD {
            assert_eq!(answer.json()["errorCode"], "E0000022");
            assert_eq!(
                answer.json()["errorSummary"],
                "The endpoint does not support the provided HTTP method"
            );
        }
    }
}

fn json_redemption(mock: &Mock, code: &str) -> RequestBuilder {
    let body = json!({
        "grant_type": "authorization_code",
        "redirect_uri": tutorial_app::REDIRECT_URI,
        "code": code,
        "client_id": tutorial_app::API_KEY,
        "client_secret": tutorial_app::API_SECRET,
    });
    mock.http.post(mock.at("/v1/token")).json(&body)
}

/// T05
#[tokio::test]
async fn a_json_body_is_refused_in_oktas_words_and_the_journal_names_the_switch() {
    let mock = Mock::start().await;
    let code = tutorial_code(&mock).await;
    let answer = mock.send(json_redemption(&mock, &code)).await;
    assert_token_envelope(
        &answer,
        400,
        "E0000021",
        "Bad request.  Accept and/or Content-Type headers likely do not match supported values.",
    );
    let entry = mock.last_entry();
    assert_eq!(entry.lenient, Vec::<&str>::new(), "nothing was relaxed");
    assert_snapshot!(entry.refusal.unwrap().remedy, @r#"send the parameters as a form; at the token endpoint the app's switch lenient = ["json_token_request"] allows JSON"#);
    assert_eq!(mock.post_as(TUTORIAL, "/v1/token", &tutorial_redemption(&code)).await.status, 200);
}

/// T05
#[tokio::test]
async fn a_json_body_of_an_oidc_app_is_an_invalid_request() {
    let mock = Mock::start().await;
    let body =
        json!({ "grant_type": "client_credentials", "client_id": oidc_app::API_KEY, "scope": "anonymous" });
    let answer = mock.send(mock.http.post(mock.at("/v1/token")).json(&body)).await;
    let description = "The request body must be application/x-www-form-urlencoded.";
    assert_token_error(&answer, 400, "invalid_request", description);
}

fn lenient_about_json() -> Config {
    let mut config = Config::demo();
    config.directory.apps[0].lenient = serde_json::from_value(json!(["json_token_request"])).unwrap();
    config
}

#[tokio::test]
async fn a_switch_lets_an_app_send_json_and_the_journal_says_so() {
    let mock = Mock::start_with(lenient_about_json()).await;
    let code = tutorial_code(&mock).await;
    let answer = mock.send(json_redemption(&mock, &code)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(mock.last_entry().lenient, ["json_token_request"]);
    // Only where it made the difference.
    let code = tutorial_code(&mock).await;
    mock.post_as(TUTORIAL, "/v1/token", &tutorial_redemption(&code)).await;
    assert_eq!(mock.last_entry().lenient, Vec::<&str>::new());
}

#[tokio::test]
async fn where_json_is_allowed_broken_json_is_called_unreadable() {
    let mock = Mock::start_with(lenient_about_json()).await;
    for body in ["{\"grant_type\":", "[]", "\"grant_type\""] {
        let request = mock
            .http
            .post(mock.at("/v1/token"))
            .header(header::AUTHORIZATION, basic(TUTORIAL))
            .header(header::CONTENT_TYPE, "application/json")
            .body(body);
        let answer = mock.send(request).await;
        let description = "The request cannot be read: the body is not a JSON object.";
        assert_token_error(&answer, 400, "invalid_request", description);
    }
}

#[tokio::test]
async fn other_media_types_are_refused() {
    let mock = Mock::start().await;
    for media in ["text/plain", "multipart/form-data; boundary=x", "application/xml"] {
        let request = mock
            .http
            .post(mock.at("/v1/token"))
            .header(header::AUTHORIZATION, basic(TUTORIAL))
            .header(header::CONTENT_TYPE, media)
            .body("grant_type=client_credentials&scope=anonymous");
        let answer = mock.send(request).await;
        assert_eq!((answer.status, &answer.json()["errorCode"]), (400, &json!("E0000021")), "{media}");
    }
}

/// T37
#[tokio::test]
async fn unreadable_bodies_are_refused_with_their_reason() {
    let mock = Mock::start().await;
    let reasons: [(&[u8], &str); 4] = [
        (b"grant_type=%zz", "a '%' is not followed by two hexadecimal digits"),
        (b"grant_type=\xff\xfe", "the decoded text is not UTF-8"),
        (b"grant_type=%ff", "the decoded text is not UTF-8"),
        (b"grant_type=a%00b", "the decoded text has a control character"),
    ];
    for (body, reason) in reasons {
        let request =
            mock.form("/v1/token", &[]).header(header::AUTHORIZATION, basic(TUTORIAL)).body(body.to_vec());
        let answer = mock.send(request).await;
        // `error_description` allows no quotes other than this one (RFC 6749 §5.2).
        let description = format!("The request cannot be read: {reason}.");
        assert_token_error(&answer, 400, "invalid_request", &description);
    }
}

/// T37
#[tokio::test]
async fn a_body_of_two_mebibytes_is_too_large() {
    let mock = Mock::start().await;
    let request = mock.form("/v1/token", &[]).body("a".repeat(2 * 1024 * 1024));
    // The server may also close the connection while the client still sends.
    if let Ok(response) = request.send().await {
        assert_eq!(response.status(), 413);
    }
    assert_eq!(mock.broken_rule(), "body_too_large");
}

/// T37
#[tokio::test]
async fn an_empty_body_lacks_a_grant_type() {
    let mock = Mock::start().await;
    let answer = mock.post_as(TUTORIAL, "/v1/token", &[]).await;
    assert_eq!((answer.status, &answer.json()["error"]), (400, &json!("invalid_request")));
    assert_eq!(mock.broken_rule(), "grant_type_missing");
}

// The grant type.

/// T02
#[tokio::test]
async fn a_grant_type_is_needed() {
    let description = "The token request must specify a 'grant_type'. Valid values: [authorization_code, \
                       refresh_token, client_credentials]";
    for value in [None, Some("")] {
        assert_token_error(&spoiled("grant_type", value).await, 400, "invalid_request", description);
    }
}

/// T03, T25
#[tokio::test]
async fn unknown_and_unsafe_grant_types_are_not_supported() {
    for grant_type in ["urn:nope", "password", "implicit", "Authorization_Code"] {
        let answer = spoiled("grant_type", Some(grant_type)).await;
        assert_token_error(
            &answer,
            400,
            "unsupported_grant_type",
            "The authorization grant type is not supported by the authorization server. Configured grant types: \
             [authorization_code, refresh_token, client_credentials].",
        );
    }
}

#[tokio::test]
async fn a_grant_that_the_app_was_not_given_is_not_its_to_use() {
    let mock = Mock::start().await;
    let app = (backend_app::API_KEY, backend_app::API_SECRET);
    let answer = mock.post_as(app, "/v1/token", &tutorial_redemption("any")).await;
    assert_token_error(
        &answer,
        400,
        "unauthorized_client",
        "The client is not authorized to use the provided grant type. Configured grant types: \
         [client_credentials].",
    );
}

/// T04
#[tokio::test]
async fn no_parameter_may_be_sent_twice() {
    for name in ["grant_type", "code", "redirect_uri", "unknown"] {
        let mock = Mock::start().await;
        let code = tutorial_code(&mock).await;
        let mut form = with(&tutorial_redemption(&code), "unknown", "x");
        let twin = *form.iter().find(|(own, _)| *own == name).unwrap();
        form.push(twin);
        let answer = mock.post_as(TUTORIAL, "/v1/token", &form).await;
        assert_token_error(&answer, 400, "invalid_request", TWICE);
    }
}

/// T04
#[tokio::test]
async fn query_and_body_count_together() {
    let mock = Mock::start().await;
    let code = tutorial_code(&mock).await;
    let request = mock
        .http
        .post(format!("{}?grant_type=authorization_code", mock.at("/v1/token")))
        .header(header::AUTHORIZATION, basic(TUTORIAL))
        .body(encoded(&tutorial_redemption(&code)));
    assert_token_error(&mock.send(request).await, 400, "invalid_request", TWICE);
}

// The code.

/// T12
#[tokio::test]
async fn a_code_is_needed() {
    let description = "The required parameter 'code' is missing.";
    for value in [None, Some("")] {
        assert_token_error(&spoiled("code", value).await, 400, "invalid_request", description);
    }
}

/// T13
#[tokio::test]
async fn a_made_up_code_gives_nothing() {
    let answer = spoiled("code", Some("K5Zvt5mBmade_up_code_made_up_code_made_up_c")).await;
    assert_token_error(&answer, 400, "invalid_grant", CODE_IS_DEAD);
}

/// T14, T34
#[tokio::test]
async fn a_code_is_redeemed_once() {
    for (app, request) in [(TUTORIAL, tutorial_request()), (OIDC, oidc_request())] {
        let mock = Mock::start().await;
        let code = mock.code(&request).await;
        assert_eq!(mock.post_as(app, "/v1/token", &tutorial_redemption(&code)).await.status, 200);
        let again = mock.post_as(app, "/v1/token", &tutorial_redemption(&code)).await;
        assert_token_error(&again, 400, "invalid_grant", CODE_IS_DEAD);
        assert_eq!(mock.broken_rule(), "code_replayed");
    }
}

/// T15
#[tokio::test]
async fn a_replayed_code_takes_its_tokens_with_it() {
    let mock = Mock::start().await;
    let code = mock.code(&with(&tutorial_request(), "scope", "openid offline_access")).await;
    let tokens = mock.post_as(TUTORIAL, "/v1/token", &tutorial_redemption(&code)).await.json();
    let refreshed = mock.refresh(TUTORIAL, &tokens).await.json();
    let bystander = mock.tutorial_tokens("openid").await;

    assert_eq!(mock.post_as(TUTORIAL, "/v1/token", &tutorial_redemption(&code)).await.status, 400);
    for token in [&tokens["access_token"], &refreshed["access_token"]] {
        assert_bearer_error(&mock.userinfo(token).await, 401, INVALID_TOKEN);
        assert_eq!(mock.introspected(TUTORIAL, token).await, json!({ "active": false }));
    }
    assert_eq!(mock.introspected(TUTORIAL, &tokens["refresh_token"]).await, json!({ "active": false }));
    let refresh = mock.refresh(TUTORIAL, &tokens).await;
    assert_token_error(&refresh, 400, "invalid_grant", "The refresh token is invalid or expired.");
    // What another sign-in of the same person gave is none of it.
    assert_eq!(mock.userinfo(&bystander["access_token"]).await.status, 200);
}

/// T16
#[tokio::test]
async fn another_apps_code_gives_nothing() {
    let mock = Mock::start().await;
    let code = tutorial_code(&mock).await;
    let answer = mock.post_as(OIDC, "/v1/token", &tutorial_redemption(&code)).await;
    assert_token_error(&answer, 400, "invalid_grant", OF_ANOTHER_CLIENT);
}

/// T17
#[tokio::test]
async fn the_redirect_uri_is_compared_character_by_character() {
    // Fortellis' leniency about the empty path ends at authorize.
    let others = [
        "http://localhost:8080",
        "http://localhost:80/",
        "http://LOCALHOST:8080/",
        "http://localhost:8080/?",
        "http://localhost:8080/#",
        "http://localhost:8080//",
    ];
    for other in others {
        let answer = spoiled("redirect_uri", Some(other)).await;
        assert_token_error(&answer, 400, "invalid_grant", OTHER_REDIRECT_URI);
    }
}

#[tokio::test]
async fn the_tutorials_own_redirect_uri_is_redeemed_as_it_was_sent() {
    let mock = Mock::start().await;
    let sent = tutorial_app::TUTORIAL_REDIRECT_URI;
    let code = mock.code(&with(&tutorial_request(), "redirect_uri", sent)).await;
    // As it is registered, without the slash, is not as it was sent.
    let registered = with(&tutorial_redemption(&code), "redirect_uri", "http://localhost:80");
    let answer = mock.post_as(TUTORIAL, "/v1/token", &registered).await;
    assert_token_error(&answer, 400, "invalid_grant", OTHER_REDIRECT_URI);
    let answer =
        mock.post_as(TUTORIAL, "/v1/token", &with(&tutorial_redemption(&code), "redirect_uri", sent)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

/// T18
#[tokio::test]
async fn the_redirect_uri_may_not_be_left_out() {
    let answer = spoiled("redirect_uri", None).await;
    assert_token_error(&answer, 400, "invalid_request", "The required parameter 'redirect_uri' is missing.");
}

/// T19
#[tokio::test]
async fn a_code_lives_until_its_expiry_and_not_at_it() {
    let mock = Mock::start().await;
    let (first, second) = (tutorial_code(&mock).await, tutorial_code(&mock).await);
    mock.advance(CODE_LIFETIME - 1);
    assert_eq!(mock.post_as(TUTORIAL, "/v1/token", &tutorial_redemption(&first)).await.status, 200);
    mock.advance(1);
    let answer = mock.post_as(TUTORIAL, "/v1/token", &tutorial_redemption(&second)).await;
    assert_token_error(&answer, 400, "invalid_grant", CODE_IS_DEAD);
    let refusal = mock.last_entry().refusal.unwrap();
    assert_eq!(refusal.rule, "code_expired");
    let expired_at = Timestamp::from_unix_seconds(NOW + 60).unwrap().to_string();
    assert!(refusal.expected.contains(&expired_at), "{}", refusal.expected);
}

#[tokio::test]
async fn the_code_of_another_issuer_is_unknown_here_and_lives_on_there() {
    let mock = Mock::start().await;
    let code = tutorial_code(&mock).await;
    let request = mock
        .http
        .post(mock.outside("/oauth2/elsewhere/v1/token"))
        .header(header::AUTHORIZATION, basic(TUTORIAL))
        .body(encoded(&tutorial_redemption(&code)));
    assert_token_error(&mock.send(request).await, 400, "invalid_grant", CODE_IS_DEAD);
    assert_eq!(mock.post_as(TUTORIAL, "/v1/token", &tutorial_redemption(&code)).await.status, 200);
}

#[tokio::test]
async fn failed_attempts_do_not_use_a_code_up() {
    let mock = Mock::start().await;
    let code = tutorial_code(&mock).await;
    let good = tutorial_redemption(&code);
    let attempts = [
        (OIDC, good.clone()),
        ((tutorial_app::API_KEY, "wrong"), good.clone()),
        (("nobody", "x"), good.clone()),
        (TUTORIAL, with(&good, "redirect_uri", "http://localhost:80/")),
        (TUTORIAL, without(&good, "redirect_uri")),
        (TUTORIAL, with(&good, "code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")),
        (TUTORIAL, with(&good, "grant_type", "refresh_token")),
    ];
    for (app, form) in attempts {
        let answer = mock.post_as(app, "/v1/token", &form).await;
        assert!((400..=401).contains(&answer.status), "{form:?}: {}", answer.body);
    }
    assert_eq!(mock.post_as(TUTORIAL, "/v1/token", &good).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_redemptions_at_once_exactly_one_wins() {
    let mock = Mock::start().await;
    let code = tutorial_code(&mock).await;
    let mut attempts = JoinSet::new();
    for _ in 0..32 {
        let request = mock
            .form("/v1/token", &tutorial_redemption(&code))
            .header(header::AUTHORIZATION, basic(TUTORIAL));
        attempts.spawn(async { request.send().await.unwrap().status().as_u16() });
    }
    let mut statuses = attempts.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses[0], 200);
    assert!(statuses[1..].iter().all(|status| *status == 400), "{statuses:?}");
}

// Browsers.

const ORIGIN: &str = "http://localhost:8080";

async fn preflight(mock: &Mock, origin: &str) -> Answer {
    let request = mock
        .http
        .request(Method::OPTIONS, mock.at("/v1/token"))
        .header(header::ORIGIN, origin)
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
        .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization");
    mock.send(request).await
}

/// T36
#[tokio::test]
async fn a_preflight_is_allowed_for_the_callback_origins_of_oidc_apps() {
    let mock = Mock::start().await;
    for origin in [ORIGIN, "http://127.0.0.1:51004"] {
        let answer = preflight(&mock, origin).await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (204, origin));
        assert_eq!(answer.header("access-control-allow-methods"), "POST");
        assert_eq!(answer.header("access-control-allow-credentials"), "");
    }
    for origin in ["https://evil.test", "null", "http://localhost.evil.test", "https://localhost:8080"] {
        let answer = preflight(&mock, origin).await;
        assert_eq!(answer.header("access-control-allow-origin"), "", "{origin}");
    }
}

/// T36
#[tokio::test]
async fn pages_of_an_oidc_app_may_read_answers_and_errors() {
    let mock = Mock::start().await;
    let code = mock.code(&oidc_request()).await;
    for status in [200, 400] {
        let request = mock
            .form("/v1/token", &oidc_redemption(&code))
            .header(header::AUTHORIZATION, basic(OIDC))
            .header(header::ORIGIN, ORIGIN);
        let answer = mock.send(request).await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (status, ORIGIN));
        assert_eq!(answer.header("access-control-allow-credentials"), "");
    }
}

/// T36: the reason why the tutorial has a proxy.
#[tokio::test]
async fn no_page_may_read_the_tutorial_apps_tokens() {
    let mock = Mock::start().await;
    let code = tutorial_code(&mock).await;
    let request = mock
        .form("/v1/token", &tutorial_redemption(&code))
        .header(header::AUTHORIZATION, basic(TUTORIAL))
        .header(header::ORIGIN, ORIGIN);
    let answer = mock.send(request).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, ""));
}

#[tokio::test]
async fn pages_of_foreign_origins_are_turned_away_before_the_code_is_looked_at() {
    for (app, request) in [(TUTORIAL, tutorial_request()), (OIDC, oidc_request())] {
        let mock = Mock::start().await;
        let code = mock.code(&request).await;
        let request = mock
            .form("/v1/token", &tutorial_redemption(&code))
            .header(header::AUTHORIZATION, basic(app))
            .header(header::ORIGIN, "https://evil.test");
        assert_token_error(
            &mock.send(request).await,
            400,
            "invalid_request",
            "Browser requests to the token endpoint must be part of at least one whitelisted redirect_uri.",
        );
        assert_eq!(mock.post_as(app, "/v1/token", &tutorial_redemption(&code)).await.status, 200);
    }
}

#[tokio::test]
async fn tokens_go_to_the_app_that_asked_for_them() {
    let mock = Mock::start().await;
    let tokens = mock.oidc_tokens("openid").await;
    let entry = mock.last_entry();
    assert_eq!(entry.app.unwrap().as_str(), oidc_app::API_KEY);
    assert_eq!(entry.user.unwrap().as_str(), fixtures::subscriber::USERNAME);
    assert_eq!(mock.introspected(OIDC, &tokens["access_token"]).await["client_id"], oidc_app::API_KEY);
    assert!(text(&tokens["access_token"]).starts_with("ey"));
}
