//! Faults: they strike for the requests they are meant for, as often as ordered, and the journal records them. Those of
//! connections strike over a real socket.

use std::time::Duration;

use fixtures::{dealer, oidc_app, subscriber};
use mock_idp::{
    Config, Endpoint, Fault, GrantType, MockIdp, Outcome, Rotation, Tls,
    fault::{CallbackChange, KeysChange, MetadataChange, Times, UserinfoChange},
};
use proptest::prelude::*;
use reqwest::{Method, header};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

use crate::support::{
    Answer, Mock, OIDC, STATE, TUTORIAL, basic, claims, encoded, oidc_redemption, oidc_request, text,
    tutorial_redemption, tutorial_request, with,
};

const TIMEOUT: Duration = Duration::from_secs(10);

/// How a request ends if its answer is incomplete.
async fn broken(mock: &Mock, form: &[(&str, &str)]) -> String {
    let request = mock.form("/v1/token", form).header(header::AUTHORIZATION, basic(OIDC));
    let broken = match request.send().await {
        Ok(response) => response.text().await.expect_err("the answer breaks off"),
        Err(error) => error,
    };
    let mut root: &dyn std::error::Error = &broken;
    while let Some(source) = root.source() {
        root = source;
    }
    root.to_string()
}

/// Whether a code is still good.
async fn redeem(mock: &Mock, code: &str) -> Answer {
    mock.post_as(OIDC, "/v1/token", &oidc_redemption(code)).await
}

#[tokio::test]
async fn before_leaves_the_code_and_after_uses_it_up() {
    let mock = Mock::start().await;
    for fault in [Fault::status(503), Fault::reset(), Fault::malformed_json(), Fault::rate_limit(1)] {
        for after in [false, true] {
            let code = mock.code(&oidc_request()).await;
            mock.issuer.fail_next(Endpoint::Token, if after { fault.clone().after() } else { fault.clone() });
            let request =
                mock.form("/v1/token", &oidc_redemption(&code)).header("authorization", basic(OIDC));
            let _ = request.send().await;
            assert_eq!(mock.last_entry().fault.unwrap().id, Some(mock.issuer.faults().len() as u64));
            assert_eq!(redeem(&mock, &code).await.status, if after { 400 } else { 200 }, "{fault:?}");
        }
    }
}

#[tokio::test]
async fn a_lost_refresh_answer_has_rotated_the_token() {
    let mock = Mock::start_with(crate::support::demo_and(json!({
        "name": "Public", "api_key": "PublicAppKey00000000000000000001", "dialect": "oidc",
        "callbacks": ["http://localhost:8080/"], "grants": ["authorization_code", "refresh_token"],
        "scopes": ["openid", "offline_access"], "rotate_refresh_tokens": true, "api_secret": "x",
    })))
    .await;
    let app = ("PublicAppKey00000000000000000001", "x");
    let request = with(&oidc_request(), "client_id", app.0);
    let code = mock.code(&with(&request, "scope", "openid offline_access")).await;
    let tokens = mock.post_as(app, "/v1/token", &oidc_redemption(&code)).await.json();
    mock.issuer.fail_next(Endpoint::Token, Fault::status(502).after().for_grant(GrantType::RefreshToken));
    assert_eq!(mock.refresh(app, &tokens).await.status, 502);
    assert_eq!(mock.refresh(app, &tokens).await.status, 400, "the old token has been rotated away");
}

mod answers {
    use super::*;

