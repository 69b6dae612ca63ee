//! `/v1/authorize`: each test starts from a request that works and spoils one thing. Rows of the case list stand in
//! front of the tests that they are proved by.

use std::collections::BTreeSet;

use fixtures::{backend_app, tutorial_app};
use mock_idp::{Endpoint, Outcome};
use proptest::prelude::*;
use reqwest::{Method, header};

use crate::{
    refused_authorization::{assert_kept_by_nobody, at_the_callback, on_a_page},
    support::{
        Answer, Form, Mock, NOW, OIDC, STATE, TUTORIAL, assert_masked, claims, oidc_redemption, oidc_request,
        tutorial_redemption, tutorial_request, with, without,
    },
};

/// Apps that the demo data lacks: public ones, one that may use codes only, one with relaxed rules.
const MORE_APPS: &str = r#"
[[app]]
name = "Public app"
api_key = "PublicAppKey00000000000000000001"
callbacks = ["http://localhost:8080/", "com.example.app:/cb"]
dialect = "oidc"
grants = ["authorization_code", "refresh_token"]
[[app]]
name = "Code app"
api_key = "CodeAppKey0000000000000000000001"
api_secret = "codeAppSecret001"
callbacks = ["http://localhost:8080/", "http://localhost:8080/cb?tenant=1", "https://app.example.com/cb"]
grants = ["authorization_code"]
[[app]]
name = "Implicit app"
api_key = "ImplicitAppKey000000000000000001"
api_secret = "implicitSecret01"
callbacks = ["http://localhost:8080/"]
grants = ["implicit"]
[[app]]
name = "Lenient app"
api_key = "LenientAppKey0000000000000000001"
api_secret = "lenientSecret001"
callbacks = ["http://localhost:8080/", { url = "http://[::1]/cb", any_port = true }]
lenient = ["missing_state", "plain_pkce"]
[[user]]
username = "subscriber@example.com"
password = "let-me-in"
"#;
const PUBLIC: &str = "PublicAppKey00000000000000000001";
const CODE_ONLY: &str = "CodeAppKey0000000000000000000001";
const IMPLICIT_ONLY: &str = "ImplicitAppKey000000000000000001";
const LENIENT: &str = "LenientAppKey0000000000000000001";

/// RFC 7636 Appendix B.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

const UNREGISTERED: &str =
    "The 'redirect_uri' parameter must be a Login redirect URI in the client app settings.";
const REPEATED: &str = "The request contained multiple parameters with the same name.";
const SCOPE_UNKNOWN: &str = "One or more scopes are not configured for the authorization server resource.";
const SCOPE_MISSING: &str = "The authorization server resource does not have any configured default scopes, 'scope' \
                             must be provided.";
const RESPONSE_TYPES: &str = "The response type is not supported by the authorization server. Configured response \
                              types: [code, token, id_token, id_token token]";

/// The valid request of each dialect.
fn both() -> [Form<'static>; 2] {
    [tutorial_request(), oidc_request()]
}

