//! The sign-in page's form: who may post it, what it answers, and that a password never travels on.

use std::time::Duration;

use fixtures::{dealer, subscriber};
use mock_idp::{Endpoint, Outcome};
use reqwest::{Method, header};

use crate::{
    refused_authorization::{assert_kept_by_nobody, at_the_callback, on_a_page},
    support::{
        Answer, Mock, OIDC, STATE, TUTORIAL, assert_masked, claims, oidc_request, tutorial_redemption,
        tutorial_request, with,
    },
};

const WRONG: &str = "Unable to sign in. The user name or the password is wrong.";
const GONE: &str = "This sign-in page is no longer valid.";
const ELSEWHERE: &str = "This sign-in page was opened in another browser, or cookies are blocked.";
const CANCELLED: &str = "The resource owner or authorization server denied the request.";
const RIGHT: [(&str, &str); 2] = [("username", subscriber::USERNAME), ("password", subscriber::PASSWORD)];

/// The answer is the sign-in page again, and nobody is signed in.
#[track_caller]
fn assert_asks_again(answer: &Answer) {
    assert_eq!((answer.status, answer.header("location")), (401, ""), "{}", answer.whole());
    assert!(answer.text().contains(WRONG), "{}", answer.body);
    assert!(answer.body.contains("name=\"password\""), "{}", answer.body);
    assert_eq!(answer.header("set-cookie"), "");
    assert_kept_by_nobody(answer);
}

async fn opened(mock: &Mock) -> Answer {
    let page = mock.authorize(&tutorial_request()).await;
    assert_eq!(page.status, 200, "{}", page.whole());
    page
}

#[tokio::test]
async fn the_page_has_one_form_with_the_fields_that_people_and_programs_know() {
    let mock = Mock::start().await;
    let page = opened(&mock).await;
    assert_eq!(page.body.matches("<form").count(), 1);
    for part in ["method=\"post\"", "name=\"username\"", "name=\"password\"", "type=\"password\""] {
        assert!(page.body.contains(part), "{part} is missing: {}", page.body);
    }
    for part in ["name=\"action\"", "value=\"cancel\""] {
        assert!(page.body.contains(part), "{part} is missing: {}", page.body);
    }
    assert!(page.form_action().starts_with(&format!("{}/sign-in/", mock.issuer.url())));
    let entry = mock.last_entry();
    assert_eq!((entry.endpoint, entry.outcome), (Endpoint::Authorize, Outcome::Asked));
}

#[tokio::test]
async fn the_page_names_the_app_and_its_website() {
    let mock = Mock::start().await;
    let page = opened(&mock).await.text();
    assert!(page.contains("Tutorial app") && page.contains("http://example.com"), "{page}");
}

/// A53
#[tokio::test]
async fn after_the_form_the_browser_comes_by_get_and_without_the_password() {
    let mock = Mock::start().await;
    for request in [tutorial_request(), oidc_request()] {
        mock.forget_cookies();
        let page = mock.authorize(&request).await;
        let answer = mock.submit(&page, subscriber::USERNAME, subscriber::PASSWORD).await;
        assert_eq!(answer.status, 303);
        assert!(!answer.header("location").contains(subscriber::PASSWORD));
    }
}

#[tokio::test]
async fn the_journal_knows_the_user_and_not_the_password() {
    let mock = Mock::start().await;
    mock.signed_in(&tutorial_request()).await;
    let entry = mock.last_entry();
    assert_eq!((entry.endpoint, entry.outcome, entry.status), (Endpoint::SignIn, Outcome::Answered, 303));
    assert_eq!(entry.app.as_ref().unwrap().as_str(), TUTORIAL.0);
    assert_eq!(entry.user.as_ref().unwrap().as_str(), subscriber::USERNAME);
    assert_masked(&entry, "password", subscriber::PASSWORD);
}

/// X02
#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_get_the_same_page() {
    let mock = Mock::start().await;
    let page = opened(&mock).await;
    let wrong = mock.submit(&page, subscriber::USERNAME, "nope").await;
    assert_asks_again(&wrong);
    let unknown = mock.submit(&page, "nobody@example.com", "nope").await;
    assert_asks_again(&unknown);
    let known_name = wrong.body.replace(subscriber::USERNAME, "…");
    let unknown_name = unknown.body.replace("nobody@example.com", "…").replace(subscriber::USERNAME, "…");
    assert_eq!(known_name, unknown_name);
}

#[tokio::test]
async fn what_was_typed_as_user_name_is_kept_and_escaped_and_the_password_is_not() {
    let mock = Mock::start().await;
    let page = opened(&mock).await;
    let typed = "\"><script>alert(1)</script>";
    let answer = mock.submit(&page, typed, "sesame-opens").await;
    assert_asks_again(&answer);
    assert!(answer.text().contains(&format!("value=\"{typed}\"")), "{}", answer.body);
    assert!(!answer.body.contains("<script>alert"), "{}", answer.body);
    assert!(!answer.body.contains("sesame-opens"), "{}", answer.body);
}

