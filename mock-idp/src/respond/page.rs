//! The pages that a person sees: sign-in, refusals, and the form that posts an answer.

use std::sync::LazyLock;

use askama::Template;
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderValue, StatusCode, header};
use sha2::{Digest, Sha256};

use super::{Response, empty, no_store, with_body};
use crate::{dialect::Dialect, fault::NamedFault, protocol::scope, refusal::Refusal};

/// The look of all pages. It stands in each of them, so that a page is one answer and loads nothing.
pub(crate) const STYLE: &str = include_str!("../../templates/style.css");

/// Pages have this one style and nothing else: no script, no frame, nothing from elsewhere.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
    )
});

/// The hash of the one line of script in `form_post.html`.
pub(super) const FORM_POST_SCRIPT_HASH: &str = "sha256-ePniVEkSivX/c7XWBGafqh8tSpiRrKiqYeqbG7N1TOE=";

/// The sign-in page.
#[derive(Debug, Template)]
#[template(path = "sign_in.html")]
pub(crate) struct SignInPage {
    pub(crate) app_name: String,
    pub(crate) website: String,
    pub(crate) issuer: String,
    pub(crate) action: String,
    pub(crate) username: String,
    pub(crate) message: Option<String>,
    pub(crate) scopes: Vec<String>,
    /// Users who may be signed in with, by name and password.
    pub(crate) hint: Vec<(String, String)>,
    /// Some faults that may be ordered.
    pub(crate) faults: Vec<&'static NamedFault>,
    /// The page that lists all of them.
    pub(crate) all_faults: String,
}

/// The page that lists the faults that a user name can order.
#[derive(Debug, Template)]
#[template(path = "faults.html")]
pub(crate) struct FaultsPage {
    pub(crate) issuer: String,
    pub(crate) prefix: &'static str,
    /// The faults by what they spoil.
    pub(crate) groups: Vec<(&'static str, Vec<&'static NamedFault>)>,
}

/// What a scope gives to the app, in words (OpenID Connect Core §5.4, §11), where that is known.
fn meaning(scope: &str) -> Option<&'static str> {
    Some(match scope {
        scope::OPENID => "to know who you are",
        scope::PROFILE => "your name",
        scope::EMAIL => "your e-mail address",
        scope::OFFLINE_ACCESS => "to stay signed in without asking again",
        scope::ANONYMOUS => "to call APIs in its own name",
        _ => return None,
    })
}

#[derive(Template)]
#[template(path = "refusal.html")]
struct RefusalPage {
    title: String,
    summary: String,
    rule: String,
    section: String,
    expected: String,
    received: String,
    remedy: String,
    /// The registered addresses, and whether each is the near miss.
    registered: Vec<(String, bool)>,
    /// Whether the remedy names what was probably meant.
    near_miss: bool,
}

/// The page after logging out, where the client named no address to go on to.
#[derive(Debug, Template)]
#[template(path = "signed_out.html")]
pub(crate) struct SignedOutPage {
    pub(crate) issuer: String,
}

/// The page for a request that must not be answered at a callback (RFC 6749 §4.1.2.1).
pub(crate) fn refusal_page(refusal: &Refusal, dialect: Dialect) -> Response {
    // A page says 400 where JSON would ask for credentials.
    let too_large = refusal.wire(dialect).status == 413;
    let status = if too_large { StatusCode::PAYLOAD_TOO_LARGE } else { StatusCode::BAD_REQUEST };
    html(status, &refusal_template(refusal, dialect))
}

fn refusal_template(refusal: &Refusal, dialect: Dialect) -> RefusalPage {
    let why = refusal.explain();
    let near = refusal.near();
    // The text of a near miss begins with the address that was probably meant.
    let is_near = |url: &str| near.is_some_and(|near| near.split(' ').next() == Some(url));
    RefusalPage {
        title: "This request cannot be answered".to_owned(),
        summary: refusal.wire(dialect).description,
        rule: why.rule.to_owned(),
        section: why.section.to_owned(),
        expected: why.expected,
        received: why.received,
        remedy: why.remedy,
        registered: refusal.registered().iter().map(|uri| (uri.to_string(), is_near(&uri.url))).collect(),
        near_miss: near.is_some(),
    }
}

/// Renders a page that no cache keeps and no other page frames (RFC 9700 §4.16). It says nothing of its opener:
/// client libraries that sign in in a popup need theirs back.
pub(crate) fn html(status: StatusCode, page: &impl Template) -> Response {
    protected(status, page, &POLICY)
}

/// Renders a page that may run the one script with this hash.
pub(super) fn scripted(page: &impl Template, script_hash: &str) -> Response {
    protected(StatusCode::OK, page, &format!("{}; script-src '{script_hash}'", *POLICY))
}