/// Each dialect's request, spoilt the same way, ends on a page.
async fn both_end_on_a_page(spoil: impl Fn(Form<'static>) -> Form<'static>, summary: &str, rule: &str) {
    let mock = Mock::start().await;
    for valid in both() {
        let answer = mock.authorize(&spoil(valid)).await;
        on_a_page(&mock, &answer, summary, rule);
    }
}

/// In both dialects, a request with the same mistake gets the same error at its callback.
async fn both_are_told(
    spoil: impl Fn(Form<'static>) -> Form<'static>,
    error: &str,
    description: &str,
    rule: &str,
) {
    let mock = Mock::start().await;
    for valid in both() {
        let params = spoil(valid);
        let answer = mock.authorize(&params).await;
        assert_eq!(answer.status, 302);
        at_the_callback(&mock, &params, &answer, ('?', error, description), rule);
    }
}

#[track_caller]
fn assert_asks_for_a_password(answer: &Answer) {
    assert_eq!(answer.status, 200, "{}", answer.whole());
    assert!(answer.body.contains("name=\"password\""), "{}", answer.body);
    assert_eq!(answer.header("location"), "");
}

#[tokio::test]
async fn a_valid_request_of_the_tutorial_ends_at_its_callback_with_code_and_state() {
    let mock = Mock::start().await;
    insta::assert_snapshot!(mock.signed_in(&tutorial_request()).await.whole());
}

#[tokio::test]
async fn a_valid_request_of_an_oidc_app_ends_with_iss_as_well() {
    let mock = Mock::start().await;
    insta::assert_snapshot!(mock.signed_in(&oidc_request()).await.whole());
}

#[tokio::test]
async fn a_live_session_answers_at_once() {
    let mock = Mock::start().await;
    mock.signed_in(&tutorial_request()).await;
    insta::assert_snapshot!(mock.authorize(&tutorial_request()).await.whole());
    assert_eq!(mock.last_entry().outcome, Outcome::Answered);
}

#[tokio::test]
async fn the_callback_is_the_address_as_the_tutorial_writes_it() {
    let mock = Mock::start().await;
    let params = with(&tutorial_request(), "redirect_uri", tutorial_app::TUTORIAL_REDIRECT_URI);
    let answer = mock.signed_in(&params).await;
    let location = answer.header("location");
    assert!(location.starts_with("http://localhost:80/?code="), "port and slash stay: {location}");
}

#[tokio::test]
async fn a_callback_with_a_query_keeps_it() {
    let mock = Mock::start_with_toml(MORE_APPS).await;
    let params = with(&tutorial_request(), "client_id", CODE_ONLY);
    let params = with(&params, "redirect_uri", "http://localhost:8080/cb?tenant=1");
    let answer = mock.signed_in(&params).await;
    let location = answer.header("location");
    assert!(location.starts_with("http://localhost:8080/cb?tenant=1&code="), "{location}");
}

#[tokio::test]
async fn a_native_app_may_have_a_scheme_of_its_own() {
    let mock = Mock::start_with_toml(MORE_APPS).await;
    let params = with(&with(&oidc_request(), "client_id", PUBLIC), "redirect_uri", "com.example.app:/cb");
    let params = with(&with(&params, "code_challenge", CHALLENGE), "code_challenge_method", "S256");
    let answer = mock.signed_in(&params).await;
    assert!(answer.header("location").starts_with("com.example.app:/cb?code="), "{}", answer.whole());
}

/// A01
#[tokio::test]
async fn no_client_id_ends_on_a_page() {
    let summary = "A client_id must be provided in the request.";
    both_end_on_a_page(|valid| without(&valid, "client_id"), summary, "client_id_missing").await;
}

#[tokio::test]
async fn an_empty_client_id_is_a_missing_one() {
    let summary = "A client_id must be provided in the request.";
    both_end_on_a_page(|valid| with(&valid, "client_id", ""), summary, "client_id_missing").await;
}

/// A02
#[tokio::test]
async fn an_unknown_client_id_ends_on_a_page() {
    let summary = "Invalid value for 'client_id' parameter.";
    both_end_on_a_page(|valid| with(&valid, "client_id", "no-such-client"), summary, "client_unknown").await;
}

#[tokio::test]
async fn a_client_id_in_other_capitals_or_with_a_space_is_unknown_and_the_right_one_is_named() {
    let mock = Mock::start().await;
    for wrong in ["tutorialappkey000000000000000001", "TutorialAppKey000000000000000001 "] {
        let answer = mock.authorize(&with(&tutorial_request(), "client_id", wrong)).await;
        on_a_page(&mock, &answer, "Invalid value for 'client_id' parameter.", "client_unknown");
        let why = mock.last_entry().refusal.unwrap();
        assert_eq!((why.received.as_str(), why.remedy.contains(tutorial_app::API_KEY)), (wrong, true));
        assert!(answer.text().contains(tutorial_app::API_KEY));
    }
}

/// A03, A04, A06, A07, A08, A10, A11, A13: nothing but the registered address, whatever it looks like.
mod no_other_redirect_uri {
    use super::*;

    async fn is_redirected_to(spoilt: &'static str) {
        both_end_on_a_page(
            |valid| with(&valid, "redirect_uri", spoilt),
            UNREGISTERED,
            "redirect_uri_unregistered",
        )
        .await;
    }

    /// A03
    #[tokio::test]
    async fn with_another_host() {
        is_redirected_to("https://evil.test/callback").await;
    }

    /// A04
    #[tokio::test]
    async fn with_another_path() {
        is_redirected_to("http://localhost:8080/evil").await;
    }

    #[tokio::test]
    async fn with_dots_or_doubled_slashes_in_the_path() {
        for tricky in
            ["http://localhost:8080/cb/../", "http://localhost:8080//", "http://localhost:8080/%2e/"]
        {
            is_redirected_to(tricky).await;
        }
    }

    /// A06
    #[tokio::test]
    async fn with_an_added_query() {
        is_redirected_to("http://localhost:8080/?x=1").await;
    }

    #[tokio::test]
    async fn with_an_empty_query() {
        is_redirected_to("http://localhost:8080/?").await;
    }

    /// A07
    #[tokio::test]
    async fn with_a_host_that_has_a_suffix() {
        is_redirected_to("http://localhost.evil.test:8080/").await;
    }

    #[tokio::test]
    async fn with_a_dot_after_the_host() {
        is_redirected_to("http://localhost.:8080/").await;
    }

    /// A08
    #[tokio::test]
    async fn with_the_host_as_user_name() {
        is_redirected_to("http://localhost:8080@evil.test/").await;
    }

    #[tokio::test]
    async fn with_a_user_name_before_the_host() {
        is_redirected_to("http://someone@localhost:8080/").await;
    }

    #[tokio::test]
    async fn with_a_backslash_that_browsers_read_as_a_slash() {
        is_redirected_to("http://evil.test\\@localhost:8080/").await;
        is_redirected_to("http://localhost:8080\\.evil.test/").await;
    }

    /// A10
    #[tokio::test]
    async fn with_another_port() {
        is_redirected_to("http://localhost:8081/").await;
    }

    /// A11
    #[tokio::test]
    async fn with_another_scheme() {
        for scheme in ["ftp", "https", "javascript", "HTTP"] {
            let spoilt: &'static str = format!("{scheme}://localhost:8080/").leak();
            is_redirected_to(spoilt).await;
        }
    }

    /// A13
    #[tokio::test]
    async fn with_a_fragment() {
        is_redirected_to("http://localhost:8080/#frag").await;
        is_redirected_to("http://localhost:8080/#").await;
    }

    #[tokio::test]
    async fn with_other_capitals_or_another_name_for_this_machine() {
        is_redirected_to("http://LOCALHOST:8080/").await;
        is_redirected_to("http://127.0.0.1:8080/").await;
        is_redirected_to("http://[::1]:8080/").await;
    }

    #[tokio::test]
    async fn encoded_twice() {
        is_redirected_to("http%3A%2F%2Flocalhost%3A8080%2F").await;
    }

    #[tokio::test]
    async fn relative() {
        is_redirected_to("/").await;
        is_redirected_to("//localhost:8080/").await;
    }

    #[tokio::test]
    async fn for_an_app_without_callbacks() {
        let mock = Mock::start().await;
        let answer = mock.authorize(&with(&tutorial_request(), "client_id", backend_app::API_KEY)).await;
        on_a_page(&mock, &answer, UNREGISTERED, "redirect_uri_unregistered");
    }
}

#[tokio::test]
async fn the_slash_at_the_end_is_supplied_in_dialect_fortellis_only() {
    let mock = Mock::start().await;
    let answer = mock.signed_in(&with(&tutorial_request(), "redirect_uri", "http://localhost:8080")).await;
    assert!(answer.header("location").starts_with("http://localhost:8080?code="), "{}", answer.whole());
    mock.forget_cookies();
    let answer = mock.authorize(&with(&oidc_request(), "redirect_uri", "http://localhost:8080")).await;
    on_a_page(&mock, &answer, UNREGISTERED, "redirect_uri_unregistered");
    let why = mock.last_entry().refusal.unwrap();
    assert!(why.remedy.contains("slash"), "the near miss is explained: {}", why.remedy);
}

/// X09
#[tokio::test]
async fn a_loopback_callback_of_a_native_app_has_any_port() {
    let mock = Mock::start().await;
    for fine in ["http://127.0.0.1:51004/cb", "http://127.0.0.1/cb", "http://localhost:3000/cb"] {
        let answer = mock.signed_in(&with(&oidc_request(), "redirect_uri", fine)).await;
        assert!(answer.header("location").starts_with(&format!("{fine}?code=")), "{}", answer.whole());
    }
    for wrong in [
        "http://127.0.0.1:51004/cb/",
        "http://127.0.0.1:51004/cb?x",
        "http://127.0.0.1:51004/cb#x",
        "http://127.0.0.2:51004/cb",
        "http://[::1]:51004/cb",
        "https://127.0.0.1:51004/cb",
        "http://127.0.0.1:65536/cb",
        "http://127.0.0.1:/cb",
        "http://127.0.0.1:80:80/cb",
        "http://127.0.0.1:80@evil.test/cb",
        "http://evil@127.0.0.1:80/cb",
        "http://127.0.0.1.evil.test:51004/cb",
    ] {
        let answer = mock.authorize(&with(&oidc_request(), "redirect_uri", wrong)).await;
        on_a_page(&mock, &answer, UNREGISTERED, "redirect_uri_unregistered");
    }
}

#[tokio::test]
async fn a_loopback_callback_may_be_of_ipv6() {
    let mock = Mock::start_with_toml(MORE_APPS).await;
    let lenient = with(&tutorial_request(), "client_id", LENIENT);
    for fine in ["http://[::1]:51004/cb", "http://[::1]/cb"] {
        let answer = mock.signed_in(&with(&lenient, "redirect_uri", fine)).await;
        assert!(answer.header("location").starts_with(&format!("{fine}?code=")), "{}", answer.whole());
    }
    for wrong in ["http://[::2]:51004/cb", "http://::1:51004/cb", "http://[::1]:x/cb", "http://[0:0::1]:1/cb"]
    {
        let answer = mock.authorize(&with(&lenient, "redirect_uri", wrong)).await;
        on_a_page(&mock, &answer, UNREGISTERED, "redirect_uri_unregistered");
    }
}

/// A16
#[tokio::test]
async fn no_redirect_uri_ends_on_a_page_even_with_one_registered() {
    both_end_on_a_page(|valid| without(&valid, "redirect_uri"), UNREGISTERED, "redirect_uri_missing").await;
    both_end_on_a_page(|valid| with(&valid, "redirect_uri", ""), UNREGISTERED, "redirect_uri_missing").await;
}

/// A17
#[tokio::test]
async fn two_redirect_uris_end_on_a_page_in_either_order() {
    let evil = ("redirect_uri", "https://evil.test/");
    both_end_on_a_page(|valid| [valid, vec![evil]].concat(), REPEATED, "parameter_repeated").await;
    both_end_on_a_page(|valid| [vec![evil], valid].concat(), REPEATED, "parameter_repeated").await;
}

#[tokio::test]
async fn two_client_ids_end_on_a_page() {
    let other = ("client_id", backend_app::API_KEY);
    both_end_on_a_page(|valid| [valid, vec![other]].concat(), REPEATED, "parameter_repeated").await;
}

#[tokio::test]
async fn the_same_redirect_uri_in_query_and_body_is_sent_twice() {
    let mock = Mock::start().await;
    let url = format!("{}?redirect_uri=http://localhost:8080/", mock.at("/v1/authorize"));
    let answer = mock.browse(Method::POST, &url, &tutorial_request()).await;
    on_a_page(&mock, &answer, REPEATED, "parameter_repeated");
}

#[tokio::test]
async fn state_in_query_and_body_is_sent_twice() {
    let mock = Mock::start().await;
    let url = format!("{}?state=other", mock.at("/v1/authorize"));
    let answer = mock.browse(Method::POST, &url, &tutorial_request()).await;
    let stateless = without(&tutorial_request(), "state");
    at_the_callback(&mock, &stateless, &answer, ('?', "invalid_request", REPEATED), "parameter_repeated");
}

/// A18
#[tokio::test]
async fn a_page_shows_what_came_as_text() {
    let mock = Mock::start().await;
    let script = "<script>alert(1)</script>";
    let answer = mock.authorize(&with(&tutorial_request(), "client_id", script)).await;
    on_a_page(&mock, &answer, script, "client_unknown");
    for tricky in
        ["\"><img src=x onerror=alert(1)>", "javascript:alert(1)", "data:text/html,<b>", "' onclick='x"]
    {
        let answer = mock.authorize(&with(&tutorial_request(), "redirect_uri", tricky)).await;
        on_a_page(&mock, &answer, tricky, "redirect_uri_unregistered");
        assert!(!answer.body.contains("<img src=x") && !answer.body.contains("<b>"), "{}", answer.body);
        for link in ["href=\"javascript", "href='javascript", "href=javascript", "href=\"data:text"] {
            assert!(!answer.body.contains(link), "{}", answer.body);
        }
        assert!(!answer.body.contains("' onclick='x"), "{}", answer.body);
    }
}

/// A20, A47
#[tokio::test]
async fn no_response_type_is_told_at_the_callback() {
    let mock = Mock::start().await;
    let missing = [
        (tutorial_request(), "unsupported_response_type", RESPONSE_TYPES),
        (oidc_request(), "invalid_request", "The required parameter 'response_type' is missing."),
    ];
    for (valid, error, description) in missing {
        for params in [without(&valid, "response_type"), with(&valid, "response_type", "")] {
            let answer = mock.authorize(&params).await;
            at_the_callback(&mock, &params, &answer, ('?', error, description), "response_type_missing");
        }
    }
}

/// A21
#[tokio::test]
async fn an_unknown_response_type_is_told_at_the_callback() {
    for unknown in ["nope", "CODE", "code code", "code ", "none"] {
        both_are_told(
            |valid| with(&valid, "response_type", unknown),
            "unsupported_response_type",
            RESPONSE_TYPES,
            "response_type_unsupported",
        )
        .await;
    }
}

#[tokio::test]
async fn a_hybrid_response_type_is_told_in_the_fragment_where_its_client_looks() {
    let mock = Mock::start().await;
    for hybrid in ["code id_token", "code token", "code id_token token"] {
        for valid in both() {
            let params = with(&valid, "response_type", hybrid);
            let answer = mock.authorize(&params).await;
            let error = ('#', "unsupported_response_type", RESPONSE_TYPES);
            at_the_callback(&mock, &params, &answer, error, "response_type_unsupported");
        }
    }
}

/// A22
#[tokio::test]
async fn tokens_for_an_app_without_the_implicit_grant_are_refused_in_the_fragment() {
    let mock = Mock::start_with_toml(MORE_APPS).await;
    for response_type in ["token", "id_token", "id_token token"] {
        let params = with(&tutorial_request(), "client_id", CODE_ONLY);
        let params = with(&with(&params, "response_type", response_type), "nonce", "n");
        let answer = mock.authorize(&params).await;
        let description = "The client is not authorized to use the provided grant type. Configured grant types: \
                           [authorization_code].";
        let error = ('#', "unauthorized_client", description);
        at_the_callback(&mock, &params, &answer, error, "response_type_not_allowed");
    }
}

#[tokio::test]
async fn a_code_for_an_app_without_that_grant_is_refused() {
    let mock = Mock::start_with_toml(MORE_APPS).await;
    let params = with(&tutorial_request(), "client_id", IMPLICIT_ONLY);
    let answer = mock.authorize(&params).await;
    let description =
        "The client is not authorized to use the provided grant type. Configured grant types: [implicit].";
    let error = ('?', "unauthorized_client", description);
    at_the_callback(&mock, &params, &answer, error, "response_type_not_allowed");
}

/// A23
#[tokio::test]
async fn an_unknown_scope_beside_openid_is_refused_and_the_nearest_named() {
    let spoil = |valid: Form<'static>| with(&valid, "scope", "openid profil");
    both_are_told(spoil, "invalid_scope", SCOPE_UNKNOWN, "scope_unknown").await;
    let mock = Mock::start().await;
    mock.authorize(&spoil(tutorial_request())).await;
    let why = mock.last_entry().refusal.unwrap();
    assert_eq!(
        (why.expected.as_str(), why.received.as_str(), why.remedy.as_str()),
        ("openid profile email offline_access anonymous", "profil", "was profile meant?")
    );
}

/// A24
#[tokio::test]
async fn characters_outside_the_grammar_of_scopes_are_refused() {
    for scope in ["openid \"\\é", "openid \"", "openid \\", "openid é"] {
        let spoil = |valid: Form<'static>| with(&valid, "scope", scope);
        both_are_told(spoil, "invalid_scope", SCOPE_UNKNOWN, "scope_malformed").await;
    }
}

#[tokio::test]
async fn no_scope_is_refused() {
    both_are_told(|valid| without(&valid, "scope"), "invalid_scope", SCOPE_MISSING, "scope_missing").await;
    for scope in ["", " ", "   "] {
        let spoil = |valid: Form<'static>| with(&valid, "scope", scope);
        both_are_told(spoil, "invalid_scope", SCOPE_MISSING, "scope_missing").await;
    }
}

#[tokio::test]
async fn a_scope_named_twice_counts_once() {
    let mock = Mock::start().await;
    let code = mock.code(&with(&oidc_request(), "scope", "openid  openid email ")).await;
    let tokens = mock.post_as(OIDC, "/v1/token", &oidc_redemption(&code)).await.json();
    assert_eq!(tokens["scope"], "openid email");
}

/// A25
#[tokio::test]
async fn scope_twice_is_refused() {
    let spoil = |valid: Form<'static>| [valid, vec![("scope", "email")]].concat();
    both_are_told(spoil, "invalid_request", REPEATED, "parameter_repeated").await;
}

/// A26
#[tokio::test]
async fn state_twice_is_refused_and_neither_comes_back() {
    let spoil = |valid: Form<'static>| [valid, vec![("state", "other")]].concat();
    both_are_told(spoil, "invalid_request", REPEATED, "parameter_repeated").await;
}

/// A27
#[tokio::test]
async fn response_type_twice_is_refused() {
    let spoil = |valid: Form<'static>| [valid, vec![("response_type", "code")]].concat();
    both_are_told(spoil, "invalid_request", REPEATED, "parameter_repeated").await;
}

#[tokio::test]
async fn a_parameter_that_nobody_knows_is_refused_when_it_comes_twice() {
    let spoil = |valid: Form<'static>| [valid, vec![("extra", "1"), ("extra", "1")]].concat();
    both_are_told(spoil, "invalid_request", REPEATED, "parameter_repeated").await;
    let mock = Mock::start().await;
    mock.authorize(&spoil(tutorial_request())).await;
    let why = mock.last_entry().refusal.unwrap();
    assert_eq!(why.received, "extra more than once");
}

#[tokio::test]
async fn a_parameter_once_with_and_once_without_a_value_was_sent_once() {
    let mock = Mock::start().await;
    let answer = mock.signed_in(&[tutorial_request(), vec![("state", "")]].concat()).await;
    assert_eq!(answer.callback_param("state").as_deref(), Some(STATE));
}

/// A33
#[tokio::test]
async fn registration_on_the_fly_is_not_supported() {
    let description = "The 'registration' parameter is not supported.";
    let spoil = |valid: Form<'static>| with(&valid, "registration", "{}");
    both_are_told(spoil, "registration_not_supported", description, "registration_unsupported").await;
}

#[tokio::test]
async fn request_objects_are_not_supported() {
    let spoil = |valid: Form<'static>| with(&valid, "request", "eyJhbGciOiJub25lIn0.e30.");
    let description = "The 'request' parameter is not supported.";
    both_are_told(spoil, "request_not_supported", description, "request_unsupported").await;
    let spoil = |valid: Form<'static>| with(&valid, "request_uri", "https://evil.test/request");
    let description = "The 'request_uri' parameter is not supported.";
    both_are_told(spoil, "request_uri_not_supported", description, "request_uri_unsupported").await;
}

/// A34
#[tokio::test]
async fn an_unknown_code_challenge_method_is_refused() {
    for method in ["S999", "s256", "S256 "] {
        let spoil = |valid: Form<'static>| {
            with(&with(&valid, "code_challenge", CHALLENGE), "code_challenge_method", method)
        };
        let description = "The 'code_challenge_method' must be 'S256'.";
        both_are_told(spoil, "invalid_request", description, "code_challenge_method_unsupported").await;
    }
}

/// A35
#[tokio::test]
async fn a_code_challenge_of_ten_characters_is_refused() {
    assert_challenge_is_malformed("abcdefghij").await;
}

#[tokio::test]
async fn a_code_challenge_of_129_characters_is_refused() {
    assert_challenge_is_malformed("a".repeat(129).leak()).await;
}

/// A36
#[tokio::test]
async fn a_code_challenge_outside_the_alphabet_is_refused() {
    assert_challenge_is_malformed("!".repeat(43).leak()).await;
    assert_challenge_is_malformed("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM=").await;
}

async fn assert_challenge_is_malformed(challenge: &'static str) {
    let spoil = |valid: Form<'static>| {
        with(&with(&valid, "code_challenge", challenge), "code_challenge_method", "S256")
    };
    let description = "The 'code_challenge' must be 43 to 128 unreserved characters.";
    both_are_told(spoil, "invalid_request", description, "code_challenge_malformed").await;
}

