//! The mock's two cookies: who is signed in, and which browser was shown a sign-in page.
//!
//! Cookies ignore ports (RFC 6265 §8.5), so their names are the mock's own; their path keeps issuers apart.

use axum::{
    http::{HeaderMap, header::SET_COOKIE},
    response::Response,
};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};

use crate::{
    issuer::Issuer,
    protocol::text::{BrowserId, SessionId},
};

const SESSION: &str = "mock_idp_session";
const BROWSER: &str = "mock_idp_browser";

/// The cookies that a browser sent.
#[derive(Debug)]
pub(crate) struct Cookies(CookieJar);

impl Cookies {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        Self(CookieJar::from_headers(headers))
    }

    pub(crate) fn session(&self) -> Option<SessionId> {
        self.0.get(SESSION).map(|cookie| SessionId::new(cookie.value()))
    }

    pub(crate) fn browser(&self) -> Option<BrowserId> {
        self.0.get(BROWSER).map(|cookie| BrowserId::new(cookie.value()))
    }

    /// Has the browser keep a session, until it is closed: whether the session still counts is the issuer's to say.
    pub(crate) fn keep_session(response: Response, issuer: &Issuer, id: &SessionId) -> Response {
        set(response, &cookie(issuer, SESSION, id.expose().to_owned()))
    }

    /// Has the browser forget the session.
    pub(crate) fn end_session(response: Response, issuer: &Issuer) -> Response {
        let mut gone = cookie(issuer, SESSION, String::new());
        gone.make_removal();
        // That dated the cookie back by the machine's clock. `Max-Age=0` is enough (RFC 6265 §4.1.2.2).
        gone.unset_expires();
        set(response, &gone)
    }

    /// Has the browser remember that it was shown a sign-in page.
    pub(crate) fn keep_browser(response: Response, issuer: &Issuer, id: &BrowserId) -> Response {
        set(response, &cookie(issuer, BROWSER, id.expose().to_owned()))
    }
}

fn cookie(issuer: &Issuer, name: &'static str, value: String) -> Cookie<'static> {
    let url = url::Url::parse(issuer.url()).ok();
    let path = url.as_ref().map_or_else(|| "/".to_owned(), |url| url.path().to_owned());
    Cookie::build((name, value))
        .path(path)
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(url.is_some_and(|url| url.scheme() == "https"))
        .build()
}

fn set(mut response: Response, cookie: &Cookie<'static>) -> Response {
    if let Ok(value) = cookie.to_string().parse() {
        response.headers_mut().append(SET_COOKIE, value);
    }
    response
}
