//! The requests, in the order in which they are sent. Files are compared by the names, so a name never changes.

use base64::{Engine, prelude::BASE64_STANDARD};
use http::{Method, header};
use url::{Url, form_urlencoded};

use crate::http_client::HttpRequest;

/// A client that does not exist.
const NOBODY: &str = "ProbeUnknownKey00000000000000001";
/// A page that no app has registered. Nobody can own a name below .example (RFC 2606 §3).
const STRANGER: &str = "https://probe.example/callback";
const STRANGERS_ORIGIN: &str = "https://probe.example";
/// An issuer of Okta's form that does not exist.
const NO_ISSUER: &str = "ausProbeUnknown00000";
/// A code of Fortellis' form that was never issued.
const NO_CODE: &str = "ProbeNeverIssued00000000000000000000000code";

/// An app of the server, with the public part of its registration. It allows more questions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// The API Key, the OAuth `client_id`.
    pub api_key: String,
    /// One of its Callback URLs.
    pub redirect_uri: String,
}

/// One request, or none where it needs an app.
pub(super) struct Question {
    pub(super) name: &'static str,
    pub(super) ask: Option<HttpRequest>,
}

/// How many questions there are.
pub fn count() -> usize {
    all("http://localhost/oauth2/x", None).len()
}

/// All of them for a server.
pub(super) fn all(issuer: &str, app: Option<&App>) -> Vec<Question> {
    let mut questions = published(issuer);
    questions.extend(authorize(issuer));
    questions.extend(authorize_as(issuer, app));
    questions.extend(token(issuer));
    questions.extend(others(issuer));
    questions
}

fn question(name: &'static str, ask: HttpRequest) -> Question {
    Question { name, ask: Some(ask) }
}

/// Public documents.
fn published(issuer: &str) -> Vec<Question> {
    let at = |path: &str| format!("{issuer}{path}");
    let (openid, oauth, keys) = (
        at("/.well-known/openid-configuration"),
        at("/.well-known/oauth-authorization-server"),
        at("/v1/keys"),
    );
    let (origin, path) = Url::parse(issuer)
        .map(|url| (url.origin().ascii_serialization(), url.path().to_owned()))
        .unwrap_or_default();
    vec![
        question("metadata", HttpRequest::get(&openid)),
        question("metadata-of-rfc-8414", HttpRequest::get(&oauth)),
        question(
            "metadata-before-the-path",
            HttpRequest::get(format!("{origin}/.well-known/oauth-authorization-server{path}")),
        ),
        question("metadata-from-a-page", HttpRequest::get(&openid).header(header::ORIGIN, STRANGERS_ORIGIN)),
        question("metadata-head", HttpRequest::new(Method::HEAD, &openid)),
        question("metadata-post", HttpRequest::form(&openid, "")),
        question("keys", HttpRequest::get(&keys)),
        question("keys-from-a-page", HttpRequest::get(&keys).header(header::ORIGIN, STRANGERS_ORIGIN)),
        question("keys-head", HttpRequest::new(Method::HEAD, &keys)),
        question("keys-preflight", preflight(&keys, "GET")),
        question("unknown-issuer", HttpRequest::get(format!("{origin}/oauth2/{NO_ISSUER}/v1/keys"))),
        question("unknown-path", HttpRequest::get(at("/v1/nothing-is-here"))),
    ]
}

/// What the authorization endpoint answers to unknown clients.
fn authorize(issuer: &str) -> Vec<Question> {
    let stranger = AuthorizeQuery::of(NOBODY, STRANGER);
    vec![
        question("authorize-without-parameters", browse(format!("{issuer}/v1/authorize"))),
        question("authorize-unknown-client", browse(stranger.url(issuer))),
        question("authorize-without-client", browse(stranger.clone().without("client_id").url(issuer))),
        question("authorize-unknown-client-head", HttpRequest::new(Method::HEAD, stranger.url(issuer))),
        question("authorize-options", HttpRequest::new(Method::OPTIONS, stranger.url(issuer))),
        question("authorize-put", HttpRequest::new(Method::PUT, stranger.url(issuer))),
    ]
}