#[tokio::test]
async fn a_code_challenge_method_without_a_challenge_is_refused() {
    let spoil = |valid: Form<'static>| with(&valid, "code_challenge_method", "S256");
    let description = "The 'code_challenge' must be 43 to 128 unreserved characters.";
    both_are_told(spoil, "invalid_request", description, "code_challenge_malformed").await;
}

/// A37
#[tokio::test]
async fn plain_pkce_is_not_offered_said_or_meant() {
    let description = "The 'code_challenge_method' must be 'S256'.";
    let rule = "code_challenge_method_unsupported";
    let said = |valid: Form<'static>| {
        with(&with(&valid, "code_challenge", CHALLENGE), "code_challenge_method", "plain")
    };
    both_are_told(said, "invalid_request", description, rule).await;
    // A challenge without a method means `plain` (RFC 7636 §4.3).
    let meant = |valid: Form<'static>| with(&valid, "code_challenge", CHALLENGE);
    both_are_told(meant, "invalid_request", description, rule).await;
}

/// A38
#[tokio::test]
async fn a_public_app_has_to_send_a_code_challenge() {
    let mock = Mock::start_with_toml(MORE_APPS).await;
    let params = with(&oidc_request(), "client_id", PUBLIC);
    let answer = mock.authorize(&params).await;
    let sent = answer.callback_params();
    assert_eq!(answer.status, 302);
    assert_eq!(sent[0], ("state".to_owned(), STATE.to_owned()));
    assert_eq!(sent[1], ("error".to_owned(), "invalid_request".to_owned()));
    assert_eq!(sent[3], ("iss".to_owned(), mock.issuer.url().to_owned()));
    assert_eq!(mock.last_entry().refusal.unwrap().rule, "code_challenge_missing");
    let params = with(&with(&params, "code_challenge", CHALLENGE), "code_challenge_method", "S256");
    assert_asks_for_a_password(&mock.authorize(&params).await);
}

