//! Answers at the client's callback: behind `?`, behind `#`, or as a posted form
//! (RFC 6749 §4.1.2, OAuth 2.0 Multiple Response Types §2.1, Form Post Response Mode).

use askama::Template;
use axum::{
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{no_store, page};
use crate::{
    dialect::Dialect,
    fault::{CallbackChange, OAuthErrorFault},
    protocol::{authorization_request::Callback, response::ResponseMode},
    refusal::Refusal,
};

/// Sends an error to the callback: `state` first, as Okta does.
pub(crate) fn callback_with_error(
    method: &Method,
    callback: &Callback,
    refusal: &Refusal,
    dialect: Dialect,
    issuer: &str,
) -> Response {
    let wire = refusal.wire(dialect);
    let params = vec![("error", wire.code.to_owned()), ("error_description", wire.description)];
    let state = callback.state.clone().map(|state| ("state", state));
    send(method, callback, &state.into_iter().chain(params).chain(iss(dialect, issuer)).collect::<Vec<_>>())
}

/// Sends an error that a fault has ordered to the callback.
pub(crate) fn callback_with_ordered_error(
    method: &Method,
    callback: &Callback,
    error: &OAuthErrorFault,
    dialect: Dialect,
    issuer: &str,
) -> Response {
    let description = error.description().to_owned();
    let params = vec![("error", error.error.clone()), ("error_description", description)];
    let state = callback.state.clone().map(|state| ("state", state));
    send(method, callback, &state.into_iter().chain(params).chain(iss(dialect, issuer)).collect::<Vec<_>>())
}

/// Sends a successful answer to the callback: `state` last. A fault may change it.
pub(crate) fn callback_with_params(
    method: &Method,
    callback: &Callback,
    params: Vec<(&'static str, String)>,
    dialect: Dialect,
    issuer: &str,
    fault: Option<CallbackChange>,
) -> Response {
    let state = callback.state.clone().map(|state| ("state", state));
    let params: Vec<_> = params.into_iter().chain(state).chain(iss(dialect, issuer)).collect();
    send(method, callback, &fault.map_or_else(|| params.clone(), |change| change.on(params.clone())))
}

/// `iss`, by which a client of several servers tells who answers (RFC 9207 §2).
fn iss(dialect: Dialect, issuer: &str) -> Option<(&'static str, String)> {
    dialect.has_iss_on_callback().then(|| ("iss", issuer.to_owned()))
}

#[derive(Template)]
#[template(path = "form_post.html")]
struct FormPost<'a> {
    action: &'a str,
    params: &'a [(&'static str, String)],
}

fn send(method: &Method, callback: &Callback, params: &[(&'static str, String)]) -> Response {
    let uri = callback.redirect_uri.as_str();
    let encoded = || {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(params.iter().map(|(n, v)| (n, v)))
            .finish()
    };
    let location = match callback.mode {
        ResponseMode::FormPost => {
            return page::scripted(&FormPost { action: uri, params }, page::FORM_POST_SCRIPT_HASH);
        }
        ResponseMode::Query if uri.contains('?') => format!("{uri}&{}", encoded()),
        ResponseMode::Query => format!("{uri}?{}", encoded()),
        ResponseMode::Fragment => format!("{uri}#{}", encoded()),
    };
    // After a form the browser must come with GET and without the password: 303, never 307 (RFC 9700 §4.12).
    let status = if method == Method::POST { StatusCode::SEE_OTHER } else { StatusCode::FOUND };
    let mut response = no_store(status.into_response());
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The form as a browser gets it.
    pub(crate) fn form_post() -> impl Template {
        FormPost { action: "http://localhost:8080/", params: &[] }
    }

    #[test]
    fn a_posted_answer_carries_its_parameters_escaped() {
        let params = [("state", "\"><script>".to_owned())];
        let page = FormPost { action: "http://localhost:8080/?a=1&b=2", params: &params }.render().unwrap();
        assert!(
            page.contains("<form method=\"post\" action=\"http://localhost:8080/?a=1&#38;b=2\">"),
            "{page}"
        );
        assert!(page.contains("name=\"state\" value=\"&#34;&#62;&#60;script&#62;\">"), "{page}");
    }
}
