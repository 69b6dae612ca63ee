//! Answers at the client's callback: after `?`, after `#`, or as a posted form
//! (RFC 6749 §4.1.2, OAuth 2.0 Multiple Response Types §2.1, Form Post Response Mode).

use askama::Template;
use http::Method;

use super::{Response, page, redirect};
use crate::{
    dialect::Dialect,
    fault::OAuthErrorFault,
    protocol::{authorization_request, response::ResponseMode},
    refusal::Refusal,
};

/// The parameters of an answer, in their order.
pub(crate) type Parameters = Vec<(&'static str, String)>;

/// The destination of an answer, and who sends it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CallbackTarget<'a> {
    /// The checked address.
    pub(crate) to: &'a authorization_request::Callback,
    /// The dialect of the app.
    pub(crate) dialect: Dialect,
    /// `iss`.
    pub(crate) issuer: &'a str,
}

impl CallbackTarget<'_> {
    /// The client's `state`.
    fn state(&self) -> Option<(&'static str, String)> {
        self.to.state.clone().map(|state| ("state", state))
    }

    /// `iss`, which names the server that answers to a client of several servers (RFC 9207 §2).
    fn iss(&self) -> Option<(&'static str, String)> {
        self.dialect.has_iss_on_callback().then(|| ("iss", self.issuer.to_owned()))
    }

    /// The parameters of an error. `state` comes first, as at Okta.
    fn error(&self, error: String, description: String) -> Parameters {
        let params = [("error", error), ("error_description", description)];
        self.state().into_iter().chain(params).chain(self.iss()).collect()
    }

    /// The parameters of a refusal.
    pub(crate) fn refused(&self, refusal: &Refusal) -> Parameters {
        let error = refusal.error(self.dialect);
        self.error(error.code.to_owned(), error.description)
    }

    /// The parameters of an error that a fault asks for.
    pub(crate) fn faulty(&self, error: &OAuthErrorFault) -> Parameters {
        self.error(error.error.clone(), error.description().to_owned())
    }

    /// The parameters of a successful answer with `given`. `state` comes after them.
    pub(crate) fn answered(&self, given: Parameters) -> Parameters {
        given.into_iter().chain(self.state()).chain(self.iss()).collect()
    }

    /// Sends the parameters, after a request of this method.
    pub(crate) fn send(&self, method: &Method, params: &[(&'static str, String)]) -> Response {
        let uri = self.to.redirect_uri.as_str();
        match self.to.mode {
            ResponseMode::FormPost => form_post(uri, params),
            ResponseMode::Query if uri.contains('?') => {
                redirect(method, &format!("{uri}&{}", encoded(params)))
            }
            ResponseMode::Query => redirect(method, &format!("{uri}?{}", encoded(params))),
            ResponseMode::Fragment => redirect(method, &format!("{uri}#{}", encoded(params))),
        }
    }
}

fn encoded(params: &[(&'static str, String)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(params.iter().map(|(name, value)| (name, value)))
        .finish()
}

#[derive(Template)]
#[template(path = "form_post.html")]
struct FormPost<'a> {
    action: &'a str,
    params: &'a [(&'static str, String)],
}

/// A page that posts the parameters.
fn form_post(action: &str, params: &[(&'static str, String)]) -> Response {
    page::scripted(&FormPost { action, params }, page::FORM_POST_SCRIPT_HASH)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The form as a browser gets it.
    pub(crate) fn empty_form() -> impl Template {
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
