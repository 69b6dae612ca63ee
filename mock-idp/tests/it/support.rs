//! A mock whose every byte is known beforehand, a browser with cookies, and whole answers.
//!
//! The clock stands still, the random source has a seed and the advertised address is fixed, so an answer with its
//! tokens is one snapshot. Requests are answered in process; [`Mock::send_over_socket`] is for tests about connections.

use std::{cell::RefCell, collections::BTreeMap, sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use fixtures::{oidc_app, subscriber, tutorial_app};
use mock_idp::{Config, Entry, Issuer, MockIdp, Timestamp, Unverified};
use reqwest::{Client, Method, Request, RequestBuilder, header, redirect::Policy};
use serde_json::{Value, json};
use tokio::{net::TcpListener, process::Command};
use url::{Url, form_urlencoded};

use crate::described;

/// When every test happens: 2026-01-02T03:04:05Z.
pub(crate) const NOW: i64 = 1_767_323_045;

/// The address that the mock advertises, wherever it really listens.
pub(crate) const ADVERTISED: &str = "http://localhost:9100";

/// The `state` of requests that do not care.
pub(crate) const STATE: &str = "fc2299c9-b84f-4fe4-a96d-e15c12bebfe7";

/// A running mock with one issuer in use, and a client that follows no redirect. The client makes requests; it sends
/// only those that a test sends itself.
#[derive(Debug)]
pub(crate) struct Mock {
    pub(crate) idp: MockIdp,
    pub(crate) issuer: Arc<Issuer>,
    pub(crate) http: Client,
    cookies: RefCell<BTreeMap<String, String>>,
}

/// An answer with its body.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: header::HeaderMap,
    pub(crate) body: String,
}

impl Mock {
    /// A mock with the demo data.
    pub(crate) async fn start() -> Self {
        Self::start_with(Config::demo()).await
    }

    /// A mock with a configuration of the test's own, in the format of the configuration file.
    pub(crate) async fn start_with_toml(toml: &str) -> Self {
        Self::start_with(Config::from_toml("test.toml", toml).unwrap()).await
    }

    /// A mock with other settings.
    pub(crate) async fn start_with(config: Config) -> Self {
        let issuer_url = config.issuer_url.clone().or_else(|| Some(ADVERTISED.to_owned()));
        let name = if config.strict_issuers { "default" } else { "test" };
        let config = Config { seed: Some(1), issuer_url, ..config };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let idp = MockIdp::start_on(listener, config).unwrap();
        let issuer = idp.issuer(name);
        issuer.clock().freeze(Timestamp::from_unix_seconds(NOW).unwrap());
        Self { idp, issuer, http: client(), cookies: RefCell::default() }
    }

    /// A mock as anybody starts it: the machine's clock, random numbers, its real address, the issuer `default`.
    pub(crate) async fn plain() -> Self {
        let idp = MockIdp::start().await.unwrap();
        let issuer = idp.default_issuer();
        Self { idp, issuer, http: client(), cookies: RefCell::default() }
    }

    /// The real address of a path of the mock: `/healthz`.
    pub(crate) fn outside(&self, path: &str) -> String {
        format!("http://{}{path}", self.idp.addr())
    }

    /// The real address of a path of the issuer: `/v1/token`.
    pub(crate) fn at(&self, path: &str) -> String {
        self.outside(&format!("/oauth2/{}{path}", self.issuer.name()))
    }

