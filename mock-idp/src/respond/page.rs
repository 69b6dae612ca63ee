//! The pages that a person sees: sign-in, refusals, and the form that posts an answer.

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};

use super::no_store;
use crate::{
    dialect::{Dialect, wording::wire},
    protocol::refusal::Refusal,
};

/// Pages have styles of their own and nothing else: no script, no frame, nothing from elsewhere.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; \
                      frame-ancestors 'none'";

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
    /// Users who may be signed in with, by name and password.
    pub(crate) hint: Vec<(String, String)>,
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
    registered: Vec<String>,
    near_miss: Option<String>,
}

/// The page after logging out, where the client named no address to go on to.
#[derive(Debug, Template)]
#[template(path = "signed_out.html")]
pub(crate) struct SignedOutPage {
    pub(crate) issuer: String,
}

/// The page for a request that may not be answered at a callback (RFC 6749 §4.1.2.1).
pub(crate) fn refusal_page(refusal: &Refusal, dialect: Dialect) -> Response {
    let wire = wire(refusal, dialect);
    let why = refusal.explain();
    // A page says 400 where JSON would ask for credentials.
    let status = if wire.status == 413 { StatusCode::PAYLOAD_TOO_LARGE } else { StatusCode::BAD_REQUEST };
    let page = RefusalPage {
        title: "This request cannot be answered".to_owned(),
        summary: wire.description,
        rule: why.rule.to_owned(),
        section: why.section.to_owned(),
        expected: why.expected,
        received: why.received,
        remedy: why.remedy,
        registered: refusal.registered().iter().map(ToString::to_string).collect(),
        near_miss: refusal.near().map(str::to_owned),
    };
    html(status, &page)
}

/// Renders a page that no cache keeps and no other page frames (RFC 9700 §4.16). It says nothing of its opener:
/// client libraries that sign in in a popup need theirs back.
pub(crate) fn html(status: StatusCode, page: &impl Template) -> Response {
    protected(status, page, HeaderValue::from_static(POLICY))
}

/// Renders a page that may run the one script with this hash.
pub(super) fn scripted(page: &impl Template, script_hash: &str) -> Response {
    let policy = format!("{POLICY}; script-src '{script_hash}'");
    protected(StatusCode::OK, page, HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static(POLICY)))
}

fn protected(status: StatusCode, page: &impl Template, policy: HeaderValue) -> Response {
    let mut response = match page.render() {
        Ok(text) => no_store((status, Html(text)).into_response()),
        Err(error) => {
            tracing::error!(%error, "a page cannot be rendered");
            no_store(StatusCode::INTERNAL_SERVER_ERROR.into_response())
        }
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    response
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn the_policy_allows_the_script_that_is_there() {
        let page = include_str!("../../templates/form_post.html");
        let script = page.split("<script>").nth(1).unwrap().split("</script>").next().unwrap();
        assert_eq!(FORM_POST_SCRIPT_HASH, format!("sha256-{}", STANDARD.encode(Sha256::digest(script))));
    }
}