    #[tokio::test]
    async fn a_status_comes_with_its_body_and_headers() {
        let mock = Mock::start().await;
        let fault = Fault::answer(503, r#"{"error":"down"}"#, [("Retry-After", "1"), ("X-Own", "yes")]);
        mock.issuer.fail_next(Endpoint::Keys, fault);
        insta::assert_snapshot!(mock.get(&mock.at("/v1/keys")).await.whole(), @r#"
        503
        cache-control: no-store
        content-type: application/json
        retry-after: 1
        x-own: yes

        {"error":"down"}
        "#);
        mock.issuer.fail_next(Endpoint::Keys, Fault::answer(500, "down", []));
        let answer = mock.get(&mock.at("/v1/keys")).await;
        assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    }

    #[tokio::test]
    async fn a_status_strikes_at_every_endpoint() {
        let mock = Mock::start().await;
        for endpoint in Endpoint::ALL {
            let (method, path) = match endpoint {
                Endpoint::Metadata => (Method::GET, "/oauth2/test/.well-known/openid-configuration"),
                Endpoint::Keys => (Method::GET, "/oauth2/test/v1/keys"),
                Endpoint::Authorize => (Method::GET, "/oauth2/test/v1/authorize"),
                Endpoint::SignIn => (Method::POST, "/oauth2/test/sign-in/none"),
                Endpoint::Token => (Method::POST, "/oauth2/test/v1/token/"),
                Endpoint::Userinfo => (Method::GET, "/oauth2/test/v1/userinfo"),
                Endpoint::Introspect => (Method::POST, "/oauth2/test/v1/introspect"),
                Endpoint::Revoke => (Method::POST, "/oauth2/test/v1/revoke"),
                Endpoint::Logout => (Method::GET, "/oauth2/test/v1/logout"),
                Endpoint::Gateway => (Method::POST, "/api/test/anything"),
                Endpoint::Subscriptions => (Method::GET, "/subscriptions/test/v1/solution/subscriptions"),
            };
            mock.issuer.fail_next(endpoint, Fault::status(599));
            let ask = || mock.send(mock.http.request(method.clone(), mock.outside(path)).body(""));
            let (first, second) = (ask().await.status, ask().await.status);
            assert!(first == 599 && second != 599, "{endpoint}: {first}, then {second}");
        }
    }

    #[tokio::test]
    async fn an_oauth_error_is_json_and_a_challenge_where_one_belongs() {
        let mock = Mock::start().await;
        mock.issuer.fail_next(Endpoint::Token, Fault::oauth_error("temporarily_unavailable"));
        mock.issuer.fail_next(Endpoint::Token, Fault::oauth_error("invalid_client"));
        mock.issuer.fail_next(Endpoint::Userinfo, Fault::oauth_error("invalid_token"));
        insta::assert_snapshot!(mock.post_as(OIDC, "/v1/token", &[]).await.whole(), @r#"
        400
        cache-control: no-store
        content-type: application/json

        {"error":"temporarily_unavailable","error_description":"A fault of the mock: this was ordered."}
        "#);
        let answer = mock.post_as(OIDC, "/v1/token", &[]).await;
        assert_eq!(
            (answer.status, answer.header("www-authenticate")),
            (401, "Basic realm=\"Mock Fortellis\"")
        );
        let answer = mock.userinfo(&json!("x")).await;
        assert_eq!(answer.status, 401);
        assert!(answer.header("www-authenticate").starts_with("Bearer error=\"invalid_token\", "));
    }

    #[tokio::test]
    async fn an_oauth_error_at_authorize_goes_to_the_callback() {
        let mock = Mock::start().await;
        let error = || Fault::oauth_error("temporarily_unavailable");
        mock.issuer.fail_next(Endpoint::Authorize, error());
        let answer = mock.signed_in(&oidc_request()).await;
        let names: Vec<String> = answer.callback_params().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["state", "error", "error_description", "iss"]);
        assert_eq!(answer.callback_param("error").as_deref(), Some("temporarily_unavailable"));
        assert_eq!(
            (mock.last_entry().endpoint, mock.last_entry().fault.unwrap().kind),
            (Endpoint::SignIn, "oauth_error")
        );
        // With a session, no page is shown.
        mock.issuer.fail_next(Endpoint::Authorize, error());
        assert!(mock.authorize(&oidc_request()).await.callback_param("error").is_some());
        assert_eq!(mock.last_entry().endpoint, Endpoint::Authorize);
    }

    #[tokio::test]
    async fn a_rate_limit_says_when_to_come_again() {
        let mock = Mock::start().await;
        mock.issuer.fail_next(Endpoint::Introspect, Fault::rate_limit(7));
        insta::assert_snapshot!(mock.post_as(OIDC, "/v1/introspect", &[]).await.whole(), @r#"
        429
        cache-control: no-store
        content-type: application/json
        retry-after: 7
        x-rate-limit-limit: 100
        x-rate-limit-remaining: 0
        x-rate-limit-reset: 1767323052

        {"errorCode":"E0000047","errorSummary":"API call exceeded rate limit due to too many requests.","errorLink":"E0000047","errorId":"oaeFaultOfTheMock00000000","errorCauses":[]}
        "#);
    }

    #[tokio::test]
    async fn malformed_json_is_whole_and_no_json() {
        let mock = Mock::start().await;
        for fault in [Fault::malformed_json(), Fault::malformed_json().after()] {
            mock.issuer.fail_next(Endpoint::Keys, fault);
            let answer = mock.send_over_socket(mock.http.get(mock.at("/v1/keys"))).await;
            assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
            assert!(serde_json::from_str::<Value>(&answer.body).is_err(), "{}", answer.body);
            assert_eq!(answer.header("content-length"), answer.body.len().to_string());
        }
        // With `after`, the true answer is changed.
        let whole = mock.get(&mock.at("/v1/keys")).await.body;
        mock.issuer.fail_next(Endpoint::Keys, Fault::malformed_json().after());
        assert_eq!(mock.get(&mock.at("/v1/keys")).await.body, whole[..whole.len() - 1]);
    }

    #[tokio::test]
    async fn a_page_stands_in_place_of_json() {
        let mock = Mock::start().await;
        mock.issuer.fail_next(Endpoint::Token, Fault::not_json());
        let answer = mock.post_as(OIDC, "/v1/token", &[]).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "text/html; charset=utf-8"));
        assert!(answer.body.starts_with("<!doctype html>"));
    }

    #[tokio::test]
    async fn pages_of_other_origins_may_read_a_fault_where_they_may_read_the_answer() {
        let mock = Mock::start().await;
        mock.issuer.fail_next(Endpoint::Keys, Fault::status(503));
        mock.issuer.fail_next(Endpoint::Revoke, Fault::status(503));
        let preflight = mock
            .http
            .request(Method::OPTIONS, mock.at("/v1/keys"))
            .header("origin", "http://app.test")
            .header("access-control-request-method", "GET");
        assert_eq!(mock.send(preflight).await.status, 200, "a preflight is not a call of the app");
        let keys = mock.send(mock.http.get(mock.at("/v1/keys")).header("origin", "http://app.test")).await;
        assert_eq!((keys.status, keys.header("access-control-allow-origin")), (503, "*"));
        let revoke = mock.send(mock.form("/v1/revoke", &[]).header("origin", "http://app.test")).await;
        assert_eq!((revoke.status, revoke.header("access-control-allow-origin")), (503, ""));
    }

    #[tokio::test]
    async fn a_body_that_is_too_large_for_a_form_reaches_the_endpoint_as_it_was() {
        let mock = Mock::start().await;
        mock.issuer.fail_next(Endpoint::Token, Fault::status(503).for_app(TUTORIAL.0));
        let answer = mock.post_as(OIDC, "/v1/token", &[("code", &"x".repeat(200 * 1024))]).await;
        assert_eq!(answer.status, 413, "{}", answer.body);
        let code = mock.code(&oidc_request()).await;
        assert_eq!(redeem(&mock, &code).await.status, 200);
    }
}

mod wire {
    use super::*;