/// A42
#[tokio::test]
async fn a_posted_request_is_served_as_one_by_get_is() {
    let mock = Mock::start().await;
    let page = mock.browse(Method::POST, &mock.at("/v1/authorize"), &tutorial_request()).await;
    assert_asks_for_a_password(&page);
    mock.submit(&page, fixtures::subscriber::USERNAME, fixtures::subscriber::PASSWORD).await;
    let answer = mock.browse(Method::POST, &mock.at("/v1/authorize"), &tutorial_request()).await;
    assert_eq!((answer.status, answer.callback_param("code").is_some()), (303, true));
}

#[tokio::test]
async fn a_posted_request_is_refused_as_one_by_get_is() {
    let mock = Mock::start().await;
    for valid in both() {
        let params = with(&valid, "scope", "nope");
        let answer = mock.browse(Method::POST, &mock.at("/v1/authorize"), &params).await;
        assert_eq!(answer.status, 303);
        at_the_callback(&mock, &params, &answer, ('?', "invalid_scope", SCOPE_UNKNOWN), "scope_unknown");
        let params = with(&valid, "redirect_uri", "https://evil.test/");
        let answer = mock.browse(Method::POST, &mock.at("/v1/authorize"), &params).await;
        on_a_page(&mock, &answer, UNREGISTERED, "redirect_uri_unregistered");
    }
}