#[tokio::test]
async fn after_a_wrong_password_the_right_one_still_signs_in() {
    let mock = Mock::start().await;
    let page = opened(&mock).await;
    let again = mock.submit(&page, subscriber::USERNAME, "nope").await;
    let answer = mock.submit(&again, subscriber::USERNAME, subscriber::PASSWORD).await;
    assert_eq!(answer.callback_param("state").as_deref(), Some(STATE));
    assert!(answer.callback_param("code").is_some());
}

#[tokio::test]
async fn empty_missing_and_doubled_fields_sign_nobody_in() {
    let mock = Mock::start().await;
    let page = opened(&mock).await;
    let [username, password] = RIGHT;
    for form in [
        vec![],
        vec![username],
        vec![password],
        vec![username, ("password", "")],
        vec![("username", ""), password],
        vec![username, password, ("password", "nope")],
        vec![username, username, password],
        vec![username, ("password", "LET-ME-IN")],
        vec![username, ("password", "let-me-in ")],
    ] {
        assert_asks_again(&mock.browse(Method::POST, &page.form_action(), &form).await);
    }
}

#[tokio::test]
async fn a_user_name_is_an_e_mail_address_so_capitals_and_spaces_around_it_do_not_matter() {
    let mock = Mock::start().await;
    let page = opened(&mock).await;
    let answer = mock.submit(&page, " Subscriber@Example.COM ", subscriber::PASSWORD).await;
    let code = answer.callback_param("code").unwrap();
    let tokens = mock.post_as(TUTORIAL, "/v1/token", &tutorial_redemption(&code)).await.json();
    assert_eq!(claims(&tokens["access_token"])["sub"], subscriber::USERNAME);
}

#[tokio::test]
async fn the_code_is_for_the_user_who_signed_in() {
    let mock = Mock::start().await;
    let page = opened(&mock).await;
    let code = mock.submit(&page, dealer::USERNAME, dealer::PASSWORD).await.callback_param("code").unwrap();
    let tokens = mock.post_as(TUTORIAL, "/v1/token", &tutorial_redemption(&code)).await.json();
    assert_eq!(claims(&tokens["access_token"])["uid"], dealer::UID);
}

/// X01
#[tokio::test]
async fn cancel_ends_in_access_denied() {
    let mock = Mock::start().await;
    for request in [tutorial_request(), oidc_request()] {
        let page = mock.authorize(&request).await;
        let answer = mock.browse(Method::POST, &page.form_action(), &[("action", "cancel")]).await;
        assert_eq!((answer.status, answer.header("set-cookie")), (303, ""));
        at_the_callback(&mock, &request, &answer, ('?', "access_denied", CANCELLED), "cancelled");
        let next = mock.authorize(&with(&request, "prompt", "none")).await;
        assert_eq!(next.callback_param("error").as_deref(), Some("login_required"), "nobody is signed in");
    }
}

#[tokio::test]
async fn cancel_wins_over_a_right_password() {
    let mock = Mock::start().await;
    let page = opened(&mock).await;
    let form = [RIGHT.as_slice(), &[("action", "cancel")]].concat();
    let answer = mock.browse(Method::POST, &page.form_action(), &form).await;
    assert_eq!(answer.callback_param("error").as_deref(), Some("access_denied"));
}

#[tokio::test]
async fn cancel_goes_to_the_response_mode_of_the_request() {
    let mock = Mock::start().await;
    let request = with(&oidc_request(), "response_mode", "fragment");
    let page = mock.authorize(&request).await;
    let answer = mock.browse(Method::POST, &page.form_action(), &[("action", "cancel")]).await;
    at_the_callback(&mock, &request, &answer, ('#', "access_denied", CANCELLED), "cancelled");
    let request = with(&oidc_request(), "response_mode", "form_post");
    let page = mock.authorize(&request).await;
    let answer = mock.browse(Method::POST, &page.form_action(), &[("action", "cancel")]).await;
    assert!(answer.body.contains("name=\"error\" value=\"access_denied\""), "{}", answer.body);
}