    #[tokio::test]
    async fn a_reset_connection_is_reset() {
        let mock = Mock::start().await;
        for fault in [Fault::reset(), Fault::reset().after()] {
            mock.issuer.fail_next(Endpoint::Token, fault);
            let error = broken(&mock, &oidc_redemption("x")).await;
            assert!(error.starts_with("Connection reset by peer"), "{error}");
            let entry = mock.last_entry();
            assert_eq!(
                (entry.status, entry.outcome, entry.fault.unwrap().kind),
                (0, Outcome::Unanswered, "reset")
            );
            assert!(
                entry.to_string().starts_with("POST token without an answer by fault reset (no. "),
                "{entry}"
            );
        }
        assert_eq!(redeem(&mock, "x").await.status, 400, "the next connection is whole");
    }

    /// What a socket gets that asks for the keys, and how it ends.
    async fn raw(mock: &Mock) -> (String, std::io::Result<usize>) {
        let mut socket = TcpStream::connect(mock.idp.addr()).await.unwrap();
        socket.write_all(b"GET /oauth2/test/v1/keys HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
        let mut got = Vec::new();
        let ended = timeout(TIMEOUT, socket.read_to_end(&mut got)).await.expect("the connection ends");
        (String::from_utf8(got).unwrap(), ended)
    }

    #[tokio::test]
    async fn a_reset_is_one_on_the_socket_too() {
        let mock = Mock::start().await;
        mock.issuer.fail_next(Endpoint::Keys, Fault::reset());
        let (got, ended) = raw(&mock).await;
        assert_eq!((got.as_str(), ended.unwrap_err().kind()), ("", std::io::ErrorKind::ConnectionReset));
    }

    #[tokio::test]
    async fn a_truncated_answer_announces_more_than_it_brings() {
        let mock = Mock::start().await;
        let whole = mock.get(&mock.at("/v1/keys")).await.body;
        for bytes in [0, 1, 10, whole.len() - 1, whole.len(), usize::MAX] {
            mock.issuer.fail_next(Endpoint::Keys, Fault::truncate(bytes).after());
            let (got, ended) = raw(&mock).await;
            let (head, body) = got.split_once("\r\n\r\n").unwrap();
            assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
            assert!(head.contains(&format!("content-length: {}", whole.len())), "{head}");
            assert_eq!(body, &whole[..bytes.min(whole.len() - 1)]);
            assert!(ended.is_ok(), "an orderly end of the connection, in the middle of the answer");
        }
        mock.issuer.fail_next(Endpoint::Token, Fault::truncate(10));
        let error = broken(&mock, &oidc_redemption("x")).await;
        assert!(error.contains("end of file before message length reached"), "{error}");
        assert_eq!(mock.last_entry().status, 200, "that much was sent");
    }

    #[tokio::test]
    async fn an_empty_answer_can_be_truncated_too() {
        let mock = Mock::start().await;
        mock.signed_in(&oidc_request()).await;
        mock.issuer.fail_next(Endpoint::Authorize, Fault::truncate(5).after());
        let url =
            format!("{}?{}", mock.at("/v1/authorize"), encoded(&with(&oidc_request(), "prompt", "none")));
        let response = mock.http.get(url).send().await.unwrap();
        assert_eq!(response.headers()["content-length"], "1");
        assert!(response.bytes().await.is_err());
    }

    #[tokio::test]
    async fn a_hanging_request_ends_when_the_client_gives_up() {
        let mock = Mock::start().await;
        mock.issuer.fail_next(Endpoint::Token, Fault::hang());
        let code = mock.code(&oidc_request()).await;
        let request = mock.form("/v1/token", &oidc_redemption(&code)).header("authorization", basic(OIDC));
        let answer = tokio::spawn(request.send());
        // The journal has the entry while the request hangs.
        let entry = mock.issuer.journal().expect_one(Endpoint::Token).await.unwrap();
        assert_eq!(
            (entry.status, entry.outcome, entry.fault.unwrap().kind),
            (0, Outcome::Unanswered, "hang")
        );
        assert_eq!(entry.app.unwrap().as_str(), OIDC.0);
        assert_eq!(entry.user.unwrap().as_str(), subscriber::USERNAME, "known by the code");
        assert!(!answer.is_finished());
        answer.abort();
        assert_eq!(redeem(&mock, &code).await.status, 200, "the code was not used up");
    }

    #[tokio::test]
    async fn a_hanging_or_delayed_request_does_not_keep_the_mock_from_stopping() {
        let hour = Duration::from_hours(1);
        for fault in [Fault::hang(), Fault::hang().after(), Fault::delay(hour), Fault::delay(hour).after()] {
            let mock = Mock::start().await;
            mock.issuer.fail_next(Endpoint::Keys, fault.clone());
            let request = mock.http.get(mock.at("/v1/keys")).send();
            let answer = tokio::spawn(request);
            let struck = async {
                while mock.issuer.faults()[0].left() != Times::Times(0) {
                    tokio::task::yield_now().await;
                }
            };
            timeout(TIMEOUT, struck).await.expect("it strikes");
            let Mock { idp, .. } = mock;
            timeout(TIMEOUT, idp.stop()).await.expect("the mock stops");
            let ended = timeout(TIMEOUT, answer).await.expect("the request has ended").unwrap();
            let hangs = format!("{fault:?}").contains("Hang");
            assert_eq!(ended.is_err(), hangs, "{fault:?}: a hanging request never gets an answer");
        }
    }

    #[tokio::test]
    async fn a_dropped_mock_lets_go_of_hanging_requests() {
        let mock = Mock::start().await;
        mock.issuer.fail_next(Endpoint::Keys, Fault::hang());
        let answer = tokio::spawn(mock.http.get(mock.at("/v1/keys")).send());
        mock.issuer.journal().expect_one(Endpoint::Keys).await.unwrap();
        drop(mock);
        assert!(timeout(TIMEOUT, answer).await.expect("the request has ended").unwrap().is_err());
    }

    #[tokio::test]
    async fn a_delayed_answer_is_the_true_one() {
        let mock = Mock::start().await;
        for fault in [Fault::delay(Duration::from_secs(5)), Fault::delay(Duration::from_secs(5)).after()] {
            mock.issuer.fail_next(Endpoint::Token, fault);
            let code = mock.code(&oidc_request()).await;
            assert!(timeout(Duration::from_millis(20), redeem(&mock, &code)).await.is_err(), "not yet");
        }
        mock.issuer.fail_next(Endpoint::Token, Fault::delay(Duration::from_millis(1)));
        let code = mock.code(&oidc_request()).await;
        assert_eq!(redeem(&mock, &code).await.status, 200);
        assert_eq!(mock.last_entry().fault.unwrap().kind, "delay");
    }

    #[tokio::test]
    async fn https_connections_break_just_so() {
        let dir = tempfile::tempdir().unwrap();
        let now = mock_idp::Clock::default().now();
        let tls = Tls::from_local_ca(dir.path(), &[], now).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let idp = MockIdp::start_https_on(listener, Config::demo(), &tls).unwrap();
        let ca = reqwest::Certificate::from_pem(&std::fs::read(tls.ca().unwrap()).unwrap()).unwrap();
        let http = reqwest::Client::builder().tls_certs_only([ca]).build().unwrap();
        let issuer = idp.default_issuer();
        let url = format!("{}/v1/keys", issuer.url());
        issuer.fail_next(Endpoint::Keys, Fault::reset());
        let error = http.get(&url).send().await.unwrap_err();
        assert!(format!("{error:?}").contains("ConnectionReset"), "{error:?}");
        issuer.fail_next(Endpoint::Keys, Fault::truncate(9).after());
        let response = http.get(&url).send().await.unwrap();
        assert!(response.content_length().unwrap() > 9);
        assert!(response.bytes().await.is_err());
        issuer.fail_next(Endpoint::Keys, Fault::hang());
        let hanging = tokio::spawn(http.get(&url).send());
        issuer.journal().wait_for(Endpoint::Keys, 3).await.unwrap();
        timeout(TIMEOUT, idp.stop()).await.expect("the mock stops");
        assert!(timeout(TIMEOUT, hanging).await.expect("the request has ended").unwrap().is_err());
    }
}

mod scope {
    use super::*;