fn protected(status: StatusCode, page: &impl Template, policy: &str) -> Response {
    let mut response = match page.render() {
        Ok(text) => no_store(with_body(status, Some("text/html; charset=utf-8"), text.into())),
        Err(error) => {
            tracing::error!(target: "mock-idp", %error, "a page cannot be rendered");
            no_store(empty(StatusCode::INTERNAL_SERVER_ERROR))
        }
    };
    let headers = response.headers_mut();
    // Hashes are base64, so the policy is always a field; without one, a page may at least do nothing.
    let policy = HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{protocol::redirect_uri::RegisteredUri, refusal::AuthorizeRefusal};

    fn sign_in_page() -> SignInPage {
        SignInPage {
            app_name: "Tutorial app".to_owned(),
            website: "http://example.com".to_owned(),
            issuer: "default".to_owned(),
            action: "http://localhost:9100/oauth2/default/sign-in/1".to_owned(),
            username: String::new(),
            message: None,
            scopes: vec!["openid".to_owned(), "vehicles".to_owned()],
            hint: Vec::new(),
            faults: Vec::new(),
            all_faults: "http://localhost:9100/oauth2/default/sign-in/faults".to_owned(),
        }
    }

    fn text(page: &impl Template) -> String {
        page.render().unwrap()
    }

    /// The tag of the field with this name.
    fn field<'a>(page: &'a str, name: &str) -> &'a str {
        let start = page.find(&format!("<input id=\"{name}\" name=\"{name}\"")).unwrap();
        page[start..].split_inclusive('>').next().unwrap()
    }

    fn hash(text: &str) -> String {
        format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
    }

    fn between<'a>(page: &'a str, start: &str, end: &str) -> &'a str {
        page.split(start).nth(1).unwrap().split(end).next().unwrap()
    }

    #[test]
    fn the_policy_allows_the_script_that_is_there() {
        let page = text(&crate::respond::callback::tests::empty_form());
        assert_eq!(format!("'{FORM_POST_SCRIPT_HASH}'"), hash(between(&page, "<script>", "</script>")));
    }

    #[test]
    fn the_policy_allows_the_style_that_is_there_and_no_other() {
        let style = hash(between(&text(&sign_in_page()), "<style>", "</style>"));
        assert_eq!(
            *POLICY,
            format!(
                "default-src 'none'; style-src {style}; img-src data:; base-uri 'none'; frame-ancestors 'none'"
            )
        );
    }

    #[test]
    fn a_fresh_page_takes_the_user_name_and_complains_of_nothing() {
        let page = text(&sign_in_page());
        assert!(page.contains("<title>Sign in – Tutorial app</title>"), "{page}");
        assert!(field(&page, "username").ends_with(" required autofocus>"), "{page}");
        assert!(field(&page, "password").ends_with(" required>"), "{page}");
        assert!(!page.contains("role=\"alert\"") && !page.contains("aria-invalid=\"true\""), "{page}");
    }

    #[test]
    fn a_message_is_in_the_title_and_tied_to_the_fields_and_the_password_comes_next() {
        let message = Some("Unable to sign in.".to_owned());
        let page = text(&SignInPage { message, username: "sam".to_owned(), ..sign_in_page() });
        assert!(page.contains("<title>Error: Sign in – Tutorial app</title>"), "{page}");
        assert!(
            page.contains("<p class=\"alert\" id=\"message\" role=\"alert\">Unable to sign in.</p>"),
            "{page}"
        );
        for name in ["username", "password"] {
            assert!(
                field(&page, name).contains(" aria-invalid=\"true\" aria-describedby=\"message\""),
                "{page}"
            );
        }
        assert!(!field(&page, "username").contains("autofocus"), "{page}");
        assert!(field(&page, "password").ends_with(" autofocus>"), "{page}");
    }

    #[test]
    fn enter_signs_in_and_cancel_needs_no_field() {
        let page = text(&sign_in_page());
        let first = page.find("<button").unwrap();
        assert!(page[first..].starts_with("<button type=\"submit\">Sign in</button>"), "{page}");
        let cancel =
            "<button type=\"submit\" name=\"action\" value=\"cancel\" class=\"quiet\" formnovalidate>";
        assert!(page[first..].contains(cancel), "{page}");
    }

    #[test]
    fn what_the_app_asks_for_is_listed_in_words_where_they_are_known() {
        let page = text(&sign_in_page());
        assert!(page.contains("<li><code>openid</code> – to know who you are</li>"), "{page}");
        assert!(page.contains("<li><code>vehicles</code></li>"), "{page}");
    }

    fn refused(near: Option<&str>) -> String {
        let refusal = AuthorizeRefusal::RedirectUriUnregistered {
            sent: "https://localhost:8080/".to_owned(),
            registered: ["http://localhost:80", "http://localhost:8080/"].map(RegisteredUri::new).to_vec(),
            near: near.map(str::to_owned),
        }
        .into();
        text(&refusal_template(&refusal, Dialect::Oidc))
    }

    #[test]
    fn a_near_miss_is_named_once_and_marked_among_the_registered_addresses() {
        let near = "http://localhost:8080/ is registered and differs only in the scheme (http or https)";
        let page = refused(Some(near));
        assert_eq!(page.matches(near).count(), 1, "{page}");
        assert!(page.contains("<dd class=\"raw\">http://localhost:80</dd>"), "{page}");
        assert!(page.contains("<dd class=\"raw\"><mark>http://localhost:8080/</mark></dd>"), "{page}");
        assert!(!page.contains("What to do"), "{page}");
    }

    #[test]
    fn where_nothing_is_near_the_page_says_what_to_do() {
        let page = refused(None);
        assert!(page.contains("<dt>What to do</dt><dd>register this Callback URL"), "{page}");
        assert!(!page.contains("<mark>") && !page.contains("Nearly right"), "{page}");
    }
}