/// A43
#[tokio::test]
async fn an_unknown_parameter_is_ignored() {
    let mock = Mock::start().await;
    for valid in both() {
        let answer = mock.signed_in(&with(&valid, "extra", "foobar")).await;
        assert!(answer.callback_param("code").is_some(), "{}", answer.whole());
        assert_eq!(answer.callback_param("extra"), None);
    }
}

/// A44
#[tokio::test]
async fn display_locales_acr_values_and_login_hint_cause_no_error() {
    let mock = Mock::start().await;
    for valid in both() {
        mock.forget_cookies();
        let params = [
            ("display", "popup"),
            ("ui_locales", "de fr"),
            ("claims_locales", "de"),
            ("acr_values", "urn:nope"),
            ("login_hint", "someone@example.com"),
            ("claims", "{\"id_token\":{}}"),
        ];
        let answer = mock.authorize(&[valid, params.to_vec()].concat()).await;
        assert_asks_for_a_password(&answer);
    }
}

/// A46
#[tokio::test]
async fn without_state_in_the_request_there_is_none_in_the_answer() {
    let mock = Mock::start().await;
    for params in [without(&oidc_request(), "state"), with(&oidc_request(), "state", "")] {
        let answer = mock.signed_in(&params).await;
        let names: Vec<String> = answer.callback_params().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["code", "iss"]);
    }
}