    #[tokio::test]
    async fn a_fault_is_for_its_app() {
        let mock = Mock::start().await;
        mock.issuer.fail_next(Endpoint::Token, Fault::status(503).for_app(OIDC.0));
        let code = mock.code(&tutorial_request()).await;
        assert_eq!(mock.post_as(TUTORIAL, "/v1/token", &tutorial_redemption(&code)).await.status, 200);
        assert_eq!(redeem(&mock, "x").await.status, 503);
        // However the app names itself.
        mock.issuer.fail_next(Endpoint::Token, Fault::status(503).for_app(OIDC.0));
        assert_eq!(mock.post("/v1/token", &[("client_id", OIDC.0)]).await.status, 503);
    }

    #[tokio::test]
    async fn a_fault_is_for_its_grant() {
        let mock = Mock::start().await;
        mock.issuer
            .fail_next(Endpoint::Token, Fault::status(503).for_grant(GrantType::RefreshToken).always());
        let tokens = mock.oidc_tokens("openid offline_access").await;
        mock.app_tokens(OIDC).await;
        assert_eq!(mock.refresh(OIDC, &tokens).await.status, 503);
    }

    #[tokio::test]
    async fn a_fault_is_for_its_user_by_code_refresh_token_session_and_bearer() {
        let mock = Mock::start().await;
        let tokens = mock.oidc_tokens("openid offline_access").await;
        let code = mock.code(&oidc_request()).await;
        let at = |endpoint, user| mock.issuer.fail_next(endpoint, Fault::status(503).for_user(user));
        for endpoint in [Endpoint::Token, Endpoint::Authorize, Endpoint::Userinfo, Endpoint::Introspect] {
            at(endpoint, dealer::USERNAME);
        }
        assert_eq!(redeem(&mock, &code).await.status, 200);
        assert_eq!(mock.refresh(OIDC, &tokens).await.status, 200);
        for (endpoint, user) in [
            (Endpoint::Token, subscriber::USERNAME),
            (Endpoint::Token, "Subscriber@Example.com"),
            (Endpoint::Authorize, subscriber::USERNAME),
        ] {
            at(endpoint, user);
        }
        let code = mock.signed_in(&oidc_request()).await;
        assert_eq!(code.status, 503, "known by the session");
        let code = mock.code(&oidc_request()).await;
        assert_eq!(redeem(&mock, &code).await.status, 503);
        assert_eq!(mock.refresh(OIDC, &tokens).await.status, 503);
        // An access token names its user by name in one dialect only; the journal knows better afterwards.
        mock.issuer.fail_next(Endpoint::Userinfo, Fault::status(503).after().for_user(subscriber::USERNAME));
        assert_eq!(mock.userinfo(&tokens["access_token"]).await.status, 503);
    }

