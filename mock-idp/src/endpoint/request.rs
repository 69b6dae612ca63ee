//! What a request says, worked out once: the endpoint, the faults and the journal borrow from it.

use http::{HeaderMap, HeaderName, Method, Uri, Version, header};

use super::{cookies::Cookies, form::Form};
use crate::{
    protocol::claims::Claims,
    refusal::{RequestRefusal, Unusable},
};

/// A request to an endpoint.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// Path and query, as they were sent.
    pub(crate) uri: Uri,
    pub(crate) version: Version,
    pub(crate) headers: HeaderMap,
    /// What the path names below the issuer, decoded: a sign-in page, a subscription.
    pub(crate) named: Option<String>,
    pub(crate) cookies: Cookies,
    /// Query and body, or why they cannot be read. Empty where the endpoint reads neither.
    pub(crate) form: Result<Form, RequestRefusal>,
    /// Whether the body is larger than the endpoint reads.
    pub(crate) is_too_large: bool,
    /// The token that the request presents, with its claims if a key of this issuer signed it.
    pub(crate) presented: Option<Result<Claims, Unusable>>,
}

impl Request {
    /// The values of a header. One that is not text counts as empty.
    pub(crate) fn header_values(&self, name: &HeaderName) -> Vec<&str> {
        let values = self.headers.get_all(name).iter();
        values.map(|value| value.to_str().unwrap_or_default().trim()).collect()
    }

    /// The credentials of the header `Authorization`, whatever their scheme.
    pub(crate) fn authorization(&self) -> Option<(&str, &str)> {
        let value = self.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let (scheme, credentials) = value.split_once(' ')?;
        Some((scheme, credentials.trim()))
    }

    /// The bearer token of the header `Authorization`.
    pub(crate) fn bearer(&self) -> Option<&str> {
        self.authorization()
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token)
    }

    /// The claims of the token that the request presents, if a key of this issuer signed it.
    pub(crate) fn verified(&self) -> Option<&Claims> {
        self.presented.as_ref()?.as_ref().ok()
    }

    /// Whether a browser asks beforehand whether it may ask: not a call of the app's (Fetch §3.3.2).
    pub(crate) fn is_preflight(&self) -> bool {
        self.method == Method::OPTIONS && self.headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
    }

    /// A parameter, in query or form.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.form.as_ref().ok()?.all.get(name)
    }
}