/// Okta demands what the standards only recommend.
#[tokio::test]
async fn state_is_demanded_from_apps_of_dialect_fortellis() {
    let mock = Mock::start().await;
    for params in [without(&tutorial_request(), "state"), with(&tutorial_request(), "state", "")] {
        let answer = mock.authorize(&params).await;
        let description = "The authentication request has an invalid 'state' parameter.";
        at_the_callback(&mock, &params, &answer, ('?', "invalid_request", description), "state_missing");
    }
}

#[tokio::test]
async fn state_comes_back_exactly() {
    let mock = Mock::start().await;
    let long = "s".repeat(4000);
    for state in ["a b+c%20&=#?/\"'<>\\", "ünï→😀", "{\"return\":\"/a?b=c\"}", " ", &long] {
        for valid in both() {
            let answer = mock.signed_in(&with(&valid, "state", state)).await;
            assert_eq!(answer.callback_param("state").as_deref(), Some(state), "{}", answer.whole());
            let refused = mock.authorize(&with(&with(&valid, "state", state), "scope", "nope")).await;
            assert_eq!(refused.callback_param("state").as_deref(), Some(state), "{}", refused.whole());
        }
    }
}

#[tokio::test]
async fn a_relaxed_rule_is_named_in_the_journal_when_it_made_the_difference() {
    let mock = Mock::start_with_toml(MORE_APPS).await;
    let lenient = with(&tutorial_request(), "client_id", LENIENT);
    let relaxed = async |params: &Form<'_>| {
        assert_asks_for_a_password(&mock.authorize(params).await);
        mock.last_entry().lenient
    };
    assert_eq!(relaxed(&without(&lenient, "state")).await, ["missing_state"]);
    let plain = with(&lenient, "code_challenge", CHALLENGE);
    assert_eq!(relaxed(&plain).await, ["plain_pkce"]);
    assert_eq!(relaxed(&with(&plain, "code_challenge_method", "plain")).await, ["plain_pkce"]);
    assert_eq!(relaxed(&with(&plain, "code_challenge_method", "S256")).await, [""; 0]);
    assert_eq!(relaxed(&lenient).await, [""; 0]);
}

#[tokio::test]
async fn a_refused_request_owes_nothing_to_a_relaxed_rule() {
    let mock = Mock::start_with_toml(MORE_APPS).await;
    let lenient = with(&tutorial_request(), "client_id", LENIENT);
    let answer = mock.authorize(&with(&without(&lenient, "state"), "scope", "nope")).await;
    assert_eq!(answer.callback_param("error").as_deref(), Some("invalid_scope"));
    assert_eq!(mock.last_entry().lenient, [""; 0]);
}

/// A48: the demo metadata promises nothing, since apps of dialect `fortellis` get no `iss`; apps of dialect `oidc`
/// get it all the same. `metadata.rs` has the promise.
#[tokio::test]
async fn iss_stands_in_success_and_error_of_dialect_oidc_and_nowhere_else() {
    let mock = Mock::start().await;
    for (valid, expected) in [(oidc_request(), Some(mock.issuer.url())), (tutorial_request(), None)] {
        let success = mock.signed_in(&valid).await;
        assert_eq!(success.callback_param("iss").as_deref(), expected);
        let error = mock.authorize(&with(&valid, "scope", "nope")).await;
        assert_eq!(error.callback_param("iss").as_deref(), expected);
    }
}