    #[tokio::test]
    async fn a_fault_is_for_its_state_from_authorize_to_the_exchange() {
        let mock = Mock::start().await;
        mock.issuer.fail_next(Endpoint::Token, Fault::status(503).for_state_prefix("mine-"));
        mock.issuer.fail_next(Endpoint::SignIn, Fault::status(504).for_state_prefix("mine-"));
        let code = mock.code(&with(&oidc_request(), "state", "yours-1")).await;
        assert_eq!(redeem(&mock, &code).await.status, 200);
        mock.forget_cookies();
        let mine = with(&oidc_request(), "state", "mine-1");
        assert_eq!(mock.signed_in(&mine).await.status, 504);
        let code = mock.code(&mine).await;
        assert_eq!(redeem(&mock, &code).await.status, 503);
        assert_eq!(redeem(&mock, &code).await.status, 200);
    }

    #[tokio::test]
    async fn a_fault_is_for_its_state_at_later_refreshes_too() {
        let mock = Mock::start().await;
        let code = mock
            .code(&with(&with(&oidc_request(), "state", "mine-1"), "scope", "openid offline_access"))
            .await;
        let tokens = redeem(&mock, &code).await.json();
        let others = mock.oidc_tokens("openid offline_access").await;
        let lost = Fault::status(503).for_grant(GrantType::RefreshToken).for_state_prefix("mine-");
        mock.issuer.fail_next(Endpoint::Token, lost.after());
        assert_eq!(mock.refresh(OIDC, &others).await.status, 200);
        assert_eq!(mock.refresh(OIDC, &tokens).await.status, 503);
        assert_eq!(mock.refresh(OIDC, &tokens).await.status, 200);
    }

    #[tokio::test]
    async fn a_fault_is_for_its_user_by_any_token_and_for_its_app_by_the_hint() {
        let mock = Mock::start().await;
        let tokens = mock.oidc_tokens("openid").await;
        let access = [("token", text(&tokens["access_token"]))];
        let id = [("token", text(&tokens["id_token"]))];
        for endpoint in [Endpoint::Introspect, Endpoint::Revoke] {
            let path = if endpoint == Endpoint::Revoke { "/v1/revoke" } else { "/v1/introspect" };
            for token in [&access, &id] {
                mock.issuer.fail_next(endpoint, Fault::status(502).for_user(dealer::USERNAME));
                mock.issuer.fail_next(endpoint, Fault::status(503).for_user(subscriber::USERNAME));
                assert_eq!(mock.post_as(OIDC, path, token).await.status, 503);
            }
        }
        let logout = format!("{}?id_token_hint={}", mock.at("/v1/logout"), text(&tokens["id_token"]));
        mock.issuer.fail_next(Endpoint::Logout, Fault::status(502).for_app(TUTORIAL.0));
        mock.issuer.fail_next(Endpoint::Logout, Fault::status(503).for_app(OIDC.0));
        mock.issuer.fail_next(Endpoint::Logout, Fault::status(504).for_user(subscriber::USERNAME));
        assert_eq!(mock.get(&logout).await.status, 503);
        assert_eq!(mock.get(&logout).await.status, 504);
        assert_eq!(mock.get(&logout).await.status, 200);
    }

    #[tokio::test]
    async fn of_two_requests_at_once_one_meets_the_fault() {
        let mock = Mock::start().await;
        mock.issuer.fail_next(Endpoint::Keys, Fault::status(503));
        let url = mock.at("/v1/keys");
        let answers = futures_util::future::join_all((0..8).map(|_| mock.get(&url))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 503).count(), 1);
    }

