//! A server that stands in for the real one: sign-in pages with Okta's fields, made by a script as Okta's are, in
//! front of a mock that does the rest.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Router,
    body::{Bytes, to_bytes},
    extract::Request,
    http::{HeaderMap, Method, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use e2e::{
    page::{Account, NotSignedIn},
    scenario::Scenario,
    service::Service,
};
use fixtures::{defaults, subscriber, tutorial_app};
use fortellis_service::{Secret, Server};
use mock_idp::{Config, MockIdp};
use reqwest::{Client, redirect::Policy};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use url::form_urlencoded;

use crate::real;

/// The name of the issuer, of the form that Fortellis' have.
const ISSUER: &str = "ausStandIn0000000001";
/// Where the page sends what was typed.
const SIGN_IN: &str = "/api/v1/authn";
/// The cookie of a signed-in session.
const SESSION: &str = "sid=signed-in";
/// Okta's text for a wrong password.
const REFUSAL: &str = "Unable to sign in";

/// A shape of Okta's sign-in page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Widget {
    /// Both fields at once.
    Classic,
    /// The name first.
    ClassicNameFirst,
    /// Okta's newer one: the name first, with other names.
    IdentityEngine,
    /// The newer one with both fields at once.
    IdentityEngineOnePage,
    /// The newer one, which asks for a code after the password.
    SecondFactor,
}

impl Widget {
    /// Those that need only a password.
    pub(crate) const ALL: [Self; 4] =
        [Self::Classic, Self::ClassicNameFirst, Self::IdentityEngine, Self::IdentityEngineOnePage];

    /// The name in the names of scenarios.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Classic => "classic_widget",
            Self::ClassicNameFirst => "classic_widget_name_first",
            Self::IdentityEngine => "identity_engine",
            Self::IdentityEngineOnePage => "identity_engine_on_one_page",
            Self::SecondFactor => "second_factor",
        }
    }

    /// What the page asks for, step by step. `means` is what the script makes of a field.
    fn steps(self) -> Value {
        let field = |id: &str, name: &str, kind: &str, means: &str| json!({ "id": id, "name": name, "type": kind, "means": means });
        let step = |fields: &[Value], id: &str, label: &str| json!({ "fields": fields, "submit": { "id": id, "value": label } });
        let password = field("okta-signin-password", "password", "password", "password");
        let identifier = |kind: &str| field("input28", "identifier", kind, "username");
        let passcode = field("input60", "credentials.passcode", "password", "password");
        let code = field("input90", "credentials.passcode", "text", "code");
        match self {
            Self::Classic => {
                let username = field("okta-signin-username", "username", "text", "username");
                json!([step(&[username, password], "okta-signin-submit", "Sign In")])
            }
            Self::ClassicNameFirst => {
                let username = field("idp-discovery-username", "username", "text", "username");
                json!([
                    step(&[username], "idp-discovery-submit", "Next"),
                    step(&[password], "okta-signin-submit", "Sign In"),
                ])
            }
            // The second step keeps the name, hidden, for what remembers passwords.
            Self::IdentityEngine => json!([
                step(&[identifier("text")], "", "Next"),
                step(&[identifier("hidden"), passcode], "", "Verify"),
            ]),
            Self::IdentityEngineOnePage => json!([step(&[identifier("text"), passcode], "", "Sign in")]),
            Self::SecondFactor => json!([
                step(&[identifier("text")], "", "Next"),
                step(&[identifier("hidden"), passcode], "", "Verify"),
                step(&[code], "", "Verify"),
            ]),
        }
    }

    fn page(self) -> String {
        include_str!("widget.html").replace("STEPS", &self.steps().to_string()).replace("SIGN_IN", SIGN_IN)
    }
}

/// The server. Dropping it ends it.
pub(crate) struct StandIn {
    server: Server,
    _idp: MockIdp,
}

impl StandIn {
    /// A mock behind a sign-in page of this shape, which replaces its own.
    pub(crate) async fn start(widget: Widget) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let config = Config { issuer_url: Some(url), ..Config::demo() };
        let idp = MockIdp::start_on(TcpListener::bind("127.0.0.1:0").await.unwrap(), config).unwrap();
        idp.issuer(ISSUER).sign_in_as(subscriber::USERNAME);
        let front = Arc::new(Front {
            page: widget.page(),
            mock: format!("http://{}", idp.addr()),
            http: Client::builder().redirect(Policy::none()).no_proxy().build().unwrap(),
        });
        let router = Router::new().fallback(async move |request: Request| front.answer(request).await);
        Self { server: Server::start(listener, router).unwrap(), _idp: idp }
    }

    /// The service as the variables would name it.
    pub(crate) fn service(&self) -> Service {
        Service {
            issuer: format!("{}/oauth2/{ISSUER}", self.server.url()),
            api_key: tutorial_app::API_KEY.to_owned(),
            api_secret: Secret::new(tutorial_app::API_SECRET),
            redirect_uri: tutorial_app::REDIRECT_URI.to_owned(),
            scope: defaults::SCOPE.to_owned(),
            account: Account {
                username: subscriber::USERNAME.to_owned(),
                password: Secret::new(subscriber::PASSWORD),
            },
        }
    }
}

/// The server between the browser and the mock.
struct Front {
    page: String,
    mock: String,
    http: Client,
}

impl Front {
    async fn answer(&self, request: Request) -> Response {
        let (head, body) = request.into_parts();
        let body = to_bytes(body, 64 * 1024).await.unwrap();
        let path = head.uri.path();
        if path == SIGN_IN {
            return sign_in(&body);
        }
        let signed_in = head
            .headers
            .get(header::COOKIE)
            .is_some_and(|cookies| cookies.to_str().unwrap().split("; ").any(|cookie| cookie == SESSION));
        if path.ends_with("/v1/authorize") && !signed_in {
            return Html(self.page.clone()).into_response();
        }
        let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
        self.forward(head.method, target, head.headers, body).await
    }

    async fn forward(&self, method: Method, target: &str, mut headers: HeaderMap, body: Bytes) -> Response {
        headers.remove(header::HOST);
        let request = self.http.request(method, format!("{}{target}", self.mock)).headers(headers).body(body);
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        (status, headers, answer.bytes().await.unwrap()).into_response()
    }
}

fn sign_in(form: &[u8]) -> Response {
    let form: HashMap<_, _> = form_urlencoded::parse(form).into_owned().collect();
    if form["username"] == subscriber::USERNAME && form["password"] == subscriber::PASSWORD {
        return [(header::SET_COOKIE, format!("{SESSION}; Path=/; HttpOnly"))].into_response();
    }
    (StatusCode::UNAUTHORIZED, REFUSAL).into_response()
}

/// The scenario of the real service, run with this one.
pub(crate) async fn signs_in(scenario: &Scenario<'_>, service: &Service) {
    real::signs_in(scenario, service).await;
}

pub(crate) async fn is_told_of_a_wrong_password(scenario: &Scenario<'_>, service: &Service) {
    let sign_in = real::visits(scenario, service).await;
    let account = Account { password: Secret::new("let-me-out"), ..service.account.clone() };
    assert_eq!(sign_in.sign_in(&account).await.unwrap_err(), NotSignedIn::Refused(REFUSAL.to_owned()));
}

pub(crate) async fn is_told_of_a_second_factor(scenario: &Scenario<'_>, service: &Service) {
    let sign_in = real::visits(scenario, service).await;
    assert_eq!(sign_in.sign_in(&service.account).await.unwrap_err(), NotSignedIn::SecondFactor);
}