/// What the authorization endpoint answers to an app about all other mistakes.
fn authorize_as(issuer: &str, app: Option<&App>) -> Vec<Question> {
    let good = app.map(|app| AuthorizeQuery::of(&app.api_key, &app.redirect_uri));
    let with = |name: &'static str, spoil: fn(AuthorizeQuery) -> AuthorizeQuery| Question {
        name,
        ask: good.clone().map(|good| browse(spoil(good).url(issuer))),
    };
    vec![
        with("authorize-nobody-signed-in", |good| good),
        with("authorize-without-redirect-uri", |good| good.without("redirect_uri")),
        with("authorize-foreign-redirect-uri", |good| good.set("redirect_uri", STRANGER)),
        with("authorize-without-state", |good| good.without("state")),
        with("authorize-odd-state", |good| good.set("state", "a b&<c>")),
        with("authorize-two-states", |good| good.add("state", "second")),
        with("authorize-without-response-type", |good| good.without("response_type")),
        with("authorize-unknown-response-type", |good| good.set("response_type", "nonsense")),
        with("authorize-implicit", |good| good.set("response_type", "token").add("nonce", "probe")),
        with("authorize-implicit-without-nonce", |good| good.set("response_type", "token")),
        with("authorize-without-scope", |good| good.without("scope")),
        with("authorize-unknown-scope", |good| good.set("scope", "openid probe-unknown")),
        with("authorize-unknown-response-mode", |good| good.add("response_mode", "nonsense")),
        with("authorize-query-for-implicit", |good| {
            good.set("response_type", "token").add("nonce", "probe").add("response_mode", "query")
        }),
        with("authorize-form-post", |good| good.add("response_mode", "form_post")),
        with("authorize-plain-pkce", |good| {
            good.add("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
                .add("code_challenge_method", "plain")
        }),
        with("authorize-unknown-prompt", |good| good.set("prompt", "nonsense")),
        with("authorize-prompt-none-and-login", |good| good.set("prompt", "none login")),
    ]
}

/// What the token endpoint answers without valid credentials.
fn token(issuer: &str) -> Vec<Question> {
    let url = format!("{issuer}/v1/token");
    let code = format!("grant_type=authorization_code&redirect_uri={STRANGER}&code={NO_CODE}");
    let body_client = format!("{code}&client_id={NOBODY}&client_secret=ProbeNoSecret000");
    let basic = || format!("Basic {}", BASE64_STANDARD.encode(format!("{NOBODY}:ProbeNoSecret000")));
    let form = |body: &str| HttpRequest::form(&url, body);
    vec![
        question("token-get", HttpRequest::get(&url)),
        question("token-head", HttpRequest::new(Method::HEAD, &url)),
        question("token-preflight", preflight(&url, "POST")),
        question("token-without-body", HttpRequest::new(Method::POST, &url)),
        question("token-without-grant-type", form("scope=anonymous")),
        question("token-unknown-grant-type", form("grant_type=nonsense")),
        question("token-unknown-code", form(&code)),
        question("token-without-media-type", HttpRequest::new(Method::POST, &url).body(&code)),
        question(
            "token-json",
            HttpRequest::new(Method::POST, &url)
                .header(header::CONTENT_TYPE, "application/json")
                .body(r#"{"grant_type":"client_credentials","scope":"anonymous"}"#),
        ),
        question("token-in-the-query", HttpRequest::new(Method::POST, format!("{url}?{code}"))),
        question("token-with-a-slash", HttpRequest::form(format!("{url}/"), code.as_str())),
        question("token-two-grant-types", form("grant_type=client_credentials&grant_type=refresh_token")),
        question("token-unknown-client", form(&code).header(header::AUTHORIZATION, basic())),
        question("token-unknown-client-in-the-body", form(&body_client)),
        question(
            "token-unknown-client-in-the-query",
            HttpRequest::new(Method::POST, format!("{url}?{body_client}")),
        ),
        question("token-two-ways-of-credentials", form(&body_client).header(header::AUTHORIZATION, basic())),
        question("token-broken-credentials", form(&code).header(header::AUTHORIZATION, "Basic !")),
        question("token-empty-client", form(&format!("{code}&client_id="))),
        question("token-from-a-page", form(&code).header(header::ORIGIN, STRANGERS_ORIGIN)),
    ]
}

/// Okta's endpoints that Fortellis does not document.
fn others(issuer: &str) -> Vec<Question> {
    let at = |path: &str| format!("{issuer}{path}");
    let bearer = |ask: HttpRequest| ask.header(header::AUTHORIZATION, "Bearer probe.never.issued");
    vec![
        question("userinfo-without-token", HttpRequest::get(at("/v1/userinfo"))),
        question("userinfo-with-no-token-of-its-own", bearer(HttpRequest::get(at("/v1/userinfo")))),
        question("userinfo-put", HttpRequest::new(Method::PUT, at("/v1/userinfo"))),
        question("introspect-without-credentials", HttpRequest::form(at("/v1/introspect"), "token=probe")),
        question("introspect-get", HttpRequest::get(at("/v1/introspect"))),
        question("revoke-without-credentials", HttpRequest::form(at("/v1/revoke"), "token=probe")),
        question("revoke-get", HttpRequest::get(at("/v1/revoke"))),
        question("logout-without-parameters", browse(at("/v1/logout"))),
        question(
            "logout-with-no-hint-of-its-own",
            browse(format!(
                "{}?id_token_hint=probe&post_logout_redirect_uri={STRANGER}&state=probe",
                at("/v1/logout")
            )),
        ),
    ]
}

/// A GET as a browser sends it for a page.
fn browse(url: String) -> HttpRequest {
    HttpRequest::new(Method::GET, url).header(header::ACCEPT, "text/html")
}

/// The preflight that a browser sends before a page of another origin may send more than a simple request.
fn preflight(url: &str, method: &str) -> HttpRequest {
    HttpRequest::new(Method::OPTIONS, url)
        .header(header::ORIGIN, STRANGERS_ORIGIN)
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, method)
        .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization")
}