    #[tokio::test]
    async fn a_token_fault_waits_for_a_request_that_gets_tokens() {
        let mock = Mock::start().await;
        mock.issuer.fail_next(Endpoint::Token, Fault::set("own", 1));
        assert_eq!(redeem(&mock, "made-up").await.status, 400);
        assert_eq!(mock.last_entry().fault, None);
        let tokens = mock.oidc_tokens("openid").await;
        assert_eq!(claims(&tokens["access_token"])["own"], 1);
        assert_eq!(mock.last_entry().fault.unwrap().kind, "token");
        assert_eq!(claims(&mock.oidc_tokens("openid").await["access_token"])["own"], Value::Null);
    }
}

mod callbacks {
    use super::*;

    /// Names and values that come back under a fault, with the code's place taken by a word.
    async fn under(change: CallbackChange, request: &[(&str, &str)]) -> Vec<(String, String)> {
        let mock = Mock::start().await;
        mock.issuer.fail_next(Endpoint::Authorize, Fault::callback(change));
        let answer = mock.signed_in(request).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        assert_eq!(mock.last_entry().fault.unwrap().kind, "callback");
        answer
            .callback_params()
            .into_iter()
            .map(|(name, value)| if name == "code" { (name, "a code".to_owned()) } else { (name, value) })
            .collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[tokio::test]
    async fn each_change_does_what_it_says() {
        const ISS: &str = "http://localhost:9100/oauth2/test";
        let code = ("code", "a code");
        let (state, iss) = (("state", STATE), ("iss", ISS));
        let refused = ("error", "access_denied");
        let why = ("error_description", "A fault of the mock: this was ordered.");
        for (change, expected) in [
            (CallbackChange::NoState, vec![code, iss]),
            (CallbackChange::WrongState, vec![code, ("state", "anotherState"), iss]),
            (CallbackChange::NoCode, vec![state, iss]),
            (CallbackChange::CodeAndError, vec![code, state, iss, refused, why]),
            (CallbackChange::ForeignCode, vec![code, state, iss]),
            (
                CallbackChange::ForeignIssuer,
                vec![code, state, ("iss", "https://issuer.invalid/oauth2/default")],
            ),
            (CallbackChange::Twice, vec![code, state, iss, code, state, iss]),
        ] {
            assert_eq!(under(change, &oidc_request()).await, pairs(&expected), "{change:?}");
        }
    }

    #[tokio::test]
    async fn a_foreign_issuer_is_named_where_none_was() {
        let params = under(CallbackChange::ForeignIssuer, &tutorial_request()).await;
        assert_eq!(params.last().unwrap().1, "https://issuer.invalid/oauth2/default");
    }

    #[tokio::test]
    async fn a_form_post_is_changed_too() {
        let mock = Mock::start().await;
        mock.issuer.fail_next(Endpoint::Authorize, Fault::callback(CallbackChange::NoState));
        let answer = mock.signed_in(&with(&oidc_request(), "response_mode", "form_post")).await;
        assert!(
            answer.body.contains("name=\"code\"") && !answer.body.contains("name=\"state\""),
            "{}",
            answer.body
        );
    }

    #[tokio::test]
    async fn a_foreign_code_is_another_users_and_is_noticed_by_nonce() {
        let mock = Mock::start().await;
        mock.issuer.fail_next(Endpoint::SignIn, Fault::callback(CallbackChange::ForeignCode));
        let code = mock.code(&with(&oidc_request(), "nonce", "mine")).await;
        let tokens = redeem(&mock, &code).await.json();
        let id = claims(&tokens["id_token"]);
        assert_eq!(claims(&tokens["access_token"])["sub"], dealer::USERNAME);
        assert_eq!(id["nonce"], "anotherNonce", "a client that compares it notices");
    }

    #[tokio::test]
    async fn a_foreign_code_is_noticed_by_pkce() {
        let mock = Mock::start().await;
        mock.issuer.fail_next(Endpoint::SignIn, Fault::callback(CallbackChange::ForeignCode));
        let challenge = "n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg";
        let request = with(&oidc_request(), "code_challenge", challenge);
        let code = mock.code(&with(&request, "code_challenge_method", "S256")).await;
        let verifier = "test-test-test-test-test-test-test-test-test";
        let answer =
            mock.post_as(OIDC, "/v1/token", &with(&oidc_redemption(&code), "code_verifier", verifier)).await;
        assert_eq!((answer.status, &answer.json()["error"]), (400, &json!("invalid_grant")));
    }

    #[tokio::test]
    async fn a_foreign_code_waits_for_a_sign_in_with_a_code() {
        let mock = Mock::start().await;
        mock.issuer.fail_next(Endpoint::Authorize, Fault::callback(CallbackChange::ForeignCode));
        let implicit = with(&with(&oidc_request(), "response_type", "id_token"), "nonce", "n");
        assert!(mock.signed_in(&implicit).await.callback_param("id_token").is_some());
        assert_eq!(mock.issuer.faults()[0].struck, 0);
    }

    #[tokio::test]
    async fn the_redirect_after_logging_out_loses_or_changes_its_state() {
        let mock = Mock::start().await;
        let tokens = mock.oidc_tokens("openid").await;
        let config = json!(mock.issuer.url());
        assert_eq!(config, "http://localhost:9100/oauth2/test");
        let request = [
            ("id_token_hint", text(&tokens["id_token"])),
            ("post_logout_redirect_uri", oidc_app::REDIRECT_URI),
            ("state", "s"),
        ];
        let url = format!("{}?{}", mock.at("/v1/logout"), encoded(&request));
        let state = async || mock.get(&url).await.callback_param("state");
        assert_eq!(state().await.as_deref(), Some("s"));
        mock.issuer.fail_next(Endpoint::Logout, Fault::callback(CallbackChange::NoState));
        mock.issuer.fail_next(Endpoint::Logout, Fault::callback(CallbackChange::WrongState));
        assert_eq!(state().await, None);
        assert_eq!(state().await.as_deref(), Some("anotherState"));
    }
}

mod documents {
    use super::*;

