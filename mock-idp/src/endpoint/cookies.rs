//! The mock's two cookies: who is signed in, and which browser was shown a sign-in page.
//!
//! Cookies ignore ports (RFC 6265 §8.5), so their names are the mock's own; their path keeps issuers apart.

use cookie::{Cookie, SameSite};
use http::{HeaderMap, HeaderValue, header};

use crate::protocol::text::{BrowserId, SessionId};

const SESSION: &str = "mock_idp_session";
const BROWSER: &str = "mock_idp_browser";

/// The cookies that a browser sent.
#[derive(Debug, Default)]
pub(crate) struct Cookies {
    /// Who is signed in.
    pub(crate) session: Option<SessionId>,
    /// Which browser it is.
    pub(crate) browser: Option<BrowserId>,
}

/// What an answer has the browser do with a cookie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CookieChange {
    /// It keeps a session, until it is closed: the issuer decides whether the session is live.
    KeepSession(SessionId),
    /// It forgets the session.
    EndSession,
    /// It remembers that it was shown a sign-in page.
    KeepBrowser(BrowserId),
}

impl Cookies {
    /// Reads the cookies of a request. Of two with one name the last one counts.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut cookies = Self::default();
        let texts = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        for cookie in texts.flat_map(Cookie::split_parse).filter_map(Result::ok) {
            match cookie.name() {
                SESSION => cookies.session = Some(SessionId::new(cookie.value())),
                BROWSER => cookies.browser = Some(BrowserId::new(cookie.value())),
                _ => {}
            }
        }
        cookies
    }
}

impl CookieChange {
    /// The header `Set-Cookie` that makes the change, for the issuer with this URL.
    pub(crate) fn header(&self, issuer: &str) -> Option<HeaderValue> {
        let cookie = match self {
            Self::KeepSession(id) => cookie(issuer, SESSION, id.expose()),
            Self::KeepBrowser(id) => cookie(issuer, BROWSER, id.expose()),
            Self::EndSession => {
                let mut gone = cookie(issuer, SESSION, "");
                gone.make_removal();
                // `removal` also sets `Expires` by the clock of the machine. `Max-Age=0` is enough (RFC 6265 §4.1.2.2).
                gone.unset_expires();
                gone
            }
        };
        HeaderValue::try_from(cookie.to_string()).ok()
    }
}

fn cookie<'a>(issuer: &str, name: &'static str, value: &'a str) -> Cookie<'a> {
    let url = url::Url::parse(issuer).ok();
    let path = url.as_ref().map_or_else(|| "/".to_owned(), |url| url.path().to_owned());
    Cookie::build((name, value))
        .path(path)
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(url.is_some_and(|url| url.scheme() == "https"))
        .build()
}