/// The query of a request to the authorization endpoint. It is valid until a part is changed.
#[derive(Debug, Clone)]
struct AuthorizeQuery(Vec<(&'static str, String)>);

impl AuthorizeQuery {
    fn of(api_key: &str, redirect_uri: &str) -> Self {
        Self(vec![
            ("client_id", api_key.to_owned()),
            ("response_type", "code".to_owned()),
            ("scope", "openid".to_owned()),
            ("redirect_uri", redirect_uri.to_owned()),
            ("state", "probe".to_owned()),
            ("prompt", "none".to_owned()),
        ])
    }

    fn without(mut self, name: &str) -> Self {
        self.0.retain(|(own, _)| *own != name);
        self
    }

    fn set(self, name: &'static str, value: &str) -> Self {
        self.without(name).add(name, value)
    }

    fn add(mut self, name: &'static str, value: &str) -> Self {
        self.0.push((name, value.to_owned()));
        self
    }

    fn url(&self, issuer: &str) -> String {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish();
        format!("{issuer}/v1/authorize?{query}")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn app() -> App {
        App { api_key: "AppKey".to_owned(), redirect_uri: "http://localhost:8080/".to_owned() }
    }

    #[test]
    fn names_are_unique_and_every_question_is_asked_where_an_app_is_known() {
        let questions = all("http://localhost/oauth2/x", Some(&app()));
        let names: BTreeSet<&str> = questions.iter().map(|it| it.name).collect();
        assert_eq!(names.len(), questions.len());
        assert!(questions.iter().all(|it| it.ask.is_some()));
        assert_eq!(count(), questions.len());
    }

    #[test]
    fn nobody_is_asked_to_sign_in_and_no_secret_is_sent() {
        for question in all("http://localhost/oauth2/x", Some(&app())) {
            let text = question.ask.unwrap().to_string();
            assert!(!text.contains("client_secret") || text.contains(NOBODY), "{text}");
            if question.name.starts_with("authorize") && text.contains("AppKey") {
                assert!(text.contains("prompt="), "{text}");
            }
        }
    }

    #[test]
    fn without_an_app_nothing_is_asked_in_its_name() {
        let questions = all("http://localhost/oauth2/x", None);
        let skipped = questions.iter().filter(|it| it.ask.is_none()).count();
        assert_eq!(skipped, authorize_as("x", None).len());
    }
}