    async fn kids(mock: &Mock) -> Vec<String> {
        let keys = mock.get(&mock.at("/v1/keys")).await.json();
        keys["keys"].as_array().unwrap().iter().map(|key| text(&key["kid"]).to_owned()).collect()
    }

    #[tokio::test]
    async fn a_key_set_lacks_the_key_or_has_one_too_many() {
        let mock = Mock::start().await;
        let [own] = &kids(&mock).await[..] else { panic!("one key") };
        for change in [KeysChange::Empty, KeysChange::Stale, KeysChange::TwoWithSameKid] {
            mock.issuer.fail_next(Endpoint::Keys, Fault::keys(change));
        }
        assert!(kids(&mock).await.is_empty());
        let stale = kids(&mock).await;
        assert!(stale.len() == 1 && stale[0] != *own);
        let answer = mock.get(&mock.at("/v1/keys")).await.json();
        let keys = answer["keys"].as_array().unwrap();
        assert_eq!((&keys[0]["kid"], &keys[1]["kid"]), (&json!(own), &json!(own)));
        assert_ne!(keys[0]["n"], keys[1]["n"]);
        assert_eq!(kids(&mock).await, std::slice::from_ref(own));
        assert_eq!(mock.issuer.journal().at(Endpoint::Keys)[1].fault.unwrap().kind, "keys");
    }

    #[tokio::test]
    async fn a_stale_key_set_is_that_before_the_last_rotation() {
        let mock = Mock::start().await;
        let before = kids(&mock).await;
        let signing = mock.issuer.keys().turn(&Rotation::without_overlap()).unwrap();
        mock.issuer.fail_next(Endpoint::Keys, Fault::keys(KeysChange::Stale));
        assert_eq!(kids(&mock).await, before, "although the key is retired");
        assert_eq!(kids(&mock).await, [signing.as_str()]);
    }

    #[tokio::test]
    async fn metadata_and_userinfo_speak_of_others() {
        let mock = Mock::start().await;
        let tokens = mock.oidc_tokens("openid").await;
        mock.issuer.fail_next(Endpoint::Metadata, Fault::metadata(MetadataChange::WrongIssuer));
        mock.issuer.fail_next(Endpoint::Userinfo, Fault::userinfo(UserinfoChange::ForeignSubject));
        let metadata = mock.get(&mock.at("/.well-known/openid-configuration")).await.json();
        assert_eq!(metadata["issuer"], "https://issuer.invalid/oauth2/default");
        let userinfo = mock.userinfo(&tokens["access_token"]).await.json();
        assert_ne!(userinfo["sub"], claims(&tokens["id_token"])["sub"]);
    }
}

/// What is typed as a user name on the sign-in page.
mod by_name {
    use super::*;

    /// Signs in with a user name, and a password that no user has.
    async fn sign_in(mock: &Mock, request: &[(&str, &str)], name: &str) -> Answer {
        mock.forget_cookies();
        let page = mock.authorize(request).await;
        mock.submit(&page, name, "anything").await
    }

    #[tokio::test]
    async fn a_token_fault_strikes_in_this_sign_in_alone() {
        let mock = Mock::start().await;
        let faulty = sign_in(&mock, &oidc_request(), "fault:expired@example.com")
            .await
            .callback_param("code")
            .unwrap();
        assert_eq!(mock.last_entry().user.unwrap().as_str(), subscriber::USERNAME);
        mock.forget_cookies();
        let other = mock.code(&oidc_request()).await;
        let expired = |answer: Answer| {
            claims(&answer.json()["id_token"])["exp"].as_i64().unwrap() < crate::support::NOW
        };
        assert!(!expired(redeem(&mock, &other).await));
        assert!(expired(redeem(&mock, &faulty).await));
        assert_eq!(mock.last_entry().fault.unwrap().kind, "token");
    }

    #[tokio::test]
    async fn an_answer_fault_strikes_when_the_code_is_exchanged() {
        let mock = Mock::start().await;
        for (name, status) in [("status", 503), ("oauth_error", 400), ("rate_limit", 429), ("not_json", 200)]
        {
            let code = sign_in(&mock, &oidc_request(), &format!("fault:{name}@example.com")).await;
            let code = code.callback_param("code").unwrap();
            assert_eq!(redeem(&mock, &code).await.status, status, "{name}");
            assert_eq!(mock.last_entry().fault.unwrap().kind, name);
            assert_eq!(redeem(&mock, &code).await.status, 200, "{name}: once");
        }
        for name in ["reset", "truncate"] {
            let code = sign_in(&mock, &oidc_request(), &format!("fault:{name}@example.com")).await;
            let code = code.callback_param("code").unwrap();
            broken(&mock, &oidc_redemption(&code)).await;
        }
    }