/// A57
#[tokio::test]
async fn a_form_without_the_browsers_cookie_signs_nobody_in() {
    let mock = Mock::start().await;
    let page = opened(&mock).await;
    mock.forget_cookies();
    for form in [RIGHT.to_vec(), vec![("action", "cancel")]] {
        let answer = mock.browse(Method::POST, &page.form_action(), &form).await;
        on_a_page(&mock, &answer, ELSEWHERE, "sign_in_elsewhere");
        assert_eq!(answer.header("set-cookie"), "");
    }
    for cookie in ["mock_idp_browser=", "mock_idp_browser=x", "mock_idp_browser"] {
        let forged = mock
            .form("/v1/authorize", &RIGHT)
            .header(header::COOKIE, cookie)
            .build()
            .map(|mut request| {
                let action = page.form_action().replace(crate::support::ADVERTISED, &mock.outside(""));
                *request.url_mut() = action.parse().unwrap();
                reqwest::RequestBuilder::from_parts(mock.http.clone(), request)
            })
            .unwrap();
        on_a_page(&mock, &mock.send(forged).await, ELSEWHERE, "sign_in_elsewhere");
    }
}

/// A57
#[tokio::test]
async fn a_form_for_no_page_signs_nobody_in() {
    let mock = Mock::start().await;
    opened(&mock).await;
    for id in ["nope", "x".repeat(43).as_str(), "%00", "a%2Fb"] {
        let answer = mock.browse(Method::POST, &mock.at(&format!("/sign-in/{id}")), &RIGHT).await;
        on_a_page(&mock, &answer, GONE, "sign_in_unknown");
        let answer = mock.browse(Method::GET, &mock.at(&format!("/sign-in/{id}")), &[]).await;
        on_a_page(&mock, &answer, GONE, "sign_in_unknown");
    }
}

#[tokio::test]
async fn a_page_of_one_browser_is_not_shown_in_another() {
    let mock = Mock::start().await;
    let page = opened(&mock).await;
    mock.forget_cookies();
    opened(&mock).await;
    let answer = mock.browse(Method::GET, &page.form_action(), &[]).await;
    on_a_page(&mock, &answer, ELSEWHERE, "sign_in_elsewhere");
}

#[tokio::test]
async fn a_page_of_one_issuer_is_unknown_to_another() {
    let mock = Mock::start().await;
    let page = opened(&mock).await;
    let elsewhere = page.form_action().replace("/oauth2/test/", "/oauth2/other/");
    let answer = mock.browse(Method::POST, &elsewhere, &RIGHT).await;
    assert_eq!((answer.status, answer.header("location")), (400, ""));
    assert!(answer.text().contains(GONE), "{}", answer.text());
}

/// A58
#[tokio::test]
async fn cookies_are_for_this_issuer_and_for_no_script_and_no_other_site() {
    let mock = Mock::start().await;
    let page = opened(&mock).await;
    let signed_in = mock.submit(&page, subscriber::USERNAME, subscriber::PASSWORD).await;
    for answer in [&page, &signed_in] {
        let cookie = answer.header("set-cookie");
        let (_, attributes) = cookie.split_once("; ").unwrap();
        assert_eq!(attributes, "HttpOnly; SameSite=Lax; Path=/oauth2/test");
    }
}

/// A58
#[tokio::test]
async fn cookies_are_secure_over_https() {
    let issuer_url = Some("https://idp.example.com/mock".to_owned());
    let mock = Mock::start_with(mock_idp::Config { issuer_url, ..mock_idp::Config::demo() }).await;
    let page = mock.authorize(&tutorial_request()).await;
    assert!(
        page.header("set-cookie").ends_with("; HttpOnly; SameSite=Lax; Secure; Path=/mock/oauth2/test"),
        "{}",
        page.whole()
    );
}

#[tokio::test]
async fn a_sign_in_begins_a_session_of_its_own_whatever_the_browser_brings() {
    let mock = Mock::start().await;
    let first = mock.signed_in(&tutorial_request()).await;
    let page = mock.authorize(&with(&tutorial_request(), "prompt", "login")).await;
    let second = mock.submit(&page, dealer::USERNAME, dealer::PASSWORD).await;
    assert_ne!(first.header("set-cookie"), second.header("set-cookie"));
    let old = first.header("set-cookie").split(';').next().unwrap();
    let url = reqwest::Url::parse_with_params(&mock.at("/v1/authorize"), &tutorial_request()).unwrap();
    let answer = mock.send(mock.http.get(url).header(header::COOKIE, old)).await;
    assert_eq!(answer.status, 200, "the old session is over: {}", answer.whole());
}

/// X04
#[tokio::test]
async fn a_page_that_was_left_open_too_long_is_over() {
    let mock = Mock::start().await;
    let page = opened(&mock).await;
    mock.issuer.advance(Duration::from_secs(3599));
    assert_asks_again(&mock.submit(&page, subscriber::USERNAME, "nope").await);
    mock.issuer.advance(Duration::from_secs(1));
    let answer = mock.submit(&page, subscriber::USERNAME, subscriber::PASSWORD).await;
    on_a_page(&mock, &answer, GONE, "sign_in_unknown");
}

