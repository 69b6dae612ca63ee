//! Every page, whatever it says: who may frame, cache, or script it, and what it tells the next site.
//! The snapshots contain their text. These tests do not check their look.

use fixtures::{DEMO_TOML, subscriber};
use reqwest::Method;

use crate::support::{Answer, Mock, oidc_request, tutorial_request, with, without};

/// One page of each kind, named.
async fn every_page(mock: &Mock) -> Vec<(&'static str, Answer)> {
    let sign_in = mock.authorize(&tutorial_request()).await;
    let again = mock.submit(&sign_in, subscriber::USERNAME, "nope").await;
    let reloaded = mock.browse(Method::GET, &sign_in.form_action(), &[]).await;
    let form_post_error =
        mock.authorize(&with(&with(&oidc_request(), "response_mode", "form_post"), "scope", "nope")).await;
    let form_post = mock.signed_in(&with(&oidc_request(), "response_mode", "form_post")).await;
    let hint = mock.oidc_tokens("openid").await["id_token"].as_str().unwrap().to_owned();
    let signed_out =
        mock.browse(Method::GET, &mock.at(&format!("/v1/logout?id_token_hint={hint}")), &[]).await;
    vec![
        ("sign-in", sign_in),
        ("sign-in again", again),
        ("sign-in reloaded", reloaded),
        ("form_post with an error", form_post_error),
        ("form_post", form_post),
        ("signed out", signed_out),
        ("no client_id", mock.authorize(&without(&tutorial_request(), "client_id")).await),
        (
            "unknown callback",
            mock.authorize(&with(&tutorial_request(), "redirect_uri", "https://x.test/")).await,
        ),
        ("no such sign-in page", mock.browse(Method::GET, &mock.at("/sign-in/x"), &[]).await),
        ("logout without a hint", mock.browse(Method::GET, &mock.at("/v1/logout"), &[]).await),
        ("unreadable", mock.browse(Method::GET, &mock.at("/v1/authorize?x=%zz"), &[]).await),
    ]
}

/// A page without its style sheet.
fn markup(page: &Answer) -> String {
    let (before, rest) = page.body.split_once("<style>").unwrap();
    let (_, after) = rest.split_once("</style>").unwrap();
    format!("{before}<style>[style]</style>{after}")
}

#[tokio::test]
async fn every_page_says_what_it_says() {
    let mock = Mock::start().await;
    for (name, page) in every_page(&mock).await {
        let name = name.replace([' ', '-'], "_");
        insta::with_settings!({ filters => [(r"eyJ[\w-]+\.[\w-]+\.[\w-]+", "[jwt]")] }, {
            insta::assert_snapshot!(name, markup(&page));
        });
    }
}

fn directive<'a>(policy: &'a str, name: &str) -> Option<&'a str> {
    policy.split("; ").find_map(|directive| directive.strip_prefix(name)).map(str::trim)
}

/// A51
#[tokio::test]
async fn no_page_may_be_framed() {
    let mock = Mock::start().await;
    for (name, page) in every_page(&mock).await {
        assert_eq!(page.header("x-frame-options"), "DENY", "{name}");
        let policy = page.header("content-security-policy");
        assert_eq!(directive(policy, "frame-ancestors"), Some("'none'"), "{name}: {policy}");
    }
}

/// A52
#[tokio::test]
async fn no_page_is_cached_or_leaks_its_address() {
    let mock = Mock::start().await;
    for (name, page) in every_page(&mock).await {
        assert!(page.header("cache-control").contains("no-store"), "{name}");
        assert_eq!(page.header("pragma"), "no-cache", "{name}");
        assert_eq!(page.header("referrer-policy"), "no-referrer", "{name}");
    }
}

#[tokio::test]
async fn pages_are_html_in_utf_8_and_nothing_else() {
    let mock = Mock::start().await;
    for (name, page) in every_page(&mock).await {
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8", "{name}");
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{name}");
        assert!(page.body.to_lowercase().starts_with("<!doctype html>"), "{name}: {}", page.body);
        assert!(page.body.contains("<title>"), "{name}");
        assert!(page.body.contains("<html lang=\"en\">"), "{name}: for screen readers");
    }
}

#[tokio::test]
async fn pages_load_nothing_and_run_nothing_but_the_form_that_posts_itself() {
    let mock = Mock::start().await;
    for (name, page) in every_page(&mock).await {
        let policy = page.header("content-security-policy");
        assert_eq!(directive(policy, "default-src"), Some("'none'"), "{name}: {policy}");
        assert_eq!(directive(policy, "base-uri"), Some("'none'"), "{name}: {policy}");
        let script = directive(policy, "script-src");
        if name.starts_with("form_post") {
            let script = script.unwrap();
            assert!(script.starts_with("'sha256-") && !script.contains(' '), "{name}: {policy}");
        } else {
            assert_eq!(script, None, "{name}: {policy}");
            assert!(!page.body.contains("<script"), "{name} works without a script");
        }
        for outside in ["src=\"http", "href=\"http://fonts", "@import", "url(http"] {
            assert!(!page.body.contains(outside), "{name} loads {outside}");
        }
    }
}

/// The policy may not name form targets: browsers hold the redirect after a form against it too, and that goes to
/// the app.
#[tokio::test]
async fn the_redirect_after_the_form_is_not_blocked() {
    let mock = Mock::start().await;
    for (name, page) in every_page(&mock).await {
        assert_eq!(directive(page.header("content-security-policy"), "form-action"), None, "{name}");
    }
}

/// Client libraries that sign in in a popup wait for it to come back and speak to its opener. A page on the way that
/// cuts the two apart leaves them waiting for ever.
#[tokio::test]
async fn a_popup_keeps_its_opener() {
    let mock = Mock::start().await;
    for (name, page) in every_page(&mock).await {
        assert_eq!(page.header("cross-origin-opener-policy"), "", "{name}");
    }
}

#[tokio::test]
async fn names_from_the_configuration_are_shown_as_text() {
    let toml = DEMO_TOML
        .replace("name = \"Tutorial app\"", "name = \"<b>Bold</b> & 'Sons'\"")
        .replace("website = \"http://example.com\"", "website = \"javascript:alert(1)\"")
        .replace("username = \"dealer@example.com\"", "username = \"<i>@example.com\"");
    let mock = Mock::start_with_toml(&toml).await;
    let page = mock.authorize(&tutorial_request()).await;
    assert!(page.text().contains("<b>Bold</b> & 'Sons'"), "{}", page.body);
    assert!(!page.body.contains("<b>Bold") && !page.body.contains("<i>@"), "{}", page.body);
    assert!(!page.body.contains("href=\"javascript:"), "{}", page.body);
}

#[tokio::test]
async fn no_page_shows_a_secret_of_an_app() {
    let mock = Mock::start().await;
    for (name, page) in every_page(&mock).await {
        for secret in [crate::support::TUTORIAL.1, crate::support::OIDC.1] {
            assert!(!page.body.contains(secret), "{name}");
        }
    }
}

/// An error page asks for nothing: it contains no form and does not redirect.
#[tokio::test]
async fn an_error_page_goes_nowhere_by_itself() {
    let mock = Mock::start().await;
    for (name, page) in every_page(&mock).await.into_iter().filter(|(_, page)| page.status == 400) {
        assert!(!page.body.contains("<form") && !page.body.contains("http-equiv"), "{name}: {}", page.body);
        assert_eq!((page.header("location"), page.header("refresh")), ("", ""), "{name}");
    }
}