    /// Has a request answered as it is, without cookies and without a socket.
    ///
    /// What the control API answers has to be what its description says.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Answer {
        let request = request.build().unwrap();
        assert_eq!(request.url().port(), Some(self.idp.addr().port()), "the mock answers only for itself");
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let response = self.idp.answer(as_sent(&request)).await.expect("a whole answer");
        let answer = Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: String::from_utf8_lossy(response.body()).into_owned(),
        };
        described::assert_documented(&method, &path, &answer);
        answer
    }

    /// The same over a connection, where that is what the test is about.
    pub(crate) async fn send_over_socket(&self, request: RequestBuilder) -> Answer {
        let request = request.build().unwrap();
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let response = self.http.execute(request).await.unwrap();
        let answer = Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.text().await.unwrap(),
        };
        described::assert_documented(&method, &path, &answer);
        answer
    }

    /// GETs an address as a program does, without cookies.
    pub(crate) async fn get(&self, url: &str) -> Answer {
        self.send(self.http.get(url)).await
    }

    /// POSTs a form to a path of the issuer as an app does with its Basic credentials.
    pub(crate) async fn post_as(&self, app: (&str, &str), path: &str, form: &[(&str, &str)]) -> Answer {
        self.send(self.form(path, form).header(header::AUTHORIZATION, basic(app))).await
    }

    /// POSTs a form to a path of the issuer without credentials.
    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.send(self.form(path, form)).await
    }

    /// A POST of a form to a path of the issuer, to be spoiled and sent.
    pub(crate) fn form(&self, path: &str, form: &[(&str, &str)]) -> RequestBuilder {
        self.http
            .post(self.at(path))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(encoded(form))
    }

    /// A request as the browser makes it, with its cookies; the answer's cookies are kept.
    pub(crate) async fn browse(&self, method: Method, url: &str, form: &[(&str, &str)]) -> Answer {
        let url = url.replace(ADVERTISED, &self.outside(""));
        let cookies: Vec<String> =
            self.cookies.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = self.http.request(method.clone(), url);
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        if method == Method::POST {
            request =
                request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(encoded(form));
        }
        let answer = self.send(request).await;
        self.keep_cookies(&answer);
        answer
    }

    /// The browser opens `/v1/authorize` with these parameters.
    pub(crate) async fn authorize(&self, params: &[(&str, &str)]) -> Answer {
        self.browse(Method::GET, &format!("{}?{}", self.at("/v1/authorize"), encoded(params)), &[]).await
    }

    /// The browser opens `/v1/authorize`, and the demo user signs in if asked to. The answer is what follows the form.
    pub(crate) async fn signed_in(&self, params: &[(&str, &str)]) -> Answer {
        let url = format!("{}?{}", self.at("/v1/authorize"), encoded(params));
        self.signed_in_at(&url).await
    }

    /// The same for an address that a client library has made up.
    pub(crate) async fn signed_in_at(&self, url: &str) -> Answer {
        let answer = self.browse(Method::GET, url, &[]).await;
        if answer.status == 200 && answer.body.contains("name=\"password\"") {
            return self.submit(&answer, subscriber::USERNAME, subscriber::PASSWORD).await;
        }
        answer
    }

    /// Fills in the form of a sign-in page and sends it.
    pub(crate) async fn submit(&self, page: &Answer, username: &str, password: &str) -> Answer {
        self.browse(Method::POST, &page.form_action(), &[("username", username), ("password", password)])
            .await
    }

    /// The code that the demo user's sign-in ends in.
    pub(crate) async fn code(&self, params: &[(&str, &str)]) -> String {
        self.signed_in(params).await.callback_param("code").expect("the sign-in ends in a code")
    }

    /// The tutorial's whole flow: the token answer of the tutorial app for `scope`.
    pub(crate) async fn tutorial_tokens(&self, scope: &str) -> Value {
        let code = self.code(&with(&tutorial_request(), "scope", scope)).await;
        let answer = self.post_as(TUTORIAL, "/v1/token", &tutorial_redemption(&code)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }

    /// The same flow of the OIDC app.
    pub(crate) async fn oidc_tokens(&self, scope: &str) -> Value {
        let code = self.code(&with(&oidc_request(), "scope", scope)).await;
        let answer = self.post_as(OIDC, "/v1/token", &oidc_redemption(&code)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }

    /// The token answer to an app that acts for itself.
    pub(crate) async fn app_tokens(&self, app: (&str, &str)) -> Value {
        let form = [("grant_type", "client_credentials"), ("scope", "anonymous")];
        let answer = self.post_as(app, "/v1/token", &form).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }

    /// What the refresh token of a token answer gives.
    pub(crate) async fn refresh(&self, app: (&str, &str), tokens: &Value) -> Answer {
        let token = text(&tokens["refresh_token"]);
        self.post_as(app, "/v1/token", &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    /// What userinfo says to a bearer token.
    pub(crate) async fn userinfo(&self, token: &Value) -> Answer {
        self.send(self.http.get(self.at("/v1/userinfo")).bearer_auth(text(token))).await
    }

    /// What introspection says of a token.
    pub(crate) async fn introspected(&self, app: (&str, &str), token: &Value) -> Value {
        let answer = self.post_as(app, "/v1/introspect", &[("token", text(token))]).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }

    /// The rule that the last refused request broke, as the journal names it.
    pub(crate) fn broken_rule(&self) -> &'static str {
        self.last_entry().refusal.expect("the last request was refused").rule
    }

    /// Lets time pass.
    pub(crate) fn advance(&self, seconds: u64) {
        self.issuer.advance(Duration::from_secs(seconds));
    }

    /// The browser forgets its cookies.
    pub(crate) fn forget_cookies(&self) {
        self.cookies.borrow_mut().clear();
    }

    /// What the journal says of the last exchange.
    pub(crate) fn last_entry(&self) -> Entry {
        self.issuer.journal().entries().pop().expect("an exchange was recorded")
    }

    fn keep_cookies(&self, answer: &Answer) {
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let (pair, attributes) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            let mut cookies = self.cookies.borrow_mut();
            if attributes.contains("Max-Age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// A client that follows no redirect. It trusts no certificate, since reading those of the system takes a while.
pub(crate) fn client() -> Client {
    Client::builder().redirect(Policy::none()).tls_certs_only([]).build().unwrap()
}

/// A request as the client would send it: with the headers that the client adds.
pub(crate) fn as_sent(request: &Request) -> http::Request<Bytes> {
    let body = request.body().map(|body| body.as_bytes().expect("the body is known beforehand"));
    let body = Bytes::copy_from_slice(body.unwrap_or_default());
    let url = request.url();
    let host = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let mut sent = http::Request::builder().method(request.method()).uri(url.as_str());
    let headers = sent.headers_mut().unwrap();
    headers.clone_from(request.headers());
    headers.entry(header::ACCEPT).or_insert(header::HeaderValue::from_static("*/*"));
    headers.entry(header::HOST).or_insert(host.parse().unwrap());
    if !body.is_empty() {
        headers.insert(header::CONTENT_LENGTH, body.len().into());
    }
    sent.body(body).unwrap()
}

impl Answer {
    /// A field of the header; empty if it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// Where the answer redirects to, if it does.
    pub(crate) fn location(&self) -> Option<Url> {
        self.headers.get(header::LOCATION).map(|url| Url::parse(url.to_str().unwrap()).unwrap())
    }

    /// A parameter of the callback, in its query or fragment.
    pub(crate) fn callback_param(&self, name: &str) -> Option<String> {
        self.callback_params().into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// All parameters of the callback in order, in its query or fragment.
    pub(crate) fn callback_params(&self) -> Vec<(String, String)> {
        let url = self.location();
        let all = url.as_ref().and_then(|url| url.query().or(url.fragment())).unwrap_or_default();
        form_urlencoded::parse(all.as_bytes()).into_owned().collect()
    }

    /// What a page says, its character references read.
    pub(crate) fn text(&self) -> String {
        [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")]
            .iter()
            .fold(self.body.clone(), |text, (reference, character)| text.replace(reference, character))
    }

    /// The address that the page's form is sent to.
    pub(crate) fn form_action(&self) -> String {
        self.body.split_once("action=\"").unwrap().1.split_once('"').unwrap().0.replace("&#38;", "&")
    }

    /// The whole answer as a snapshot shows it: status, fields of the header by name, body.
    pub(crate) fn whole(&self) -> String {
        let mut fields: Vec<String> = self
            .headers
            .iter()
            .filter(|(name, _)| !["date", "content-length"].contains(&name.as_str()))
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        fields.sort();
        format!("{}\n{}\n\n{}", self.status, fields.join("\n"), self.body)
    }
}

/// The program with these words on its command line, and nothing else set.
pub(crate) fn program(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mock-idp"));
    command.args(words).env_clear().current_dir(env!("CARGO_TARGET_TMPDIR")).kill_on_drop(true);
    command
}

/// What a command that ends by itself has said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs a command to its end.
pub(crate) async fn said(command: &mut Command) -> Said {
    let output = command.output().await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Said { status: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// The tutorial app's API Key and API Secret.
pub(crate) const TUTORIAL: (&str, &str) = (tutorial_app::API_KEY, tutorial_app::API_SECRET);

/// The OIDC app's.
pub(crate) const OIDC: (&str, &str) = (oidc_app::API_KEY, oidc_app::API_SECRET);

/// Parameters of a request, in order.
pub(crate) type Form<'a> = Vec<(&'a str, &'a str)>;

/// What the tutorial's page sends to `/v1/authorize`.
pub(crate) fn tutorial_request() -> Form<'static> {
    authorization_request(tutorial_app::API_KEY, tutorial_app::REDIRECT_URI)
}

/// The same of the OIDC app.
pub(crate) fn oidc_request() -> Form<'static> {
    authorization_request(oidc_app::API_KEY, oidc_app::REDIRECT_URI)
}

fn authorization_request(api_key: &'static str, redirect_uri: &'static str) -> Form<'static> {
    vec![
        ("client_id", api_key),
        ("response_type", "code"),
        ("scope", "openid"),
        ("redirect_uri", redirect_uri),
        ("state", STATE),
    ]
}

/// What the tutorial's proxy sends to `/v1/token`.
pub(crate) fn tutorial_redemption(code: &str) -> Form<'_> {
    redemption(code, tutorial_app::REDIRECT_URI)
}

/// The same of the OIDC app.
pub(crate) fn oidc_redemption(code: &str) -> Form<'_> {
    redemption(code, oidc_app::REDIRECT_URI)
}

fn redemption<'a>(code: &'a str, redirect_uri: &'a str) -> Form<'a> {
    vec![("grant_type", "authorization_code"), ("redirect_uri", redirect_uri), ("code", code)]
}

/// The demo data and one more app, written as the configuration writes it.
pub(crate) fn demo_and(app: Value) -> Config {
    let mut config = Config::demo();
    config.directory.apps.push(serde_json::from_value(app).unwrap());
    config
}

/// A token taken apart: `{"header", "claims"}`, members in their order, whoever signed it.
pub(crate) fn decoded(token: &Value) -> Value {
    let token = Unverified::parse(text(token)).expect("a JWT");
    json!({ "header": token.header, "claims": token.claims })
}

/// A token, or anything else that is text.
#[track_caller]
pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("expected text, received {value}"))
}

/// The journal shows the parameter, and nobody could use what it shows.
#[track_caller]
pub(crate) fn assert_masked(entry: &Entry, name: &str, secret: &str) {
    let value = entry.params.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
    let value = value.unwrap_or_else(|| panic!("the journal does not show {name}: {entry:?}"));
    assert!(value.contains("[masked:") && !value.contains(secret), "{name}={value}");
}

/// The request with one parameter changed or added.
pub(crate) fn with<'a>(params: &[(&'a str, &'a str)], name: &'a str, value: &'a str) -> Form<'a> {
    let mut changed = params.to_vec();
    match changed.iter_mut().find(|(key, _)| *key == name) {
        Some(found) => found.1 = value,
        None => changed.push((name, value)),
    }
    changed
}

/// The request with one parameter left out.
pub(crate) fn without<'a>(params: &[(&'a str, &'a str)], name: &str) -> Form<'a> {
    params.iter().filter(|(key, _)| *key != name).copied().collect()
}

/// `Authorization` by the Basic scheme.
pub(crate) fn basic((api_key, api_secret): (&str, &str)) -> String {
    format!("Basic {}", STANDARD.encode(format!("{api_key}:{api_secret}")))
}

/// The claims of a token, whoever signed it.
pub(crate) fn claims(token: &Value) -> Value {
    decoded(token)["claims"].take()
}

/// Parameters as the text of a query or a form.
pub(crate) fn encoded(params: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish()
}