#[tokio::test]
async fn a_reload_shows_the_page_again_with_the_same_form() {
    let mock = Mock::start().await;
    let request = with(&tutorial_request(), "login_hint", dealer::USERNAME);
    let page = mock.authorize(&request).await;
    let again = mock.browse(Method::GET, &page.form_action(), &[]).await;
    assert_eq!((again.status, again.body.as_str()), (200, page.body.as_str()));
    assert_eq!(mock.last_entry().outcome, Outcome::Asked);
}

#[tokio::test]
async fn a_double_click_gives_two_codes_for_the_same_request() {
    let mock = Mock::start().await;
    let page = opened(&mock).await;
    let first = mock.submit(&page, subscriber::USERNAME, subscriber::PASSWORD).await;
    let second = mock.submit(&page, subscriber::USERNAME, subscriber::PASSWORD).await;
    let code = second.callback_param("code").unwrap();
    assert_ne!(first.callback_param("code").unwrap(), code);
    let answer = mock.post_as(TUTORIAL, "/v1/token", &tutorial_redemption(&code)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[tokio::test]
async fn two_pages_in_one_browser_do_not_disturb_each_other() {
    let mock = Mock::start().await;
    let tutorial = mock.authorize(&tutorial_request()).await;
    let oidc = mock.authorize(&with(&oidc_request(), "state", "other")).await;
    let first = mock.submit(&tutorial, subscriber::USERNAME, subscriber::PASSWORD).await;
    let second = mock.submit(&oidc, subscriber::USERNAME, subscriber::PASSWORD).await;
    assert_eq!(first.callback_param("state").as_deref(), Some(STATE));
    assert_eq!(second.callback_param("state").as_deref(), Some("other"));
    assert_eq!(mock.last_entry().app.unwrap().as_str(), OIDC.0);
}

#[tokio::test]
async fn a_password_in_the_query_signs_nobody_in() {
    let mock = Mock::start().await;
    let page = opened(&mock).await;
    let url = reqwest::Url::parse_with_params(&page.form_action(), &RIGHT).unwrap();
    assert_asks_again(&mock.browse(Method::POST, url.as_str(), &[]).await);
    assert_eq!(mock.browse(Method::GET, url.as_str(), &[]).await.header("location"), "");
}

#[tokio::test]
async fn what_is_no_form_ends_on_a_page() {
    let mock = Mock::start().await;
    let page = opened(&mock).await;
    let action = page.form_action().replace(crate::support::ADVERTISED, &mock.outside(""));
    let cookie = page.header("set-cookie").split(';').next().unwrap().to_owned();
    let post = |media: &'static str, body: &str| {
        mock.http
            .post(&action)
            .header(header::CONTENT_TYPE, media)
            .header(header::COOKIE, &cookie)
            .body(body.to_owned())
    };
    let form = "application/x-www-form-urlencoded";
    let json = r#"{"username":"subscriber@example.com","password":"let-me-in"}"#;
    for (media, body, rule) in [
        (form, "username=%zz", "request_unreadable"),
        (form, "username=%ff", "request_unreadable"),
        (form, "username=subscriber@example.com%00&password=let-me-in", "request_unreadable"),
        ("application/json", json, "media_type_unsupported"),
        ("text/plain", "username=subscriber@example.com&password=let-me-in", "media_type_unsupported"),
    ] {
        on_a_page(&mock, &mock.send(post(media, body)).await, "", rule);
    }
    let answer = mock.send(post(form, &"x".repeat(70_000))).await;
    assert_eq!((answer.status, answer.header("location")), (413, ""));
}

#[tokio::test]
async fn other_methods_are_not_allowed() {
    let mock = Mock::start().await;
    let page = opened(&mock).await;
    for method in [Method::PUT, Method::DELETE, Method::OPTIONS] {
        let answer = mock.browse(method, &page.form_action(), &[]).await;
        assert_eq!((answer.status, answer.header("allow")), (405, "GET, POST"));
        assert_eq!(answer.json()["errorCode"], "E0000022");
    }
}

#[tokio::test]
async fn a_password_may_have_any_characters() {
    let mock = Mock::start_with_toml(
        r#"
[[app]]
name = "An app"
api_key = "key"
callbacks = ["http://localhost:8080/"]
api_secret = "x"
[[user]]
username = "o'brien+test@example.com"
password = " p&=%+ü😀\"' "
"#,
    )
    .await;
    let page = mock.authorize(&with(&tutorial_request(), "client_id", "key")).await;
    let answer = mock.submit(&page, "o'brien+test@example.com", " p&=%+ü😀\"' ").await;
    assert!(answer.callback_param("code").is_some(), "{}", answer.whole());
}