    #[tokio::test]
    async fn a_callback_fault_strikes_at_once() {
        let mock = Mock::start().await;
        let answer = sign_in(&mock, &oidc_request(), "fault:no_state@example.com").await;
        assert!(answer.callback_param("code").is_some() && answer.callback_param("state").is_none());
        let entry = mock.last_entry();
        assert_eq!((entry.endpoint, entry.fault.unwrap().kind), (Endpoint::SignIn, "callback"));
        assert!(mock.issuer.faults().is_empty(), "nothing waits for others");
    }

    #[tokio::test]
    async fn a_fault_of_an_implicit_sign_in_strikes_immediately_or_is_refused_with_a_reason() {
        let mock = Mock::start().await;
        let request = with(&with(&oidc_request(), "response_type", "id_token"), "nonce", "n");
        let answer = sign_in(&mock, &request, "fault:wrong_nonce@example.com").await;
        assert_eq!(claims(&json!(answer.callback_param("id_token").unwrap()))["nonce"], "anotherNonce");
        let answer = sign_in(&mock, &request, "fault:hang@example.com").await;
        assert_eq!(answer.status, 401);
        assert!(answer.text().contains("fault:hang strikes where a code is exchanged"), "{}", answer.body);
    }

    #[tokio::test]
    async fn faults_of_keys_and_userinfo_can_be_ordered_by_name() {
        let mock = Mock::start().await;
        sign_in(&mock, &oidc_request(), "fault:empty@example.com").await;
        assert_eq!(mock.get(&mock.at("/v1/keys")).await.json(), json!({ "keys": [] }));
        sign_in(&mock, &oidc_request(), "fault:foreign_subject@example.com").await;
        let tokens = mock.oidc_tokens("openid").await;
        let userinfo = mock.userinfo(&tokens["access_token"]).await.json();
        assert_eq!(userinfo["sub"], "00uSomebodyElse00000");
    }

    #[tokio::test]
    async fn every_name_on_the_page_signs_in() {
        let mock = Mock::start().await;
        let page = mock.get(&mock.at("/sign-in/faults")).await;
        assert_eq!(page.status, 200);
        let names: Vec<String> = page
            .text()
            .split("<code>fault:")
            .skip(1)
            .map(|rest| rest.split("</code>").next().unwrap().to_owned())
            .collect();
        assert_eq!(names.len(), 39);
        for name in names {
            let answer = sign_in(&mock, &oidc_request(), &format!("fault:{name}")).await;
            assert_eq!(answer.status, 303, "{name}: {}", answer.body);
        }
    }

    #[tokio::test]
    async fn a_name_that_no_fault_has_shows_the_page_again_with_the_nearest() {
        let mock = Mock::start().await;
        let answer = sign_in(&mock, &oidc_request(), "fault:expird@example.com").await;
        assert_eq!(answer.status, 401);
        let page = answer.text();
        assert!(page.contains("No fault has this name. Did you mean fault:expired@example.com?"), "{page}");
        assert!(page.contains("value=\"fault:expird@example.com\""), "what was typed is kept");
        let answer = sign_in(&mock, &oidc_request(), "fault:@example.com").await;
        assert!(answer.text().contains("No fault has this name. The link “All faults” lists them."));
    }

    #[tokio::test]
    async fn the_page_tells_of_faults_and_links_to_all() {
        let mock = Mock::start().await;
        let page = mock.authorize(&oidc_request()).await.text();
        assert!(page.contains("<summary>Make it fail</summary>"), "{page}");
        assert!(
            page.contains("<code>fault:expired@example.com</code> – the tokens expired an hour ago"),
            "{page}"
        );
        assert!(page.contains("href=\"http://localhost:9100/oauth2/test/sign-in/faults\""), "{page}");
    }

    #[tokio::test]
    async fn a_user_who_is_really_called_so_comes_first() {
        let mock = Mock::start().await;
        let name = "fault:expired@example.com";
        let user = json!({ "username": name, "password": "own" });
        mock.send(mock.http.put(mock.at(&format!("/_mock/users/{name}"))).json(&user)).await;
        let page = mock.authorize(&oidc_request()).await;
        mock.submit(&page, name, "own").await;
        assert_eq!(mock.last_entry().user.unwrap().as_str(), name);
        assert!(mock.issuer.faults().is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_fault_is_written_as_it_is_read(
        status in 200_u16..600,
        times in 1_u32..,
        prefix in "[ -~]{0,8}",
        bytes in any::<usize>(),
        micros in any::<u64>(),
        after in any::<bool>(),
        always in any::<bool>(),
    ) {
        let delay = Fault::delay(Duration::from_micros(micros).saturating_mul(times));
        for fault in [Fault::status(status), Fault::truncate(bytes), Fault::rate_limit(times), delay] {
            let fault = fault.for_state_prefix(&prefix).times(times);
            let fault = if after { fault.after() } else { fault };
            let fault = if always { fault.always() } else { fault };
            let ordered = mock_idp::fault::NewFault::new(Endpoint::Token, fault);
            let written = serde_json::to_string(&ordered).unwrap();
            prop_assert_eq!(serde_json::from_str::<mock_idp::fault::NewFault>(&written).unwrap(), ordered);
        }
    }
}