/// A50
#[tokio::test]
async fn twenty_codes_are_different_and_have_room_for_128_bits() {
    let mock = Mock::start().await;
    let mut codes = BTreeSet::new();
    for _ in 0..20 {
        let code = mock.code(&tutorial_request()).await;
        assert_eq!(code.len(), 43, "as long as Fortellis' codes are");
        assert!(code.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{code}");
        codes.insert(code);
    }
    assert_eq!(codes.len(), 20);
}

/// A54
#[tokio::test]
async fn no_page_of_another_origin_reads_the_authorization_endpoint() {
    let mock = Mock::start().await;
    for valid in both() {
        let url = reqwest::Url::parse_with_params(&mock.at("/v1/authorize"), &valid).unwrap();
        let answer =
            mock.send(mock.http.get(url.clone()).header(header::ORIGIN, "http://localhost:8080")).await;
        assert_kept_by_nobody(&answer);
        let preflight = mock
            .http
            .request(Method::OPTIONS, url)
            .header(header::ORIGIN, "http://localhost:8080")
            .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST");
        let answer = mock.send(preflight).await;
        assert_eq!(answer.status, 405);
        assert_kept_by_nobody(&answer);
    }
}

/// A55
#[tokio::test]
async fn other_methods_are_not_allowed() {
    let mock = Mock::start().await;
    for method in [Method::PUT, Method::DELETE, Method::PATCH] {
        let answer = mock.browse(method.clone(), &mock.at("/v1/authorize"), &[]).await;
        assert_eq!((answer.status, answer.header("allow")), (405, "GET, POST"));
        assert_eq!(answer.json()["errorCode"], "E0000022");
        let entry = mock.last_entry();
        assert_eq!((entry.endpoint, entry.method), (Endpoint::Authorize, method.to_string()));
        assert_eq!(entry.refusal.unwrap().rule, "method_not_allowed");
    }
    insta::assert_snapshot!(mock.browse(Method::PUT, &mock.at("/v1/authorize"), &[]).await.whole());
}

#[tokio::test]
async fn an_unknown_path_below_an_issuer_gets_oktas_envelope() {
    let mock = Mock::start().await;
    for path in ["/v1/authorise", "/v1/authorize/", "/v1/authorize/x", "/v1", ""] {
        let answer = mock.get(&mock.at(path)).await;
        assert_eq!((answer.status, answer.json()["errorCode"].as_str()), (404, Some("E0000007")), "{path}");
    }
    insta::assert_snapshot!(mock.get(&mock.at("/v1/authorise")).await.whole());
}

#[tokio::test]
async fn form_post_brings_the_answer_as_a_form() {
    let mock = Mock::start().await;
    for valid in both() {
        let answer = mock.signed_in(&with(&valid, "response_mode", "form_post")).await;
        assert_eq!((answer.status, answer.header("location")), (200, ""));
        assert_eq!(answer.form_action(), "http://localhost:8080/");
        assert!(answer.body.contains("method=\"post\""));
        assert!(answer.body.contains("name=\"code\""), "{}", answer.body);
        assert!(answer.body.contains(&format!("name=\"state\" value=\"{STATE}\"")), "{}", answer.body);
        assert_eq!(answer.body.contains("name=\"iss\""), valid[0].1 == OIDC.0);
        assert_kept_by_nobody(&answer);
    }
}

#[tokio::test]
async fn form_post_brings_an_error_as_a_form_and_escapes_the_state() {
    let mock = Mock::start().await;
    for valid in both() {
        let params = with(&with(&valid, "response_mode", "form_post"), "scope", "nope");
        let params = with(&params, "state", "\"><script>alert(1)</script>");
        let answer = mock.authorize(&params).await;
        assert_eq!((answer.status, answer.header("location")), (200, ""));
        assert!(answer.body.contains("name=\"error\" value=\"invalid_scope\""), "{}", answer.body);
        assert!(!answer.body.contains("<script>alert"), "{}", answer.body);
        assert!(answer.text().contains("value=\"\"><script>alert(1)</script>\""), "{}", answer.body);
        assert_eq!(mock.last_entry().refusal.unwrap().rule, "scope_unknown");
    }
}

#[tokio::test]
async fn a_code_comes_in_the_fragment_when_asked_for_there() {
    let mock = Mock::start().await;
    for valid in both() {
        let params = with(&valid, "response_mode", "fragment");
        let answer = mock.signed_in(&params).await;
        assert!(answer.header("location").starts_with("http://localhost:8080/#code="), "{}", answer.whole());
        let params = with(&params, "scope", "nope");
        let answer = mock.authorize(&params).await;
        at_the_callback(&mock, &params, &answer, ('#', "invalid_scope", SCOPE_UNKNOWN), "scope_unknown");
    }
}

#[tokio::test]
async fn an_unknown_response_mode_is_told_where_the_answer_usually_goes() {
    let description = "The response mode is not supported by the authorization server.";
    for mode in ["nope", "okta_post_message", "query.jwt", "QUERY", "query "] {
        let spoil = |valid: Form<'static>| with(&valid, "response_mode", mode);
        both_are_told(spoil, "invalid_request", description, "response_mode_unsupported").await;
    }
    let mock = Mock::start().await;
    for valid in both() {
        let params = with(&with(&valid, "response_type", "token"), "response_mode", "nope");
        let answer = mock.authorize(&params).await;
        let error = ('#', "invalid_request", description);
        at_the_callback(&mock, &params, &answer, error, "response_mode_unsupported");
    }
}

#[tokio::test]
async fn an_empty_response_mode_is_the_usual_one() {
    let mock = Mock::start().await;
    for valid in both() {
        let answer = mock.signed_in(&with(&valid, "response_mode", "")).await;
        assert!(answer.header("location").starts_with("http://localhost:8080/?code="), "{}", answer.whole());
    }
}

#[tokio::test]
async fn what_cannot_be_decoded_ends_on_a_page() {
    let mock = Mock::start().await;
    for (query, why) in [
        ("client_id=%zz", "a '%' is not followed by two hexadecimal digits"),
        ("client_id=%2", "a '%' is not followed by two hexadecimal digits"),
        ("client_id=%ff", "the decoded text is not UTF-8"),
        ("client_id=a%00b", "the decoded text has a control character"),
        ("state=a%0d%0aSet-Cookie:x", "the decoded text has a control character"),
        ("%00=x", "the decoded text has a control character"),
    ] {
        let answer = mock.browse(Method::GET, &format!("{}?{query}", mock.at("/v1/authorize")), &[]).await;
        on_a_page(&mock, &answer, why, "request_unreadable");
        let posted = mock
            .form("/v1/authorize", &[])
            .body(query)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        on_a_page(&mock, &mock.send(posted).await, why, "request_unreadable");
    }
}

#[tokio::test]
async fn a_body_that_is_no_form_ends_on_a_page() {
    let mock = Mock::start().await;
    let json = serde_json::json!({
        "client_id": TUTORIAL.0, "response_type": "code", "scope": "openid", "state": STATE,
        "redirect_uri": "http://localhost:8080/",
    });
    for (media, body) in [
        ("application/json", json.to_string()),
        ("text/plain", "client_id=x".to_owned()),
        ("multipart/form-data; boundary=x", "--x--".to_owned()),
    ] {
        let request = mock.http.post(mock.at("/v1/authorize")).header(header::CONTENT_TYPE, media).body(body);
        let answer = mock.send(request).await;
        on_a_page(&mock, &answer, "Content-Type", "media_type_unsupported");
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_ends_on_a_page() {
    let mock = Mock::start().await;
    let huge = "x".repeat(70_000);
    let answer = mock.post("/v1/authorize", &with(&tutorial_request(), "state", &huge)).await;
    assert_eq!((answer.status, answer.header("location")), (413, ""));
    assert_eq!(mock.last_entry().refusal.unwrap().rule, "body_too_large");
}

#[tokio::test]
async fn the_fragment_of_the_request_and_a_trailing_ampersand_do_no_harm() {
    let mock = Mock::start().await;
    let url = reqwest::Url::parse_with_params(&mock.at("/v1/authorize"), &tutorial_request()).unwrap();
    assert_asks_for_a_password(&mock.browse(Method::GET, &format!("{url}&&#x"), &[]).await);
}

/// The tutorial writes its callback into the query as it is.
#[tokio::test]
async fn a_redirect_uri_need_not_be_percent_encoded() {
    let mock = Mock::start().await;
    let url = format!(
        "{}?response_type=code&client_id={}&redirect_uri=http://localhost:80/&scope=openid&state={STATE}",
        mock.at("/v1/authorize"),
        tutorial_app::API_KEY
    );
    assert_asks_for_a_password(&mock.browse(Method::GET, &url, &[]).await);
}

#[tokio::test]
async fn a_refusal_explains_itself_in_the_journal_and_on_the_page_in_the_same_words() {
    let mock = Mock::start().await;
    let answer = mock.authorize(&with(&tutorial_request(), "redirect_uri", "https://localhost:8080/")).await;
    let entry = mock.last_entry();
    assert_eq!(entry.app.unwrap().as_str(), tutorial_app::API_KEY);
    let why = entry.refusal.unwrap();
    for words in [&why.expected, &why.received, &why.remedy] {
        assert!(answer.text().contains(words), "{words:?} is not on the page: {}", answer.text());
    }
    for registered in ["http://localhost:80", "http://localhost:8080/"] {
        assert!(answer.text().contains(registered), "{}", answer.text());
    }
    insta::assert_json_snapshot!(why);
}

#[tokio::test]
async fn a_code_is_for_the_app_and_the_moment_that_it_was_asked_for() {
    let mock = Mock::start().await;
    let code = mock.code(&tutorial_request()).await;
    let answer = mock.post_as(TUTORIAL, "/v1/token", &tutorial_redemption(&code)).await;
    let access = claims(&answer.json()["access_token"]);
    assert_eq!((&access["cid"], &access["iat"]), (&TUTORIAL.0.into(), &NOW.into()));
}

/// Values that have broken parsers elsewhere.
const NASTY: [&str; 20] = [
    "",
    " ",
    "none",
    "code",
    "token",
    "id_token token",
    "openid",
    "form_post",
    "fragment",
    "0",
    "-1",
    "https://evil.test/",
    "http://localhost:8080/",
    "http://localhost:8080/@evil.test",
    "\"><script>alert(1)</script>",
    "\\\\evil.test",
    "\u{202e}evil",
    "%2500",
    "😀",
    "' or 1=1",
];

/// Names that rules look at.
const NAMES: [&str; 16] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "prompt",
    "max_age",
    "login_hint",
    "id_token_hint",
    "code_challenge",
    "code_challenge_method",
    "request",
    "request_uri",
    "registration",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever comes: no accident, no code for who is not signed in, no address that is not registered.
    #[test]
    fn whatever_is_sent_goes_to_registered_addresses_only(
        oidc in any::<bool>(),
        posted in any::<bool>(),
        changes in proptest::collection::vec((0..NAMES.len(), 0..NASTY.len(), any::<bool>()), 1..5),
    ) {
        let mut params = if oidc { oidc_request() } else { tutorial_request() };
        for (name, value, added) in changes {
            let (name, value) = (NAMES[name], NASTY[value]);
            params = if added { [params, vec![(name, value)]].concat() } else { with(&params, name, value) };
        }
        let answer = tokio::runtime::Runtime::new().unwrap().block_on(async {
            let mock = Mock::start().await;
            let form = if posted { params.as_slice() } else { &[] };
            let query = if posted { Vec::new() } else { params.clone() };
            let url = reqwest::Url::parse_with_params(&mock.at("/v1/authorize"), query).unwrap();
            mock.browse(if posted { Method::POST } else { Method::GET }, url.as_str(), form).await
        });
        prop_assert!([200, 302, 303, 400].contains(&answer.status), "{}", answer.whole());
        prop_assert!(!answer.body.contains("<script>alert"), "{}", answer.whole());
        let registered = |address: &str| {
            address.strip_prefix("http://localhost:8080/").is_some_and(|rest| rest.is_empty() || rest.starts_with(['?', '#']))
        };
        if answer.status == 302 || answer.status == 303 {
            prop_assert!(registered(answer.header("location")), "{}", answer.whole());
            prop_assert!(answer.callback_param("error").is_some(), "{}", answer.whole());
        } else if answer.status == 200 {
            let action = answer.form_action();
            prop_assert!(registered(&action) || action.contains("/sign-in/"), "{}", answer.whole());
            prop_assert!(!answer.body.contains("name=\"code\""), "{}", answer.whole());
        }
    }
}

#[tokio::test]
async fn secrets_that_come_to_the_wrong_place_are_masked_in_the_journal() {
    let mock = Mock::start().await;
    mock.authorize(&with(&tutorial_request(), "client_secret", TUTORIAL.1)).await;
    assert_masked(&mock.last_entry(), "client_secret", TUTORIAL.1);
    let params = mock.last_entry().params;
    assert!(params.contains(&("state".to_owned(), STATE.to_owned())), "{params:?}");
}
